"""One prover over the gadget package for all forgeries."""

import pytest

from proofs.forgeries.gadgets import gadget_prover
from proofs.targets import Prover


@pytest.fixture(scope="session")
def prover(tmp_path_factory: pytest.TempPathFactory) -> Prover:
    return gadget_prover(tmp_path_factory.mktemp("gadgets"))
