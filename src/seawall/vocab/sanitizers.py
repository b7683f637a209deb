"""A sanitizer's report as data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SanitizerFrame:
    """One frame; `file` as printed ("" when unknown), `line` and `column` 0 when unknown."""

    index: int
    function: str
    file: str = ""
    line: int = 0
    column: int = 0
    module: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SanitizerStack:
    """A titled stack: "" for the fault itself, else "freed by", "allocated by", …"""

    title: str
    frames: tuple[SanitizerFrame, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SanitizerReport:
    """A parsed report of ASan, UBSan, MSan, TSan or LSan."""

    tool: str
    kind: str
    """Error type in the sanitizer's word, such as "heap-buffer-overflow"."""
    access: str = ""
    """"READ", "WRITE" or ""."""
    size: int = 0
    """Bytes of the access, 0 when unknown."""
    stacks: tuple[SanitizerStack, ...] = ()
    summary: str = ""
    address: str = ""
    """The address at fault, hex as printed; "" when the report names none."""

    @property
    def fault(self) -> tuple[SanitizerFrame, ...]:
        """The stack of the fault itself, innermost first; empty when the report had none."""
        return self.stacks[0].frames if self.stacks else ()
