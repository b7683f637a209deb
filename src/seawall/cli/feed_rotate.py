"""`seawall feed rotate` and `revoke`: papers for keys that are replaced."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seawall.cli.feed_state import Asked, feed_errors, pass_asked, write_out
from seawall.cli.moments import moment
from seawall.cli.output import emit_json, fail, json_option, say

if TYPE_CHECKING:
    from securesystemslib.signer import SSlibKey

    from seawall.feed.tuf.places import Feed
    from seawall.feed.tuf.rotation import Plan

NAMES = ("snapshot", "timestamp", "publisher", "release", "log")

HANDOVER_DAYS = 30
_folder = click.Path(file_okay=False, path_type=Path)
_out = click.option("--out", type=_folder, required=True, help="The folder for the papers.")
_add = click.option(
    "--add",
    type=click.Path(dir_okay=False, path_type=Path),
    multiple=True,
    metavar="PUB",
    help="Public half of a key to add. May be given again.",
)
_remove = click.option(
    "--remove",
    multiple=True,
    metavar="PUB|KEYID",
    help="A key to remove: its public half, or its id. May be given again.",
)


@click.group()
def rotate() -> None:
    """Prepare papers that replace a key or renew a life. Holders sign them, `ceremony finish`
    takes them in; until then everything stays as it is."""


@rotate.command("root")
@_add
@_remove
@click.option("--threshold", type=int, help="How many must sign; as now when left out.")
@_out
@json_option
@pass_asked
def root_keys(
    asked: Asked,
    add: tuple[Path, ...],
    remove: tuple[str, ...],
    threshold: int | None,
    out: Path,
    as_json: bool,
) -> None:
    """Other root keys. A threshold of the old ones and of the new ones must sign."""
    _holders(asked, "root", add, remove, threshold, out, as_json)


@rotate.command("targets")
@_add
@_remove
@click.option("--threshold", type=int, help="How many must sign; as now when left out.")
@_out
@json_option
@pass_asked
def targets_keys(
    asked: Asked,
    add: tuple[Path, ...],
    remove: tuple[str, ...],
    threshold: int | None,
    out: Path,
    as_json: bool,
) -> None:
    """Other targets keys. The root holders sign the root, the new targets keys the targets."""
    _holders(asked, "targets", add, remove, threshold, out, as_json)


def _online(name: str, help: str) -> None:
    @rotate.command(name, help=help)
    @_out
    @json_option
    @pass_asked
    def one(asked: Asked, out: Path, as_json: bool) -> None:
        def change(feed: "Feed", plan: "Plan") -> str:
            plan.online(name, feed.prepare(name))
            return f"Another online key for {name}"

        _prepare(asked, out, as_json, change)


_online("snapshot", "Another online key for snapshots; the root holders sign.")
_online("timestamp", "Another online key for timestamps; the root holders sign.")
_online("publisher", "Another online key for the publisher's bins; the targets holders sign.")


@rotate.command("release")
@click.option(
    "--handover-days",
    default=HANDOVER_DAYS,
    show_default=True,
    help="How long the old key's releases count; finish before.",
)
@_out
@json_option
@pass_asked
def release_key(asked: Asked, handover_days: int, out: Path, as_json: bool) -> None:
    """Another key that signs releases; the targets holders sign trust.json with it."""

    def change(feed: "Feed", plan: "Plan") -> str:
        until = asked.now + timedelta(days=handover_days)
        plan.release_key(_slug(plan), feed.prepare("release"), until=until)
        return "Another key for releases"

    _prepare(asked, out, as_json, change)


@rotate.command("log")
@_out
@json_option
@pass_asked
def log_key(asked: Asked, out: Path, as_json: bool) -> None:
    """Another key for the log; the old one still vouches for the proofs of older releases."""

    def change(feed: "Feed", plan: "Plan") -> str:
        plan.log_key(_log_vkey(feed, plan))
        return "Another key for the log"

    _prepare(asked, out, as_json, change)


@rotate.command()
@_out
@json_option
@pass_asked
def renew(asked: Asked, out: Path, as_json: bool) -> None:
    """No other keys: root and targets get a new life of a year."""

    def change(_: "Feed", plan: "Plan") -> str:
        plan.renew()
        return "Root and targets live on"

    _prepare(asked, out, as_json, change)


@rotate.command()
@_out
@json_option
@pass_asked
def trust(asked: Asked, out: Path, as_json: bool) -> None:
    """No other keys: trust.json as the settings are now (witnesses, addresses, OpenPGP key)."""

    def change(_: "Feed", plan: "Plan") -> str:
        from seawall.distribution import feeds

        plan.trust = feeds.updated(plan.trust)
        return "Another trust.json"

    _prepare(asked, out, as_json, change)


@click.command()
@click.argument("what", metavar="PUB|KEYID|NAME")
@_add
@click.option(
    "--since",
    default="",
    metavar="TIME",
    help="When it was stolen: releases of its key from then on stop counting.",
)
@_out
@json_option
@pass_asked
def revoke(
    asked: Asked, what: str, add: tuple[Path, ...], since: str, out: Path, as_json: bool
) -> None:
    """Prepare papers that take a stolen or lost key out of use.

    Name the public half of a holder's key, or its id (or how that begins), or one of snapshot,
    timestamp, publisher, release, log; "online" means these five, for when a thief was on the
    machine. A holder's key is taken out of root and targets; --add puts another in its place.
    docs/feed/compromise.md says what else to do, and what clients see.
    """

    def change(feed: "Feed", plan: "Plan") -> str:
        if what not in (*NAMES, "online"):
            id = _id(what)
            plan.remove_holder(id, add=_keys(add))
            return f"The key {id[:16]} is out of use"
        for name in feed.names() if what == "online" else (what,):
            _revoke_online(asked, feed, plan, name, since)
        return "The online keys are out of use" if what == "online" else f"Another {what} key"

    _prepare(asked, out, as_json, change)


def _revoke_online(asked: Asked, feed: "Feed", plan: "Plan", name: str, since: str) -> None:
    key = feed.prepare(name, fresh=True)
    if name == "release":
        plan.release_key(_slug(plan), key, until=moment(since) or asked.now)
    elif name == "log":
        plan.log_key(_log_vkey(feed, plan))
    else:
        plan.online(name, key)


def _holders(
    asked: Asked,
    role: str,
    add: tuple[Path, ...],
    remove: tuple[str, ...],
    threshold: int | None,
    out: Path,
    as_json: bool,
) -> None:
    def change(_: "Feed", plan: "Plan") -> str:
        plan.holders(role, add=_keys(add), remove=[_id(one) for one in remove], threshold=threshold)
        return f"Other keys for {role}"

    _prepare(asked, out, as_json, change)


def _prepare(asked: Asked, out: Path, as_json: bool, change: "Callable[[Feed, Plan], str]") -> None:
    feed, _ = asked.founded()
    from seawall.feed.tuf.check import counts
    from seawall.feed.tuf.describe import describe
    from seawall.feed.tuf.rotation import Plan

    with feed_errors():
        plan = Plan(feed.current(), now=asked.now)
        prepared = plan.papers(change(feed, plan))
        write_out(prepared, out)
        lines, needed = describe(prepared), counts(prepared)
    if as_json:
        emit_json({"folder": str(out), "why": prepared.why, "says": lines})
        return
    for line in lines:
        say(line)
    for count in needed:
        say(f"{count.paper}.json needs {count.need} signatures of its {count.keys} keys")
    say(
        f"\nNext: `seawall feed ceremony sign {out} --key FILE` by the holders, then "
        f"`seawall feed ceremony finish {out}` here."
    )


def _keys(files: tuple[Path, ...]) -> "list[SSlibKey]":
    from seawall.feed.tuf.offline import read_public

    return [read_public(file).tuf for file in files]


def _id(text: str) -> str:
    """The id of a key that was named by its public half; an id as it is."""
    from seawall.feed.tuf.offline import read_public

    path = Path(text)
    return read_public(path).id if path.suffix == ".pub" else text


def _slug(plan: "Plan") -> str:
    """The publisher of this installation: the one that its feed has."""
    if len(plan.trust.publishers) != 1:
        fail("this feed has not one publisher")
    return plan.trust.publishers[0].slug


def _log_vkey(feed: "Feed", plan: "Plan") -> str:
    from seawall.signing.notes import NoteKey

    if plan.trust.log is None:
        fail("this feed names no log")
    return NoteKey(name=plan.trust.log.origin, public=feed.prepare("log")).text
