"""Python steps that try to reach an effect, a level or a verdict without the target's doing."""

import pytest

from proofs.forgeries.gadgets import (
    E3,
    FORGED,
    REPRODUCED,
    SILENT,
    UNSUPPORTED,
    call,
    get,
    item,
    outcome,
    proof,
    step,
)
from proofs.targets import Prover
from seawall.vocab.evidence import Verdict

C = '"{command}"'
SYSTEM = get("gadget:HANDLERS", "h") + item("h", '"system"', "s")
LEAVING = {
    "a function imported under another name": call("gadget:rerun", '["{command}"]'),
    "a partial of a foreign function": call("gadget:partial", '["{command}"]'),
    "a foreign class that the target imported": call("gadget:Popen", '["{command}"]'),
    "a static method that is foreign": call("gadget:Tool.run", C),
    "a foreign class kept in a class": call("gadget:Tool.popen", '["{command}"]'),
    "a foreign function kept in an instance": call("gadget:Tool", as_='"t"') + call("$t.hook", C),
    "a method of a foreign object": call("gadget:Tool", as_='"t"') + call("$t.log.info", C),
    "a function of a dependency": call("gadget:dep_helper", C),
    "a dependency's module": call("depper:helper", C),
    "a dependency through the target's module": call("gadget:depper.helper", C),
    "builtins out of the module's globals": call("gadget:scope", as_='"g"')
    + item("g", '"__builtins__"', "b")
    + item("b", '"eval"', "e")
    + call("$e", "\"__import__('os').system('{command}')\""),
    "all classes through the target's own getattr": call(
        "gadget:reach", '""', '"__class__.__mro__"', as_='"m"'
    )
    + item("m", "1", "o")
    + call("gadget:reach", '{ handle = "o" }', '"__subclasses__"', as_='"f"')
    + call("$f", C),
    "globals through a function's dunder": get("gadget:run", "f")
    + call("gadget:reach", '{ handle = "f" }', '"__globals__"', as_='"g"')
    + item("g", '"os"', "o")
    + call("$o.system", C),
    "a foreign function in a view of a table": get("gadget:HANDLERS", "h")
    + call("$h.values", as_='"v"')
    + call("gadget:run_all", '{ handle = "v" }', C),
    "a foreign function in an item view": get("gadget:HANDLERS", "h")
    + call("$h.items", as_='"v"')
    + call("gadget:run_all", '{ handle = "v" }', C),
    "a foreign function in a read-only table": get("gadget:VIEW", "v")
    + call("gadget:run_named", '{ handle = "v" }', '"system"', C),
    "a foreign function in an iterator": get("gadget:HANDLERS", "h")
    + call("$h.values", as_='"v"')
    + step("builtin", "iter", '{ handle = "v" }', as_='"i"')
    + call("gadget:run_all", '{ handle = "i" }', C),
    "a foreign function in an iterator of the library": call("gadget:chained", as_='"i"')
    + call("gadget:run_all", '{ handle = "i" }', C),
    "a generator's frame": call("gadget:numbers", as_='"n"')
    + get("$n.gi_frame", "f")
    + call("gadget:run", C),
    "the code of a generator": call("gadget:numbers", as_='"n"')
    + get("$n.gi_code", "f")
    + call("gadget:run", C),
    "an exception's own methods": call("gadget:caught", as_='"e"')
    + call("$e.with_traceback", "{ none = true }")
    + call("gadget:run", C),
    "an exception's traceback": call("gadget:caught", as_='"e"')
    + call("gadget:reach", '{ handle = "e" }', '"__traceback__"', as_='"t"')
    + call("gadget:run", C),
    "an attribute set on a class": get("gadget:Tool", "t")
    + step("set", "$t.hook", value=C)
    + call("gadget:run", C),
    "an attribute set on a function": get("gadget:run", "f")
    + step("set", "$f.hook", value=C)
    + call("gadget:run", C),
    "a foreign callback set on an instance": SYSTEM
    + call("gadget:Tool", as_='"t"')
    + step("set", "$t.hook", value='{ handle = "s" }')
    + call("$t.work", C),
    "a foreign callback inside a set value": SYSTEM
    + call("gadget:Tool", as_='"t"')
    + step("set", "$t.hook", value='{ dict = [["a", [{ handle = "s" }]]] }')
    + call("$t.work", C),
    "format of a text": call("gadget:Named", '"{{0.__class__}}"', as_='"n"')
    + get("gadget:run", "f")
    + step("builtin", "str", '{ handle = "n" }', as_='"s"')
    + call("$s.format", '{ handle = "f" }')
    + call("gadget:run", C),
    "a module of the standard library": call("os:system", C),
}


