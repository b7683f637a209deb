"""`seawall check`: what hits the components of an SBOM, what fixes it, and what was not checked."""

import gc
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import click
from rich.console import Console

from seawall.cli.advisory_files import AdvisoryFiles
from seawall.cli.check_table import print_table
from seawall.cli.output import BAD_INPUT, BAD_NEWS, MISSING, clear_errors, emit_json, fail
from seawall.formats.sbom import read_sbom
from seawall.matching.check import CheckReport, check_sbom
from seawall.matching.export.cyclonedx import to_cyclonedx
from seawall.matching.export.openvex import to_openvex
from seawall.matching.export.plain import as_data
from seawall.matching.export.sarif import to_sarif
from seawall.matching.index import AdvisoryIndex
from seawall.matching.matches import Match
from seawall.vocab.ssvc import SystemClass

if TYPE_CHECKING:
    from seawall.client.feeds import FeedState
    from seawall.matching.layers import Advised, Layer

_FORMATS = ("table", "json", "sarif", "cyclonedx", "openvex")
_MOST_REFUSALS = 5

Due = Callable[[Match], str]


@click.command()
@click.argument("sbom", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--advisories",
    "-a",
    "sources",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="OSV or CSAF: a file (JSON, JSON lines, zip, tar; compressed or not) or a folder of "
    "them. May be repeated. Without it the synced feed and the imported catalogue are used.",
)
@click.option(
    "--feed",
    metavar="NAME|none",
    help="Which synced feed to use (see seawall sync); none for none. [default: default]",
)
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="table", help="Form of the result."
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--system-class",
    type=click.Choice([c.value for c in SystemClass]),
    help="Say by when directives demand action on a system of this class.",
)
@click.option(
    "--exposed/--internal",
    default=None,
    help="With --system-class: whether untrusted parties can reach it (not said: they can).",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Exit with 2 when any part could not be checked, or the feed has expired.",
)
def command(
    sbom: Path,
    sources: tuple[Path, ...],
    feed: str | None,
    form: str,
    as_json: bool,
    system_class: str | None,
    exposed: bool | None,
    strict: bool,
) -> None:
    """Say which known vulnerabilities hit the components of SBOM, and which versions fix them.

    SBOM is CycloneDX (JSON, XML) or SPDX (JSON, tag-value). The last lines say what was checked
    and what was not, and how fresh the feed is. Exit codes: 0 not affected; 1 affected; 2 the
    input cannot be used or nothing in it could be checked; 3 there are no advisories here.
    """
    now = datetime.now(UTC)
    index, state = _open_index(sources, feed)
    gc.freeze()  # The index lives until the end: do not search it for garbage again and again.
    with clear_errors(sbom.name):
        document = read_sbom(sbom.read_bytes())
    report = check_sbom(index, document)
    due = _due_dates(report, system_class, exposed, in_words=as_json or form == "json")
    _print(report, form="json" if as_json else form, artifact=sbom.name, due=due, feed=state)
    if not report.checked:
        fail("nothing in this SBOM was checked", code=BAD_INPUT)
    if report.affected:
        raise SystemExit(BAD_NEWS)
    if strict and (report.unchecked or report.undecided):
        fail(f"not everything was checked: {report.summary()}", code=BAD_INPUT)
    if strict and state is not None and state.is_expired(now):
        fail("the feed has expired: newer advisories may be missing", code=BAD_INPUT)


def _due_dates(
    report: CheckReport, system_class: str | None, exposed: bool | None, *, in_words: bool
) -> Due | None:
    """What directives demand for each match, from the installation's KEV and SSVC catalogues."""
    if system_class is None:
        return None
    from seawall.cli.state import open_state

    open_state()
    from seawall.directives.advice import System, advise

    system = System(
        system_class=SystemClass(system_class), exposed=exposed, said_by="said at the check"
    )
    names = [(*match.identifiers, *match.covers) for match in report.matches]
    asked = dict(zip(names, advise(names, system=system, now=datetime.now(UTC)), strict=True))

    def due(match: Match) -> str:
        found = asked.get((*match.identifiers, *match.covers))
        if found is None:
            return "no directive"
        if in_words:
            return found.explanation
        when = f"{found.due_at:%Y-%m-%d}" if found.due_at else "on upgrade"
        return f"{when} (row {found.row})"

    return due


def default_index() -> AdvisoryIndex | None:
    """Open the index of the installation's catalogue; None when nothing was imported yet."""
    path = _home() / "catalogue" / "index"
    return AdvisoryIndex.load(path) if path.exists() else None


