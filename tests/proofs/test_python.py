"""Python proofs: each oracle fires inside the target, and what would cheat raises nothing."""

import pytest

from proofs.targets import Prover, python_proof
from seawall.proofs.reproducer import Reproducer
from seawall.vocab.evidence import EvidenceLevel, FrameOrigin, ValidationRecord, Verdict

COMMAND = 'kind = "command"'


def call(ref: str, *args: str, **more: str) -> str:
    lines = ["[[step]]", f'call = "{ref}"', f"args = [{', '.join(args)}]"]
    return "\n".join([*lines, *(f"{k.rstrip('_')} = {v}" for k, v in more.items())]) + "\n"


def outcome(record: ValidationRecord) -> tuple[Verdict, EvidenceLevel]:
    return record.verdict, record.level


E3 = (Verdict.CONFIRMED, EvidenceLevel.E3)


@pytest.mark.parametrize(
    ("oracle", "steps"),
    [
        (COMMAND, call("leaky:run", '"{command}"')),
        ('kind = "file-write"', call("leaky:save", '"{canary}"', '"x"')),
        ('kind = "file-read"', call("leaky:load", '"{secret}"')),
        ('kind = "callback"', call("leaky:fetch", '"{url}"')),
        (
            'kind = "exception"\ntype = "RecursionError"',
            call("leaky:nest", '{ repeat = ["x", 5000] }'),
        ),
    ],
    ids=["command", "file-write", "file-read", "callback", "exception"],
)
def test_an_effect_inside_the_target_that_the_fix_stops_is_attributed(
    prover: Prover, oracle: str, steps: str
) -> None:
    record = prover.prove(python_proof(oracle, steps))
    assert outcome(record) == E3, record.reasons
    inside = [f for f in record.runs[0].stack if f.origin is FrameOrigin.TARGET]
    assert inside[0].file == "leaky/__init__.py"


def test_a_reviewed_checker_says_what_came_back(prover: Prover) -> None:
    oracle = 'kind = "check"\nchecker = "unescaped-markup"'
    record = prover.prove(python_proof(oracle, call("leaky:echo", '"<{token}>"')))
    assert outcome(record) == E3, record.reasons
    assert record.runs[0].stack[0].function == "echo"


def test_an_unknown_checker_is_unsupported(prover: Prover) -> None:
    oracle = 'kind = "check"\nchecker = "mine"'
    record = prover.prove(python_proof(oracle, call("leaky:echo", '"x"')))
    assert outcome(record) == (Verdict.UNSUPPORTED, EvidenceLevel.E0)


def test_a_hang_is_cpu_time_that_an_equal_control_does_not_need(prover: Prover) -> None:
    steps = call("leaky:match", '{ concat = [{ repeat = ["a", 40] }, "!"] }')
    control = steps.replace("[[step]]", "[[control]]").replace('"!"', '"b"')
    record = prover.prove(python_proof('kind = "hang"\ncpu_seconds = 1', steps + control))
    assert outcome(record) == E3, record.reasons
    assert [(r.side.value, r.fired) for r in record.runs] == [
        ("affected", True), ("fixed", False), ("control", False)
    ]  # fmt: skip


def test_steps_work_on_objects_of_the_target(prover: Prover) -> None:
    steps = (
        call("leaky:Box", as_='"box"')
        + '[[step]]\nset = "$box.label"\nvalue = "mine"\n'
        + call("$box.put", '"{command}"', as_='"same"')
        + call("$same.open")
    )
    assert outcome(prover.prove(python_proof(COMMAND, steps))) == E3


def test_what_fires_on_the_fixed_version_too_is_only_reproduced(prover: Prover) -> None:
    record = prover.prove(python_proof(COMMAND, call("leaky:always", '"{command}"')))
    assert outcome(record) == (Verdict.CONFIRMED, EvidenceLevel.E1)


def test_a_step_that_the_fixed_version_lacks_is_not_silence(prover: Prover) -> None:
    record = prover.prove(python_proof(COMMAND, call("leaky:gone", '"{command}"')))
    assert outcome(record) == (Verdict.CONFIRMED, EvidenceLevel.E1)
    assert "has no 'gone'" in " ".join(record.reasons)


def test_a_proof_that_does_nothing_is_not_reproduced(prover: Prover) -> None:
    record = prover.prove(python_proof(COMMAND, call("leaky:echo", '"{command}"')))
    assert outcome(record) == (Verdict.NOT_REPRODUCED, EvidenceLevel.E0)


LEAVING = {
    "a function that the target only imported": call("leaky:imported_system", '"{command}"'),
    "a function found by the target": call("leaky:find", '"os.system"', as_='"s"')
    + call("$s", '"{command}"'),
    "a foreign function handed back to the target": call("leaky:find", '"os.system"', as_='"s"')
    + call("leaky:call", '{ handle = "s" }', '"{command}"'),
    "a foreign function in a table of the target": '[[step]]\nget = "leaky:TABLE"\nas = "t"\n'
    + '[[step]]\nitem = ["$t", "run"]\nas = "s"\n'
    + call("$s", '"{command}"'),
    "a table with a foreign function handed back": '[[step]]\nget = "leaky:TABLE"\nas = "t"\n'
    + call("leaky:call", '{ tuple = [{ handle = "t" }] }', '"{command}"'),
    "a module": '[[step]]\nget = "leaky:os"\nas = "os"\n' + call("leaky:run", '"{command}"'),
    "a frame": call("leaky:frame", as_='"f"') + call("leaky:run", '"{command}"'),
    "a module of the library": call("subprocess:run", '["{command}"]'),
    "attributes through str.format": call("leaky:echo", '"{command}{}"', as_='"t"')
    + call("$t.format", '"x"'),
}


