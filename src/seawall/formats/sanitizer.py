"""Sanitizer reports as data: ASan, HWASan, UBSan, MSan, TSan, LSan, libFuzzer and OSS-Fuzz text.

The text is hostile: it is read line by line, once, up to fixed limits, and with patterns that
cannot backtrack. A report is what a program printed, never a proof that it happened.
"""

import re

from seawall.formats.stackframes import MAX_LINE, FrameList, frame_line
from seawall.vocab.sanitizers import SanitizerFrame, SanitizerReport, SanitizerStack

MAX_TEXT = 4 << 20
"""Characters read; what follows is ignored."""
MAX_REPORTS = 64
MAX_STACKS = 16
_SERIOUS_FIRST = {"UndefinedBehaviorSanitizer": 1, "LeakSanitizer": 1}

_HEADER = re.compile(
    r"(?:ERROR|WARNING|FATAL): ?((?:[A-Z][A-Za-z]{1,30}Sanitizer)|libFuzzer):? (.*)"
)
_RUNTIME_ERROR = ": runtime error: "
_PLACE = re.compile(r"(.{1,1000}?):(\d{1,9})(?::(\d{1,9}))?$")
_ADDRESS = re.compile(r"address (0x[0-9a-fA-F]{1,16})")
_ACCESS = re.compile(
    r"(?:(READ|WRITE)(?: of size (\d{1,20}))?\b"
    r"|.{0,40}signal is caused by an? (READ|WRITE|UNKNOWN) memory access)"
)
_RACE_ACCESS = re.compile(
    r"(Previous |Atomic |Previous atomic )?(read|write) of size (\d{1,20})", re.IGNORECASE
)
_LEAK = re.compile(r"(Direct|Indirect) leak of (\d{1,20}) byte")
_TITLES = (
    ("previously allocated by", "allocated by"),
    ("allocated by", "allocated by"),
    ("freed by", "freed by"),
    ("Address ", "address of"),
    ("Uninitialized value was stored to memory", "stored at"),
    ("Uninitialized value was created", "created by"),
    ("Memory was marked as uninitialized", "created by"),
    ("Location is ", "allocated by"),
    ("Mutex ", "mutex created"),
    ("Thread ", "thread created"),
    ("As if synchronized via", "synchronized via"),
)
_OSSFUZZ_TRIES = 32
_OSSFUZZ_TYPE = re.compile(r"crash[ _]type:\s*(.{1,200})", re.IGNORECASE)
_OSSFUZZ_STATE = re.compile(r"crash[ _]state:\s*(.{0,2000})", re.IGNORECASE)
_OSSFUZZ_TOOL = re.compile(r"sanitizer:\s*(address|memory|undefined|thread)", re.IGNORECASE)


def parse_sanitizer(text: str) -> SanitizerReport | None:
    """Give the report in `text` that matters most, or None when there is none.

    The first error that ends a program (ASan, MSan, TSan, …) goes before undefined behaviour
    and leaks that were only noted on the way. The words of `kind` are lower case and joined by
    hyphens; signals keep their capitals (SEGV, FPE).
    """
    reports = parse_all(text)
    return min(reports, key=lambda r: _SERIOUS_FIRST.get(r.tool, 0), default=None)


def parse_all(text: str) -> tuple[SanitizerReport, ...]:
    """Give every sanitizer report in `text`, in its order, at most `MAX_REPORTS`."""
    lines = text[:MAX_TEXT].split("\n")
    builders: list[_Builder] = []
    tries = _OSSFUZZ_TRIES
    for number, line in enumerate(lines):
        started = _start(line[:MAX_LINE])
        if started is not None:
            if len(builders) == MAX_REPORTS:
                break
            builders.append(started)
        elif builders:
            builders[-1].feed(line)
        elif tries and "rash" in line[:20]:
            tries -= 1
            found = _ossfuzz(lines[number : number + 16])
            if found is not None:
                return (found,)
    return tuple(b.build() for b in builders)


