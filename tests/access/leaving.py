"""One case played through an embargo schedule with every way out open: what outsiders get, and what
the bookkeeper says they may."""

import random
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.test import Client

from access.stage import _token
from cases.casework import finding, prove
from notices.world import joined, member, party, work
from seawall.advisories.actions import PublicationRefused, draft, publish
from seawall.advisories.models import Advisory
from seawall.cases import embargoes, participants
from seawall.cases.actions import observe, open_case
from seawall.cases.models import Case, Participant, Sign
from seawall.cases.refusals import CaseRefused
from seawall.core.cvd import CvdEvent
from seawall.core.embargo import ExitReason
from seawall.findings.models import Finding
from seawall.jobs.cases import pass_time
from seawall.jobs.registry import Work
from seawall.ledger.models import Event
from seawall.notices import channels
from seawall.parties.models import Party
from seawall.relays import actions as relays
from seawall.vocab.access import Part, Tier
from seawall.vocab.actors import LOCAL
from seawall.vocab.tlp import Tlp
from validation.records import NOON
from web.people import visitor

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SECRETS = ("Embargoedtitle", "embargoedtarget", "embargoeddescription")


@dataclass
class Doors:
    """The clock, the mail server, the webhook receiver, and who stands outside."""

    monkeypatch: Any
    post: Any
    receiver: Any
    now: datetime = NOON
    outside: dict[str, Client] = field(default_factory=dict)
    until: datetime | None = None
    over: bool = False

    def play(self, rng: random.Random, *, steps: int) -> None:
        """One schedule, taken back at its end."""
        self.monkeypatch.setattr("django.utils.timezone.now", lambda: self.now)
        self.now, self.until, self.over = NOON, None, False
        with transaction.atomic():
            case = self._set_up(rng)
            for _ in range(steps):
                self._step(rng, case)
                self._check(case, rng)
            transaction.set_rollback(True)
        self.post.clear()
        self.receiver.got.clear()

    def holds(self) -> bool:
        """Whether what was agreed binds now, whatever the clockwork noticed."""
        return self.until is not None and not self.over and self.now < self.until

    def _set_up(self, rng: random.Random) -> Case:
        house, silent = party("House", is_house=True), party("Silent")
        people = {"house": member(house, "Hanna"), "silent": member(silent, "Sid")}
        people["other"] = member(party("Other"), "Otto")
        row = finding(
            "Embargoedtitle escape",
            target="pkg:pypi/embargoedtarget@3.1.4",
            description="embargoeddescription of it all",
        )
        prove(row)
        case = open_case(row, by=LOCAL, now=self.now)
        marking = rng.choice((Tlp.AMBER, Tlp.GREEN, Tlp.CLEAR))
        Case.objects.filter(pk=case.pk).update(tlp=marking.value)
        participants.gather(case, by=LOCAL, now=self.now)
        joined(case, silent, tier=Tier.T3, part=Part.VENDOR)
        observe(Case.objects.get(pk=case.pk), CvdEvent.VENDOR_AWARE, by=LOCAL, now=self.now)
        draft(Case.objects.get(pk=case.pk), by=LOCAL, now=self.now)
        for name, person in people.items():
            if name != "house":
                url = f"{self.receiver.url}/{name}"
                whose = Party.objects.get(memberships__person=person)
                channels.add_webhook(whose, url=url, events=[], by=LOCAL, now=self.now)
        self._agree(case, rng)
        self.outside = {"nobody": Client(raise_request_exception=False)}
        for name in ("other", "silent"):
            text = _token(name, people[name], ("read", "submit", "coordinate"), self.now)
            headers = {"Authorization": f"Bearer {text}"}
            self.outside[f"{name}'s token"] = Client(headers=headers, raise_request_exception=False)
            self.outside[name] = visitor(people[name]).client
            self.outside[name].raise_request_exception = False
        return Case.objects.get(pk=case.pk)

    def _agree(self, case: Case, rng: random.Random) -> None:
        until = self.now + rng.choice((6 * HOUR, 2 * DAY, 5 * DAY))
        row = Case.objects.get(pk=case.pk)
        embargoes.propose(row, until=until, by=LOCAL, now=self.now)
        if rng.random() < 0.9:
            embargoes.accept(Case.objects.get(pk=case.pk), by=LOCAL, now=self.now)
            self.until = until

    def _step(self, rng: random.Random, case: Case) -> None:
        self.now += rng.choice((HOUR, 5 * HOUR, DAY, 3 * DAY, -2 * HOUR, -DAY))
        row = Case.objects.get(pk=case.pk)
        deed = rng.choice(("propose", "accept", "reject", "end", "attack", "leak", "job", "again"))
        with suppress(CaseRefused):
            self._do(deed, row, rng)
        self._note(case)
        self._try_to_publish(case)
        if rng.random() < 0.7:  # else the jobs are late
            work(self.now)
            work(self.now, ("relay.send",))

    def _do(self, deed: str, row: Case, rng: random.Random) -> None:
        by, now = LOCAL, self.now
        if deed == "propose":
            embargoes.propose(row, until=now + rng.randrange(1, 200) * HOUR, by=by, now=now)
        elif deed == "accept":
            embargoes.accept(row, by=by, now=now)
            row.refresh_from_db()
            self.until = row.embargo_ends_at
        elif deed == "reject":
            embargoes.reject(row, by=by, now=now)
        elif deed == "end" and rng.random() < 0.3:
            embargoes.end(row, reason=ExitReason.PUBLISHED, by=by, now=now)
            self.over = True
        elif deed == "attack" and rng.random() < 0.3:
            observe(row, CvdEvent.ATTACKS_OBSERVED, by=by, now=now)
        elif deed == "leak" and rng.random() < 0.3:
            embargoes.sign(row, Sign.Kind.LEAK, by=by, now=now)
        elif deed == "job":
            pass_time(Work(topic="case.clock", key="t", ids={"case_id": row.pk}, now=now))
        elif deed == "again":
            self._found_again(row)
        if deed in ("accept", "again"):
            self._ask_to_pass_on(row)

    def _found_again(self, row: Case) -> None:
        """Somebody else finds it: a rule, not the agreement, makes the embargo shorter."""
        from seawall.dedup.links import Strength
        from seawall.findings.duplicates import Reason, link

        later = finding("Embargoedtitle again", reporter="Second Lab", at=self.now)
        because = Reason(signal="person", explanation="Same.", strength=Strength.CERTAIN)
        link(Finding.objects.get(pk=row.finding_id), later, reason=because, by=LOCAL, now=self.now)

    def _ask_to_pass_on(self, row: Case) -> None:
        silent = Party.objects.get(name="Silent")
        relays.ask(
            row, system="mail", target="psirt@silent.example", receiver=silent, by=LOCAL,
            now=self.now,
        )  # fmt: skip

    def _note(self, case: Case) -> None:
        """What ended or shortened it by the rules, seen from outside: a trigger or the clock."""
        row = Case.objects.get(pk=case.pk)
        signs = Sign.objects.filter(case=row).exists()
        if row.embargo_state == "exited":
            fired = row.attacks_observed or row.public_aware or row.exploit_public or signs
            due = self.until is not None and self.until <= self.now
            assert self.over or fired or due or self._shortened(row), row.embargo
            self.over = True
        elif self.until and row.embargo_ends_at and row.embargo_ends_at < self.until:
            assert self._shortened(row)
            self.until = row.embargo_ends_at

    def _shortened(self, row: Case) -> bool:
        limit = embargoes.longest_embargo(row)
        return limit is not None and self.until is not None and limit.ends_at < self.until

    def _try_to_publish(self, case: Case) -> None:
        advisory = Advisory.objects.get(case=case)
        try:
            publish(advisory, by=LOCAL, now=self.now)
        except PublicationRefused:
            self._note(case)
            return
        assert not self.holds(), "published while it held"

    def _check(self, case: Case, rng: random.Random) -> None:
        """While it holds, no outsider gets a word of it on any way; some addresses each time."""
        if not self.holds() or Advisory.objects.get(case=case).published_at:
            return
        for name, client in self.outside.items():
            for url in rng.sample(self._addresses(case, name), 4):
                said = client.get(url).content.decode(errors="replace")
                self._look(said, f"{name} at {url}")
        for mail in self.post.mails:
            self._look(mail.as_string(), f"mail to {mail['To']}")
        for got in self.receiver.got:
            self._look(got.body.decode(errors="replace"), f"webhook {got.path}")
        for entry in Event.objects.values_list("entry", flat=True):
            self._look(entry, "the ledger")
        assert not Participant.objects.filter(case=case, party__name="Other").exists()

    def _addresses(self, case: Case, name: str) -> list[str]:
        advisory = Advisory.objects.get(case=case).public_id
        ids = (f"cases/{case.public_id}", f"findings/{case.finding.public_id}")
        if name.endswith("token"):
            lists = ("cases", "findings", "reports", "validations", "advisories", "merges")
            asked = [*lists, *ids, "findings?text=Embargoed", "findings?target=pkg:pypi/emb"]
            asked += [f"{ids[0]}/messages", f"{ids[0]}/timeline", f"advisories/{advisory}"]
            asked += ["ledger/inclusion?index=1", f"{ids[0]}/credits", "handovers"]
            return [f"/api/v1/{each}" for each in asked]
        pages = ("", "advisories", f"advisories/{advisory}", "search?q=Embargoed", "cases", *ids)
        return [f"/{each}" for each in (*pages, "intake", "reports", "audit", "maintainer")]

    def _look(self, text: str, where: str) -> None:
        found = [word for word in SECRETS if word.lower() in text.lower()]
        assert not found, f"{where} says {found} at {self.now}, held until {self.until}"
