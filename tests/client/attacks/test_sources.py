"""What a folder or a web server can try beside what it gives: links, paths, redirects, breaks."""

import os
from typing import IO

import pytest

from client.attacks.conftest import Stage
from client.attacks.operators import Outcome
from client.attacks.thieves import Signed
from client.mirrors import Mirror


def test_a_link_out_of_the_folder(stage: Stage):
    thief = stage.thief()
    place = thief.folder / thief.place("timestamp")
    outside = stage.place("outside")
    place.rename(outside)
    place.symlink_to(outside)
    stage.refused(stage.behind, thief.folder, "leads out of", ways=("folder",))


def test_a_folder_linked_out(stage: Stage):
    thief = stage.thief()
    outside = stage.place("outside")
    (thief.folder / "tuf" / "targets").rename(outside)
    (thief.folder / "tuf" / "targets").symlink_to(outside)
    stage.refused(stage.behind, thief.folder, "leads out of", ways=("folder",))


def test_a_current_linked_out(stage: Stage):
    media = stage.place("media")
    media.mkdir()
    (media / "current").symlink_to(stage.thief().folder)
    stage.refused(stage.behind, media, "leads out of", ways=("folder",))


def test_a_link_that_stays_inside_is_followed(stage: Stage):
    thief = stage.thief()
    (thief.folder / "tuf" / "targets").rename(thief.folder / "elsewhere")
    (thief.folder / "tuf" / "targets").symlink_to(thief.folder / "elsewhere")
    twin = stage.behind.copy(stage.place("twin"))
    assert twin.sync(thief.folder, now=stage.now) == Outcome(code=0)


def test_a_pipe_that_nobody_writes_into(stage: Stage):
    thief = stage.thief()
    place = thief.folder / thief.place("timestamp")
    place.unlink()
    os.mkfifo(place)
    stage.refused(stage.behind, thief.folder, "no regular file", code=3, ways=("folder",))


@pytest.mark.parametrize(
    "path",
    [
        "../../../../../tmp/evil",
        "example-clearinghouse/../../../../x",
        "example-clearinghouse/releases/2026/../SEAWALL-2026-0004.json",
        "example-clearinghouse//2026/000/SEAWALL-2026-0004.json",
        "/example-clearinghouse/releases/2026/000/x.json",
        "example-clearinghouse/releases/2026/000/.x.json",
        "example-clearinghouse/releases/2026/000/x\n.json",
        "example-clearinghouse/releases/2026/000/%2e%2e",
    ],
)
def test_a_signed_path_that_leads_elsewhere(stage: Stage, path):
    thief = stage.thief("timestamp", "snapshot", "publisher")
    name = thief.bin_of(stage.house.path(4))

    def add(signed: Signed) -> None:
        signed["targets"][path] = {"length": 1, "hashes": {"sha256": "0" * 64}}

    thief.push({name: add})
    stage.refused(stage.behind, thief.folder, "not its own to name|does not verify")


def test_a_redirect_is_not_followed(stage: Stage):
    thief = stage.thief()

    def elsewhere(file: IO[bytes]) -> None:
        file.write(
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
        )

    def dress(mirror: Mirror) -> None:
        mirror.instead[thief.place("timestamp")] = elsewhere

    stage.refused(
        stage.behind, thief.folder, "points elsewhere", code=3, ways=("web",), dress=dress
    )


def test_a_mirror_that_is_down(stage: Stage):
    victim = stage.behind.copy(stage.place("victim"))
    before = victim.installed()
    outcome = victim.sync("http://127.0.0.1:9", now=stage.now)
    assert outcome.code == 3
    assert victim.installed() == before


@pytest.mark.parametrize("status", [404, 403, 500])
def test_a_mirror_without_a_file_that_is_signed(stage: Stage, status):
    thief = stage.thief()
    path = thief.place(thief.bin_of(stage.house.path(4)))

    def dress(mirror: Mirror) -> None:
        mirror.instead[path] = status

    stage.refused(stage.behind, thief.folder, str(status), code=3, ways=("web",), dress=dress)


@pytest.mark.parametrize("part", ["timestamp", "bin", "release"])
def test_a_connection_that_breaks_in_the_middle(stage: Stage, part):
    thief = stage.thief()
    [four] = (thief.folder / "tuf/targets").rglob("*.SEAWALL-2026-0004.json")
    path = {
        "timestamp": thief.place("timestamp"),
        "bin": thief.place(thief.bin_of(stage.house.path(4))),
        "release": str(four.relative_to(thief.folder)),
    }[part]
    data = thief.read(path)

    def half(file: IO[bytes]) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data)
        file.write(head + data[: len(data) // 2])

    def dress(mirror: Mirror) -> None:
        mirror.instead[path] = half

    stage.refused(
        stage.behind, thief.folder, "could not be read", code=3, ways=("web",), dress=dress
    )


def test_a_sync_that_was_cut_off_goes_on_where_it_was(stage: Stage):
    from client.mirrors import serve

    thief = stage.thief()
    victim = stage.behind.copy(stage.place("victim"))
    [four] = (thief.folder / "tuf/targets").rglob("*.SEAWALL-2026-0004.json")
    path = str(four.relative_to(thief.folder))
    with serve(thief.folder) as mirror:
        mirror.instead[path] = 500
        assert victim.sync(mirror.url, now=stage.now).code == 3
        fetched = {each for each in mirror.got if "targets/" in each and each != path}
        mirror.begin()
        mirror.instead.clear()
        assert victim.sync(mirror.url, now=stage.now) == Outcome(code=0)
        again = {each for each in mirror.got if "targets/" in each}
    assert path in again
    assert not again & fetched
