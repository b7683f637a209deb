"""The Seawall report as an archive: `report.json`, attachments, reproducers (docs/report.md)."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from seawall.formats import bounded
from seawall.formats.archives import pack_zip, read_archive, strip_top
from seawall.formats.bundle import report_of_bundle
from seawall.formats.report import is_seawall_report, read_seawall_report
from seawall.vocab.errors import BadInput
from seawall.vocab.findings import Attachment, RejectedPart, Report

_MANIFEST = "report.json"
_BUNDLE = "reproducer.toml"
_ATTACHMENTS, _REPRODUCERS = "attachments/", "reproducers/"


def read_seawall_archive(data: bytes, *, name: str = "") -> Report:
    """Read an archive with `report.json`, or a lone reproducer bundle, as a report.

    Files below `attachments/` are attachments named by their path there. Below `reproducers/`,
    each folder with a `reproducer.toml` becomes one zip attachment named like the folder, and
    each archive one attachment named like the file.
    """
    digest = hashlib.sha256(data).hexdigest()
    files = read_archive(data, name=name)
    for marker in (_MANIFEST, _BUNDLE):
        files = strip_top(files, marker=marker)
    if _MANIFEST in files:
        where = f"{name} {_MANIFEST}".strip()
        obj = bounded.parse_json(files[_MANIFEST], name=where, replace_unstorable=True)
        if not is_seawall_report(obj):
            raise BadInput('"seawall_report" is missing', where=where, mend="see docs/report.md")
        attached, ignored = _attached(files)
        report = read_seawall_report(obj, digest=digest, attached=attached, name=where)
        return replace(report, rejected=report.rejected + ignored)
    if _BUNDLE in files:
        return report_of_bundle(files, digest=digest)
    raise BadInput(
        "the archive holds neither report.json nor reproducer.toml",
        where=name,
        mend="put one of them at its top; see docs/report.md",
    )


def _attached(
    files: Mapping[str, bytes],
) -> tuple[tuple[Attachment, ...], tuple[RejectedPart, ...]]:
    """The attachments of an archive, and the files that belong to nothing."""
    folders: dict[str, dict[str, bytes]] = {}
    found: list[Attachment] = []
    ignored: list[RejectedPart] = []
    for path, content in files.items():
        if path == _MANIFEST:
            continue
        if path.startswith(_ATTACHMENTS):
            name = path.removeprefix(_ATTACHMENTS)
            found.append(Attachment(name=name, media_type=media_type(name), data=content))
        elif path.startswith(_REPRODUCERS):
            name, slash, inside = path.removeprefix(_REPRODUCERS).partition("/")
            if slash:
                folders.setdefault(name, {})[inside] = content
            else:
                found.append(Attachment(name=name, media_type=media_type(name), data=content))
        else:
            ignored.append(
                RejectedPart(where=path, reason="neither in attachments/ nor in reproducers/")
            )
    for name, inside_files in folders.items():
        if _BUNDLE not in inside_files:
            where = f"{_REPRODUCERS}{name}"
            ignored.append(RejectedPart(where=where, reason="the folder has no reproducer.toml"))
            continue
        found.append(
            Attachment(name=name, media_type="application/zip", data=pack_zip(inside_files))
        )
    seen: set[str] = set()
    for item in found:
        if item.name.casefold() in seen:
            raise BadInput("two attachments have the same name", where=item.name, mend="rename one")
        seen.add(item.name.casefold())
    return tuple(found), tuple(ignored)


_MEDIA_TYPES = {
    ".zip": "application/zip",
    ".tar": "application/x-tar",
    ".gz": "application/gzip",
    ".tgz": "application/gzip",
    ".zst": "application/zstd",
    ".xz": "application/x-xz",
    ".json": "application/json",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".patch": "text/x-diff",
    ".diff": "text/x-diff",
}


def media_type(name: str) -> str:
    """The media type of an attachment by its name; it is a label, nothing is decided by it."""
    dot = name.rfind(".")
    return _MEDIA_TYPES.get(name[dot:].lower() if dot >= 0 else "", "application/octet-stream")
