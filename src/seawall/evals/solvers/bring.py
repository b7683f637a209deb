"""Programs that solvers bring into the sandbox, and the scripts that start them there.

They import nothing of Seawall and run nowhere else.
"""

import shlex
from importlib.resources import files

from seawall.proofs.reproducer import Target
from seawall.vocab.evidence import Runtime

FOLDER = "/work/.solver"


def program(name: str) -> bytes:
    """The text of a program."""
    return (files("seawall.evals.solvers") / "programs" / name).read_bytes()


def names_script(target: Target) -> str:
    """Prints the public functions of the target, one "module:name" a line."""
    match target.runtime:
        case Runtime.PYTHON:
            return _run("names.py", "python3", "/target")
        case Runtime.NODE:
            return _run("names.cjs", "node", target.path)
        case Runtime.NATIVE:
            return "echo main:main"


def patch_script(place: str, how: str) -> str:
    """Changes the source at `place` in a way and hands in the difference."""
    return _run("change.py", "python3", place, *how.split(" ", 1))


def _run(name: str, interpreter: str, *arguments: str) -> str:
    text = program(name).decode()
    words = shlex.join([interpreter, f"{FOLDER}/{name}", *arguments])
    return f"mkdir -p {FOLDER}\ncat > {FOLDER}/{name} <<'END-HERE'\n{text}\nEND-HERE\n{words}"
