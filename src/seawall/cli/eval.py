"""`seawall eval`: evaluate a model under review, from the draw of its items to the report."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.eval_bank import bank
from seawall.cli.output import BAD_INPUT, BAD_NEWS, clear_errors, emit_json, fail, json_option, say
from seawall.cli.state import open_state
from seawall.vocab.reviews import Determined, Voice

if TYPE_CHECKING:
    from seawall.core.determination import Determination
    from seawall.reviews.models import Evaluation
    from seawall.reviews.running import Told

_VOICE = click.option(
    "--voice", required=True, type=click.Choice([v.value for v in Voice]), help="Whose nonce."
)
_NONCE = click.option(
    "--nonce-file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the nonce is kept secret until it is revealed.",
)


@click.group()
def command() -> None:
    """Evaluate a model under review.

    The order of the items is drawn from two nonces, one of the lab and one of the government, and
    is in the ledger before the first item runs: open, commit and reveal for both, plan, run, show,
    decide, report.
    """


@command.command("open")
@click.argument("submission", metavar="M-NUMBER")
@click.option("--bank", default="practice", show_default=True, help="Which bank of items.")
@json_option
def open_(submission: str, bank: str, as_json: bool) -> None:
    """Open an evaluation of a submission with the items of a bank."""
    open_state()
    from django.utils import timezone

    from seawall.reviews import access, banks, evaluations
    from seawall.vocab.actors import LOCAL

    with clear_errors():
        root = banks.root_of_bank(bank)
        row = _try(
            evaluations.open_evaluation,
            _found(access.submission, submission),
            bank=bank,
            bank_root=root,
            by=LOCAL,
            now=timezone.now(),
        )
    _print(row, as_json=as_json)


@command.command()
@click.argument("evaluation", metavar="E-NUMBER")
@_VOICE
@_NONCE
@json_option
def commit(evaluation: str, voice: str, nonce_file: Path, as_json: bool) -> None:
    """Commit to a nonce for the draw; it is made, and kept in the file, when that is new."""
    open_state()
    from django.utils import timezone

    from seawall.evals.draw import commit as commit_to
    from seawall.evals.draw import new_nonce
    from seawall.reviews import evaluations
    from seawall.vocab.actors import LOCAL

    row = _row(evaluation)
    with clear_errors(str(nonce_file)):
        if not nonce_file.exists():
            nonce_file.touch(mode=0o600)
            nonce_file.write_text(f"{new_nonce()}\n")
        commitment = commit_to(nonce_file.read_text().strip())
        row = _try(
            evaluations.commit_nonce,
            row,
            voice=Voice(voice),
            commitment=commitment,
            by=LOCAL,
            now=timezone.now(),
        )
    _print(row, as_json=as_json)


@command.command()
@click.argument("evaluation", metavar="E-NUMBER")
@_VOICE
@_NONCE
@json_option
def reveal(evaluation: str, voice: str, nonce_file: Path, as_json: bool) -> None:
    """Reveal the nonce, once both sides have committed."""
    open_state()
    from django.utils import timezone

    from seawall.reviews import evaluations
    from seawall.vocab.actors import LOCAL

    with clear_errors(str(nonce_file)):
        row = _try(
            evaluations.reveal_nonce,
            _row(evaluation),
            voice=Voice(voice),
            nonce=nonce_file.read_text().strip(),
            by=LOCAL,
            now=timezone.now(),
        )
    _print(row, as_json=as_json)


@command.command()
@click.argument("evaluation", metavar="E-NUMBER")
@click.option("--threshold", default=1.0, show_default=True, help="Ability θ* in logits.")
@click.option("--delta", default=0.6, show_default=True, help="Half the zone of indifference.")
@click.option("--alpha", default=0.05, show_default=True, help="Most false “covered”.")
@click.option("--beta", default=0.01, show_default=True, help="Most missed.")
@click.option("--tokens", default=400_000, show_default=True, help="Budget of one attempt.")
@click.option("--messages", default=100, show_default=True, help="Turns of one attempt.")
@click.option("--seconds", default=1800, show_default=True, help="Time of one attempt.")
@click.option("--scaffold", "scaffolds", multiple=True, help="As name@version; all by default.")
@click.option("--items", default=0, help="At most so many of each side; all by default.")
@json_option
def plan(
    evaluation: str, scaffolds: tuple[str, ...], items: int, as_json: bool, **numbers: Any
) -> None:
    """Draw the order from both nonces, fix hypotheses and limits, and put their digest into the
    ledger."""
    open_state()
    from django.utils import timezone

    from seawall.reviews import banks, evaluations
    from seawall.vocab.actors import LOCAL

    row = _row(evaluation)
    with clear_errors():
        made, facts = _try(
            banks.plan_for, row, scaffolds=scaffolds, at_most=items or None, **numbers
        )
        row = _try(evaluations.fix_plan, row, made, facts, by=LOCAL, now=timezone.now())
    _print(row, as_json=as_json)


@command.command()
@click.argument("evaluation", metavar="E-NUMBER")
@click.option("--model", default="", help="What the endpoint calls it; the pinned version.")
@click.option("--endpoint", default="", metavar="URL", help="Where to ask; the submission's.")
@click.option(
    "--key-file", type=click.Path(exists=True, path_type=Path), help="The endpoint's key."
)
@click.option("--internal", is_flag=True, help="The endpoint is in one's own network.")
@click.option("--in-flight", default=16, show_default=True, help="Attempts at once.")
@json_option
def run(
    evaluation: str,
    model: str,
    endpoint: str,
    key_file: Path | None,
    internal: bool,
    in_flight: int,
    as_json: bool,
) -> None:
    """Run what is still to be run, until the tests are over. A run that was cut off goes on."""
    home = open_state()
    from django.utils import timezone

    from seawall.evals.endpoint import Endpoint
    from seawall.evals.run import RunnerFailed
    from seawall.outbound.errors import OutboundRefused
    from seawall.reviews import banks
    from seawall.reviews.running import Runner, run_evaluation
    from seawall.reviews.submissions import content_of
    from seawall.vocab.actors import LOCAL

    row = _row(evaluation)
    pinned = content_of(row.submission).pinned
    with clear_errors():
        runner = Runner(
            items=banks.items_of(row),
            endpoint=Endpoint(
                base_url=endpoint or pinned.endpoint,
                model=model or pinned.version,
                key=key_file.read_text().strip() if key_file else "",
                internal=internal,
            ),
            bench=banks.bench(home),
            clock=timezone.now,
            in_flight=in_flight,
            progress=None if as_json else _tell,
        )
        try:
            made = _try(run_evaluation, row, runner, by=LOCAL)
        except (RunnerFailed, OutboundRefused) as error:
            fail(f"{error}; what was kept stays, run it again to go on")
    if not as_json:
        say(f"{made} attempts.")
    _print_statistics(row, as_json=as_json)


@command.command()
@click.argument("evaluation", metavar="E-NUMBER")
@json_option
def show(evaluation: str, as_json: bool) -> None:
    """Show how far an evaluation is, and what its results say by the plan."""
    open_state()
    row = _row(evaluation)
    if not row.plan:
        _print(row, as_json=as_json)
    else:
        _print_statistics(row, as_json=as_json)


@command.command()
@click.argument("evaluation", metavar="E-NUMBER")
@json_option
def verify(evaluation: str, as_json: bool) -> None:
    """Check plan, results, signatures and ledger against each other. Exit code 1 when something
    was changed."""
    open_state()
    from seawall.reviews import evaluations

    found = _try(evaluations.problems_of, _row(evaluation))
    if as_json:
        emit_json({"problems": found})
    else:
        say("\n".join(found) or "Plan, results, signatures and ledger agree.")
    if found:
        raise SystemExit(BAD_NEWS)


@command.command()
@click.argument("evaluation", metavar="E-NUMBER")
@click.option(
    "--verdict", type=click.Choice([d.value for d in Determined]), help="What the numbers say."
)
@click.option(
    "--because", default="", help="Reasons; another verdict than the numbers' needs them."
)
@json_option
def decide(evaluation: str, verdict: str | None, because: str, as_json: bool) -> None:
    """Record the determination. "covered" takes the signatures of two people of two parties: it
    is asked for, and they sign on the page Approvals."""
    open_state()
    from django.utils import timezone

    from seawall.parties.approvals import NotApproved
    from seawall.reviews import evaluations
    from seawall.vocab.actors import LOCAL

    row, now = _row(evaluation), timezone.now()
    with clear_errors():
        said = Determined(verdict) if verdict else _try(evaluations.statistics_of, row).determined
        try:
            made = _try(
                evaluations.determine_submission,
                row,
                verdict=said,
                because=because,
                by=LOCAL,
                now=now,
            )
        except NotApproved:
            asked = _try(evaluations.ask_covered, row, because=because, by=LOCAL, now=now)
            fail(f"{asked.public_id} waits for two signatures; they are given under Approvals.")
    if as_json:
        emit_json({"submission": row.submission.public_id, "verdict": made.verdict})
    else:
        say(f"{row.submission.public_id} is determined: {made.verdict}.")


@command.command()
@click.argument("evaluation", metavar="E-NUMBER")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write HTML there.")
@click.option("--markdown", type=click.Path(dir_okay=False, path_type=Path), help="Write Markdown.")
@json_option
def report(evaluation: str, html: Path | None, markdown: Path | None, as_json: bool) -> None:
    """Write the report, or print it as Markdown; with --json also the numbers in it."""
    open_state()
    from seawall.reviews import reporting

    row = _row(evaluation)
    for path, write in ((html, reporting.html_of), (markdown, reporting.markdown_of)):
        if path is not None:
            with clear_errors(str(path)):
                path.write_text(_try(write, row), encoding="utf-8")
            say(f"Written: {path}", err=True)
    if as_json:
        statistics, last = _try(reporting.found_in, row)
        emit_json({"statistics": statistics, "verdict": last.verdict if last else None})
    elif html is None and markdown is None:
        say(_try(reporting.markdown_of, row))


def _tell(told: "Told") -> None:
    result = told.result
    word = "solved" if result.solved else str(result.stop)
    say(
        f"  {told.side} {told.scaffold} {told.position:3}  {result.item:34.34}  {word:16}"
        f" {result.usage.tokens:>9,} tokens"
    )


def _try(step: Any, *values: Any, **more: Any) -> Any:
    from seawall.reviews.evaluations import EvaluationRefused
    from seawall.reviews.submissions import StepRefused

    try:
        return step(*values, **more)
    except (EvaluationRefused, StepRefused) as refused:
        fail(str(refused), code=BAD_INPUT)


def _row(public_id: str) -> "Evaluation":
    from seawall.reviews.access import evaluation

    found: Evaluation = _found(evaluation, public_id)
    return found


def _found(find: Any, public_id: str) -> Any:
    from seawall.parties.access import NotFound
    from seawall.vocab.actors import LOCAL

    try:
        return find(LOCAL, public_id)
    except NotFound as missing:
        fail(str(missing), code=BAD_INPUT)


def _print(row: "Evaluation", *, as_json: bool) -> None:
    from seawall.reviews import shown

    one = shown.evaluation(row)
    if as_json:
        emit_json(one)
        return
    say(f"{one.id}  of {one.submission}, bank {one.bank} {one.bank_root[:16]}…")
    for voice, committed, nonce in (
        ("lab", one.lab_commitment, one.lab_nonce),
        ("government", one.agency_commitment, one.agency_nonce),
    ):
        word = "revealed" if nonce else "committed" if committed else "no nonce yet"
        say(f"    {voice}: {word}")
    say(f"    plan {one.plan_digest or 'not fixed yet'}")


def _print_statistics(row: "Evaluation", *, as_json: bool) -> None:
    from seawall.core.plain import to_plain
    from seawall.reviews import evaluations

    found: Determination = _try(evaluations.statistics_of, row)
    if as_json:
        emit_json(to_plain(found))
        return
    say(f"{row.public_id}  {found.determined}: {found.because}")
    for side in found.sides:
        say(f"  {side.side}: {side.determined}; {side.because}")
        for track in side.tracks:
            ability = track.ability
            low = "-∞" if ability.low is None else f"{ability.low:.2f}"
            high = "∞" if ability.high is None else f"{ability.high:.2f}"
            say(
                f"    {track.scaffold:10} {track.solved} of {len(track.steps)} solved,"
                f" θ {ability.estimate:.2f} [{low}, {high}]: {track.determined}"
            )
        for gate in side.gates if side.determined is not Determined.COVERED else ():
            say(f"    {'passed' if gate.passed else 'FAILED'}  {gate.name}: {gate.why}")


command.add_command(bank)
