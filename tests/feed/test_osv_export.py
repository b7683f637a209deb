import csv
import io
import json
import zipfile
from dataclasses import replace

import pytest

from feed.providers import Files, provider, published
from formats.releases import ADVISORY, span
from seawall.feed.zip_update import updated_zip


def records(archive):
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        return {name: json.loads(opened.read(name)) for name in opened.namelist()}


def package(**fields):
    return replace(ADVISORY.affected[0], **fields)


@pytest.fixture
def files():
    debian = package(
        ecosystem="Debian:12",
        name="jinja2",
        purl="pkg:deb/debian/jinja2?distro=bookworm",
        ranges=(span(("introduced", "0"), ("fixed", "3.1.2-2")),),
    )
    both = replace(ADVISORY, id="SEAWALL-2026-0002", affected=(package(), debian))
    made = Files()
    made.show(published(1), published(2, advisory=both, fixes=()), provider=provider())
    return made


def test_each_ecosystem_has_its_records_without_its_release(files):
    assert files["osv/ecosystems.txt"] == b"Debian\nPyPI\n"
    assert set(records(files["osv/PyPI/all.zip"])) == {
        "SEAWALL-2026-0001.json",
        "SEAWALL-2026-0002.json",
    }
    assert set(records(files["osv/Debian/all.zip"])) == {"SEAWALL-2026-0002.json"}
    assert set(records(files["osv/all.zip"])) == set(records(files["osv/PyPI/all.zip"]))


def test_an_archive_holds_the_records_beside_it(files):
    for name, record in records(files["osv/PyPI/all.zip"]).items():
        assert record == json.loads(files[f"osv/PyPI/{name}"])
        assert name == f"{record['id']}.json"


def test_the_tables_say_what_was_modified_newest_first(files):
    files.show(published(1, revision=5), provider=provider())
    whole = list(csv.reader(io.StringIO(files["osv/modified_id.csv"].decode())))
    assert whole == [
        ["2026-03-13T09:00:00Z", "PyPI/SEAWALL-2026-0001"],
        ["2026-03-09T09:00:00Z", "Debian/SEAWALL-2026-0002"],
        ["2026-03-09T09:00:00Z", "PyPI/SEAWALL-2026-0002"],
    ]
    assert files["osv/PyPI/modified_id.csv"].decode().splitlines() == [
        "2026-03-13T09:00:00Z,SEAWALL-2026-0001",
        "2026-03-09T09:00:00Z,SEAWALL-2026-0002",
    ]


def test_commits_of_a_repository_are_in_git():
    git = package(
        ecosystem="",
        name="jinja2",
        purl="pkg:github/pallets/jinja",
        versions=(),
        ranges=(
            span(
                ("introduced", "0"), ("fixed", "a" * 40), kind="GIT", repo="https://git.example/j"
            ),
        ),
    )
    files = Files()
    release = published(advisory=replace(ADVISORY, affected=(git,)), fixes=())
    files.show(release, provider=provider())
    assert release.ecosystems == ("GIT",)
    assert files["osv/ecosystems.txt"] == b"GIT\n"
    assert set(records(files["osv/GIT/all.zip"])) == {"SEAWALL-2026-0001.json"}


def test_an_archive_is_the_same_whatever_the_order():
    members = {f"{n}.json": b"%d" % n * 100 for n in range(50)}
    at_once = updated_zip(None, members)
    stepwise = None
    for name in reversed(members):
        stepwise = updated_zip(stepwise, {name: b"old"})
        stepwise = updated_zip(stepwise, {name: members[name], "never": None})
    assert stepwise == at_once
    with zipfile.ZipFile(io.BytesIO(at_once)) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == members
        assert opened.testzip() is None


def test_members_leave():
    archive = updated_zip(updated_zip(None, {"a": b"1", "é": b"2"}), {"a": None})
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == {"é": b"2"}
    assert updated_zip(archive, {"é": None}) == updated_zip(None, {})
    with zipfile.ZipFile(io.BytesIO(updated_zip(None, {}))) as opened:
        assert opened.namelist() == []


def test_more_members_than_a_plain_archive_can_count():
    members = {f"{n:06}": b"" for n in range(70_000)}
    archive = updated_zip(updated_zip(None, members), {"one": b"more"})
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert len(opened.namelist()) == 70_001
        assert opened.read("one") == b"more"


def foreign():
    """An archive of another program, with extra fields."""
    text = io.BytesIO()
    with zipfile.ZipFile(text, "w") as made:
        info = zipfile.ZipInfo("a")
        info.extra = b"\1\0\0\0"
        made.writestr(info, b"x")
    return text.getvalue()


def damaged():
    """An archive of ours whose directory was hurt."""
    return updated_zip(None, {"a": b"1"}).replace(b"PK\1\2", b"PK\1\3")


@pytest.mark.parametrize(
    "archive", [b"no zip", foreign(), damaged(), updated_zip(None, {"a": b"1"})[4:]]
)
def test_an_archive_of_another_is_refused(archive):
    with pytest.raises(ValueError):
        updated_zip(archive, {"b": b"2"})
