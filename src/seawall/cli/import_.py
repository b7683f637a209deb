"""`seawall import`: advisories, catalogues and SBOMs into this installation."""

import sys
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.advisory_files import AdvisoryFiles
from seawall.cli.output import BAD_INPUT, clear_errors, counted, emit_json, json_option, say
from seawall.cli.state import open_state
from seawall.vocab.ssvc import SystemClass

if TYPE_CHECKING:
    from seawall.formats.kev import KevCatalogue

_MOST_REFUSALS = 5
_file = click.Path(path_type=Path, exists=True)


@click.group()
def command() -> None:
    """Import advisories, catalogues and SBOMs. Importing the same thing twice changes nothing."""


@command.command()
@click.argument("paths", nargs=-1, required=True, type=_file)
@click.option("--source", default="", help="Name to remember them by (default: the file names).")
@json_option
def advisories(paths: tuple[Path, ...], source: str, as_json: bool) -> None:
    """Import OSV and CSAF advisories: files (JSON, JSON lines, archives) or folders of them.

    Exit code 2 when any document was refused; the others are kept.
    """
    open_state()
    from seawall.inventory.catalogue import import_documents, rebuild_index
    from seawall.vocab.actors import LOCAL

    files = AdvisoryFiles(paths)
    with _status("Reading advisories…"), clear_errors():
        done = import_documents(
            files.documents(),
            source=source or ", ".join(path.name for path in paths)[:300],
            by=LOCAL,
            now=datetime.now(UTC),
        )
    with _status("Indexing…"):
        index = rebuild_index()
    refused = [*files.refused, *(f"{where}: {why}" for where, why in done.refused)]
    if as_json:
        counts = {"added": done.added, "updated": done.updated, "unchanged": done.unchanged}
        emit_json({**counts, "refused": refused, "indexed": index.advisories})
    else:
        say(
            f"{done.added} added, {done.updated} updated, {done.unchanged} unchanged; "
            f"{index.advisories} advisories can match."
        )
    _say_refused(refused, quiet=as_json)


@command.command()
@click.argument("path", metavar="FILE", type=_file)
@json_option
def kev(path: Path, as_json: bool) -> None:
    """Import the KEV catalogue, and say how its due dates follow BOD 22-01."""
    open_state()
    from seawall.formats.bounded import parse_json
    from seawall.formats.kev import read_kev
    from seawall.inventory.catalogue import import_kev
    from seawall.vocab.actors import LOCAL

    with clear_errors(path.name):
        catalogue = read_kev(parse_json(_read(path), name=path.name))
    count = import_kev(catalogue, by=LOCAL, now=datetime.now(UTC))
    classes = _due_classes(catalogue)
    refused = [f"{part.where}: {part.reason}" for part in catalogue.rejected]
    if as_json:
        counts = {"version": catalogue.version, "entries": count, "refused": refused}
        emit_json({**counts, "due_dates": dict(classes)})
    else:
        say(f"KEV {catalogue.version}: {count} vulnerabilities. Their due dates:")
        for word, number in classes.most_common():
            say(f"  {number:>5}  {word}")
    _say_refused(refused, quiet=as_json)


@command.command()
@click.argument("path", metavar="FILE", type=_file)
@click.option("--source", default="Vulnrichment", show_default=True, help="Who decided.")
@json_option
def ssvc(path: Path, source: str, as_json: bool) -> None:
    """Import SSVC decisions (Vulnrichment, JSON lines of CVE records)."""
    open_state()
    from seawall.formats.kev import SsvcRecord, read_vulnrichment
    from seawall.inventory.catalogue import import_ssvc
    from seawall.vocab.actors import LOCAL

    with clear_errors(path.name):
        parts = list(read_vulnrichment(_read(path).splitlines()))
    records = [part for part in parts if isinstance(part, SsvcRecord)]
    refused = [f"{p.where}: {p.reason}" for p in parts if not isinstance(p, SsvcRecord)]
    count = import_ssvc(records, source=source, by=LOCAL, now=datetime.now(UTC))
    if as_json:
        emit_json({"decisions": count, "refused": refused})
    else:
        say(f"{count} SSVC decisions.")
    _say_refused(refused, quiet=as_json)


