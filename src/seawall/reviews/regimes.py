"""The regimes of this installation, read once from their policy files."""

from functools import cache
from importlib.resources import files

from seawall.core.regimes import read_regime
from seawall.vocab.regimes import Regime

DEFAULT = "eo-14409"


@cache
def regimes() -> dict[str, Regime]:
    """All regimes by id. Raises BadInput when a policy file is wrong."""
    folder = files("seawall") / "policies" / "regimes"
    read = (
        read_regime(each.read_text(encoding="utf-8"), name=each.name)
        for each in sorted(folder.iterdir(), key=lambda each: each.name)
        if each.name.endswith(".yaml")
    )
    return {regime.id: regime for regime in read}


def regime(regime_id: str) -> Regime:
    """The regime with that id; raises LookupError."""
    try:
        return regimes()[regime_id]
    except KeyError:
        raise LookupError(f"There is no regime {regime_id}.") from None
