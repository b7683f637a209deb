"""`seawall review`: models put up for review, from the draft to the evidence of deletion."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.moments import moment
from seawall.cli.output import BAD_INPUT, BAD_NEWS, clear_errors, emit_json, fail, json_option, say
from seawall.cli.state import open_state
from seawall.cli.tables import print_table

if TYPE_CHECKING:
    from seawall.reviews.models import Submission
    from seawall.reviews.shown import SubmissionShown

_TERMS = (
    "confidentiality",
    "cybersecurity",
    "insider_risk",
    "intellectual_property",
    "permitted_use",
    "deletion",
)


@click.group()
def command() -> None:
    """Put a model up for review before its release, and follow it to the end.

    Under a voluntary regime nothing here can stop or delay a release: `seawall review regimes`.
    """


@command.command()
@click.argument("document", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--lab", default="", help="Which lab, when there are several.")
@json_option
def draft(document: Path, lab: str, as_json: bool) -> None:
    """Begin a submission from DOCUMENT (JSON); `seawall review example` prints one."""
    open_state()
    from django.utils import timezone

    from seawall.parties.access import NotFound, NotPermitted
    from seawall.reviews import access, submissions
    from seawall.reviews.regimes import DEFAULT
    from seawall.vocab.actors import LOCAL

    now = timezone.now()
    with clear_errors(str(document)):
        raw = _read(document)
        try:
            row = submissions.draft(
                _content(raw),
                lab=access.lab_for(LOCAL, lab or str(raw.get("lab", ""))),
                partner_release_at=moment(str(raw.get("partner_release_at", ""))) or now,
                public_release_at=moment(str(raw.get("public_release_at", ""))) or now,
                regime_id=str(raw.get("regime", DEFAULT)),
                by=LOCAL,
                now=now,
            )
        except (NotFound, NotPermitted) as error:
            fail(str(error), code=BAD_INPUT)
    _print(row, as_json=as_json)


@command.command()
@json_option
def example(as_json: bool) -> None:
    """Print a submission as `draft` reads it; it is JSON with and without --json."""
    now = datetime.now().astimezone()
    emit_json(
        {
            "lab": "Osprey Labs",
            "regime": "eo-14409",
            "partner_release_at": (now + timedelta(days=30)).date(),
            "public_release_at": (now + timedelta(days=45)).date(),
            "pinned": {
                "model": "Osprey",
                "version": "osprey-2026-11-20",
                "safeguards": "none",
                "endpoint": "https://models.example.org/v1",
                "operations": 4e25,
            },
            "terms": {**dict.fromkeys(_TERMS, "As agreed on 2026-11-20."), "retain_days": 30},
        }
    )


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List submissions, newest first."""
    open_state()
    from seawall.reviews import access, shown
    from seawall.vocab.actors import LOCAL

    rows = [shown.summary(row) for row in access.submissions(LOCAL)]
    if as_json:
        emit_json({"submissions": rows})
    elif not rows:
        click.echo("No submissions. `seawall review draft FILE` begins one.")
    else:
        print_table(
            ("submission", "state", "codename", "lab", "regime", "partners on"),
            [
                (r.id, r.state, r.codename, r.lab, r.regime, f"{r.partner_release_at:%Y-%m-%d}")
                for r in rows
            ],
        )


@command.command()
@click.argument("submission", metavar="M-NUMBER")
@json_option
def show(submission: str, as_json: bool) -> None:
    """Show one submission: what is pinned, the clocks, what its regime says."""
    open_state()
    _print(_row(submission), as_json=as_json)


@command.command("head-start")
@click.argument("submission", metavar="M-NUMBER")
@json_option
def head_start(submission: str, as_json: bool) -> None:
    """Show how much of what the model found was closed before it was out."""
    open_state()
    from seawall.headstart.of_model import head_start_of

    found = head_start_of(_row(submission))
    if as_json:
        emit_json(found)
        return
    print_table(
        ("stage", "in all", "before partners", "before public"),
        [
            (line.label, str(line.count), str(line.before_partners), str(line.before_public))
            for line in found.lines
        ],
    )
    share = "no exposure found yet" if found.share is None else f"{found.share:.0%}"
    say(f"Head start: {share} (exposures closed before {found.public_release_at:%Y-%m-%d})")


