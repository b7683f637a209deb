"""Regimes are data, each part cited."""

from importlib.resources import files

import pytest
import yaml

from seawall.core.regimes import read_regime
from seawall.vocab.errors import BadInput

FOLDER = files("seawall") / "policies" / "regimes"
EO = (FOLDER / "eo-14409.yaml").read_text()
BILL = (FOLDER / "s-2938.yaml").read_text()


def _without(text: str, part: str) -> str:
    raw = yaml.safe_load(text)
    del raw[part]
    return yaml.safe_dump(raw)


def _with(text: str, **parts: object) -> str:
    return yaml.safe_dump(yaml.safe_load(text) | parts)


def test_the_executive_order_is_voluntary_has_thirty_days_and_no_gate():
    regime = read_regime(EO)
    assert (regime.voluntary, regime.window.longest.days) == (True, 30)
    assert (regime.gate, regime.trigger, regime.evidence) == (None, None, ())
    assert regime.determines.says == "the Director of the National Security Agency"


def test_the_bill_binds_above_ten_to_the_26_and_is_said_to_be_no_law():
    regime = read_regime(BILL)
    assert (regime.voluntary, regime.status) == (False, "proposed")
    assert regime.trigger.operations == 1e26
    assert regime.gate.dollars_per_day == 1_000_000


@pytest.mark.parametrize("text", [EO, BILL])
def test_every_part_that_binds_somebody_cites_its_clause(text):
    regime = read_regime(text)
    parts = [regime.determines, *regime.terms, *regime.evidence, *regime.criteria]
    assert all(part.clause for part in parts)


def test_a_voluntary_regime_with_a_gate_is_refused():
    gate = {"dollars_per_day": 5, "clause": "x"}
    with pytest.raises(BadInput, match="a voluntary regime demands nothing and stops no release"):
        read_regime(_with(EO, gate=gate))
    with pytest.raises(BadInput, match="evidence: a voluntary regime"):
        read_regime(_with(EO, evidence=[{"id": "a", "says": "b", "clause": "c"}]))


@pytest.mark.parametrize("part", ["id", "title", "voluntary", "determines", "sources", "status"])
def test_a_missing_part_is_named(part):
    with pytest.raises(BadInput, match=part):
        read_regime(_without(EO, part), name="eo.yaml")


def test_a_term_without_a_clause_is_refused():
    with pytest.raises(BadInput, match="terms/0/clause: missing or not text"):
        read_regime(_with(EO, terms=[{"id": "a", "says": "b"}]))


def test_unknown_parts_and_words_are_named():
    with pytest.raises(BadInput, match="fine: unknown part"):
        read_regime(_with(EO, fine=3))
    with pytest.raises(BadInput, match="eligible: kings"):
        read_regime(_with(EO, eligible=["kings"]))
    with pytest.raises(BadInput, match="window/days"):
        read_regime(_with(EO, window={"days": 400, "clause": "x"}))
    with pytest.raises(BadInput, match="not YAML"):
        read_regime("a: [")
