"""Words find findings by title and target, and the index follows the table."""

import pytest
from django.db import connection
from django.utils import timezone

from seawall.findings.models import Finding, Report
from seawall.findings.words import with_words

pytestmark = pytest.mark.django_db


@pytest.fixture
def add():
    report = Report.objects.create(
        digest="0" * 64, format="test", size_bytes=1, provenance={}, received_at=timezone.now()
    )

    def add(title: str, target: str = "") -> Finding:
        return Finding.objects.create(
            report=report, key=title, title=title, target=target, received_at=timezone.now()
        )

    return add


def found(text: str) -> set[str]:
    return {row.title for row in with_words(Finding.objects.all(), text)}


def test_every_word_must_be_there_or_begin_one(add):
    add("Heap overflow in the XML parser", "pkg:pypi/lxml@5.0")
    add("Heap use after free in the decoder")
    assert len(found("heap")) == 2
    assert found("HEAP overf") == {"Heap overflow in the XML parser"}
    assert found("lxml") == {"Heap overflow in the XML parser"}
    assert found("verflow") == set()
    assert found("heap nothing") == set()


@pytest.mark.parametrize(
    ("title", "target", "text"),
    [
        ("Überlauf im Zeichensatz", "", "uberlauf"),
        ("Uberlauf im Zeichensatz", "", "Überlauf"),
        ("Use of parse_uri() after free", "", "parse_uri"),
        ("Use of parse_uri() after free", "", "parse_ur"),
        ("Use of parse_uri() after free", "", "uri"),
        ("Crash", "pkg:npm/%40babel/core@7.23.1", "core"),
        ("Crash", "pkg:npm/%40babel/core@7.23.1", "7.23"),
        ("Crash", "https://git.example/tools/flex.git#lib/scan.l", "flex"),
        ("Crash", "https://git.example/tools/flex.git#lib/scan.l", "scan"),
        ("Crash in foo@bar.example", "", "bar"),
        ("Off-by-one in list-of-lists", "", "lists"),
        ("Read at -5.0e3 of a/b", "", "0e3 b"),
        ("Переполнение буфера", "", "БУФЕР"),
    ],
)
def test_marks_and_accents_part_words_and_hide_none(add, title, target, text):
    add(title, target)
    add("Another one")
    assert found(text) == {title}


@pytest.mark.parametrize(
    "text", ["", "  ", "***", "__", '"', "-", "'; DROP TABLE findings_finding"]
)
def test_text_that_is_no_word_or_a_trick_finds_nothing(add, text):
    add("Heap overflow")
    assert found(text) == set()
    assert Finding.objects.count() == 1


@pytest.mark.parametrize("text", ["heap*", 'heap"', "heap OR", "heap:", "NEAR(heap)", "(heap"])
def test_marks_of_query_languages_are_only_marks(add, text):
    add("Heap OR stack NEAR the end")
    assert found(text) == {"Heap OR stack NEAR the end"}


def test_the_index_follows_changes(add):
    row = add("Heap overflow")
    row.title = "Stack overflow"
    row.save()
    assert found("heap") == set()
    assert found("stack") == {"Stack overflow"}
    row.delete()
    assert found("stack") == set()


def test_the_index_is_there_after_all_migrations():
    """A migration that rebuilds the table on SQLite drops its triggers; it must index anew."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE name LIKE 'finding_words_%' "
                "AND type = 'trigger' ORDER BY name"
            )
            expected = ["finding_words_delete", "finding_words_insert", "finding_words_update"]
        else:
            cursor.execute("SELECT indexname FROM pg_indexes WHERE indexname = 'finding_words'")
            expected = ["finding_words"]
        assert [name for (name,) in cursor.fetchall()] == expected
