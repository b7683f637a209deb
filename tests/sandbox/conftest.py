"""Every sandbox that works here, each also without control groups."""

import dataclasses
import os
import shutil

import pytest

from seawall.sandbox import Sandbox, find_sandbox
from seawall.sandbox.bubblewrap import Bubblewrap


@pytest.fixture(
    params=[
        "bubblewrap",
        "bubblewrap without control groups",
        pytest.param("runsc", marks=pytest.mark.slow),
    ]
)
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    name = request.param.split()[0]
    if shutil.which({"bubblewrap": "bwrap"}.get(name, name)) is None:
        pytest.skip(f"{name} is not installed")
    if name == "runsc" and os.geteuid() != 0:
        pytest.skip("runsc is used by root only")
    found = find_sandbox(name)  # installed but not working is a failure, not a reason to skip
    if not isinstance(found, Bubblewrap):
        return found
    if request.param == "bubblewrap":
        if found.groups is None:
            pytest.skip("no control groups can be made here")
        return found
    return dataclasses.replace(found, groups=None)
