"""`seawall advisory draft|list|show|export|publish|sign`: the advisories of this installation."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.output import BAD_NEWS, emit_json, fail, json_option, say
from seawall.cli.state import open_state

if TYPE_CHECKING:
    from seawall.advisories.models import Advisory, Release, Revision


@click.command()
@click.argument("case", metavar="C-NUMBER")
@click.option("--summary", default="", help="What changed, for the revision history.")
@click.option("--anew", is_flag=True, help="Also when nothing changed: to sign it once more.")
@json_option
def draft(case: str, summary: str, anew: bool, as_json: bool) -> None:
    """Write the advisory of a case: CSAF, CSAF VEX, OSV, CVE record and OpenVEX.

    Each document is validated against its schema and rules, and all are compared with each
    other; otherwise nothing is kept and the exit code is 1.
    """
    open_state()
    from seawall.advisories.actions import AdvisoryInvalid
    from seawall.advisories.actions import draft as write
    from seawall.advisories.drafts import NothingProven
    from seawall.cases.access import case as find
    from seawall.findings.access import NotFound
    from seawall.vocab.actors import LOCAL

    try:
        revision = write(
            find(LOCAL, case), by=LOCAL, now=datetime.now(UTC), summary=summary, anew=anew
        )
    except (NotFound, NothingProven) as error:
        fail(str(error))
    except AdvisoryInvalid as invalid:
        for problem in invalid.problems:
            say(f"seawall: {problem}", err=True)
        raise SystemExit(BAD_NEWS) from None
    _say(revision, as_json)


@click.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List advisories, newest first."""
    open_state()
    from seawall.advisories.access import advisories
    from seawall.vocab.actors import LOCAL

    rows = list(advisories(LOCAL))
    if as_json:
        emit_json({"advisories": [_brief(row) for row in rows]})
        return
    for row in rows:
        state = f"published {row.published_at:%Y-%m-%d}" if row.published_at else "draft"
        say(f"{row.public_id}  {row.case.public_id}  {state:<20} {row.case.title}")
    if not rows:
        click.echo("No advisories. Draft one with: seawall advisory draft C-…")


@click.command()
@click.argument("advisory", metavar="SEAWALL-NUMBER")
@json_option
def show(advisory: str, as_json: bool) -> None:
    """Show an advisory: its revisions and documents, and what was left out and why."""
    open_state()
    revision = _newest(advisory)
    _say(revision, as_json)


@click.command()
@click.argument("advisory", metavar="SEAWALL-NUMBER")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@json_option
def export(advisory: str, folder: Path, as_json: bool) -> None:
    """Write the documents of an advisory's newest revision into FOLDER.

    Of a published revision also its signed release, in one file: the documents, the publisher's
    signature, and the proof that the log holds the publication.
    """
    open_state()
    revision = _newest(advisory)
    from seawall.formats.release_documents import document_text

    files = {name: document_text(each) for name, each in revision.documents.items()}
    if release := _release(revision):
        files[f"{revision.advisory.public_id}.release.json"] = release.bundle
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())
    if as_json:
        emit_json({"files": [str(folder / name) for name in files]})
        return
    for name in files:
        say(str(folder / name))


@click.command()
@click.argument("advisory", metavar="SEAWALL-NUMBER")
@json_option
def publish(advisory: str, as_json: bool) -> None:
    """Make an advisory public, when no embargo holds it; then `seawall work` matches all assets.

    Its documents are checked once more, signed and logged; if any of this fails, nothing happens.
    """
    open_state()
    from seawall.advisories.access import advisory as find
    from seawall.advisories.actions import PublicationRefused
    from seawall.advisories.actions import publish as make_public
    from seawall.findings.access import NotFound
    from seawall.vocab.actors import LOCAL

    try:
        revision = make_public(find(LOCAL, advisory), by=LOCAL, now=datetime.now(UTC))
    except NotFound as error:
        fail(str(error))
    except PublicationRefused as refused:
        fail(str(refused), code=BAD_NEWS)
    _say(revision, as_json)
    if not as_json:
        click.echo("Match it with every asset: seawall work")


@click.command()
@json_option
def sign(as_json: bool) -> None:
    """Sign what was published before releases were signed.

    Every newest published revision without a release gets one. Safe to run again. Exit code 1:
    one could not be signed, and why; the others were.
    """
    open_state()
    from seawall.advisories.releases import ReleaseFailed
    from seawall.advisories.signing_later import sign_published, unsigned
    from seawall.vocab.actors import LOCAL

    signed, failed = [], []
    for revision in unsigned():
        try:
            sign_published(revision, by=LOCAL, now=datetime.now(UTC))
        except ReleaseFailed as error:
            failed.append(str(error))
        else:
            signed.append(f"{revision.advisory.public_id} revision {revision.number}")
    if as_json:
        emit_json({"signed": signed, "failed": failed})
    else:
        for each in signed:
            say(f"{each} is signed.")
        for each in failed:
            say(f"seawall: {each}", err=True)
        if not signed and not failed:
            click.echo("Everything that is published is signed.")
    if failed:
        raise SystemExit(BAD_NEWS)


def _release(revision: "Revision") -> "Release | None":
    from seawall.advisories.models import Release

    return Release.objects.filter(revision=revision).first()


def _newest(text: str) -> "Revision":
    from seawall.advisories.access import advisory, newest_revision
    from seawall.findings.access import NotFound
    from seawall.vocab.actors import LOCAL

    try:
        return newest_revision(advisory(LOCAL, text))
    except NotFound as error:
        fail(str(error))


def _brief(row: "Advisory") -> dict[str, Any]:
    return {
        "id": row.public_id,
        "case": row.case.public_id,
        "title": row.case.title,
        "revisions": row.revisions.count(),
        "published_at": row.published_at,
    }


def _say(revision: "Revision", as_json: bool) -> None:
    advisory, release = revision.advisory, _release(revision)
    if as_json:
        emit_json(
            {
                **_brief(advisory),
                "revision": revision.number,
                "documents": revision.documents,
                "left_out": revision.left_out,
                "release": _release_said(release),
            }
        )
        return
    state = f"published {revision.published_at:%Y-%m-%d}" if revision.published_at else "draft"
    say(f"{advisory.public_id} revision {revision.number}, {state}: {advisory.case.title}")
    for name in revision.documents:
        say(f"  {name}")
    for name, why in revision.left_out.items():
        say(f"  left out {name}: {why}")
    if release:
        say(f"  signed release {release.digest}, event {release.event_index} of the log")


def _release_said(release: "Release | None") -> dict[str, Any] | None:
    if release is None:
        return None
    return {
        "digest": release.digest,
        "event": release.event_index,
        "released_at": release.released_at,
    }
