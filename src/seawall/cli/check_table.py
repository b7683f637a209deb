"""The table of `seawall check`: worst first, and the line that says what was not checked."""

from collections.abc import Callable

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from seawall.matching.check import CheckReport
from seawall.matching.matches import Match
from seawall.matching.severity import ORDER, severity_of_match
from seawall.vocab.errors import one_line

_STYLES = {"CRITICAL": "bold red", "HIGH": "red", "MEDIUM": "yellow", "LOW": "cyan"}
_WIDTH_OF_A_FILE = 140
_MOST_UNDECIDED = 10


def print_table(report: CheckReport, *, due: Callable[[Match], str] | None = None) -> None:
    """Print the matches, the undecided advisories and the summary on standard output."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH_OF_A_FILE)
    if report.matches:
        console.print(_table(report, due))
    for one in report.undecided[:_MOST_UNDECIDED]:
        component = one.component
        name = _clean(component.purl or component.name)
        console.print(Text(f"Undecided: {name}: {_clean(one.id)}: {_clean(one.why)}"))
    if len(report.undecided) > _MOST_UNDECIDED:
        console.print(f"… and {len(report.undecided) - _MOST_UNDECIDED} more undecided.")
    for reason, names in report.examples.items():
        console.print(Text(f"Not checked, {_clean(reason)}: {_clean(', '.join(names))}", "dim"))
    if report.left_out:
        reasons = "; ".join(f"{number} {reason}" for reason, number in report.left_out.items())
        console.print(Text(f"Left out of the advisories: {_clean(reasons)}", "dim"))
    console.print(Text(_clean(report.summary(), 1000), style="bold"), soft_wrap=True)


def _table(report: CheckReport, due: Callable[[Match], str] | None) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Component", overflow="fold")
    table.add_column("Version", overflow="fold")
    table.add_column("Advisory", overflow="fold")
    table.add_column("Severity", no_wrap=True)
    table.add_column("Fixed in", overflow="fold")
    if due is not None:
        table.add_column("Due", overflow="fold")
    for match in sorted(report.matches, key=_worst_first):
        word, score, _ = severity_of_match(match)
        row = [
            Text(_clean(match.component.name)),
            Text(_clean(match.version)),
            _names(match),
            _severity(match, word, score),
            Text(_clean(", ".join(match.fixed)) or "no fix known"),
        ]
        table.add_row(*row, *([Text(_clean(due(match)))] if due is not None else []))
    return table


def _names(match: Match) -> Text:
    text = Text(_clean(match.id))
    others = (*match.aliases, *match.covers)
    if others:
        text.append(f" {_clean(' '.join(others))}", style="dim")
    return text


def _severity(match: Match, word: str, score: float | None) -> Text:
    if match.informational:
        return Text(_clean(match.informational), style="dim")
    label = word.lower() or "unknown"
    return Text(label if score is None else f"{label} {score:.1f}", style=_STYLES.get(word, ""))


def _worst_first(match: Match) -> tuple[int, float, str, str]:
    word, score, _ = severity_of_match(match)
    return (ORDER.index(word), -(score or 0.0), match.component.name, match.id)


def _clean(text: str, limit: int = 300) -> str:
    return one_line(text, limit=limit)
