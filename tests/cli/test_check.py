"""`seawall check` as a person or a pipeline calls it."""

import io
import json
import zipfile

import pytest
import zstandard
from click.testing import CliRunner

from osvrecords import osv
from seawall.cli.check import as_data, command
from seawall.formats.osv import write_osv
from seawall.formats.sbom import read_sbom
from seawall.matching.check import check_sbom
from seawall.matching.index import AdvisoryIndex

RECORDS = [write_osv(osv("GHSA-1", aliases=["CVE-2024-1"])), write_osv(osv("GHSA-2", package="a"))]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def sbom(tmp_path):
    def make(*purls):
        path = tmp_path / "sbom.json"
        parts = [
            {"name": purl.partition("/")[2] or "n", "version": "1", "purl": purl} for purl in purls
        ]
        bom = {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": parts}
        path.write_text(json.dumps(bom))
        return str(path)

    return make


@pytest.fixture
def advisories(tmp_path):
    path = tmp_path / "osv.json"
    path.write_text(json.dumps(RECORDS))
    return str(path)


def run(*args):
    return CliRunner().invoke(command, args)


AFFECTED, CLEAN = "pkg:pypi/jinja2@3.1.4", "pkg:pypi/jinja2@3.1.5"


def test_an_affected_sbom_exits_with_1_and_shows_the_fix(sbom, advisories):
    result = run(sbom(AFFECTED, "pkg:npm/b@1"), "-a", advisories)
    assert result.exit_code == 1
    assert "GHSA-1 CVE-2024-1" in result.stdout
    assert "3.1.5" in result.stdout
    assert result.stdout.splitlines()[-1] == (
        "1 component checked against 2 advisories: 1 vulnerability in 1 component. "
        "NOT CHECKED: 1 component (1 no advisories for npm)."
    )


def test_a_clean_sbom_exits_with_0(sbom, advisories):
    result = run(sbom(CLEAN), "-a", advisories)
    assert (result.exit_code, result.stdout) == (
        0,
        "1 component checked against 2 advisories: none affected.\n",
    )


def test_strict_does_not_accept_what_was_not_checked(sbom, advisories):
    assert run(sbom(CLEAN, "pkg:npm/b@1"), "-a", advisories).exit_code == 0
    assert run(sbom(CLEAN, "pkg:npm/b@1"), "-a", advisories, "--strict").exit_code == 2
    assert run(sbom(CLEAN), "-a", advisories, "--strict").exit_code == 0


def test_a_check_that_checked_nothing_is_not_green(sbom, advisories):
    result = run(sbom("pkg:npm/b@1"), "-a", advisories)
    assert result.exit_code == 2
    assert "nothing in this SBOM was checked" in result.stderr
    assert run(sbom(), "-a", advisories).exit_code == 2


def test_json_has_everything(sbom, advisories):
    result = run(sbom(AFFECTED, ""), "-a", advisories, "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert told["affected"] is True
    assert [(m["id"], m["fixed"], m["version"]) for m in told["matches"]] == [
        ("GHSA-1", ["3.1.5"], "3.1.4")
    ]
    assert told["not_checked"] == [
        {"reason": "no package URL", "count": 1, "examples": ["n 1"]}
    ]  # fmt: skip
    assert run(sbom(AFFECTED, ""), "-a", advisories, "--format", "json").stdout == result.stdout


@pytest.mark.parametrize(
    ("form", "field", "value"),
    [
        ("sarif", "version", "2.1.0"),
        ("cyclonedx", "specVersion", "1.5"),
        ("openvex", "@context", "https://openvex.dev/ns/v0.2.0"),
    ],
)
def test_other_formats_are_one_json_document(sbom, advisories, form, field, value):
    result = run(sbom(AFFECTED), "-a", advisories, "--format", form)
    assert result.exit_code == 1
    assert json.loads(result.stdout)[field] == value
    assert "1 vulnerability in 1 component" in result.stderr


def _zip(content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return buffer.getvalue()


_LINES = "\n".join(map(json.dumps, RECORDS)).encode()
_SINGLE = {f"{one['id']}.json": json.dumps(one, indent=1).encode() for one in RECORDS}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", json.dumps(RECORDS).encode()),
        ("a.jsonl", _LINES),
        ("a.jsonl.zst", zstandard.compress(_LINES)),
        ("a.zip", _zip({**_SINGLE, "README.md": b"#"})),
    ],
)
def test_advisories_come_from_every_kind_of_file(sbom, tmp_path, name, data):
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / name).write_bytes(data)
    (tmp_path / "all" / "notes.txt").write_text("not an advisory")
    for source in (tmp_path / "all" / name, tmp_path / "all"):
        result = run(sbom(AFFECTED), "-a", str(source))
        assert "checked against 2 advisories: 1 vulnerability" in result.stdout
        assert result.stderr == ""


