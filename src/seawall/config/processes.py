"""What the command line starts: the worker and the server."""

import signal
import threading
from contextlib import suppress

from django.utils import timezone

from seawall.jobs import queue
from seawall.jobs.carry_out import Result, retry_failed
from seawall.jobs.queue import QueueState
from seawall.jobs.worker import Progress, Tally, WorkerRunning, working

__all__ = ["Progress", "QueueState", "Result", "Tally", "WorkerRunning"]


def work_once(*, parallel: int, progress: Progress | None, again: bool) -> Tally:
    """Do all that is due, first what was given up if `again`; raises WorkerRunning."""
    if again:
        retry_failed(now=timezone.now())
    with working(parallel=parallel, progress=progress) as worker:
        return worker.run_once()


def work_until(stop: threading.Event, *, parallel: int, progress: Progress | None) -> None:
    """Work until `stop` is set; raises WorkerRunning."""
    with working(parallel=parallel, progress=progress) as worker:
        worker.run_until(stop)


def serve(*, host: str, port: int, work: bool) -> None:
    """Serve the API until a signal ends it; `work` runs the worker beside it, unless another
    process does that work already."""
    import uvicorn

    stop = threading.Event()
    worker = threading.Thread(target=_work_quietly, args=[stop], name="worker")
    if work:
        worker.start()
    try:
        uvicorn.run(
            "seawall.config.asgi:application",
            host=host,
            port=port,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=10,
        )
    finally:
        stop.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)  # a second one ends the worker at once
        if work:
            worker.join()


def queue_state() -> tuple[QueueState, list[tuple[str, str]]]:
    """Counts of the jobs, and (topic, sentence) of what was given up or waits."""
    return queue.state(now=timezone.now()), queue.problems()


def _work_quietly(stop: threading.Event) -> None:
    with suppress(WorkerRunning):
        work_until(stop, parallel=0, progress=None)
