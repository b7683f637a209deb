"""How the demo is told in a terminal."""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager

from rich.console import Console, Group
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from seawall.cases.models import CandidateFix, Case, Handover, MergeProposal
from seawall.claims.actions import Claimed
from seawall.client.verify import Verdict as Judged
from seawall.core.determination import Ability
from seawall.demo.acts import Publication, Watch
from seawall.demo.cast import Account
from seawall.demo.feed import Followed
from seawall.demo.review import Reviewed
from seawall.directives.models import Obligation
from seawall.findings.actions import Submitted
from seawall.findings.models import DuplicateLink
from seawall.headstart.funnel import Stage
from seawall.headstart.of_model import ModelHeadStart
from seawall.reviews.models import Grant, PrivateBank
from seawall.validation.models import Validation
from seawall.vocab.evidence import EvidenceLevel, Verdict
from seawall.vocab.reviews import Determined

_STYLE = {
    "confirmed": "green",
    "verified": "green",
    "forged": "red",
    "flaky": "yellow",
    "not reproduced": "yellow",
    "ineffective": "red",
    "breaks": "red",
    "error": "red",
}

_WIDTHS = {
    "finding": 13,
    "case": 13,
    "report": 13,
    "verdict": 14,
    "evidence": 8,
    "oracle": 10,
    "outcome": 11,
    "state": 12,
    "days": 13,
    "target": 26,
    "due": 10,
    "vulnerability": 14,
}


