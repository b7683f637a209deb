"""The first runner: Inspect AI's agent loop, as scaffold `react@1`, in a process of its own.

Inspect and all that it brings along run in a child process that has no network, no key, no file
of ours and an empty environment. It gets prompts; what its agent wants (a turn of the model, a
command, a submission, a grade) it asks of this process over one socket, which serves it through
the same `Attempt` as any other scaffold. What the child says of scores is only compared.
"""

import base64
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Generic

import seawall
from seawall.evals.attempt import Attempt, Over, whole_seconds
from seawall.evals.bench import AnItem
from seawall.evals.cancel import Cancelled
from seawall.evals.frames import read_frame, write_frame
from seawall.evals.inflight import Batch, RunnerFailed
from seawall.evals.scratch import folder_for_a_while

NAME = "react@1"
_CHILD = "seawall.evals.inspect_runner"
_END_SECONDS = 30.0


def drive(batch: Batch[AnItem]) -> None:
    """Run a batch in a child process. Raises Cancelled, RunnerFailed."""
    with folder_for_a_while() as folder:
        ours, theirs = socket.socketpair()
        with ours, open(folder / "said", "w+b") as said:
            with theirs:
                child = subprocess.Popen(
                    [sys.executable, "-P", "-m", _CHILD, str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    cwd=folder,
                    env=_environment(str(folder)),
                    pass_fds=(theirs.fileno(),),
                )
            batch.cancel.then(child.kill)
            try:
                _Desk(batch, ours).serve()
                child.wait(_END_SECONDS)
            except _Gone:
                child.wait()
                raise RunnerFailed(f"Inspect ended early: {_tail(said)}") from None
            except subprocess.TimeoutExpired:
                raise RunnerFailed("Inspect did not end") from None
            finally:
                child.kill()
                child.wait()


def _environment(folder: str) -> dict[str, str]:
    """All that the child's environment holds; its folder is deleted with everything it wrote."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": folder,
        "TMPDIR": folder,
        "XDG_DATA_HOME": folder,
        "XDG_CACHE_HOME": folder,
        "XDG_CONFIG_HOME": folder,
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(seawall.__file__).parent.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "INSPECT_DISPLAY": "none",
        "INSPECT_LOG_LEVEL": "error",
    }


def _tail(said: Any) -> str:
    said.seek(0)
    lines = said.read()[-4000:].decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


class _Gone(Exception):
    """The child has ended, or says what nobody understands."""


@dataclass(slots=True)
class _Visit(Generic[AnItem]):
    """An attempt that the child has opened; its calls come one at a time."""

    attempt: Attempt[AnItem]
    lock: threading.Lock = field(default_factory=threading.Lock)


class _Desk(Generic[AnItem]):
    """Serves the child's calls until it says that it is done."""

    def __init__(self, batch: Batch[AnItem], line: socket.socket) -> None:
        self._batch = batch
        self._line = line
        self._reader = line.makefile("rb")
        self._writing = threading.Lock()
        self._visits: dict[int, _Visit[AnItem]] = {}
        self._solved: dict[int, bool] = {}
        self._do: Mapping[str, Callable[[Attempt[AnItem], dict[str, Any]], dict[str, Any]]] = {
            "ask": _ask,
            "run": _run,
            "write": _write,
            "read": _read,
            "submit": _submit,
            "next": _next,
            "grade": _grade,
        }

    def serve(self) -> None:
        """Raises _Gone when the child is gone, RunnerFailed, Cancelled."""
        batch = self._batch
        self._send(
            {
                "positions": batch.positions,
                "in_flight": batch.in_flight,
                "tokens": batch.budget.tokens,
                "turns": batch.budget.messages,
                "seconds": whole_seconds(batch.budget),
                "model": batch.wire.endpoint.model,
            }
        )
        # more threads than attempts: a call that Inspect gave up may still hold one
        pool = ThreadPoolExecutor(2 * batch.in_flight + 2, thread_name_prefix=NAME)
        try:
            while "done" not in (call := read_frame(self._reader)):
                pool.submit(self._answer, call)
        except (OSError, EOFError, ValueError):
            cancelled = batch.cancel.thrown
            batch.cancel.throw()  # calls under way end, too
            raise (Cancelled if cancelled else _Gone) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            self._reader.close()
            for visit in self._visits.values():
                visit.attempt.abandon()
        self._compare(call["done"])

    def _send(self, frame: Mapping[str, Any]) -> None:
        with self._writing:
            write_frame(self._line, frame)

    def _answer(self, call: dict[str, Any]) -> None:
        try:
            made = self._serve(call)
        except Over as over:
            made = {"over": over.stop.value}
        except Cancelled as error:
            self._batch.broke(error)
            return
        except Exception as error:
            self._batch.broke(error)
            self._batch.cancel.throw()
            return
        with suppress(OSError):  # the child may be gone; the reader notices
            self._send({"id": call["id"], **made})

    def _serve(self, call: dict[str, Any]) -> dict[str, Any]:
        position = int(call["position"])
        if call["do"] == "open":
            attempt = self._batch.begin(position)
            self._visits[position] = _Visit(attempt)
            return {"prompt": attempt.item.prompt}
        visit = self._visits[position]
        with visit.lock:
            if call["do"] == "close":
                del self._visits[position]
                try:
                    self._batch.finish(position, visit.attempt)
                    self._solved[position] = visit.attempt.grade().solved
                finally:
                    visit.attempt.abandon()
                return {}
            return self._do[call["do"]](visit.attempt, call)

    def _compare(self, scores: Mapping[str, Any]) -> None:
        """Hold the scores of Inspect's own log against what was graded here."""
        wrong = [p for p, solved in self._solved.items() if bool(scores.get(str(p))) != solved]
        if wrong:
            raise RunnerFailed(f"Inspect's log has other scores than were given, at {wrong[:5]}")


def _ask(attempt: Attempt[AnItem], call: dict[str, Any]) -> dict[str, Any]:
    return {"completion": attempt.ask(call["request"])}


def _run(attempt: Attempt[AnItem], call: dict[str, Any]) -> dict[str, Any]:
    ran = attempt.run(
        tuple(call["argv"]),
        stdin=base64.b64decode(call["stdin"]),
        environment=call["environment"],
        folder=PurePosixPath(call["folder"]) if call["folder"] else None,
        seconds=call["seconds"],
    )
    return {
        "output": ran.output,
        "exit_code": ran.exit_code,
        "signal": ran.signal,
        "stopped": ran.stopped,
    }


def _write(attempt: Attempt[AnItem], call: dict[str, Any]) -> dict[str, Any]:
    try:
        attempt.room.write(call["path"], base64.b64decode(call["content"]))
    except (OSError, ValueError) as error:
        return {"problem": str(error)}
    return {}


def _read(attempt: Attempt[AnItem], call: dict[str, Any]) -> dict[str, Any]:
    try:
        files, skipped = attempt.room.read(call["path"])
    except (OSError, ValueError) as error:
        return {"problem": str(error)}
    if call["path"].strip("/") not in files:
        return {"problem": skipped[0] if skipped else ""}
    return {"content": base64.b64encode(files[call["path"].strip("/")]).decode()}


def _submit(attempt: Attempt[AnItem], _: dict[str, Any]) -> dict[str, Any]:
    attempt.submit()
    return {}


def _next(attempt: Attempt[AnItem], _: dict[str, Any]) -> dict[str, Any]:
    return {"say": attempt.what_next()}


def _grade(attempt: Attempt[AnItem], _: dict[str, Any]) -> dict[str, Any]:
    graded = attempt.grade()
    return {"solved": graded.solved, "reason": graded.reason}
