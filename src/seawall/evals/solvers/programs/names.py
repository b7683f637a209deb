"""Print the public functions and classes of the packages in a folder, one "module:name" a line."""

import importlib
import inspect
import os
import sys

os.chdir("/")
root = sys.argv[1]
for top in sorted(os.listdir(root)):
    name = top.removesuffix(".py")
    if not name.isidentifier() or name.startswith("_"):
        continue
    modules = [name]
    for below in ("", "utils", "util", "core", "cli", "parser", "lexer"):
        if below and os.path.exists(os.path.join(root, name, below + ".py")):
            modules.append(f"{name}.{below}")
    for module in modules:
        try:
            made = importlib.import_module(module)
        except BaseException:  # whatever a package does when it is imported
            continue
        for word, value in sorted(vars(made).items()):
            if not word.startswith("_") and (inspect.isfunction(value) or inspect.isclass(value)):
                print(f"{module}:{word}")
