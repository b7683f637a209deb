"""Both sides of a session in one process."""

from collections.abc import Iterable

from seawall.dedup.private_match import CODE_BYTES, Hand, Side, answer, deal, matches
from seawall.dedup.private_points import SIZES
from seawall.dedup.private_terms import Family, Term

SESSION = "swl-match-1"
CODE = bytes(range(CODE_BYTES))
AT_MOST = SIZES[0]


def terms(*texts: str, family: Family = Family.IDENTIFIER) -> tuple[Term, ...]:
    return tuple(Term(family=family, text=text, finding=f"f-{text}") for text in texts)


def hand(side: Side, texts: Iterable[str], *, session: str = SESSION, code: bytes = CODE) -> Hand:
    return deal(terms(*texts), session=session, side=side, code=code, at_most=AT_MOST)


def meet(a: Hand, b: Hand) -> tuple[set[str], set[str]]:
    """What each side learns, as texts of its own terms."""
    from_a = answer(a, b.points, at_most=AT_MOST)
    from_b = answer(b, a.points, at_most=AT_MOST)
    return (
        {term.text for term in matches(a, b.points, from_b)},
        {term.text for term in matches(b, a.points, from_a)},
    )
