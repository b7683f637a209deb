"""Solvers without skill: nothing, chance, a search for suspicious words."""

import random
import re
from dataclasses import dataclass

from seawall.evals.item import Item
from seawall.evals.prompts import source_path
from seawall.evals.solvers.bring import names_script, patch_script
from seawall.evals.solvers.payloads import GENERIC, SUSPICIOUS, oracle_table
from seawall.evals.solvers.policy import Policy, put_files
from seawall.evals.solvers.write import reproducer_toml
from seawall.proofs.reproducer import Target
from seawall.vocab.evals import Task
from seawall.vocab.evidence import OracleKind, Runtime

EVERY = frozenset(Task)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoOp:
    """Looks at nothing and hands in nothing."""

    name: str = "no-op"
    tasks: frozenset[Task] = EVERY

    def act(self, item: Item, rng: random.Random) -> Policy:
        yield "true"


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomThrow:
    """Calls a public function drawn by chance with a common attack text, or deletes a line."""

    name: str = "random"
    tasks: frozenset[Task] = EVERY

    def act(self, item: Item, rng: random.Random) -> Policy:
        if item.task is Task.FIX:
            yield patch_script(source_path(item.target), f"random {rng.randrange(1 << 30)}")
            return
        listing = yield names_script(item.target)
        names = [line for line in listing.splitlines() if re.fullmatch(r"[\w./@:$-]+", line)]
        kind = rng.choice(sorted(item.effects, key=str))
        text = rng.choice(GENERIC[kind])
        yield from _hand_in(item, kind, rng.choice(names) if names else "main:main", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grep:
    """Searches the source for suspicious words and takes the first hit for the vulnerability."""

    name: str = "grep"
    tasks: frozenset[Task] = EVERY

    def act(self, item: Item, rng: random.Random) -> Policy:
        target = item.target
        words = [(kind, word) for kind in item.effects for word in SUSPICIOUS[target.runtime][kind]]
        pattern = "|".join(sorted(word for _, word in words))
        place = source_path(target)
        if item.task is Task.FIX:
            yield patch_script(place, f"grep {pattern}")
            return
        found = yield f"cd {place} && grep -rnEI -m 3 -e '{pattern}' . | head -n 40"
        listing = yield names_script(target)
        hit = next(iter(found.splitlines()), "")
        file = hit.partition(":")[0].rpartition("/")[2].partition(".")[0]
        kind = next((k for k, word in sorted(words) if re.search(word, hit)), words[0][0])
        names = listing.splitlines()
        near = [n for n in names if file and file in n] or names or ["main:main"]
        yield from _hand_in(item, kind, near[0], GENERIC[kind][0])


def _hand_in(item: Item, kind: OracleKind, name: str, text: object) -> Policy:
    target: Target = item.target
    known = item.solution.reproducer
    oracle = oracle_table(kind, known.oracle.type)
    if target.runtime is Runtime.NATIVE:
        files = {"input": str(text).encode() * 200}
        body = '[run]\nargs = ["{input}"]\ninputs = ["input"]\n'
        made = {**files, "reproducer.toml": reproducer_toml(item, oracle, body=body)}
    elif kind is OracleKind.HANG:
        steps, control = (
            [{"call": name, "args": [{"repeat": [part, 50_000]}]}] for part in (str(text)[:1], "b")
        )
        made = {"reproducer.toml": reproducer_toml(item, oracle, steps=steps, control=control)}
    else:
        rows = [{"call": name, "args": [text]}]
        made = {"reproducer.toml": reproducer_toml(item, oracle, steps=rows)}
    yield from put_files(made)
