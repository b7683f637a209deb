"""Private matching gives the intersection and nothing else, and refuses who cheats."""

from dataclasses import replace
from hashlib import sha1, sha256, sha512

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.private_hands import AT_MOST, CODE, SESSION, hand, meet, terms
from seawall.dedup import private_match, private_points
from seawall.dedup.private_curve import PRIME, clear_cofactor, hash_to_curve, is_on_curve
from seawall.dedup.private_match import (
    Dishonest,
    Side,
    answer,
    deal,
    matches,
    new_code,
    read_code,
    spell_code,
)
from seawall.dedup.private_points import LOW_ORDER, SIZES, multiply, read_points, size_for
from seawall.dedup.private_terms import Family, Term
from seawall.vocab.errors import BadInput

STARTER, JOINER = Side.STARTER, Side.JOINER
TEXTS = st.sets(st.text(max_size=12), max_size=20)


@settings(max_examples=40)
@given(TEXTS, TEXTS)
def test_each_side_learns_the_intersection(ours, theirs):
    learned = meet(hand(STARTER, sorted(ours)), hand(JOINER, sorted(theirs)))
    assert learned == (ours & theirs, ours & theirs)


def test_two_findings_that_say_the_same_both_match():
    both = (
        Term(family=Family.INPUT, text="x", finding="one"),
        Term(family=Family.INPUT, text="x", finding="two"),
    )
    a = deal(both, session=SESSION, side=STARTER, code=CODE, at_most=AT_MOST)
    b = hand(JOINER, ["x"])
    found = matches(a, b.points, answer(b, a.points, at_most=AT_MOST))
    assert [term.finding for term in found] == ["one", "two"]


@pytest.mark.parametrize("count", [0, 1, 3, 56])
def test_a_list_of_points_is_as_long_whatever_is_held(count):
    made = hand(STARTER, map(str, range(count)))
    assert len(made.points) == 32 * SIZES[0]


def test_a_size_is_the_smallest_that_holds_everything():
    assert [size_for(n) for n in (0, 64, 65, 16384)] == [64, 64, 256, 16384]
    with pytest.raises(BadInput, match="more than the 16384 of one session"):
        size_for(16385)


def test_more_than_the_session_takes_is_refused_before_anything_is_sent():
    with pytest.raises(BadInput, match="need 256 points, and this session takes 64"):
        hand(STARTER, map(str, range(57)))


def test_the_same_findings_give_other_points_in_every_session():
    first, again = hand(STARTER, "ab"), hand(STARTER, "ab")
    other = hand(STARTER, "ab", session="another")
    lists = [set(private_match._split(each.points)) for each in (first, again, other)]
    assert not (lists[0] & lists[1] or lists[0] & lists[2] or lists[1] & lists[2])


@pytest.mark.parametrize("change", [{"session": "another"}, {"code": bytes(16)}])
def test_what_is_hashed_in_another_session_or_with_another_code_never_meets(change):
    here, again = _unblinded(hand(STARTER, "ab")), _unblinded(hand(JOINER, "ba"))
    there = _unblinded(hand(STARTER, "ab", **change))
    assert set(here) == set(again)
    assert set(here).isdisjoint(there)


def _unblinded(made) -> list[bytes]:
    """The hashed points of the terms and controls, in no order."""
    messages, held = private_match._messages(
        made.terms, session=made.session, code=made.code, size=64, randomness=bytes
    )
    kept = [m for m, index in zip(messages, held, strict=True) if index != private_match._PADDING]
    return hash_to_curve(kept, dst=private_match.DST)


def test_a_wrong_code_is_told_and_gives_nothing():
    a, b = hand(STARTER, "ab"), hand(JOINER, "ab", code=bytes(16))
    with pytest.raises(Dishonest, match="cannot be opened"):
        meet(a, b)


def test_an_answer_is_bound_to_both_lists_of_points():
    a, b, other = hand(STARTER, "ab"), hand(JOINER, "ab"), hand(JOINER, "ab")
    sealed = answer(b, a.points, at_most=AT_MOST)
    with pytest.raises(Dishonest, match="cannot be opened"):
        matches(a, other.points, sealed)


@pytest.mark.parametrize("where", [0, 12, -1])
def test_a_changed_answer_is_refused(where):
    a, b = hand(STARTER, "ab"), hand(JOINER, "ab")
    sealed = bytearray(answer(b, a.points, at_most=AT_MOST))
    sealed[where] ^= 1
    with pytest.raises(Dishonest, match="cannot be opened"):
        matches(a, b.points, bytes(sealed))


def test_a_cut_off_answer_is_refused():
    a, b = hand(STARTER, "ab"), hand(JOINER, "ab")
    with pytest.raises(Dishonest, match="cut off"):
        matches(a, b.points, answer(b, a.points, at_most=AT_MOST)[:20])


def test_ones_own_answer_does_not_open_as_the_other_sides():
    a, b = hand(STARTER, "ab"), hand(JOINER, "ab")
    with pytest.raises(Dishonest, match="cannot be opened"):
        matches(a, b.points, answer(a, b.points, at_most=AT_MOST))


def test_who_answers_with_another_scalar_is_found_out_by_the_controls():
    a, b = hand(STARTER, "ab"), hand(JOINER, "ab")
    cheat = replace(b, scalar=b"\x09" * 32)
    with pytest.raises(Dishonest, match="control points do not fit"):
        matches(a, b.points, answer(cheat, a.points, at_most=AT_MOST))


