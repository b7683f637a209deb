"""`seawall feed`: the signed feed of this installation, its keys and its ceremonies."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.feed_ceremony import ceremony
from seawall.cli.feed_key import key
from seawall.cli.feed_metrics import metrics
from seawall.cli.feed_rotate import revoke, rotate
from seawall.cli.feed_state import Asked, feed_errors, pass_asked, read_at
from seawall.cli.feed_whose import whose
from seawall.cli.output import BAD_NEWS, MISSING, counted, emit_json, fail, json_option, say
from seawall.cli.tables import print_table

if TYPE_CHECKING:
    from seawall.feed.tuf.state import Due, RepositoryState, RoleState


@click.group()
@click.option("--restricted", is_flag=True, help="The restricted feed instead of the public one.")
@click.option("--at", default="", metavar="TIME", help="Rehearse: act as if it were that time.")
@click.pass_context
def command(context: click.Context, restricted: bool, at: str) -> None:
    """The signed feed: what clients follow, who signs it, and what is due.

    A feed begins with a key ceremony (`seawall feed ceremony`); docs/feed has the guides.
    """
    context.obj = Asked(restricted=restricted, at=read_at(at))


command.add_command(key)
command.add_command(ceremony)
command.add_command(rotate)
command.add_command(revoke)
command.add_command(whose)
command.add_command(metrics)


@command.command()
@json_option
@pass_asked
def status(asked: Asked, as_json: bool) -> None:
    """Say which versions there are, until when, and what must be signed anew by whom.

    Exit code 1 when something ends within 30 days that offline holders must sign, or has ended.
    """
    feed, state = asked.founded()
    due = state.due(now=asked.now)
    if as_json:
        emit_json(_status(state, due))
    else:
        say(f"feed in {feed.tree.folder}, change {feed.tree.version}")
        print_table(("role", "version", "until", "keys"), [_row(role) for role in state.roles])
        for bins in state.bins:
            say(
                f"{bins.publisher}: {counted(bins.targets, 'target')} in {bins.bins} bins "
                f"{bins.prefix}, until {bins.ends_at:%Y-%m-%d}"
            )
        say(f"{counted(state.packs, 'pack')} for first syncs")
        for one in due:
            say(
                f"DUE: {one.role} {'ended' if one.over else 'ends'} {one.until:%Y-%m-%d %H:%M} "
                f"UTC; {one.by} must sign: {one.how}"
            )
    if due:
        raise SystemExit(BAD_NEWS)


@command.command()
@click.option("--force", is_flag=True, help="Also when the timestamp is not due yet.")
@json_option
@pass_asked
def refresh(asked: Asked, force: bool, as_json: bool) -> None:
    """Sign anew what ends soon, make stale packs anew, remove what no client can ask for."""
    feed = asked.open()
    with feed_errors():
        changed = feed.refresh(now=asked.now, force=force)
    if as_json:
        emit_json({"roles": changed.roles})
    else:
        say(f"{counted(len(changed.roles), 'role')} signed anew." if changed else "Nothing is due.")


@command.command()
@json_option
@pass_asked
def publish(asked: Asked, as_json: bool) -> None:
    """Publish the releases that wait for it now, as the worker does by itself."""
    asked.open()
    from seawall.distribution.publishing import FeedWaits, publish_due

    with feed_errors():
        try:
            report = publish_due(now=asked.now)
        except FeedWaits as waits:
            fail(str(waits), code=MISSING)
    if as_json:
        emit_json(report)
        return
    for name in report.published:
        say(f"{name} is public")
    if not report.published:
        say("No release waited to be published.")
    if report.waiting:
        say(f"{counted(report.waiting, 'release')} still waiting, for witnesses of the log")


@command.command()
@click.option(
    "--grow",
    type=click.IntRange(1, 16),
    metavar="BITS",
    help="Move to 2**BITS bins, more than there are.",
)
@json_option
@pass_asked
def bins(asked: Asked, grow: int | None, as_json: bool) -> None:
    """Say over how many bins the targets are spread, or move to more.

    A publisher moves by itself when its bins hold more than 256 targets on average.
    """
    feed, state = asked.founded()
    if grow is not None:
        with feed_errors(), feed.tree.change() as draft:
            for one in state.bins:
                feed.repository.grow(one.publisher, grow, draft=draft, now=asked.now)
        state = feed.repository.state()
    if as_json:
        emit_json({"bins": state.bins, "packs": state.packs})
        return
    rows = [
        (one.publisher, str(one.bins), str(one.targets), f"{one.targets / one.bins:.1f}")
        for one in state.bins
    ]
    print_table(("publisher", "bins", "targets", "mean"), rows)


@command.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@json_option
@pass_asked
def export(asked: Asked, folder: Path, as_json: bool) -> None:
    """Copy the feed into DIR as plain files, for media or a bucket.

    What never changes comes first and the timestamp last. Run it again to bring DIR up to date or
    to go on after an interruption. DIR must be new, empty, or an earlier export.
    """
    feed, _ = asked.founded()
    from seawall.feed.tuf.export import export

    with feed_errors():
        done = export(feed.tree, folder)
    if as_json:
        emit_json(done)
    else:
        say(
            f"{folder}: {done.written} written ({done.bytes} bytes), {done.left} there already, "
            f"{done.removed} removed"
        )


@command.group()
def root() -> None:
    """The root: the keys in which clients' trust begins."""


@root.command()
@click.option(
    "--save",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the root to this file, for operators who begin.",
)
@json_option
@pass_asked
def show(asked: Asked, save: Path | None, as_json: bool) -> None:
    """Show the newest root in words, and the digests that clients are given by hand."""
    feed, state = asked.founded()
    from hashlib import sha256

    from seawall.feed.tuf.describe import describe_root
    from seawall.feed.tuf.roles import metadata_path

    if state.root is None:
        fail("there is no root")
    digests = {
        version: sha256(feed.tree.read(metadata_path("root", version))).hexdigest()
        for version in sorted({1, state.root.version})
    }
    if save is not None:
        with feed_errors():
            save.write_bytes(feed.tree.read(metadata_path("root", state.root.version)))
    lines = describe_root(state.root)
    if as_json:
        emit_json({"version": state.root.version, "sha256": digests, "says": lines})
        return
    for line in lines:
        say(line)
    for version, digest in digests.items():
        say(f"{version}.root.json  sha256 {digest}")


def _row(role: "RoleState") -> tuple[str, str, str, str]:
    keys = ", ".join(id[:12] for id in role.keys)
    where = "offline" if role.offline else "online"
    needed = f"{role.threshold} of {len(role.keys)} {where}: {keys}"
    return role.name, str(role.version), f"{role.expires_at:%Y-%m-%d %H:%M}", needed


def _status(state: "RepositoryState", due: "tuple[Due, ...]") -> dict[str, Any]:
    return {"roles": state.roles, "bins": state.bins, "packs": state.packs, "due": due}
