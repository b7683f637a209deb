"""The review over the API, by programs of a lab, an official, an evaluator and others."""

import json
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone

from api.doors import Door
from claims.folk import token
from reviews.folk import Folk, designated, folk
from seawall.parties.models import Party
from seawall.reviews.models import Grant, Submission

pytestmark = pytest.mark.django_db(transaction=True)
ALL = ("read", "submit", "coordinate")
DAY = timedelta(days=1)
JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    them: Folk
    lab: Door
    official: Door
    evaluator: Door
    partner: Door
    house: Door
    other: Door


def _door(party: Party) -> Door:
    from seawall.parties.models import Membership

    made = Door(token(party, scopes=ALL))
    Membership.objects.filter(party=party).update(role="lead")
    return made


@pytest.fixture
def doors(home) -> Doors:
    them = folk()
    named = {each.name: each for each in Party.objects.all()}
    other = Party.objects.create(name="Other Labs", roles=["lab"])
    return Doors(
        them=them,
        lab=_door(them.lab),
        official=_door(named["Office of Reviews"]),
        evaluator=_door(named["Bench"]),
        partner=_door(them.hospital),
        house=_door(named["House"]),
        other=_door(other),
    )


def _draft(**more: object) -> dict:
    now = timezone.now()
    terms = dict.fromkeys(
        (
            "confidentiality",
            "cybersecurity",
            "insider_risk",
            "intellectual_property",
            "permitted_use",
            "deletion",
        ),
        "agreed",
    )
    return {
        "pinned": {
            "model": "Gannet",
            "version": "gannet-1",
            "safeguards": "none",
            "endpoint": "https://models.example.org/v1",
        },
        "terms": terms | {"retain_days": 30},
        "partner_release_at": (now + 20 * DAY).isoformat(),
        "public_release_at": (now + 30 * DAY).isoformat(),
    } | more


def _submitted(doors: Doors) -> str:
    made = doors.lab.post("/submissions", _draft(), 201)
    doors.lab.post(f"/submissions/{made['id']}/submit", None)
    return str(made["id"])


def test_a_submission_from_the_draft_to_the_evidence_of_deletion(doors):
    made = doors.lab.post("/submissions", _draft(), 201)
    id = made["id"]
    assert (made["state"], made["may_release"]) == ("draft", True)
    changed = doors.lab.put(f"/submissions/{id}", _draft(pinned=made["pinned"] | {"version": "2"}))
    assert changed["pinned"]["version"] == "2"
    assert doors.lab.post(f"/submissions/{id}/submit", None)["state"] == "submitted"
    refused = doors.lab.post(f"/submissions/{id}/window/open", None, 409)
    assert refused["detail"] == "It is submitted; this cannot open the window."
    assert doors.official.get(f"/submissions/{id}")["pinned"]["model"] == "Gannet"
    gone = doors.lab.post(f"/submissions/{id}/withdraw", {"because": "no"})
    assert gone["state"] == "withdrawn"
    gone = doors.lab.post(f"/submissions/{id}/delete", None)
    assert (gone["pinned"], gone["deletion"]["keys"]) == (None, 1)


def test_hidden_and_absent_are_the_same(doors):
    id = _submitted(doors)
    number = int(id.rsplit("-", 1)[1])
    absent = f"{id.rsplit('-', 1)[0]}-{number + 500:06d}"
    for door in (doors.partner, doors.house, doors.other):
        for path in ("", "/head-start"):
            hidden = door.get(f"/submissions/{id}{path}", 404)
            missing = door.get(f"/submissions/{absent}{path}", 404)
            assert json.dumps(hidden).replace(id, absent) == json.dumps(missing)
        for step in ("submit", "window/open", "release", "delete"):
            hidden = door.post(f"/submissions/{id}/{step}", None, 404)
            missing = door.post(f"/submissions/{absent}/{step}", None, 404)
            assert json.dumps(hidden).replace(id, absent) == json.dumps(missing)
        assert door.get("/submissions")["items"] == []


def test_a_draft_is_its_labs_and_a_wrong_one_says_where(doors):
    made = doors.lab.post("/submissions", _draft(), 201)
    doors.official.get(f"/submissions/{made['id']}", 404)
    wrong = _draft(public_release_at=timezone.now().isoformat())
    refused = doors.lab.post("/submissions", wrong, 422)
    assert "public_release_at" in json.dumps(refused)
    assert "regime" in json.dumps(doors.lab.post("/submissions", _draft(regime="none"), 422))
    doors.partner.post("/submissions", _draft(), 403)


