"""Find a sandbox that works on this machine, by running a job in it."""

import os
import threading
from collections.abc import Callable, Mapping

from seawall.sandbox.bubblewrap import find_bubblewrap
from seawall.sandbox.cgroups import GroupMaker, find_groups
from seawall.sandbox.protocol import Job, Limits, Sandbox, SandboxUnavailable
from seawall.sandbox.runsc import find_runsc
from seawall.sandbox.staging import clear_leftovers

_PROBE = """
set -e
test "$(cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d ' ')" = lo
test "$(id -u)" != 0
test ! -e /home && test ! -e /root && test ! -e /etc/shadow
echo kept > kept
"""
_FOUND: dict[str, Sandbox] = {}
_LOCK = threading.Lock()


def find_sandbox(preference: str = "") -> Sandbox:
    """The sandbox called `preference` ("bubblewrap" or "runsc"; "" for the first that works).

    It has run a probe job when this returns, and is remembered. SandboxUnavailable says for each
    candidate what is missing and how to mend it.
    """
    with _LOCK:
        if preference not in _FOUND:
            _FOUND[preference] = _find(preference)
        return _FOUND[preference]


def _find(preference: str) -> Sandbox:
    makers = _makers()
    if preference and preference not in makers:
        raise SandboxUnavailable(
            f"no sandbox is called {preference!r}; known are {', '.join(makers)}"
        )
    groups = find_groups()
    clear_leftovers()
    problems = []
    for name in [preference] if preference else makers:
        try:
            sandbox = makers[name](groups)
            probe(sandbox)
        except SandboxUnavailable as problem:
            problems.append(f"{name}: {problem}{_hint(str(problem))}")
        except OSError as problem:
            problems.append(f"{name}: {problem}{_hint(str(problem))}")
        else:
            return sandbox
    raise SandboxUnavailable("no sandbox works here: " + "; ".join(problems))


def _makers() -> Mapping[str, Callable[[GroupMaker | None], Sandbox]]:
    return {"bubblewrap": find_bubblewrap, "runsc": find_runsc}


def probe(sandbox: Sandbox) -> None:
    """Run a small job and see that isolation and collecting work; SandboxUnavailable if not."""
    outcome = sandbox.run(
        Job(
            argv=("/bin/sh", "-c", _PROBE),
            environment={"PATH": "/usr/bin:/bin"},
            collect=("kept",),
            limits=Limits(wall_seconds=30, cpu_seconds=30),
        )
    )
    if outcome.exit_code != 0 or outcome.files.get("kept") != b"kept\n":
        said = outcome.stderr.decode("utf-8", "replace").strip()
        how = outcome.stopped_by or outcome.signal or outcome.exit_code
        raise SandboxUnavailable(f"its probe job failed ({how}): {said[:300] or 'no message'}")


def _hint(problem: str) -> str:
    """What usually mends the kernel's refusals."""
    if "setting up uid map" in problem or "namespace" in problem.lower():
        return (
            " (unprivileged user namespaces are off: sysctl kernel.unprivileged_userns_clone=1,"
            " or kernel.apparmor_restrict_unprivileged_userns=0, or user.max_user_namespaces"
            " above 0)"
        )
    if "Operation not permitted" in problem and os.geteuid() == 0:
        return " (this looks like a container without CAP_SYS_ADMIN: run Seawall outside of it)"
    return ""
