"""Partners' ends: mutual TLS, the near end for unchanged clients, keys in files."""

import asyncio
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anthropic
import httpx
import openai
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.model import MODEL
from gateway.world import Holder, Running, bind, chat, holder, running, submission
from seawall.core.thumbprints import of_certificate, of_key
from seawall.gateway.client import Key, new_key, read_key
from seawall.gateway.connect import Near, run
from seawall.gateway.proofs import read_proof, unpack
from seawall.reviews import grants
from seawall.reviews.models import BoundKey
from seawall.vocab.actors import LOCAL
from seawall.vocab.errors import BadInput


def certificate(folder: Path, name: str) -> tuple[Path, Path, str]:
    """A self-signed certificate: its file, its key's file, and its PEM."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    plain = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    files = folder / f"{name}.pem", folder / f"{name}.key"
    for path, data in zip(files, (pem, plain), strict=True):
        path.write_bytes(data)
        path.chmod(0o600)
    return (*files, pem.decode())


@pytest.fixture
def tls(transactional_db: None, home: Path, tmp_path: Path) -> Iterator[tuple[Running, Path]]:
    """A gateway that speaks TLS, and its certificate."""
    cert, key, _ = certificate(tmp_path, "server")
    with running(host="localhost", certificate=cert, private_key=key) as made:
        yield made, cert


def client_of(ca: Path, own: tuple[Path, Path] | None) -> httpx.Client:
    context = ssl.create_default_context(cafile=str(ca))
    if own is not None:
        context.load_cert_chain(*own)
    return httpx.Client(verify=context, trust_env=False)


def mtls(house: Running, folder: Path) -> tuple[Holder, tuple[Path, Path]]:
    """A partner with a token bound to a self-signed certificate of its own."""
    cert, key, pem = certificate(folder, "partner")
    made = holder(submission(port=house.model.port))
    bound = grants.bind_key(
        made.grant,
        binding=BoundKey.Binding.MTLS,
        thumbprint=grants.thumbprint_of_certificate(pem.encode()),
        certificate=pem,
        by=LOCAL,
        now=datetime.now(UTC),
    )
    return Holder(made.grant, bound.key, bound.token, made.key), (cert, key)


def _asked(house: Running, http: httpx.Client, who: Holder) -> int:
    headers = {"Authorization": f"Bearer {who.token}"}
    url = f"{house.base}/chat/completions"
    return http.post(url, headers=headers, json=chat(who.alias)).status_code


def _until_known(house: Running, ca: Path, own: tuple[Path, Path], who: Holder) -> int:
    """The first answer once the gateway has learned of the certificate (within seconds)."""
    import time

    until = time.monotonic() + 20
    while True:
        with client_of(ca, own) as http:
            try:
                return _asked(house, http, who)
            except httpx.HTTPError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)


def test_a_certificate_is_proof_and_only_the_bound_one(tls: tuple[Running, Path], tmp_path: Path):
    house, ca = tls
    who, own = mtls(house, tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    stranger, thief = mtls(house, other)
    assert _until_known(house, ca, own, who) == 200
    assert _until_known(house, ca, thief, stranger) == 200
    with client_of(ca, thief) as http:
        assert _asked(house, http, who) == 401
    with client_of(ca, None) as http:
        assert _asked(house, http, who) == 401
    assert len(house.model.asked) == 2


def test_an_unknown_certificate_does_not_connect(tls: tuple[Running, Path], tmp_path: Path):
    house, ca = tls
    cert, key, _ = certificate(tmp_path, "nobody")
    with client_of(ca, (cert, key)) as http, pytest.raises(httpx.HTTPError):
        _asked(house, http, holder(submission(port=house.model.port)))


def test_a_token_bound_to_a_certificate_takes_no_proof(tls: tuple[Running, Path], tmp_path: Path):
    house, ca = tls
    who, _ = mtls(house, tmp_path)
    path = "/v1/chat/completions"
    with client_of(ca, None) as http:
        headers = who.headers(house.origin, path)
        answer = http.post(house.origin + path, headers=headers, json=chat(who.alias))
    assert answer.status_code == 401


def test_proofs_over_tls_name_https(tls: tuple[Running, Path]):
    house, ca = tls
    who, path = holder(submission(port=house.model.port)), "/v1/chat/completions"
    assert house.origin.startswith("https://localhost:")
    with client_of(ca, None) as http:
        good = who.headers(house.origin, path)
        plain = who.headers(house.origin.replace("https", "http"), path)
        assert (
            http.post(house.origin + path, headers=plain, json=chat(who.alias)).status_code == 401
        )
        assert http.post(house.origin + path, headers=good, json=chat(who.alias)).status_code == 200


def test_a_certificate_is_bound_with_its_own_thumbprint(db: None, home: Path, tmp_path: Path):
    _, _, pem = certificate(tmp_path, "partner")
    with pytest.raises(BadInput):
        grants.bind_key(
            holder(submission(port=1)).grant,
            binding=BoundKey.Binding.MTLS,
            thumbprint="A" * 43,
            certificate=pem,
            by=LOCAL,
            now=datetime.now(UTC),
        )
    assert grants.thumbprint_of_certificate(pem.encode()) == of_certificate(
        ssl.PEM_cert_to_DER_cert(pem)
    )


@contextmanager
def near(house: Running, who: Holder) -> Iterator[tuple[str, str]]:
    """The near end of a partner: its base URL and its word."""
    made, stops, ready = Near(gateway=house.origin, key=who.key, token=who.token, port=0), [], []
    up = threading.Event()

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        stops.append(lambda: loop.call_soon_threadsafe(stop.set))
        await run(made, ready=lambda port: (ready.append(port), up.set()), stop=stop)

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    assert up.wait(20)
    try:
        yield f"http://127.0.0.1:{ready[0]}", made.word
    finally:
        stops[0]()
        thread.join(20)


HELLO = [{"role": "user", "content": "Is this a use after free?"}]


def test_truly_unchanged_clients_through_the_near_end(house: Running, who: Holder):
    with near(house, who) as (base, word):
        with openai.OpenAI(base_url=f"{base}/v1", api_key=word, max_retries=0) as gpt:
            made = gpt.chat.completions.create(model=who.alias, messages=HELLO)
            assert made.choices[0].message.content == "Hello world"
            stream = gpt.chat.completions.create(model=who.alias, messages=HELLO, stream=True)
            said = "".join(c.choices[0].delta.content or "" for c in stream)
            assert said == "Hello world"
        with (
            anthropic.Anthropic(base_url=base, api_key=word, max_retries=0) as claude,
            claude.messages.stream(model=who.alias, max_tokens=9, messages=HELLO) as words,
        ):
            assert "".join(words.text_stream) == "Hello world"
    assert {said["model"] for _, _, said in house.model.asked} == {MODEL}


def test_the_near_end_serves_only_who_knows_its_word(house: Running, who: Holder):
    with near(house, who) as (base, word), httpx.Client(trust_env=False) as http:
        url, body = f"{base}/v1/chat/completions", chat(who.alias)
        known = {"Authorization": f"Bearer {word}"}
        assert http.post(url, json=body).status_code == 401
        assert http.post(url, json=body, headers={"x-api-key": "guess"}).status_code == 401
        elsewhere = known | {"Host": "evil.example"}
        assert http.post(url, json=body, headers=elsewhere).status_code == 421
        assert http.post(f"{base}/other", json=body, headers=known).status_code == 404
        assert http.post(url, json=body, headers=known).status_code == 200
    assert len(house.model.asked) == 1


def test_a_key_is_kept_in_a_file_of_its_owner(tmp_path: Path):
    made = new_key()
    made.write(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert read_key(tmp_path / "key").thumbprint == made.thumbprint
    with pytest.raises(FileExistsError):
        made.write(tmp_path / "key")
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(BadInput):
        read_key(tmp_path / "key")
    for text in ("", "[]", json.dumps(dict(made.public))):
        path = tmp_path / f"bad{len(text)}"
        path.write_text(text)
        path.chmod(0o600)
        with pytest.raises(BadInput):
            read_key(path)


def test_the_thumbprint_of_rfc_7638_and_an_eddsa_key():
    """RFC 8037 appendix A.3: the thumbprint of the Ed25519 key of its appendix A.2."""
    x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    found = of_key({"kty": "OKP", "crv": "Ed25519", "x": x})
    assert found == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_the_proof_of_rfc_9449():
    """RFC 9449 §7.1: the request to a protected resource."""
    proof = (
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0"
        "VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10"
        "NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjo"
        "iR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI"
        "6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2o"
        "W9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
    )
    given = {
        "method": b"GET",
        "uri": "https://resource.example.org/protectedresource",
        "token": b"Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU",
        "now": 1562262618.0,
    }
    found = read_proof(proof.encode(), **given)
    assert found is not None and found.thumbprint == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    assert read_proof(proof.encode(), **given | {"token": b"another"}) is None


def test_base64_has_no_padding_and_no_other_signs():
    assert unpack(b"aGk") == b"hi"
    for text in (b"", b"aGk=", b"aG k", b"a+/b", b"a"):
        assert unpack(text) is None


def test_two_tokens_of_a_grant_work_side_by_side(house: Running, who: Holder):
    other = bind(who.grant)
    assert isinstance(other.key, Key) and other.key.thumbprint != who.key.thumbprint
    for each in (who, other):
        assert house.post(each, chat(who.alias)).status_code == 200


def test_a_proof_is_remembered_as_long_as_it_is_fresh():
    from seawall.gateway.proofs import FRESH_SECONDS, Proof
    from seawall.gateway.replays import Replays

    seen, one = Replays(), Proof(thumbprint="k", id="1")
    assert seen.is_first(one, now=1_000)
    for later in (0, FRESH_SECONDS, 2 * FRESH_SECONDS - 1, 2 * FRESH_SECONDS):
        assert not seen.is_first(one, now=1_000 + later)
    assert seen.is_first(Proof(thumbprint="k", id="2"), now=1_000)


def test_a_key_that_makes_too_many_proofs_is_not_believed(monkeypatch: pytest.MonkeyPatch):
    from seawall.gateway import replays
    from seawall.gateway.proofs import Proof

    monkeypatch.setattr(replays, "MOST_OF_A_KEY", 3)
    seen = replays.Replays()
    made = [seen.is_first(Proof(thumbprint="k", id=str(n)), now=1_000) for n in range(5)]
    assert made == [True, True, True, False, False]
    assert seen.is_first(Proof(thumbprint="other", id="x"), now=1_000)


def test_an_eddsa_proof():
    from hashlib import sha256

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from seawall.gateway.proofs import pack

    key, token, url = Ed25519PrivateKey.generate(), b"t" * 43, "https://gateway.example/v1/models"
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": pack(key.public_key().public_bytes_raw())}
    head = {"typ": "dpop+jwt", "alg": "EdDSA", "jwk": jwk}
    claims = {"jti": "j" * 16, "htm": "GET", "htu": url, "iat": 1_000}
    claims["ath"] = pack(sha256(token).digest())
    signed = ".".join(pack(json.dumps(each).encode()) for each in (head, claims))
    good = f"{signed}.{pack(key.sign(signed.encode()))}".encode()
    given = {"method": b"GET", "uri": url, "token": token, "now": 1_000.0}
    found = read_proof(good, **given)
    assert found is not None and found.thumbprint == of_key(jwk)
    other = Ed25519PrivateKey.generate().sign(signed.encode())
    assert read_proof(f"{signed}.{pack(other)}".encode(), **given) is None


def test_a_token_bound_to_a_certificate_takes_no_other_kind_of_proof(house: Running):
    """Even if the name of the certificate were the name of a key that is held."""
    who = holder(submission(port=house.model.port), bound={"binding": "mtls"})
    who.bound.thumbprint = who.key.thumbprint
    who.bound.save()
    assert house.post(who, chat(who.alias)).status_code == 401
    who.bound.binding = "dpop"
    who.bound.save()
    assert house.post(who, chat(who.alias)).status_code == 200