def test_who_garbles_half_of_an_answer_is_found_out_by_the_controls():
    a, b = hand(STARTER, map(str, range(40))), hand(JOINER, map(str, range(40)))
    honest = multiply(private_match._key(b), private_match._split(a.points))
    garbled = [sha256(x).digest() if n % 2 else x for n, x in enumerate(honest)]
    nonce = bytes(12)
    key = private_match._seal_key(b, JOINER)
    transcript = private_match._transcript(b, a.points)
    body = ChaCha20Poly1305(key).encrypt(nonce, b"".join(garbled), transcript)
    if all(n % 2 == 0 for n, held in enumerate(a.held) if held == private_match._CONTROL):
        pytest.skip("no control among the garbled points, once in 300 runs")
    with pytest.raises(Dishonest, match="control points do not fit"):
        matches(a, b.points, nonce + body)


def test_a_session_is_answered_once():
    """A relay that could have many lists answered would try many guesses in one session."""
    a, b, other = hand(STARTER, "a"), hand(JOINER, "a"), hand(JOINER, "b")
    done = replace(a, answered=b.commitment)
    assert answer(done, b.points, at_most=AT_MOST)
    with pytest.raises(Dishonest, match="have changed after they were answered"):
        answer(done, other.points, at_most=AT_MOST)


def test_ones_own_points_sent_back_are_refused():
    a = hand(STARTER, "a")
    with pytest.raises(BadInput, match="own points came back"):
        answer(a, a.points, at_most=AT_MOST)


def good_points() -> list[bytes]:
    return private_match._split(hand(JOINER, "ab").points)


def on_twist() -> bytes:
    x = next(x for x in range(2, 100) if not is_on_curve(x))
    return x.to_bytes(32, "little")


def low(x: int) -> bytes:
    return x.to_bytes(32, "little")


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (PRIME.to_bytes(32, "little"), "not a canonical point"),
        ((PRIME + 9).to_bytes(32, "little"), "not a canonical point"),
        (((1 << 255) + 9).to_bytes(32, "little"), "not a canonical point"),
        (b"\xff" * 32, "not a canonical point"),
        (on_twist(), "not a point of the curve"),
        *[(low(x), "a point of low order") for x in sorted(LOW_ORDER)],
    ],
)
def test_a_bad_point_is_refused_with_its_place(bad, why):
    points = good_points()
    points[5] = bad
    with pytest.raises(BadInput) as refused:
        read_points(b"".join(points), at_most=64)
    assert (refused.value.what, refused.value.where) == (why, "point 5")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda points: points[:-1], "has one of the sizes"),
        (lambda points: [*points, b"\0"], "has one of the sizes"),
        (lambda points: [], "has one of the sizes"),
        (lambda points: [*points[:-1], points[0]], "a point comes twice"),
    ],
)
def test_a_bad_list_is_refused(change, why):
    with pytest.raises(BadInput, match=why):
        read_points(b"".join(change(good_points())), at_most=64)


def test_a_list_larger_than_the_session_takes_is_refused():
    made = deal(terms(*map(str, range(60))), session=SESSION, side=JOINER, code=CODE, at_most=256)
    with pytest.raises(BadInput, match="256 points, and this session takes 64"):
        read_points(made.points, at_most=64)


def test_the_library_too_refuses_what_low_order_gives():
    key = X25519PrivateKey.generate()
    for x in LOW_ORDER:
        with pytest.raises(BadInput, match="low order"):
            multiply(key, [low(x)])
        assert clear_cofactor(x) in (None, 0)


def test_doubles_must_be_as_many_and_different():
    with pytest.raises(BadInput, match="not one of 2 points"):
        private_points.read_doubles(bytes(32), count=2)
    with pytest.raises(BadInput, match="comes twice"):
        private_points.read_doubles(bytes(64), count=2)


def test_what_travels_verifies_no_guess():
    """Neither the text nor a digest, a hashed point, or that point times anything known."""
    a, b = hand(STARTER, ["CVE-2026-1"]), hand(JOINER, ["CVE-2026-1"])
    travelled = (
        a.points
        + b.points
        + answer(a, b.points, at_most=AT_MOST)
        + b"".join((a.commitment.encode(), b.commitment.encode()))
    )
    guess = b"CVE-2026-1"
    [bare] = hash_to_curve([guess], dst=private_match.DST)
    [keyed, *_] = _unblinded(a)
    for secret in (
        guess, guess.hex().encode(), bare, keyed, CODE, a.scalar, b.scalar,
        *(make(guess).digest() for make in (sha1, sha256, sha512)),
        *(make(guess).hexdigest().encode() for make in (sha1, sha256, sha512)),
    ):  # fmt: skip
        assert secret not in travelled


def test_a_code_is_read_however_it_is_typed():
    code = new_code()
    assert spell_code(read_code(code)) == code
    assert read_code(code.lower().replace("-", " ")) == read_code(code)


@pytest.mark.parametrize("typed", ["", "AAAA", "not a code!", "é" * 29])
def test_a_mistyped_code_is_refused(typed):
    with pytest.raises(BadInput, match="no code of a session"):
        read_code(typed)


def test_one_wrong_letter_of_a_code_is_found():
    code = spell_code(CODE)
    wrong = ("B" if code[0] == "A" else "A") + code[1:]
    with pytest.raises(BadInput, match="no code of a session"):
        read_code(wrong)


def test_no_secret_is_printed_with_a_hand():
    made = hand(STARTER, ["CVE-2026-1"])
    assert "CVE-2026-1" not in repr(made)
    assert repr(made.scalar) not in repr(made) and repr(CODE) not in repr(made)
