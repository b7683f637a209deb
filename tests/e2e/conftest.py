"""A real installation, a real browser. What is missing is an error here, never a skip.

def test_something(site, tab):
    someone = site.scene("person", name="Cora")
    sign_in(tab, site, someone)          # from e2e.eyes
    tab.goto(site.address + "/cases")
    assert_accessible(tab)
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from databases import empty_database

_TESTS = Path(__file__).resolve().parents[1]
_CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The installation: where it is, and a way to set scenes in it (tests/e2e/scenes.py)."""

    address: str
    home: Path
    asks: IO[str]
    answers: IO[str]

    def scene(self, call: str, **args: Any) -> Any:
        """Carry out `scenes.call(**args)` in the installation; gives what it gives, as JSON."""
        self.asks.write(json.dumps({"call": call, "args": args}) + "\n")
        self.asks.flush()
        answer = json.loads(self.answers.readline() or '{"problem": "the server has ended"}')
        assert "problem" not in answer, answer["problem"]
        return answer["made"]


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """One installation for all tests of this process, in a home folder that goes away again."""
    home = Path(tempfile.mkdtemp(prefix="seawall-e2e-"))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SEAWALL_")}
    environment |= {
        "SEAWALL_HOME": str(home),
        "SEAWALL_PUBLISHER_NAME": "House CERT",
        "SEAWALL_PUBLISHER_NAMESPACE": "https://cert.example",
        "PYTHONPATH": os.pathsep.join([str(_TESTS.parent / "src"), str(_TESTS)]),
    }
    with empty_database() as database:
        yield from _serve(home, environment | database)


def _serve(home: Path, environment: dict[str, str]) -> Iterator[Site]:
    server = subprocess.Popen(
        [sys.executable, str(_TESTS / "e2e" / "run_server.py")],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdin is not None and server.stdout is not None
    try:
        port = json.loads(server.stdout.readline())["port"]
        yield Site(
            address=f"http://localhost:{port}",
            home=home,
            asks=server.stdin,
            answers=server.stdout,
        )
    finally:
        server.stdin.close()
        try:
            server.wait(timeout=20)
        finally:
            server.kill()
            server.stdout.close()
            shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a screen; one for each module, for its loop must not run in other tests."""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=_CHROMIUM)
        yield found
        found.close()


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """An empty tab of a browser that knows nothing; a script that complains fails the test."""
    context = browser.new_context(reduced_motion="reduce", locale="en-US")
    made = context.new_page()
    complaints: list[str] = []
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.on("console", lambda said: complaints.append(said.text) if _is_policy(said) else None)
    yield made
    context.close()
    assert complaints == []


def _is_policy(said: Any) -> bool:
    return said.type == "error" and "Content Security Policy" in said.text
