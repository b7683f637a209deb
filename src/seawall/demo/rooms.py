"""The act in which vendors get their cases and one case is coordinated under an embargo."""

from datetime import timedelta

from django.utils import timezone

from seawall.cases import embargoes, handovers, messages, participants
from seawall.cases.actions import findings_of
from seawall.cases.models import Case, Handover
from seawall.config import processes
from seawall.demo.cast import somebody_of
from seawall.demo.manifest import Manifest, Player
from seawall.parties.models import Party
from seawall.vocab.access import Part

EMBARGO = timedelta(days=30)


def hand_over(manifest: Manifest) -> list[Handover]:
    """Ask for every case to be handed to the vendor of its target; the worker hands over what is
    ready, at the pace that the vendors bear. The first case of each vendor is taken up."""
    coordinator = somebody_of(_house(manifest).name)
    for case in Case.objects.filter(merged_into=None).order_by("pk"):
        player = _vendor(manifest, case)
        if player is not None:
            vendor = Party.objects.get(name=player.name)
            handovers.ask(case, vendor, by=coordinator, now=timezone.now())
    processes.work_once(parallel=0, progress=None, again=False)
    rows = list(Handover.objects.select_related("case__finding", "vendor"))
    taken: set[int] = set()
    for row in rows:
        if row.state == Handover.State.HANDED_OVER and row.vendor_id not in taken:
            taken.add(row.vendor_id)
            note = "Thank you, we can reproduce it."
            handovers.acknowledge(
                row, note=note, by=somebody_of(row.vendor.name), now=timezone.now()
            )
            row.refresh_from_db()
    return rows


def agree(manifest: Manifest) -> Case | None:
    """Coordinate one case: its vendor and finder meet, agree on an embargo and write."""
    found = [case for case in Case.objects.filter(merged_into=None) if _is_held(manifest, case)]
    if not found:
        return None
    case = found[0]
    coordinator = somebody_of(_house(manifest).name)
    player = _vendor(manifest, case)
    now = timezone.now()
    embargoes.propose(case, until=now + EMBARGO, by=coordinator, now=now)
    case.refresh_from_db()
    text = "The proof runs on the released version. Is 30 days enough for the fix?"
    messages.write(case, text, by=coordinator, now=timezone.now())
    if player is not None:
        vendor = somebody_of(player.name)
        party = Party.objects.get(name=player.name)
        participants.bring_in(case, party, Part.VENDOR, by=coordinator, now=timezone.now())
        embargoes.accept(case, by=vendor, now=timezone.now())
        case.refresh_from_db()
        text = "Yes. The fix is written; we want a week with two large users first."
        messages.write(case, text, by=vendor, now=timezone.now())
    return case


def _house(manifest: Manifest) -> Player:
    return next(each for each in manifest.parties if each.house)


def _vendor(manifest: Manifest, case: Case) -> Player | None:
    targets = [finding.target for finding in findings_of(case)]
    return next(
        (
            player
            for player in manifest.parties
            if any(target.startswith(player.products) for target in targets if player.products)
        ),
        None,
    )


def _is_held(manifest: Manifest, case: Case) -> bool:
    targets = [finding.target for finding in findings_of(case)]
    return bool(manifest.embargoed) and any(manifest.embargoed in each for each in targets)
