"""The made-up installation: whole, the same for the same seed, with a true ledger."""

import json

import pytest
from click.testing import CliRunner

from seawall.cli.main import root
from seawall.cli.seeding.build import build, is_empty
from seawall.cli.seeding.world import Size
from seawall.findings.models import DuplicateLink, Finding
from seawall.ledger import queries as ledger
from seawall.validation.models import Validation

SIZE = Size(findings=150, cases=20, parties=20, people=25, assets=3)


@pytest.fixture
def built(home, transactional_db) -> dict:
    assert is_empty()
    return build(SIZE, seed=1, step=lambda what: None)


def test_it_has_as_much_as_was_asked_for(built):
    rows = built["rows"]
    assert rows["findings_finding"] == Finding.objects.count() == 150
    assert (rows["cases_case"], rows["parties_party"], rows["parties_person"]) == (20, 20, 25)
    assert not is_empty()


def test_its_ledger_is_sound(built):
    check = ledger.verify()
    assert check.problems == ()
    assert check.root.size >= built["rows"]["findings_report"] + 20


def test_what_is_sealed_can_be_read(built):
    row = Finding.objects.select_related("report")[0]
    assert row.value().title == row.title
    run = Validation.objects.select_related("finding__report")[0]
    assert run.value().level == run.level
    link = DuplicateLink.objects.select_related("later__report")[0]
    assert link.explanation


def test_columns_of_lists_agree_with_the_validations(built):
    for run in Validation.objects.filter(is_best=True).select_related("finding"):
        assert (run.finding.level, run.finding.verdict) == (run.level, run.verdict)


def test_words_find_what_was_loaded(built):
    from seawall.findings.words import with_words

    row = Finding.objects.all()[0]
    assert row in with_words(Finding.objects.all(), row.title.split(":")[0])


def test_an_installation_that_has_data_is_refused(built, home):
    call = CliRunner().invoke(root, ["seed", "--home", str(home), "--json"])
    assert call.exit_code == 3
    assert "name an empty folder" in call.output


def test_help_does_not_offer_it():
    assert "seed" not in CliRunner().invoke(root, ["--help"]).output
    assert json.dumps(list(root.list_commands(None))).count("seed") == 0  # type: ignore[arg-type]
