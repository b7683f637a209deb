"""A release as one file: every document, the publisher's signature, and the proof that the log
holds the publication. Whoever has the publisher's and the log's keys can check it offline."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seawall.formats.bounded import parse_json
from seawall.formats.release_statement import ReleaseStatement, is_document_name, read_statement
from seawall.vocab.errors import BadInput

FORMAT = "seawall-release/1"
MAX_BUNDLE_BYTES = 32 << 20
_MAX_DOCUMENTS = 20
_KEYS = {"format", "id", "revision", "envelope", "entry", "proof", "documents"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseBundle:
    """One released revision of one advisory."""

    id: str
    revision: int
    envelope: str
    """The DSSE envelope as JSON; its payload is the release statement."""
    entry: str
    """The log's entry about the publication; its UTF-8 bytes are the leaf."""
    proof: str
    """C2SP tlog-proof of the entry."""
    documents: Mapping[str, str]
    """File name → the document's exact text."""


def write_bundle(bundle: ReleaseBundle) -> bytes:
    """The file: JSON with sorted keys, no spaces, UTF-8. Raises BadInput when it is too large."""
    data = _canonical(
        {
            "format": FORMAT,
            "id": bundle.id,
            "revision": bundle.revision,
            "envelope": json.loads(bundle.envelope),
            "entry": bundle.entry,
            "proof": bundle.proof,
            "documents": dict(bundle.documents),
        }
    ).encode()
    if len(data) > MAX_BUNDLE_BYTES:
        raise BadInput(f"a release may take {MAX_BUNDLE_BYTES >> 20} MiB", where=bundle.id)
    return data


def read_bundle(data: bytes) -> ReleaseBundle:
    """Read the file, or raise BadInput. Nothing is verified here: see `check_bundle`."""
    raw = parse_json(data, max_bytes=MAX_BUNDLE_BYTES, max_depth=8, max_nodes=10_000, name="bundle")
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise BadInput(f"this is no release bundle ({FORMAT})")
    if strange := set(raw) ^ _KEYS:
        raise BadInput(f"{min(strange)} is missing or unknown in a release bundle")
    revision, envelope = raw["revision"], raw["envelope"]
    if not isinstance(revision, int) or isinstance(revision, bool) or revision < 1:
        raise BadInput("a whole number from 1 up is needed", where="/revision")
    if not isinstance(envelope, dict):
        raise BadInput("an object is needed", where="/envelope")
    return ReleaseBundle(
        id=_text(raw, "id"),
        revision=revision,
        envelope=_canonical(envelope),
        entry=_text(raw, "entry"),
        proof=_text(raw, "proof"),
        documents=_documents(raw["documents"]),
    )


def check_bundle(bundle: ReleaseBundle, payload: bytes) -> ReleaseStatement:
    """The statement in `payload`, which was signed, once all else in the bundle agrees with it:
    id, revision, each document by its digest with none more and none less, and the log's entry.

    Raises BadInput with what disagrees. Signatures and the proof are the caller's to verify.
    """
    said = read_statement(payload)
    if (said.id, said.revision) != (bundle.id, bundle.revision):
        raise BadInput(
            f"the bundle is {bundle.id} revision {bundle.revision}, "
            f"what is signed is {said.id} revision {said.revision}"
        )
    if strange := set(said.documents) ^ set(bundle.documents):
        raise BadInput(f"{min(strange)} is either not signed or not there", where=bundle.id)
    for name, text in bundle.documents.items():
        if hashlib.sha256(text.encode()).hexdigest() != said.documents[name]:
            raise BadInput(f"{name} is not the document that was signed", where=bundle.id)
    _check_entry(bundle, payload)
    return said


def _check_entry(bundle: ReleaseBundle, payload: bytes) -> None:
    """The entry says that just this payload was published."""
    entry = parse_json(bundle.entry, max_bytes=1 << 16, name="entry")
    facts = entry.get("facts") if isinstance(entry, dict) else None
    if not isinstance(facts, dict):
        raise BadInput("the log's entry is no event", where=bundle.id)
    about = (entry.get("what"), entry.get("on"), facts.get("revision"))
    if about != ("advisory.published", f"advisory:{bundle.id}", bundle.revision):
        raise BadInput("the log's entry is about something else", where=bundle.id)
    if facts.get("release") != hashlib.sha256(payload).hexdigest():
        raise BadInput("the log's entry names another release", where=bundle.id)


def _documents(raw: Any) -> dict[str, str]:
    if not isinstance(raw, dict) or not 1 <= len(raw) <= _MAX_DOCUMENTS:
        raise BadInput(f"1 to {_MAX_DOCUMENTS} documents are needed", where="/documents")
    for name, text in raw.items():
        if not is_document_name(name):
            raise BadInput("this is no name for a document", where=f"/documents/{name}")
        if not isinstance(text, str):
            raise BadInput("a text is needed", where=f"/documents/{name}")
    return raw


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw[key]
    if not isinstance(value, str) or not value:
        raise BadInput("a text is needed", where=f"/{key}")
    return value


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
