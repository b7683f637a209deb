"""Draw docs/demo.svg: parts of a real run of the demo, as a terminal shows them.

Usage: tools/demo_picture.py OUTPUT, where OUTPUT is what `seawall demo` printed to a terminal
(for example through `script -qc "seawall demo" OUTPUT`).
"""

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

_ROOT = Path(__file__).resolve().parent.parent
_WIDTH = 96
_PARTS = (
    (r"^4  Each proof", r"^   F-\S+ is not reproduced"),
    (r"^   F-\S+ is forged: While", r"^   F-\S+ is forged: The"),
    (r"^   Why F-", r"^$"),
    (r"^6  Fixes", r"^   C-\S+000009"),
    (r"^10  What is due", r"^   Why the first"),
    (r"^11  An operator", r"^   A mirror that changes"),
    (r"^\s+Head start", r"^   Played in"),
)
_FORMAT = """<svg class="rich-terminal" xmlns="http://www.w3.org/2000/svg"
  viewBox="0 0 {width} {height}" width="{width}" height="{height}">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, monospace; font-size: {char_height}px;
  line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def _selected(output: str) -> str:
    frames = re.compile(r"\x1b\[[0-9]*[ABKJ]|\x1b\[\?25[lh]")
    lines = [frames.sub("", line) for line in output.replace("\r", "").split("\n")]
    lines = [line for line in lines if "━" not in line]
    plain = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line) for line in lines]
    kept: list[str] = []
    for first, last in _PARTS:
        start = next((n for n, line in enumerate(plain) if re.search(first, line)), None)
        if start is None:
            sys.exit(f"the output has no line like {first}")
        rest = range(start + 1, len(plain))
        end = next((n for n in rest if re.search(last, plain[n].rstrip())), len(plain))
        kept += [*lines[start:end], ""] if first.startswith(("^2", "^7")) else lines[start:end]
        if not first.startswith("^2"):
            kept.append("")
    return "\n".join(kept).rstrip()


def main(output: Path) -> None:
    console = Console(record=True, width=_WIDTH, file=io.StringIO())
    console.print(Text.from_ansi(_selected(output.read_text(encoding="utf-8"))))
    svg = console.export_svg(title="make demo", code_format=_FORMAT, unique_id="demo")
    (_ROOT / "docs" / "demo.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
