"""Collect every string of the pages into the catalogues and compile these.

Usage: tools/messages.py [--check]

Reads `gettext(…)`, `{% trans %}`, `{% blocktrans %}` and `_("…")` in src/seawall and brings
src/seawall/web/locale/LANGUAGE/LC_MESSAGES/django.po up to date: new strings come in untranslated,
strings that are gone go out. With --check nothing is written; what is missing, untranslated or has
other placeholders is printed and the exit code is 1.
"""

import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.catalog import Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings

_ROOT = Path(__file__).resolve().parent.parent
_SOURCE = _ROOT / "src" / "seawall"
LOCALE = _SOURCE / "web" / "locale"
LANGUAGES = ("es",)
_NO_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|%[sd]|\{(\w*)\}|(</?[a-z]+)")


def collected(source: Path = _SOURCE) -> Catalog:
    """Every string of the source, with the files in which it stands."""
    if not settings.configured:
        settings.configure(USE_I18N=True)
    catalog = Catalog(charset="utf-8")
    for path in sorted([*source.rglob("*.py"), *source.rglob("templates/**/*.html")]):
        place = path.relative_to(_ROOT if path.is_relative_to(_ROOT) else source).as_posix()
        for _line, text, comments, context in extract("python", _readable(path), _KEYWORDS):
            catalog.add(text, locations=[(place, None)], auto_comments=comments, context=context)
    return catalog


def update() -> None:
    """Bring every catalogue up to date and compile it."""
    template = collected()
    for language in LANGUAGES:
        catalog = catalog_of(language)
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        for message in catalog:
            message.locations = sorted({(name, None) for name, _line in message.locations})
        po, mo = _files(language)
        po.parent.mkdir(parents=True, exist_ok=True)
        po.write_bytes(_written(catalog))
        mo.write_bytes(compiled(catalog))


def problems() -> Iterator[str]:
    """What a reader of another language would miss, one sentence each."""
    template = collected()
    for language in LANGUAGES:
        catalog = catalog_of(language)
        for message in template:
            if message.id:
                yield from _problems_of(message, catalog, language)
        for message in catalog:
            if message.id and template.get(message.id, message.context) is None:
                yield f"{language}: stands nowhere any more: {message.id!r}"
        _po, mo = _files(language)
        if not mo.exists() or mo.read_bytes() != compiled(catalog):
            yield f"{language}: the compiled catalogue is old; run make messages"


def _problems_of(message: Message, catalog: Catalog, language: str) -> Iterator[str]:
    known = catalog.get(message.id, message.context)
    if known is None:
        yield f"{language}: not in the catalogue: {message.id!r}; run make messages"
        return
    said = known.string if isinstance(known.string, tuple) else (known.string,)
    if not all(said) or known.fuzzy:
        yield f"{language}: not translated: {message.id!r}"
        return
    asked = message.id if isinstance(message.id, tuple) else (message.id,)
    wanted = {_placeholders(each) for each in asked}
    for each in said:
        if _placeholders(each) not in wanted:
            yield f"{language}: other placeholders than {message.id!r}: {each!r}"


def catalog_of(language: str) -> Catalog:
    """The catalogue as it stands in its file; an empty one when there is none."""
    po, _mo = _files(language)
    if not po.exists():
        return Catalog(locale=language, charset="utf-8")
    with po.open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    """The catalogue in the form that is read at run time; the same strings give the same bytes."""
    catalog.creation_date = catalog.revision_date = _NO_DAY
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def _written(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_po(out, catalog, width=100, sort_output=True, omit_header=False, include_lineno=False)
    text = out.getvalue().decode()
    return re.sub(r'"(POT-Creation|PO-Revision)-Date: .*\n', "", text).encode()


def _readable(path: Path) -> io.BytesIO:
    """The file as Python that babel reads; a template is turned into the calls that it makes."""
    text = path.read_text()
    if path.suffix == ".html":
        from django.utils.translation.template import templatize

        text = templatize(text, origin=str(path))
    return io.BytesIO(text.encode())


def _placeholders(text: str) -> tuple[str, ...]:
    return tuple(sorted(match.group() for match in _PLACEHOLDER.finditer(text)))


def _files(language: str) -> tuple[Path, Path]:
    folder = LOCALE / language / "LC_MESSAGES"
    return folder / "django.po", folder / "django.mo"


def main() -> int:
    if "--check" not in sys.argv[1:]:
        update()
    found = list(problems())
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
