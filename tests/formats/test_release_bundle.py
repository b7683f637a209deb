"""A release as one file: what it holds, and what it refuses to be."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.bundles import LOG_KEY, PATCH_SHA256, RELEASE_KEY, Maker, make_bundle
from seawall.formats import release_bundle
from seawall.formats.release_bundle import ReleaseBundle, check_bundle, read_bundle, write_bundle
from seawall.formats.release_statement import (
    FixTold,
    is_document_name,
    read_statement,
    write_statement,
)
from seawall.signing.dsse import Envelope
from seawall.signing.merkle import leaf_hash, verify_inclusion
from seawall.signing.statements import open_statement
from seawall.vocab.errors import BadInput
from seawall.vocab.tlp import Tlp

DATA = make_bundle(1)


def test_a_bundle_is_read_as_it_was_written():
    bundle = read_bundle(DATA)
    assert write_bundle(bundle) == DATA
    assert (bundle.id, bundle.revision) == ("SEAWALL-2026-0001", 1)
    assert sorted(bundle.documents) == [
        "CVE-2026-10001.json",
        "SEAWALL-2026-0001.openvex.json",
        "SEAWALL-2026-0001.osv.json",
        "seawall-2026-0001-vex.json",
        "seawall-2026-0001.json",
    ]
    assert json.loads(bundle.documents["CVE-2026-10001.json"])["dataType"] == "CVE_RECORD"


def test_what_is_signed_says_everything_about_the_release():
    bundle = read_bundle(DATA)
    envelope = Envelope.from_json(bundle.envelope)
    open_statement(envelope, trusted=[RELEASE_KEY.public])
    said = check_bundle(bundle, envelope.payload)
    assert (said.id, said.revision, said.cve) == ("SEAWALL-2026-0001", 1, "CVE-2026-10001")
    assert (said.publisher, said.namespace) == (
        "Example Clearinghouse",
        "https://clearinghouse.example",
    )
    assert said.tlp is Tlp.CLEAR
    assert said.released_at.isoformat() == "2026-03-09T09:00:00+00:00"
    assert said.patches == (PATCH_SHA256,)
    assert said.fixes == (FixTold(package="pkg:pypi/jinja2", version="3.1.5", patch=PATCH_SHA256),)
    assert said.replaces == ""
    written = write_statement(said)
    assert read_statement(json.dumps(written).encode()) == said


def test_a_later_revision_names_the_release_that_it_replaces():
    maker = Maker()
    first, second = maker.bundle(1), maker.bundle(1, revision=2)
    payloads = [Envelope.from_json(read_bundle(each).envelope).payload for each in (first, second)]
    assert read_statement(payloads[1]).replaces == hashlib.sha256(payloads[0]).hexdigest()


@pytest.mark.parametrize("before", [0, 1, 6, 255])
def test_the_helper_proves_that_the_log_holds_the_publication(before):
    bundle = read_bundle(make_bundle(3, leaves_before=before))
    head, _, checkpoint = bundle.proof.partition("\n\n")
    first, index, *path = head.splitlines()
    assert (first, index) == ("c2sp.org/tlog-proof@v1", f"index {before}")
    origin, size, root = checkpoint.splitlines()[:3]
    assert (origin, size) == ("clearinghouse.example/log", str(before + 1))
    assert verify_inclusion(
        leaf=leaf_hash(bundle.entry.encode()),
        index=before,
        size=int(size),
        proof=[_bytes(each) for each in path],
        root=_bytes(root),
    )
    signature = _bytes(checkpoint.splitlines()[4].split(" ")[2])[4:]
    signed = f"{origin}\n{size}\n{root}\n".encode()
    assert LOG_KEY.public.verify(signature=signature, message=signed)


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def changed(change: Callable[[dict[str, Any]], Any]) -> bytes:
    raw = json.loads(DATA)
    change(raw)
    return json.dumps(raw).encode()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda raw: raw.update(format="seawall-release/2"), "no release bundle"),
        (lambda raw: raw.pop("entry"), "entry is missing or unknown"),
        (lambda raw: raw.update(more=1), "more is missing or unknown"),
        (lambda raw: raw.update(revision=0), "/revision"),
        (lambda raw: raw.update(revision=True), "/revision"),
        (lambda raw: raw.update(revision="1"), "/revision"),
        (lambda raw: raw.update(envelope="x"), "/envelope"),
        (lambda raw: raw.update(id=7), "/id"),
        (lambda raw: raw.update(proof=""), "/proof"),
        (lambda raw: raw.update(documents={}), "/documents"),
        (lambda raw: raw.update(documents=[]), "/documents"),
        (lambda raw: raw["documents"].update({"../x.json": "{}"}), "no name for a document"),
        (lambda raw: raw["documents"].update({"x.json": {}}), "a text is needed"),
        (
            lambda raw: raw["documents"].update({f"{n}.json": "" for n in range(20)}),
            "1 to 20 documents",
        ),
    ],
)
def test_what_is_no_bundle_is_refused(change, says):
    with pytest.raises(BadInput, match=says):
        read_bundle(changed(change))


def test_a_bundle_has_an_end(monkeypatch):
    monkeypatch.setattr(release_bundle, "MAX_BUNDLE_BYTES", 1_000)
    with pytest.raises(BadInput, match="more than the limit of 1000"):
        read_bundle(DATA)
    with pytest.raises(BadInput, match="a release may take"):
        write_bundle(
            ReleaseBundle(
                id="x", revision=1, envelope="{}", entry="e", proof="p", documents={"a": "x" * 900}
            )
        )


def _rename(raw: dict[str, Any]) -> None:
    raw["documents"]["other.json"] = raw["documents"].pop("CVE-2026-10001.json")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda raw: raw.update(id="SEAWALL-2026-0002"), "what is signed is SEAWALL-2026-0001"),
        (lambda raw: raw.update(revision=2), "what is signed is SEAWALL-2026-0001 revision 1"),
        (_rename, "is either not signed or not there"),
        (lambda raw: raw["documents"].pop("CVE-2026-10001.json"), "not signed or not there"),
        (lambda raw: raw["documents"].update({"more.json": "{}"}), "not signed or not there"),
        (
            lambda raw: raw["documents"].update({"CVE-2026-10001.json": "{}"}),
            "CVE-2026-10001.json is not the document that was signed",
        ),
        (
            lambda raw: raw.update(entry=raw["entry"].replace("advisory.published", "feed.x")),
            "about something else",
        ),
        (
            lambda raw: raw.update(entry=raw["entry"].replace("SEAWALL-2026-0001", "SEAWALL-1")),
            "about something else",
        ),
        (
            lambda raw: raw.update(entry=raw["entry"].replace('"revision":1', '"revision":2')),
            "about something else",
        ),
        (
            lambda raw: raw.update(entry=raw["entry"].replace('"release":"', '"release":"0')),
            "names another release",
        ),
        (lambda raw: raw.update(entry="[]"), "is no event"),
        (lambda raw: raw.update(entry="{"), "not JSON"),
    ],
)
def test_what_does_not_agree_with_what_is_signed_is_refused(change, says):
    bundle = read_bundle(changed(change))
    with pytest.raises(BadInput, match=says):
        check_bundle(bundle, Envelope.from_json(bundle.envelope).payload)


STATEMENT = json.loads(Envelope.from_json(read_bundle(DATA).envelope).payload)


def _first(raw: dict[str, Any], **fields: Any) -> None:
    raw["subject"][0].update(fields)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda raw: raw.update(_type="x"), "a release is an in-toto statement"),
        (lambda raw: raw.update(predicateType="x"), "a release is an in-toto statement"),
        (lambda raw: raw.update(predicate=None), "predicate"),
        (lambda raw: raw["predicate"].update(publisher="x"), "publisher"),
        (lambda raw: raw["predicate"].update(id=""), "/id"),
        (lambda raw: raw["predicate"].update(revision=0), "/revision"),
        (lambda raw: raw["predicate"].update(released_at="2026-03-09T09:00:00+02:00"), "UTC"),
        (lambda raw: raw["predicate"].update(released_at="2026-02-31T09:00:00Z"), "UTC"),
        (lambda raw: raw["predicate"].update(tlp="CLEAR"), "TLP"),
        (lambda raw: raw["predicate"].update(cve=5), "/cve"),
        (lambda raw: raw["predicate"].update(fixes={}), "a list is needed"),
        (lambda raw: raw["predicate"]["fixes"][0].update(package=""), "/package"),
        (lambda raw: raw["predicate"]["fixes"][0].update(patch="0" * 64), "is not signed"),
        (lambda raw: raw["predicate"].update(replaces="ab"), "/predicate/replaces"),
        (lambda raw: raw.update(subject=[]), "at least one document"),
        (lambda raw: raw["subject"].append(raw["subject"][0]), "signed twice"),
        (lambda raw: raw["subject"].append(raw["subject"][-1]), "signed twice"),
        (lambda raw: _first(raw, digest={"sha256": "AB" * 32}), "/subject/0"),
        (lambda raw: _first(raw, digest={"sha512": "ab" * 64}), "/sha256"),
        (lambda raw: _first(raw, name="a/b"), "no name for a document"),
        (lambda raw: _first(raw, name="0" * 64 + ".patch"), "named by its sha256"),
    ],
)
def test_what_is_no_release_statement_is_refused(change, says):
    raw = json.loads(json.dumps(STATEMENT))
    change(raw)
    with pytest.raises(BadInput, match=says):
        read_statement(json.dumps(raw).encode())


@pytest.mark.parametrize(
    "name", ["", ".x", "a/b", "a\\b", "..", "a..b", "a.", "ü", "a b", "a" * 201]
)
def test_a_document_has_a_plain_name(name):
    assert not is_document_name(name)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_bundle_or_bad_input(data):
    with pytest.raises(BadInput):
        read_bundle(data)
