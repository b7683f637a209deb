"""Who is not served: stolen tokens, guessed names, grants that do not hold, quotas."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from gateway.model import MODEL, PROVIDER_KEY
from gateway.world import DAY, Holder, Running, bind, chat, holder, submission
from seawall.gateway.client import new_key
from seawall.gateway.proofs import pack
from seawall.reviews import gateway_control
from seawall.reviews.gateway_control import Target
from seawall.reviews.models import Call, Partner
from seawall.vocab.actors import LOCAL

PATH = "/v1/chat/completions"


def raw(house: Running, headers: dict[str, str], body: Any, path: str = PATH) -> httpx.Response:
    with httpx.Client(trust_env=False) as client:
        return client.post(house.origin + path, headers=headers, json=body)


def essence(answer: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All of an answer but the clock."""
    return answer.status_code, answer.content, [h for h in answer.headers.items() if h[0] != "date"]


def stolen(house: Running, who: Holder) -> list[dict[str, str]]:
    """Ways to use a token without the key that it is bound to."""
    thief, url = new_key(), house.origin + PATH
    own = who.key
    head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": dict(own.public)}

    def claims(**more: Any) -> dict[str, Any]:
        from hashlib import sha256

        ath = pack(sha256(who.token.encode()).digest())
        now = int(datetime.now(UTC).timestamp())
        usual = {"jti": secrets.token_urlsafe(16), "htm": "POST", "htu": url, "iat": now}
        return usual | {"ath": ath} | more

    other_proof = own.prove("POST", url, "another-token-of-the-same-key")
    seen = own.prove("POST", house.origin + "/v1/messages", who.token)
    forged = own.prove("POST", url, who.token)
    cut = forged.rpartition(".")[0]
    unsigned = pack(b'{"typ":"dpop+jwt","alg":"none"}') + "." + forged.split(".")[1] + "."
    proofs = [
        "",
        "nonsense",
        thief.prove("POST", url, who.token),
        other_proof,
        seen,
        own.prove("GET", url, who.token),
        own.prove("POST", url.replace("127.0.0.1", "localhost"), who.token),
        own.prove("POST", url + "?", who.token),
        own.prove("POST", url, who.token, now=datetime.now(UTC).timestamp() - 120),
        own.prove("POST", url, who.token, now=datetime.now(UTC).timestamp() + 120),
        f"{cut}.{pack(b'0' * 64)}",
        f"{cut}.",
        f"{cut}.{thief.sign(head, claims()).rpartition('.')[2]}",
        unsigned,
        thief.sign(head, claims()),
        own.sign(head | {"alg": "HS256"}, claims()),
        own.sign(head | {"typ": "jwt"}, claims()),
        own.sign(head | {"crit": ["exp"]}, claims()),
        own.sign(head | {"jwk": dict(own.public) | {"d": "AA"}}, claims()),
        own.sign(head, claims(iat="now")),
        own.sign(head, claims(iat=10**400)),
        own.sign(head, claims(iat=True)),
        own.sign(head, claims(jti="")),
        own.sign(head, claims(jti=7)),
        own.sign(head, claims(jti="é" * 20)),
        own.sign(head, claims(ath=None)),
        own.sign(head, {k: v for k, v in claims().items() if k != "htu"}),
        own.sign({"typ": "dpop+jwt", "alg": "ES256"}, claims()),
        "a" * 5_000,
    ]
    made = [{"Authorization": f"DPoP {who.token}", "DPoP": proof} for proof in proofs]
    for scheme in ("Bearer", "bearer", "Basic", "DPoP"):
        made.append({"Authorization": f"{scheme} {who.token}"})
    good = own.prove("POST", url, who.token)
    made += [
        {"x-api-key": who.token},
        {"x-api-key": who.token, "DPoP": good},
        {"Authorization": f"Bearer {who.token}", "DPoP": good},
        {"Authorization": f"DPoP {who.token}", "x-api-key": "another-key-altogether", "DPoP": good},
        {"Authorization": f"DPoP {who.token} x", "DPoP": good},
        {"Authorization": who.token, "DPoP": good},
    ]
    return made