def test_a_regime_says_whether_it_can_stop_anything(doors):
    found = {each["id"]: each for each in doors.lab.get("/submissions/regimes")}
    assert (found["eo-14409"]["gate"], found["eo-14409"]["window"]["days"]) == (None, 30)
    assert found["s-2938"]["gate"]["dollars_per_day"] == 1_000_000


def test_a_mandatory_regime_tells_what_is_missing_and_what_a_breach_costs(doors):
    made = doors.lab.post("/submissions", _draft(regime="s-2938"), 201)
    id = made["id"]
    doors.lab.post(f"/submissions/{id}/submit", None)
    handed = {"id": "code", "digest": "ab" * 32}
    found = doors.lab.post(f"/submissions/{id}/evidence", handed)
    assert [each["id"] for each in found["evidence"] if not each["digest"]] == [
        "training-data",
        "weights",
        "architecture",
    ]
    out = doors.lab.post(f"/submissions/{id}/release", None)
    assert (out["may_release"], out["penalty"]) == (False, None)
    Submission.objects.update(released_at=timezone.now() - DAY / 2)
    assert doors.lab.get(f"/submissions/{id}")["penalty"]["dollars"] == 1_000_000


def test_a_partner_gets_a_token_and_never_a_word_of_the_model(doors):
    id, partner = _submitted(doors), designated(doors.them, now=timezone.now())
    Submission.objects.update(state="determined")
    doors.lab.post(f"/submissions/{id}/window/open", None)
    now = timezone.now()
    asked = {
        "submission": id,
        "partner": partner.public_id,
        "purpose": "scan our own software",
        "starts_at": now.isoformat(),
        "ends_at": (now + DAY).isoformat(),
    }
    made = doors.lab.post("/grants", asked, 201)
    doors.official.post(f"/grants/{made['id']}/approve", None)
    from seawall.core.thumbprints import of_key

    key = {"binding": "dpop", "thumbprint": of_key(JWK)}
    bound = doors.partner.post(f"/grants/{made['id']}/keys", key, 201)
    assert bound["token"].startswith("swg_")
    assert Grant.objects.get().state == "provisioned"
    row = Submission.objects.get()
    seen = [doors.partner.get(path) for path in ("/grants", f"/grants/{made['id']}", "/partners")]
    for secret in ("Gannet", "gannet-1", "models.example.org", row.codename, row.public_id):
        assert secret not in json.dumps(seen)
    doors.house.get(f"/grants/{made['id']}", 404)
    doors.lab.post(f"/grants/{made['id']}/suspend", {"because": "a look"})
    doors.partner.post(f"/grants/{made['id']}/keys", key, 409)


def test_an_evaluation_is_committed_by_both_and_read_by_few(doors):
    id = _submitted(doors)
    asked = {"submission": id, "bank": "practice", "bank_root": "ab" * 32}
    doors.lab.post("/evaluations", asked, 403)
    made = doors.evaluator.post("/evaluations", asked, 201)
    path = f"/evaluations/{made['id']}"
    both = {"commitment": "cd" * 32}
    doors.lab.post(f"{path}/nonces/lab/commit", both)
    doors.lab.post(f"{path}/nonces/government/commit", both, 403)
    refused = doors.official.post(f"{path}/nonces/government/commit", both, 422)
    assert "the other side committed to this one" in json.dumps(refused)
    doors.official.post(f"{path}/nonces/government/commit", {"commitment": "ef" * 32})
    doors.lab.post(f"{path}/nonces/lab/reveal", {"nonce": "00" * 32}, 422)
    assert doors.lab.get(path)["lab_commitment"] == "cd" * 32
    doors.lab.get(f"{path}/statistics", 403)
    doors.partner.get(path, 404)


def test_an_application_is_refused_with_reasons_and_appealed(doors):
    asked = {"lab": doors.them.lab.name, "kind": "hospital", "statement": "wards"}
    made = doors.partner.post("/partners", asked, 201)
    path = f"/partners/{made['id']}"
    doors.partner.post("/partners", asked, 409)
    doors.evaluator.get(path, 404)
    no = {"voice": "government", "yes": False, "because": "nobody is named"}
    doors.partner.post(f"{path}/select", no, 403)
    assert doors.official.post(f"{path}/select", no)["state"] == "refused"
    assert doors.partner.get(path)["refused_because"] == "nobody is named"
    assert doors.partner.post(f"{path}/appeal", {"because": "now"})["state"] == "appealed"
