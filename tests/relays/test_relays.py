"""Passing on: to whom it may go, once, with an id that is kept."""

import io
import json
import zipfile
from datetime import timedelta

import pytest

from notices.world import HOUR, TITLE, hold, party, reload, work, world
from outbound.servers import Got, Reply, dripping
from seawall.cases.models import Case, HandlingId, Participant, RelayHop
from seawall.cases.refusals import CaseRefused
from seawall.ledger.models import Event, Outbox
from seawall.notices import outgoing
from seawall.outbound.client import Caps
from seawall.parties.access import NotPermitted, actor_of
from seawall.relays import actions
from seawall.relays.models import Relay
from seawall.vocab.access import Tier
from seawall.vocab.actors import LOCAL
from seawall.vocab.errors import BadInput
from seawall.vocab.tlp import Tlp
from validation.records import NOON

pytestmark = pytest.mark.django_db
SENDING = ("relay.send", "relay.poll")
TOKEN = "TOKENSECRET"
ADVISORY = {
    "ghsa_id": "GHSA-2345-6789-cfgh",
    "html_url": "https://github.example/acme/widget/security/advisories/GHSA-2345-6789-cfgh",
    "state": "triage",
}


@pytest.fixture
def token(tmp_path, settings):
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    settings.SEAWALL_VINCE_TOKEN_FILE = settings.SEAWALL_GITHUB_TOKEN_FILE = str(file)
    settings.SEAWALL_PUBLISHER_NAME = "Test CERT"
    settings.SEAWALL_PUBLISHER_CONTACT = "mailto:cert@house.example"


def answer(status: int, document) -> Reply:
    return Reply(status=status, body=json.dumps(document).encode())


class Vince:
    """Answers like VINCE's report API: 201 with an id, 400 with errors, 401 without a key."""

    def __init__(self, server, settings) -> None:
        settings.SEAWALL_VINCE_URL = f"{server.url}/vince/comm/api"
        self.server, self.reports = server, []
        server.answering = self

    def __call__(self, got: Got) -> Reply:
        if got.headers.get("authorization") != f"Token {TOKEN}":
            return answer(401, {"detail": "Invalid token."})
        if (got.method, got.path) != ("POST", "/vince/comm/api/vulreport/"):
            return answer(404, {})
        form, files = read_form(got)
        missing = {"contact_email", "product_name", "vul_description", "comm_attempt"} - set(form)
        if missing or (form["comm_attempt"] == "True" and not form.get("first_contact")):
            return answer(400, {"errors": {"first_contact": ["is required"]}})
        self.reports.append((form, files))
        return answer(201, {"status": "success", "vrf_id": f"VRF#26-11-{len(self.reports):05}"})


class GitHub:
    """Answers like GitHub: 201 with the advisory, 404 for what is absent, lists what it has."""

    def __init__(self, server, settings) -> None:
        settings.SEAWALL_GITHUB_URL = server.url
        self.reports, self.state = [], "triage"
        server.answering = self

    def __call__(self, got: Got) -> Reply:
        assert got.headers["authorization"] == f"Bearer {TOKEN}"
        assert got.headers["x-github-api-version"] == "2022-11-28"
        base = "/repos/acme/widget/security-advisories"
        match got.method, got.path.partition("?")[0]:
            case "POST", path if path == f"{base}/reports":
                self.reports.append(json.loads(got.body))
                return answer(201, ADVISORY)
            case "GET", path if path == base:
                return answer(200, [ADVISORY | each for each in self.reports])
            case "GET", path if path == f"{base}/{ADVISORY['ghsa_id']}":
                return answer(200, ADVISORY | {"state": self.state})
        return answer(404, {"message": "Not Found"})


def read_form(got: Got) -> tuple[dict[str, str], dict[str, bytes]]:
    import email
    from email import policy

    raw = f"Content-Type: {got.headers['content-type']}\r\n\r\n".encode() + got.body
    form, files = {}, {}
    for part in email.message_from_bytes(raw, policy=policy.HTTP).iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if part.get_filename():
            files[part.get_filename()] = content
        else:
            form[name] = content.decode()
    return form, files


@pytest.fixture
def vince(receiver, settings, token) -> Vince:
    return Vince(receiver, settings)


@pytest.fixture
def github(receiver, settings, token) -> GitHub:
    return GitHub(receiver, settings)


