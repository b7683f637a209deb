"""Pages of access to models: a partner never learns the model; each form without JavaScript."""

import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import timezone

from cases.casework import finding
from reviews.folk import DAY, PINNED, TERMS
from seawall.ledger.models import Event
from seawall.reviews import access, grants
from seawall.reviews.models import AbuseSignal, Attribution, BoundKey, Call, Grant, Submission
from seawall.vocab.access import MemberRole
from web.people import member, visitor
from web.review_people import (
    Browsers,
    assert_same_as_absent,
    browsers,
    granted,
    partnered,
    submitted,
)

pytestmark = pytest.mark.django_db
JWK = json.dumps(
    {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
)


@pytest.fixture
def some() -> Browsers:
    return browsers()


def _url(row: Grant) -> str:
    return f"/grants/{row.public_id}"


def _signal(row: Grant) -> AbuseSignal:
    return AbuseSignal.objects.create(
        grant=row, kind="bulk pull", at=timezone.now(), facts={"tokens": 4321}
    )


def _certificate() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "partner")])
    now = timezone.now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


# -- who sees what --


def test_a_partner_never_reads_of_the_model(some):
    row = granted(some.them)
    _signal(row)
    hidden = [
        PINNED.model,
        PINNED.version,
        PINNED.endpoint,
        TERMS.confidentiality,
        TERMS.insider_risk,
        row.submission.public_id,
        row.submission.codename,
        "bulk pull",
        "4321",
    ]
    pages = ["/grants", _url(row), f"/partners/{row.partner.public_id}", "/partners", "/reviews"]
    for page in [*pages, "/", "/notices", "/approvals"]:
        text = some.hal.get(page).replace("Osprey Labs", "")
        for word in hidden:
            assert word not in text, f"{page}: {word}"
    assert row.alias in some.hal.get(_url(row))
    said = str(some.hal.client.get(_url(row)).headers)
    assert not any(word in said for word in hidden)


def test_the_lab_and_the_official_see_which_model_and_what_was_noticed(some):
    row = granted(some.them)
    _signal(row)
    for who in (some.ada, some.olu):
        text = who.get(_url(row))
        assert row.submission.public_id in text
        assert "bulk pull" in text
        assert "4321" in text


def test_who_has_no_part_in_a_grant_sees_none(some):
    row = granted(some.them)
    for who in (some.eva, some.cora):
        assert_same_as_absent(who, _url(row), "/grants/G-2026-999999")
        assert row.alias not in who.get("/grants")


def test_the_ledger_does_not_tell_a_partner_which_submission_or_what_was_noticed(some):
    granted(some.them)
    event = Event.objects.get(what="grant.requested")
    now = timezone.now()
    assert access.may_read_event(some.ada.actor, event, now)
    assert access.may_read_event(some.olu.actor, event, now)
    assert not access.may_read_event(some.hal.actor, event, now)
    approved = Event.objects.get(what="grant.approved")
    assert access.may_read_event(some.hal.actor, approved, now)


# -- giving access --


def _wanted(row: object, **changed: str) -> dict[str, str]:
    return {
        "partner": str(row),
        "purpose": "defend the wards",
        "days": "14",
        "requests_per_minute": "60",
        "tokens_per_day": "1000",
        "concurrent": "2",
        "retain_days": "30",
        **changed,
    }


def test_a_lab_gives_a_partner_access_within_the_window(some):
    partner = partnered(some.them)
    submission = submitted(some.them)
    url = f"/grants/new?submission={submission.public_id}"
    assert "St. Elsewhere" in some.ada.get(url)
    said = some.ada.post(url, _wanted(partner, days="99"), 422)
    assert 'class="problem"' in said.content.decode()
    made = some.ada.post(url, _wanted(partner, days="30"))["Location"]
    row = Grant.objects.get()
    assert made == f"/grants/{row.public_id}"
    assert row.ends_at == submission.partner_release_at
    assert row.tokens_per_day == 1000
    again = some.ada.post(url, _wanted(partner), 422)
    assert "has a grant for this model already" in again.content.decode()


def test_only_leads_of_lab_and_official_give_access(some):
    partner, submission = partnered(some.them), submitted(some.them)
    url = f"/grants/new?submission={submission.public_id}"
    for who, status in ((some.eva, 403), (some.hal, 404), (some.cora, 404)):
        who.get(url, status)
        who.post(url, _wanted(partner), status)
    some.ada.get("/grants/new", 404)
    some.ada.post(url, _wanted("T-2026-999999"), 422)
    assert not Grant.objects.exists()


def test_without_a_partner_the_page_says_whom_to_choose_first(some):
    submission = submitted(some.them)
    text = some.ada.get(f"/grants/new?submission={submission.public_id}")
    assert "No partner is designated" in text


def test_a_grant_is_approved_suspended_resumed_and_revoked(some):
    row = granted(some.them)
    Grant.objects.update(state="requested")
    for step in ("approve", "suspend", "resume", "revoke"):
        for who, status in ((some.hal, 403), (some.eva, 404), (some.cora, 404)):
            who.post(f"{_url(row)}/{step}", {"because": "So."}, status)
    for step, who, state in (
        ("approve", some.olu, "approved"),
        ("suspend", some.ada, "suspended"),
        ("resume", some.olu, "approved"),
        ("revoke", some.ada, "revoked"),
    ):
        assert f'action="{_url(row)}/{step}"' in who.get(_url(row))
        who.post(f"{_url(row)}/{step}", {"because": "Because of a test."})
        assert Grant.objects.get().state == state
    assert "Because of a test." in some.hal.get(_url(row))
    assert "It has ended." in some.ada.get(_url(row))


