"""The process whose forks are killed: `python -m journeys.kill_server SCENARIO`, told what to do
by lines of JSON. See `killing`."""

import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "seawall.config.settings"

import django

django.setup()

from journeys import kill_scenarios  # noqa: E402

_library = ctypes.CDLL(None)
_library.kill_at_kinds.restype = ctypes.c_char_p
_library.kill_at_arm.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_int)


def main() -> None:
    scenario = getattr(kill_scenarios, sys.argv[1])()
    for line in sys.stdin:
        asked = json.loads(line)
        match asked["do"]:
            case "prepare":
                answer = _told(scenario.prepare)
            case "look":
                answer = _told(lambda: _look_twice(scenario))
            case _:
                answer = _deed(scenario.deed, at=asked["at"], half=asked["half"])
        print(json.dumps(answer), flush=True)


def _look_twice(scenario: Any) -> Any:
    found = scenario.look()
    scenario.deed()
    return {"found": found, "again": scenario.look()}


def _deed(deed: Callable[[], None], *, at: int, half: bool) -> dict[str, Any]:
    """Do it in a fork that may die, and say how it ended."""

    def work(tell: int) -> None:
        from django.db import connection

        _library.kill_at_arm(at, half, tell)
        deed()
        os.write(tell, b"acknowledged\n")
        connection.close()
        os.write(tell, _library.kill_at_kinds())

    status, said = _forked(work)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if status and not killed:
        raise SystemExit("the deed failed; see above")
    acknowledged, _, calls = said.partition(b"\n")
    return {
        "killed": killed,
        "acknowledged": acknowledged == b"acknowledged",
        "calls": calls.decode(),
    }


def _told(work: Callable[[], Any]) -> Any:
    """What `work` gives, worked out in a fork."""
    status, said = _forked(lambda tell: _write_all(tell, json.dumps(work()).encode()))
    if status:
        raise SystemExit("this failed; see above")
    return json.loads(said)


def _forked(work: Callable[[int], None]) -> tuple[int, bytes]:
    """Do `work` in a fork; how it ended, and what it wrote to the descriptor it was given."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reads)
            work(writes)
            os._exit(0)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        said = pipe.read()
    return os.waitpid(child, 0)[1], said


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


if __name__ == "__main__":
    main()