def ask(w, system: str, target: str = "") -> Relay:
    return actions.ask(
        reload(w.case), system=system, target=target, receiver=w.vendor, by=LOCAL, now=NOON
    )


def test_a_case_goes_to_vince_as_its_form(home, vince):
    w = world()
    relay = ask(w, "VINCE")
    assert work(NOON, SENDING) == ["relay.send done"]
    ((form, files),) = vince.reports
    assert form["product_name"] == "jinja2" and form["tracking"] == w.case.public_id
    assert form["contact_email"] == "cert@house.example"
    assert form["contact_org"] == "Test CERT"
    assert TITLE in form["vul_description"] and "(E3)" in form["vul_description"]
    assert (form["comm_attempt"], form["why_no_attempt"]) == ("False", "3")
    (packed,) = files.values()
    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert names == ["report.json"]
    relay.refresh_from_db()
    assert (relay.state, relay.their_id) == ("sent", "VRF#26-11-00001")
    handling = HandlingId.objects.get(case=w.case)
    assert (handling.system, handling.text) == ("VINCE", "VRF#26-11-00001")
    hop = RelayHop.objects.get(case=w.case)
    assert (hop.direction, hop.sender, hop.receiver, hop.system) == (
        "out",
        "House",
        "Acme",
        "VINCE",
    )
    assert hop.tier == Tier.T2


def test_a_case_goes_to_github_as_a_private_report(home, github):
    w = world()
    ask(w, "GitHub", "Acme/Widget")
    work(NOON, SENDING)
    (body,) = github.reports
    assert body["summary"] == TITLE
    assert body["vulnerabilities"][0]["package"] == {"ecosystem": "pip", "name": "jinja2"}
    assert body["start_private_fork"] is False
    assert f"- Our case: {w.case.public_id}" in body["description"]
    handling = HandlingId.objects.get(case=w.case)
    assert (handling.text, handling.url) == (ADVISORY["ghsa_id"], ADVISORY["html_url"])
    github.state = "closed"
    work(NOON + timedelta(days=1), SENDING)
    assert Relay.objects.get().their_state == "closed"
    work(NOON + timedelta(days=9), SENDING)
    assert Outbox.objects.filter(topic="relay.poll").count() == 1


def test_a_case_goes_by_mail_with_its_report(home, post, token):
    from seawall.formats.detect import read_report

    w = world()
    ask(w, "mail", "psirt@acme.example")
    work(NOON, SENDING)
    ((_, recipients, _),) = post.got
    assert recipients == ["psirt@acme.example"]
    (mail,) = post.mails
    assert mail["Subject"] == f"[{w.case.public_id}] [TLP:AMBER] {TITLE}"
    (attached,) = mail.iter_attachments()
    read = read_report(attached.get_payload(decode=True), name="r.json")
    assert [each.title for each in read.findings] == [TITLE]


def test_twice_asked_is_once_sent(home, vince):
    w = world()
    one, two = ask(w, "VINCE"), ask(w, "VINCE")
    assert one == two
    work(NOON, SENDING)
    Outbox.objects.update(done_at=None)
    work(NOON, SENDING)
    ask(w, "VINCE")
    work(NOON, SENDING)
    assert len(vince.reports) == 1
    assert RelayHop.objects.count() == HandlingId.objects.count() == 1


CLOSED = {
    "RED": lambda w: Case.objects.update(tlp=Tlp.RED.value),
    "AMBER+STRICT": lambda w: Case.objects.update(tlp=Tlp.AMBER_STRICT.value),
    "a summary only": lambda w: Participant.objects.update(tier=Tier.T1.value),
    "the receiver left": lambda w: Participant.objects.update(left_at=NOON),
    "no consent": lambda w: hold(w.case, NOON + 90 * HOUR, consented=False),
    "barred": lambda w: w.case.bars.create(party=w.vendor, reason="x", by="test", at=NOON),
    "shredded": lambda w: Case.objects.update(shredded_at=NOON),
}


@pytest.mark.parametrize("why", CLOSED)
def test_what_may_not_be_passed_on_at_that_moment_is_not(home, vince, receiver, why):
    w = world()
    relay = ask(w, "VINCE")
    CLOSED[why](w)
    work(NOON, SENDING)
    relay.refresh_from_db()
    assert (relay.state, receiver.got) == ("refused", [])
    assert RelayHop.objects.count() == 0


