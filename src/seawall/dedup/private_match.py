"""Private matching: one side's part of a session (docs/adr/0006-private-matching.md).

Each side hashes what it holds to points of a curve, multiplies them by a scalar of its own and
sends them; each multiplies what it received and sends that back, sealed. Twice multiplied points
are equal exactly when what was hashed is. Neither the other side nor the relay can compute the
points of a guess, as the scalars differ in every session and the code never reaches the relay.
"""

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from secrets import SystemRandom, token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from seawall.dedup.private_curve import hash_to_curve
from seawall.dedup.private_points import (
    multiply,
    read_doubles,
    read_points,
    size_for,
)
from seawall.dedup.private_terms import Term
from seawall.vocab.errors import BadInput

VERSION = "seawall match 1"
DST = b"SEAWALL-MATCH-V1-with-curve25519_XMD:SHA-512_ELL2_NU_"
CONTROLS = 8
"""Points that both sides hold: who does not multiply honestly misses them."""
CODE_BYTES = 16
NONCE_BYTES, TAG_BYTES = 12, 16
_CONTROL, _PADDING = -1, -2


class Side(StrEnum):
    """Who began the session, and who came in."""

    STARTER = "starter"
    JOINER = "joiner"

    @property
    def other(self) -> "Side":
        return Side.JOINER if self is Side.STARTER else Side.STARTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """What one side keeps of a session, on its own machine and nowhere else.

    `held[i]` is the index of the term that point `i` was made of, or a negative number for a
    control or padding. `answered` is the digest of the one list that was answered.
    """

    session: str
    side: Side
    code: bytes = field(repr=False)
    scalar: bytes = field(repr=False)
    terms: tuple[Term, ...] = field(repr=False)
    held: tuple[int, ...] = field(repr=False)
    points: bytes = field(repr=False)
    answered: str = ""

    @property
    def commitment(self) -> str:
        return commitment(self.points)


class Dishonest(BadInput):
    """The other side, or the relay between, did not follow the protocol; nothing of the answer
    can be believed. Begin a new session."""


def new_code() -> str:
    """A code for one session, to be told to the other side by another way than the relay."""
    return spell_code(token_bytes(CODE_BYTES))


def spell_code(code: bytes) -> str:
    """The code as people read it: groups of four letters and digits, a check at the end."""
    text = base64.b32encode(code + sha256(code).digest()[:2]).decode().rstrip("=")
    return "-".join(re.findall(".{1,4}", text))


def read_code(text: str) -> bytes:
    """The bytes of a code; BadInput when it was mistyped."""
    plain = re.sub(r"[\s-]", "", text).upper()
    try:
        data = base64.b32decode(plain + "=" * (-len(plain) % 8))
    except ValueError:
        data = b""
    code, check = data[:CODE_BYTES], data[CODE_BYTES:]
    if len(code) != CODE_BYTES or check != sha256(code).digest()[:2]:
        raise BadInput("this is no code of a session", mend="type it as the other side was shown")
    return code


def commitment(points: bytes) -> str:
    """What the ledger keeps of a list of points, hex."""
    return sha256(b"seawall match points\0" + points).hexdigest()


def deal(
    terms: Sequence[Term],
    *,
    session: str,
    side: Side,
    code: bytes,
    at_most: int,
    randomness: Callable[[int], bytes] = token_bytes,
) -> Hand:
    """Make a side's points with a scalar drawn for this session; BadInput when there are more
    terms than `at_most` points hold. Terms that say the same are one point."""
    size = size_for(len({term.text for term in terms}) + CONTROLS)
    if size > at_most:
        raise BadInput(
            f"{len(terms)} things to compare need {size} points, and this session takes {at_most}",
            mend="compare fewer findings, or ask for a larger session",
        )
    messages, held = _messages(terms, session=session, code=code, size=size, randomness=randomness)
    order = list(range(size))
    SystemRandom().shuffle(order)
    scalar = randomness(32)
    hashed = hash_to_curve([messages[n] for n in order], dst=DST)
    points = multiply(X25519PrivateKey.from_private_bytes(scalar), hashed)
    return Hand(
        session=session,
        side=side,
        code=code,
        scalar=scalar,
        terms=tuple(terms),
        held=tuple(held[n] for n in order),
        points=b"".join(points),
    )


