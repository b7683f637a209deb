"""The child process of `react@1`: an Inspect AI evaluation whose every effect is a call home.

Run as `python -m seawall.evals.inspect_runner FD`. It refuses itself the network before it
imports Inspect, logs as JSON into its own temporary folder, and reads that log through Inspect.
"""

import asyncio
import ctypes
import os
import socket
import sys
import tempfile
from typing import Any

from seawall.evals.inspect_line import Line

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SLACK_SECONDS = 900
"""Beyond the attempt's own time, which the other side enforces: for furnishing and grading."""


def no_network() -> None:
    """Leave the network where the kernel lets us, and refuse every connection but our own."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo"):
            family = getattr(arguments[0], "family", None) if arguments else None
            if family != socket.AF_UNIX:
                raise PermissionError(f"{event}: this process has no network")

    sys.addaudithook(refuse)


async def main(fd: int) -> None:
    """Run the batch that the other side describes."""
    sys.modules["anthropic"] = None  # type: ignore[assignment] # not asked here, slow to import
    line = await Line.open(fd)
    plan = await line.plan()
    from inspect_ai import eval_async  # not before the network is gone
    from inspect_ai.log import EvalLog, read_eval_log

    from seawall.evals.inspect_agent import model_for, task_for
    from seawall.evals.inspect_sandbox import use_line

    use_line(line)
    with tempfile.TemporaryDirectory() as folder:
        logs: list[EvalLog] = await eval_async(
            task_for(plan, line),
            model=model_for(plan, line),
            log_dir=folder,
            log_format="json",
            log_level="error",
            log_realtime=False,
            log_model_api=False,
            log_header_only=True,
            score_display=False,
            ctl_server=False,
            max_samples=plan["in_flight"],
            max_sandboxes=plan["in_flight"],
            fail_on_error=False,
            retry_on_error=0,
            token_limit=plan["tokens"],
            turn_limit=plan["turns"] + 1,
            time_limit=plan["seconds"] + _SLACK_SECONDS,
        )
        scores: dict[str, bool] = {}
        for header in logs:
            if header.status != "success":
                raise RuntimeError(f"Inspect: {header.error.message if header.error else '?'}")
            for sample in read_eval_log(header.location).samples or []:
                found = (sample.scores or {}).get("by_effect")
                scores[str(sample.id)] = bool(found is not None and found.value == "C")
    await line.send({"done": scores})


if __name__ == "__main__":
    no_network()
    os.umask(0o077)
    asyncio.run(main(int(sys.argv[1])))
