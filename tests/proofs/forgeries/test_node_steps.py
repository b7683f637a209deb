"""Node steps that try to reach an effect, a level or a verdict without the target's doing."""

import pytest

from proofs.forgeries.gadgets import E0, SILENT, UNSUPPORTED, call, get, outcome, proof, step
from proofs.targets import Prover
from seawall.vocab.errors import BadInput
from seawall.vocab.evidence import Verdict

C = '"{command}"'
EVIL = "\"require('child_process').execSync('{command}')\""


def reach(start: str, path: str, name: str) -> str:
    return call("gadget:reach", start, f'"{path}"', as_=f'"{name}"')


LEAVING = {
    "a private module by its path": call("./node_modules/gadget/lib/private.js:run", C),
    "a private module that exports hides": call("gadget/lib/private.js:run", C),
    "a bound foreign function": call("gadget:bound", C),
    "a proxy of a foreign function": call("gadget:proxied", C),
    "a foreign function kept in an instance": step("new", "gadget:Tool", as_='"t"')
    + call("$t.exec", C),
    "another package": call("depper:run", C),
    "another package by its path": call("./node_modules/depper/index.js:run", C),
    "the harness by a path": call("../harness/replay.cjs:main", C),
    "a builtin module": call("fs:writeFileSync", C, '""'),
    "Function through the target's own getter": reach('""', "constructor.constructor", "F")
    + call("$F", EVIL, as_='"f"')
    + call("$f"),
    "Function constructed": reach('""', "constructor.constructor", "F")
    + step("new", "$F", EVIL, as_='"f"')
    + call("$f"),
    "AsyncFunction": get("gadget:wait", "w")
    + reach('{ handle = "w" }', "constructor", "F")
    + call("$F", EVIL, as_='"f"')
    + call("$f"),
    "call of a foreign function": get("gadget:bound", "b") + call("$b.call", '""', C),
    "a foreign callback": get("gadget:bound", "b") + call("gadget:runAll", '[{ handle = "b" }]', C),
    "the iterator of a table": get("gadget:table", "m")
    + call("$m.values", as_='"v"')
    + call("gadget:runAll", '{ handle = "v" }', C),
    "the iterator of a list": get("gadget:list", "l")
    + call("$l.values", as_='"v"')
    + call("gadget:runAll", '{ handle = "v" }', C),
    "the iterator that iter gives": get("gadget:table", "m")
    + call("$m.values", as_='"v"')
    + step("builtin", "iter", '{ handle = "v" }', as_='"i"')
    + call("gadget:runAll", '{ handle = "i" }', C),
    "a foreign toString": get("gadget:bound", "b")
    + call("gadget:text", '{ dict = [["toString", { handle = "b" }]] }')
    + call("gadget:run", C),
    "a foreign then": get("gadget:bound", "b")
    + call("gadget:wait", '{ dict = [["then", { handle = "b" }]] }', await_="true")
    + call("gadget:run", C),
    "process through the target's own getter": get("gadget:Tool", "t")
    + reach('""', "constructor.constructor", "F")
    + call("$F.apply", '""', '["return process"]', as_='"p"')
    + call("$p.exit", C),
    "a builtin prototype set by a step": reach("[]", "__proto__", "p")
    + step("set", "$p.push", value='"x"')
    + call("gadget:run", C),
    "a method of a builtin prototype": reach("[]", "__proto__", "p")
    + call("$p.push", '"x"')
    + call("gadget:run", C),
}


@pytest.mark.parametrize("steps", LEAVING.values(), ids=LEAVING.keys())
def test_no_step_leaves_the_target(prover: Prover, steps: str) -> None:
    record = prover.prove(proof(steps, runtime="node", fixed=""))
    assert outcome(record) in (UNSUPPORTED, SILENT), record.reasons
    assert not any(r.fired for r in record.runs)
    assert outcome(record) == UNSUPPORTED or "does not exist" in " ".join(record.reasons)


@pytest.mark.parametrize("ref", ["node:fs", "/etc/passwd:x", "gadget/../depper:run", "_private:x"])
def test_no_reference_is_a_path(ref: str) -> None:
    try:
        made = proof(call(ref, C), runtime="node")
    except BadInput:
        return
    assert made.steps[0].ref.partition(":")[0] == "node"  # a package name, not a builtin


@pytest.mark.parametrize("name", ["constructor", "prototype", "__proto__", "__defineGetter__"])
@pytest.mark.parametrize("way", ["item", "get", "set", "call"])
def test_ways_out_of_every_object_have_no_spelling(name: str, way: str) -> None:
    tail = {
        "item": step("item", f'["$x", "{name}"]', as_='"y"'),
        "get": get(f"$x.{name}", "y"),
        "set": step("set", f"$x.{name}", value='"1"'),
        "call": call(f"$x.{name}"),
    }[way]
    with pytest.raises(BadInput):
        proof(get("gadget:run", "x") + tail + call("gadget:run", C), runtime="node")


def exception(kind: str) -> str:
    return f'kind = "exception"\ntype = "{kind}"'


OUTSIDE = {
    "a bad pattern": ("SyntaxError", call("gadget:tick", '{ regexp = ["(", ""] }')),
    "bad JSON": ("SyntaxError", call("gadget:tick", '{ json = "{" }')),
    "a builtin of the harness": ("TypeError", step("builtin", "next", '"x"')),
    "a method of plain data": (
        "RangeError",
        step("builtin", "str", '"a"', as_='"s"') + call("$s.repeat", "-1"),
    ),
    "a promise that is none": ("TypeError", step("builtin", "list", "7", await_="true")),
}


@pytest.mark.parametrize(("kind", "steps"), OUTSIDE.values(), ids=OUTSIDE.keys())
def test_an_exception_from_outside_the_target_proves_nothing(
    prover: Prover, kind: str, steps: str
) -> None:
    control = call("gadget:tick", '"a"', at="control")
    record = prover.prove(proof(steps + control, oracle=exception(kind), fixed="", runtime="node"))
    assert outcome(record) == SILENT, record.reasons


def test_cpu_time_of_the_harness_itself_is_no_hang(prover: Prover) -> None:
    steps = step("builtin", "list", '{ repeat = [["b"], 5000000] }') * 3
    control = step("builtin", "list", '{ repeat = ["b", 5000000] }', at="control") * 3
    oracle = 'kind = "hang"\ncpu_seconds = 1'
    record = prover.prove(proof(steps + control, oracle=oracle, fixed="", runtime="node"))
    assert outcome(record) == SILENT, record.reasons


def test_a_then_that_never_calls_back_ends_by_itself(prover: Prover) -> None:
    steps = call("gadget:wait", "{ dict = [['then', { noop = true }]] }", await_="true")
    record = prover.prove(proof(steps + call("gadget:run", C), runtime="node"))
    assert record.verdict in (Verdict.NOT_REPRODUCED, Verdict.ERROR)
    assert record.level == E0