def test_what_was_refused_is_passed_on_once_it_may(home, vince):
    w = world(tlp=Tlp.RED)
    ask(w, "VINCE")
    work(NOON, SENDING)
    Case.objects.update(tlp=Tlp.AMBER.value)
    ask(w, "VINCE")
    work(NOON, SENDING)
    assert len(vince.reports) == 1


def test_an_embargo_that_the_receiver_accepted_goes_with_it(home, vince):
    w = world()
    hold(w.case, NOON + 90 * HOUR)
    ask(w, "VINCE")
    work(NOON, SENDING)
    ((form, _),) = vince.reports
    assert form["disclosure_plans"] == "Not before 2026-11-27 06:00 UTC."
    assert "under embargo until 2026-11-27 06:00 UTC" in form["vul_description"]


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_asks_to_wait_is_asked_when_it_says(home, receiver, vince, status):
    w = world()
    ask(w, "VINCE")
    receiver.answering = None
    receiver.replies[:] = [Reply(status=status, headers={"Retry-After": "7200"})]
    assert work(NOON, SENDING) == ["relay.send postponed"]
    assert Outbox.objects.get(topic="relay.send").due_at == NOON + 2 * HOUR
    receiver.answering = vince
    work(NOON + 2 * HOUR, SENDING)
    assert len(vince.reports) == 1
    assert Relay.objects.get().attempts == 1


def test_after_a_day_of_waiting_it_is_given_up(home, receiver, vince):
    w = world()
    ask(w, "VINCE")
    receiver.answering = None
    receiver.replies[:] = [Reply(status=503)]
    for hour in range(30):
        for quarter in range(4):
            work(NOON + hour * HOUR + quarter * timedelta(minutes=15), SENDING)
    relay = Relay.objects.get()
    assert (relay.state, relay.attempts) == ("refused", 11)
    assert relay.problem == "given up: answered 503"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=500),
        Reply(status=502),
        Reply(status=201, body=b"<html>"),
        Reply(raw=dripping(b"", b"", times=1, pause=1.0)),
    ],
)
def test_what_may_have_arrived_is_not_sent_again_without_a_person(
    home,
    receiver,
    vince,
    monkeypatch,
    reply,
):
    monkeypatch.setattr(
        outgoing, "outbound", lambda **more: receiver.outbound(caps=Caps(seconds=0.3))
    )
    w = world()
    relay = ask(w, "VINCE")
    receiver.answering = None
    receiver.replies[:] = [reply]
    work(NOON, SENDING)
    relay.refresh_from_db()
    assert relay.state == "unclear"
    ask(w, "VINCE")
    work(NOON + 50 * HOUR, SENDING)
    assert len(receiver.got) == 1
    receiver.answering = vince
    actions.settle(relay, has_it=False, by=LOCAL, now=NOON)
    work(NOON, SENDING)
    assert len(vince.reports) == 1


def test_a_person_can_say_that_the_receiver_has_it(home, receiver, vince):
    w = world()
    relay = ask(w, "VINCE")
    receiver.answering = None
    receiver.replies[:] = [Reply(status=500)]
    work(NOON, SENDING)
    actions.settle(relay, has_it=True, by=LOCAL, now=NOON)
    assert Relay.objects.get().state == "sent"
    assert RelayHop.objects.count() == 1
    with pytest.raises(CaseRefused):
        actions.settle(relay, has_it=True, by=LOCAL, now=NOON)


def test_github_is_asked_for_an_earlier_attempt_before_a_second_one(home, github, receiver):
    w = world()
    relay = ask(w, "GitHub", "acme/widget")

    def broken(got: Got) -> Reply:
        taken = github(got)
        return Reply(status=500) if got.method == "POST" else taken

    receiver.answering = broken
    work(NOON, SENDING)
    relay.refresh_from_db()
    assert relay.state == "unclear"
    receiver.answering = github
    actions.settle(relay, has_it=False, by=LOCAL, now=NOON)
    work(NOON, SENDING)
    relay.refresh_from_db()
    assert (relay.state, relay.their_id, len(github.reports)) == (
        "sent",
        ADVISORY["ghsa_id"],
        1,
    )