@pytest.mark.parametrize("steps", LEAVING.values(), ids=LEAVING.keys())
def test_no_step_leaves_the_target(prover: Prover, steps: str) -> None:
    record = prover.prove(proof(steps))
    assert outcome(record) == UNSUPPORTED, record.reasons
    assert record.reasons[0].startswith("Step ")


def test_a_module_of_a_dependency_below_the_targets_name_is_not_there(prover: Prover) -> None:
    record = prover.prove(proof(call("gadget.evil:helper", C)))
    assert outcome(record) == SILENT
    assert "does not exist" in " ".join(record.reasons)


def test_inherited_foreign_code_is_never_attributed(prover: Prover) -> None:
    record = prover.prove(proof(call("gadget:Shell", '["{command}"]')))
    assert outcome(record) == REPRODUCED
    assert "no frame of the target's own code" in record.reasons[-1]


COPY = (
    call("gadget:read", C, as_='"t"')
    + call("$t.split", '" "', as_='"p"')
    + item("p", "2", "effect")
    + item("p", "4", "place")
    + call("$place.strip", as_='"where"')
    + call("gadget:write", '{ handle = "where" }', '{ handle = "effect" }')
)


def test_copying_what_the_planted_command_would_write_is_not_running_it(prover: Prover) -> None:
    assert outcome(prover.prove(proof(COPY, fixed=""))) == SILENT


@pytest.mark.parametrize("number", range(3, 9))
def test_no_open_descriptor_takes_a_made_up_message(prover: Prover, number: int) -> None:
    line = r"{\"t\": \"sink\", \"sink\": \"command\", \"step\": 0, \"stack\": []}\n"
    steps = call("gadget:write", f'"/proc/self/fd/{number}"', f'"{line}"', may_raise="true")
    record = prover.prove(proof(steps + call("gadget:run", C)))
    assert outcome(record) in (FORGED, (Verdict.CONFIRMED, E3))
    assert (outcome(record) == FORGED) == any(r.suspicion for r in record.runs)


HANG = 'kind = "hang"\ncpu_seconds = 1'
BIG = '{ repeat = [["b"], 5000000] }'
FAST = '{ repeat = ["b", 5000000] }'


def burn(values: str, at: str = "step") -> str:
    """CPU time of the harness alone: one value, and much ado about it."""
    again = step("builtin", "sorted", '{ handle = "l" }', at=at)
    return step("builtin", "list", values, at=at, as_='"l"') + again * 5


def test_cpu_time_of_the_harness_itself_is_no_hang(prover: Prover) -> None:
    record = prover.prove(proof(burn(BIG) + burn(FAST, "control"), oracle=HANG, fixed=""))
    assert outcome(record) == SILENT, record.reasons


def test_cpu_time_of_the_harness_is_not_added_to_the_targets(prover: Prover) -> None:
    steps = burn(BIG) + call("gadget:tock", '"a"') * 12
    control = burn(FAST, "control") + call("gadget:tock", '"a"', at="control") * 12
    record = prover.prove(proof(steps + control, oracle=HANG, fixed=""))
    assert outcome(record) == SILENT, record.reasons


def test_values_that_take_long_to_make_are_no_hang(prover: Prover) -> None:
    steps = call("gadget:tick", BIG) * 3
    control = call("gadget:tick", FAST, at="control") * 3
    record = prover.prove(proof(steps + control, oracle=HANG, fixed=""))
    assert outcome(record) == SILENT, record.reasons


