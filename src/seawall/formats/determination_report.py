"""The report of a determination, as Markdown and as one HTML file that needs nothing else.

The first half page is for who decides: verdict, what it means, how sure it is, what it does not
say, cost, by whom. What follows is for who checks it: every number it was reached by.
"""

import re
from collections.abc import Sequence

from seawall.core.determination.finding import Determination, Track
from seawall.core.determination.rates import Characteristics
from seawall.formats.determination_brief import brief, sentence
from seawall.formats.determination_curve import e_value_curve, ratio_curve
from seawall.formats.determination_detail import detail
from seawall.formats.determination_html import html
from seawall.formats.determination_parts import Document, Head, Section, Table

__all__ = ["Head", "report_document", "report_html", "report_markdown"]

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


def report_html(found: Determination, head: Head, *, rates: Sequence[Characteristics] = ()) -> str:
    """The report as self-contained HTML: no script, nothing loaded, light, dark and printable.
    `rates` are simulations of this plan."""

    def draw(track: Track, key: str) -> str:
        items = len(found.plan.items(track.side))
        ratio = ratio_curve(track, items=items, key=f"{key}-llr")
        return ratio + e_value_curve(
            track, items=items, agreement=found.plan.agreement, key=f"{key}-e"
        )

    return html(report_document(found, head, rates=rates), draw)


def report_markdown(
    found: Determination, head: Head, *, rates: Sequence[Characteristics] = ()
) -> str:
    """The same report as Markdown; the curves are in the tables of results."""
    document = report_document(found, head, rates=rates)
    parts = [
        f"# {_escape(document.title)}",
        f"**{_escape(document.verdict)}.** {_escape(document.sentence)}",
        *(_section(section) for section in document.brief),
        "---",
        *(_section(section) for section in document.detail),
    ]
    return "\n\n".join(parts) + "\n"


def report_document(
    found: Determination, head: Head, *, rates: Sequence[Characteristics] = ()
) -> Document:
    """The report before it has a form."""
    verdict = found.determined.value.capitalize()
    variant = f" ({head.safeguards})" if head.safeguards else ""
    by = f", {head.lab}" if head.lab else ""
    return Document(
        title=f"Determination: {head.model}{variant}{by}",
        verdict=verdict,
        sentence=sentence(found, head),
        brief=brief(found, head, rates),
        detail=detail(found, head, rates),
    )


def _section(section: Section) -> str:
    parts = [f"## {_escape(section.title)}", *map(_escape, section.text)]
    if section.points:
        parts.append("\n".join(f"- {_escape(point)}" for point in section.points))
    parts += [_table(table) for table in section.tables]
    return "\n\n".join(parts)


def _table(table: Table) -> str:
    rule = ["---:" if at in table.figures else "---" for at in range(len(table.columns))]
    lines = [map(_escape, table.columns), rule, *(map(_escape, row) for row in table.rows)]
    return f"**{_escape(table.caption)}**\n\n" + "\n".join(
        f"| {' | '.join(cells)} |" for cells in lines
    )


def _escape(text: str) -> str:
    """Text in one line in which nothing is Markdown or HTML."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
