"""`seawall verify`: is this file genuine, who published it, when, and is it still the newest."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seawall.cli.client_errors import synced_store
from seawall.cli.output import BAD_INPUT, BAD_NEWS, emit_json, fail, json_option, say

if TYPE_CHECKING:
    from seawall.client.verify import Known, Verdict

_MAX_FILE = 64 << 20
_file = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=_file)
@click.option("--feed", default="default", show_default=True, help="The synced feed to go by.")
@click.option("--bundle", type=_file, help="The release bundle that FILE belongs to.")
@click.option("--strict", is_flag=True, help="Exit with 2 when something could not be checked.")
@click.option("--quiet", "-q", is_flag=True, help="Say nothing of files that are genuine.")
@json_option
def command(
    files: tuple[Path, ...],
    feed: str,
    bundle: Path | None,
    strict: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Say of each FILE whether it is genuine: signed by a publisher of the feed and in its log.

    FILE is a release bundle, a document of a release (CSAF, OSV, CVE record, VEX), its patch, or
    a proof of the log. It says who published it, when, which revision it is and whether a newer
    one replaced it, and names what could not be checked.

    Exit codes: 0 genuine and the newest; 1 not genuine, or replaced; 2 wrong call, and with
    --strict not everything could be checked; 3 the feed was never synced.
    """
    from seawall.client.sync import trust_in
    from seawall.client.verify import Known, read_checkpoint, verify_file

    with synced_store(feed) as (store, state):
        known = Known(
            store=store,
            trust=trust_in(store),
            state=state,
            checkpoint=read_checkpoint(store.place.parent),
            now=datetime.now(UTC),
        )
        beside = _read(bundle) if bundle else None
        found = [
            (path, verify_file(_read(path), name=path.name, known=known, bundle=beside))
            for path in files
        ]
    _tell(found, known, quiet=quiet, as_json=as_json)
    if any(not verdict.is_current for _, verdict in found):
        raise SystemExit(BAD_NEWS)
    if strict and any(verdict.not_checked for _, verdict in found):
        fail("not everything could be checked", code=BAD_INPUT)


def _read(path: Path) -> bytes:
    """The bytes of a file; one larger than any part of a release is a wrong call."""
    with path.open("rb") as file:
        data = file.read(_MAX_FILE + 1)
    if len(data) > _MAX_FILE:
        fail(f"{path}: larger than anything a release holds", code=BAD_INPUT)
    return data


def _tell(
    found: "list[tuple[Path, Verdict]]", known: "Known", *, quiet: bool, as_json: bool
) -> None:
    if as_json:
        files = [{"file": path, "verdict": verdict} for path, verdict in found]
        emit_json({"feed": known.state, "files": [_plain(each) for each in files]})
        return
    for path, verdict in found:
        if not (quiet and verdict.is_current):
            say(f"{path}: {in_words(verdict)}")
            for sentence in verdict.not_checked:
                say(f"  not checked: {sentence}")


def _plain(each: dict[str, object]) -> dict[str, object]:
    from seawall.cli.output import plain

    return {"file": str(each["file"]), **plain(each["verdict"])}


def in_words(verdict: "Verdict") -> str:
    """One line about one file."""
    from seawall.client.verify import Outcome

    if verdict.outcome is Outcome.REFUSED:
        return f"NOT GENUINE ({verdict.kind}): {verdict.why}"
    what = f"{verdict.kind} of {verdict.id} revision {verdict.revision}"
    who = f"published by {verdict.publisher} ({verdict.namespace})"
    when = f"on {verdict.released_at:%Y-%m-%d %H:%M} UTC"
    line = f"{what}, {who} {when}, entry {verdict.entry} of {verdict.log}"
    if verdict.outcome is Outcome.SUPERSEDED:
        return f"REPLACED by revision {verdict.newest}: genuine {line}"
    return f"genuine {line}"
