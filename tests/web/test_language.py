"""Every string of the pages is there in Spanish, with the same placeholders, and compiled."""

import importlib.util
from datetime import datetime
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages import Catalog
from django.utils import translation
from django.utils.translation import gettext, ngettext

ROOT = Path(__file__).resolve().parents[2]


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("messages", ROOT / "tools" / "messages.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_nothing_is_missing_in_any_language():
    found = list(tool().problems())
    assert found == [], f"{len(found)} problems; run make messages, then translate"


def test_the_catalogue_speaks():
    with translation.override("es"):
        assert gettext("Sign in") == "Iniciar sesión"
        assert ngettext("in %(count)d day", "in %(count)d days", 2) % {"count": 2} == "en 2 días"


def test_strings_of_templates_and_code_are_collected(tmp_path):
    (tmp_path / "web" / "templates").mkdir(parents=True)
    (tmp_path / "web" / "templates" / "a.html").write_text(
        '{% trans "One" %}{% blocktrans %}Two {{ x }}{% endblocktrans %}'
        '{% include "b.html" with title=_("Three") %}'
        "{% blocktrans count n=n %}{{ n }} day{% plural %}{{ n }} days{% endblocktrans %}"
    )
    (tmp_path / "web" / "b.py").write_text(
        'x = _("Four")\ny = gettext_lazy("Fi" "ve")\nz = f("No")'
    )
    found = {message.id for message in tool().collected(tmp_path) if message.id}
    assert found == {"One", "Two %(x)s", "Three", ("%(n)s day", "%(n)s days"), "Four", "Five"}


@pytest.mark.parametrize(
    ("string", "problem"),
    [
        ("%(n)s días", None),
        ("", "not translated"),
        ("%(m)s días", "other placeholders"),
        ("días", "other placeholders"),
    ],
)
def test_what_is_wrong_with_a_translation_is_found(string, problem):
    module, catalog = tool(), Catalog(locale="es")
    catalog.add("%(n)s days", string)
    wanted = Catalog()
    wanted.add("%(n)s days")
    found = list(module._problems_of(wanted.get("%(n)s days"), catalog, "es"))
    assert [problem in each for each in found] == ([True] if problem else [])


def test_a_string_that_is_not_in_the_catalogue_is_found():
    wanted = Catalog()
    wanted.add("Brand new")
    found = list(tool()._problems_of(wanted.get("Brand new"), Catalog(locale="es"), "es"))
    assert found == ["es: not in the catalogue: 'Brand new'; run make messages"]


def test_the_same_strings_compile_to_the_same_bytes():
    module = tool()
    one, other = Catalog(locale="es"), Catalog(locale="es", creation_date=datetime(2001, 2, 3))
    for catalog in (one, other):
        catalog.add("a", "b")
    assert module.compiled(one) == module.compiled(other)
