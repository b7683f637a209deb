"""The steps of a private matching session on one's own machine, without words to the user."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from seawall.cli import match_state
from seawall.cli.dedupe_input import Item
from seawall.cli.match_relay import Relay
from seawall.cli.match_state import Kept, Matched
from seawall.core.match_rules import SessionState
from seawall.dedup.links import Strength
from seawall.dedup.private_match import CONTROLS, Side, answer, commitment, deal, matches
from seawall.dedup.private_points import SIZES, size_for
from seawall.dedup.private_terms import Term, met_by, terms_of
from seawall.vocab.errors import BadInput, one_line


def terms(items: Sequence[Item], *, at_least: Strength = Strength.POSSIBLE) -> tuple[Term, ...]:
    """What is compared of findings; BadInput when nothing can be."""
    found = tuple(t for item in items for t in terms_of(item.signature, at_least=at_least))
    if not found:
        raise BadInput(
            "nothing in these findings can be compared",
            mend="they need identifiers, crashes, or a target with a weakness and a place",
        )
    return found


def size_of(given: Sequence[Term]) -> int:
    """The points that these need."""
    return size_for(len({term.text for term in given}) + CONTROLS)


def begin(
    relay: Relay,
    items: Sequence[Item],
    *,
    other: str,
    at_most: int | None,
    code: bytes,
    folder: Path,
    at_least: Strength = Strength.POSSIBLE,
) -> Kept:
    """Open a session and send one's points."""
    given = terms(items, at_least=at_least)
    if at_most is not None and at_most not in SIZES:
        raise BadInput(f"a session takes one of {', '.join(map(str, SIZES))} points")
    wanted = at_most or size_of(given)
    opened = relay.start(other=other, at_most=wanted)
    _check_size(opened, wanted)
    return _sit_down(relay, opened, items, given, side=Side.STARTER, code=code, folder=folder)


def join(
    relay: Relay,
    id: str,
    items: Sequence[Item],
    *,
    code: bytes,
    folder: Path,
    at_most: int | None = None,
    at_least: Strength = Strength.POSSIBLE,
) -> Kept:
    """Send one's points to a session that another party opened, and go on as far as it goes; one
    of more than `at_most` points, which the other side could use to guess, is not joined."""
    given = terms(items, at_least=at_least)
    found = relay.session(id)
    if found["side"] == Side.STARTER.value:
        raise BadInput(f"{found['id']} was started by your own party; the other one joins it")
    _check_size(found, at_most)
    kept = _sit_down(relay, found, items, given, side=Side.JOINER, code=code, folder=folder)
    return go_on(relay, kept, folder=folder)


def _check_size(session: dict[str, object], at_most: int | None) -> None:
    taken = int(str(session["at_most"]))
    if at_most is not None and taken > at_most:
        raise BadInput(
            f"this session takes {taken} points of each side, more than {at_most}",
            mend="join with a larger --size, or ask for a smaller session",
        )


def go_on(relay: Relay, kept: Kept, *, folder: Path) -> Kept:
    """Do what can be done now: send points again if they did not arrive, answer, read the result.

    Each step is kept before it is sent, so that a session goes on after any interruption.
    """
    if kept.hand is None:
        return kept
    state = SessionState(relay.session(kept.id)["state"])
    if state is SessionState.WAITING:
        relay.send(kept.id, "points", kept.hand.points)
        state = SessionState(relay.session(kept.id)["state"])
    if state is SessionState.ANSWERING:
        kept = _answer(relay, kept, folder=folder)
        state = SessionState(relay.session(kept.id)["state"])
    if state is SessionState.DONE:
        return _finish(relay, kept, folder=folder)
    if state in (SessionState.ENDED, SessionState.EXPIRED):
        raise BadInput(f"the session is {state}; nothing of it is known", mend="start a new one")
    return kept


def _sit_down(
    relay: Relay,
    session: dict[str, object],
    items: Sequence[Item],
    given: tuple[Term, ...],
    *,
    side: Side,
    code: bytes,
    folder: Path,
) -> Kept:
    at_most = int(str(session["at_most"]))
    hand = deal(given, session=str(session["name"]), side=side, code=code, at_most=at_most)
    kept = Kept(
        server=relay.server,
        id=str(session["id"]),
        other=one_line(str(session[side.other.value])),
        at_most=at_most,
        commitment=hand.commitment,
        titles={item.signature.key: one_line(item.title, limit=120) for item in items},
        hand=hand,
    )
    match_state.save(folder, kept)
    relay.send(kept.id, "points", hand.points)
    return kept


def _answer(relay: Relay, kept: Kept, *, folder: Path) -> Kept:
    if kept.hand is None:
        return kept
    if not kept.sealed:
        theirs = relay.fetch(kept.id, "points")
        sealed = answer(kept.hand, theirs, at_most=kept.at_most)
        hand = replace(kept.hand, answered=commitment(theirs))
        kept = replace(kept, hand=hand, theirs=theirs, sealed=sealed)
        match_state.save(folder, kept)
    relay.send(kept.id, "answer", kept.sealed)
    return kept


def _finish(relay: Relay, kept: Kept, *, folder: Path) -> Kept:
    if kept.hand is None:
        return kept
    sealed = relay.fetch(kept.id, "answer")
    found = met_by(matches(kept.hand, kept.theirs, sealed))
    kept = kept.done(
        tuple(
            Matched(finding=key, title=kept.titles.get(key, ""), families=families)
            for key, families in found.items()
        )
    )
    match_state.save(folder, kept)
    return kept