class Teller:
    """Prints the acts to one console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._act = 0

    def act(self, title: str, text: str = "") -> None:
        """Begin the next act."""
        self._act += 1
        self._console.print()
        self._console.print(Text(f"{self._act}  {title}", style="bold cyan"))
        if text:
            self._say(text)

    def progress(self, what: str) -> "Bar":
        return Bar(self._console, what)

    def people(self, accounts: Sequence[Account]) -> None:
        table = _table("person", "for")
        for each in accounts:
            table.add_row(each.name, each.party)
        self._show(table)

    def scans(self, claims: Sequence[Claimed]) -> None:
        table = _table("days", "party", "target", "overlaps")
        for each in claims:
            row = each.claim
            table.add_row(
                f"{row.starts_at:%d %b}-{row.until_at:%d %b}",
                row.party.name,
                row.target,
                each.overlaps[0].why if each.overlaps else "",
            )
        self._show(table)

    def handovers(self, rows: Sequence[Handover], held: Case | None) -> None:
        table = _table("case", "state", "vendor", "target")
        for row in rows:
            table.add_row(row.case.public_id, row.state, row.vendor.name, row.case.finding.target)
        self._show(table)
        if held is not None and held.embargo_ends_at is not None:
            self._say(
                f"{held.public_id} is under embargo until {held.embargo_ends_at:%Y-%m-%d %H:%M} "
                "UTC, as its vendor agreed."
            )

    def reviewed(self, bank: PrivateBank, rows: Sequence[Reviewed]) -> None:
        self._say(f"{bank.size} items are sealed; their root {bank.root[:16]}… is in the ledger.")
        table = _table("model", "scaffold", "solved", "ability", "finding")
        for each in rows:
            for track in [track for side in each.statistics.sides for track in side.tracks]:
                table.add_row(
                    each.model.name,
                    track.scaffold,
                    f"{track.solved} of {len(track.steps)}",
                    _interval(track.ability) if track.steps else "",
                    track.determined.value if track.steps else "not needed any more",
                )
        self._show(table)
        for each in rows:
            self._say(f"{each.model.name} is determined: {each.verdict}. {_gist(each)}")

    def early_access(self, grant: Grant | None, found: ModelHeadStart | None) -> None:
        if grant is None or found is None:
            return
        self._say(
            f"{grant.partner.party.name} is chosen by the lab and the government and may use the "
            f"model until {grant.ends_at:%Y-%m-%d}, as {grant.alias}."
        )
        counts = {line.key: line.count for line in found.lines}
        share = "" if found.share is None else f": a head start of {found.share:.0%}"
        self._say(
            f"It reports {counts['findings']} flaws found with it; {counts['proven']} proven, "
            f"{counts['fixed']} fixed, {counts['published']} published; {counts['remediated']} of "
            f"{counts['exposures']} exposures are closed before the release{share}."
        )

    def reports(self, received: Sequence[tuple[str, Submitted]]) -> None:
        table = _table("report", "format", "findings", "from file")
        for name, done in received:
            table.add_row(done.report, done.format, str(len(done.findings)), name)
        self._show(table)
        for name, done in received:
            for part in done.rejected:
                self._say(f"{name} {part.where} was left out: {part.reason}. The rest was kept.")

    def proofs(self, rows: Sequence[Validation]) -> None:
        table = _table("finding", "verdict", "evidence", "oracle", "target")
        for row in rows:
            record = row.value()
            versions = _versions(record.affected_version, record.fixed_version)
            table.add_row(
                row.finding.public_id,
                Text(row.verdict, style=_STYLE.get(row.verdict, "")),
                _ladder(row.level),
                record.oracle.value,
                f"{_short(record.target)} {versions}",
            )
        self._show(table)
        for row in rows:
            if row.verdict != Verdict.CONFIRMED:
                reasons = row.value().reasons
                self._say(f"{row.finding.public_id} is {row.verdict}: {reasons[0]}")
        best = next((row for row in rows if row.level >= EvidenceLevel.E3), None)
        if best is not None:
            self._say(f"Why {best.finding.public_id} is {EvidenceLevel(best.level)}:")
            for reason in best.value().reasons:
                self._say(f"• {reason}")

    def merges(self, links: Iterable[DuplicateLink]) -> None:
        for link in links:
            self._say(
                f"{link.later.public_id} ({_from(link.later)}) is {link.earlier.public_id} "
                f"({_from(link.earlier)}) again: {link.explanation}"
            )

    def fixes(self, rows: Sequence[CandidateFix]) -> None:
        table = _table("case", "outcome", "target", "fix")
        for row in rows:
            outcome = _outcome(row)
            table.add_row(
                row.case.public_id,
                Text(outcome, style=_STYLE.get(outcome, "")),
                _short(row.case.finding.target),
                row.label,
            )
        self._show(table)
        for row in rows:
            if _outcome(row) not in ("verified", ""):
                reason = row.verifications.all()[0].value().reasons[0]
                self._say(f"{row.label} is {_outcome(row)}: {reason}")

    def proposals(self, rows: Iterable[MergeProposal]) -> None:
        for row in rows:
            self._say(f"{row.public_id}: {row.explanation} Decide with: seawall case merge")

    def publications(self, rows: Sequence[Publication]) -> None:
        out = [row for row in rows if not row.refused]
        count = sum(len(row.documents) for row in out)
        self._say(
            f"{len(out)} advisories are out as {count} documents (CSAF, CSAF VEX, OSV, CVE record, "
            "OpenVEX), each valid against its schema and rules, all consistent."
        )
        for row in rows:
            if row.refused:
                self._say(row.refused)

    def watches(self, rows: Iterable[Watch]) -> None:
        for row in rows:
            found = row.scan
            self._say(
                f"{row.operator.asset} ({row.operator.owner}, {row.operator.system_class}): "
                f"{found.components} components, {_count(found.opened, 'exposure')} so far."
            )
            for reason, number in found.not_checked.items():
                self._say(f"  {number} components were not checked: {reason}")

    def obligations(self, rows: Sequence[Obligation], *, most: int = 8) -> None:
        table = _table("due", "id", "row", "system", "vulnerability", "component")
        for row in rows[:most]:
            exposure = row.exposure
            table.add_row(
                f"{row.due_at:%Y-%m-%d}" if row.due_at else "on upgrade",
                row.public_id,
                f"{row.row}{' +forensics' if row.forensics else ''}",
                exposure.asset.name,
                exposure.vulnerability,
                f"{exposure.component} {exposure.version}",
            )
        self._show(table)
        if len(rows) > most:
            self._say(f"… and {len(rows) - most} more.")
        if rows:
            self._say(f"Why the first: {rows[0].explanation}")

    def upgrades(self, rows: Iterable[Watch]) -> None:
        for row in rows:
            self._say(
                f"{row.operator.asset} upgraded and sent a new SBOM: {row.scan.closed} exposures "
                f"closed, {row.scan.still_open} open."
            )

    def followed(self, found: Followed) -> None:
        first, again = found.first, found.again
        self._say(
            f"{found.operator} synced {len(first.installed)} releases: "
            f"{first.received / 1000:,.0f} kB in {first.requests} requests; "
            f"a second time: {again.received / 1000:,.1f} kB in {again.requests}."
        )
        self._say(
            f"The log has {first.log_size:,} entries; each release is in it, and the log continues "
            "what was seen before."
        )
        self._say(f"seawall verify: {_verdict(found.genuine)}")
        self._say(f"One word of it altered: {_verdict(found.altered)}")
        for each in found.refusals:
            self._say(
                f"{each.deed}: {f'refused, {each.answer}' if each.answer else 'NOT NOTICED'}."
            )
        changes = found.plan.changes
        self._say(f"seawall apply raises {len(changes)} requirements of a project, such as:")
        table = _table("requirement", "becomes", "because of")
        for change in changes[:3]:
            table.add_row(
                f"{change.package}{change.before}", change.after, ", ".join(change.releases)
            )
        self._show(table)
        self._say(f"{found.receipts} signed receipts went back to the publisher.")

    def funnel(self, stages: Sequence[Stage]) -> None:
        self._console.print()
        table = Table(title="Head start", title_style="bold", box=None, pad_edge=False)
        table.add_column(justify="right", style="bold")
        table.add_column()
        table.add_column()
        most = max((stage.count for stage in stages), default=1) or 1
        for stage in stages:
            bar = "█" * max(1 if stage.count else 0, round(30 * stage.count / most))
            table.add_row(str(stage.count), stage.label, Text(bar, style="cyan"))
        self._show(table)

    def end(self, lines: Iterable[str]) -> None:
        self._console.print()
        for line in lines:
            self._say(line)

    def _say(self, text: str) -> None:
        self._console.print(Padding(Text(text), (0, 0, 0, 3)))

    def _show(self, table: Table) -> None:
        self._console.print(Padding(Group(table), (0, 0, 0, 3)))


class Bar(AbstractContextManager["Bar"]):
    """A progress bar on a terminal, one line elsewhere; call it with (done, total)."""

    def __init__(self, console: Console, what: str) -> None:
        self._what, self._console = what, console
        self._progress = Progress(
            TextColumn("   {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> "Bar":
        self._progress.start()
        self._task = self._progress.add_task(self._what, total=None)
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total)
        if not self._console.is_terminal and done == 0:
            self._console.print(f"   {self._what}: {total}")


def verdict_counts(rows: Iterable[Validation]) -> dict[str, int]:
    """How many proofs have which verdict."""
    return dict(Counter(row.verdict for row in rows))


def _interval(ability: Ability) -> str:
    low = "-∞" if ability.low is None else f"{ability.low:.1f}"
    high = "∞" if ability.high is None else f"{ability.high:.1f}"
    return f"{ability.estimate:.1f} [{low}, {high}]"


def _gist(each: Reviewed) -> str:
    plan = each.statistics.plan
    if each.verdict is Determined.COVERED:
        return f"At most {plan.alpha:.0%} of models below the threshold are found covered."
    if each.verdict is Determined.NOT_COVERED:
        return f"At most {plan.beta:.0%} of models above it are missed."
    return each.statistics.because


def _table(*columns: str) -> Table:
    """A table whose last column gives way when the terminal is narrow."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns[:-1]:
        table.add_column(column, no_wrap=True, min_width=_WIDTHS.get(column))
    table.add_column(columns[-1], no_wrap=True, overflow="ellipsis")
    return table


def _ladder(level: int) -> Text:
    text = Text()
    for step in range(4):
        text.append("■" if step <= level else "□", style="green" if step <= level else "dim")
    text.append(f" {EvidenceLevel(level).name}", style="bold" if level >= 3 else "")
    return text


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _short(target: str) -> str:
    return target.removeprefix("pkg:").partition("@")[0]


def _versions(affected: str, fixed: str) -> str:
    return f"{affected} → {fixed}" if fixed else affected


def _from(finding: object) -> str:
    report = finding.report  # type: ignore[attr-defined]
    return str(next(iter(report.finders()), report.public_id))


def _outcome(fix: CandidateFix) -> str:
    runs = list(fix.verifications.all())
    return str(runs[0].outcome) if runs else ""


def _verdict(found: Judged) -> str:
    if not found.id:
        return f"not genuine: {found.why}"
    return (
        f"genuine {found.kind} of {found.id}, published by {found.publisher}, entry {found.entry} "
        "of the log"
    )
