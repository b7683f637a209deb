"""Change source and hand in the difference as a unified diff.

usage: change.py PLACE random SEED | grep PATTERN | delete NAMES
"""

import ast
import difflib
import os
import random
import re
import sys

CODE = (".py", ".js", ".cjs", ".mjs", ".c")
STUB = """
;module.exports = (function empty(value, depth) {
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return value;
  const made = typeof value === 'function' ? function () {} : value;
  for (const key of Object.keys(value)) {
    try { made[key] = depth ? empty(value[key], depth - 1) : value[key]; } catch { }
  }
  return made;
})(module.exports, 2);
"""


def sources(place):
    found = []
    for folder, folders, names in os.walk(place):
        folders[:] = sorted(f for f in folders if f not in ("node_modules", "test", "tests"))
        found += [os.path.join(folder, n) for n in sorted(names) if n.endswith(CODE)]
    return found


def read(path):
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()


def without_a_line(place, seed):
    draw = random.Random(seed)
    path = draw.choice(sources(place))
    lines = read(path).splitlines(keepends=True)
    if lines:
        del lines[draw.randrange(len(lines))]
    return {path: "".join(lines)}


def without_the_first_hit(place, pattern):
    for path in sources(place):
        lines = read(path).splitlines(keepends=True)
        for number, line in enumerate(lines):
            if re.search(pattern, line):
                del lines[number]
                return {path: "".join(lines)}
    return {}


def emptied(place, names):
    """The functions that are called do nothing any more."""
    changed = {}
    for name in names.split():
        module, _, dotted = name.partition(":")
        if name == "main":
            changed.update(empty_main(place))
        elif os.path.exists(os.path.join(place, "package.json")):
            changed.update(empty_exports(module))
        else:
            changed.update(empty_functions(place, dotted.split(".")[0]))
    return changed


def empty_functions(place, word):
    changed = {}
    for path in sources(place):
        text = read(path)
        if path.endswith(".py") and re.search(rf"^(def|class) {re.escape(word)}\b", text, re.M):
            changed[path] = empty_in(text, word)
    return changed


def empty_in(text, word):
    lines = text.splitlines(keepends=True)
    spots = []
    for node in ast.parse(text).body:
        if getattr(node, "name", "") != word:
            continue
        methods = [
            n for n in ast.walk(node) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))
        ]
        spots += [m.body[0] for m in methods if m is node or not m.name.startswith("__")]
    for first in sorted(spots, key=lambda n: -n.lineno):
        if first.col_offset and lines[first.lineno - 1][: first.col_offset].isspace():
            lines.insert(first.lineno - 1, " " * first.col_offset + "return None\n")
    return "".join(lines)


def empty_exports(module):
    import subprocess

    asked = f"process.stdout.write(require.resolve({module!r}))"
    path = subprocess.run(["node", "-e", asked], capture_output=True, text=True).stdout
    text = read(path)
    return {path: text + ("" if text.endswith("\n") else "\n") + STUB}


def empty_main(place):
    changed = {}
    for path in sources(place):
        text = read(path)
        made = re.sub(
            r"(^int\s+(?:\w+\s+)?main\s*\([^)]*\)\s*\{)", r"\1 return 0;", text, flags=re.M
        )
        if made != text:
            changed[path] = made
    return changed


def difference(place, changed):
    out = []
    for path, text in sorted(changed.items()):
        name = os.path.relpath(path, place)
        old, new = read(path).splitlines(keepends=True), text.splitlines(keepends=True)
        for line in difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"):
            out.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(out)


place, how, what = sys.argv[1:4]
ways = {"random": without_a_line, "grep": without_the_first_hit, "delete": emptied}
os.makedirs("/work/answer", exist_ok=True)
with open("/work/answer/fix.patch", "w", encoding="utf-8", errors="surrogateescape") as out:
    out.write(difference(place, ways[how](place, what)))
print(os.path.getsize("/work/answer/fix.patch"), "bytes")
