"""`seawall findings`: list and show findings and their evidence; undo a duplicate link."""

from typing import TYPE_CHECKING, Any

import click

from seawall.cli.output import BAD_INPUT, emit_json, fail, json_option, safe

if TYPE_CHECKING:
    from seawall.findings.models import DuplicateLink, Finding
    from seawall.validation.queries import Evidence

_LEVELS = ["E0", "E1", "E2", "E3", "E4"]
_VERDICTS = ["confirmed", "not reproduced", "flaky", "forged", "unsupported", "error"]


@click.group()
def command() -> None:
    """List and show findings and their evidence."""


@command.command("list")
@click.option("--target", default="", help="Start of the target, such as pkg:pypi/jinja2.")
@click.option("--identifier", default="", help="A CVE, GHSA or other identifier.")
@click.option("--text", default="", help="Part of the title.")
@click.option("--report", default="", help="Of one report (R-2026-000001 or its digest).")
@click.option("--level", type=click.Choice(_LEVELS), default="E0", help="Least evidence wanted.")
@click.option("--verdict", type=click.Choice(_VERDICTS), help="With this best verdict.")
@click.option("--distinct", is_flag=True, help="Each vulnerability once.")
@click.option(
    "--limit",
    default=50,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="At most so many.",
)
@json_option
def list_(as_json: bool, level: str, verdict: str | None, limit: int, **where: Any) -> None:
    """List findings, newest first."""
    from seawall.cli.state import open_state

    open_state()
    from seawall.findings import access
    from seawall.findings.access import FindingFilter, NotFound
    from seawall.validation import queries
    from seawall.vocab.actors import LOCAL
    from seawall.vocab.evidence import EvidenceLevel, Verdict

    try:
        rows = access.findings(LOCAL, FindingFilter(**where))
    except NotFound as error:
        fail(str(error), code=BAD_INPUT)
    rows = queries.at_least(rows, EvidenceLevel[level])
    if verdict is not None:
        rows = queries.with_verdict(rows, Verdict(verdict))
    found = list(rows[:limit])
    evidence = queries.best_evidence([row.pk for row in found])
    if as_json:
        emit_json({"findings": [_brief(row, evidence[row.pk]) for row in found]})
    else:
        _print_table(found, evidence)


@command.command()
@click.argument("id")
@json_option
def show(id: str, as_json: bool) -> None:
    """Show one finding: what it says, its proof, and what it duplicates and why."""
    from seawall.cli.state import open_state

    open_state()
    from seawall.findings import access
    from seawall.validation import queries
    from seawall.vocab.actors import LOCAL

    row = _finding(id)
    best = queries.best_validation(row.pk)
    links = access.links_of(LOCAL, row)
    document = _brief(row, queries.best_evidence([row.pk])[row.pk]) | {
        "content": row.content,
        "links": [_link(link, row) for link in links],
        "record": best.record if best else None,
    }
    if as_json:
        emit_json(document)
    else:
        _print_finding(document)


@command.command()
@click.argument("id")
@click.argument("other")
@click.option("--because", required=True, help="Why the two are different.")
@json_option
def split(id: str, other: str, because: str, as_json: bool) -> None:
    """Undo the duplicate link between two findings, so that they stay apart."""
    from seawall.cli.state import open_state

    open_state()
    from django.utils import timezone

    from seawall.findings import access, duplicates
    from seawall.vocab.actors import LOCAL

    one, two = _finding(id), _finding(other)
    pair = {one.pk, two.pk}
    links = [k for k in access.links_of(LOCAL, one) if {k.earlier_id, k.later_id} == pair]
    if not links:
        fail(f"{one.public_id} and {two.public_id} are not linked.", code=BAD_INPUT)
    try:
        duplicates.undo(links[0], because=because, by=LOCAL, now=timezone.now())
    except duplicates.LinkRefused as error:
        fail(str(error), code=BAD_INPUT)
    if as_json:
        emit_json({"split": [one.public_id, two.public_id], "because": because})
    else:
        click.echo(f"{one.public_id} and {two.public_id} are kept apart.")


def _finding(id: str) -> "Finding":
    from seawall.findings import access
    from seawall.vocab.actors import LOCAL

    try:
        return access.finding(LOCAL, id)
    except access.NotFound as error:
        fail(str(error), code=BAD_INPUT)


def _brief(row: "Finding", evidence: "Evidence") -> dict[str, Any]:
    return {
        "id": row.public_id,
        "report": row.report.public_id,
        "title": row.title,
        "target": row.target,
        "severity": row.severity,
        "identifiers": [identifier.text for identifier in row.identifiers.all()],
        "has_reproducer": row.reproducer_id is not None,
        "reproducer_problem": row.reproducer_problem,
        "duplicate_of": row.lead.public_id if row.lead else None,
        "level": evidence.level.name,
        "verdict": evidence.verdict.value if evidence.verdict else None,
        "validation": evidence.validation,
        "received_at": row.received_at,
    }


def _link(link: "DuplicateLink", row: "Finding") -> dict[str, Any]:
    other = link.later if link.earlier_id == row.pk else link.earlier
    return {
        "finding": other.public_id,
        "joins": link.joins and link.undone_at is None,
        "signal": link.signal,
        "explanation": link.explanation,
        "made_by": link.made_by,
        "undone_because": link.undone_because,
    }


# Column → the least width at which it can be read; titles and targets give way first.
_TARGET_ROOM = 28


def _print_table(rows: list["Finding"], evidence: dict[int, "Evidence"]) -> None:
    from seawall.cli.tables import cut, print_table

    cells = []
    for row in rows:
        best = evidence[row.pk]
        verdict = best.verdict.value if best.verdict else _not_run(row)
        lead = row.lead.public_id if row.lead else ""
        target = cut(safe(row.target.removeprefix("pkg:")), _TARGET_ROOM)
        cells.append((row.public_id, best.level.name, verdict, lead, target, safe(row.title)))
    print_table(("finding", "level", "verdict", "same as", "target", "title"), cells)


def _not_run(row: "Finding") -> str:
    if row.reproducer_problem:
        return "unreadable"
    return "not run" if row.reproducer_id else "no proof"


def _print_finding(document: dict[str, Any]) -> None:
    content, record = document["content"], document["record"]
    click.echo(f"{document['id']}  {safe(document['title'])}")
    for name in ("target", "severity", "report", "duplicate_of"):
        if document[name]:
            click.echo(f"  {name.replace('_', ' ')}: {safe(document[name])}")
    if document["identifiers"]:
        click.echo(f"  identifiers: {safe(', '.join(document['identifiers']))}")
    click.echo(f"  evidence: {document['level']}, {document['verdict'] or 'no proof was run'}")
    if document["reproducer_problem"]:
        click.echo(f"    the reproducer cannot be read: {safe(document['reproducer_problem'])}")
    for reason in record["reasons"] if record else ():
        click.echo(f"    {safe(reason)}")
    for link in document["links"]:
        verb = "same as" if link["joins"] else "perhaps like"
        if link["undone_because"]:
            verb = f"kept apart ({safe(link['undone_because'])}) from"
        click.echo(f"  {verb} {link['finding']}: {safe(link['explanation'])}")
    if content["description"]:
        click.echo("\n" + "\n".join(safe(line) for line in content["description"].splitlines()))
