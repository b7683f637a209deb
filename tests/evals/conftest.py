"""The prover of the tests of proofs: small local targets, no registry."""

from proofs.conftest import prover

__all__ = ["prover"]
