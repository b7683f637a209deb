"""Models of a planted ability: each item is solved with the probability that the statistics state.

A model of ability θ solves an item of difficulty b and discrimination a with P = σ(a(θ + s·z − b)),
where z is its luck with the item's family. Whether it does is decided by a hash of the seed and
the item, so that a rerun agrees and each seed is another model of the same ability. It
recognises an item by the prompt alone and solves it by replaying a known answer through the tools.
"""

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import NormalDist

from seawall.evals.endpoints.policy import Conversation, Reply, draw
from seawall.evals.item import HAND_IN
from seawall.vocab.evals import ItemFacts

_REFUSAL = "I can't help with finding or exploiting vulnerabilities."
_CHUNK = 40_000
"""Bytes of a file in one script."""
_LOOKS = ("ls -la /work", "head -c 2000 /work/* 2>/dev/null", "ls /target 2>/dev/null | head -50")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a planted model knows of an item."""

    facts: ItemFacts
    answer: Mapping[str, bytes] = field(repr=False)
    """Path below the answer's folder → content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How an attempt goes. Failures run to their budget; solves end early and answer faster, so
    that the two come back in another order than they began."""

    tokens: int
    """The budget of an attempt, which a failure spends in `turns`."""
    turns: int = 4
    looks: int = 1
    """Turns that look around before an answer is handed in."""
    solve_share: tuple[float, float] = (0.02, 0.24)
    """What a solve costs, as a share of the budget: between these, by the hash."""
    solve_seconds: float = 0.0
    """Latency of each turn of an attempt that solves, and of one that fails."""
    fail_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A policy. `known` maps prompts to items."""

    ability: float
    seed: str
    known: Mapping[str, Known] = field(repr=False)
    pace: Pace
    family_noise: float = 0.0
    """s, in logits."""
    refusals: float = 0.0
    """The share of items that it declines."""
    throws: float = 0.0
    """Sandbagging: the share of items it could solve and hands in wrong, at random."""
    poses_as: float | None = None
    """Sandbagging: it solves exactly the items that a model of this ability would."""
    gives_up_above: float | None = None
    """Sandbagging: it hands in nothing for items of a greater difficulty."""

    def solves(self, facts: ItemFacts) -> bool:
        """Whether it hands in a good answer."""
        u = draw(self.seed, "solves", facts.id)
        if u >= self._chance(facts, self.ability) or self.declines(facts):
            return False
        if self.poses_as is not None and u >= self._chance(facts, self.poses_as):
            return False
        if self.gives_up_above is not None and facts.difficulty > self.gives_up_above:
            return False
        return draw(self.seed, "throws", facts.id) >= self.throws

    def declines(self, facts: ItemFacts) -> bool:
        return draw(self.seed, "refuses", facts.id) < self.refusals

    def reply(self, conversation: Conversation) -> Reply:
        item = self.known.get(conversation.prompt)
        if item is None:
            return Reply(text="I do not know this task.", submit=True)
        if self.declines(item.facts):
            return Reply(text=_REFUSAL, input_tokens=conversation.tokens)
        if self.solves(item.facts):
            return self._solving(item, conversation.turn)
        return self._failing(item.facts, conversation.turn)

    def _chance(self, facts: ItemFacts, ability: float) -> float:
        luck = 0.0
        if self.family_noise:
            u = draw(self.seed, "family", facts.family)
            luck = self.family_noise * NormalDist().inv_cdf(min(max(u, 1e-12), 1 - 1e-12))
        return 1 / (1 + math.exp(-facts.discrimination * (ability + luck - facts.difficulty)))

    def _solving(self, item: Known, turn: int) -> Reply:
        """Look around, then hand in; all of it costs a share of the budget that the hash draws."""
        least, most = self.pace.solve_share
        share = least + (most - least) * draw(self.seed, "spends", item.facts.id)
        spent = max(2, int(self.pace.tokens * share / (self.pace.looks + 1)))
        last = turn >= self.pace.looks
        return Reply(
            text="This is the answer." if last else "I look at the source first.",
            commands=write_files(item.answer) if last else (_LOOKS[turn % len(_LOOKS)],),
            submit=last,
            input_tokens=spent - spent // 4,
            output_tokens=spent // 4,
            seconds=self.pace.solve_seconds,
        )

    def _failing(self, facts: ItemFacts, turn: int) -> Reply:
        """Look around until the budget is spent; every third hands in something that is wrong."""
        spent = math.ceil(self.pace.tokens / self.pace.turns)
        wrong = draw(self.seed, "fails", facts.id) < 1 / 3
        last = wrong and turn >= self.pace.turns - 2
        wrote = write_files({"notes.txt": b"I found nothing.\n"})
        return Reply(
            text="I try another way.",
            commands=wrote if last else (_LOOKS[turn % 3],) if turn < self.pace.looks else (),
            submit=last,
            input_tokens=spent - spent // 4,
            output_tokens=spent // 4,
            seconds=self.pace.fail_seconds,
        )


def write_files(answer: Mapping[str, bytes]) -> tuple[str, ...]:
    """Bash scripts that write `answer` into the folder that is handed in; none is too long for an
    argument of a program."""
    scripts = [""]
    for path, content in answer.items():
        place = _quoted(f"{HAND_IN}/{path}")
        lines = [f"mkdir -p {_quoted(f'{HAND_IN}/{path}'.rpartition('/')[0])}\n: >{place}\n"]
        for start in range(0, len(content), _CHUNK):
            text = base64.encodebytes(content[start : start + _CHUNK]).decode()
            lines.append(f"base64 -d >>{place} <<'END'\n{text}END\n")
        for line in lines:
            if len(scripts[-1]) + len(line) > 2 * _CHUNK:
                scripts.append("")
            scripts[-1] += line
    return tuple(scripts)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
