"""One release verified: its signature by the publisher, its documents, its place in the log."""

import hashlib
from dataclasses import dataclass, field

from seawall.client.errors import FeedRefused
from seawall.core.feed_paths import release_of_path, release_path
from seawall.formats.feed_trust import ReleaseKey, Trust, TrustedLog, TrustedPublisher
from seawall.formats.release_bundle import ReleaseBundle, check_bundle, read_bundle
from seawall.formats.release_statement import ReleaseStatement
from seawall.signing import dsse
from seawall.signing.dsse import Envelope
from seawall.signing.keys import PublicKey
from seawall.signing.statements import PAYLOAD_TYPE
from seawall.vocab.errors import BadInput
from seawall_verify import Proven, VerificationFailed, VerifierKey, stated_index, verify_proof


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRelease:
    """A release that its publisher signed and whose parts agree; `payload` is the sha256 (hex) of
    what was signed, `index` where its entry says it stands in the log (not yet proven)."""

    bundle: ReleaseBundle = field(repr=False)
    statement: ReleaseStatement
    publisher: TrustedPublisher
    payload: str
    index: int

    @property
    def path(self) -> str:
        """Where the feed has it."""
        return release_path(self.publisher.slug, self.statement.id)

    @property
    def leaf(self) -> bytes:
        """The entry of the log about it."""
        return self.bundle.entry.encode()


def open_release(data: bytes, *, trust: Trust, path: str = "") -> SignedRelease:
    """The release in a bundle's bytes once a key of its publisher, one that may sign at that
    moment, has signed it. `path` is where the feed has it; "" when it came otherwise.

    Raises FeedRefused with what does not verify.
    """
    where = path.rpartition("/")[2] or "the bundle"
    try:
        bundle = read_bundle(data)
        envelope = Envelope.from_json(bundle.envelope)
        signed = _signed_by(envelope, _candidates(trust, path))
        statement = check_bundle(bundle, envelope.payload)
        publisher = _publisher(signed, statement)
        index = stated_index(bundle.entry.encode())
    except (BadInput, dsse.SignatureInvalid) as bad:
        raise FeedRefused(f"{where} does not verify: {bad}") from None
    if index is None:
        raise FeedRefused(f"{where} does not verify: the log's entry does not say where it stands")
    release = SignedRelease(
        bundle=bundle,
        statement=statement,
        publisher=publisher,
        payload=hashlib.sha256(envelope.payload).hexdigest(),
        index=index,
    )
    if path and release.path != path:
        raise FeedRefused(f"{path} holds {statement.id} of {publisher.slug}, which is not its name")
    return release


def prove_release(release: SignedRelease, *, trust: Trust) -> Proven:
    """Where the release is in the log, by the proof that it carries; needs no network.

    The proof's checkpoint was made with the release, before witnesses saw it; that the log of
    today continues it is for who has today's checkpoint. Raises FeedRefused.
    """
    log = log_of(trust)
    try:
        return verify_proof(
            release.bundle.proof, entry=release.leaf, keys=log_keys(log), origin=log.origin
        )
    except VerificationFailed as bad:
        raise FeedRefused(f"{release.statement.id} is not proven to be in the log: {bad}") from None


def log_of(trust: Trust) -> TrustedLog:
    """The log that releases must be in; FeedRefused when the feed names none."""
    if trust.log is None:
        raise FeedRefused("trust.json names no log, so that no release can be proven public")
    return trust.log


def log_keys(log: TrustedLog, *, former: bool = True) -> tuple[VerifierKey, ...]:
    """The keys that may sign a checkpoint: the present one, and for older ones the `former`."""
    try:
        return tuple(map(VerifierKey.parse, (log.key, *(log.former_keys if former else ()))))
    except VerificationFailed as bad:
        raise FeedRefused(f"trust.json: {bad}") from None


def witness_keys(log: TrustedLog) -> tuple[VerifierKey, ...]:
    """The keys of the log's witnesses."""
    try:
        return tuple(VerifierKey.parse(each.key) for each in log.witnesses)
    except VerificationFailed as bad:
        raise FeedRefused(f"trust.json: {bad}") from None


_Signers = list[tuple[TrustedPublisher, ReleaseKey]]


def _candidates(trust: Trust, path: str) -> tuple[TrustedPublisher, ...]:
    """Who may have signed: the publisher whose folder it lies in, or without a path anybody."""
    if not path:
        return trust.publishers
    place = release_of_path(path)
    found = trust.publisher(place[0]) if place else None
    if found is None:
        raise BadInput("it lies where no publisher's releases lie")
    return (found,)


def _signed_by(envelope: Envelope, publishers: tuple[TrustedPublisher, ...]) -> _Signers:
    """The publishers' keys that have signed the envelope, at least one."""
    if envelope.payload_type != PAYLOAD_TYPE:
        raise BadInput(f"what is signed is {envelope.payload_type}, not an in-toto statement")
    keys = [
        (PublicKey(raw=bytes.fromhex(key.key)), publisher, key)
        for publisher in publishers
        for key in publisher.release_keys
    ]
    try:
        good = dsse.verify(envelope, trusted=[public for public, _, _ in keys])
    except dsse.SignatureInvalid:
        raise BadInput("no release key that the feed trusts has signed it") from None
    return [(publisher, key) for public, publisher, key in keys if public.id in good]


def _publisher(signed: _Signers, statement: ReleaseStatement) -> TrustedPublisher:
    """The publisher that the statement names, when one of its keys of that time has signed."""
    named = (statement.publisher, statement.namespace)
    theirs = [(p, key) for p, key in signed if (p.name, p.namespace) == named]
    if not theirs:
        raise BadInput(f"{signed[0][0].name} has signed it in the name of {statement.publisher}")
    for publisher, key in theirs:
        if key.covers(statement.released_at):
            return publisher
    raise BadInput(
        f"the key that signed it was not one of {statement.publisher} on"
        f" {statement.released_at:%Y-%m-%d %H:%M} UTC"
    )