class _Builder:
    """One report while its lines come in."""

    def __init__(self, *, tool: str, message: str, at: SanitizerFrame | None = None) -> None:
        self.tool = tool
        self.message = message
        self.kind = _kind(tool, message)
        address = _ADDRESS.search(message[:300])
        self.address = address[1] if address else ""
        self.access = ""
        self.size = 0
        self.summary = ""
        self.at = at
        self._title = ""
        self._frames: list[SanitizerFrame] = []
        self._stacks: list[SanitizerStack] = []

    def feed(self, line: str) -> None:
        bare = line[:MAX_LINE].strip()
        if not bare:
            return
        if bare[0] == "#":
            self._frame(bare)
        elif self.summary or bare[0] in "=0":
            self._signal(bare)
        else:
            self._words(bare)

    def _frame(self, bare: str) -> None:
        frame = frame_line(bare)
        if frame is None or len(self._frames) >= FrameList.LIMIT:
            return
        if frame.index == 0 and self._frames:
            self._close("")
        self._frames.append(frame)

    def _signal(self, bare: str) -> None:
        """A line such as "==1==The signal is caused by a READ memory access."."""
        if "signal is caused by" in bare and not self.access:
            self._note_access(bare)

    def _words(self, bare: str) -> None:
        if bare.startswith("SUMMARY: "):
            self._summary(bare[9:])
            return
        for start, title in _TITLES:
            if bare.startswith(start):
                self._close(title)
                return
        if self.tool == "ThreadSanitizer" and (race := _RACE_ACCESS.match(bare)):
            self._race(race)
        elif leak := _LEAK.match(bare):
            more = self._stacks or self._frames
            self._close(f"{leak[1].lower()} leak" if more else "")
            self.size = self.size or int(leak[2])
        elif not self.access:
            self._note_access(bare)

    def _race(self, race: re.Match[str]) -> None:
        if race[1] and race[1].lower().startswith("previous"):
            self._close(f"previous {race[2].lower()}")
        else:
            self.access, self.size = race[2].upper(), int(race[3])

    def _note_access(self, bare: str) -> None:
        if (found := _ACCESS.search(bare[:200])) is None:
            return
        if found[1] and bare.startswith(found[1]):
            self.access, self.size = found[1], int(found[2] or 0)
        elif found[3] and found[3] != "UNKNOWN":
            self.access = found[3]

    def _summary(self, text: str) -> None:
        if self.summary:
            return
        self.summary = text[:500]
        words = text.split()
        if self.kind == "unknown" and len(words) > 1:
            self.kind = _hyphens(words[1])

    def _close(self, title: str) -> None:
        """End the open stack and begin one called `title`."""
        if self._frames and len(self._stacks) < MAX_STACKS:
            self._stacks.append(SanitizerStack(title=self._title, frames=tuple(self._frames)))
        self._frames = []
        self._title = title

    def build(self) -> SanitizerReport:
        self._close("")
        if self._stacks and self._stacks[0].title and self.at is None:
            self._stacks.insert(0, SanitizerStack(title="", frames=()))
        if self.at is not None and not (self._stacks and not self._stacks[0].title):
            self._stacks.insert(0, SanitizerStack(title="", frames=(self.at,)))
        return SanitizerReport(
            tool=self.tool,
            kind=self.kind,
            access=self.access,
            size=self.size,
            stacks=tuple(self._stacks),
            summary=self.summary or self.message[:500],
            address=self.address,
        )


def _start(line: str) -> _Builder | None:
    if _RUNTIME_ERROR in line:
        place, _, message = line.strip().partition(_RUNTIME_ERROR)
        if found := _PLACE.match(place):
            file, number, column = found[1], int(found[2]), int(found[3] or 0)
            at = SanitizerFrame(index=0, function="", file=file, line=number, column=column)
            return _Builder(tool="UndefinedBehaviorSanitizer", message=message, at=at)
    if ("Sanitizer" in line or "libFuzzer" in line) and (head := _HEADER.search(line)):
        return _Builder(tool=head[1], message=head[2].strip())
    return None


_ODD_WORDS = (
    ("attempting double-free", "double-free"),
    ("attempting free on address which was not", "bad-free"),
    ("attempting to call malloc_usable_size", "bad-malloc_usable_size"),
    ("requested allocation size", "allocation-size-too-big"),
    ("allocator is out of memory", "out-of-memory"),
    ("allocator is trying to", "out-of-memory"),
    ("detected memory leaks", "memory-leak"),
    ("lock-order-inversion", "lock-order-inversion"),
    ("calloc parameters overflow", "calloc-overflow"),
    ("reallocarray parameters overflow", "reallocarray-overflow"),
    ("invalid allocation alignment", "invalid-allocation-alignment"),
    ("signal-unsafe call", "signal-unsafe-call"),
    ("deadly signal", "deadly-signal"),
)
_STOP = re.compile(r"[:(,]| on | in | after |$")


