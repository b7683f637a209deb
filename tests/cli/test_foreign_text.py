"""Words of strangers in reports and SBOMs: shown as they are, never obeyed by the terminal."""

import json

import pytest
from click.testing import CliRunner

from api.doors import osv
from seawall.cli.main import root

pytestmark = pytest.mark.django_db

EVIL = "ev[/red]il \x1b[31m\x07[bold]x"


@pytest.fixture
def run(home):
    def run(*args: str) -> str:
        result = CliRunner().invoke(root, list(args))
        assert result.exit_code == 0, result.output
        # click itself takes colours away where no terminal listens, and leaves the bell.
        assert "\x1b" not in result.output
        assert "\x07" not in result.output
        return result.output

    return run


def test_the_title_of_a_report_is_only_text(run, tmp_path):
    report = {"seawall_report": 1, "findings": [{"title": EVIL, "target": "pkg:pypi/x@1"}]}
    (tmp_path / "r.json").write_text(json.dumps(report))
    run("submit", str(tmp_path / "r.json"))
    (found,) = json.loads(run("findings", "list", "--json"))["findings"]
    opened = json.loads(run("case", "open", found["id"], "--json"))
    assert "ev[/red]il" in run("case", "list")
    assert opened["id"] in run("case", "list")
    assert "ev[/red]il" in run("case", "show", opened["id"])
    assert "ev[/red]il" in run("findings", "show", found["id"])


def test_the_names_in_an_sbom_are_only_text(run, tmp_path):
    (tmp_path / "osv.json").write_text(json.dumps(osv()))
    component = {"type": "library", "name": EVIL, "purl": "pkg:pypi/jinja2@3.1.4"}
    sbom = {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [component]}
    (tmp_path / "sbom.json").write_text(json.dumps(sbom))
    run("import", "advisories", str(tmp_path / "osv.json"))
    owner = ("--owner", EVIL, "--class", "civilian-federal")
    run("import", "sbom", str(tmp_path / "sbom.json"), "--asset", "portal[/x]\x07", *owner)
    shown = run("obligations")
    assert "portal[/x] , ev[/red]il" in shown
    assert "ev[/red]il" in shown.splitlines()[2]
    (found,) = json.loads(run("obligations", "--json"))
    run("obligations", "show", found["id"])
