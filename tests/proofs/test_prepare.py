"""Preparing targets: nothing runs, nothing comes from elsewhere, the cache is whole or absent."""

import io
import threading
import zipfile
from pathlib import Path

import pytest

from seawall.proofs.cache import cached_tree
from seawall.proofs.prepare_node import check_lock
from seawall.proofs.prepare_python import unpack_wheels
from seawall.proofs.runtime import Unsupported

ENTRY = {"version": "1.0.0", "integrity": "sha512-abc"}


def wheel(folder: Path, name: str, files: dict[str, str]) -> Path:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    (folder / name).write_bytes(out.getvalue())
    return folder / name


def test_wheels_are_unpacked_target_apart_from_dependencies(tmp_path: Path) -> None:
    wheels = [
        wheel(
            tmp_path,
            "Leaky_Pkg-1.0-py3-none-any.whl",
            {
                "leaky/__init__.py": "x",
                "leaky_pkg-1.0.data/purelib/extra.py": "y",
                "leaky_pkg-1.0.data/scripts/run": "evil",
            },
        ),
        wheel(tmp_path, "other-2.0-py3-none-any.whl", {"other.py": "z", "evil.pth": "import os"}),
    ]
    tree = tmp_path / "tree"
    tree.mkdir()
    facts = unpack_wheels(wheels, "leaky.pkg", tree)
    found = sorted(str(p.relative_to(tree)) for p in tree.rglob("*") if p.is_file())
    assert found == [
        "deps/evil.pth",
        "deps/other.py",
        "target/extra.py",
        "target/leaky/__init__.py",
    ]
    assert facts["packages"] == "Leaky_Pkg==1.0 other==2.0"
    assert len(facts["digest"]) == 64


def test_a_lock_of_registry_packages_has_a_digest() -> None:
    lock = {"packages": {"": {}, "node_modules/a": ENTRY, "node_modules/a/node_modules/b": ENTRY}}
    assert len(check_lock(lock)) == 64
    assert check_lock(lock) != check_lock({"packages": {"node_modules/a": ENTRY}})


@pytest.mark.parametrize(
    "entry",
    [
        {**ENTRY, "resolved": "git+ssh://git@example.org/x.git#abc"},
        {**ENTRY, "resolved": "https://example.org/x.tgz"},
        {"link": True, "resolved": "../x"},
        {"version": "1.0.0"},
    ],
    ids=["git", "address", "link", "unchecked"],
)
def test_packages_from_elsewhere_are_refused(entry: dict[str, object]) -> None:
    with pytest.raises(Unsupported):
        check_lock({"packages": {"node_modules/x": entry}})


def test_a_tree_is_made_once_for_all_who_want_it(tmp_path: Path) -> None:
    made: list[Path] = []
    arrived = threading.Barrier(4)

    def make(folder: Path) -> dict[str, str]:
        made.append(folder)
        (folder / "file").write_text("x")
        return {"digest": "d"}

    def want() -> None:
        arrived.wait()
        tree, facts = cached_tree(tmp_path, kind="k", key={"a": 1}, make=make)
        assert (tree / "file").read_text() == "x"
        assert facts == {"digest": "d"}

    threads = [threading.Thread(target=want) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_a_failed_making_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(folder: Path) -> dict[str, str]:
        (folder / "half").write_text("x")
        raise Unsupported("no")

    with pytest.raises(Unsupported):
        cached_tree(tmp_path, kind="k", key={"a": 1}, make=fail)
    assert [p.suffix for p in (tmp_path / "k").iterdir()] == [".lock"]
    tree, _ = cached_tree(tmp_path, kind="k", key={"a": 1}, make=lambda folder: {"digest": ""})
    assert not (tree / "half").exists()
