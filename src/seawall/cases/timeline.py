"""What happened in a case, in the order in which it did, as far as its reader may know."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from seawall.cases.messages import readable_messages
from seawall.cases.models import Case
from seawall.core.cvd import CvdEvent
from seawall.core.public_ids import short_number
from seawall.ledger.models import Event
from seawall.parties.access import is_house
from seawall.parties.models import ApiToken, Party, Person
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor

MOST = 500
"""The newest events that are looked at."""

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened. `what` is the ledger's word for it, `text` a sentence, `by` who
    did it ("" where the reader does not learn who)."""

    at: datetime
    what: str
    text: str
    by: str
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """How an event is told, and who reads the case enough to be told."""

    tier: Tier
    tell: Callable[[Facts], str]
    house: bool = False


def timeline(case: Case, *, tier: Tier, by: Actor, now: datetime) -> list[Entry]:
    """The events of the case that somebody who reads it to `tier` may know of, newest last."""
    rows = list(Event.objects.filter(on=f"case:{case.public_id}").order_by("-index")[:MOST])[::-1]
    inside = is_house(by)
    messages = {each.public_id for each in readable_messages(case, by=by, now=now)}
    shown: list[tuple[Event, Facts, _Kind]] = []
    for row in rows:
        facts = json.loads(row.entry).get("facts", {})
        kind = KINDS.get(row.what, _OTHER)
        if kind.house and not inside:
            continue
        if "message" in facts and facts["message"] not in messages:
            continue
        if tier >= max(kind.tier, _tier_in(facts, row.what)):
            shown.append((row, facts, kind))
    names = _names((row.by for row, _facts, _kind in shown), (each[1] for each in shown))
    return [
        Entry(
            at=row.at,
            what=row.what,
            text=kind.tell(_with_names(facts, names)),
            by=names.get(row.by, "") if tier >= Tier.T1 else "",
            index=row.index,
        )
        for row, facts, kind in shown
    ]


def _tier_in(facts: Facts, what: str) -> Tier:
    """Files are for those who read to the tier that the event names."""
    if what == "case.file_attached" and facts.get("tier") in Tier.__members__:
        return Tier[facts["tier"]]
    return Tier.T0


def _names(actors: Iterable[str], facts: Iterable[Facts]) -> dict[str, str]:
    """Actors ("person:U-1") and ids in facts ("P-3", "U-1") as people call them."""
    said = set(actors)
    ids = {str(each[key]) for each in facts for key in ("party", "vendor", "whom") if each.get(key)}
    people = _numbers("U", (*(each.partition(":")[2] for each in said), *ids))
    parties = _numbers("P", ids)
    tokens = [each.partition(":")[2] for each in said if each.startswith("token:")]
    found: dict[str, str] = {each: _("Seawall") for each in said if each.startswith("job:")}
    found |= {each: _("this installation") for each in said if each.startswith("operator:")}
    for person in Person.objects.filter(pk__in=people) if people else ():
        found[f"person:{person.public_id}"] = found[person.public_id] = person.name
    for party in Party.objects.filter(pk__in=parties) if parties else ():
        found[party.public_id] = party.name
    rows = ApiToken.objects.filter(key__in=tokens).select_related("membership__person")
    for token in rows if tokens else ():
        owner = token.membership.person.name if token.membership else token.label
        found[f"token:{token.key}"] = owner or _("a program")
    return found


def _numbers(prefix: str, texts: Iterable[str]) -> list[int]:
    numbers = (short_number(prefix, each) for each in texts)
    return sorted({each for each in numbers if each})


def _with_names(facts: Facts, names: Mapping[str, str]) -> Facts:
    return {
        key: names.get(value, value) if key in ("party", "vendor", "whom") else value
        for key, value in facts.items()
    }


def _plain(sentence: Any) -> Callable[[Facts], str]:
    return lambda facts: str(sentence)


def _filled(sentence: Any) -> Callable[[Facts], str]:
    """A sentence with the facts in it; a fact that is missing leaves an empty place."""
    return lambda facts: str(sentence) % _Blank(facts)


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def _observed(facts: Facts) -> str:
    known = {event.value: event.words for event in CvdEvent}
    words = "; ".join(str(_(known[each])) for each in facts.get("events", ()) if each in known)
    return _("Known since then: %(what)s.") % {"what": words}


def _embargo(facts: Facts) -> str:
    match facts.get("state"):
        case "active" | "revise":
            until = _moment(facts.get("ends_at", ""))
            return _("The embargo holds until %(until)s.") % {"until": until}
        case "exited":
            return _("The embargo ended: %(why)s.") % {
                "why": _(facts.get("reason") or "it is over")
            }
        case "proposed":
            return _("An embargo was proposed.")
        case _:
            return _("There is no embargo.")


def _moment(text: str) -> str:
    return f"{text[:10]} {text[11:16]} UTC" if text else ""


def _read_in(facts: Facts) -> str:
    return _("%(whom)s was read in to %(tier)s until %(until)s.") % {
        "whom": facts.get("whom", ""),
        "tier": facts.get("tier", ""),
        "until": _moment(facts.get("until", "")),
    }


def _consented(facts: Facts) -> str:
    return _("%(party)s consented to the embargo until %(until)s.") % {
        "party": facts.get("party", ""),
        "until": _moment(facts.get("until", "")),
    }


def _promised(facts: Facts) -> str:
    if not facts.get("at"):
        return _("The promised day of the fix was taken back.")
    return _("The fix is promised for %(at)s.") % {"at": _moment(facts["at"])}


def _written(facts: Facts) -> str:
    files = int(facts.get("files") or 0)
    if not files:
        return _("A message was written.")
    return ngettext(
        "A message with a file was written.", "A message with %(n)d files was written.", files
    ) % {"n": files}


