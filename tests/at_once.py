"""Doing several things at the same moment, each on a database connection of its own."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each call gave, or the exception that it raised. The test needs
    `django_db(transaction=True)`."""
    start = threading.Barrier(len(calls))
    done: list[Any] = [None] * len(calls)

    def carry_out(number: int) -> None:
        try:
            start.wait()
            done[number] = calls[number]()
        except Exception as error:
            done[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=carry_out, args=[n]) for n in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done
