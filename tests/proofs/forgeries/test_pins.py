"""Pins that would bring code of the reporter's choice beside the target."""

import zipfile
from pathlib import Path

import pytest

from seawall.proofs.pins import check_lock_pins, check_wheel_pins
from seawall.proofs.reproducer import Target
from seawall.proofs.runtime import PrepareFailed, Unsupported
from seawall.vocab.evidence import Runtime


def wheel(folder: Path, name: str, *requires: str) -> Path:
    path = folder / f"{name}-1.0-py3-none-any.whl"
    text = f"Metadata-Version: 2.1\nName: {name}\n"
    text += "".join(f"Requires-Dist: {line}\n" for line in requires)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"{text}\nRequires-Dist: described\n")
    return path


def target(runtime: Runtime, *pins: str) -> Target:
    kind = "pypi" if runtime is Runtime.PYTHON else "npm"
    return Target(purl=f"pkg:{kind}/gadget", affected="1", runtime=runtime, pins=pins)


def wheels(folder: Path) -> list[Path]:
    return [
        wheel(folder, "Gadget", "near>=1", 'optional.one; extra == "fast"'),
        wheel(folder, "near", "Far_Away (>=2)"),
        wheel(folder, "far_away"),
        wheel(folder, "optional_one"),
        wheel(folder, "evil", "gadget"),
        wheel(folder, "described"),
    ]


@pytest.mark.parametrize("pin", ["near==1", "far-away==1", "Optional-One==1"])
def test_a_dependency_may_be_pinned(tmp_path: Path, pin: str) -> None:
    check_wheel_pins(target(Runtime.PYTHON, pin), wheels(tmp_path))


@pytest.mark.parametrize("pin", ["evil==1", "described==1", "unheard==1"])
def test_what_the_target_does_not_require_stays_out(tmp_path: Path, pin: str) -> None:
    with pytest.raises(Unsupported, match="does not depend on it"):
        check_wheel_pins(target(Runtime.PYTHON, "near==1", pin), wheels(tmp_path))


def test_a_wheel_without_metadata_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd-1-py3-none-any.whl"
    path.write_bytes(b"PK\5\6" + bytes(18))
    with pytest.raises(PrepareFailed):
        check_wheel_pins(target(Runtime.PYTHON), [path])


LOCK = {
    "packages": {
        "": {"dependencies": {"gadget": "1", "evil": "1"}},
        "node_modules/gadget": {
            "dependencies": {"near": "1"},
            "peerDependencies": {"@a/peer": "1"},
        },
        "node_modules/gadget/node_modules/near": {"optionalDependencies": {"far": "1"}},
        "node_modules/evil": {"dependencies": {"gadget": "1"}},
    }
}


@pytest.mark.parametrize("pin", ["near@1", "far@1", "@a/peer@1"])
def test_an_npm_dependency_may_be_pinned(pin: str) -> None:
    check_lock_pins(target(Runtime.NODE, pin), LOCK)


@pytest.mark.parametrize("pin", ["evil@1", "@evil/near@1", "unheard@1"])
def test_what_the_npm_target_does_not_require_stays_out(pin: str) -> None:
    with pytest.raises(Unsupported, match="does not depend on it"):
        check_lock_pins(target(Runtime.NODE, pin), LOCK)