_g = gettext_lazy
_OTHER = _Kind(tier=Tier.T3, tell=_plain(_g("Something was done.")))

KINDS: Mapping[str, _Kind] = {
    "case.opened": _Kind(tier=Tier.T0, tell=_plain(_g("The case was opened."))),
    "case.report_state": _Kind(tier=Tier.T0, tell=_filled(_g("The report is %(state)s."))),
    "case.observed": _Kind(tier=Tier.T0, tell=_observed),
    "case.rediscovered": _Kind(
        tier=Tier.T0, tell=_plain(_g("Somebody else found it too, independently."))
    ),
    "case.signed": _Kind(tier=Tier.T0, tell=_filled(_g("It became public: %(sign)s."))),
    "case.marked": _Kind(tier=Tier.T0, tell=_filled(_g("The marking is %(tlp)s."))),
    "case.shredded": _Kind(tier=Tier.T0, tell=_plain(_g("The case was shredded."))),
    "case.embargo_proposed": _Kind(
        tier=Tier.T0, tell=_plain(_g("Terms of an embargo were proposed."))
    ),
    "case.embargo_accepted": _Kind(tier=Tier.T0, tell=_embargo),
    "case.embargo_rejected": _Kind(
        tier=Tier.T0, tell=_plain(_g("The proposed terms were rejected."))
    ),
    "case.embargo_ended": _Kind(tier=Tier.T0, tell=_embargo),
    "case.embargo_changed": _Kind(tier=Tier.T0, tell=_embargo),
    "case.embargo_consented": _Kind(tier=Tier.T1, tell=_consented),
    "case.joined": _Kind(tier=Tier.T1, tell=_filled(_g("%(party)s takes part as %(part)s."))),
    "case.left": _Kind(tier=Tier.T1, tell=_filled(_g("%(party)s takes part no longer."))),
    "case.tier_set": _Kind(tier=Tier.T1, tell=_filled(_g("%(party)s reads to %(tier)s."))),
    "case.party_state": _Kind(
        tier=Tier.T1, tell=_filled(_g("For %(party)s the report is %(state)s."))
    ),
    "case.policy_chosen": _Kind(
        tier=Tier.T1, tell=_filled(_g("The disclosure policy %(policy)s applies."))
    ),
    "case.policy_dropped": _Kind(
        tier=Tier.T1, tell=_filled(_g("The disclosure policy %(policy)s applies no longer."))
    ),
    "case.fix_promised": _Kind(tier=Tier.T1, tell=_promised),
    "case.handed_over": _Kind(tier=Tier.T1, tell=_filled(_g("The case was handed to %(vendor)s."))),
    "case.handover_acknowledged": _Kind(tier=Tier.T1, tell=_filled(_g("%(vendor)s works on it."))),
    "case.handover_declined": _Kind(
        tier=Tier.T1, tell=_filled(_g("%(vendor)s declined the case."))
    ),
    "case.credited": _Kind(tier=Tier.T1, tell=_plain(_g("A credit was edited."))),
    "case.credit_dropped": _Kind(tier=Tier.T1, tell=_plain(_g("A credit was taken back."))),
    "case.handling_id_added": _Kind(
        tier=Tier.T1, tell=_filled(_g("An id of %(system)s was added."))
    ),
    "case.handling_id_dropped": _Kind(
        tier=Tier.T1, tell=_filled(_g("An id of %(system)s was taken back."))
    ),
    "case.relayed": _Kind(tier=Tier.T1, tell=_plain(_g("The case was passed on."))),
    "case.message_posted": _Kind(tier=Tier.T0, tell=_written),
    "case.file_attached": _Kind(tier=Tier.T0, tell=_plain(_g("A file was attached."))),
    "case.fix_added": _Kind(tier=Tier.T2, tell=_plain(_g("A candidate fix was added."))),
    "case.fix_verified": _Kind(tier=Tier.T2, tell=_filled(_g("A fix was tried: %(outcome)s."))),
    "case.merge_proposed": _Kind(
        tier=Tier.T2, tell=_filled(_g("A merge with %(with)s was proposed.")), house=True
    ),
    "case.merge_accepted": _Kind(
        tier=Tier.T2, tell=_filled(_g("The merge with %(with)s was accepted.")), house=True
    ),
    "case.merge_declined": _Kind(
        tier=Tier.T2, tell=_filled(_g("The merge with %(with)s was declined.")), house=True
    ),
    "case.merged": _Kind(tier=Tier.T0, tell=_plain(_g("The case was merged into an earlier one."))),
    "case.split": _Kind(tier=Tier.T0, tell=_plain(_g("The case stands for itself again."))),
    "case.handover_asked": _Kind(
        tier=Tier.T2, tell=_filled(_g("The case waits for its handover to %(vendor)s.")), house=True
    ),
    "case.handover_withdrawn": _Kind(
        tier=Tier.T2, tell=_filled(_g("The handover to %(vendor)s was taken back.")), house=True
    ),
    "case.readiness_overridden": _Kind(
        tier=Tier.T2,
        tell=_filled(
            _g("A lead wants the case handed to %(vendor)s although something is missing.")
        ),
        house=True,
    ),
    "case.read_in": _Kind(tier=Tier.T2, tell=_read_in, house=True),
    "case.read_in_revoked": _Kind(
        tier=Tier.T2, tell=_filled(_g("%(whom)s is read in no longer.")), house=True
    ),
    "case.barred": _Kind(tier=Tier.T1, tell=_filled(_g("%(whom)s is kept out.")), house=True),
    "case.bar_lifted": _Kind(
        tier=Tier.T1, tell=_filled(_g("%(whom)s is kept out no longer.")), house=True
    ),
}
