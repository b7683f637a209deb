"""A whole installation in one process of its own: Seawall served by uvicorn on a free port, with
the worker beside it. It prints its port, then carries out the scenes that are asked for on standard
input, one JSON line each: {"call": "people", "args": {…}} → {"made": …}."""

import json
import sys
import threading
from typing import Any

import uvicorn

from seawall.config import bootstrap


def main() -> None:
    bootstrap.setup()
    from e2e import scenes
    from seawall.config import processes

    config = uvicorn.Config(
        "seawall.config.asgi:application", host="127.0.0.1", port=0, log_level="error"
    )
    server = uvicorn.Server(config)
    stop = threading.Event()
    threads = [
        threading.Thread(target=server.run, name="server"),
        threading.Thread(
            target=processes.work_until, args=[stop], kwargs={"parallel": 2, "progress": None}
        ),
    ]
    for thread in threads:
        thread.start()
    while not server.started:
        threads[0].join(0.02)
    _say({"port": server.servers[0].sockets[0].getsockname()[1]})
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            _say({"made": getattr(scenes, asked["call"])(**asked["args"])})
        except Exception as error:  # the test that asked shows it
            _say({"problem": f"{type(error).__name__}: {error}"})
    stop.set()
    server.should_exit = True
    for thread in threads:
        thread.join()


def _say(message: dict[str, Any]) -> None:
    print(json.dumps(message, default=str), flush=True)


if __name__ == "__main__":
    main()