@pytest.mark.parametrize("steps", LEAVING.values(), ids=LEAVING.keys())
def test_steps_cannot_leave_the_target(prover: Prover, steps: str) -> None:
    record = prover.prove(python_proof(COMMAND, steps))
    assert outcome(record) == (Verdict.UNSUPPORTED, EvidenceLevel.E0), record.reasons


def test_effects_without_a_target_frame_are_not_attributed(prover: Prover) -> None:
    """The harness itself exhausts a generator, but the target's frame is on the stack."""
    steps = call("leaky:later", '"{command}"', as_='"g"') + (
        '[[step]]\nbuiltin = "list"\nargs = [{ handle = "g" }]\n'
    )
    record = prover.prove(python_proof(COMMAND, steps))
    assert outcome(record) == E3
    assert [f.function for f in record.runs[0].stack if f.origin is FrameOrigin.TARGET] == [
        "run", "later"
    ]  # fmt: skip


def test_lines_without_the_runs_key_are_a_forgery(prover: Prover) -> None:
    record = prover.prove(
        python_proof(COMMAND, call("leaky:forge") + call("leaky:run", '"{command}"'))
    )
    assert outcome(record) == (Verdict.FORGED, EvidenceLevel.E0)


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        (call("leaky:kill_harness") + call("leaky:run", '"{command}"'), Verdict.ERROR),
        (call("leaky:vanish", "0") + call("leaky:run", '"{command}"'), Verdict.NOT_REPRODUCED),
    ],
    ids=["killing the harness", "leaving early"],
)
def test_ending_the_run_early_proves_nothing(prover: Prover, steps: str, verdict: Verdict) -> None:
    assert outcome(prover.prove(python_proof(COMMAND, steps))) == (verdict, EvidenceLevel.E0)


def test_sleeping_is_not_a_hang(prover: Prover) -> None:
    steps = call("leaky:sleep", "2.5") + call("leaky:echo", '"a"')
    control = steps.replace("[[step]]", "[[control]]")
    record = prover.prove(python_proof('kind = "hang"\ncpu_seconds = 1', steps + control))
    assert outcome(record) == (Verdict.NOT_REPRODUCED, EvidenceLevel.E0)


def test_a_declared_exception_from_unfit_arguments_never_entered_the_target(
    prover: Prover,
) -> None:
    steps = call("leaky:run", '"a"', '"b"', '"c"')
    record = prover.prove(python_proof('kind = "exception"\ntype = "TypeError"', steps))
    assert outcome(record) == (Verdict.NOT_REPRODUCED, EvidenceLevel.E0)


def proof_script(code: str, oracle: str = COMMAND) -> Reproducer:
    return python_proof(oracle, "", proof=code.encode())


def test_a_script_becomes_steps(prover: Prover) -> None:
    record = prover.prove(
        proof_script(
            "import seawall\nfrom leaky import Box\n"
            "box = Box()\nbox.put(content=seawall.command).open()\n"
        )
    )
    assert outcome(record) == E3, record.reasons


SCRIPTS = {
    "makes the effect itself": (
        "import os, seawall, leaky\nleaky.echo('x')\nos.system(seawall.command)\n"
    ),
    "calls nothing and makes the effect": "import os, seawall\nos.system(seawall.command)\n",
    "asks for the version": (
        "import leaky\nleaky.echo('a' if leaky.__version__ == '1.0' else 'b')\n"
    ),
    "patches the target": (
        "import os, sys, seawall, leaky\n"
        "sys.modules['leaky'].echo.__code__ = (lambda text: os.system(text)).__code__\n"
        "leaky.echo(seawall.command)\n"
    ),
    "writes a transcript of its own and leaves": (
        "import os, seawall\nos.system(seawall.command)\nos._exit(0)\n"
    ),
}


@pytest.mark.parametrize("code", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_a_script_that_pretends_is_a_forgery(prover: Prover, code: str) -> None:
    record = prover.prove(proof_script(code))
    assert outcome(record) == (Verdict.FORGED, EvidenceLevel.E0), record.reasons


def test_a_script_that_writes_the_canary_is_a_forgery(prover: Prover) -> None:
    code = "import seawall, leaky\nleaky.echo('x')\nopen(seawall.canary, 'w').write('x')\n"
    record = prover.prove(proof_script(code, 'kind = "file-write"'))
    assert outcome(record) == (Verdict.FORGED, EvidenceLevel.E0)


def test_a_script_that_prints_a_report_shows_nothing(prover: Prover) -> None:
    code = "import leaky\nprint('==1==ERROR: AddressSanitizer: bad-free')\nleaky.echo('x')\n"
    record = prover.prove(proof_script(code))
    assert outcome(record) == (Verdict.NOT_REPRODUCED, EvidenceLevel.E0)


def test_a_script_with_a_callback_is_unsupported_and_says_so(prover: Prover) -> None:
    record = prover.prove(proof_script("import leaky\nleaky.call(lambda x: x, 1)\n"))
    assert outcome(record) == (Verdict.UNSUPPORTED, EvidenceLevel.E0)
    assert "passes a function" in record.reasons[0]
