"""Pictures of the pages as people see them: each page at three widths, light and dark.

Usage: tools/screenshots.py OUT [--home HOME] [--as ROLE] [--width N]… [PAGE]…

Serves the demo's state (play it first: seawall demo), signs in as one of the demo's people (ada,
ben, chika, …: what stands before the @ of their address; or nobody) and writes
OUT/WHO/PAGE-WIDTH-SCHEME.png.
Without PAGE: the general pages. Prints pages that are wider than the screen or whose scripts
complain; exit code 1 when there is one.
"""

import argparse
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WIDTHS = (360, 820, 1440)
SCHEMES = ("light", "dark")
PAGES = ("/", "/advisories", "/search?q=parser", "/audit")
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def main() -> int:
    args = _arguments()
    from seawall.demo.home import default_home, enter, is_played

    home = args.home or default_home()
    if not is_played(home):
        print(f"no demo was played in {home}: seawall demo", file=sys.stderr)
        return 2
    enter(home)
    os.environ["SEAWALL_ALLOWED_HOSTS"] = "127.0.0.1"
    from seawall.config.bootstrap import setup

    setup()
    from django.utils import timezone

    from seawall.demo.cast import accounts
    from seawall.headstart.actions import take_snapshot

    take_snapshot(now=timezone.now())
    known = {each.email.partition("@")[0]: each for each in accounts(home)}
    if args.who != "nobody" and args.who not in known:
        print(f"nobody is called {args.who}: {', '.join(known)}", file=sys.stderr)
        return 2
    with serving() as address:
        found = list(_shoot(address, args, known.get(args.who)))
    for problem in found:
        print(problem)
    return 1 if found else 0


@contextmanager
def serving() -> Iterator[str]:
    """The open installation, served in a thread on a free port of loopback."""
    import uvicorn

    config = uvicorn.Config(
        "seawall.config.asgi:application", host="127.0.0.1", port=0, log_level="error"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="server")
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the server did not start")
            thread.join(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def _shoot(address: str, args: argparse.Namespace, account: Any) -> Iterator[str]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=args.chromium, args=CHROMIUM)
        for scheme in SCHEMES:
            context = browser.new_context(color_scheme=scheme, reduced_motion="reduce")
            tab = context.new_page()
            complaints: list[str] = []
            tab.on("console", lambda m, c=complaints: c.append(m.text) if m.type == "error" else 0)
            if account is not None:
                _sign_in(tab, address, account.email, account.password)
            for width in args.width:
                tab.set_viewport_size({"width": width, "height": 900})
                for page in args.pages:
                    yield from _one(tab, address, page, width, scheme, args, complaints)
            context.close()
        browser.close()


def _one(
    tab: Any,
    address: str,
    page: str,
    width: int,
    scheme: str,
    args: argparse.Namespace,
    complaints: list[str],
) -> Iterator[str]:
    complaints.clear()
    answer = tab.goto(address + page)
    name = re.sub(r"[^A-Za-z0-9]+", "-", page).strip("-") or "start"
    folder = args.out / args.who
    folder.mkdir(parents=True, exist_ok=True)
    tab.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
    where = f"{page} at {width}, {scheme}"
    if answer.status >= 400:
        yield f"{where}: answered {answer.status}"
    wide = tab.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        yield f"{where}: {wide} wide"
    yield from (f"{where}: {text}" for text in dict.fromkeys(complaints))


def _sign_in(tab: Any, address: str, email: str, password: str) -> None:
    tab.goto(f"{address}/sign-in")
    tab.fill("input[name=email]", email)
    tab.fill("input[type=password]", password)
    tab.press("input[type=password]", "Enter")
    tab.wait_for_url(lambda url: "/sign-in" not in url)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Pictures of the pages.")
    parser.add_argument("out", type=Path)
    parser.add_argument("pages", nargs="*", default=list(PAGES))
    parser.add_argument("--home", type=lambda text: Path(text).absolute())
    parser.add_argument("--as", dest="who", default="ben")
    parser.add_argument("--width", type=int, action="append")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parsed = parser.parse_intermixed_args()
    parsed.width = parsed.width or list(WIDTHS)
    return parsed


if __name__ == "__main__":
    sys.exit(main())
