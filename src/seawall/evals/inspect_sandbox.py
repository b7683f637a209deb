"""Our sandbox as Inspect's provider `seawall`: every call goes to the runner, nothing runs here."""

import base64
from typing import Any, Literal, overload

from inspect_ai.util import ExecResult, SandboxEnvironment, sandboxenv
from inspect_ai.util._sandbox.environment import (
    SandboxEnvironmentConfigType,
    SandboxUserUnsupportedError,
)

from seawall.evals.inspect_line import AttemptOver, Line

PROVIDER = "seawall"
_lines: list[Line] = []


def use_line(line: Line) -> None:
    """Where the sandboxes of this process are called."""
    _lines[:] = [line]


@sandboxenv(name=PROVIDER)
class SeawallSandbox(SandboxEnvironment):
    """The sandbox of one attempt; opened and closed with its sample."""

    def __init__(self, position: int, prompt: str) -> None:
        super().__init__()
        self.position = position
        self.prompt = prompt

    @classmethod
    def default_concurrency(cls) -> int | None:
        """No bound of its own; with one, Inspect spreads starts over half a second."""
        return None

    @classmethod
    async def sample_init(
        cls,
        task_name: str,
        config: SandboxEnvironmentConfigType | None,
        metadata: dict[str, str],
    ) -> dict[str, SandboxEnvironment]:
        position = int(metadata["position"])
        opened = await _lines[0].call("open", position)
        return {"default": cls(position, opened["prompt"])}

    @classmethod
    async def sample_cleanup(
        cls,
        task_name: str,
        config: SandboxEnvironmentConfigType | None,
        environments: dict[str, SandboxEnvironment],
        interrupted: bool,
    ) -> None:
        for environment in environments.values():
            await _lines[0].call("close", environment.as_type(cls).position)

    async def call(self, do: str, **what: Any) -> dict[str, Any]:
        return await _lines[0].call(do, self.position, **what)

    async def exec(
        self,
        cmd: list[str],
        input: str | bytes | None = None,
        cwd: str | None = None,
        env: dict[str, str] | None = None,
        user: str | None = None,
        timeout: int | None = None,
        timeout_retry: bool = True,
        concurrency: bool = True,
    ) -> ExecResult[str]:
        """Run a program as the sandbox's only user. What ended it early is in stderr; both of its
        own streams are in stdout."""
        if user is not None:
            raise SandboxUserUnsupportedError("the sandbox has one user")
        stdin = input.encode() if isinstance(input, str) else input or b""
        try:
            ran = await self.call(
                "run",
                argv=cmd,
                stdin=base64.b64encode(stdin).decode(),
                environment=env or {},
                folder=_folder(cwd),
                seconds=timeout,
            )
        except AttemptOver as over:
            return ExecResult(False, 124, "", str(over))
        if timeout is not None and ran["stopped"].startswith("it took longer"):
            raise TimeoutError(ran["stopped"])
        code = ran["exit_code"]
        if code is None:
            code = 128 + ran["signal"] if ran["signal"] else 124
        return ExecResult(code == 0, code, ran["output"], ran["stopped"])

    async def write_file(self, file: str, contents: str | bytes) -> None:
        data = contents.encode() if isinstance(contents, str) else contents
        content = base64.b64encode(data).decode()
        done = await self.call("write", path=_below_work(file), content=content)
        if "problem" in done:
            raise PermissionError(done["problem"])

    @overload
    async def read_file(self, file: str, text: Literal[True] = True) -> str: ...

    @overload
    async def read_file(self, file: str, text: Literal[False]) -> bytes: ...

    async def read_file(self, file: str, text: bool = True) -> str | bytes:
        found = await self.call("read", path=_below_work(file))
        if "problem" in found:
            kind = PermissionError if found["problem"] else FileNotFoundError
            raise kind(found["problem"] or f"there is no file {file}")
        data = base64.b64decode(found["content"])
        return data.decode() if text else data


def _folder(cwd: str | None) -> str | None:
    if cwd is None:
        return None
    return cwd if cwd.startswith("/") else f"/work/{cwd}"


def _below_work(file: str) -> str:
    """The path below /work; others are refused by the runner."""
    return file.removeprefix("/work/") if file.startswith("/work/") else file
