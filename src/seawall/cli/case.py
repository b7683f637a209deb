"""`seawall case`: open, show and move cases; fixes, merges and embargoes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.cli import case_room, case_rules, case_shred
from seawall.cli.output import clear_errors, emit_json, fail, json_option, safe, say
from seawall.cli.state import open_state

if TYPE_CHECKING:
    from seawall.cases.models import CandidateFix, Case, MergeProposal

_CVD = {
    "V": "vendor aware",
    "F": "fix ready",
    "D": "fix deployed",
    "P": "public aware",
    "X": "exploit public",
    "A": "attacks observed",
}


@click.group()
def command() -> None:
    """Work on cases: one vulnerability each, with all its findings."""


@command.command("list")
@click.option("--merged", is_flag=True, help="Those merged into others too.")
@json_option
def list_(merged: bool, as_json: bool) -> None:
    """List cases, newest first."""
    open_state()
    from seawall.cases.access import cases
    from seawall.vocab.actors import LOCAL

    rows = list(cases(LOCAL, include_merged=merged))
    if as_json:
        emit_json({"cases": [_brief(row) for row in rows]})
    elif not rows:
        click.echo("No cases. They open by themselves when a finding is proven (seawall work).")
    else:
        _table(rows)


@command.command()
@click.argument("case", metavar="C-NUMBER")
@json_option
def show(case: str, as_json: bool) -> None:
    """Show one case: findings with evidence, states, fixes and what they did."""
    open_state()
    row = _case(case)
    if as_json:
        emit_json(_full(row))
        return
    full = _full(row)
    say(f"{row.public_id}  {row.title}")
    if row.shredded_at:
        say(f"  shredded on {row.shredded_at:%Y-%m-%d}; nobody can read it")
    if row.merged_into:
        say(f"  merged into {row.merged_into.public_id}")
    say(f"  report {row.report_state}; embargo {full['embargo']}; CVD state {row.cvd}")
    click.echo("  findings")
    for each in full["findings"]:
        said = f"{each['level']} {each['verdict']}".strip()
        say(f"    {each['id']}  {said:<22} {each['title']}  ({', '.join(each['finders'])})")
    for fix in full["fixes"]:
        say(f"  fix {fix['id']} {fix['label']}: {fix['outcome'] or 'not verified yet'}")
        for reason in fix["reasons"]:
            say(f"    {reason}")


@command.command("open")
@click.argument("finding", metavar="F-NUMBER")
@json_option
def open_(finding: str, as_json: bool) -> None:
    """Open a case on a finding, even on one that is not proven."""
    open_state()
    from seawall.cases.actions import CaseRefused, open_case
    from seawall.findings import access
    from seawall.findings.access import NotFound
    from seawall.vocab.actors import LOCAL

    try:
        row = access.finding(LOCAL, finding)
        opened = open_case(row, by=LOCAL, now=datetime.now(UTC))
    except (NotFound, CaseRefused) as error:
        fail(str(error))
    _say(opened, as_json)


@command.command()
@click.argument("case", metavar="C-NUMBER")
@click.argument("step", type=click.Choice(["validate", "invalidate", "accept", "defer", "close"]))
@json_option
def report(case: str, step: str, as_json: bool) -> None:
    """Move the report state: received, valid, invalid, accepted, deferred, closed."""
    open_state()
    from seawall.cases.actions import CaseRefused, take_step
    from seawall.core.report_states import ReportStep
    from seawall.vocab.actors import LOCAL

    row = _case(case)
    try:
        take_step(row, ReportStep(step), by=LOCAL, now=datetime.now(UTC))
    except CaseRefused as error:
        fail(str(error))
    _say(row, as_json)


@command.command()
@click.argument("case", metavar="C-NUMBER")
@click.argument("event", type=click.Choice(list(_CVD)))
@json_option
def observe(case: str, event: str, as_json: bool) -> None:
    """Record what happened: V vendor aware, F fix ready, D fix deployed, P public aware,
    X exploit public, A attacks observed."""
    open_state()
    from seawall.cases.actions import CaseRefused
    from seawall.cases.actions import observe as record
    from seawall.cases.embargoes import pass_time
    from seawall.core.cvd import CvdEvent
    from seawall.vocab.actors import LOCAL

    row = _case(case)
    now = datetime.now(UTC)
    try:
        record(row, CvdEvent(event), by=LOCAL, now=now)
        pass_time(row, by=LOCAL, now=now)
    except CaseRefused as error:
        fail(str(error))
    _say(row, as_json)


@command.command()
@click.argument("case", metavar="C-NUMBER")
@click.argument("step", type=click.Choice(["propose", "accept", "reject", "end"]))
@click.option("--until", type=click.DateTime(), help="Proposed end, UTC.")
@json_option
def embargo(case: str, step: str, until: datetime | None, as_json: bool) -> None:
    """Propose, accept, reject or end an embargo; no longer than the disclosure policies allow."""
    open_state()
    from seawall.cases import embargoes
    from seawall.cases.actions import CaseRefused
    from seawall.core.embargo import ExitReason
    from seawall.vocab.actors import LOCAL

    row, now = _case(case), datetime.now(UTC)
    try:
        match step:
            case "propose":
                if until is None:
                    fail("say the end with --until 2026-12-31")
                embargoes.propose(row, until=until.replace(tzinfo=UTC), by=LOCAL, now=now)
            case "accept":
                embargoes.accept(row, by=LOCAL, now=now)
            case "reject":
                embargoes.reject(row, by=LOCAL, now=now)
            case _:
                embargoes.end(row, reason=ExitReason.PUBLISHED, by=LOCAL, now=now)
    except CaseRefused as error:
        fail(str(error))
    _say(row, as_json)


@command.command()
@click.argument("case", metavar="C-NUMBER")
@click.option("--version", default="", help="A version that is said to be fixed.")
@click.option(
    "--diff",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A unified diff against the affected version.",
)
@click.option("--test", "tests", default="", help="Command of the project's own tests.")
@json_option
def fix(case: str, version: str, diff: Path | None, tests: str, as_json: bool) -> None:
    """Add a candidate fix; `seawall work` verifies it against every proof of the case."""
    import shlex

    open_state()
    from seawall.cases.fixes import add_fix
    from seawall.vocab.actors import LOCAL

    row = _case(case)
    with clear_errors(diff.name if diff else ""):
        added = add_fix(
            row,
            version=version,
            diff=diff.read_bytes() if diff else b"",
            label=version or (diff.name if diff else ""),
            test_argv=shlex.split(tests),
            by=LOCAL,
            now=datetime.now(UTC),
        )
    if as_json:
        emit_json(_fix(added))
    else:
        say(f"{added.public_id} added to {row.public_id}. Verify it with: seawall work")


@command.command()
@click.argument("proposal", metavar="[M-NUMBER]", default="")
@click.option("--accept/--decline", "accept", default=None, help="Decide the proposal.")
@json_option
def merge(proposal: str, accept: bool | None, as_json: bool) -> None:
    """List proposals to merge cases, or decide one. Undo: seawall findings undo."""
    open_state()
    from seawall.cases import access
    from seawall.cases.actions import CaseRefused
    from seawall.cases.fixes import decide_merge
    from seawall.findings.access import NotFound
    from seawall.vocab.actors import LOCAL

    if not proposal:
        rows = list(access.proposals(LOCAL))
        if as_json:
            emit_json({"proposals": [_proposal(row) for row in rows]})
            return
        for row in rows:
            say(f"{row.public_id}  {row.explanation}")
        if not rows:
            click.echo("No proposals.")
        return
    if accept is None:
        fail("say --accept or --decline")
    try:
        row = access.proposal(LOCAL, proposal)
        decide_merge(row, accept=accept, by=LOCAL, now=datetime.now(UTC))
    except (NotFound, CaseRefused) as error:
        fail(str(error))
    say(f"{row.public_id} {'accepted' if accept else 'declined'}.")


for each in (*case_room.COMMANDS, *case_rules.COMMANDS, case_shred.shred):
    command.add_command(each)


def _case(text: str) -> "Case":
    from seawall.cases.access import case
    from seawall.findings.access import NotFound
    from seawall.vocab.actors import LOCAL

    try:
        return case(LOCAL, text)
    except NotFound as error:
        fail(str(error))


def _say(row: "Case", as_json: bool) -> None:
    if as_json:
        emit_json(_brief(row))
    else:
        brief = _brief(row)
        click.echo(
            f"{row.public_id}: report {row.report_state}; embargo {brief['embargo']}; "
            f"CVD state {row.cvd}."
        )


def _brief(row: "Case") -> dict[str, Any]:
    holds = row.embargo_state in ("active", "revise") and row.embargo_ends_at
    ends = f" until {row.embargo_ends_at:%Y-%m-%d %H:%M} UTC" if holds else ""
    return {
        "id": row.public_id,
        "title": row.title,
        "cve": row.cve,
        "target": row.finding.target,
        "report_state": row.report_state,
        "embargo": f"{row.embargo_state}{ends}",
        "cvd": str(row.cvd),
        "merged_into": row.merged_into.public_id if row.merged_into else "",
        "shredded_at": row.shredded_at,
        "fixes": [_fix(each) for each in row.fixes.all()],
    }


def _full(row: "Case") -> dict[str, Any]:
    from seawall.cases.actions import findings_of
    from seawall.validation.queries import best_evidence

    group = findings_of(row)
    evidence = best_evidence([member.pk for member in group])
    findings = []
    for member in group:
        best = evidence[member.pk]
        findings.append(
            {
                "id": member.public_id,
                "title": member.title,
                "report": member.report.public_id,
                "finders": list(member.report.finders()) or ["unknown"],
                "level": best.level.name,
                "verdict": best.verdict.value if best.verdict else "",
                "validation": best.validation,
            }
        )
    return {**_brief(row), "findings": findings}


def _fix(fix: "CandidateFix") -> dict[str, Any]:
    runs = list(fix.verifications.all())
    return {
        "id": fix.public_id,
        "label": fix.label,
        "version": fix.version,
        "diff": fix.diff_digest,
        "outcome": runs[0].outcome if runs else "",
        "reasons": list(runs[0].value().reasons) if runs and not fix.case.shredded_at else [],
    }


def _proposal(row: "MergeProposal") -> dict[str, Any]:
    return {
        "id": row.public_id,
        "earlier": row.earlier.public_id,
        "later": row.later.public_id,
        "explanation": row.explanation,
    }


def _table(rows: list["Case"]) -> None:
    from seawall.cli.tables import print_table

    cells = []
    for row in rows:
        outcomes = [each["outcome"] or "waiting" for each in _brief(row)["fixes"]]
        fix = "verified" if "verified" in outcomes else (outcomes or ["none"])[-1]
        name = row.cve or row.finding.target[:30]
        given = (row.public_id, name, row.report_state, str(row.cvd), fix, row.title)
        cells.append(tuple(safe(each) for each in given))
    print_table(("case", "vulnerability", "report", "CVD", "fix", "title"), cells)
