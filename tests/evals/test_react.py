"""Inspect AI's agent in a process of its own, held against the small runner."""

import socket
import subprocess
import sys
from dataclasses import replace

import pytest

from evals.staged import (
    BUDGET,
    ByItem,
    Watched,
    batch,
    hands_in,
    leaves_nothing,
    some_locks,
    spends,
)
from seawall.evals import react
from seawall.evals.endpoints.locks import known_locks
from seawall.evals.endpoints.planted import Pace, Planted
from seawall.evals.endpoints.policy import Conversation, Reply, Script
from seawall.evals.endpoints.serve import serving
from seawall.evals.frames import read_frame, write_frame
from seawall.evals.meter import canonical
from seawall.evals.run import Cancel, Cancelled, RunnerFailed
from seawall.vocab.evals import ItemResult, Stop

REACT = "react@1"
ITEMS = some_locks(36)
LOOK = spends(100, commands=("ls",))
DECLINES = spends(50, text="I can't help with that.")
SCRIPTS = {
    item.prompt: script
    for item, script in zip(
        ITEMS[:16],
        (
            (LOOK, hands_in(ITEMS[0], submit=True)),
            (spends(100, commands=("mkdir answer; echo no > answer/key",)), spends(9, submit=True)),
            (spends(9_990), hands_in(ITEMS[2], tokens=20, submit=True)),
            (spends(9_900), hands_in(ITEMS[3], tokens=100, submit=True)),
            (hands_in(ITEMS[4], tokens=300), spends(9_800)),
            (LOOK,),
            (LOOK, DECLINES, DECLINES, hands_in(ITEMS[6], submit=True)),
            (DECLINES, LOOK, DECLINES, hands_in(ITEMS[7], submit=True)),
            (spends(50, declines=True),),
            (LOOK, Reply(status=500)),
            (spends(10, arguments="{not JSON"), hands_in(ITEMS[10], submit=True)),
            (spends(10, commands=("exit 3", "nonsense")), hands_in(ITEMS[11], submit=True)),
            (spends(10, commands=("echo \0",)), hands_in(ITEMS[12], submit=True)),
            (spends(100, submit=True), hands_in(ITEMS[13], submit=True)),
            (spends(10, text="I think."), hands_in(ITEMS[14], submit=True)),
            (spends(10, commands=("ln -s /etc answer",), submit=True),),
        ),
        strict=True,
    )
}


def outcome(result: ItemResult) -> dict:
    """All that does not depend on the clock or on what the scaffold says to the model."""
    plain = {name: getattr(result, name) for name in ItemResult.__dataclass_fields__}
    usage = result.usage.input_tokens, result.usage.output_tokens
    return {**plain, "usage": usage, "scaffold": "", "transcript": ""}


class Both:
    """Scripts for the items that have one, a planted model for the others."""

    def __init__(self) -> None:
        self.scripts = ByItem(SCRIPTS)
        pace = Pace(tokens=BUDGET.tokens, fail_seconds=0.02)
        known = known_locks(ITEMS)
        self.planted = Planted(ability=0.5, seed="t", known=known, pace=pace, refusals=0.2)

    def reply(self, conversation: Conversation) -> Reply:
        scripted = conversation.prompt in SCRIPTS
        return (self.scripts if scripted else self.planted).reply(conversation)


@pytest.fixture(scope="module")
def both() -> tuple[dict[int, ItemResult], dict[int, ItemResult], dict[int, bytes]]:
    """The same models with both scaffolds, and what the model of `react@1` was told."""
    kept: dict[int, bytes] = {}
    with leaves_nothing(), serving(Both(), key="very-secret") as model:
        endpoint = replace(model.endpoint(), retries=1)
        small = batch(ITEMS, model, endpoint=endpoint)
        inspect = batch(ITEMS, model, endpoint=endpoint, scaffold=REACT, keep=kept.__setitem__)
    return small, inspect, kept


@pytest.mark.parametrize("position", range(len(ITEMS)))
def test_both_runners_agree(both, position):
    small, inspect, _ = both
    assert outcome(small[position]) == outcome(inspect[position])
    assert (small[position].scaffold, inspect[position].scaffold) == ("plain@1", REACT)