def _steal(house: Running, who: Holder, number: int) -> None:
    absent = essence(raw(house, {"Authorization": "DPoP " + "x" * 43}, chat(who.alias)))
    tried = 0
    with httpx.Client(trust_env=False) as client:
        while tried < number:
            for headers in stolen(house, who):
                answer = client.post(house.origin + PATH, headers=headers, json=chat(who.alias))
                assert essence(answer) == absent, headers
                tried += 1
    assert absent[0] == 401 and house.model.asked == [] and not Call.objects.exists()


def test_a_stolen_token_without_its_key_is_worth_nothing(house: Running, who: Holder):
    _steal(house, who, 30)
    assert house.post(who, chat(who.alias)).status_code == 200


@pytest.mark.slow
def test_a_thousand_stolen_tokens(house: Running, who: Holder):
    _steal(house, who, 1_000)


def test_a_proof_is_good_for_one_request(house: Running, who: Holder):
    headers = who.headers(house.origin, PATH)
    assert raw(house, headers, chat(who.alias)).status_code == 200
    assert raw(house, headers, chat(who.alias)).status_code == 401


def test_a_proof_is_good_for_one_request_after_a_restart_too(house: Running, who: Holder):
    from seawall.gateway.replays import Replays

    headers = who.headers(house.origin, PATH)
    assert raw(house, headers, chat(who.alias)).status_code == 200
    house.do(lambda: setattr(house.gateway.door, "_replays", Replays()))
    assert raw(house, headers, chat(who.alias)).status_code == 401
    assert Call.objects.count() == 1


def test_a_token_works_with_its_own_key_only(house: Running, who: Holder):
    other = bind(who.grant)
    crossed = Holder(who.grant, who.bound, who.token, other.key)
    assert house.post(crossed, chat(who.alias)).status_code == 401
    assert house.post(other, chat(who.alias)).status_code == 200


def _guesses(who: Holder, others: list[str], number: int) -> list[Any]:
    """Names that are not the caller's: of others, near misses, and any."""
    near = [
        who.alias.upper(),
        who.alias + " ",
        " " + who.alias,
        who.alias + "\u200b",
        who.alias.replace("a", "\u0430"),
        who.alias + "\0",
        who.alias[:-1],
        who.alias + "/",
        MODEL,
        "",
        None,
        7,
        [who.alias],
        {"id": who.alias},
        True,
    ]
    found = [*others, *near]
    while len(found) < number:
        found.append(f"alias-{secrets.token_hex(6)}")
    return found


def _guess(house: Running, who: Holder, number: int) -> None:
    other = holder(submission(port=house.model.port))
    absent = essence(house.post(who, chat("no-such-name")))
    assert absent[0] == 404
    for name in _guesses(who, [other.alias, other.grant.submission.codename], number):
        assert essence(house.post(who, chat(name))) == absent, name
    assert house.model.asked == [] and not Call.objects.exists()


def test_guessed_and_hidden_names_look_the_same(house: Running, who: Holder):
    _guess(house, who, 40)


def test_names_are_guessed_in_vain_in_the_list_of_models(house: Running, who: Holder):
    other = holder(submission(port=house.model.port))
    hidden = house.get(who, f"/v1/models/{other.alias}")
    assert hidden.status_code == 404
    assert essence(hidden) == essence(house.get(who, "/v1/models/no-such-name"))
    assert [each["id"] for each in house.get(who).json()["data"]] == [who.alias]


