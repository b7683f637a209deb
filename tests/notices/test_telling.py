"""Who is told, once, and never what they may not know at the moment of sending."""

from datetime import timedelta

import pytest

from cases.casework import finding, prove, refute
from notices.world import HOUR, TITLE, hold, joined, member, party, reload, work, world
from seawall.cases import embargoes
from seawall.cases.actions import observe, open_case
from seawall.cases.models import Bar, Case, Participant
from seawall.core.cvd import CvdEvent
from seawall.core.embargo import ExitReason
from seawall.findings.models import Finding
from seawall.ledger.models import Outbox
from seawall.notices.channels import mark_seen, set_mail
from seawall.notices.models import Channel, Delivery, Notice
from seawall.parties.models import Membership, Party, Person
from seawall.vocab.access import MemberRole, Tier
from seawall.vocab.actors import LOCAL
from seawall.vocab.tlp import Tlp
from validation.records import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(home, post):
    """A world with a mail server."""
    return post


def happen(case: Case, event: CvdEvent = CvdEvent.VENDOR_AWARE) -> None:
    observe(reload(case), event, by=LOCAL, now=NOON)


def body(mail) -> str:
    return mail.get_content().replace("\r\n", "\n")


def test_those_who_take_part_are_told_an_hour_later_in_one_mail(told):
    w = world()
    happen(w.case)
    happen(w.case, CvdEvent.FIX_READY)
    work(NOON)
    assert told.got == []
    work(NOON + HOUR)
    ((sender, recipients, _),) = told.got
    assert (sender, recipients) == ("seawall@house.example", ["ann@acme.example"])
    (mail,) = told.mails
    assert mail["Subject"] == f"[{w.case.public_id}] 2 things are new"
    assert f"{w.case.public_id}: the vendor is aware" in body(mail)
    assert f"{w.case.public_id}: the fix is ready" in body(mail)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["References"] == f"<{w.case.public_id}.case@house.example>"
    assert mail["List-Unsubscribe"] == "<https://seawall.example/notices/settings>"


def test_what_was_told_is_not_told_again(told):
    w = world()
    happen(w.case)
    work(NOON)
    for hours in range(1, 30):
        work(NOON + hours * HOUR)
    assert len(told.got) == 1
    assert Delivery.objects.filter(delivered_at=None).count() == 0


def test_an_event_that_is_heard_twice_is_told_once(told):
    w = world()
    happen(w.case)
    rows = Outbox.objects.filter(topic="ledger.heard")
    work(NOON)
    before = Notice.objects.count()
    rows.update(done_at=None)
    work(NOON)
    assert Notice.objects.count() == before > 0


def test_attacks_are_told_at_once_with_all_that_waits(told):
    w = world()
    happen(w.case)
    work(NOON)
    happen(w.case, CvdEvent.ATTACKS_OBSERVED)
    work(NOON)
    (mail,) = told.mails
    assert "attacks were observed" in body(mail) and "the vendor is aware" in body(mail)


def test_an_embargo_that_ends_early_is_told_at_once_and_one_that_is_over_is_not(told):
    w = world()
    hold(w.case, NOON + 30 * HOUR)
    embargoes.end(reload(w.case), reason=ExitReason.LEAK, by=LOCAL, now=NOON)
    work(NOON)
    assert "the embargo ended: it leaked" in body(told.mails[0])
    told.clear()
    hold(w.case, NOON)
    embargoes.pass_time(reload(w.case), by=LOCAL, now=NOON)
    work(NOON)
    assert told.got == []


def test_a_day_before_an_embargo_ends_there_is_a_reminder(told):
    w = world()
    hold(w.case, NOON + 100 * HOUR)
    happen(w.case)
    work(NOON)
    work(NOON + 75 * HOUR)
    assert not any("within a day" in body(mail) for mail in told.mails)
    told.clear()
    work(NOON + 76 * HOUR)
    assert "the embargo ends within a day" in body(told.mails[0])


def test_an_embargo_with_another_end_is_not_reminded_of_the_old_one(told):
    w = world()
    hold(w.case, NOON + 100 * HOUR)
    happen(w.case)
    work(NOON)
    hold(w.case, NOON + 300 * HOUR)
    work(NOON + 76 * HOUR)
    assert not any("within a day" in body(mail) for mail in told.mails)


def test_nobody_else_is_told(told):
    w = world()
    member(party("Other"), "Otto")
    gone = party("Gone")
    member(gone, "Gil")
    joined(w.case, gone)
    Participant.objects.filter(party=gone).update(left_at=NOON)
    happen(w.case)
    work(NOON + HOUR)
    work(NOON + 2 * HOUR)
    assert {to for _, tos, _ in told.got for to in tos} == {"ann@acme.example"}


