"""Drafting and publishing advisories: all documents valid and consistent, or none."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from seawall.advisories.checking import errors_of
from seawall.advisories.drafts import release_of
from seawall.advisories.models import BULKY, Advisory, Revision
from seawall.advisories.releases import PublicationRefused, make_release, statement_facts
from seawall.advisories.releasing import release_facts
from seawall.cases.actions import awake, observe
from seawall.cases.embargoes import cut_short_by, pass_time
from seawall.cases.embargoes import end as end_embargo
from seawall.cases.keys import key_of
from seawall.cases.models import Case
from seawall.cases.reading import demand_act
from seawall.core.cvd import CvdEvent
from seawall.core.embargo import ExitReason, may_publish
from seawall.core.four_eyes import Grave
from seawall.core.plain import to_plain
from seawall.formats.release_documents import file_name, write_documents
from seawall.formats.release_statement import fixes_told
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.parties import approvals, sealing
from seawall.parties.approvals import is_machine
from seawall.parties.grave import register, subject_of
from seawall.parties.models import Approval
from seawall.vocab.access import Act
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Refused
from seawall.vocab.errors import BadInput
from seawall.vocab.problems import Problem
from seawall.vocab.release import AdvisoryRelease


class AdvisoryInvalid(ValueError):
    """The documents would be wrong; none was kept. `problems` say what to mend in the case."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems[:3]))
        self.problems = problems


@transaction.atomic
def draft(
    case: Case, *, by: Actor, now: datetime, summary: str = "", anew: bool = False
) -> Revision:
    """Write, check and keep the documents of a case's advisory as its newest revision.

    Nothing new to say gives the newest revision as it is, or, when it is published and `anew`,
    one more that says the same, to be signed with another key. Raises NothingProven or
    AdvisoryInvalid; then nothing is kept.
    """
    case = awake(case)
    key_of(case)
    advisory = _advisory(case, now)
    advisory.case = case
    earlier = list(advisory.revisions.order_by("number"))
    if earlier and earlier[-1].published_at is None:
        replaced, earlier = earlier[-1], earlier[:-1]
    else:
        replaced = None
    words = summary or ("Initial version." if not earlier else "Facts of the case changed.")
    release = release_of(case, advisory=advisory, earlier=earlier, summary=words, now=now)
    digest = _facts_digest(release)
    newest = replaced or (earlier[-1] if earlier else None)
    said = newest is not None and newest.facts_digest == digest and _is_whole(newest)
    if newest is not None and said and not (anew and newest.published_at):
        return newest
    documents, left_out = _write(release)
    if replaced is not None:
        replaced.delete()
    revision = Revision.objects.create(
        advisory=advisory,
        number=release.version,
        summary=words[:300],
        facts_digest=digest,
        documents=documents,
        fixes=statement_facts(fixes_told(release)),
        left_out=left_out,
        made_at=now,
    )
    facts = {  # the names of the documents would tell the CVE for ever
        "revision": revision.number,
        "digest": sealing.commitment(case.key_id, digest),
        "documents": len(documents),
    }
    ledger.record(by=by, what="advisory.drafted", on=advisory, facts=facts, at=now)
    return revision


