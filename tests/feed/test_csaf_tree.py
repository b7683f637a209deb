import hashlib
import re

import pytest

from feed.providers import Files, provider, published
from seawall.feed.csaf_tree import csaf_path


@pytest.fixture
def files():
    made = Files()
    made.show(published(1), published(2, revision=3), provider=provider())
    return made


def test_a_document_lies_in_the_year_of_its_first_release():
    path = csaf_path("SEAWALL-2026-0001-VEX", year=2025)
    assert path == "csaf/white/2025/seawall-2026-0001-vex.json"


@pytest.mark.parametrize("kind", ["sha256", "sha512"])
def test_hashes_are_as_sha256sum_writes_them(files, kind):
    path = "csaf/white/2026/seawall-2026-0001.json"
    digest = hashlib.new(kind, files[path]).hexdigest()
    assert files[f"{path}.{kind}"].decode() == f"{digest}  seawall-2026-0001.json\n"


def test_the_index_names_every_document(files):
    index = files["csaf/white/index.txt"].decode().splitlines()
    assert index == [
        "2026/seawall-2026-0001-vex.json",
        "2026/seawall-2026-0001.json",
        "2026/seawall-2026-0002-vex.json",
        "2026/seawall-2026-0002.json",
    ]
    assert all(f"csaf/white/{path}" in files for path in index)


def test_changes_come_newest_first(files):
    assert files["csaf/white/changes.csv"].decode().splitlines() == [
        '"2026/seawall-2026-0002-vex.json","2026-03-11T09:00:00Z"',
        '"2026/seawall-2026-0002.json","2026-03-11T09:00:00Z"',
        '"2026/seawall-2026-0001-vex.json","2026-03-09T09:00:00Z"',
        '"2026/seawall-2026-0001.json","2026-03-09T09:00:00Z"',
    ]


def test_folders_are_listed_for_hosts_that_list_none(files):
    year = re.findall(r'<a href="([^"]+)"', files["csaf/white/2026/index.html"].decode())
    assert [f"2026/{name}" for name in year] == files["csaf/white/index.txt"].decode().split()
    top = re.findall(r'<a href="([^"]+)"', files["csaf/white/index.html"].decode())
    assert top == ["2026/", "changes.csv", "index.txt", "feed.json"]
