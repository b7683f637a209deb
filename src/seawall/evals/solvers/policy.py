"""What a reference solver is: a policy that yields shell scripts and reads what came of them."""

import base64
import io
import random
import shlex
import tarfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Protocol

from seawall.evals.item import HAND_IN, Item
from seawall.vocab.evals import Task

Policy = Generator[str, str, None]
"""Yields scripts for the tool bash, is sent their output, and submits by returning."""
CHUNK = 60_000
"""Characters of a script that carries a part of a file; a script is one argument of a program."""


class Solver(Protocol):
    """A reference solver. It knows no more than its kind says; those that are given the solution
    (`knows`) are there to show that an item can be solved."""

    @property
    def name(self) -> str: ...

    @property
    def tasks(self) -> frozenset[Task]:
        """The tasks that it can try at all."""
        ...

    def act(self, item: Item, rng: random.Random) -> Policy:
        """One attempt. The same item, seed and outputs give the same scripts."""
        ...


def next_script(solver: Solver, item: Item, *, seed: int, outputs: Sequence[str]) -> str | None:
    """What `solver` does after it has seen `outputs`, one for each of its scripts so far; None when
    it submits. Without any state, so that an endpoint can play a solver."""
    policy = solver.act(item, random.Random(seed))
    try:
        script = next(policy)
        for output in outputs:
            script = policy.send(output)
    except StopIteration:
        return None
    finally:
        policy.close()
    return script


def put_files(files: Mapping[str, bytes], folder: str = str(HAND_IN)) -> Iterator[str]:
    """Scripts that write `files` (relative path → content) into `folder` of the sandbox."""
    packed = base64.b64encode(_tar(files)).decode()
    for start in range(0, len(packed), CHUNK):
        yield f"printf %s {packed[start : start + CHUNK]} >> /work/.put"
    place = shlex.quote(folder)
    yield f"mkdir -p {place} && base64 -d /work/.put | tar -xJ -C {place}; rm /work/.put"


def _tar(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:xz") as archive:
        for name, data in sorted(files.items()):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()
