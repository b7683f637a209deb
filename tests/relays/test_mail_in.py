"""A mail becomes a message in the room it answers, as its sender and within what they may, or a
report; nothing it claims is believed."""

import json
from email.message import EmailMessage

import pytest
from click.testing import CliRunner

from cases.casework import finding
from findings.reports import seawall_report
from notices.world import HOUR, hold, member, party, reload, work, world
from seawall.cases.actions import open_case
from seawall.cases.messages import messages_for, write
from seawall.cases.models import Bar, Message, Participant
from seawall.cases.participants import bring_in
from seawall.cli.main import root
from seawall.core.case_address import case_address
from seawall.findings.models import Report
from seawall.ledger.models import Event
from seawall.parties.models import Membership, Person
from seawall.relays.mail_in import Became, take_mail
from seawall.vocab.access import MemberRole, Part, Tier
from seawall.vocab.actors import LOCAL
from seawall.vocab.errors import BadInput
from validation.records import NOON

pytestmark = pytest.mark.django_db
IN = "in@house.example"


@pytest.fixture(autouse=True)
def _taking_mail(home, settings):
    settings.SEAWALL_MAIL_IN = IN


def mail(text: str = "It is fixed.", *, to: str = IN, sender: str = "ann@acme.example", **more):
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, "Re: something"
    made["Message-ID"] = "<m1@acme.example>"
    for name, value in more.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def address(w, person=None, settings_key=None) -> str:
    from django.conf import settings

    key = (settings_key or settings.SECRET_KEY).encode()
    return case_address(IN, case=w.case.pk, person=(person or w.ann).pk, key=key)


def settings_key() -> bytes:
    from django.conf import settings

    return settings.SECRET_KEY.encode()


def take(made: EmailMessage):
    return take_mail(bytes(made), by=LOCAL, now=NOON)


def test_an_answer_goes_into_the_room_as_its_sender(home):
    w = world()
    taken = take(mail("It is fixed.\n\nOn Monday, Seawall wrote:\n> Is it?", to=address(w)))
    assert (taken.became, taken.ids[0]) == (Became.MESSAGE, w.case.public_id)
    (said,) = messages_for(reload(w.case), by=LOCAL, now=NOON)
    assert (said.text, said.row.person, said.row.party) == ("It is fixed.", w.ann, w.vendor)
    assert Report.objects.count() == 1, "the case's own"
    event = Event.objects.get(what="case.message_posted")
    assert event.by == f"person:{w.ann.public_id}"


def test_the_answer_to_a_real_mail_of_ours_arrives(post):
    from seawall.cases.actions import observe
    from seawall.core.cvd import CvdEvent

    w = world()
    observe(w.case, CvdEvent.VENDOR_AWARE, by=LOCAL, now=NOON)
    work(NOON)
    work(NOON + HOUR)
    (ours,) = post.mails
    taken = take(mail(to=ours["Reply-To"]))
    assert taken.became is Became.MESSAGE


def test_the_same_answer_twice_is_one_message(home):
    w = world()
    first, second = take(mail(to=address(w))), take(mail(to=address(w)))
    assert first == second
    assert Message.objects.count() == 1


def test_a_message_id_of_one_mail_stands_in_the_way_of_no_other(home):
    """The Message-ID is whatever a sender wrote, such as that of somebody else's mail."""
    w = world()
    cid = member(w.vendor, "Cid")
    take(mail("First.", to=address(w)))
    taken = take(mail("Mine.", to=address(w, cid), sender=cid.email))
    assert taken.became is Became.MESSAGE
    other = open_case(finding("Another"), by=LOCAL, now=NOON)
    bring_in(other, w.vendor, Part.VENDOR, by=LOCAL, now=NOON)
    there = case_address(IN, case=other.pk, person=w.ann.pk, key=settings_key())
    assert take(mail("There too.", to=there)).ids[0] == other.public_id
    assert Message.objects.count() == 3


def test_what_came_by_mail_is_shown_as_such_for_its_sender_is_only_claimed(home):
    w = world()
    made = mail(to=address(w))
    del made["Message-ID"]
    take(made)
    write(w.case, "Said here.", by=LOCAL, now=NOON)
    came, said = messages_for(reload(w.case), by=LOCAL, now=NOON)
    assert (came.by_mail, said.by_mail) == (True, False)


def test_files_go_into_the_room(home):
    w = world()
    made = mail(to=address(w))
    made.add_attachment(b"--- a\n+++ b\n", "text", "x-diff", filename="../fix.diff")
    take(made)
    (said,) = messages_for(reload(w.case), by=LOCAL, now=NOON)
    assert [each.name for each in said.files] == ["fix.diff"]


def test_who_reads_a_summary_writes_for_those_who_do(home):
    w = world(tier=Tier.T1)
    take(mail(to=address(w)))
    assert Message.objects.get().tier == Tier.T1


