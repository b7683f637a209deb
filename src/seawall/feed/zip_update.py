"""A zip archive with some members replaced, without packing the others again."""

import struct
import zlib
from collections.abc import Iterator, Mapping

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_OFFSET = 42
"""Where an entry of the directory says where its member begins."""
_MOST_ENTRIES = 0xFFFF
_MOST_BYTES = 0xFFFFFFFF
_FIRST_DAY = 0x21
"""1 January 1980: members have no date, so that the same content is the same archive."""
_UTF_8 = 0x0800
_DEFLATED = 8


def updated_zip(old: bytes | None, changed: Mapping[str, bytes | None]) -> bytes:
    """The archive `old`, which this function made, with the members of `changed` added, replaced
    or (None) removed; members in order of name. Raises ValueError when `old` is another's
    archive or the new one would pass 4 GiB."""
    members = dict(_members(old)) if old else {}
    for name, data in changed.items():
        members.pop(name, None)
        if data is not None:
            members[name] = _packed(name, data)
    return b"".join(_archive(members))


def _members(archive: bytes) -> Iterator[tuple[str, tuple[bytes, bytes]]]:
    """Name → its record and its entry in the directory."""
    count, start = _directory(archive)
    for _ in range(count):
        fields = _CENTRAL.unpack_from(archive, start)
        if fields[0] != b"PK\1\2":
            raise ValueError("the archive's directory is damaged")
        size, name_length, extra, comment = fields[8], fields[10], fields[11], fields[12]
        end = start + _CENTRAL.size + name_length
        begins = fields[16]
        if extra or comment or archive[begins : begins + 4] != b"PK\3\4":
            raise ValueError("the archive was made by another program")
        record = archive[begins : begins + _LOCAL.size + name_length + size]
        name = archive[start + _CENTRAL.size : end].decode()
        yield name, (record, archive[start:end])
        start = end


def _directory(archive: bytes) -> tuple[int, int]:
    """How many entries the directory has and where it begins."""
    at = len(archive) - _END.size
    if at < 0 or archive[at : at + 4] != b"PK\5\6":
        raise ValueError("this is no zip archive of ours")
    _, _, _, _, count, _, start, _ = _END.unpack_from(archive, at)
    if count == _MOST_ENTRIES:
        at_64 = at - _LOCATOR.size - _END_64.size
        fields = _END_64.unpack_from(archive, at_64)
        count, start = fields[7], fields[9]
    return count, start


def _packed(name: str, data: bytes) -> tuple[bytes, bytes]:
    """A member: its record and its entry in the directory, whose offset is still 0."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    raw = name.encode()
    common = (20, _UTF_8, _DEFLATED, 0, _FIRST_DAY, zlib.crc32(data), len(packed), len(data))
    local = _LOCAL.pack(b"PK\3\4", *common, len(raw), 0)
    mode = 0o100644 << 16
    central = _CENTRAL.pack(b"PK\1\2", 0x0314, *common, len(raw), 0, 0, 0, 0, mode, 0)
    return local + raw + packed, central + raw


def _archive(members: Mapping[str, tuple[bytes, bytes]]) -> Iterator[bytes]:
    at = 0
    entries = []
    for name in sorted(members):
        record, entry = members[name]
        entries.append(b"%b%b%b" % (entry[:_OFFSET], struct.pack("<L", at), entry[_OFFSET + 4 :]))
        yield record
        at += len(record)
    directory = b"".join(entries)
    if at + len(directory) > _MOST_BYTES:
        raise ValueError("the archive would pass 4 GiB")
    yield directory
    yield from _ending(len(entries), size=len(directory), start=at)


def _ending(count: int, *, size: int, start: int) -> Iterator[bytes]:
    """The end of the directory (APPNOTE 4.3.14 to 4.3.16)."""
    if count >= _MOST_ENTRIES:
        rest = (45, 45, 0, 0, count, count, size, start)
        yield _END_64.pack(b"PK\6\6", _END_64.size - 12, *rest)
        yield _LOCATOR.pack(b"PK\6\7", 0, start + size, 1)
    small = min(count, _MOST_ENTRIES)
    yield _END.pack(b"PK\5\6", 0, 0, small, small, size, start, 0)
