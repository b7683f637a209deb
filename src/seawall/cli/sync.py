"""`seawall sync`: bring a feed of signed advisories here, from the web or from carried media."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seawall.cli.client_errors import client_errors
from seawall.cli.output import (
    BAD_INPUT,
    BAD_NEWS,
    clear_errors,
    counted,
    emit_json,
    fail,
    json_option,
    say,
)

if TYPE_CHECKING:
    from seawall.client.downloads import Progress
    from seawall.client.fetching import Source
    from seawall.client.sync import SyncReport

_MOST_NAMED = 10


@click.command()
@click.argument("source", required=False, metavar="[URL|DIR]")
@click.option("--name", default="default", show_default=True, help="What this feed is called here.")
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The feed's root metadata, which you have from elsewhere; needed once.",
)
@click.option(
    "--root-sha256",
    metavar="HEX",
    help="SHA-256 of the root metadata, which you have from elsewhere; instead of --root.",
)
@click.option("--patches", is_flag=True, help="Fetch every patch too, for a place without network.")
@click.option(
    "--media",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Also write a whole copy of the feed into DIR, to be carried to where no network is.",
)
@click.option(
    "--receipts/--no-receipts",
    default=None,
    help="From now on, sign a receipt for each release that arrives (seawall receipt).",
)
@click.option("--quiet", "-q", is_flag=True, help="Say nothing unless something is wrong.")
@json_option
def command(
    source: str | None,
    name: str,
    root: Path | None,
    root_sha256: str | None,
    patches: bool,
    media: Path | None,
    receipts: bool | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Bring the signed advisories of a feed here; only what changed is fetched.

    The source is an address or a folder (carried media) and is remembered; both may take turns
    for one feed. Nothing of a source is believed: everything must verify up to the root that you
    gave, and continue what was seen before. Otherwise nothing changes.

    Exit codes: 0 synced; 1 refused, what was given does not verify; 2 wrong call; 3 unreachable.
    """
    from seawall.client.home import feed_home

    if root is not None and root_sha256 is not None:
        fail("give --root or --root-sha256, not both", code=BAD_INPUT)
    with client_errors():
        home = feed_home(name)
        report = _sync(home, source, root, root_sha256, patches, media, receipts, quiet or as_json)
    if as_json:
        emit_json(report)
    elif not quiet:
        _tell(report, name)


def _sync(
    home: Path,
    source: str | None,
    root: Path | None,
    root_sha256: str | None,
    patches: bool,
    media: Path | None,
    receipts: bool | None,
    quiet: bool,
) -> "SyncReport":
    from seawall.client.fetching import open_source
    from seawall.client.media import write_media
    from seawall.client.receipts import delivered, wants_receipts
    from seawall.client.sync import SyncRefused, sync
    from seawall.client.trusted import NoRoot

    place = _absolute(source) if source else _remembered(home)
    try:
        opened = open_source(place)
        try:
            _trust(home, opened, root, root_sha256)
            if not (home / "root.json").exists():
                raise NoRoot(place)
            with _progress(quiet) as tell:
                deliver = delivered if wants_receipts(home, receipts) else None
                now = datetime.now(UTC)
                done = sync(home, opened, now=now, tell=tell, patches=patches, deliver=deliver)
                if media is not None:
                    tell("Media", 0, 1)
                    write_media(home, opened, media, now=now)
                return done
        finally:
            opened.close()
    except NoRoot:
        fail(
            f"no root is trusted for {place} yet: get root.json, or its SHA-256, from the publisher"
            " by another way, then give --root FILE or --root-sha256 HEX",
            code=BAD_INPUT,
        )
    except SyncRefused as refused:
        kept = f"Nothing was changed; what was given is kept in {refused.evidence}"
        fail(f"{refused}. {kept}", code=BAD_NEWS)


def _trust(home: Path, source: "Source", root: Path | None, digest: str | None) -> None:
    from seawall.client.trusted import root_with_digest, trust_root

    if root is not None:
        with clear_errors(root.name):
            trust_root(home, root.read_bytes())
    elif digest is not None:
        trust_root(home, root_with_digest(source, digest))


def _absolute(source: str) -> str:
    """A folder by its whole path, so that it is found again from elsewhere; an address as it is."""
    return source if "://" in source else str(Path(source).absolute())


def _remembered(home: Path) -> str:
    from seawall.client.store import Store

    known = ""
    if store := Store.open_existing(home):
        with store:
            known = str(store.get("source", ""))
    if not known:
        fail("say from where: an address or a folder; it is remembered afterwards", code=BAD_INPUT)
    return known


@contextmanager
def _progress(quiet: bool) -> "Iterator[Progress]":
    """A bar on a terminal's standard error, else silence."""
    if quiet or not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, object] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)  # type: ignore[arg-type]

        yield tell


def _tell(report: "SyncReport", name: str) -> None:
    for each in report.installed[:_MOST_NAMED]:
        change = f"revision {each.revision}" if each.before or each.revision > 1 else "new"
        say(f"  {each.id}  {change}")
    if len(report.installed) > _MOST_NAMED:
        say(f"  … and {len(report.installed) - _MOST_NAMED} more")
    for id in report.no_longer_offered:
        say(f"  {id}  is no longer in the feed; it stays here, as it was signed", err=True)
    changed = counted(len(report.installed), "release") if report.installed else "nothing"
    witnessed = f", cosigned by {', '.join(report.witnesses)}" if report.witnesses else ""
    say(
        f"Feed {name}: {changed} changed, {counted(report.releases, 'release')} in all, verified"
        f" against {report.log_origin} ({report.log_size} entries{witnessed});"
        f" good until {report.expires_at:%Y-%m-%d %H:%M} UTC."
    )
    if report.receipts:
        say(f"{counted(report.receipts, 'receipt')} to send: seawall receipt send")
