"""Carry out cases of the fuzzer in Python: one line of JSON in, one out."""

import base64
import importlib
import io
import json
import os
import sys
import tarfile
import zipfile

os.chdir("/work")
BUILTINS = {name: getattr(__import__("builtins"), name) for name in (
    "list", "len", "str", "bytes", "next", "iter", "repr", "dict", "tuple", "set", "sorted", "int",
    "float", "bool",
)}  # fmt: skip
answer = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def value(data, kept):
    if isinstance(data, list):
        return [value(v, kept) for v in data]
    if not isinstance(data, dict):
        return data
    if len(data) == 1:
        ((key, part),) = data.items()
        known = KINDS.get(key)
        if known:
            return known(part, kept)
    return {k: value(v, kept) for k, v in data.items()}


def concat(parts, kept):
    made = [value(p, kept) for p in parts]
    return b"".join(made) if made and isinstance(made[0], bytes) else "".join(map(str, made))


def saved(pair, kept):
    content = value(pair[1], kept)
    path = f"/work/.fuzz-folder/{os.path.basename(str(pair[0])) or 'file'}"
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else str(content).encode())
    return path


def zipped(entries, kept):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for entry in entries:
            archive.writestr(str(entry[0]), str(entry[1]))
    return out.getvalue()


def tarred(entries, kept):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for entry in entries:
            info = tarfile.TarInfo(str(entry[0]))
            info.size = len(str(entry[1]).encode())
            archive.addfile(info, io.BytesIO(str(entry[1]).encode()))
    return out.getvalue()


KINDS = {
    "handle": lambda part, kept: kept[part],
    "bytes": lambda part, kept: base64.b64decode(part + "=="),
    "utf8": lambda part, kept: str(part).encode(),
    "repeat": lambda part, kept: value(part[0], kept) * part[1],
    "concat": concat,
    "saved": saved,
    "zip": zipped,
    "tar": tarred,
    "dict": lambda part, kept: {k: value(v, kept) for k, v in part},
    "json": lambda part, kept: json.loads(part),
    "none": lambda part, kept: None,
    "float": lambda part, kept: float(part),
    "tuple": lambda part, kept: tuple(value(v, kept) for v in part),
    "set": lambda part, kept: {value(v, kept) for v in part},
}


def reach(ref, kept):
    if ref.startswith("$"):
        name, *parts = ref[1:].split(".")
        made = kept[name]
    else:
        module, _, dotted = ref.partition(":")
        made, parts = importlib.import_module(module), dotted.split(".")
    for part in parts:
        made = getattr(made, part)
    return made


def carry_out(step, kept):
    args = value(step.get("args", []), kept)
    kwargs = {k: value(v, kept) for k, v in step.get("kwargs", {}).items()}
    if "call" in step:
        return reach(step["call"], kept)(*args, **kwargs)
    if "builtin" in step:
        return BUILTINS[step["builtin"]](*args)
    if "get" in step:
        return reach(step["get"], kept)
    if "item" in step:
        return reach(step["item"][0], kept)[step["item"][1]]
    return None


def run(steps):
    kept, said = {}, ""
    for step in steps:
        try:
            made = carry_out(step, kept)
        except BaseException as error:
            names = [c.__name__ for c in type(error).__mro__]
            return {"raised": names, "said": said + str(error)[:2000]}
        if "as" in step:
            kept[step["as"]] = made
        said += repr(made)[:2000] if isinstance(made, (str, bytes, list, dict)) else ""
    return {"said": said}


for line in sys.stdin:
    answer.write(json.dumps(run(json.loads(line))) + "\n")
    answer.flush()