def test_who_revokes_says_why(some):
    row = granted(some.them)
    some.ada.post(f"{_url(row)}/revoke", {"because": "  "})
    assert Grant.objects.get().state == "approved"
    assert "say why in a sentence" in some.ada.get(_url(row))


# -- the partner's keys --


def test_a_partner_binds_a_key_and_reads_its_token_once(some):
    row = granted(some.them)
    said = some.hal.post(f"{_url(row)}/keys", {"key": JWK}, 200)
    assert said["Cache-Control"] == "no-store"
    text = said.content.decode()
    token = text.split("<code>swg_", 1)[1].split("<", 1)[0]
    key = BoundKey.objects.get()
    assert key.binding == "dpop"
    assert key.thumbprint == grants.thumbprint_of_jwk(JWK.encode())
    later = some.hal.get(_url(row))
    assert token not in later
    assert key.thumbprint in later
    assert Grant.objects.get().state == "provisioned"


def test_a_certificate_is_kept_for_mutual_tls(some):
    row, pem = granted(some.them), _certificate()
    some.hal.post(f"{_url(row)}/keys", {"key": pem}, 200)
    key = BoundKey.objects.get()
    assert key.binding == "mtls"
    assert key.certificate.strip() == pem.strip()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "required"),
        ("hello", "not a certificate in PEM"),
        ("{}", "not a public JWK"),
        (JWK[:-1] + ', "d": "AAAA"}', "a private key"),
    ],
)
def test_what_is_no_public_key_is_not_bound(some, given, said):
    row = granted(some.them)
    answer = some.hal.post(f"{_url(row)}/keys", {"key": given}, 422)
    assert said in answer.content.decode()
    assert not BoundKey.objects.exists()


def test_only_the_partner_binds_keys(some):
    row = granted(some.them)
    for who, status in ((some.ada, 403), (some.olu, 403), (some.eva, 404), (some.cora, 404)):
        who.post(f"{_url(row)}/keys", {"key": JWK}, status)
    viewer = visitor(member(some.them.hospital, "Vic", MemberRole.VIEWER))
    viewer.post(f"{_url(row)}/keys", {"key": JWK}, 403)
    assert 'id="connect"' not in viewer.get(_url(row))
    assert not BoundKey.objects.exists()


def test_a_key_is_revoked_by_its_partner_or_by_the_lab(some):
    row = granted(some.them)
    for who in (some.hal, some.ada):
        some.hal.post(f"{_url(row)}/keys", {"key": JWK}, 200)
        key = BoundKey.objects.get(revoked_at=None)
        address = f"{_url(row)}/keys/{key.pk}/revoke"
        some.cora.post(address, {}, 404)
        some.eva.post(address, {}, 404)
        assert f'action="{address}"' in who.get(_url(row))
        who.post(address)
        assert not BoundKey.objects.filter(revoked_at=None).exists()


# -- use --


def test_use_today_is_shown_against_the_quota(some):
    row = granted(some.them)
    Grant.objects.update(tokens_per_day=1000)
    now = timezone.now()
    for started, tokens in ((now, 150), (now - 2 * DAY, 600)):
        Call.objects.create(
            grant=row, started_at=started, ended_at=started, path="/v1/chat/completions",
            status=200, input_tokens=tokens, output_tokens=100,
        )  # fmt: skip
    for who in (some.hal, some.ada, some.olu):
        text = who.get(_url(row))
        assert "250 of 1,000 tokens" in text
        assert '<progress max="1000" value="250"' in text
        assert "1 call<" in text


def test_a_signal_is_looked_at_by_those_who_may_change_the_grant(some):
    row = granted(some.them)
    signal = _signal(row)
    address = f"{_url(row)}/signals/{signal.pk}"
    some.hal.post(address, {}, 403)
    some.cora.post(address, {}, 404)
    some.ada.post(f"{_url(row)}/signals/999999", {}, 404)
    some.olu.post(address)
    some.ada.post(address)
    signal.refresh_from_db()
    assert signal.seen_by == str(some.them.olu)
    assert Event.objects.filter(what="grant.signal_seen").count() == 1
    assert f'action="{address}"' not in some.olu.get(_url(row))


def test_the_lists_cost_the_same_for_one_and_for_three(some, count_queries):
    row = granted(some.them)
    few = {who: count_queries(lambda w=who: w.get("/grants")) for who in (some.hal, some.olu)}
    shown = count_queries(lambda: some.ada.get(f"/reviews/{row.submission.public_id}"))
    for number in (2, 3):
        Grant.objects.update(state="expired")
        made = grants.request(
            submission=Submission.objects.get(),
            partner=row.partner,
            purpose=f"again {number}",
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            by=some.them.ada,
            now=timezone.now(),
        )
        grants.approve(made, by=some.them.olu, now=timezone.now())
        some.hal.post(f"/grants/{made.public_id}/keys", {"key": JWK}, 200)
    for who, count in few.items():
        assert count_queries(lambda w=who: w.get("/grants")) == count
    assert count_queries(lambda: some.ada.get(f"/reviews/{row.submission.public_id}")) == shown


def test_a_partner_says_which_report_was_made_with_the_model(some):
    row = granted(some.them)
    report = finding(reporter=some.them.hospital.name, at=timezone.now()).report
    other = finding("Another", reporter="Other Lab", at=timezone.now()).report
    said = {"report": report.public_id}
    some.ada.post(f"{_url(row)}/reports", said, 403)
    some.cora.post(f"{_url(row)}/reports", said, 404)
    for wrong in ("", "R-2026-999999", other.public_id):
        some.hal.post(f"{_url(row)}/reports", {"report": wrong})
    assert not Attribution.objects.exists()
    some.hal.post(f"{_url(row)}/reports", said)
    assert Attribution.objects.get().report == report
