"""The compilers and symbolizer of this machine."""

import functools
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from seawall.proofs.runtime import PrepareFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiler:
    """A C and a C++ compiler with sanitizers; `version` is the first line that it prints."""

    c: str
    cxx: str
    version: str


@functools.cache
def find_compiler() -> Compiler:
    """clang, else gcc; PrepareFailed says what to install when neither is there."""
    for c, cxx in (("clang", "clang++"), ("gcc", "g++")):
        found, found_cxx = _system(c), _system(cxx)
        if found:
            done = subprocess.run([found, "--version"], capture_output=True, timeout=60, check=True)
            version = done.stdout.decode("utf-8", "replace").splitlines()[0]
            return Compiler(c=found, cxx=found_cxx or found, version=version)
    raise PrepareFailed("native proofs need a compiler: apt-get install clang llvm")


@functools.cache
def find_symbolizer() -> str:
    """Path of llvm-symbolizer; "" when there is none."""
    names = ["llvm-symbolizer", *(f"llvm-symbolizer-{n}" for n in range(25, 12, -1))]
    return next((found for name in names if (found := _system(name))), "")


def _system(name: str) -> str:
    """A program of the read-only runtime that sandboxes see (below /usr), else ""."""
    found = shutil.which(name, path="/usr/bin:/usr/local/bin")
    return found if found and Path(found).resolve().is_relative_to("/usr") else ""
