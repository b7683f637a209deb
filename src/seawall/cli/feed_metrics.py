"""`seawall feed metrics`: how long releases take, from the proof to the installed fix."""

from dataclasses import fields
from datetime import datetime, timedelta

import click

from seawall.cli.output import emit_json, json_option, say
from seawall.cli.state import open_state
from seawall.cli.tables import print_table

_SHOWN = 20


@click.command()
@json_option
def metrics(as_json: bool) -> None:
    """Say how long it takes from validation to publication to receipts, for each release and
    usually.

    Times of receipts are those that the clients signed.
    """
    open_state()
    from seawall.distribution.metrics import overall, timelines

    rows = timelines()
    usual = overall(rows)
    if as_json:
        seconds = {each.name: _seconds(getattr(usual, each.name)) for each in fields(usual)}
        emit_json({"overall_seconds": seconds, "releases": rows})
        return
    if not rows:
        say("Nothing was released yet.")
        return
    print_table(
        ("release", "proven", "released", "in feed", "delivered", "installed", "systems"),
        [
            (
                f"{row.release} ({row.revision})",
                _span(row.validated_at, row.released_at, sign="-"),
                f"{row.released_at:%Y-%m-%d %H:%M}",
                _span(row.released_at, row.in_feed_at),
                _span(row.released_at, row.delivered.median_at),
                _span(row.released_at, row.installed.median_at),
                str(row.installed.systems),
            )
            for row in rows[:_SHOWN]
        ],
    )
    if len(rows) > _SHOWN:
        say(f"… and {len(rows) - _SHOWN} more; --json has all.")
    say(f"usually, over {usual.releases} advisories:")
    for name in (each.name for each in fields(usual) if each.name != "releases"):
        say(f"  {name.replace('_', ' ')}: {_told(getattr(usual, name))}")


def _seconds(value: timedelta | int | None) -> float | int | None:
    return value.total_seconds() if isinstance(value, timedelta) else value


def _span(start: datetime | None, end: datetime | None, *, sign: str = "+") -> str:
    if start is None or end is None:
        return "–"
    return f"{sign}{_told(end - start)}"


def _told(span: timedelta | None) -> str:
    """ "3 d 4 h", "2 h 5 min", "40 s"; "–" for none."""
    if span is None:
        return "–"
    seconds = int(span.total_seconds())
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{seconds} s"
