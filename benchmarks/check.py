"""Components per second of a whole SBOM check, beside a plain loop over packageurl and univers.

    python benchmarks/check.py [--components N] ADVISORIES.jsonl.zst ...

Both answer the same question from the same bytes in the same run: which advisories hit which
component. The SBOM is synthetic, and said to be: one component in five has a name from the
advisories, the others and all versions are invented. "cold" is from files to the answer: the
saved index for Seawall, the JSON lines for the peer. "warm" has the advisories ready. The peer
needs `pip install univers packageurl-python`; without it only Seawall is measured.
"""

import argparse
import gc
import json
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from seawall.cli.advisory_files import AdvisoryFiles
from seawall.formats.sbom import read_sbom
from seawall.matching.check import check_sbom
from seawall.matching.index import AdvisoryIndex
from seawall.matching.packages import package_key
from seawall.vocab.advisories import Advisory, EventKind, RangeKind

TYPES = {"PyPI": "pypi", "Go": "golang", "crates.io": "cargo", "npm": "npm", "RubyGems": "gem"}
HIT_SHARE = 0.2
Hits = set[tuple[str, str]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("advisories", nargs="+", type=Path)
    parser.add_argument("--components", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    advisories = [a for a in AdvisoryFiles(given.advisories) if a.withdrawn_at is None]
    data = synthetic_sbom(advisories, given.components)
    size = f"{given.components:,} components, {len(data):,} bytes; {len(advisories):,} advisories"
    print(f"synthetic SBOM: {size}; best of {given.rounds}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index"
        AdvisoryIndex.build(advisories).save(path)
        cold, our_hits = best(lambda: seawall(AdvisoryIndex.load(path), data), given.rounds)
        index = AdvisoryIndex.load(path)
        seawall(index, data)
        gc.freeze()  # as the command does once its index is open
        warm, _ = best(lambda: seawall(index, data), given.rounds)
    print(
        f"seawall  cold {given.components / cold:9,.0f}/s   warm {given.components / warm:9,.0f}/s"
    )
    if find_spec("univers") is None or find_spec("packageurl") is None:
        print("peer     absent: pip install univers packageurl-python")
        return
    peer = make_peer(advisories)
    peer_cold, _ = best(lambda: peer_from_files(given.advisories, data), 1)
    peer_warm, their_hits = best(lambda: peer(data), given.rounds)
    print(
        f"peer     cold {given.components / peer_cold:9,.0f}/s"
        f"   warm {given.components / peer_warm:9,.0f}/s"
    )
    print(f"ratio    cold {peer_cold / cold:9.1f} x   warm {peer_warm / warm:9.1f} x")
    both = len(our_hits & their_hits)
    print(f"hits     {both:,} in both, {len(our_hits - their_hits):,} only seawall,"
          f" {len(their_hits - our_hits):,} only peer")  # fmt: skip
    for ref, name in sorted(our_hits ^ their_hits)[:10]:
        print(f"  {'seawall' if (ref, name) in our_hits else 'peer'}: {ref} {name}")


def best(work: Callable[[], Hits], rounds: int) -> tuple[float, Hits]:
    """Give the shortest time of some rounds in seconds, and the answer."""
    shortest, answer = float("inf"), set()
    for _ in range(rounds):
        start = time.perf_counter()
        answer = work()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest, answer


def seawall(index: AdvisoryIndex, data: bytes) -> Hits:
    """SBOM read, everything matched."""
    report = check_sbom(index, read_sbom(data))
    return {(m.component.purl, r.id) for m in report.matches for r in m.records}


def synthetic_sbom(advisories: list[Advisory], count: int) -> bytes:
    """Make a CycloneDX SBOM of distinct purls, the same every time."""
    rng = random.Random(1)
    named = sorted({(p.ecosystem, p.name) for a in advisories for p in a.affected
                    if p.ecosystem in TYPES})  # fmt: skip
    ecosystems = sorted({ecosystem for ecosystem, _ in named})
    parts: dict[str, dict[str, Any]] = {}
    while len(parts) < count:
        if rng.random() < HIT_SHARE:
            ecosystem, name = rng.choice(named)
        else:
            ecosystem, name = rng.choice(ecosystems), f"invented-{len(parts)}"
        version = f"{rng.randint(0, 5)}.{rng.randint(0, 30)}.{rng.randint(0, 9)}"
        purl = f"pkg:{TYPES[ecosystem]}/{name}@{version}"
        parts[purl] = {"type": "library", "bom-ref": purl, "name": name, "version": version,
                       "purl": purl}  # fmt: skip
    bom = {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": list(parts.values())}
    return json.dumps(bom).encode()


def peer_from_files(paths: list[Path], data: bytes) -> Hits:
    """The peer from the advisories' files to the answer."""
    return make_peer([a for a in AdvisoryFiles(paths) if a.withdrawn_at is None])(data)


def make_peer(advisories: list[Advisory]) -> Callable[[bytes], Hits]:
    """The plain loop: PackageURL.from_string, a univers version, OSV's events one by one."""
    from packageurl import PackageURL
    from univers import versions as univers

    classes = {"pypi": univers.PypiVersion, "golang": univers.GolangVersion,
               "cargo": univers.SemverVersion, "npm": univers.SemverVersion,
               "gem": univers.RubygemsVersion}  # fmt: skip
    index: dict[str, list[tuple[str, Any]]] = defaultdict(list)
    for advisory in advisories:
        for package in advisory.affected:
            if package.ecosystem in TYPES:
                make = classes[TYPES[package.ecosystem]]
                key = package_key(package.ecosystem, package.name)
                index[key].append((advisory.id, _parsed(package, make)))
    ecosystems = {kind: ecosystem for ecosystem, kind in TYPES.items()}

    def check(data: bytes) -> Hits:
        hits: Hits = set()
        for component in json.loads(data)["components"]:
            purl = PackageURL.from_string(component["purl"])
            name = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
            entries = index.get(package_key(ecosystems[purl.type], name))
            if not entries:
                continue
            version = classes[purl.type](purl.version)
            for id_, (listed, ranges) in entries:
                if purl.version in listed or any(_inside(version, r) for r in ranges):
                    hits.add((component["purl"], id_))
        return hits

    return check


def _parsed(package: Any, make: Callable[[str], Any]) -> tuple[frozenset[str], list[Any]]:
    """Listed versions and ranges; ranges that univers cannot read are left out."""
    ranges = []
    for item in package.ranges:
        if item.kind is RangeKind.GIT:
            continue
        try:
            events = [(e.kind, None if e.version == "0" else make(e.version)) for e in item.events]
        except ValueError:
            continue
        start = [event for event in events if event[1] is None]
        rest = sorted((event for event in events if event[1] is not None), key=lambda e: e[1])
        ranges.append(start + rest)
    return frozenset(package.versions), ranges


def _inside(version: Any, events: list[Any]) -> bool:
    vulnerable = False
    for kind, bound in events:
        if kind is EventKind.INTRODUCED:
            vulnerable = vulnerable or bound is None or version >= bound
        elif kind is EventKind.FIXED:
            vulnerable = vulnerable and version < bound
        elif kind is EventKind.LAST_AFFECTED:
            vulnerable = vulnerable and version <= bound
    return vulnerable


if __name__ == "__main__":
    main()