@pytest.mark.slow
def test_a_hundred_thousand_guessed_names(house: Running, who: Holder):
    """Against the door itself: all that stands before the model."""
    import asyncio
    import json
    from types import SimpleNamespace

    from seawall.gateway.door import Denied
    from seawall.gateway.wire import read_request

    door, other = house.gateway.door, holder(submission(port=house.model.port))
    names = _guesses(who, [other.alias], 100_000)

    async def guess() -> set[bytes]:
        found = set()
        for name in names:
            body = json.dumps(chat(name)).encode()
            lines = {"Host": "x", "Content-Type": "application/json"}
            lines |= {"Content-Length": str(len(body))} | who.headers(house.origin, PATH)
            text = "\r\n".join([f"POST {PATH} HTTP/1.1", *(f"{k}: {v}" for k, v in lines.items())])

            async def said(body: bytes = body) -> bytes:
                return body

            connection = SimpleNamespace(body=said, certificate="", peer="127.0.0.1")
            try:
                await door._serve(connection, read_request(text.encode()))  # type: ignore[arg-type]
                found.add(b"served")
            except Denied as denied:
                found.add(denied.denial.body)
        return found

    # More proofs than one key may make within two minutes are not believed.
    from seawall.gateway import replays

    before, replays.MOST_OF_A_KEY = replays.MOST_OF_A_KEY, 10**6
    try:
        answers = asyncio.run_coroutine_threadsafe(guess(), house.loop).result(3_000)
    finally:
        replays.MOST_OF_A_KEY = before
    assert len(answers) == 1 and b"not_found_error" in answers.pop()
    assert house.model.asked == []


NOW = datetime.now(UTC)
CLOSED: dict[str, tuple[str, dict[str, Any]]] = {
    "approved": ("grant", {"state": "approved"}),
    "suspended": ("grant", {"state": "suspended"}),
    "revoked": ("grant", {"state": "revoked"}),
    "expired": ("grant", {"state": "expired"}),
    "not begun": ("grant", {"starts_at": NOW + DAY / 2}),
    "ended": ("grant", {"ends_at": NOW - timedelta(minutes=1)}),
    "token ended": ("key", {"expires_at": NOW - timedelta(minutes=1)}),
    "token revoked": ("key", {"revoked_at": NOW}),
    "withdrawn": ("submission", {"withdrawn_at": NOW}),
    "state withdrawn": ("submission", {"state": "withdrawn"}),
    "window closed": ("submission", {"state": "window closed"}),
    "determined": ("submission", {"state": "determined"}),
    "window ahead": ("submission", {"opens_at": NOW + DAY / 2}),
    "window past": ("submission", {"closes_at": NOW - timedelta(minutes=1)}),
    "no window": ("submission", {"opens_at": None, "closes_at": None}),
    "deleted": ("submission", {"deleted_at": NOW}),
    "partner revoked": ("partner", {"state": "revoked"}),
    "partner expired": ("partner", {"expires_at": NOW - timedelta(minutes=1)}),
}


def test_a_grant_that_does_not_hold_is_not_served(house: Running):
    answers = []
    for name, (what, change) in CLOSED.items():
        who = holder(submission(port=house.model.port))
        row = {
            "grant": who.grant,
            "key": who.bound,
            "submission": who.grant.submission,
            "partner": who.grant.partner,
        }[what]
        assert house.get(who).status_code == 200, name
        type(row).objects.filter(pk=row.pk).update(**change)
        answers += [essence(house.post(who, chat(who.alias))), essence(house.get(who))]
        assert answers[-1][0] == 403, name
    assert len({body for _, body, _ in answers}) == 1 and house.model.asked == []


@pytest.mark.parametrize("what", ["grant", "submission", "all"])
def test_a_kill_switch_stops_and_is_lifted(house: Running, what: str):
    who, other = (holder(submission(port=house.model.port)) for _ in range(2))
    target = {
        "grant": Target(grant=who.grant),
        "submission": Target(submission=who.grant.submission),
        "all": Target(),
    }[what]
    gateway_control.stop(target, because="", by=LOCAL, now=datetime.now(UTC))
    assert house.post(who, chat(who.alias)).status_code == 403
    assert house.post(other, chat(other.alias)).status_code == (403 if what == "all" else 200)
    assert gateway_control.restore(target, by=LOCAL, now=datetime.now(UTC)) == 1
    assert house.post(who, chat(who.alias)).status_code == 200


