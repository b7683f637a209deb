"""Every sandbox that works here, each also without control groups."""

import dataclasses
import shutil

import pytest

from seawall.sandbox import Sandbox, SandboxUnavailable, find_sandbox
from seawall.sandbox.bubblewrap import Bubblewrap


@pytest.fixture(
    params=[
        "bubblewrap",
        "bubblewrap without control groups",
        pytest.param("runsc", marks=pytest.mark.slow),
    ]
)
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    try:
        found = find_sandbox(request.param.split()[0])
    except SandboxUnavailable as missing:
        pytest.skip(str(missing))
    if not isinstance(found, Bubblewrap):
        return found
    if request.param == "bubblewrap":
        if found.groups is None:
            pytest.skip("no control groups can be made here")
        return found
    return dataclasses.replace(found, groups=None)


@pytest.fixture(scope="session")
def compiler() -> str:
    found = shutil.which("cc", path="/usr/bin")
    if found is None:
        pytest.skip("no C compiler in /usr/bin")
    return found
