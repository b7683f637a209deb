"""`seawall advisory draft|list|show|export|publish`: the advisories of this installation."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.output import BAD_NEWS, emit_json, fail, json_option, say
from seawall.cli.state import open_state

if TYPE_CHECKING:
    from seawall.advisories.models import Advisory, Revision


@click.command()
@click.argument("case", metavar="C-NUMBER")
@click.option("--summary", default="", help="What changed, for the revision history.")
@json_option
def draft(case: str, summary: str, as_json: bool) -> None:
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
        revision = write(find(LOCAL, case), by=LOCAL, now=datetime.now(UTC), summary=summary)
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
    """Write the documents of an advisory's newest revision into FOLDER."""
    open_state()
    revision = _newest(advisory)
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in revision.documents.items():
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        (folder / name).write_text(text, encoding="utf-8")
    if as_json:
        emit_json({"files": [str(folder / name) for name in revision.documents]})
        return
    for name in revision.documents:
        say(str(folder / name))


@click.command()
@click.argument("advisory", metavar="SEAWALL-NUMBER")
@json_option
def publish(advisory: str, as_json: bool) -> None:
    """Make an advisory public, when no embargo holds it; then `seawall work` matches all assets."""
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
    advisory = revision.advisory
    if as_json:
        emit_json(
            {
                **_brief(advisory),
                "revision": revision.number,
                "documents": revision.documents,
                "left_out": revision.left_out,
            }
        )
        return
    state = f"published {revision.published_at:%Y-%m-%d}" if revision.published_at else "draft"
    say(f"{advisory.public_id} revision {revision.number}, {state}: {advisory.case.title}")
    for name in revision.documents:
        say(f"  {name}")
    for name, why in revision.left_out.items():
        say(f"  left out {name}: {why}")
