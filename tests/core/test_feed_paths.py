"""Where releases and patches lie in a feed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.feed_paths import (
    is_slug,
    patch_path,
    publisher_slug,
    release_of_path,
    release_path,
)
from seawall.vocab.errors import BadInput


@pytest.mark.parametrize(
    ("id", "path"),
    [
        ("SEAWALL-2026-0001", "seawall/releases/2026/000/SEAWALL-2026-0001.json"),
        ("SEAWALL-2026-0999", "seawall/releases/2026/000/SEAWALL-2026-0999.json"),
        ("SEAWALL-2027-1000", "seawall/releases/2027/001/SEAWALL-2027-1000.json"),
        ("SEAWALL-2027-500000", "seawall/releases/2027/500/SEAWALL-2027-500000.json"),
        ("SEAWALL-2027-1234567", "seawall/releases/2027/1234/SEAWALL-2027-1234567.json"),
    ],
)
def test_a_release_lies_in_a_folder_of_a_thousand(id, path):
    assert release_path("seawall", id) == path
    assert release_of_path(path) == ("seawall", id)
    assert path.count("/") == 4


def test_a_patch_lies_under_the_beginning_of_its_digest():
    path = patch_path("seawall", "abcd" + "0" * 60)
    assert path == f"seawall/patches/ab/cd/abcd{'0' * 60}.patch"
    assert path.count("/") == 4


@pytest.mark.parametrize(
    "id", ["", "SEAWALL-2026-1", "SEAWALL-2026-00001", "seawall-2026-0001", "SEAWALL-2026-0001/x"]
)
def test_what_is_no_id_has_no_path(id):
    with pytest.raises(BadInput, match="an advisory's id"):
        release_path("seawall", id)


@pytest.mark.parametrize("slug", ["", "..", "A", "a/b", "root", "x-packs", "-a", "a-", "a" * 41])
def test_what_is_no_slug_has_no_path(slug):
    assert not is_slug(slug)
    with pytest.raises(BadInput, match="a publisher is named"):
        release_path(slug, "SEAWALL-2026-0001")


@pytest.mark.parametrize("digest", ["", "ab", "AB" * 32, "../" * 21 + "a"])
def test_what_is_no_digest_has_no_path(digest):
    with pytest.raises(BadInput, match="sha256"):
        patch_path("seawall", digest)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "seawall/releases/2026/001/SEAWALL-2026-0001.json",
        "seawall/releases/2025/000/SEAWALL-2026-0001.json",
        "seawall/releases/2026/000/SEAWALL-2026-0001",
        "seawall/patches/ab/cd/x.patch",
        "root/releases/2026/000/SEAWALL-2026-0001.json",
        "a/seawall/releases/2026/000/SEAWALL-2026-0001.json",
    ],
)
def test_other_paths_are_no_release(path):
    assert release_of_path(path) is None


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Seawall", "seawall"),
        ("Example CERT", "example-cert"),
        ("  Zürich & Söhne AG ", "zurich-sohne-ag"),
        ("root", "root-1"),
        ("Vendor packs", "vendor-packs-1"),
        ("a" * 50, "a" * 40),
    ],
)
def test_a_publisher_is_named_in_plain_letters(name, slug):
    assert publisher_slug(name) == slug


def test_names_without_plain_letters_stay_apart():
    assert publisher_slug("日本").startswith("publisher-")
    assert publisher_slug("日本") != publisher_slug("中国")


@given(st.text(max_size=80))
def test_every_name_has_a_slug(name):
    assert is_slug(publisher_slug(name))
