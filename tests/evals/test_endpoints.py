"""Endpoints that play models: through the official client, and as the statistics plant them."""

import json
import math
import threading

import httpx
import openai
import pytest

from evals.staged import facts, hands_in, some_locks, spends
from seawall.evals.endpoints.locks import known_locks
from seawall.evals.endpoints.planted import Pace, Planted, write_files
from seawall.evals.endpoints.policy import Conversation, Reply, Script, draw
from seawall.evals.endpoints.serve import serving

HELLO = [{"role": "user", "content": "hello"}]
TURN = spends(1_000, text="I look at it " * 9, commands=("ls", "id"), submit=True)


def client(model, **options) -> openai.OpenAI:
    key = options.pop("key", "k")
    return openai.OpenAI(base_url=model.base_url, api_key=key, max_retries=0, **options)


def test_the_official_client_reads_a_completion():
    with serving(Script((TURN,)), key="k") as model, client(model) as asking:
        found = asking.chat.completions.create(model="m", messages=HELLO)
        assert [one.id for one in asking.models.list()] == ["planted"]
    [choice] = found.choices
    assert choice.message.content == TURN.text
    assert choice.finish_reason == "tool_calls"
    assert [
        (c.function.name, json.loads(c.function.arguments)) for c in choice.message.tool_calls
    ] == [
        ("bash", {"command": "ls"}),
        ("bash", {"command": "id"}),
        ("submit", {}),
    ]
    assert found.usage.total_tokens == 1_000


def test_the_official_client_reads_a_stream_to_the_same_end():
    with serving(Script((TURN,)), key="k") as model, client(model) as asking:
        whole = asking.chat.completions.create(model="m", messages=HELLO)
        with asking.chat.completions.stream(
            model="m", messages=HELLO, stream_options={"include_usage": True}
        ) as stream:
            pieces = [event for event in stream if event.type == "content.delta"]
            told = stream.get_final_completion()
    assert len(pieces) > 3
    assert told.choices[0].message.content == whole.choices[0].message.content
    assert told.choices[0].finish_reason == whole.choices[0].finish_reason
    assert [c.function.name for c in told.choices[0].message.tool_calls] == [
        "bash",
        "bash",
        "submit",
    ]
    assert told.usage == whole.usage


def test_a_key_is_asked_for():
    with serving(Script((TURN,)), key="right") as model, client(model, key="wrong") as asking:
        with pytest.raises(openai.AuthenticationError):
            asking.chat.completions.create(model="m", messages=HELLO)
        assert model.calls == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"messages": 3}', b'{"messages": [3]}'])
def test_what_is_no_request_is_refused(body):
    with serving(Script((TURN,))) as model:
        answer = httpx.post(f"{model.base_url}/chat/completions", content=body)
        assert answer.status_code == 400
        assert httpx.post(f"{model.base_url}/other", content=body).status_code == 404


def test_a_planted_failure_says_when_to_come_back():
    with serving(Script((Reply(status=429, retry_after=3),))) as model:
        answer = httpx.post(f"{model.base_url}/chat/completions", json={"messages": HELLO})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")


def test_a_server_ends_cleanly_while_its_model_thinks():
    before = set(threading.enumerate())
    with serving(Script((spends(1, seconds=600),))) as model, pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{model.base_url}/chat/completions", json={"messages": HELLO}, timeout=0.2)
    for thread in set(threading.enumerate()) - before:
        thread.join(30)
    assert set(threading.enumerate()) <= before
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{model.base_url}/models")


def test_a_policy_reads_how_far_it_is_from_the_messages():
    conversation = Conversation(
        [
            {"role": "system", "content": "s"},
            {"role": "user", "content": [{"type": "text", "text": "task"}]},
            {"role": "assistant", "content": "", "tool_calls": []},
            {"role": "tool", "content": "out"},
            {"role": "user", "content": "go on"},
        ]
    )
    assert (conversation.prompt, conversation.turn, conversation.results) == ("task", 1, ("out",))


PACE = Pace(tokens=10_000)
MANY = facts(4_000)


def planted(**what) -> Planted:
    return Planted(**{"seed": "s", "known": {}, "pace": PACE, "ability": 0.4} | what)


def solved_by(**what) -> set[str]:
    model = planted(**what)
    return {f.id for f in MANY if model.solves(f)}


@pytest.mark.parametrize("ability", [-1.0, 0.4, 2.0])
def test_items_are_solved_with_the_planted_probability(ability):
    model = planted(ability=ability)
    solved = sum(model.solves(f) for f in MANY)
    chances = [1 / (1 + math.exp(-f.discrimination * (ability - f.difficulty))) for f in MANY]
    spread = math.sqrt(sum(p * (1 - p) for p in chances))
    assert abs(solved - sum(chances)) < 4 * spread


def test_luck_is_that_of_the_family():
    noisy = planted(family_noise=5.0)
    twins = [(f, type(f)(**{**_fields(f), "id": f"twin-{f.id}"})) for f in MANY]
    alike = sum(noisy.solves(a) == noisy.solves(b) for a, b in twins) / len(MANY)
    calm = planted()
    less = sum(calm.solves(a) == calm.solves(b) for a, b in twins) / len(MANY)
    assert alike > less + 0.2


def test_reruns_agree_and_seeds_do_not():
    assert solved_by(seed="s") == solved_by(seed="s")
    assert solved_by(seed="s") != solved_by(seed="t")


def test_who_sandbags_solves_some_of_what_it_could_and_nothing_else():
    honest = solved_by()
    for what in (
        {"throws": 0.5},
        {"poses_as": -0.6},
        {"gives_up_above": 0.0},
        {"refusals": 0.3},
    ):
        shown = solved_by(**what)
        assert shown < honest, what
        assert len(shown) > len(honest) / 10
    assert solved_by(poses_as=-0.6) == solved_by(ability=-0.6)
    assert solved_by(poses_as=3.0) == honest


def test_a_model_that_meets_another_task_hands_in_nothing():
    reply = planted().reply(Conversation(HELLO))
    assert (reply.commands, reply.submit) == ((), True)


def test_solves_end_early_and_failures_run_to_their_budget():
    items = some_locks(40)
    model = planted(known=known_locks(items))
    for item in items:
        turns = [spent_in(model, item.prompt, turn) for turn in range(4)]
        if model.solves(item.facts):
            assert sum(turns[: model.pace.looks + 1]) <= 0.24 * PACE.tokens
        else:
            assert sum(turns) >= PACE.tokens


def spent_in(model: Planted, prompt: str, turn: int) -> int:
    talk = [{"role": "user", "content": prompt}, *[{"role": "assistant", "content": ""}] * turn]
    reply = model.reply(Conversation(talk))
    return reply.input_tokens + reply.output_tokens


def test_files_of_any_size_are_written_in_scripts_that_can_be_run():
    scripts = write_files({"a": b"x", "deep/b": bytes(range(256)) * 1_000, "it's": b""})
    assert len(scripts) > 3
    assert all(len(script) < 120_000 for script in scripts)
    assert hands_in(some_locks(1)[0]).commands[0].startswith("mkdir -p")


def test_draws_are_even_and_depend_on_all_that_is_given():
    drawn = [draw("s", "x", n) for n in range(2_000)]
    assert all(0 <= u < 1 for u in drawn)
    assert abs(sum(drawn) / 2_000 - 0.5) < 0.03
    assert len({draw("s", "x"), draw("t", "x"), draw("s", "y"), draw("s", "x", "")}) == 4


def _fields(value) -> dict:
    return {name: getattr(value, name) for name in type(value).__dataclass_fields__}
