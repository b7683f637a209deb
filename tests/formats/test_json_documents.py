"""Documents come alone, as a list, as lines or in archives; one bad one loses no other."""

import gzip
import io
import tarfile

import pytest

from seawall.formats.archives import ArchiveLimits, pack_zip
from seawall.formats.json_documents import json_documents


def read(data: bytes, **more) -> tuple[list, list]:
    refused: list[tuple[str, str]] = []
    return list(json_documents(data, refused=refused, **more)), refused


def tar(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


FILES = {"a.json": b'{"id": 1}', "b.txt": b"no", "c.jsonl": b'{"id": 2}\n{"id": 3}\n'}
IN_FILES = [("a.json", {"id": 1}), ("c.jsonl line 1", {"id": 2}), ("c.jsonl line 2", {"id": 3})]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b'{"id": 1}', [("", {"id": 1})]),
        (b'[{"id": 1}, {"id": 2}]', [("/0", {"id": 1}), ("/1", {"id": 2})]),
        (b'{"id": 1}\n\n{"id": 2}', [("line 1", {"id": 1}), ("line 3", {"id": 2})]),
        (gzip.compress(b'{"id": 1}', mtime=0), [("", {"id": 1})]),
        (pack_zip(FILES), IN_FILES),
        (tar(FILES), IN_FILES),
        (gzip.compress(tar(FILES)), IN_FILES),
    ],
)
def test_every_form_gives_its_documents_with_their_places(data, found):
    assert read(data) == (found, [])


def test_a_line_that_is_no_json_is_refused_alone():
    found, refused = read(b'{"id": 1}\n{"id": \n{"id": 2}', name="x.jsonl")
    assert [document for _, document in found] == [{"id": 1}, {"id": 2}]
    assert [where for where, _ in refused] == ["x.jsonl line 2"]


def test_what_unpacks_to_too_much_is_refused():
    found, refused = read(
        gzip.compress(b" " * 5000 + b"{}"), name="x.gz", limits=ArchiveLimits(total_bytes=4000)
    )
    assert found == []
    assert refused[0][0] == "x.gz"
