"""The build of a native target as one shell script, run inside the sandbox only.

Layout there: /sources (what was fetched, read-only), /work/source (the unpacked tree, where the
build happens), /work/bundle (files of the reproducer), /work/bin (compiler wrappers, first in
PATH), /work/result/program (what is brought back).
"""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from seawall.proofs.native_tools import Compiler
from seawall.proofs.reproducer import Build
from seawall.proofs.runtime import Unsupported

SOURCE = "/work/source"
_FLAGS = ("-g", "-fno-omit-frame-pointer", "-U_FORTIFY_SOURCE", "-Wno-error")
_DEFINE = re.compile(r'[A-Z_][A-Za-z0-9_]*(=[A-Za-z0-9_.,:/+"\\ -]*)?')
_WRAPPED = ("cc", "gcc", "clang", "c99", "c++", "g++", "clang++")

_UNPACK = """\
unpack() {
  rm -rf /work/fresh && mkdir /work/fresh
  tar -xf "$1" -C /work/fresh --no-same-owner --no-same-permissions
  set -- /work/fresh/*
  if [ $# -eq 1 ] && [ -d "$1" ] && [ ! -L "$1" ]; then
    mv "$1" /work/fresh.top && rmdir /work/fresh
  else
    mv /work/fresh /work/fresh.top
  fi
  rm -rf /work/source && mv /work/fresh.top /work/source
}
"""

_PATCH = """\
take_patch() {
  if patch -d /work/source -p1 -f --dry-run "$@" >/dev/null; then
    patch -d /work/source -p1 -f -s "$@"
  else
    patch -d /work/source -p0 -f -s "$@"
  fi
}
"""


def sanitizer_flags(build: Build) -> tuple[str, ...]:
    """The compiler flags that every file of the target is built with, last on its command."""
    chosen = [s for s in build.sanitizers if s != "leak" or "address" not in build.sanitizers]
    level = next((f for f in reversed(build.flags) if f.startswith("-O")), "-O1")
    if not chosen:
        return (*_FLAGS, level)
    return (*_FLAGS, level, f"-fsanitize={','.join(chosen)}", "-fno-sanitize-recover=all")


def build_script(
    build: Build,
    *,
    sources: Sequence[Path],
    compiler: Compiler,
    take_back: Sequence[str],
    fix: bool,
) -> str:
    """The script. `take_back` are Debian patches to reverse, `fix` applies the bundle's diff."""
    _check(build)
    parts = ["set -eu", "cd /work", "mkdir bin result obj", _UNPACK, _PATCH]
    parts += [_unpack_line(sources)]
    parts += [
        f"take_patch -R -i {shlex.quote(f'/work/source/debian/patches/{name}')}"
        for name in reversed(take_back)
    ]
    if build.inner:
        parts.append(f"cp -- /work/source/{build.inner} /work/inner && unpack /work/inner")
    if fix:
        parts.append("take_patch -i /work/bundle/fix")
    parts += _wrappers(build, compiler)
    for number, path in enumerate(build.files):
        spot = shlex.quote(f"{SOURCE}/{path}")
        parts.append(f'mkdir -p "$(dirname {spot})" && cp /work/bundle/file{number} {spot}')
    parts.append(f"cd {shlex.quote(f'{SOURCE}/{build.root}')}")
    parts += _compile(build) if build.sources else [shlex.join(c) for c in build.commands]
    if build.sources:
        parts.append("cp /work/obj/program /work/result/program")
    else:
        spot = f"{SOURCE}/{build.root}/{build.program}".replace("//", "/")
        parts.append(f"cp -L -- {shlex.quote(spot)} /work/result/program")
    return "\n".join(parts) + "\n"


def _check(build: Build) -> None:
    for define in build.defines:
        if not _DEFINE.fullmatch(define):
            raise Unsupported(
                f"the define {define!r} is more than configuration: only NAME or NAME=value "
                "with a name that begins with a capital"
            )


def _unpack_line(sources: Sequence[Path]) -> str:
    descriptions = [s for s in sources if s.suffix == ".dsc"]
    if descriptions:
        name = shlex.quote(f"/sources/{descriptions[0].name}")
        return f"dpkg-source --no-check -x {name} /work/source >/dev/null"
    if len(sources) != 1:
        raise Unsupported("the source release is not one archive")
    return f"unpack {shlex.quote(f'/sources/{sources[0].name}')}"


def _wrappers(build: Build, compiler: Compiler) -> list[str]:
    """Compilers under every usual name that add our flags last, so that they win."""
    flags = shlex.join(sanitizer_flags(build))
    own = shlex.join([*(f"-D{d}" for d in build.defines), *build.flags])
    lines = [f"{compiler.c} -c -O1 -g /work/bundle/guard.c -o /work/guard.o"]
    for name in _WRAPPED:
        real = compiler.cxx if name.endswith("+") else compiler.c
        # the guard is linked in when the call links something
        lines.append(
            f"cat > /work/bin/{name} <<'END'\n"
            "#!/bin/sh\n"
            "link=; inputs=\n"
            'for word; do case "$word" in\n'
            "  -c|-E|-S|-M|-MM|-fsyntax-only|-shared|-r) link=no;;\n"
            "  *.c|*.cc|*.cpp|*.cxx|*.o|*.a|*.lo) inputs=yes;;\n"
            "esac; done\n"
            '[ -n "$inputs" ] && [ -z "$link" ] && set -- "$@" /work/guard.o\n'
            f'exec {real} {own} "$@" {flags}\n'
            "END\n"
            f"chmod 755 /work/bin/{name}"
        )
    return lines


def _compile(build: Build) -> list[str]:
    """Compile `sources` in parallel and link them into one program."""
    include = shlex.join([f"-I{path}" for path in build.include])
    patterns = " ".join(build.sources)  # checked by the reader: no character that a shell obeys
    if build.driver:
        patterns += " /work/bundle/driver.c"
    libraries = shlex.join([f"-l{lib}" for lib in build.libs])
    return [
        "cat > /work/compile <<'END'\n"
        "#!/bin/sh\n"
        'name=/work/obj/$(printf %s "$1" | tr / _).o\n'
        'case "$1" in *.cc|*.cpp|*.cxx) cc=c++;; *) cc=cc;; esac\n'
        f'exec $cc {include} -c "$1" -o "$name"\n'
        "END\n"
        "chmod 755 /work/compile",
        f'printf "%s\\n" {patterns} | sort -u | xargs -P 4 -n 1 /work/compile',
        f"link=cc; case ' {patterns} ' in *.cc*|*.cpp*|*.cxx*) link=c++;; esac",
        f"$link /work/obj/*.o -o /work/obj/program {libraries}",
    ]