@command.command()
@json_option
def regimes(as_json: bool) -> None:
    """Show the regimes, and whether anything in them can stop a release."""
    open_state()
    from seawall.reviews.regimes import regimes as known

    if as_json:
        emit_json({"regimes": list(known().values())})
        return
    for each in known().values():
        say(f"{each.id}  {each.title} ({each.authority}; {each.status})")
        gate = each.gate
        say(
            f"    can hold a release back; a breach costs ${gate.dollars_per_day:,} a day"
            f" ({gate.clause})"
            if gate
            else "    advises; nothing in it can stop or delay a release"
        )
        if each.window:
            say(f"    window of at most {each.window.longest.days} days ({each.window.clause})")
        if each.trigger:
            say(f"    above {each.trigger.operations:g} operations ({each.trigger.clause})")
        say(f"    {each.determines.says} determines ({each.determines.clause})")


@command.command()
@click.argument("submission", metavar="M-NUMBER")
@json_option
def submit(submission: str, as_json: bool) -> None:
    """Put the model up for review under the stated terms."""
    _take("submit", submission, as_json=as_json)


@command.command()
@click.argument("submission", metavar="M-NUMBER")
@click.argument("evidence")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def evidence(submission: str, evidence: str, file: Path, as_json: bool) -> None:
    """Record that EVIDENCE, which a mandatory regime demands, was handed over: the digest of FILE
    is kept, never the file."""
    import hashlib

    with clear_errors(str(file)), file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    _take("hand_over", submission, as_json=as_json, evidence=evidence, digest=digest)


@command.command()
@click.argument("submission", metavar="M-NUMBER")
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice(["verdict", "report", "results"]),
    help="What the lab may read; none takes back what was shared.",
)
@json_option
def share(submission: str, parts: tuple[str, ...], as_json: bool) -> None:
    """Share the assessment, or parts of it, with the lab."""
    _take("share", submission, as_json=as_json, parts=list(parts))


@command.command("open")
@click.argument("submission", metavar="M-NUMBER")
@json_option
def open_(submission: str, as_json: bool) -> None:
    """Open the window of early access."""
    _take("open_window", submission, as_json=as_json)


@command.command()
@click.argument("submission", metavar="M-NUMBER")
@json_option
def close(submission: str, as_json: bool) -> None:
    """Close the window; its grants end with it."""
    _take("close_window", submission, as_json=as_json)


@command.command()
@click.argument("submission", metavar="M-NUMBER")
@click.option("--because", default="", help="Reasons, if you want to give any.")
@click.option("--yes", is_flag=True, help="Without being asked.")
@json_option
def withdraw(submission: str, because: str, yes: bool, as_json: bool) -> None:
    """Take the model back, at any time; access ends at once."""
    if not (yes or as_json):
        click.confirm("Access of all partners ends at once. Withdraw it?", abort=True)
    _take("withdraw", submission, as_json=as_json, because=because)


@command.command()
@click.argument("submission", metavar="M-NUMBER")
@json_option
def release(submission: str, as_json: bool) -> None:
    """Say that the model is out. It is recorded whatever the regime says to it.

    Exit code 1 when a mandatory regime says no.
    """
    open_state()
    from django.utils import timezone

    from seawall.reviews import submissions
    from seawall.reviews.submissions import StepRefused
    from seawall.vocab.actors import LOCAL
    from seawall.vocab.decisions import Refused

    try:
        row, said = submissions.release(_row(submission), by=LOCAL, now=timezone.now())
    except StepRefused as refused:
        fail(str(refused), code=BAD_INPUT)
    _print(row, as_json=as_json)
    if isinstance(said, Refused):
        raise SystemExit(BAD_NEWS)


