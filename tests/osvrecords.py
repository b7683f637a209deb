"""Small OSV records for tests of matching."""

from seawall.formats.osv import read_osv


def osv(id_, *, package="jinja2", ecosystem="PyPI", fixed="3.1.5", aliases=(), **more):
    """An advisory on every version of a package before `fixed`."""
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    affected = {
        "package": {"ecosystem": ecosystem, "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return read_osv(
        {"id": id_, "modified": "2026-01-01T00:00:00Z", "aliases": list(aliases),
         "affected": [affected], **more}
    )  # fmt: skip
