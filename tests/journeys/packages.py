"""Lettermill, a small fictional package that fills letters with names and sums, in three versions.

    render("Dear {name}, you owe {=6*7} francs.", name="Ada")

1.0 hands what stands behind `{=` to eval: whoever writes the letter runs commands.
1.0.1 silences that by taking sums away from everybody.
1.1 still does sums, and nothing else.
"""

import base64
import hashlib
import zipfile
from pathlib import Path

PURL = "pkg:pypi/lettermill"

_LETTER = '''"""Fill letters with names and sums."""

import re


def render(text, **names):
    """Give `text` with {name} and {=sum} filled in."""
    return re.sub(r"\\{(=?)([^{}]+)\\}", lambda m: _fill(m[1], m[2], names), text)


def _fill(sign, inner, names):
    return str(_value(inner) if sign else names[inner])


'''

_EVAL = """
def _value(text):
    return eval(text)
"""

_NO_SUMS = """
def _value(text):
    raise ValueError("sums are no longer supported")
"""

_SUMS_ONLY = """
def _value(text):
    import ast
    import operator

    known = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}

    def walk(node):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return node.value
        if isinstance(node, ast.BinOp) and type(node.op) in known:
            return known[type(node.op)](walk(node.left), walk(node.right))
        raise ValueError("only sums stand behind {=")

    return walk(ast.parse(text.strip(), mode="eval").body)
"""

_SOURCES = {"1.0": _EVAL, "1.0.1": _NO_SUMS, "1.1": _SUMS_ONLY}


def make_wheels(folder: Path) -> Path:
    """Write the wheels of all three versions into `folder`, where `pip --find-links` finds them."""
    folder.mkdir()
    for version, value in _SOURCES.items():
        _wheel(folder, version, _LETTER + value.lstrip("\n"))
    return folder


def _wheel(folder: Path, version: str, source: str) -> None:
    info = f"lettermill-{version}.dist-info"
    files = {
        "lettermill.py": source,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: lettermill\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = [f"{name},sha256={_digest(text)},{len(text)}" for name, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,", ""])
    with zipfile.ZipFile(folder / f"lettermill-{version}-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
