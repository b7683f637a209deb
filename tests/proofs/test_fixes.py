"""Candidate fixes: what silences the proof, what does not, and what breaks the feature."""

import difflib

import pytest

from proofs.targets import EXTRA_OLD, LEAKY, LEAKY_JS, Prover, node_proof, python_proof
from seawall.proofs.fixes import Candidate, verify_fix
from seawall.proofs.reproducer import Reproducer
from seawall.vocab.fixes import FixOutcome, FixVerification

STEPS = '[[step]]\ncall = "leaky:load"\nargs = ["{secret}"]\nmay_raise = true\n'
CONTROL = """
[[step]]
call = "leaky:echo"
args = ["harmless"]
[[control]]
call = "leaky:load"
args = [{ path = "plain.txt" }]
"""
READ = 'kind = "file-read"'


def diff(old: str, new: str) -> bytes:
    source = LEAKY.format(safe=False, version="1.0", extra=EXTRA_OLD)
    assert old in source
    lines = difflib.unified_diff(
        source.splitlines(keepends=True),
        source.replace(old, new).splitlines(keepends=True),
        "a/src/leaky/__init__.py",
        "b/src/leaky/__init__.py",
    )
    return "".join(lines).encode()


RELATIVE_ONLY = diff(
    "    with open(name) as source:",
    '    if "/s" in name:\n        return ""\n    with open(name) as source:',
)


def verify(prover: Prover, proof: Reproducer, candidate: Candidate, **more) -> FixVerification:
    return verify_fix(
        [proof],
        candidate,
        sandbox=prover.sandbox,
        cache_dir=prover.root / "cache",
        runs=1,
        variants=more.pop("variants", 0),
        driver=prover.driver(proof),
        **more,
    )


@pytest.fixture
def proof() -> Reproducer:
    return python_proof(READ, STEPS + CONTROL, **{"plain.txt": b"hello"})


def test_a_diff_that_stops_the_proof_and_keeps_the_feature_is_verified(
    prover: Prover, proof: Reproducer
) -> None:
    result = verify(prover, proof, Candidate(diff=RELATIVE_ONLY))
    assert result.outcome is FixOutcome.VERIFIED, result.reasons
    assert result.silenced == (proof.digest,)


def test_a_diff_that_removes_the_feature_breaks_it(prover: Prover, proof: Reproducer) -> None:
    gone = diff(
        "    with open(name) as source:",
        '    return ""\n    with open(name) as source:',
    )
    result = verify(prover, proof, Candidate(diff=gone))
    assert result.outcome is FixOutcome.BREAKS
    assert "other answers than before" in result.reasons[0]
    assert result.silenced == (proof.digest,)


def test_a_diff_that_removes_the_function_is_not_silence(prover: Prover, proof: Reproducer) -> None:
    result = verify(prover, proof, Candidate(diff=diff("def load(name):", "def _load(name):")))
    assert result.outcome is FixOutcome.BREAKS
    assert "no longer reaches the target" in result.reasons[0]
    assert result.silenced == ()


def test_a_diff_beside_the_point_is_ineffective(prover: Prover, proof: Reproducer) -> None:
    result = verify(prover, proof, Candidate(diff=diff('label = "box"', 'label = "crate"')))
    assert result.outcome is FixOutcome.INEFFECTIVE
    assert result.silenced == ()


def test_a_diff_that_a_variant_gets_round_is_ineffective(prover: Prover) -> None:
    steps = '[[step]]\ncall = "leaky:nest"\nargs = [{ repeat = ["x", 2000] }]\n'
    steps += '[[control]]\ncall = "leaky:nest"\nargs = ["xxx"]\n'
    proof = python_proof('kind = "exception"\ntype = "RecursionError"', steps)
    one_length = diff(
        "    return nest(", "    if len(text) == 2000:\n        return 0\n    return nest("
    )
    result = verify(prover, proof, Candidate(diff=one_length), variants=1)
    assert result.outcome is FixOutcome.INEFFECTIVE
    assert "with repeats" in result.reasons[0]


def test_a_diff_that_does_not_apply_is_an_error_in_words(prover: Prover, proof: Reproducer) -> None:
    result = verify(prover, proof, Candidate(diff=diff("SAFE", "OTHER").replace(b"SAFE", b"SURE")))
    assert result.outcome is FixOutcome.ERROR
    assert "does not apply" in result.reasons[0]


def test_a_diff_without_anything_that_shows_the_feature_is_not_verified(prover: Prover) -> None:
    proof = python_proof(READ, STEPS.replace("may_raise = true\n", ""))
    result = verify(prover, proof, Candidate(diff=RELATIVE_ONLY))
    assert result.outcome is FixOutcome.ERROR
    assert "Nothing shows that the feature still works" in result.reasons[0]


def test_the_projects_tests_must_pass_before_and_after(prover: Prover, proof: Reproducer) -> None:
    passing = {"t.py": b"import leaky; assert leaky.echo('a') == 'a'"}
    only_before = {"t.py": b"import leaky; assert leaky.load('/proc/self/stat')"}
    never = {"t.py": b"assert False"}
    candidate = Candidate(diff=RELATIVE_ONLY)

    def outcome(files: dict[str, bytes]) -> FixOutcome:
        argv = ["python", "t.py"]
        return verify(prover, proof, candidate, test_argv=argv, test_files=files).outcome

    assert outcome(passing) is FixOutcome.VERIFIED
    assert outcome(only_before) is FixOutcome.BREAKS
    assert outcome(never) is FixOutcome.ERROR


def test_a_fixed_version_is_verified(prover: Prover) -> None:
    proof = python_proof('kind = "command"', '[[step]]\ncall = "leaky:run"\nargs = ["{command}"]\n')
    result = verify(prover, proof, Candidate(version="1.1"))
    assert result.outcome is FixOutcome.VERIFIED, result.reasons


def test_a_node_diff_is_tried(prover: Prover) -> None:
    source = LEAKY_JS % {"safe": "false", "version": "1.0"}
    fixed = source.replace("if (SAFE && key", "if (key")
    lines = difflib.unified_diff(
        source.splitlines(keepends=True), fixed.splitlines(keepends=True), "index.js", "index.js"
    )
    merge = '{ json = \'{"a": {"b": 1}, "__proto__": {"{token}": 1}}\' }'
    steps = f'[[step]]\ncall = "leaky:merge"\nargs = [{{ dict = [] }}, {merge}]\n'
    steps += '[[control]]\ncall = "leaky:merge"\nargs = [{ dict = [] }, { a = { b = 1 } }]\n'
    result = verify(
        prover, node_proof('kind = "prototype"', steps), Candidate(diff="".join(lines).encode())
    )
    assert result.outcome is FixOutcome.VERIFIED, result.reasons
