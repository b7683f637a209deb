"""A prepared target with a unified diff applied to it, in the sandbox."""

import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

from seawall.proofs.cache import cached_tree
from seawall.proofs.reproducer import Reproducer
from seawall.proofs.runtime import Prepared, PrepareFailed, RuntimeDriver, Unsupported
from seawall.sandbox.protocol import Job, Limits, Sandbox
from seawall.vocab.errors import one_line
from seawall.vocab.evidence import Runtime, Side

_PATCH_FILE = "candidate.diff"
_KIND = "patched"
# Apply with the first number of stripped folders that fits; say which, or why none does.
_SCRIPT = """
cd "$1" || exit 3
for strip in 1 0 2 3; do
  if patch -s -f --dry-run -p$strip -i /work/fix.diff >/work/log 2>&1; then
    patch -s -f --no-backup-if-mismatch -p$strip -i /work/fix.diff && echo $strip
    exit $?
  fi
done
cat /work/log; exit 4
"""


def prepare_patched(
    reproducer: Reproducer,
    diff: bytes,
    *,
    driver: RuntimeDriver,
    cache: Path,
    sandbox: Sandbox,
) -> tuple[Reproducer, Prepared]:
    """Give the affected target with `diff` applied, and the reproducer to run against it.

    Raises PrepareFailed when the diff does not apply or the result does not build.
    """
    if reproducer.build is not None:
        build = dataclasses.replace(
            reproducer.build, fix=_PATCH_FILE, fixed_archive="", without_patches=()
        )
        if reproducer.build.without_patches:
            raise Unsupported(
                "a diff cannot be tried on a Debian source whose patches are taken back; give the "
                "fixed version"
            )
        files = {**reproducer.files, _PATCH_FILE: diff}
        patched = dataclasses.replace(reproducer, build=build, files=files)
        return patched, driver.prepare(patched, Side.FIXED)
    base = driver.prepare(reproducer, Side.AFFECTED)
    return reproducer, _patched_tree(reproducer, base, diff, cache, sandbox)


def _patched_tree(
    reproducer: Reproducer, base: Prepared, diff: bytes, cache: Path, sandbox: Sandbox
) -> Prepared:
    digest = hashlib.sha256(diff).hexdigest()
    target = reproducer.target
    root = "target" if target.runtime is Runtime.PYTHON else f"node_modules/{target.path}"

    def make(folder: Path) -> Mapping[str, str]:
        shutil.copytree(base.tree, folder, symlinks=True, dirs_exist_ok=True)
        os.unlink(folder / "prepared.json")
        for compiled in folder.glob("**/__pycache__"):
            shutil.rmtree(compiled)
        outcome = sandbox.run(
            Job(
                argv=("/bin/sh", "-c", _SCRIPT, "sh", f"/t/{root}"),
                files={"fix.diff": diff},
                writable=((folder, PurePosixPath("/t")),),
                environment={"PATH": "/usr/bin:/bin"},
                limits=Limits(wall_seconds=60, cpu_seconds=60),
            )
        )
        if outcome.exit_code != 0:
            why = one_line(outcome.stdout.decode("utf-8", "replace")[-300:])
            raise PrepareFailed(f"the diff does not apply to {target.name} {base.version}: {why}")
        both = hashlib.sha256(f"{base.digest} {digest}".encode()).hexdigest()
        return {**base.facts, "digest": both, "patched_with": digest}

    tree, facts = cached_tree(
        cache, kind=_KIND, key={"base": base.digest, "diff": digest}, make=make
    )
    return Prepared(version=f"{base.version}+diff", tree=tree, digest=facts["digest"], facts=facts)


def forget_patched(cache: Path, *, known: Collection[str]) -> None:
    """Remove targets patched with a diff whose sha256 is not among the `known`."""
    for facts in (cache / _KIND).glob("*/prepared.json"):
        if json.loads(facts.read_text()).get("patched_with") not in known:
            shutil.rmtree(facts.parent, ignore_errors=True)
