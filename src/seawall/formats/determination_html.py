"""A report as one HTML file of its own: no script, nothing loaded, light, dark and on paper."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from html import escape

from seawall.core.determination.finding import Track
from seawall.formats.determination_parts import Document, Section, Table

Draw = Callable[[Track, str], str]
"""A track and a key for ids, as SVG."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1b2430; --soft: #55606e; --paper: #fff; --line: #d5dae1;
  --band: #f4f6f9; --covered: #a33a00; --not: #0b6b43; --open: #3d4f75; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ebf0; --soft: #a9b4c2; --paper: #12171d;
  --line: #36404c; --band: #1b222b; --covered: #ffae7a; --not: #6fd6a5; --open: #a9bdec; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", "Liberation Sans", sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: 1rem; font-weight: 600; color: var(--soft); margin: 0; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; padding-top: 1rem;
  border-top: 1px solid var(--line); }
.brief h2 { font-size: 1rem; margin: 0 0 .25rem; padding: 0; border: 0; }
p, ul { margin: .25rem 0 .5rem; max-width: 46rem; }
ul { padding-left: 1.1rem; } li { margin: .25rem 0; }
.verdict { border-left: .4rem solid var(--tone); padding: .1rem 0 .1rem 1rem;
  margin: .75rem 0 1.25rem; }
.verdict strong { display: block; font-size: 2rem; line-height: 1.2; color: var(--tone); }
.verdict p { font-size: 1.125rem; margin: .25rem 0 0; }
.is-covered { --tone: var(--covered); } .is-not-covered { --tone: var(--not); }
.is-undecided { --tone: var(--open); }
.brief { display: grid; gap: 1.25rem 2rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
.curves { display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
figure { margin: .5rem 0; } figcaption { font-weight: 600; font-size: .875rem; }
.curve { width: 100%; max-width: 40rem; height: auto; display: block; }
.key { font-size: .8125rem; color: var(--soft); }
.table { overflow-x: auto; margin: 1rem 0; }
.table:focus-visible { outline: 2px solid var(--open); }
table { border-collapse: collapse; font-size: .875rem; min-width: 50%; }
caption { text-align: left; font-weight: 600; padding: 0 0 .35rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0;
  border-bottom: 1px solid var(--line); overflow-wrap: normal; }
th { color: var(--soft); font-weight: 600; }
td.figure, th.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.wide td { min-width: 5rem; } .wide td.figure { min-width: 0; }
td code { overflow-wrap: anywhere; font: .8125rem/1.4 ui-monospace, "Liberation Mono", monospace; }
.axis, .zero { stroke: var(--line); } .zero { stroke-dasharray: 1 3; stroke: var(--soft); }
.edge { stroke-width: 1.5; stroke-dasharray: 6 4; }
.edge.upper { stroke: var(--covered); } .edge.lower { stroke: var(--not); }
.edge-text.upper { fill: var(--covered); } .edge-text.lower { fill: var(--not); }
.edge.both { stroke: var(--soft); } .edge-text.both { fill: var(--soft); }
.curve text { font: 13px system-ui, "Liberation Sans", sans-serif; } .tick { fill: var(--soft); }
.path { fill: none; stroke: var(--ink); stroke-width: 1.5; }
.path.most { stroke-dasharray: 2 3; }
.path.upper { stroke: var(--covered); } .path.lower { stroke: var(--not); stroke-dasharray: 7 3; }
.solved { fill: var(--ink); } .unsolved { fill: var(--paper); stroke: var(--ink); }
.void { fill: none; stroke: var(--soft); stroke-dasharray: 2 1; }
@media print { :root { color-scheme: light; --ink: #000; --soft: #444; --paper: #fff; --line: #bbb;
    --band: #fff; --covered: #a33a00; --not: #0b6b43; --open: #3d4f75; }
  body { font-size: 10.5pt; } main { max-width: none; padding: 0; }
  .brief, .curves { grid-template-columns: 1fr 1fr; } .brief { gap: .5rem 1.5rem; }
  .brief + h2 { break-before: page; } .table { overflow: visible; }
  table { font-size: 7.5pt; } th, td { padding-right: .4rem; }
  tr, figure { break-inside: avoid; } h2, caption { break-after: avoid; } }
@page { margin: 16mm; }
"""

STYLE_HASH = "sha256-" + b64encode(sha256(_STYLE.encode()).digest()).decode()
"""Of the only inline style, for the header Content-Security-Policy of whoever serves it."""

_KEY = (
    "Filled: solved. Hollow: unsolved. Dashed ring: void; a dotted path shows the test with void "
    "positions counted as solved. Below, the e-values of the second test: drawn through for "
    "covered, dashed for not covered."
)


def html(document: Document, draw: Draw) -> str:
    """The document as HTML; `draw` makes the picture of a track."""
    tone = document.verdict.lower().replace(" ", "-")
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(document.title)}</title>",
        f"<style>{_STYLE}</style></head><body><main>",
        f"<h1>{escape(document.title)}</h1>",
        f'<div class="verdict is-{tone}"><strong>{escape(document.verdict)}</strong>',
        f"<p>{escape(document.sentence)}</p></div>",
        '<div class="brief">',
        *(f"<section>{_section(part, draw)}</section>" for part in document.brief),
        "</div>",
        *(_section(part, draw) for part in document.detail),
        "</main></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _section(section: Section, draw: Draw) -> str:
    parts = [f"<h2>{escape(section.title)}</h2>"]
    parts += [f"<p>{escape(text)}</p>" for text in section.text]
    if section.points:
        points = "".join(f"<li>{escape(point)}</li>" for point in section.points)
        parts.append(f"<ul>{points}</ul>")
    if section.curves:
        figures = "".join(_figure(track, draw) for track in section.curves)
        parts += [f'<div class="curves">{figures}</div>', f'<p class="key">{_KEY}</p>']
    parts += [_table(table) for table in section.tables]
    return "\n".join(parts)


def _figure(track: Track, draw: Draw) -> str:
    key = "curve-" + "".join(
        c if c.isascii() and c.isalnum() else f"-{ord(c):x}-"
        for c in (f"{track.side} {track.scaffold}")
    )
    words = escape(f"{track.scaffold}: {track.determined}")
    return f"<figure><figcaption>{words}</figcaption>{draw(track, key)}</figure>"


def _table(table: Table) -> str:
    head = "".join(
        f'<th scope="col"{_figure_class(table, at)}>{escape(name)}</th>'
        for at, name in enumerate(table.columns)
    )
    rows = "".join(
        "<tr>" + "".join(_cell(table, at, text) for at, text in enumerate(row)) + "</tr>\n"
        for row in table.rows
    )
    label = escape(table.caption, quote=True)
    wide = " wide" if len(table.columns) > 4 else ""
    return (
        f'<div class="table{wide}" tabindex="0" role="region" aria-label="{label}">'
        f"<table><caption>{escape(table.caption)}</caption>"
        f"<thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table></div>"
    )


def _cell(table: Table, at: int, text: str) -> str:
    shown = escape(text)
    if len(text) == 64 and all(c in "0123456789abcdef" for c in text):
        shown = f"<code>{shown}</code>"
    return f"<td{_figure_class(table, at)}>{shown}</td>"


def _figure_class(table: Table, at: int) -> str:
    return ' class="figure"' if at in table.figures else ""