def test_coordinators_are_told_and_whoever_did_it_is_not(told):
    w = world()
    carl, cora = (member(w.house, name, MemberRole.LEAD) for name in ("Carl", "Cora"))
    from seawall.parties.access import actor_of

    observe(w.case, CvdEvent.VENDOR_AWARE, by=actor_of(carl), now=NOON)
    work(NOON)
    work(NOON + HOUR)
    assert {to for _, tos, _ in told.got for to in tos} == {"ann@acme.example", cora.email}


LOSSES = {
    "the party left": lambda w: Participant.objects.update(left_at=NOON),
    "the party was barred": lambda w: Bar.objects.create(
        case=w.case, party=w.vendor, reason="x", by="test", at=NOON
    ),
    "the person was barred": lambda w: Bar.objects.create(
        case=w.case, person=w.ann, reason="x", by="test", at=NOON
    ),
    "the membership ended": lambda w: Membership.objects.update(ended_at=NOON),
    "the account was closed": lambda w: Person.objects.update(is_active=False),
    "the party was closed": lambda w: Party.objects.filter(pk=w.vendor.pk).update(is_active=False),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_who_lost_access_in_the_meantime_gets_nothing(told, loss):
    w = world()
    happen(w.case)
    work(NOON)
    assert Notice.objects.filter(channel__person=w.ann).count() == 1
    LOSSES[loss](w)
    for hours in range(1, 4):
        work(NOON + hours * HOUR)
    assert told.got == []
    assert Notice.objects.get(channel__person=w.ann).withheld_at is not None


SAID = {
    Tlp.RED: [],
    Tlp.AMBER_STRICT: ["id"],
    Tlp.AMBER: ["id", "state"],
    Tlp.GREEN: ["id", "state", "title"],
    Tlp.CLEAR: ["id", "state", "title"],
}


@pytest.mark.parametrize("tlp", list(Tlp))
@pytest.mark.parametrize("held", [False, True])
def test_a_mail_says_what_the_marking_at_the_moment_of_sending_allows(told, tlp, held):
    w = world(tlp=Tlp.CLEAR)
    happen(w.case)
    work(NOON)
    Case.objects.update(tlp=tlp.value)
    if held:
        hold(w.case, NOON + 90 * HOUR)
    work(NOON + HOUR)
    raw = told.got[0][2].decode()
    (mail,) = told.mails
    words = {"id": w.case.public_id, "state": "the vendor is aware", "title": TITLE}
    allowed = [word for word in SAID[tlp] if not (held and word == "title")]
    for name, text in words.items():
        assert (text in body(mail)) == (name in allowed), name
        assert (text in raw) == (name in allowed), name
    if not allowed:
        assert mail["Subject"] == "Something new for you"
        assert mail["References"] is None


def test_a_party_that_did_not_accept_the_embargo_hears_states_only(told):
    w = world(tlp=Tlp.GREEN)
    hold(w.case, NOON + 90 * HOUR, consented=False)
    happen(w.case)
    work(NOON)
    work(NOON + HOUR)
    assert TITLE not in body(told.mails[0])


def test_who_reads_to_no_detail_is_not_told_of_fixes(told):
    w = world(tier=Tier.T1)
    from seawall.cases.fixes import add_fix

    add_fix(w.case, version="3.1.5", by=LOCAL, now=NOON)
    work(NOON)
    assert Notice.objects.filter(event="case.fix_added").count() == 0


def test_nobody_is_flooded(told):
    w = world()
    (channel,) = [set_mail(w.ann, is_on=True, interval=timedelta(minutes=5), by=LOCAL, now=NOON)]
    Channel.objects.update(per_day=6)
    for minute in range(0, 60 * 24, 20):
        now = NOON + timedelta(minutes=minute)
        from seawall.ledger import actions as ledger

        ledger.record(by=LOCAL, what="case.report_state", on=w.case, facts={}, at=now)
        work(now)
    assert len(told.got) == 4
    assert channel.deliveries.count() == 4


def test_a_switched_off_mail_is_kept_for_the_page_and_not_sent(told):
    w = world()
    set_mail(w.ann, is_on=False, by=LOCAL, now=NOON)
    happen(w.case)
    work(NOON)
    work(NOON + 2 * HOUR)
    assert told.got == []
    assert Notice.objects.filter(channel__person=w.ann, seen_at=None).count() == 1
    assert mark_seen(w.ann, upto=10**9, now=NOON) == 1


def test_only_the_events_that_are_wanted_are_told(told):
    w = world()
    set_mail(w.ann, is_on=True, events=["advisory.published"], by=LOCAL, now=NOON)
    happen(w.case)
    work(NOON)
    assert Notice.objects.filter(channel__person=w.ann).count() == 0


def test_without_a_mail_server_nothing_is_sent_and_nothing_fails(home):
    w = world()
    happen(w.case)
    ended = work(NOON) + work(NOON + HOUR)
    assert {each.split()[-1] for each in ended} == {"done"}
    assert Delivery.objects.count() == 0


def test_a_mail_server_that_asks_to_wait_is_asked_again_with_the_same_mail(told):
    w = world()
    happen(w.case)
    work(NOON)
    told.answers[:] = ["451 Later", "451 Later"]
    assert work(NOON + HOUR) == ["notices.due postponed"]
    for minutes in range(1, 30):
        work(NOON + HOUR + timedelta(minutes=minutes))
    (mail,) = told.mails
    assert Delivery.objects.get(delivered_at__isnull=False).attempts == 3
    assert mail["Message-ID"].startswith("<" + Delivery.objects.get().key)


def test_what_may_be_said_is_decided_anew_at_each_attempt(told):
    w = world(tlp=Tlp.GREEN)
    happen(w.case)
    work(NOON)
    told.answers[:] = ["451 Later"]
    work(NOON + HOUR)
    Case.objects.update(tlp=Tlp.RED.value)
    work(NOON + 2 * HOUR)
    assert w.case.public_id not in told.got[0][2].decode()


def test_a_mailbox_that_refuses_is_not_written_to_again(told):
    w = world()
    happen(w.case)
    work(NOON)
    told.answers[:] = ["550 No such mailbox"]
    work(NOON + HOUR)
    channel = Channel.objects.get(person=w.ann)
    assert (channel.works, channel.problem) == (False, "the mail server refuses it (550)")
    happen(w.case, CvdEvent.FIX_READY)
    work(NOON + 5 * HOUR)
    assert told.got == []


@pytest.mark.parametrize("count", [1, 5])
def test_telling_many_takes_a_fixed_number_of_queries(
    home, count, django_assert_num_queries, monkeypatch
):
    w = world()
    for number in range(count):
        member(w.vendor, f"Person{number}")
    happen(w.case)
    from notices.world import job
    from seawall.jobs.notices import heard

    index = Outbox.objects.get(topic="ledger.heard").ids["index"]
    heard(job("ledger.heard", NOON, index=index))
    Notice.objects.all().delete()
    from seawall.notices import actions

    monkeypatch.setattr(actions, "ask_to_send", lambda *args, **more: None)
    with django_assert_num_queries(17):
        heard(job("ledger.heard", NOON, index=index))
    assert Notice.objects.count() == count + 1


def sent_in(reporter: Party) -> Finding:
    """A finding that a party sent, before anything is known of it."""
    row = finding("Overflow in the parser", reporter=reporter.name)
    Outbox.objects.all().delete()
    return row


def test_who_sent_a_finding_is_told_what_its_proof_showed(told):
    party("House", is_house=True)
    lab = party("Lab")
    lara = member(lab, "Lara")
    member(party("Other"), "Otto")
    row = sent_in(lab)
    refute(row)
    work(NOON)
    work(NOON + HOUR)
    ((_, recipients, raw),) = told.got
    assert recipients == [lara.email]
    assert f"{row.public_id}: the proof was run: forged" in body(told.mails[0])
    assert b"Overflow" not in raw


def test_of_a_finding_no_more_is_said_than_its_case_allows(told):
    party("House", is_house=True)
    lab = party("Lab")
    member(lab, "Lara")
    row = sent_in(lab)
    prove(row)
    case = open_case(row, by=LOCAL, now=NOON)
    Case.objects.update(tlp=Tlp.RED.value)
    work(NOON)
    work(NOON + HOUR)
    assert told.got and not any(
        row.public_id in mail.as_string() or case.public_id in mail.as_string()
        for mail in told.mails
    )


def test_a_barred_finder_is_not_told(told):
    party("House", is_house=True)
    lab = party("Lab")
    member(lab, "Lara")
    row = sent_in(lab)
    prove(row)
    case = open_case(row, by=LOCAL, now=NOON)
    work(NOON)
    Bar.objects.create(case=case, party=lab, reason="x", by="test", at=NOON)
    work(NOON + HOUR)
    assert told.got == []
