"""What other validators say about our CSAF documents (tools/csaf_peers.py)."""

import copy
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from formats.bundles import documents_of, make_bundle
from formats.releases import RELEASE
from formats.varied_releases import varied
from seawall.formats.release_documents import check_documents, write_documents
from seawall.formats.validate import is_valid
from seawall.formats.write_csaf import csaf_security_advisory

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("csaf_peers", ROOT / "tools" / "csaf_peers.py")
    assert spec and spec.loader
    made = importlib.util.module_from_spec(spec)
    sys.modules["csaf_peers"] = made  # its dataclasses look for their module
    spec.loader.exec_module(made)
    return made


def test_releases_of_all_shapes_are_valid_and_agree():
    kinds, labels = set(), set()
    for release in varied(120):
        made = write_documents(release).documents
        assert all(is_valid(problems) for problems in check_documents(made).values())
        kinds |= set(made)
        labels.add(release.advisory.tlp)
    assert len(kinds) == 5
    assert len(labels) == 5


def test_the_same_seed_gives_the_same_releases():
    assert list(varied(20)) == list(varied(20))
    assert list(varied(20)) != list(varied(20, seed=1))


def scored(*versions: str) -> dict[str, Any]:
    scores = [
        {"cvss_v3": {"version": version, "vectorString": "x"}, "products": ["CSAFPID-0001"]}
        for version in versions
    ]
    return {"vulnerabilities": [{"scores": scores}]}


TWICE = "/x: product `CSAFPID-0001` has multiple CVSS v3 scores in vulnerability 0"


def test_a_validator_is_excused_only_for_the_very_case(tool):
    assert tool.excuse("prototyyppi", "6.1.7", [TWICE], scored("3.0", "3.1"))
    assert not tool.excuse("prototyyppi", "6.1.7", [TWICE], scored("3.1", "3.1"))
    assert not tool.excuse("prototyyppi", "6.1.7", [TWICE, "else"], scored("3.0", "3.1"))
    assert not tool.excuse("prototyyppi", "6.1.8", [TWICE], scored("3.0", "3.1"))
    assert not tool.excuse("csaf-validator-lib", "6.1.7", [TWICE], scored("3.0", "3.1"))


def test_documents_are_found_in_files_folders_and_bundles(tool, tmp_path):
    (tmp_path / "SEAWALL-2026-0001.release.json").write_bytes(make_bundle(1))
    (tmp_path / "list.json").write_text("[1]")
    texts = documents_of(RELEASE)
    (tmp_path / "advisory.json").write_text(texts["seawall-2026-0001.json"])
    names = [Path(name).name for name, _ in tool.stored([tmp_path])]
    assert names == [
        "SEAWALL-2026-0001.release.json: seawall-2026-0001-vex.json",
        "SEAWALL-2026-0001.release.json: seawall-2026-0001.json",
        "advisory.json: advisory.json",
    ]


@pytest.fixture(scope="module")
def peers(tool, tmp_path_factory) -> dict[str, list[str]]:
    try:
        return dict(tool.peers())
    except tool.PeerMissing as missing:
        pytest.skip(str(missing))


@pytest.mark.slow
@pytest.mark.online
@pytest.mark.parametrize("peer", ["csaf-validator-lib", "prototyyppi"])
def test_other_validators_refuse_none_of_a_thousand_releases(tool, peers, peer):
    documents = list(tool.generated(1000))
    assert len(documents) == 2000
    failures = tool.ask(peers[peer], documents, peer=peer)
    assert [each for each in failures if not each.excuse] == []


@pytest.mark.slow
@pytest.mark.online
@pytest.mark.parametrize("peer", ["csaf-validator-lib", "prototyyppi"])
def test_other_validators_do_look(tool, peers, peer):
    whole = csaf_security_advisory(RELEASE)
    twice = copy.deepcopy(whole)
    twice["product_tree"]["full_product_names"][0]["product_id"] = "CSAFPID-0001"
    shapeless = json.loads(json.dumps(whole))
    del shapeless["document"]["title"]
    documents = [("whole", whole), ("twice", twice), ("shapeless", shapeless)]
    failures = tool.ask(peers[peer], documents, peer=peer)
    assert {each.document for each in failures} == {"twice", "shapeless"}
