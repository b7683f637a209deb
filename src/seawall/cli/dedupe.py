"""`seawall dedupe`: group findings or sanitizer reports that are one bug."""

import time
from collections import Counter
from pathlib import Path
from typing import Any

import click

from seawall.cli.dedupe_input import Item, read_items
from seawall.cli.output import clear_errors, emit_json, fail, json_option
from seawall.dedup import Group, Link, Strength, group
from seawall.dedup.measure import Score, score
from seawall.vocab.errors import one_line

_STRENGTHS = {str(s.name).lower(): s for s in Strength}
_SHOWN_LINKS = 4


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--at-least",
    type=click.Choice(list(_STRENGTHS)),
    default="likely",
    show_default=True,
    help="The weakest link that may join findings; weaker ones are shown beside the groups.",
)
@click.option("--all", "show_all", is_flag=True, help="Print groups of one finding too.")
@json_option
def command(files: tuple[Path, ...], at_least: str, show_all: bool, as_json: bool) -> None:
    """Group the findings in FILES that are one bug, and say why.

    FILES are JSON lines ({"id": …, "report": "sanitizer text"}, or findings with "id" and
    "title"; optional "target", "reproducer", "silenced_by", "not_silenced_by", "label"), or
    reports in any format that `seawall submit` takes, compressed or not. Where every line
    has its true "label", precision and recall over pairs are printed. Exit code 0; 2 for input
    that cannot be used.
    """
    began = time.perf_counter()
    items: list[Item] = []
    for file in files:
        with clear_errors(str(file)):
            items += read_items(file)
    items = _unique(items)
    groups = group((item.signature for item in items), at_least=_STRENGTHS[at_least])
    seconds = time.perf_counter() - began
    labels = {i.signature.key: i.label for i in items}
    scored = score((g.members for g in groups), labels) if items and all(labels.values()) else None
    if as_json:
        emit_json(_answer(items, groups, scored, seconds))
    else:
        _print(items, groups, scored, seconds, show_all=show_all)


def _unique(items: list[Item]) -> list[Item]:
    """Refuse keys that come twice: a group could not say which finding it means."""
    twice = [key for key, n in Counter(i.signature.key for i in items).items() if n > 1]
    if twice:
        fail(f"the id {one_line(twice[0], limit=60)} comes twice (give every line its own id)")
    return items


def _answer(
    items: list[Item], groups: tuple[Group, ...], scored: Score | None, seconds: float
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "read": len(items),
        "unique": len(groups),
        "merged": len(items) - len(groups),
        "seconds": round(seconds, 3),
        "groups": [
            {
                "key": g.key,
                "members": g.members,
                "finders": g.finders,
                "links": [_link(link) for link in g.links],
                "near": [_link(link) for link in g.near],
            }
            for g in groups
        ],
    }
    if scored is not None:
        answer["score"] = {
            "precision": scored.precision,
            "recall": scored.recall,
            "f1": scored.f1,
        }
    return answer


def _link(link: Link) -> dict[str, str]:
    return {
        "a": link.a,
        "b": link.b,
        "signal": link.signal.value,
        "strength": link.strength.name.lower(),
        "explanation": link.explanation,
    }


def _print(
    items: list[Item],
    groups: tuple[Group, ...],
    scored: Score | None,
    seconds: float,
    *,
    show_all: bool,
) -> None:
    titles = {i.signature.key: i.title for i in items}
    for found in groups:
        if len(found.members) > 1 or found.near or show_all:
            _print_group(found, titles)
    rate = len(items) / seconds if seconds else 0.0
    click.echo(
        f"{len(items)} read, {len(groups)} unique, {len(items) - len(groups)} merged "
        f"({rate:,.0f} a second)"
    )
    if scored is not None:
        click.echo(
            f"against the labels: precision {scored.precision:.4f}, recall {scored.recall:.4f}, "
            f"F1 {scored.f1:.4f} over pairs"
        )


def _print_group(found: Group, titles: dict[str, str]) -> None:
    size = len(found.members)
    count = f"{size} findings" if size > 1 else "1 finding"
    click.echo(f"{one_line(found.key, limit=60)}  {count}  {one_line(titles[found.key], limit=90)}")
    if size > 1:
        others = ", ".join(one_line(key, limit=40) for key in found.members[1:6])
        click.echo(f"  also {others}" + (f" and {size - 6} more" if size > 6 else ""))
    reasons = Counter((link.signal, link.explanation) for link in found.links)
    for (signal, words), times in reasons.most_common(_SHOWN_LINKS):
        click.echo(f"  {signal.value}: {one_line(words)}" + (f" (×{times})" if times > 1 else ""))
    for link in found.near[:_SHOWN_LINKS]:
        other = link.b if link.a in found.members else link.a
        click.echo(f"  near {one_line(other, limit=40)}: {one_line(link.explanation)}")