def answer(hand: Hand, theirs: bytes, *, at_most: int) -> bytes:
    """The other side's points times one's own scalar, sealed for it alone; a session is answered
    once. BadInput for a list that is not taken, or a second one."""
    digest = commitment(theirs)
    if hand.answered and hand.answered != digest:
        raise Dishonest("the other side's points have changed after they were answered")
    points = read_points(theirs, at_most=at_most, apart_from=_split(hand.points))
    doubles = b"".join(multiply(_key(hand), points))
    nonce = token_bytes(NONCE_BYTES)
    sealed = ChaCha20Poly1305(_seal_key(hand, hand.side))
    return nonce + sealed.encrypt(nonce, doubles, _transcript(hand, theirs))


def matches(hand: Hand, theirs: bytes, sealed: bytes) -> tuple[Term, ...]:
    """Those of one's own terms that the other side holds too, in one's own order.

    Dishonest when the answer was not made with the code of this session for these points, or
    was not made honestly, as the controls show.
    """
    opened = _open(hand, theirs, sealed)
    doubles = read_doubles(opened, count=len(hand.held))
    own = set(multiply(_key(hand), _split(theirs)))
    met = [index for index, double in zip(hand.held, doubles, strict=True) if double in own]
    if sum(index == _CONTROL for index in met) != CONTROLS or _PADDING in met:
        raise Dishonest("the other side's answer is not honest: control points do not fit")
    texts = {hand.terms[index].text for index in met if index >= 0}
    return tuple(term for term in hand.terms if term.text in texts)


def _messages(
    terms: Sequence[Term],
    *,
    session: str,
    code: bytes,
    size: int,
    randomness: Callable[[int], bytes],
) -> tuple[list[bytes], list[int]]:
    """What is hashed, and what each stands for: terms, controls, padding."""
    key = _derive(code, session, b"hash", 32)
    first = {term.text: index for index, term in reversed(list(enumerate(terms)))}
    found = [(_message(key, b"term", text.encode()), index) for text, index in first.items()]
    found += [(_message(key, b"control", bytes([n])), _CONTROL) for n in range(CONTROLS)]
    while len(found) < size:
        found.append((_message(key, b"padding", randomness(32)), _PADDING))
    return [message for message, _ in found], [index for _, index in found]


def _message(key: bytes, kind: bytes, content: bytes) -> bytes:
    return key + bytes([len(kind)]) + kind + content


def _open(hand: Hand, theirs: bytes, sealed: bytes) -> bytes:
    box = ChaCha20Poly1305(_seal_key(hand, hand.side.other))
    nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    if len(body) < TAG_BYTES:
        raise Dishonest("the answer is cut off")
    try:
        return box.decrypt(nonce, body, _transcript(hand, theirs))
    except InvalidTag as error:
        raise Dishonest(
            "the answer cannot be opened",
            mend="the two sides used different codes, or the points were changed on the way",
        ) from error


def _transcript(hand: Hand, theirs: bytes) -> bytes:
    """Both lists of points, the starter's first: what an answer is bound to."""
    lists = (hand.commitment, commitment(theirs))
    if hand.side is Side.JOINER:
        lists = lists[::-1]
    return f"{VERSION}\n{hand.session}\n{lists[0]}\n{lists[1]}\n".encode()


def _key(hand: Hand) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(hand.scalar)


def _seal_key(hand: Hand, side: Side) -> bytes:
    return _derive(hand.code, hand.session, b"seal " + side.value.encode(), 32)


def _derive(code: bytes, session: str, purpose: bytes, length: int) -> bytes:
    info = VERSION.encode() + b"\n" + purpose
    return HKDF(algorithm=SHA512(), length=length, salt=session.encode(), info=info).derive(code)


def _split(points: bytes) -> list[bytes]:
    return [points[i : i + 32] for i in range(0, len(points), 32)]