def test_requests_a_minute(house: Running):
    who = holder(submission(port=house.model.port), requests_per_minute=3)
    assert [house.post(who, chat(who.alias)).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert int(house.post(who, chat(who.alias)).headers["retry-after"]) > 0


def test_tokens_a_day_count_what_was_said_and_what_may_be(house: Running):
    who = holder(submission(port=house.model.port), tokens_per_day=1_000)
    assert house.post(who, chat(who.alias, max_tokens=2_000)).status_code == 429
    assert house.post(who, chat(who.alias)).status_code == 200
    assert house.post(who, chat(who.alias, max_tokens=970)).status_code == 429
    assert house.post(who, chat(who.alias, max_tokens=100)).status_code == 200


def test_quotas_outlast_a_restart(house: Running):
    who = holder(submission(port=house.model.port), tokens_per_day=35)
    assert house.post(who, chat(who.alias)).status_code == 200
    house.settled(1)
    house.do(house.gateway.door._uses.clear)
    assert house.post(who, chat(who.alias)).status_code == 429


def test_requests_at_once(house: Running):
    who = holder(submission(port=house.model.port), concurrent=1)
    house.model.endless = True
    url, headers = house.origin + PATH, who.headers(house.origin, PATH)
    with (
        httpx.Client(trust_env=False) as client,
        client.stream("POST", url, headers=headers, json=chat(who.alias, stream=True)) as first,
    ):
        assert first.status_code == 200
        assert house.post(who, chat(who.alias)).status_code == 429


def test_another_purpose_is_not_served(house: Running, who: Holder):
    body = chat(who.alias)
    assert house.post(who, body, headers={"Seawall-Purpose": "essays"}).status_code == 403
    stated = {"Seawall-Purpose": "find and  FIX vulnerabilities"}
    assert house.post(who, body, headers=stated).status_code == 200


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_errors_of_the_provider_say_nothing(house: Running, who: Holder, status: int):
    said = b'{"error":{"message":"key %s of model %s","param":"temperature","type":"x"}}'
    house.model.answer_with = status, said % (PROVIDER_KEY.encode(), MODEL.encode())
    answer = house.post(who, chat(who.alias))
    assert answer.status_code == {400: 400, 429: 429}.get(status, 502)
    everything = answer.text + str(answer.headers)
    assert PROVIDER_KEY not in everything and MODEL not in everything and "lab" not in everything
    if status == 400:
        assert answer.json()["error"]["param"] == "temperature"


def test_an_answer_says_nothing_of_lab_and_model(house: Running, who: Holder):
    for path, more in (
        ("/v1/chat/completions", {}),
        ("/v1/messages", {"max_tokens": 5}),
        ("/v1/chat/completions", {"stream": True}),
        ("/v1/messages", {"max_tokens": 5, "stream": True}),
    ):
        answer = house.post(who, chat(who.alias, **more), path)
        everything = answer.text + str(answer.headers)
        assert answer.status_code == 200 and who.alias in answer.text
        for word in (MODEL, PROVIDER_KEY, "fp_lab", "The Lab", "the-lab", "container", "X-Lab"):
            assert word.lower() not in everything.lower(), word


def test_an_answer_with_the_providers_key_is_held_back(house: Running, who: Holder):
    house.model.words = ("Hello ", PROVIDER_KEY)
    assert house.post(who, chat(who.alias)).status_code == 502
    with pytest.raises(httpx.HTTPError):
        house.post(who, chat(who.alias, stream=True))
    assert [each.cut for each in house.settled(2)] == ["the answer held the provider's key"] * 2


def test_a_partner_that_is_not_designated_is_not_served(house: Running, who: Holder):
    Partner.objects.filter(pk=who.grant.partner_id).update(state="selected")
    assert house.post(who, chat(who.alias)).status_code == 403
