"""Names and lines for the addresses of a sanitizer report, found once per address.

Starting the symbolizer costs ten times the run of a small proof, so programs run with symbolize=0.
Afterwards the addresses that are new are looked up together, in the sandbox, since debug
information is foreign data too; the cache is keyed by the program's digest and the offset.
"""

import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from seawall.proofs.native_tools import find_symbolizer
from seawall.sandbox import Job, Limits, Mount, Sandbox

PROGRAM = "/target/program"
_FRAME = re.compile(
    rf"^ *#\d{{1,5}} (0x[0-9a-f]{{1,16}}) .*\({re.escape(PROGRAM)}\+(0x[0-9a-f]{{1,16}})\)"
)
_ANY_FRAME = re.compile(r"^ *#(\d{1,5}) (.*)$")
_LIMITS = Limits(
    wall_seconds=120, cpu_seconds=120, memory_bytes=2 << 30, output_bytes=8 << 20, processes=8
)
_MOST_ADDRESSES = 512

Places = Mapping[str, tuple[str, ...]]
"""Offset in the program ("0x1a2b") → frames, innermost inlined call first, each
"function file:line:column"."""


def symbolize(text: str, program: Path, digest: str, *, sandbox: Sandbox, cache: Path) -> str:
    """Give the report with the program's frames named, inlined calls as frames of their own.

    Frames that cannot be named stay as they are, and all do when there is no symbolizer.
    """
    offsets = list(dict.fromkeys(m[2] for m in map(_FRAME.match, text.splitlines()) if m))
    places = _lookup(offsets[:_MOST_ADDRESSES], program, digest, sandbox=sandbox, cache=cache)
    return rewrite(text, places)


def rewrite(text: str, places: Places) -> str:
    """Put `places` into the frames of `text` and number each stack's frames anew."""
    lines = []
    number = 0
    for line in text.splitlines():
        frame = _ANY_FRAME.match(line)
        if frame is None:
            lines.append(line)
            continue
        number = 0 if frame[1] == "0" else number
        known = _FRAME.match(line)
        names = places.get(known[2], ()) if known else ()
        for rest in [f"{known[1]} in {name}" for name in names] if known and names else [frame[2]]:
            lines.append(f"    #{number} {rest}")
            number += 1
    return "\n".join(lines) + "\n"


def _lookup(
    offsets: Iterable[str], program: Path, digest: str, *, sandbox: Sandbox, cache: Path
) -> Places:
    file = cache / f"{digest}.json"
    known: dict[str, tuple[str, ...]] = {}
    if file.is_file():
        known = {offset: tuple(names) for offset, names in json.loads(file.read_text()).items()}
    missing = [offset for offset in offsets if offset not in known]
    if missing and find_symbolizer():
        known |= _ask(missing, program, sandbox)
        _save(file, known)
    return known


def _ask(offsets: list[str], program: Path, sandbox: Sandbox) -> dict[str, tuple[str, ...]]:
    outcome = sandbox.run(
        Job(
            argv=(
                find_symbolizer(),
                f"--obj={PROGRAM}",
                "--output-style=JSON",
                "--inlines",
                "--demangle",
                *offsets,
            ),
            mounts=(Mount(source=program, target=PurePosixPath(PROGRAM)),),
            environment={"PATH": "/usr/bin:/bin"},
            limits=_LIMITS,
        )
    )
    if outcome.exit_code != 0 or outcome.stdout_dropped:
        return {}
    return parse_answers(outcome.stdout.decode("utf-8", "replace"))


def parse_answers(text: str) -> dict[str, tuple[str, ...]]:
    """Read llvm-symbolizer's JSON: one document per line, or one array of all."""
    found: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        try:
            answer = json.loads(line)
        except ValueError:
            continue
        for entry in answer if isinstance(answer, list) else [answer]:
            names = tuple(_name(symbol) for symbol in entry.get("Symbol", []))
            if names and all(names):
                found[str(entry.get("Address", ""))] = names
    return found


def _name(symbol: Mapping[str, Any]) -> str:
    function, file = symbol.get("FunctionName", ""), symbol.get("FileName", "")
    if not function or not file:
        return ""
    return f"{function} {file}:{int(symbol.get('Line', 0))}:{int(symbol.get('Column', 0))}"


def _save(file: Path, known: Mapping[str, tuple[str, ...]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".symbols-")
    with os.fdopen(handle, "w") as out:
        json.dump(known, out)
    Path(name).replace(file)