LOSSES = {
    "another sender": lambda w: {"sender": "mallory@evil.example"},
    "a colleague": lambda w: {"sender": member(w.vendor, "Bob").email},
    "left": lambda w: Participant.objects.update(left_at=NOON),
    "barred": lambda w: Bar.objects.create(
        case=w.case, person=w.ann, reason="x", by="test", at=NOON
    ),
    "no longer a member": lambda w: Membership.objects.update(ended_at=NOON),
    "account closed": lambda w: Person.objects.update(is_active=False),
    "only reads": lambda w: Membership.objects.update(role=MemberRole.VIEWER.value),
    "not bound by the embargo": lambda w: hold(w.case, NOON + HOUR, consented=False),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_who_may_not_write_there_does_not_by_mail(home, loss):
    w = world()
    more = LOSSES[loss](w)
    taken = take(mail(to=address(w), **(more if isinstance(more, dict) else {})))
    assert taken.became is Became.REFUSED
    assert Message.objects.count() == 0
    assert Report.objects.count() == 1


def test_a_code_for_another_case_or_made_elsewhere_opens_nothing(home):
    w = world()
    forged = address(w, settings_key="x" * 50)
    other = address(w).replace(f"c{w.case.pk}-", f"c{w.case.pk + 1}-")
    for to in (forged, other):
        assert take(mail(to=to)).became is Became.REPORT
    assert Message.objects.count() == 0


def test_any_other_mail_is_a_report_of_the_address_it_came_from(home):
    party("Acme")
    made = mail("The PyPI package jinja2 3.1.4 runs code.", sender="Acme <new@lab.example>")
    taken = take(made)
    assert taken.became is Became.REPORT
    report = Report.objects.get()
    assert taken.ids == (report.public_id,)
    assert [r.reporter.name for r in report.receipts.all()] == ["new@lab.example"]
    (row,) = report.findings.all()
    assert row.title == "Re: something"
    assert take(made).ids == taken.ids
    assert Report.objects.count() == 1


def test_attached_reports_are_reports(home):
    made = mail("See attached.")
    made.add_attachment(seawall_report("One", "Two"), "application", "json", filename="r.json")
    made.add_attachment(b"notes", "text", "plain", filename="notes.txt")
    take(made)
    titles = [row.title for row in Report.objects.get().findings.order_by("pk")]
    assert titles == ["One", "Two"]


def test_what_comes_with_a_mail_is_kept_with_it(home):
    made = mail("It crashes.")
    made.add_attachment(b"\x00\x01", "application", "octet-stream", filename="crash.bin")
    take(made)
    (kept,) = Report.objects.get().attachments.all()
    assert kept.name == "crash.bin"


@pytest.mark.parametrize(
    "headers", [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"List_Id": "<x>"}]
)
def test_automatic_mail_is_ignored_even_at_a_case_s_address(home, headers):
    w = world()
    before = Report.objects.count()
    for to in (IN, address(w)):
        assert take(mail(to=to, **headers)).became is Became.IGNORED
    assert (Report.objects.count(), Message.objects.count()) == (before, 0)


def test_nothing_is_answered(post):
    take(mail())
    assert post.got == []


def test_a_mail_that_says_nothing_is_refused(home):
    made = mail("", to=IN)
    del made["Subject"]
    with pytest.raises(BadInput):
        take(made)


def test_the_command_takes_files_and_standard_input_and_a_maildir(tmp_path):
    one, broken = tmp_path / "one", tmp_path / "broken"
    one.write_bytes(bytes(mail("The npm package lodash breaks.")))
    broken.write_bytes(b"Subject: x\n\nx")
    done = CliRunner().invoke(root, ["mail", "in", str(one), str(broken), "--json"])
    assert done.exit_code == 2
    first, second = json.loads(done.stdout)["mails"]
    assert first["became"] == "report" and "no sender" in second["error"]
    folder = tmp_path / "Maildir"
    (folder / "new").mkdir(parents=True)
    (folder / "new" / "1").write_bytes(bytes(mail("Another.")))
    (folder / "new" / "2").symlink_to(one)
    done = CliRunner().invoke(root, ["mail", "in", "--maildir", str(folder)])
    assert (done.exit_code, done.output.count("report: R-")) == (0, 1)
    assert [each.name for each in (folder / "cur").iterdir()] == ["1:2,S"]
    done = CliRunner().invoke(root, ["mail", "in"], input=bytes(mail(Auto_Submitted="auto-x")))
    assert (done.exit_code, done.output) == (0, "-: ignored: it was sent by a program\n")


def test_the_command_passes_on_and_lists(home):
    w = world()
    run = CliRunner().invoke
    asked = run(root, ["relay", "send", w.case.public_id, "github", "acme/widget", "--to", "Acme"])
    assert "goes to Acme by GitHub acme/widget" in asked.output
    listed = json.loads(run(root, ["relay", "list", "--json"]).stdout)["relays"]
    assert [(each["case"], each["state"]) for each in listed] == [(w.case.public_id, "waiting")]
    assert run(root, ["relay", "send", "C-2026-999999", "vince", "--to", "Acme"]).exit_code == 2
    assert run(root, ["relay", "settle", "RL-1", "--arrived"]).exit_code == 2
