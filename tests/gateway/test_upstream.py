"""Where the gateway goes, and where it does not."""

import httpx
import pytest

from gateway.model import MODEL, PROVIDER_KEY
from gateway.world import Holder, Running, chat, holder, submission
from seawall.gateway.checks import Options, unsafe
from seawall.outbound.errors import OutboundRefused
from seawall.reviews import gateway_control
from seawall.reviews.models import Submission, Upstream
from seawall.vocab.actors import LOCAL
from seawall.vocab.errors import BadInput


def ask_at(of: Submission, url: str, **more: object) -> Upstream:
    from datetime import UTC, datetime

    given = {"model": MODEL, "key": PROVIDER_KEY, "apis": ("chat",)} | more
    return gateway_control.set_upstream(of, url=url, by=LOCAL, now=datetime.now(UTC), **given)


@pytest.mark.parametrize(
    "url",
    [
        "http://{host}/v1",  # not the one that may be asked plainly
        "https://127.0.0.1/v1",
        "http://localhost:{port}/v1",
        "https://10.0.0.1/v1",
        "https://169.254.169.254/latest",
        "https://[::1]/v1",
        "http://lab.example/v1",
    ],
)
def test_no_address_of_a_network_inside_is_asked(house: Running, who: Holder, url: str):
    port = house.model.port
    ask_at(who.grant.submission, url.format(port=port, host=f"127.0.0.2:{port}"))
    assert house.post(who, chat(who.alias)).status_code == 502
    assert house.model.asked == []


def test_a_redirect_is_not_followed(house: Running, who: Holder):
    house.model.raw = (
        f"HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:{house.model.port}/v1/chat/completions\r\n"
        "Content-Length: 0\r\n\r\n"
    ).encode()
    assert house.post(who, chat(who.alias)).status_code == 502
    assert len(house.model.asked) == 1


def test_a_new_address_is_used_at_once(house: Running, who: Holder):
    assert house.post(who, chat(who.alias)).status_code == 200
    ask_at(who.grant.submission, f"http://127.0.0.1:{house.model.port}/v1", key="sk-rotated-key")
    assert house.post(who, chat(who.alias)).status_code == 200
    assert house.model.asked[1][1]["authorization"] == "Bearer sk-rotated-key"


def test_an_api_that_the_model_does_not_speak_is_not_there(house: Running, who: Holder):
    ask_at(who.grant.submission, f"http://127.0.0.1:{house.model.port}/v1", apis=("messages",))
    assert house.post(who, chat(who.alias)).status_code == 404
    assert house.post(who, chat(who.alias, max_tokens=5), "/v1/messages").status_code == 200


def test_connections_to_the_model_are_kept(house: Running, who: Holder):
    for _ in range(3):
        assert house.post(who, chat(who.alias)).status_code == 200
    assert house.model.closed == 0


def test_the_providers_key_is_sealed(house: Running, who: Holder):
    row = Upstream.objects.get(submission=who.grant.submission)
    assert PROVIDER_KEY.encode() not in bytes(row.sealed) and MODEL.encode() not in bytes(
        row.sealed
    )
    assert row.content["key"] == PROVIDER_KEY
    assert PROVIDER_KEY not in repr(house.gateway.door._endpoints)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://lab.example"},
        {"url": "https://user:word@lab.example/v1"},
        {"url": "https://lab.example/v1?key=1"},
        {"model": ""},
        {"model": "a\nb"},
        {"key": ""},
        {"key": "two words"},
        {"key": "ä"},
        {"apis": ()},
        {"apis": ("files",)},
    ],
)
def test_what_cannot_be_an_address_is_refused(db: None, home: object, wrong: dict[str, str]):
    given = {"url": "https://lab.example/v1"} | wrong
    with pytest.raises((BadInput, OutboundRefused)):
        ask_at(submission(port=1), **given)


def test_a_slow_stream_does_not_hold_up_others(house: Running, who: Holder):
    other = holder(who.grant.submission)
    house.model.endless = True
    url, path = house.origin, "/v1/chat/completions"
    with (
        httpx.Client(trust_env=False) as client,
        client.stream(
            "POST", url + path, headers=who.headers(url, path), json=chat(who.alias, stream=True)
        ) as first,
    ):
        assert first.status_code == 200
        assert house.post(other, chat(other.alias)).status_code == 200


def test_what_is_unsafe_is_said(tmp_path):
    tmp_path.chmod(0o700)
    key = tmp_path / "key.pem"
    key.write_text("")
    key.chmod(0o644)
    assert unsafe(Options(), home=tmp_path) == []
    assert unsafe(Options(origin="https://gateway.example"), home=tmp_path) == []
    for options, word in (
        (Options(host="0.0.0.0", origin="https://a.example"), "without TLS"),
        (Options(certificate=key), "both"),
        (Options(certificate=key, private_key=key), "chmod 600"),
        (Options(certificate=tmp_path / "none", private_key=key), "cannot be read"),
        (Options(origin="http://gateway.example"), "https://"),
        (Options(origin="https://gateway.example/path"), "a scheme and a host"),
        (Options(plain_upstreams=("10.0.0.1:80",)), "no address of this machine"),
    ):
        assert any(word in each for each in unsafe(options, home=tmp_path)), options
    tmp_path.chmod(0o755)
    assert "chmod 700" in unsafe(Options(), home=tmp_path)[0]
