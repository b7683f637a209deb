"""Endless data: too long, too slow, too much when unpacked, too deep."""

import gzip
import time
from collections.abc import Callable
from dataclasses import replace
from typing import IO

import pytest

from client.attacks.conftest import Stage
from client.mirrors import Mirror, Raw
from seawall.client.fetching import Pace

HEAD = b"HTTP/1.1 200 OK\r\n"


def forever(data: bytes, *, pause: float = 0.0) -> Raw:
    """An answer without end, as long as somebody listens (at most 64 MB or 20 seconds)."""

    def write(file: IO[bytes]) -> None:
        file.write(HEAD + b"Content-Type: application/json\r\n\r\n")
        end = time.monotonic() + 20
        sent = 0
        while sent < 64 << 20 and time.monotonic() < end:
            file.write(data)
            file.flush()
            sent += len(data)
            if pause:
                time.sleep(pause)

    return write


def bomb(size: int) -> Raw:
    """`size` bytes of nothing, packed."""
    packed = gzip.compress(b" " * size, 9)

    def write(file: IO[bytes]) -> None:
        head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
        file.write(head + packed)

    return write


def paths_of(stage: Stage) -> dict[str, str]:
    """One file of each kind that the operator will ask for."""
    thief = stage.thief()
    [four] = (thief.folder / "tuf/targets").rglob("*.SEAWALL-2026-0004.json")
    return {
        "root": "tuf/metadata/2.root.json",
        "timestamp": thief.place("timestamp"),
        "snapshot": thief.place("snapshot"),
        "bin": thief.place(thief.bin_of(stage.house.path(4))),
        "release": str(four.relative_to(thief.folder)),
        "checkpoint": "log/checkpoint",
    }


KINDS = ("root", "timestamp", "snapshot", "bin", "release", "checkpoint")


def instead(path: str, given: Raw | bytes) -> Callable[[Mirror], None]:
    def dress(mirror: Mirror) -> None:
        mirror.instead[path] = given

    return dress


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_without_end(stage: Stage, kind):
    dress = instead(paths_of(stage)[kind], forever(b"[" * 65_536))
    stage.refused(
        stage.behind, stage.house.folder, "is longer than the", ways=("web",), dress=dress
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_bomb(stage: Stage, kind):
    dress = instead(paths_of(stage)[kind], bomb(80 << 20))
    stage.refused(
        stage.behind, stage.house.folder, "is longer than the", ways=("web",), dress=dress
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_comes_drop_by_drop(stage: Stage, kind):
    hasty = replace(stage.behind, pace=Pace(seconds=0.4, bytes_per_second=1e9))
    dress = instead(paths_of(stage)[kind], forever(b" ", pause=0.02))
    stage.refused(
        hasty, stage.house.folder, "not complete within", code=3, ways=("web",), dress=dress
    )


@pytest.mark.parametrize("kind", ["timestamp", "snapshot", "bin", "release"])
def test_a_longer_file_on_carried_media(stage: Stage, kind):
    thief = stage.thief()
    path = paths_of(stage)[kind]
    thief.replace(path, thief.read(path) + b" " * (10 << 20))
    stage.refused(stage.behind, thief.folder, "is longer than the", ways=("folder",))


def test_metadata_nested_without_end(stage: Stage):
    thief = stage.thief()
    thief.replace(thief.place("timestamp"), b"[" * 60_000)
    stage.refused(stage.behind, thief.folder, "timestamp.json cannot be read.*nested")


def test_a_number_without_end(stage: Stage):
    thief = stage.thief()
    data = thief.read(thief.place("timestamp")).replace(
        b'"version"', b'"x":%s,"version"' % (b"9" * 30_000), 1
    )
    thief.replace(thief.place("timestamp"), data)
    stage.refused(stage.behind, thief.folder, "timestamp.json cannot be read.*digits")


def test_a_key_that_is_said_twice(stage: Stage):
    thief = stage.thief()
    data = thief.read(thief.place("timestamp"))
    thief.replace(thief.place("timestamp"), b'{"signed":{},' + data.lstrip()[1:])
    stage.refused(stage.behind, thief.folder, "timestamp.json cannot be read.*twice|duplicate")


def test_bytes_that_are_no_text(stage: Stage):
    thief = stage.thief()
    for path in (thief.place("timestamp"), thief.place(thief.bin_of(stage.house.path(4)))):
        mirror = stage.thief()
        mirror.replace(path, b'{"signed": "\xff\xfe\xfa"}')
        stage.refused(stage.behind, mirror.folder, "cannot be read.*UTF-8")