def _kind(tool: str, message: str) -> str:
    """The error type in `message`, the header line after the tool's name."""
    if tool == "UndefinedBehaviorSanitizer" and not message.startswith(
        ("SEGV", "FPE", "BUS", "ABRT")
    ):
        return _undefined(message)
    for words, kind in _ODD_WORDS:
        if message.startswith(words):
            return kind
    stop = _STOP.search(message)
    head = message[: stop.start()] if stop else message
    return _hyphens(head)


def _hyphens(words: str) -> str:
    parts = [w if w.isupper() and w.isalpha() and len(w) <= 4 else w.lower() for w in words.split()]
    return "-".join(parts).rstrip(":")[:80] or "unknown"


_UNDEFINED = (
    ("signed integer overflow", "signed-integer-overflow"),
    ("unsigned integer overflow", "unsigned-integer-overflow"),
    ("negation of", "signed-integer-overflow"),
    ("division by zero", "integer-divide-by-zero"),
    ("shift exponent", "shift-exponent"),
    ("left shift of", "shift-base"),
    ("misaligned address", "misaligned-pointer-use"),
    ("null pointer", "null-pointer-use"),
    ("out of bounds for type", "index-out-of-bounds"),
    ("not a valid value for type 'bool'", "invalid-bool-value"),
    ("not a valid value for type", "invalid-enum-value"),
    ("outside the range of representable values", "float-cast-overflow"),
    ("implicit conversion", "implicit-conversion"),
    ("does not point to an object of type", "invalid-vptr-use"),
    ("pointer to incorrect function type", "function-type-mismatch"),
    ("unreachable program point", "unreachable-call"),
    ("end of a value-returning function", "missing-return"),
    ("variable length array bound", "non-positive-vla-index"),
    ("insufficient space", "insufficient-object-size"),
    ("pointer index expression", "pointer-overflow"),
    ("overflowed to", "pointer-overflow"),
    ("assumption of", "alignment-assumption"),
    ("passing zero to", "invalid-builtin-use"),
)


def _undefined(message: str) -> str:
    """UBSan prints sentences; its SUMMARY says only "undefined-behavior"."""
    if "offset" in message[:40] and "null pointer" in message:
        return "nullptr-with-offset"
    for words, kind in _UNDEFINED:
        if words in message:
            return kind
    return "undefined-behavior"


_OSSFUZZ_TOOLS = {
    "address": "AddressSanitizer",
    "memory": "MemorySanitizer",
    "undefined": "UndefinedBehaviorSanitizer",
    "thread": "ThreadSanitizer",
}
_OSSFUZZ_ACCESS = re.compile(r"\s+(READ|WRITE)(?:\s+(\d{1,20}|\{\*\}))?$")


def _ossfuzz(lines: list[str]) -> SanitizerReport | None:
    """Read "Crash type: … / Crash state: …" as OSS-Fuzz prints it; frames are names only."""
    kind, state, in_state = "", [], False
    for line in (raw[:MAX_LINE].strip() for raw in lines):
        if found := _OSSFUZZ_TYPE.match(line):
            kind, in_state = found[1], False
        elif found := _OSSFUZZ_STATE.match(line):
            in_state = True
            state += [found[1]] if found[1] else []
        elif in_state and line and not line.startswith("```") and ": " not in line:
            state.append(line)
        elif in_state:
            break
    if not kind or not state:
        return None
    tool = _OSSFUZZ_TOOL.search("\n".join(lines)[:8000])
    access = _OSSFUZZ_ACCESS.search(kind)
    frames = tuple(
        SanitizerFrame(index=i, function=name[:1000]) for i, name in enumerate(state[:8])
    )
    return SanitizerReport(
        tool=_OSSFUZZ_TOOLS[tool[1].lower()] if tool else "OSS-Fuzz",
        kind=_hyphens(kind[: access.start()] if access else kind),
        access=access[1] if access else "",
        size=int(access[2]) if access and access[2] and access[2].isdigit() else 0,
        stacks=(SanitizerStack(title="", frames=frames),),
        summary=kind,
    )