@transaction.atomic
def publish(advisory: Advisory, *, by: Actor, now: datetime) -> Revision:
    """Check, sign, log and make public the newest revision, or raise PublicationRefused.

    Waits for the embargo to end, or for two people of two parties to have approved the release of
    exactly this revision, which then ends the embargo; and for the publisher to have a name. When
    the embargo ended before its time, whoever recorded why does not also publish.
    """
    case = Case.objects.select_for_update().get(pk=advisory.case_id)
    decision = may_publish(pass_time(case, by=by, now=now), now=now)
    if not (settings.SEAWALL_PUBLISHER_NAME and settings.SEAWALL_PUBLISHER_NAMESPACE):
        raise PublicationRefused(
            "Say who publishes here: set SEAWALL_PUBLISHER_NAME and SEAWALL_PUBLISHER_NAMESPACE."
        )
    revision = advisory.revisions.order_by("-number").first()
    if revision is None:
        raise PublicationRefused(f"{advisory.public_id} has no revision; draft one first.")
    if revision.published_at is not None:
        return revision
    if now < revision.made_at:
        raise PublicationRefused(
            f"{advisory.public_id} was drafted at {revision.made_at:%Y-%m-%d %H:%M} UTC, which is "
            "yet to come by this machine's clock; set the clock."
        )
    if isinstance(decision, Refused):
        _release(case, revision, by=by, now=now, waits=decision.reason)
    elif not is_machine(by) and cut_short_by(case, by, now=now):
        raise PublicationRefused(
            f"{advisory.public_id} waits for somebody else: who records that an embargo is over "
            "before its time does not also publish."
        )
    revision.open_documents()
    revision.published_at = now
    revision.save(update_fields=["published_at", *BULKY])
    if advisory.published_at is None:
        advisory.published_at = now
        advisory.save(update_fields=["published_at"])
    if not case.public_aware:
        observe(case, CvdEvent.PUBLIC_AWARE, by=by, now=now)
    make_release(revision, by=by, now=now)
    outbox.send("advisory.published", due_at=now, advisory_id=advisory.pk)
    return revision


def register_release() -> None:
    """Say how an approved release is carried out; called when the app starts, after the cases."""
    register(Grave.RELEASE, replace(subject_of(Grave.RELEASE), carry_out=_carry_out_release))


def _carry_out_release(approval: Approval, by: Actor, now: datetime) -> None:
    year, number = approval.on.split("-")[1:]
    advisory = Advisory.objects.get(year=int(year), number=int(number))
    demand_act(Act.PUBLISH, by, advisory.case, now=now)
    publish(advisory, by=by, now=now)


def _release(case: Case, revision: Revision, *, by: Actor, now: datetime, waits: str) -> None:
    """End the embargo by using the approval of this revision's release."""
    advisory = revision.advisory
    facts = release_facts(case, revision)
    try:
        approvals.use(what=Grave.RELEASE, on=advisory.public_id, facts=facts, by=by, now=now)
    except approvals.NotApproved as error:
        raise PublicationRefused(f"{advisory.public_id} waits: {waits}. {error}") from error
    end_embargo(case, reason=ExitReason.PUBLISHED, by=by, now=now, approved=True)


def _write(release: AdvisoryRelease) -> tuple[dict[str, Any], dict[str, str]]:
    """File name → document, and file name → why one cannot be written. Raises AdvisoryInvalid."""
    try:
        made = write_documents(release)
    except BadInput as bad:
        raise AdvisoryInvalid((Problem(test="release", message=str(bad)),)) from bad
    problems = errors_of(made.documents)
    if problems:
        raise AdvisoryInvalid(problems)
    documents = {file_name(name, release): made.documents[name] for name in made.documents}
    left_out = {name.value: made.refused[name].reason for name in made.refused}
    return documents, left_out


def _is_whole(revision: Revision) -> bool:
    """Whether a revision holds all that a release needs; drafts from before did not keep fixes."""
    return revision.published_at is not None or revision.fixes is not None


def _advisory(case: Case, now: datetime) -> Advisory:
    known = Advisory.objects.filter(case=case).first()
    if known is not None:
        return known
    ledger.alone()  # two cases do not get the same number
    last = Advisory.objects.filter(year=now.year).aggregate(last=Max("number"))["last"] or 0
    return Advisory.objects.create(case=case, year=now.year, number=last + 1, created_at=now)


def _facts_digest(release: AdvisoryRelease) -> str:
    """A digest of what is said, without when it was said."""
    timeless = replace(
        release,
        revisions=(),
        advisory=replace(release.advisory, published_at=None, modified_at=None),
    )
    text = json.dumps(to_plain(timeless), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