@command.command()
@click.argument("submission", metavar="M-NUMBER")
@click.option("--yes", is_flag=True, help="Without being asked.")
@click.option("--evidence", type=click.Path(path_type=Path), help="Where to write the evidence.")
@json_option
def delete(submission: str, yes: bool, evidence: Path | None, as_json: bool) -> None:
    """Destroy what the submission holds and give the signed evidence of it. There is no way
    back."""
    open_state()
    from django.utils import timezone

    from seawall.reviews import deletion
    from seawall.reviews.submissions import StepRefused
    from seawall.vocab.actors import LOCAL

    if not (yes or as_json):
        click.confirm("Nobody can read it any more, nor its backups. Delete it?", abort=True)
    try:
        row = deletion.delete(_row(submission), by=LOCAL, now=timezone.now())
    except StepRefused as refused:
        fail(str(refused), code=BAD_INPUT)
    if evidence:
        with clear_errors(str(evidence)):
            evidence.write_text(row.deletion["envelope"])
    _print(row, as_json=as_json)


def _take(step: str, public_id: str, *, as_json: bool, **more: Any) -> None:
    open_state()
    from django.utils import timezone

    from seawall.reviews import submissions
    from seawall.reviews.submissions import StepRefused
    from seawall.vocab.actors import LOCAL

    row = _row(public_id)
    with clear_errors():
        try:
            row = getattr(submissions, step)(row, by=LOCAL, now=timezone.now(), **more)
        except StepRefused as refused:
            fail(str(refused), code=BAD_INPUT)
    _print(row, as_json=as_json)


def _row(public_id: str) -> "Submission":
    from seawall.parties.access import NotFound
    from seawall.reviews.access import submission
    from seawall.vocab.actors import LOCAL

    try:
        return submission(LOCAL, public_id)
    except NotFound as missing:
        fail(str(missing), code=BAD_INPUT)


def _read(document: Path) -> dict[str, Any]:
    from seawall.vocab.errors import BadInput

    try:
        raw = json.loads(document.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInput(f"not JSON: {error}") from None
    if not isinstance(raw, dict):
        raise BadInput("a submission is an object", mend="seawall review example")
    return raw


def _content(raw: dict[str, Any]) -> Any:
    from seawall.core.plain import NotThisType, from_plain
    from seawall.reviews.submissions import Content
    from seawall.vocab.errors import BadInput

    try:
        return from_plain(Content, raw)
    except NotThisType as error:
        raise BadInput(str(error), mend="compare with `seawall review example`") from None


def _print(row: "Submission", *, as_json: bool) -> None:
    from django.utils import timezone

    from seawall.reviews import shown
    from seawall.vocab.actors import LOCAL

    one = shown.submission(LOCAL, row, now=timezone.now())
    if as_json:
        emit_json(one)
    else:
        _say(one)


def _say(one: "SubmissionShown") -> None:
    say(f"{one.id}  {one.state}  {one.codename}  {one.lab}, {one.regime}")
    if one.pinned:
        say(f"    {one.pinned.model} {one.pinned.version}, safeguards: {one.pinned.safeguards}")
    else:
        say(f"    deleted on {one.deleted_at:%Y-%m-%d}; `--json` has the signed evidence")
    say(
        f"    to partners {one.partner_release_at:%Y-%m-%d},"
        f" public {one.public_release_at:%Y-%m-%d}"
    )
    if one.opens_at and one.closes_at:
        say(f"    window {one.opens_at:%Y-%m-%d %H:%M} to {one.closes_at:%Y-%m-%d %H:%M} UTC")
    elif one.earliest_opening:
        say(f"    the window opens on {one.earliest_opening:%Y-%m-%d %H:%M} UTC at the earliest")
    if one.assessment:
        say(f"    determined: {one.assessment.verdict}, {one.assessment.at:%Y-%m-%d}")
    for each in one.evidence:
        say(f"    {'handed over' if each.digest else 'missing'}: {each.says} ({each.clause})")
    word = "may be released" if one.may_release else f"held back: {one.release_refused_because}"
    say(f"    {word}")
    if one.penalty:
        say(f"    at least ${one.penalty.dollars:,} for {one.penalty.days} days of the breach")
