"""A prover with small local targets, shared by the tests of proofs."""

import pytest

from proofs.targets import Prover, node_tree, python_tree, working_sandbox


@pytest.fixture(scope="session")
def prover(tmp_path_factory: pytest.TempPathFactory) -> Prover:
    root = tmp_path_factory.mktemp("targets")
    python_tree(root / "python")
    node_tree(root / "node")
    root.chmod(0o755)
    return Prover(sandbox=working_sandbox(), root=root)