@command.command()
@click.argument("path", metavar="FILE", type=_file)
@click.option("--asset", required=True, help="The system that this SBOM describes.")
@click.option("--owner", required=True, help="The party that runs it.")
@click.option(
    "--class",
    "system_class",
    type=click.Choice([c.value for c in SystemClass]),
    default=SystemClass.OTHER.value,
    show_default=True,
    help="Decides which directives bind it.",
)
@click.option(
    "--exposed/--internal",
    default=None,
    help="Whether untrusted parties can reach it. Not said: counts as exposed.",
)
@json_option
def sbom(
    path: Path, asset: str, owner: str, system_class: str, exposed: bool | None, as_json: bool
) -> None:
    """Import an SBOM of a system, find what hits it, and compute its obligations."""
    open_state()
    from seawall.directives.access import obligations
    from seawall.directives.actions import oblige
    from seawall.inventory.actions import describe_asset, import_sbom, scan
    from seawall.inventory.catalogue import open_index
    from seawall.parties.actions import named_party
    from seawall.parties.models import Party
    from seawall.vocab.actors import LOCAL

    now = datetime.now(UTC)
    with clear_errors(path.name):
        party = named_party(owner, role=Party.Role.DEPLOYER, by=LOCAL, now=now)
        system = describe_asset(
            owner=party,
            name=asset,
            system_class=SystemClass(system_class),
            publicly_exposed=exposed,
            by=LOCAL,
            now=now,
        )
        import_sbom(path.read_bytes(), asset=system, by=LOCAL, now=now)
    found = scan(system, index=open_index(), by=LOCAL, now=now)
    oblige(asset=system, by=LOCAL, now=now)
    count = obligations(LOCAL, asset=asset).count()
    if as_json:
        emit_json({"asset": system.public_id, **_plain(found), "obligations": count})
        return
    say(
        f"{asset}: {counted(found.components, 'component')}, "
        f"{counted(found.opened + found.still_open, 'exposure')} ({found.opened} new, "
        f"{found.closed} closed), {counted(count, 'obligation')}."
    )
    for reason, number in found.not_checked.items():
        say(f"  not checked: {counted(number, 'component')}, {reason}")
    if count:
        say("See them with: seawall obligations")


def _plain(scan: Any) -> dict[str, Any]:
    return {
        "components": scan.components,
        "opened": scan.opened,
        "closed": scan.closed,
        "still_open": scan.still_open,
        "not_checked": scan.not_checked,
    }


def _due_classes(catalogue: "KevCatalogue") -> Counter[str]:
    from seawall.core.kev_dates import compare_due
    from seawall.directives.policies import directive

    rule = directive("BOD 22-01")
    return Counter(
        compare_due(
            rule, cve=e.cve, added_date=e.date_added, catalogue_date=e.due_date
        ).due_class.value
        for e in catalogue.entries
    )


def _read(path: Path) -> bytes:
    from seawall.formats.bounded import compression, decompress

    data = path.read_bytes()
    return decompress(data, max_bytes=1 << 30, name=path.name) if compression(data) else data


def _say_refused(refused: list[str], *, quiet: bool) -> None:
    if not refused:
        return
    if not quiet:
        for each in refused[:_MOST_REFUSALS]:
            say(f"seawall: refused: {each}", err=True)
        if len(refused) > _MOST_REFUSALS:
            say(f"seawall: {len(refused) - _MOST_REFUSALS} more refused", err=True)
    sys.exit(BAD_INPUT)


def _status(text: str) -> AbstractContextManager[Any]:
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status(text)
