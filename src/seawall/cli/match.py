"""`seawall match`: which findings another party holds too, without showing any."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from seawall.cli.output import clear_errors, counted, emit_json, json_option, say
from seawall.vocab.errors import BadInput

F = TypeVar("F", bound=Callable[..., Any])


def _reach(command: F) -> F:
    """The options that say which clearinghouse, with whose token."""
    for option in (
        click.option(
            "--token-file",
            type=click.Path(path_type=Path),
            help="File with your party's API token; else the variable SEAWALL_TOKEN.",
        ),
        click.option("--party", default="", help="For which party, if you act for several."),
        click.option(
            "--server",
            envvar="SEAWALL_SERVER",
            required=True,
            help="Address of the clearinghouse; or the variable SEAWALL_SERVER.",
        ),
    ):
        command = option(command)
    return command


_at_least = click.option(
    "--at-least",
    type=click.Choice(["possible", "likely", "certain"]),
    default="possible",
    show_default=True,
    help="Compare by words of this strength only; sharper words tell who guesses less.",
)


@click.group()
def command() -> None:
    """Learn which of your findings another party holds too, without showing any of them.

    Both parties run this on their own machines. The findings, and digests of them, stay there:
    the clearinghouse passes on points that it cannot read. One side starts and tells the other the
    code of the session by another way (by voice, in a sealed message); the other joins; both
    finish. Each learns which of its own findings matched, and by what.
    """


@command.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--with", "other", required=True, metavar="PARTY", help="The other party.")
@click.option("--size", type=int, help="Points that each side may send: 64, 256, … 16384.")
@_at_least
@_reach
@json_option
def start(
    files: tuple[Path, ...],
    other: str,
    size: int | None,
    at_least: str,
    server: str,
    party: str,
    token_file: Path | None,
    as_json: bool,
) -> None:
    """Start a session about the findings in FILES (as `seawall dedupe` reads them)."""
    from seawall.cli import match_steps
    from seawall.cli.match_state import default_folder
    from seawall.dedup.links import Strength
    from seawall.dedup.private_match import new_code, read_code

    code = new_code()
    with clear_errors():
        kept = match_steps.begin(
            _relay(server, party, token_file),
            _items(files),
            other=other,
            at_most=size,
            code=read_code(code),
            folder=default_folder(),
            at_least=Strength[at_least.upper()],
        )
    if as_json:
        emit_json({"id": kept.id, "with": kept.other, "code": code, "at_most": kept.at_most})
        return
    say(f"{kept.id} with {kept.other} is open. Tell them this code, by another way than here:")
    say(f"\n    {code}\n")
    say(f"They run    seawall match join {kept.id} FILE…")
    say(f"then you    seawall match finish {kept.id}")


@command.command()
@click.argument("id", metavar="X-NUMBER")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--code-file", type=click.Path(path_type=Path), help="File with the code; else it is asked for."
)
@click.option("--size", type=int, help="Join only a session of at most so many points.")
@_at_least
@_reach
@json_option
def join(
    id: str,
    files: tuple[Path, ...],
    code_file: Path | None,
    size: int | None,
    at_least: str,
    server: str,
    party: str,
    token_file: Path | None,
    as_json: bool,
) -> None:
    """Join a session with the findings in FILES and the code that the other party told you."""
    from seawall.cli import match_steps
    from seawall.cli.match_state import default_folder
    from seawall.dedup.links import Strength
    from seawall.dedup.private_match import read_code

    with clear_errors():
        text = code_file.read_text() if code_file else click.prompt("Code", hide_input=True)
        kept = match_steps.join(
            _relay(server, party, token_file),
            id,
            _items(files),
            code=read_code(text),
            folder=default_folder(),
            at_most=size,
            at_least=Strength[at_least.upper()],
        )
    _tell(kept, as_json=as_json)


@command.command()
@click.argument("id", metavar="X-NUMBER")
@_reach
@json_option
def finish(id: str, server: str, party: str, token_file: Path | None, as_json: bool) -> None:
    """Go on with a session as far as it goes, and print what matched once both sides have
    answered. May be run again at any time."""
    from seawall.cli import match_state, match_steps

    folder = match_state.default_folder()
    with clear_errors():
        kept = match_state.load(folder, server=server.rstrip("/"), id=id)
        if kept.hand is not None:
            kept = match_steps.go_on(_relay(server, party, token_file), kept, folder=folder)
    _tell(kept, as_json=as_json)


@command.command()
@json_option
def show(as_json: bool) -> None:
    """Show the sessions on this machine and what matched in them; asks no clearinghouse."""
    from seawall.cli import match_state

    with clear_errors():
        rows = match_state.load_all(match_state.default_folder())
    if as_json:
        emit_json({"sessions": [_data(row) for row in rows]})
        return
    if not rows:
        click.echo("No sessions on this machine. `seawall match start --help` says how to begin.")
    for row in rows:
        _print(row)


@command.command()
@click.argument("id", metavar="X-NUMBER")
@click.option("--because", default="", help="A word to the other party.")
@_reach
@json_option
def end(
    id: str, because: str, server: str, party: str, token_file: Path | None, as_json: bool
) -> None:
    """Decline a session, or give it up; the clearinghouse forgets what was sent."""
    with clear_errors():
        _relay(server, party, token_file).end(id, because=because)
    if as_json:
        emit_json({"ended": id})
    else:
        say(f"{id} is ended.")


def _items(files: tuple[Path, ...]) -> list[Any]:
    from seawall.cli.dedupe_input import read_items

    found: dict[str, Any] = {}
    for file in files:
        with clear_errors(str(file)):
            found |= {item.signature.key: item for item in read_items(file)}
    return list(found.values())


def _relay(server: str, party: str, token_file: Path | None) -> Any:
    from seawall.cli.match_relay import Relay

    token = token_file.read_text().strip() if token_file else os.environ.get("SEAWALL_TOKEN", "")
    if not token:
        raise BadInput("no API token of your party", mend="--token-file, or SEAWALL_TOKEN")
    return Relay(server, token, party=party)


def _tell(kept: Any, *, as_json: bool) -> None:
    if as_json:
        emit_json(_data(kept))
    else:
        _print(kept)


def _data(kept: Any) -> dict[str, Any]:
    result = kept.result
    return {
        "id": kept.id,
        "server": kept.server,
        "with": kept.other,
        "commitment": kept.commitment,
        "matched": None if result is None else [_match(each) for each in result],
    }


def _match(each: Any) -> dict[str, Any]:
    return {
        "finding": each.finding,
        "title": each.title,
        "families": list(each.families),
        "strength": _strength(each),
    }


def _print(kept: Any) -> None:
    if kept.result is None:
        say(
            f"{kept.id} with {kept.other}: it is their turn; then `seawall match finish {kept.id}`."
        )
        return
    if not kept.result:
        say(f"{kept.id} with {kept.other}: none of your findings matched.")
        return
    say(f"{kept.id} with {kept.other}: {counted(len(kept.result), 'finding')} of yours matched.")
    for each in sorted(kept.result, key=lambda one: one.families[0].strength, reverse=True):
        by = ", ".join(each.families)
        say(f"  {_strength(each):<9} {each.finding}  {each.title}  (by {by})")


def _strength(each: Any) -> str:
    return str(max(family.strength for family in each.families).name).lower()
