"""Scenes of case rooms: a case in the middle of its coordination, and who looks at it."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from cases.casework import finding, prove
from seawall.blobs.store import blob_digest
from seawall.cases import (
    actions,
    budgets,
    embargoes,
    fixes,
    handovers,
    messages,
    participants,
    relays,
)
from seawall.cases import credits as crediting
from seawall.cases.models import Credit, RelayHop
from seawall.core.cvd import CvdEvent
from seawall.findings.models import Attachment
from seawall.parties.access import actor_of
from seawall.parties.models import Party, Person
from seawall.vocab.access import Part, Tier
from seawall.vocab.actors import LOCAL
from seawall.vocab.findings import CreditWish
from seawall.vocab.fixes import FixOutcome, FixVerification

DESCRIPTION = (
    "A template that a user may edit reaches str.format of the sandboxed environment through an "
    "indirect reference, and with it any attribute: code runs as the server."
)
CVSS = "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"


def room() -> dict[str, Any]:
    """A case with an embargo, two finders, a vendor at work, messages and a verified fix."""
    from e2e.scenes import person

    now = timezone.now()
    people = {
        "lead": person(name="Lena", role="lead"),
        "vendor": person(name="Vera", party="Pallets", roles=["vendor"], role="lead"),
        "finder": person(name="Fina", party="Deep Lab", roles=["finder"], role="lead"),
        "late": person(name="Bo", party="Bo Lab", roles=["finder"], role="lead"),
    }
    began = now - timedelta(days=9)
    first = _finding("Sandbox escape through an indirect reference to format", "Deep Lab", began)
    case = actions.open_case(first, by=LOCAL, now=began)
    vendor = Party.objects.get(name="Pallets")
    handovers.ask(case, vendor, by=LOCAL, now=began)
    handovers.hand_over_due(vendor, by=LOCAL, now=began + timedelta(hours=1))
    case.refresh_from_db()
    until = now + timedelta(days=30)
    embargoes.propose(case, until=until, by=LOCAL, now=began + timedelta(days=1))
    embargoes.accept(case, by=_actor("Vera"), now=began + timedelta(days=1))
    embargoes.choose_policy(case, "cert-cc", by=LOCAL, now=began + timedelta(days=1))
    embargoes.choose_policy(case, "linux-kernel", by=LOCAL, now=began + timedelta(days=1))
    lab = Party.objects.get(name="Deep Lab").pk
    participants.consent(case, by=LOCAL, now=began + timedelta(days=1), party=lab)
    _talk(case, began)
    _fix(case, now)
    bo = Party.objects.get(name="Bo Lab")
    participants.bring_in(case, bo, Part.FINDER, tier=Tier.T0, by=LOCAL, now=now)
    relays.add_handling_id(
        case, system="VINCE", text="VU#123456", url="https://kb.cert.org/vuls", by=LOCAL, now=now
    )
    relays.note_hop(
        case,
        direction=RelayHop.Direction.OUT,
        sender="House CERT",
        receiver="CERT/CC",
        system="VINCE",
        tier=Tier.T1,
        by=LOCAL,
        now=now,
    )
    crediting.set_credit(
        case,
        name="Ann Helper",
        role=Credit.Role.REMEDIATION_DEVELOPER,
        wish=CreditWish.ANONYMOUS,
        by=LOCAL,
        now=now,
    )
    return {"people": people, "case": case.public_id, **_others(vendor)}


def _finding(title: str, reporter: str, at: Any) -> Any:
    row = finding(title, reporter=reporter, at=at, description=DESCRIPTION, severity=CVSS)
    prove(row, digest=row.public_id.encode().hex()[:64].ljust(64, "0"), at=at)
    data = b"A reproducer."
    row.reproducer = Attachment.objects.create(
        report=row.report, name="proof.zip", digest=blob_digest(data), size_bytes=len(data)
    )
    row.save(update_fields=["reproducer"])
    return row


def _actor(name: str) -> Any:
    return actor_of(Person.objects.get(name=name))


def _talk(case: Any, began: Any) -> None:
    words = (
        ("Lena", "We have run the reproducer on 3.1.4: it fires in three of three runs.", Tier.T2),
        ("Vera", "Thank you. We see it too. A fix is on its way; 3.1.5 by Friday.", Tier.T2),
        ("Fina", "Happy to test a patch.", Tier.T1),
    )
    for number, (name, text, tier) in enumerate(words):
        at = began + timedelta(days=2 + number)
        messages.write(case, text, tier=tier, by=_actor(name), now=at)


def _fix(case: Any, now: Any) -> None:
    row = fixes.add_fix(case, version="3.1.5", by=_actor("Vera"), now=now - timedelta(days=1))
    result = FixVerification(
        outcome=FixOutcome.VERIFIED,
        reasons=("All proofs are silent on 3.1.5.", "The benign use still works."),
        checks=(),
        silenced=(),
        started_at=now,
        finished_at=now,
    )
    fixes.record_verification(row, result, by=LOCAL, now=now)
    bad = fixes.add_fix(case, version="3.1.4.post1", by=LOCAL, now=now - timedelta(days=2))
    worse = FixVerification(
        outcome=FixOutcome.INEFFECTIVE,
        reasons=("The proof still fires.",),
        checks=(),
        silenced=(),
        started_at=now,
        finished_at=now,
    )
    fixes.record_verification(bad, worse, by=LOCAL, now=now)


def _others(vendor: Party) -> dict[str, str]:
    """A second case that has just come to the vendor, urgent, and one of which nothing is known."""
    now = timezone.now()
    second = actions.open_case(_finding("Loop in the parser", "Deep Lab", now), by=LOCAL, now=now)
    actions.observe(second, CvdEvent.VENDOR_AWARE, by=LOCAL, now=now)
    actions.observe(second, CvdEvent.ATTACKS_OBSERVED, by=LOCAL, now=now)
    handovers.ask(second, vendor, by=LOCAL, now=now)
    handovers.hand_over_due(vendor, by=LOCAL, now=now)
    wanted = budgets.Wanted(raw_feed=True, products=["pkg:pypi/markupsafe"])
    budgets.set_budget(vendor, wanted, by=LOCAL, now=now)
    finding("Maybe an overflow", reporter="Deep Lab", at=now, target="pkg:pypi/markupsafe@2.1")
    return {"urgent": second.public_id}
