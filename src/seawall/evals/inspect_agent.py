"""The evaluation as Inspect sees it: a task of samples, the agent with its tools, the scorer, and a
model whose HTTP requests go to the runner."""

import json
from contextvars import ContextVar
from typing import Any

import httpx2
from inspect_ai import Task
from inspect_ai.agent import AgentPrompt, AgentState, AgentSubmit, react
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageUser, GenerateConfig, Model, get_model
from inspect_ai.scorer import Score, Scorer, Target, accuracy, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import Tool, tool
from inspect_ai.util import sandbox

from seawall.evals.inspect_line import Line
from seawall.evals.inspect_sandbox import PROVIDER, SeawallSandbox
from seawall.evals.tools import (
    BASH,
    BASH_COMMAND,
    BASH_SAYS,
    SUBMIT,
    SUBMIT_SAYS,
    SUBMITTED,
    SYSTEM,
    Ran,
    bash_argv,
)

_position: ContextVar[int] = ContextVar("position")


def task_for(plan: dict[str, Any], line: Line) -> Task:
    """One sample for each position, in order; the prompt comes when the attempt is opened."""
    samples = [
        Sample(id=str(p), input=f"position {p}", metadata={"position": p})
        for p in plan["positions"]
    ]
    return Task(
        name="seawall",
        dataset=MemoryDataset(samples),
        solver=attempt(),
        scorer=by_effect(),
        sandbox=PROVIDER,
    )


def model_for(plan: dict[str, Any], line: Line) -> Model:
    """Inspect's provider for OpenAI-compatible endpoints. Address, key and settings are filled in
    by the runner, which also tries again; here they are place-holders."""
    client = httpx2.AsyncClient(transport=_Home(line), timeout=None, trust_env=False)
    return get_model(
        f"openai-api/seawall/{plan['model']}",
        base_url="http://runner.invalid/v1",
        api_key="held by the runner",
        memoize=False,
        config=GenerateConfig(
            max_retries=0, max_connections=plan["in_flight"], adaptive_connections=False
        ),
        stream=False,
        strict_tools=False,
        http_client=client,
        max_retries=0,
    )


class _Home(httpx2.AsyncBaseTransport):
    """Sends each request to the runner instead of the network."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(await request.aread())
        asked = {name: body[name] for name in ("messages", "tools", "tool_choice") if name in body}
        answer = await self._line.call("ask", _position.get(), request=asked)
        return httpx2.Response(200, json=answer["completion"], request=request)


@solver
def attempt() -> Solver:
    """Inspect's ReAct agent with our two tools, told what to do by the item's prompt alone."""
    agent = react(
        prompt=AgentPrompt(
            instructions=SYSTEM, assistant_prompt=None, handoff_prompt=None, submit_prompt=None
        ),
        tools=[bash_tool()],
        submit=AgentSubmit(
            name=SUBMIT, description=SUBMIT_SAYS, tool=submit_tool(), keep_in_messages=True
        ),
        on_continue=_what_next,
    )

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        _position.set(_room().position)
        done = await agent(AgentState(messages=[ChatMessageUser(content=_room().prompt)]))
        state.messages, state.output = done.messages, done.output
        return state

    return solve


async def _what_next(state: AgentState) -> bool | str:
    """The runner says whether the attempt goes on, and with what word."""
    say = (await _room().call("next"))["say"]
    return False if say is None else say or True


@tool(name=BASH, parallel=False)
def bash_tool() -> Tool:
    async def execute(command: str) -> str:
        ran = await sandbox().exec(list(bash_argv(command)))
        signal = ran.returncode - 128 if ran.returncode > 128 else None
        return Ran(
            output=ran.stdout, exit_code=ran.returncode, signal=signal, stopped=ran.stderr
        ).shown()

    execute.__doc__ = f"{BASH_SAYS}\n\nArgs:\n    command: {BASH_COMMAND}\n"
    return execute


@tool(name=SUBMIT, parallel=False)
def submit_tool() -> Tool:
    async def execute() -> str:
        await _room().call("submit")
        return SUBMITTED

    execute.__doc__ = SUBMIT_SAYS
    return execute


@scorer(metrics=[accuracy()], name="by_effect")
def by_effect() -> Scorer:
    """Graded by the runner, which runs what was handed in."""

    async def score(state: TaskState, target: Target) -> Score:
        graded = await _room().call("grade")
        return Score(value="C" if graded["solved"] else "I", explanation=graded["reason"])

    return score


def _room() -> SeawallSandbox:
    return sandbox().as_type(SeawallSandbox)
