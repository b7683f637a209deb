"""Plain tables for a terminal: the last column gives way, the others are never cut off."""

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

_GAP = 2
_LEAST = 16


def print_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print `rows` under `headers`; the last column gets what room the terminal leaves, at least
    16 cells. Cells must be safe to print."""
    console = Console()
    rooms = [max(cell_len(row[n]) for row in (headers, *rows)) for n in range(len(headers))]
    room = max(_LEAST, console.width - sum(rooms[:-1]) - _GAP * (len(headers) - 1))
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, _GAP, 0, 0))
    for header in headers:
        table.add_column(header, no_wrap=True)
    for row in rows:
        table.add_row(*(Text(cell) for cell in (*row[:-1], cut(row[-1], room))))
    width = sum(rooms[:-1]) + room + _GAP * len(headers)
    Console(width=max(console.width, width)).print(table)


def cut(text: str, room: int) -> str:
    """`text` in at most `room` cells, with an ellipsis when something is left out."""
    if cell_len(text) <= room:
        return text
    return set_cell_size(text, room - 1).rstrip() + "…"