@pytest.mark.parametrize(
    ("status", "document", "problem"),
    [
        (400, {"errors": {"first_contact": ["is required"]}}, '{"first_contact": ["is required"]}'),
        (401, {}, "VINCE does not take our token (401)"),
        (404, {}, "VINCE answered 404"),
        (302, {}, "VINCE answered 302"),
    ],
)
def test_a_refusal_is_kept_in_words(home, receiver, vince, status, document, problem):
    w = world()
    ask(w, "VINCE")
    receiver.answering = None
    receiver.replies[:] = [answer(status, document)]
    work(NOON, SENDING)
    relay = Relay.objects.get()
    assert (relay.state, relay.problem) == ("refused", problem)


def test_github_that_is_asked_too_much_says_403_and_is_asked_later(home, receiver, github):
    w = world()
    ask(w, "GitHub", "acme/widget")
    receiver.answering = None
    receiver.replies[:] = [Reply(status=403, headers={"X-RateLimit-Remaining": "0"})]
    assert work(NOON, SENDING) == ["relay.send postponed"]
    receiver.replies[:] = [answer(200, []), answer(403, {"message": "Not enabled"})]
    work(NOON + HOUR, SENDING)
    assert Relay.objects.get().problem == "GitHub: Not enabled"


def test_the_token_is_said_nowhere(home, receiver, vince, caplog):
    import logging

    caplog.set_level(logging.DEBUG)
    w = world()
    ask(w, "VINCE")
    receiver.answering = None
    receiver.replies[:] = [Reply(status=500, body=TOKEN.encode())]
    work(NOON, SENDING)
    everything = caplog.text + str(list(Relay.objects.values()) + list(Outbox.objects.values()))
    everything += str(list(Event.objects.values_list("entry", flat=True)))
    assert TOKEN not in everything


@pytest.mark.parametrize("content", ["", "two words", "tökén"])
def test_without_a_usable_token_nothing_is_called(
    home, receiver, vince, settings, tmp_path, content
):
    file = tmp_path / "other"
    file.write_text(content)
    settings.SEAWALL_VINCE_TOKEN_FILE = str(file)
    ask(world(), "VINCE")
    work(NOON, SENDING)
    assert "SEAWALL_VINCE_TOKEN_FILE" in Relay.objects.get().problem
    assert receiver.got == []


@pytest.mark.parametrize(
    ("system", "target"),
    [
        ("GitHub", ""),
        ("GitHub", "acme"),
        ("GitHub", "acme/../x"),
        ("GitHub", "acme/.."),
        ("GitHub", "acme/a?b"),
        ("mail", "nobody"),
        ("mail", "a@b.example\r\nBcc: c@d.example"),
        ("VINCE", "somewhere"),
        ("pigeon", ""),
    ],
)
def test_a_target_that_is_none_is_refused(home, system, target):
    with pytest.raises(BadInput):
        ask(world(), system, target)
    assert Relay.objects.count() == 0


def test_only_to_those_who_take_part_and_only_by_leads_of_the_house(home):
    w = world()
    with pytest.raises(CaseRefused, match="takes no part"):
        actions.ask(w.case, system="VINCE", receiver=party("Other"), by=LOCAL, now=NOON)
    with pytest.raises(NotPermitted):
        actions.ask(w.case, system="VINCE", receiver=w.vendor, by=actor_of(w.ann), now=NOON)


def test_what_was_sent_stays_as_it_was_sent(home, vince):
    w = world()
    relay = ask(w, "VINCE")
    for id in ("VRF#1", "VRF#2"):
        actions.sent(relay, their_id=id, url="", tier=Tier.T2, by=LOCAL, now=NOON)
    assert [each.text for each in HandlingId.objects.all()] == ["VRF#1"]
    assert Relay.objects.get().their_id == "VRF#1"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://[", "http://x.example"])
def test_a_strange_address_of_the_receiver_does_not_undo_that_it_was_sent(home, vince, url):
    """Else it would be sent once more."""
    relay = ask(world(), "VINCE")
    actions.sent(relay, their_id="VRF#1", url=url, tier=Tier.T2, by=LOCAL, now=NOON)
    assert [(each.text, each.url) for each in HandlingId.objects.all()] == [("VRF#1", "")]
    assert Relay.objects.get().state == "sent"