def test_csaf_documents_serve_as_advisories(sbom, tmp_path):
    product = {
        "name": "jinja2 3.1.4",
        "product_id": "P1",
        "product_identification_helper": {"purl": "pkg:pypi/jinja2@3.1.4"},
    }
    csaf = {
        "document": {
            "category": "csaf_security_advisory",
            "csaf_version": "2.0",
            "title": "t",
            "publisher": {"category": "vendor", "name": "v", "namespace": "https://example.org"},
            "tracking": {
                "id": "V-1",
                "status": "final",
                "version": "1",
                "initial_release_date": "2026-01-01T00:00:00Z",
                "current_release_date": "2026-01-01T00:00:00Z",
                "revision_history": [
                    {"date": "2026-01-01T00:00:00Z", "number": "1", "summary": "s"}
                ],
            },
        },
        "product_tree": {"full_product_names": [product]},
        "vulnerabilities": [
            {"cve": "CVE-2024-1", "product_status": {"known_affected": ["P1"]}, "notes": []}
        ],
    }
    path = tmp_path / "csaf.json"
    path.write_text(json.dumps(csaf))
    result = run(sbom(AFFECTED), "-a", str(path))
    assert result.exit_code == 1
    assert "CVE-2024-1" in result.stdout


def test_withdrawn_advisories_are_said_to_be_left_out(sbom, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([*RECORDS, {**RECORDS[0], "withdrawn": "2026-02-01T00:00:00Z"}]))
    result = run(sbom(CLEAN), "-a", str(path))
    assert "Left out of the advisories: 1 advisory withdrawn" in result.stdout
    told = json.loads(run(sbom(CLEAN), "-a", str(path), "--json").stdout)
    assert told["left_out"] == {"advisory withdrawn": 1}


def test_one_broken_advisory_is_told_and_the_rest_used(sbom, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"id": "X", "modified": 5, "affected": []}\n' + _LINES + b"\n{not json}\n")
    result = run(sbom(AFFECTED), "-a", str(path))
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "seawall: left out: a.jsonl line 1: /modified: expected a string, found a number",
        "seawall: left out: a.jsonl line 4: line 1 column 2: not JSON: "
        "Expecting property name enclosed in double quotes (send one JSON document in UTF-8)",
    ]


def test_bad_input_is_one_line_and_exit_code_2(tmp_path, advisories):
    path = tmp_path / "x.json"
    path.write_text("{}")
    result = run(str(path), "-a", advisories)
    assert result.exit_code == 2
    assert result.stderr.startswith("seawall: x.json: not an SBOM")
    assert len(result.stderr.splitlines()) == 1


def test_without_advisories_it_says_so_and_exits_with_3(sbom, tmp_path):
    assert run(sbom(AFFECTED)).exit_code == 3
    empty = tmp_path / "empty.json"
    empty.write_text("[]")
    result = run(sbom(AFFECTED), "-a", str(empty))
    assert result.exit_code == 3
    assert "name no package that could be matched" in result.stderr


def test_the_imported_catalogue_is_the_default(sbom, home):
    AdvisoryIndex.build([osv("GHSA-1")]).save(home / "catalogue" / "index")
    assert run(sbom(AFFECTED)).exit_code == 1


def test_a_damaged_catalogue_is_bad_input(sbom, home):
    (home / "catalogue").mkdir(parents=True)
    (home / "catalogue" / "index").write_bytes(b"junk")
    assert run(sbom(AFFECTED)).exit_code == 2


def test_due_dates_appear_when_someone_knows_them(sbom):
    with open(sbom(AFFECTED), "rb") as file:
        report = check_sbom(AdvisoryIndex.build([osv("GHSA-1")]), read_sbom(file.read()))
    told = as_data(report, due=lambda match: f"2026-06-05 for {match.id}")
    assert told["matches"][0]["due"] == "2026-06-05 for GHSA-1"


def test_names_from_the_sbom_cannot_write_to_the_terminal(sbom, tmp_path, advisories):
    path = tmp_path / "evil.json"
    part = {"name": "\x1b[31mevil [bold]", "version": "1\x07", "purl": AFFECTED}
    bom = {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [part]}
    path.write_text(json.dumps(bom))
    result = run(str(path), "-a", advisories)
    assert "\x1b" not in result.stdout
    assert "[31mevil [bold]" in result.stdout
