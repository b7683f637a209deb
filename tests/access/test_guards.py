"""Each guard, removed, makes a test fail: the policy, the lists, and every function through which
doors get objects are run with one condition changed at a time."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from access import equivalents, test_policy
from access.mutants import survivors
from access.worlds import START
from core import test_review_access
from seawall.core import access, four_eyes, review_access, ways_out
from seawall.core.four_eyes import Consent
from seawall.vocab.access import Tier
from seawall.vocab.decisions import Allowed
from seawall.vocab.tlp import Tlp

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
APPS = sorted(path.parent.name for path in SOURCE.glob("seawall/*/access.py"))
OF_APPS = [f"seawall.{app}.access" for app in APPS if app not in ("core", "vocab")]
BESIDES = [
    "seawall.cases.reading",
    "seawall.cases.covering",
    "seawall.findings.reading",
    "seawall.core.ways_out",
    "seawall.api.auth",
    "seawall.web.roles",
    "seawall.web.pages",
    "seawall.web.who",
]
QUICK = ["ledger", "directives", "inventory", "notices", "parties"]
"""Apps whose guards are tried with the tests of their `access` alone."""


def told(found: list[str]) -> str:
    return "No test fails without these guards:\n" + "\n".join(found)


def unexplained(found: list[str]) -> list[str]:
    return [each for each in found if equivalents.why(each) is None]


def worlds(seed: str, count: int) -> Callable[[], None]:
    def check() -> None:
        rng = random.Random(seed)
        for _ in range(count):
            test_policy.check_world(rng)

    return check


def test_no_guard_of_the_policy_can_be_removed():
    def check() -> None:
        test_policy.test_administrators_manage_people_and_nothing_else()
        test_policy.test_a_viewer_of_the_sender_who_reads_on_elsewhere_fetches_nothing()
        worlds("guards", 3000)()

    found = unexplained(survivors(access, check))
    assert not found, told(found)


def check_four_eyes() -> None:
    """Two people of two parties, in time, under the same words."""
    moments = [START, START + timedelta(hours=1)]
    consents = [
        Consent(person=person, party=party, digest=digest, at=at)
        for person, party, digest, at in product((1, 2), (1, 2), "ab", moments)
    ]
    for one, other in product([None, *consents], repeat=2):
        for now in (START, START + timedelta(hours=1)):
            given = [each for each in (one, other) if each is not None]
            said = four_eyes.approved(
                digest="a", consents=given, expires_at=START + timedelta(hours=1), now=now
            )
            counted = [each for each in given if each.digest == "a" and each.at <= now]
            two = {each.person for each in counted} == {each.party for each in counted} == {1, 2}
            in_time = now < START + timedelta(hours=1)
            assert isinstance(said, Allowed) == (two and in_time and len(counted) == 2)
            if not isinstance(said, Allowed) and in_time:
                assert ("nobody" in said.reason) == (not counted)


def test_no_guard_of_four_eyes_can_be_removed():
    found = unexplained(survivors(four_eyes, check_four_eyes))
    assert not found, told(found)


def check_ways_out() -> None:
    """The table of docs/access.md, with the embargo."""
    test_policy.test_the_page_says_the_way_outs_as_they_are()
    for tlp, holds, way, tier in product(Tlp, (False, True), ways_out.Way, [None, *Tier]):
        marking = Tlp.AMBER if holds and tlp in (Tlp.GREEN, Tlp.CLEAR) else tlp
        assert ways_out.in_force(tlp, embargo_holds=holds) is marking
        said = ways_out.may_say(tlp=tlp, tier=tier, embargo_holds=holds, way=way)
        free = ways_out.may_say(tlp=marking, tier=tier, embargo_holds=False, way=way)
        assert said is free
        if tier is None and way not in (ways_out.Way.FEED, ways_out.Way.LOG):
            assert said is ways_out.Say.NOTHING
        if tier is Tier.T0:
            assert said <= ways_out.Say.STATE or way is ways_out.Way.FEED


def test_no_guard_of_the_ways_out_can_be_removed():
    found = unexplained(survivors(ways_out, check_ways_out))
    assert not found, told(found)


def test_no_guard_of_the_policy_of_reviews_can_be_removed():
    def check() -> None:
        test_review_access.check_voices()
        test_review_access.check_deeds()
        test_review_access.check_steps()
        test_review_access.check_reading()

    found = unexplained(survivors(review_access, check))
    assert not found, told(found)


def test_every_module_that_guards_is_tried():
    for app in APPS:
        reading = SOURCE / "seawall" / app / "reading.py"
        assert not reading.exists() or f"seawall.{app}.reading" in BESIDES
    assert {"cases", "findings", *QUICK} <= set(APPS)


def swept(modules: list[str], tests: list[str], folder: Path) -> None:
    """Run tests/access/sweep.py in a process of its own, on SQLite: copies share no server."""
    words = {"SEAWALL_TEST_DATABASE_URL": ""}
    done = subprocess.run(
        [sys.executable, "tests/access/sweep.py", *modules, "--", f"--basetemp={folder}", *tests],
        cwd=ROOT,
        env={name: text for name, text in os.environ.items() if name != "PYTEST_XDIST_WORKER"}
        | words,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.stdout, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert not said["broken"], f"These fail when nothing is changed: {said['broken']}"
    assert said["killed"] > 0
    assert not said["survived"], told(said["survived"])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_no_guard_of_small_apps_can_be_removed(tmp_path):
    modules = [f"seawall.{app}.access" for app in QUICK]
    swept(modules, [f"tests/{app}/test_access.py" for app in QUICK], tmp_path / "t")


@pytest.mark.slow
def test_no_guard_can_be_removed(tmp_path):
    folders = [f"tests/{app}" for app in APPS if app not in ("core", "vocab")]
    swept(
        [*OF_APPS, *BESIDES],
        [*folders, *equivalents.TESTS_OF_DOORS],
        tmp_path / "t",
    )
