"""Copies for one recipient: what they hold, how they are encrypted, whose a leaked one is."""

import gzip
import io
import json
import tarfile
import tomllib
import zipfile
from datetime import UTC, datetime

import pyrage
import pytest

from seawall.feed.leaks import whose
from seawall.feed.marks import MARK_FILE, Mark, Marker
from seawall.feed.restricted import BLOCK, Form, Member, make_copy, read_recipient
from seawall.vocab.errors import BadInput

MARKER = Marker(b"k" * 32)
NOON = datetime(2026, 11, 20, 12, 0, 1, tzinfo=UTC)
COPIES = [Mark(id=f"{number:032x}", made_at=NOON) for number in range(1, 21)]
MINE, YOURS = COPIES[0], COPIES[1]
DOCUMENT = json.dumps({f"key {n}": {"is": n, "not": -n} for n in range(30)}, indent=2) + "\n"
MANIFEST = 'format = 1\ntitle = "A"\ndescription = """\nkeep  \nthis\n"""\n' + "".join(
    f'[[step]]\ncall = "m:f{n}"\nargs = [{n}]\n' for n in range(20)
)
PATCH = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a \n+b\n"
MEMBERS = (
    Member(path="documents/a.json", data=DOCUMENT.encode(), form=Form.JSON),
    Member(path="fix-1.patch", data=PATCH.encode()),
    Member(path="reproducer-1/reproducer.toml", data=MANIFEST.encode(), form=Form.TOML),
    Member(path="reproducer-1/input.bin", data=b"\x00\xff" * 100),
)
KEY = pyrage.x25519.Identity.generate()


def copy_for(mark: Mark, members=MEMBERS) -> bytes:
    made = make_copy(
        members,
        visible={"recipient": "Bob"},
        marker=MARKER,
        mark=mark,
        recipient=str(KEY.to_public()),
    )
    return pyrage.decrypt(made.ciphertext, [KEY])


def files_of(plain: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        return {each.name: archive.extractfile(each).read() for each in archive}


def found_in(data: bytes):
    return whose(data, marker=MARKER, copies=COPIES)


def kinds(found) -> list[str]:
    return [each.kind for each in found.evidence]


@pytest.mark.parametrize("size", [0, 1, 3000, 4096, 65_500, 200_000])
def test_a_copy_is_encrypted_to_its_recipient_in_whole_blocks(size):
    members = (Member(path="x", data=b"\x01" * size),)
    made = make_copy(members, visible={}, marker=MARKER, mark=MINE, recipient=str(KEY.to_public()))
    assert len(made.ciphertext) % BLOCK == 0
    assert files_of(pyrage.decrypt(made.ciphertext, [KEY]))["x"] == b"\x01" * size
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(made.ciphertext, [pyrage.x25519.Identity.generate()])


def test_nothing_changes_what_a_file_means():
    files = files_of(copy_for(MINE))
    assert sorted(files) == sorted([MARK_FILE, *(each.path for each in MEMBERS)])
    assert files["fix-1.patch"] == PATCH.encode()
    assert files["reproducer-1/input.bin"] == MEMBERS[3].data
    assert files["documents/a.json"] != DOCUMENT.encode()
    assert json.loads(files["documents/a.json"]) == json.loads(DOCUMENT)
    marked = files["reproducer-1/reproducer.toml"].decode()
    assert marked != MANIFEST and tomllib.loads(marked) == tomllib.loads(MANIFEST)


def test_two_copies_differ_and_the_same_copy_is_the_same():
    assert files_of(copy_for(MINE)) == files_of(copy_for(MINE))
    assert copy_for(MINE) != copy_for(YOURS)


def test_the_archive_as_decrypted_shows_every_mark():
    [found, *others] = found_in(copy_for(MINE))
    assert found.mark == MINE.id and found.is_sure and found.visible and found.sealed
    assert kinds(found) == ["padding", "order", "times", "lines"]
    assert not any(each.is_sure or each.visible for each in others)


def test_a_zip_packed_anew_in_another_time_zone_shows_times_and_lines():
    out = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(copy_for(MINE))) as archive,
        zipfile.ZipFile(out, "w") as z,
    ):
        for each in sorted(archive, key=lambda member: member.name):
            local = datetime.fromtimestamp(each.mtime + 19800, UTC)
            z.writestr(
                zipfile.ZipInfo(f"leak/{each.name}", local.timetuple()[:6]),
                archive.extractfile(each).read(),
            )
    found = found_in(out.getvalue())[0]
    assert (found.mark, found.is_sure, kinds(found)) == (MINE.id, True, ["times", "lines"])


def test_compressing_the_archive_takes_nothing_away():
    assert kinds(found_in(gzip.compress(copy_for(MINE)))[0]) == [
        "padding",
        "order",
        "times",
        "lines",
    ]


@pytest.mark.parametrize("name", ["documents/a.json", "reproducer-1/reproducer.toml"])
def test_one_text_is_enough(name):
    text = files_of(copy_for(YOURS))[name]
    found = found_in(text)[0]
    assert (found.mark, kinds(found)) == (YOURS.id, ["lines"])
    assert found.is_sure
    windows = text.replace(b"\n", b"\r\n")
    assert found_in(windows)[0].chance == found.chance


def test_the_visible_mark_alone_says_whose_it_is_and_that_the_house_wrote_it():
    found = found_in(files_of(copy_for(YOURS))[MARK_FILE])[0]
    assert (found.mark, found.visible, found.sealed) == (YOURS.id, True, True)


def test_an_excerpt_with_other_indentation_still_shows_whose_it_is():
    lines = files_of(copy_for(YOURS))["documents/a.json"].decode().split("\n")
    excerpt = "\n".join(f"      {line}" for line in lines[10:60])
    found = found_in(excerpt.encode())[0]
    assert found.mark == YOURS.id and found.is_sure


def test_of_a_text_without_its_spaces_nobody_is_named():
    text = files_of(copy_for(YOURS))["documents/a.json"].decode()
    bare = "\n".join(line.rstrip() for line in text.split("\n"))
    assert not any(each.is_sure for each in found_in(bare.encode()))
    assert not any(each.is_sure for each in found_in(DOCUMENT.encode()))
    assert not any(each.is_sure for each in found_in(PATCH.encode()))


def test_a_visible_mark_that_somebody_wrote_is_no_evidence():
    said = json.loads(files_of(copy_for(MINE))[MARK_FILE])
    framed = json.dumps(said | {"mark": YOURS.id}, indent=2).encode()
    found = {each.mark: each for each in found_in(framed)}[YOURS.id]
    assert found.visible and not found.sealed and not found.is_sure
    assert found.evidence == ()


def test_without_the_houses_key_nothing_is_found():
    found = whose(copy_for(MINE), marker=Marker(b"x" * 32), copies=COPIES)
    assert not any(each.is_sure or each.sealed for each in found)


def test_one_name_twice_is_refused():
    with pytest.raises(BadInput, match="one name"):
        copy_for(MINE, [MEMBERS[0], MEMBERS[0]])
    with pytest.raises(BadInput, match="one name"):
        copy_for(MINE, [Member(path=MARK_FILE, data=b"{}")])


@pytest.mark.parametrize(
    "text",
    ["", "age1", "ssh-ed25519 AAAA", pytest.param(str(KEY), id="a secret key"), "age1" + "q" * 58],
)
def test_what_is_no_age_recipient_is_refused(text):
    with pytest.raises(BadInput, match="age recipient"):
        read_recipient(text)


def test_a_recipient_has_one_spelling():
    assert read_recipient(f"  {KEY.to_public()}\n") == str(KEY.to_public())