def test_the_scripts_end_in_every_way(both):
    _, inspect, _ = both
    stops = {result.stop for result in inspect.values()}
    assert stops == {Stop.SUBMITTED, Stop.TOKENS, Stop.MESSAGES, Stop.REFUSED, Stop.FAILED}
    assert sum(inspect[position].solved for position in range(len(SCRIPTS))) == 8


def test_inspect_asks_in_its_own_words(both):
    _, inspect, kept = both
    said = kept[0].decode()
    assert '"role":"system"' in said
    assert canonical(ITEMS[0].prompt)[1:-1].decode() in said
    assert "[exit code" not in said
    assert "very-secret" not in said
    assert len({result.transcript for result in inspect.values()}) == len(ITEMS)


def test_planted_models_get_what_they_deserve_with_both(both):
    _, inspect, _ = both
    planted = Both().planted
    truth = {p: planted.solves(ITEMS[p].facts) for p in range(len(SCRIPTS), len(ITEMS))}
    assert {p: inspect[p].solved for p in truth} == truth
    assert set(truth.values()) == {True, False}


def test_the_child_is_ended_with_the_batch():
    cancel = Cancel()
    slow = Watched(Script((spends(10, seconds=60),)), lambda _: cancel.throw())
    with leaves_nothing(), serving(slow) as server, pytest.raises(Cancelled):
        batch(some_locks(2), server, scaffold=REACT, cancel=cancel)


def test_a_child_that_dies_is_a_broken_runner(monkeypatch):
    monkeypatch.setattr(react, "_CHILD", "seawall.evals.frames")  # runs, says nothing, ends
    with leaves_nothing(), serving(Script((LOOK,))) as server:
        with pytest.raises(RunnerFailed, match="Inspect ended early: it said nothing"):
            batch(some_locks(2), server, scaffold=REACT)
        assert server.calls == 0


def test_scores_in_inspects_log_are_held_against_what_was_graded():
    desk = react._Desk.__new__(react._Desk)
    desk._solved = {0: True, 1: False}
    desk._compare({"0": True, "1": False})
    for scores in ({"0": False, "1": False}, {"0": True, "1": True}, {"1": False}):
        with pytest.raises(RunnerFailed, match="other scores"):
            desk._compare(scores)


_PROBE = """
import socket, sys, urllib.request
from seawall.evals import inspect_runner
if "no namespace" in sys.argv:
    inspect_runner._CLONE_NEWNET = inspect_runner._CLONE_NEWUSER = 0
inspect_runner.no_network()
tried = {}
for name, act in {
    "connect": lambda: socket.create_connection(("127.0.0.1", PORT), 5),
    "resolve": lambda: socket.getaddrinfo("example.org", 443),
    "send": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", PORT)),
    "fetch": lambda: urllib.request.urlopen("http://127.0.0.1:PORT/", timeout=5),
}.items():
    try:
        act()
        tried[name] = "went through"
    except Exception as error:
        tried[name] = "refused"
left, right = socket.socketpair()
left.send(b"x")
print(tried, right.recv(1))
"""


@pytest.mark.parametrize("kernel", ["", "no namespace"])
def test_the_child_has_no_network_and_no_environment_of_ours(kernel, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "very-secret")
    environment = react._environment(str(tmp_path))
    assert "very-secret" not in environment.values()
    assert {v for k, v in environment.items() if k.startswith(("XDG", "HOME", "TMP"))} == {
        str(tmp_path)
    }
    with socket.create_server(("127.0.0.1", 0)) as listener:
        program = _PROBE.replace("PORT", str(listener.getsockname()[1]))
        done = subprocess.run(
            [sys.executable, "-P", "-c", program, kernel],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout.strip() == (
        "{'connect': 'refused', 'resolve': 'refused', 'send': 'refused', 'fetch': 'refused'} b'x'"
    )


def test_frames_carry_any_object_and_nothing_else():
    ours, theirs = socket.socketpair()
    with ours, theirs, theirs.makefile("rb") as reader:
        write_frame(ours, {"a": ["\0", "é", None]})
        assert read_frame(reader) == {"a": ["\0", "é", None]}
        for body in (b"[]", b"no"):
            ours.sendall(len(body).to_bytes(4, "big") + body)
            with pytest.raises(ValueError):
                read_frame(reader)
        ours.sendall(b"\xff\xff\xff\xff")
        with pytest.raises(ValueError, match="too large"):
            read_frame(reader)
        ours.sendall(b"\0\0")
        ours.close()
        with pytest.raises(EOFError):
            read_frame(reader)
