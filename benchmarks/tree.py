"""The public tree: what it costs to publish into a large one.

    python benchmarks/tree.py [--files N] [--changes N] [--releases N]

First a tree of N small files, half of them replaceable; then changes of one put and one add each.
The limit, measured in turn with them on the same disk: writing one file of the same size durably
and renaming it, which is what any publication at all must cost. Last, the rendering of one more
release among N, whose documents take part in every list.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path[:1] = [str(Path(__file__).parents[1] / folder) for folder in ("src", "tests")]

from feed.providers import NOW, provider, published  # noqa: E402
from seawall.feed.published_tree import render  # noqa: E402
from seawall.feed.tree import Tree  # noqa: E402

DATA = b"x" * 1500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=500_000)
    parser.add_argument("--changes", type=int, default=50)
    parser.add_argument("--releases", type=int, default=10_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="seawall-tree-") as name:
        changes(Path(name), asked)
        releases(Path(name), asked.releases)


def changes(folder: Path, asked: argparse.Namespace) -> None:
    tree = Tree(folder / "public")
    seconds = timed(lambda: load(tree, asked.files))
    each = seconds / asked.files * 1e6
    print(f"{asked.files:,} files loaded in {seconds:.1f} s, {each:.0f} µs each")
    (folder / "bare").mkdir()
    ours, bare, work = [], [], []
    for number in range(asked.changes):
        bare.append(timed(partial(replace, folder / "bare", number)))
        begun = time.process_time()
        ours.append(timed(partial(publish, tree, number)))
        work.append(time.process_time() - begun)
    mine, limit = statistics.median(ours), statistics.median(bare)
    print(
        f"one put and one add: {mine * 1e3:.1f} ms, at most {max(ours) * 1e3:.1f} ms "
        f"({statistics.median(work) * 1e3:.1f} ms of work); a bare durable rename: "
        f"{limit * 1e3:.2f} ms; ratio {mine / limit:.1f}"
    )


def load(tree: Tree, count: int) -> None:
    with tree.change() as draft:
        for number in range(count // 2):
            draft.put(f"osv/npm/SEAWALL-2026-{number:06}.json", DATA)
            draft.add(f"tuf/targets/x/releases/2026/{number // 1000:03}/{number}.json", DATA)


def publish(tree: Tree, number: int) -> None:
    with tree.change() as draft:
        draft.put(f"osv/npm/NEW-{number}.json", DATA)
        draft.add(f"tuf/targets/x/releases/2026/000/NEW-{number}.json", DATA)


def replace(folder: Path, number: int) -> None:
    draft = folder / "draft"
    with draft.open("wb") as file:
        file.write(DATA)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(folder / str(number))
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def releases(folder: Path, count: int) -> None:
    tree, who = Tree(folder / "releases"), provider()
    with tree.change() as draft:
        shown = [published(number) for number in range(1, count + 1)]
        draft.write(render(shown, provider=who, read=draft.get, now=NOW))
    one = [published(count + 1)]
    with tree.change() as draft:
        seconds = timed(lambda: render(one, provider=who, read=draft.get, now=NOW))
    print(f"one more release among {count:,} rendered in {seconds * 1e3:.0f} ms")


def timed(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
