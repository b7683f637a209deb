"""What the command line starts of the gateway: the gateway itself, and a partner's near end.

Nothing of an installation is needed for the near end and its keys.
"""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

from seawall.gateway.checks import Options, is_loopback, unsafe
from seawall.gateway.client import Key, new_key, read_key
from seawall.gateway.connect import Near

__all__ = [
    "Key",
    "Near",
    "Options",
    "connect",
    "is_loopback",
    "new_key",
    "read_key",
    "serve",
    "unsafe_settings",
]


def unsafe_settings(options: Options, *, home: Path) -> list[str]:
    """What is unsafe about running a gateway so, in sentences; empty when it can be run."""
    return unsafe(options, home=home)


def serve(options: Options, *, ready: Callable[[str], None]) -> None:
    """Serve the gateway until a signal ends it; `ready` is told its origin. Raises RuntimeError
    when another process serves this installation."""
    from seawall.gateway.process import run

    async def main() -> None:
        await run(options, ready=lambda made: ready(made.origin), stop=_stopped_by_signals())

    asyncio.run(main())


def connect(near: Near, *, ready: Callable[[int], None]) -> None:
    """Serve a partner's near end until a signal ends it; `ready` is told its port."""
    from seawall.gateway.connect import run

    async def main() -> None:
        await run(near, ready=ready, stop=_stopped_by_signals())

    asyncio.run(main())


def _stopped_by_signals() -> asyncio.Event:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop
