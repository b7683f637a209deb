"""Node proofs: each oracle fires inside the target, and what would cheat raises nothing."""

import pytest

from proofs.targets import Prover, node_proof
from seawall.proofs.reproducer import Reproducer
from seawall.vocab.errors import BadInput
from seawall.vocab.evidence import EvidenceLevel, FrameOrigin, ValidationRecord, Verdict

COMMAND = 'kind = "command"'


def call(ref: str, *args: str, **more: str) -> str:
    lines = ["[[step]]", f'call = "{ref}"', f"args = [{', '.join(args)}]"]
    return "\n".join([*lines, *(f"{k.rstrip('_')} = {v}" for k, v in more.items())]) + "\n"


def outcome(record: ValidationRecord) -> tuple[Verdict, EvidenceLevel]:
    return record.verdict, record.level


NEW_BOX = '[[step]]\nnew = "leaky:Box"\nargs = ["{command}"]\nas = "b"\n'
E3 = (Verdict.CONFIRMED, EvidenceLevel.E3)


@pytest.mark.parametrize(
    ("oracle", "steps"),
    [
        (COMMAND, call("leaky:run", '"{command}"')),
        (COMMAND, call("leaky:later", '"{command}"')),
        (COMMAND, NEW_BOX + call("$b.open")),
        (
            COMMAND,
            call(
                "leaky:render",
                "\"process.mainModule.require('child_process').execFileSync('{command}')\"",
                as_='"t"',
            )
            + call("$t"),
        ),
        ('kind = "file-write"', call("leaky:save", '"{canary}"', '"x"')),
        ('kind = "file-read"', call("leaky:load", '"{secret}"')),
        ('kind = "callback"', call("leaky:fetch", '"{url}"', await_="true")),
        (
            'kind = "prototype"',
            call("leaky:merge", "{ dict = [] }", "{ json = '{\"__proto__\": {\"{token}\": 1}}' }"),
        ),
        (
            'kind = "exception"\ntype = "RangeError"',
            call("leaky:nest", '{ repeat = ["x", 90000] }'),
        ),
    ],
    ids=[
        "command", "command later", "method", "compiled code", "file-write", "file-read",
        "callback", "prototype", "exception",
    ],
)  # fmt: skip
def test_an_effect_inside_the_target_that_the_fix_stops_is_attributed(
    prover: Prover, oracle: str, steps: str
) -> None:
    record = prover.prove(node_proof(oracle, steps))
    assert outcome(record) == E3, (record.reasons, record.runs)
    inside = [f for f in record.runs[0].stack if f.origin is FrameOrigin.TARGET]
    assert inside[0].file == "index.js"


def test_a_hang_is_cpu_time_that_an_equal_control_does_not_need(prover: Prover) -> None:
    steps = call("leaky:match", '{ concat = [{ repeat = ["a", 40] }, "!"] }')
    control = steps.replace("[[step]]", "[[control]]").replace('"!"', '"b"')
    record = prover.prove(node_proof('kind = "hang"\ncpu_seconds = 1', steps + control))
    assert outcome(record) == E3, (record.reasons, record.runs)


LEAVING = {
    "a function that the target passes on": call("leaky:exec", '"{command}"'),
    "a foreign function in a table": '[[step]]\nget = "leaky:table"\nas = "t"\n'
    + call("$t.run", '"{command}"'),
    "a foreign function handed back": '[[step]]\nget = "leaky:exec"\nas = "e"\n'
    + call("leaky:call", '{ handle = "e" }', '"{command}"'),
    "a built-in module": call("child_process:execSync", '"{command}"'),
    "call of a function": '[[step]]\nget = "leaky:run"\nas = "r"\n'
    + call("$r.call", "{ none = true }", '"{command}"'),
}


@pytest.mark.parametrize("steps", LEAVING.values(), ids=LEAVING.keys())
def test_steps_cannot_leave_the_target(prover: Prover, steps: str) -> None:
    record = prover.prove(node_proof(COMMAND, steps))
    assert outcome(record) == (Verdict.UNSUPPORTED, EvidenceLevel.E0), record.reasons


def test_object_prototype_itself_cannot_be_handed_over(prover: Prover) -> None:
    steps = '[[step]]\nget = "leaky:proto"\nas = "p"\n' + call(
        "leaky:put", '{ handle = "p" }', '"{token}"', "1"
    )
    record = prover.prove(node_proof('kind = "prototype"', steps))
    assert outcome(record) == (Verdict.UNSUPPORTED, EvidenceLevel.E0)


@pytest.mark.parametrize("name", ["constructor", "__proto__", "prototype"])
def test_ways_out_of_every_object_are_barred_by_name(name: str) -> None:
    steps = f'[[step]]\nget = "leaky:run.{name}"\nas = "f"\n' + call("leaky:run", '"{command}"')
    with pytest.raises(BadInput):
        node_proof(COMMAND, steps)


def script(code: str, oracle: str = COMMAND) -> Reproducer:
    return node_proof(oracle, "", proof=code.encode())


def test_a_script_becomes_steps(prover: Prover) -> None:
    code = "const { command } = require('seawall');\nnew (require('leaky').Box)(command).open();\n"
    record = prover.prove(script(code))
    assert outcome(record) == E3, record.reasons


RUN_IT = "require('child_process').execSync(require('seawall').command);"


@pytest.mark.parametrize(
    "code",
    [
        RUN_IT,
        "require('leaky').match('x');" + RUN_IT,
        "const l = require('leaky'); l.match(l.version === '1.0' ? 'a' : 'b');",
    ],
    ids=["makes the effect alone", "makes the effect beside a call", "asks for the version"],
)
def test_a_script_that_pretends_is_a_forgery(prover: Prover, code: str) -> None:
    record = prover.prove(script(code))
    assert outcome(record) == (Verdict.FORGED, EvidenceLevel.E0), record.reasons


def test_a_script_that_changes_the_prototype_is_a_forgery(prover: Prover) -> None:
    code = "require('leaky').match('x'); Object.prototype[require('seawall').token] = 1;"
    record = prover.prove(script(code, 'kind = "prototype"'))
    assert outcome(record) == (Verdict.FORGED, EvidenceLevel.E0), record.reasons