def _home() -> Path:
    if chosen := os.environ.get("SEAWALL_HOME"):
        return Path(chosen).expanduser()
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "seawall"


def _open_index(sources: tuple[Path, ...], feed: str | None) -> "tuple[Advised, FeedState | None]":
    """The advisories to ask: those named, or else the catalogue's; beside them the feed's, which
    with named ones counts only when it is named too."""
    with clear_errors():
        beside = _read_sources(sources) if sources else default_index()
        wanted = None if sources and feed is None else _feed_name(feed)
        synced = _feed_index(wanted, beside_others=beside is not None) if wanted else None
        if synced is None and wanted and feed:
            fail(
                f"the feed {wanted} was never synced: seawall sync URL --name {wanted}",
                code=MISSING,
            )
    if synced is None and beside is None:
        fail(
            "there are no advisories here: follow a feed (seawall sync), import some (seawall "
            "import), or name a file or folder of OSV or CSAF with --advisories",
            code=MISSING,
        )
    if synced is None:
        return _not_empty(beside), None
    from seawall.matching.layers import Layer, LayeredIndex

    state, layers = synced
    if beside is not None:
        layers = (*layers, Layer(index=beside))
    return _not_empty(LayeredIndex(layers)), state


def _feed_name(feed: str | None) -> str | None:
    """Which feed to ask: the one that was named; else the default one, or the only one."""
    if feed is not None:
        return None if feed == "none" else feed
    names = sorted(path.parent.name for path in (_home() / "feeds").glob("*/store.sqlite"))
    if "default" in names or not names:
        return "default" if names else None
    if len(names) > 1:
        fail(f"there are several feeds: name one with --feed ({', '.join(names)}), or none")
    return names[0]


def _feed_index(feed: str, *, beside_others: bool) -> "tuple[FeedState, tuple[Layer, ...]] | None":
    """A synced feed; None when its first sync never came to an end."""
    from seawall.client.feeds import open_index
    from seawall.client.store import StoreBroken

    try:
        return open_index(feed, beside_others=beside_others)
    except StoreBroken as broken:
        fail(str(broken), code=MISSING)


def _not_empty(index: "Advised | None") -> "Advised":
    if index is None or not index.advisories:
        fail("the advisories given name no package that could be matched", code=MISSING)
    return index


def _read_sources(sources: tuple[Path, ...]) -> AdvisoryIndex:
    files = AdvisoryFiles(sources)
    console = Console(stderr=True)
    if sys.stderr.isatty():
        with console.status("Reading advisories…"):
            index = AdvisoryIndex.build(files)
    else:
        index = AdvisoryIndex.build(files)
    for refusal in files.refused[:_MOST_REFUSALS]:
        click.echo(f"seawall: left out: {refusal}", err=True)
    if len(files.refused) > _MOST_REFUSALS:
        rest = len(files.refused) - _MOST_REFUSALS
        click.echo(f"seawall: {rest} more advisories could not be read", err=True)
    return index


def _print(
    report: CheckReport, *, form: str, artifact: str, due: Due | None, feed: "FeedState | None"
) -> None:
    now = datetime.now(UTC)
    match form:
        case "table":
            print_table(report, due=due)
        case "json":
            emit_json(as_data(report, due=due) | ({"feed": _feed_data(feed, now)} if feed else {}))
        case "sarif":
            emit_json(to_sarif(report, artifact=artifact))
        case "cyclonedx":
            emit_json(to_cyclonedx(report, now=now, serial=uuid4()))
        case "openvex" if report.matches or report.undecided:
            emit_json(to_openvex(report, author="seawall check", now=now, document=uuid4()))
        case _:
            click.echo("seawall: no statements to make; OpenVEX has no empty document", err=True)
    if form not in ("table", "json"):
        click.echo(report.summary(), err=True)
    if feed is not None and form != "json":
        click.echo(feed.in_words(now), err=form != "table")
    elif feed is not None and feed.is_expired(now):
        click.echo(f"seawall: {feed.in_words(now)}", err=True)


def _feed_data(feed: "FeedState", now: datetime) -> dict[str, object]:
    return {
        "name": feed.name,
        "source": feed.source,
        "releases": feed.releases,
        "synced_at": feed.synced_at.isoformat(),
        "expires_at": feed.expires_at.isoformat(),
        "expired": feed.is_expired(now),
    }