def test_many_quick_calls_are_no_hang(prover: Prover) -> None:
    steps = call("gadget:tock", '"a"') * 60 + call("gadget:tock", '"b"', at="control") * 60
    record = prover.prove(proof(steps, oracle=HANG, fixed=""))
    assert outcome(record) == SILENT, record.reasons


def exception(kind: str) -> str:
    return f'kind = "exception"\ntype = "{kind}"'


OUTSIDE = {
    "a conversion by the harness": ("ValueError", step("builtin", "int", '"x"')),
    "the end of an iterator": (
        "TypeError",
        step("builtin", "next", '"x"'),
    ),
    "deep JSON read by the harness": (
        "RecursionError",
        call("gadget:tick", '{ json = "' + "[" * 100_000 + '" }'),
    ),
    "too many arguments": ("TypeError", call("gadget:tick", '"a"', '"b"')),
    "a missing key of plain data": (
        "IndexError",
        step("builtin", "list", '["a"]', as_='"l"') + item("l", "7", "x"),
    ),
    "a method of plain data": (
        "ValueError",
        step("builtin", "list", '["a"]', as_='"l"') + call("$l.remove", '"b"'),
    ),
}


@pytest.mark.parametrize(("kind", "steps"), OUTSIDE.values(), ids=OUTSIDE.keys())
def test_an_exception_from_outside_the_target_proves_nothing(
    prover: Prover, kind: str, steps: str
) -> None:
    control = call("gadget:tick", '"a"', at="control")
    record = prover.prove(proof(steps + control, oracle=exception(kind), fixed=""))
    assert outcome(record) == SILENT, record.reasons


def test_misuse_of_a_function_is_not_told_from_a_flaw_by_a_control(prover: Prover) -> None:
    """Any function raises something for something: only a fixed version can tell."""
    steps = call("gadget:parse", "7") + call("gadget:parse", '"seven"', at="control")
    record = prover.prove(proof(steps, oracle=exception("AttributeError"), fixed=""))
    assert outcome(record) == REPRODUCED, record.reasons


CONTROLS = {
    "ends in an exception at once": call("gadget:write", '"/no/where"', '"x"', at="control"),
    "calls something else": call("gadget:tick", '"a"', at="control"),
    "calls nothing of the target": step("builtin", "len", '"a"', at="control"),
    "calls less": call("gadget:tick", '"a"', at="control"),
}


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS.keys())
def test_a_control_that_is_no_benign_use_of_the_same_calls_is_no_silence(
    prover: Prover, control: str
) -> None:
    steps = call("gadget:tick", '"a"') + call("gadget:run", C)
    record = prover.prove(proof(steps + control, fixed=""))
    assert outcome(record) == REPRODUCED, record.reasons


def test_a_control_whose_same_calls_fail_is_no_silence(prover: Prover) -> None:
    steps = call("gadget:run", C) + call("gadget:run", '["a"]', at="control")
    record = prover.prove(proof(steps, fixed=""))
    assert outcome(record) == REPRODUCED, record.reasons


def test_a_benign_control_of_the_same_calls_still_counts(prover: Prover) -> None:
    steps = call("gadget:run", C) + call("gadget:run", '"/bin/true"', at="control")
    record = prover.prove(proof(steps, fixed=""))
    assert outcome(record) == (Verdict.CONFIRMED, E3), record.reasons


def test_reasons_carry_no_terminal_codes(prover: Prover) -> None:
    steps = call("gadget:loud", '"x"')
    record = prover.prove(proof(steps, oracle=exception("ValueError"), fixed=""))
    assert outcome(record) == SILENT
    assert record.reasons
    assert all(text.isprintable() for text in record.reasons)
    assert all(run.detail.isprintable() for run in record.runs)


@pytest.mark.parametrize("runs", [0, 1, 2])
def test_a_bundle_cannot_ask_for_fewer_runs(prover: Prover, runs: int) -> None:
    record = prover.prove(proof(call("gadget:run", C), limits=f"runs = {runs}"), runs=2)
    assert [r.side.value for r in record.runs] == ["affected"] * 2 + ["fixed"] * 2
