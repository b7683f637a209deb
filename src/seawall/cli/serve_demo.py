"""What `seawall serve --demo` does before it serves: open the demo's state, and say who can sign
in there."""

from pathlib import Path

import click

from seawall.cli.output import MISSING, fail


def enter_demo(home: Path | None = None) -> Path:
    """Use the state of the last demo for this process; ends the program when none was played."""
    from seawall.demo.home import default_home, enter, is_played

    place = home.absolute() if home else default_home()
    if not is_played(place):
        fail(f"no demo was played in {place}; play it first: seawall demo", code=MISSING)
    return enter(place)


def tell_people(home: Path, address: str) -> None:
    """Print who can sign in to the demo, on standard error."""
    from seawall.demo.cast import accounts

    known = accounts(home)
    if known:
        click.echo(f"Sign in at {address}/sign-in as", err=True)
    for each in known:
        party = each.party.partition(" <")[0]
        click.echo(f"  {each.email:28} {each.password:18} {each.name}, {party}", err=True)
