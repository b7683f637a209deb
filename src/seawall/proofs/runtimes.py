"""Choose the runtime of a reproducer."""

from pathlib import Path

from seawall.proofs.checkers import checker_folder
from seawall.proofs.reproducer import Reproducer
from seawall.proofs.runtime import RuntimeDriver
from seawall.sandbox.protocol import Sandbox
from seawall.vocab.evidence import Runtime


def driver_for(
    reproducer: Reproducer, sandbox: Sandbox, cache_dir: Path, checkers: Path | None = None
) -> RuntimeDriver:
    """Give the driver for a reproducer; each runtime is imported only when it is used.

    `checkers` is a folder of reviewed checkers that goes before Seawall's own.
    """
    checkers = checker_folder(reproducer.oracle.checker, checkers)
    match reproducer.target.runtime:
        case Runtime.PYTHON:
            from seawall.proofs.python import PythonRuntime

            return PythonRuntime(sandbox=sandbox, cache=cache_dir, checkers=checkers)
        case Runtime.NODE:
            from seawall.proofs.node import NodeRuntime

            return NodeRuntime(sandbox=sandbox, cache=cache_dir, checkers=checkers)
        case Runtime.NATIVE:
            from seawall.proofs.native import NativeRuntime

            return NativeRuntime(sandbox=sandbox, cache=cache_dir)
