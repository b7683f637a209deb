"""What an attempt's sandbox shows: the affected side to read and run, nothing of the fixed one."""

from pathlib import PurePosixPath

from evals.families import leaky
from proofs.targets import Prover
from seawall.evals.material import Material, material
from seawall.sandbox.protocol import Job
from seawall.vocab.evals import Task


def shown(prover: Prover) -> Material:
    item = leaky(Task.FIND)
    driver = prover.driver(item.solution.reproducer)
    cache = prover.root / "cache"
    return material(item, sandbox=prover.sandbox, cache_dir=cache, driver=driver)


def ask(prover: Prover, script: str) -> str:
    made = shown(prover)
    outcome = prover.sandbox.run(
        Job(
            argv=("/bin/bash", "-c", script),
            mounts=made.mounts,
            files=made.files,
            environment=made.environment,
        )
    )
    return (outcome.stdout + outcome.stderr).decode().strip()


def test_the_affected_source_is_there_and_runs(prover: Prover) -> None:
    assert shown(prover).source == PurePosixPath("/target")
    assert ask(prover, "cd /tmp; python3 -c 'import leaky; print(leaky.__version__)'") == "1.0"
    assert "SAFE = False" in ask(prover, "grep -n SAFE.= /target/leaky/__init__.py")


def test_the_fixed_version_is_nowhere(prover: Prover) -> None:
    mounted = [mount.source for mount in shown(prover).mounts]
    assert not [path for path in mounted if "1.1" in path.parts]
    assert ask(prover, "grep -rl '^SAFE = True' /target /deps /work 2>/dev/null") == ""


def test_the_source_cannot_be_written(prover: Prover) -> None:
    said = ask(prover, "echo x >> /target/leaky/__init__.py && echo written")
    assert "written" not in said
    assert "denied" in said or "Read-only" in said


def test_the_guide_and_the_template_lie_in_the_working_folder(prover: Prover) -> None:
    assert ask(prover, "ls /work").split() == ["REPRODUCER.md", "template.toml"]
