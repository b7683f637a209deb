"""Guards taken away one at a time: each condition of a module negated, dropped or shifted."""

import ast
import copy
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

_SWAPS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_WIDER = {"any": "all", "all": "any", "max": "min", "min": "max", "filter": "exclude"}
_WIDER |= {"exclude": "filter"}
Change = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change: where, what, and the tree with it."""

    module: str
    line: int
    what: str
    tree: ast.Module

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.what}"


def mutants_of(module: ModuleType) -> Iterator[Mutant]:
    """Every mutant of a module, functions only: what a guard is made of."""
    tree = ast.parse(inspect.getsource(module))
    count = sum(1 for _ in _places(tree))
    for number in range(count):
        changed = copy.deepcopy(tree)
        node, what, change = list(_places(changed))[number]
        before = ast.unparse(node)
        change(node)
        yield Mutant(
            module=module.__name__,
            line=node.lineno,
            what=f"{what}: {before}"[:150],
            tree=ast.fix_missing_locations(changed),
        )


def _places(tree: ast.Module) -> Iterator[tuple[Any, str, Change]]:
    """Each place that can be changed, with how."""
    for node in ast.walk(tree):
        match node:
            case ast.If() | ast.IfExp():
                yield node, "condition always true", _set("test", True)
                yield node, "condition always false", _set("test", False)
            case ast.BoolOp(values=values):
                for at in range(len(values)):
                    yield node, f"part {at + 1} dropped", _neutral(at)
            case ast.comprehension(ifs=ifs) if ifs:
                node.lineno = ifs[0].lineno  # type: ignore[attr-defined]
                yield node, "filter dropped", _set("ifs", [])
            case ast.UnaryOp(op=ast.Not() | ast.Invert()):
                yield node, "negation dropped", _unnegated
            case ast.Compare(ops=[op]) if type(op) in _SWAPS:
                yield node, "comparison shifted", _set("ops", [_SWAPS[type(op)]()])
            case ast.BinOp(op=ast.BitAnd()):
                yield node, "and became or", _set("op", ast.BitOr())
            case ast.BinOp(op=ast.BitOr()) if not _is_type(node):
                yield node, "or became and", _set("op", ast.BitAnd())
            case ast.Call(func=ast.Name(id=name)) if name in _WIDER:
                yield node, f"{name} became {_WIDER[name]}", _renamed
            case ast.Call(func=ast.Attribute(attr=name), keywords=words) if name in (
                "filter",
                "exclude",
            ):
                yield node, f"{name} became {_WIDER[name]}", _renamed
                for at, word in enumerate(words):
                    if word.arg:
                        yield node, f"{name} without {word.arg}", _dropped("keywords", at)
            case ast.Expr(value=ast.Call(func=ast.Name(id="require" | "demand" | "demand_act"))):
                yield node, "demand dropped", _set("value", ast.Constant(None))


def _is_type(node: ast.BinOp) -> bool:
    """A union of types, such as `Tier | None`."""
    sides = (node.left, node.right)
    return any(isinstance(each, ast.Constant) and each.value is None for each in sides) or all(
        isinstance(each, ast.Subscript) for each in sides
    )


def _set(name: str, value: Any) -> Change:
    made = ast.Constant(value) if isinstance(value, bool) else value

    def change(node: Any) -> None:
        setattr(node, name, made)

    return change


def _dropped(name: str, at: int) -> Change:
    def change(node: Any) -> None:
        kept = [each for number, each in enumerate(getattr(node, name)) if number != at]
        setattr(node, name, kept)

    return change


def _neutral(at: int) -> Change:
    """Let a part of an `and` or `or` decide nothing any more."""

    def change(node: Any) -> None:
        node.values[at] = ast.Constant(isinstance(node.op, ast.And))

    return change


def _unnegated(node: Any) -> None:
    node.op = ast.Not() if isinstance(node.op, ast.Not) else node.op
    node.operand = ast.UnaryOp(op=type(node.op)(), operand=node.operand)


def _renamed(node: Any) -> None:
    if isinstance(node.func, ast.Name):
        node.func.id = _WIDER[node.func.id]
    else:
        node.func.attr = _WIDER[node.func.attr]


@contextmanager
def installed(module: ModuleType, mutant: Mutant) -> Iterator[None]:
    """Within it, every module uses the changed functions."""
    kept = dict(vars(module))
    try:
        exec(compile(mutant.tree, module.__file__ or "", "exec"), vars(module))
        _exchange(kept, vars(module), module)
        yield
    finally:
        changed = dict(vars(module))
        vars(module).clear()
        vars(module).update(kept)
        _exchange(changed, kept, module)


def _exchange(old: dict[str, Any], new: dict[str, Any], module: ModuleType) -> None:
    """Let whoever imported a function of the module by name have the other one."""
    moved = {
        id(value): new[name]
        for name, value in old.items()
        if getattr(value, "__module__", None) == module.__name__ and name in new
    }
    for name, other in list(sys.modules.items()):
        if other is None or not name.startswith(("seawall.", "access.", "tests.")):
            continue
        for known, value in list(vars(other).items()):
            if other is not module and id(value) in moved:
                setattr(other, known, moved[id(value)])


def survivors(module: ModuleType, check: Callable[[], None]) -> list[str]:
    """The mutants that `check` does not notice: it must fail for each."""
    check()
    return [str(each) for each in mutants_of(module) if not _is_noticed(module, each, check)]


def _is_noticed(module: ModuleType, mutant: Mutant, check: Callable[[], None]) -> bool:
    with installed(module, mutant):
        try:
            check()
        except Exception:  # whatever goes wrong, somebody sees it
            return True
    return False
