"""Run a job on a thread of its own, which nothing interrupts."""

import os
import threading
from collections.abc import Callable

from seawall.sandbox.protocol import Outcome


def on_own_thread(execute: Callable[[int], Outcome]) -> Outcome:
    """Give what `execute` gives. It gets a descriptor that turns readable when it must end early:
    an exception in the caller (Ctrl-C too) ends the job before it goes on."""
    stop = os.eventfd(0, os.EFD_CLOEXEC)
    result: list[Outcome] = []
    failure: list[BaseException] = []

    def body() -> None:
        try:
            result.append(execute(stop))
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=body, name="seawall-sandbox")
    thread.start()
    try:
        thread.join()
    finally:
        os.eventfd_write(stop, 1)
        thread.join()
        os.close(stop)
    if failure:
        raise failure[0]
    return result[0]
