"""What one recipient gets of one case: as much as its party may read, and no more than was asked.

The case's access decides as for a member of the party; a working reproducer besides takes the
approval of its export by four eyes, whoever makes the delivery.
"""

from collections.abc import Collection, Iterator
from datetime import datetime

from django.db import transaction

from seawall.advisories.models import Revision
from seawall.cases.fixes import reproducers_of, verified_fixes
from seawall.cases.keys import diff_of
from seawall.cases.models import Case
from seawall.cases.reading import tier_of
from seawall.cases.ways_out import may_say_of
from seawall.core import access as rules
from seawall.core.four_eyes import Grave
from seawall.core.ways_out import Say, Way
from seawall.distribution.models import Recipient
from seawall.feed.restricted import Form, Member
from seawall.findings.access import attachment_bytes
from seawall.findings.exporting import export_facts
from seawall.findings.reading import facts_of
from seawall.formats.release_documents import document_text
from seawall.parties import approvals
from seawall.parties.access import NotPermitted, actor_for, demand
from seawall.parties.models import Approval
from seawall.parties.sealing import Shredded
from seawall.proofs.archive import MANIFEST, digest_of, read_archive
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor

DOCUMENTS, PATCH, REPRODUCER = "documents", "patch", "reproducer"
PARTS = (DOCUMENTS, PATCH, REPRODUCER)
_TIERS = {DOCUMENTS: Tier.T2, PATCH: Tier.T2, REPRODUCER: Tier.T3}
_SAYS = {Tier.T2: Say.DETAIL, Tier.T3: Say.PROOF}


def parts_for(recipient: Recipient) -> tuple[str, ...]:
    """All that a recipient of its tier may be given."""
    return tuple(part for part in PARTS if _TIERS[part] <= recipient.tier)


def gather(
    case: Case, recipient: Recipient, *, wanted: Collection[str], now: datetime
) -> list[Member]:
    """The members of the copy; those parts that the case does not have are left out. Raises
    NotPermitted when the recipient may not have what is wanted, and Shredded."""
    if case.shredded_at is not None:
        raise Shredded(case.shredded_at)
    to = actor_for(recipient.party)
    _demand_readable(case, recipient, to, wanted, now)
    members: list[Member] = []
    if DOCUMENTS in wanted:
        members += _documents(case)
    if PATCH in wanted:
        members += _patches(case)
    if REPRODUCER in wanted:
        members += _reproducers(case, to, now)
    return members


@transaction.atomic
def ask_exports(case: Case, recipient: Recipient, *, by: Actor, now: datetime) -> list[Approval]:
    """Ask for the exports of the case's reproducers to the recipient's party that are not
    approved yet; those that are asked for already are given as they are. Raises NotPermitted when
    the party may not have them anyway."""
    to = actor_for(recipient.party)
    _demand_readable(case, recipient, to, (REPRODUCER,), now)
    asked = []
    for finding, _ in reproducers_of(case):
        if finding.reproducer is None:
            continue
        try:
            attachment_bytes(to, finding.reproducer, now=now)
        except NotPermitted:
            demand(rules.may_fetch(to, facts_of([finding], now=now)[finding.pk], now=now))
            row = approvals.ask(
                what=Grave.EXPORT,
                on=finding.public_id,
                facts=export_facts(finding, finding.reproducer, recipient.party_id),
                effect=(
                    f"{recipient.party.public_id} may have the reproducer, for seven days: its "
                    "members fetch it, and copies encrypted to it may be delivered."
                ),
                by=by,
                now=now,
            )
            asked.append(row)
    return asked


def _demand_readable(
    case: Case, recipient: Recipient, to: Actor, wanted: Collection[str], now: datetime
) -> None:
    needed = max(_TIERS[part] for part in wanted)
    held = tier_of(to, case, now=now)
    if needed > recipient.tier:
        raise NotPermitted(f"{recipient.public_id} is a recipient of {Tier(recipient.tier).name}.")
    if held is None or held < needed:
        raise NotPermitted(
            f"{recipient.party.public_id} may not read {needed.name} of {case.public_id}; "
            "read it in first."
        )
    if may_say_of(case, to=to, way=Way.EXPORT, now=now) < _SAYS[needed]:
        raise NotPermitted(f"{case.public_id} is {case.tlp}: it does not leave as a file.")


def _documents(case: Case) -> Iterator[Member]:
    """The newest documents of the case's advisory, drafts included."""
    revision = Revision.objects.filter(advisory__case=case).order_by("-number").first()
    for name, document in (revision.documents if revision else {}).items():
        data = document_text(document).encode()
        yield Member(path=f"documents/{name}", data=data, form=Form.JSON)


def _patches(case: Case) -> Iterator[Member]:
    """The verified patches, to the byte: they must apply as they were verified."""
    for fix in verified_fixes(case):
        if fix.diff_digest:
            yield Member(path=f"{fix.public_id}.patch", data=diff_of(fix))


def _reproducers(case: Case, to: Actor, now: datetime) -> Iterator[Member]:
    """The confirmed reproducers, unpacked; only what describes them carries marks."""
    for finding, _ in reproducers_of(case):
        artefact = finding.reproducer
        if artefact is None:
            continue
        files = read_archive(attachment_bytes(to, artefact, now=now))
        folder = f"{finding.public_id}-{digest_of(files)[:12]}"
        for name, data in files.items():
            form = Form.TOML if name == MANIFEST else Form.EXACT
            yield Member(path=f"{folder}/{name}", data=data, form=form)
