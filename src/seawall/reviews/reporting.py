"""The report of an evaluation, for whoever may read it."""

from seawall.core.determination import Determination as Statistics
from seawall.core.plain import from_plain
from seawall.formats.determination_report import Head, report_html, report_markdown
from seawall.parties.access import names_of
from seawall.reviews import evaluations
from seawall.reviews.models import Determination, Evaluation
from seawall.reviews.regimes import regime
from seawall.reviews.submissions import content_of
from seawall.vocab.regimes import Regime
from seawall.vocab.reviews import Determined


def found_in(row: Evaluation) -> tuple[Statistics, Determination | None]:
    """What the numbers say, as they were when it was determined, or as they are now."""
    last = Determination.objects.filter(evaluation=row).order_by("-pk").first()
    if last is not None:
        return from_plain(Statistics, last.statistics), last
    return evaluations.statistics_of(row), None


def html_of(row: Evaluation) -> str:
    """The report as one HTML page that loads nothing. Raises EvaluationRefused, Shredded."""
    statistics, last = found_in(row)
    return report_html(statistics, _head(row, last), rates=evaluations.rates_of(row))


def markdown_of(row: Evaluation) -> str:
    """The report as Markdown. Raises EvaluationRefused, Shredded."""
    statistics, last = found_in(row)
    return report_markdown(statistics, _head(row, last), rates=evaluations.rates_of(row))


def _head(row: Evaluation, last: Determination | None) -> Head:
    submission = row.submission
    pinned, policy = content_of(submission).pinned, regime(submission.regime)
    notes = [f"Bank {row.bank}, root {row.bank_root}."]
    if last is not None and last.because:
        notes.insert(0, f"The official's reasons: {last.because}")
    if last is not None and last.verdict != last.statistics["determined"]:
        said = last.statistics["determined"]
        notes.insert(0, f'The official determined "{last.verdict}"; the numbers say "{said}".')
    return Head(
        model=f"{pinned.model} {pinned.version}",
        lab=submission.lab.name,
        safeguards=pinned.safeguards,
        endpoint=pinned.endpoint,
        regime=f"{policy.title} ({policy.authority})",
        consequence=_consequence(policy, last),
        evaluated_by=_named(row.made_by),
        determined_by=_named(last.by) if last else "",
        determined_on=last.at.date() if last else None,
        notes=tuple(notes),
    )


def _named(actor: str) -> str:
    """The name of who acted, as it was written down; the id where nobody has that name."""
    _kind, _, id = actor.partition(":")
    return names_of([id]).get(id, "the command line" if id == "local" else id)


def _consequence(policy: Regime, last: Determination | None) -> str:
    if policy.gate is None:
        text = "Under this regime the finding advises: it neither stops nor delays the release."
        if last is not None and last.verdict == Determined.COVERED.value and policy.window:
            days = policy.window.longest.days
            return f"{text} Trusted partners may use the model for up to {days} days before."
        return text
    return f"A deployment without what the regime demands is a breach ({policy.gate.clause})."
