"""Guards taken away one at a time: each condition of a module negated, dropped or shifted.

The functions stay the same objects and get other code, so that whoever holds one of them (imported
it by name, registered it, wrapped it) has the changed one.
"""

import ast
import copy
import gc
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
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
_DEMANDS = ("require", "demand", "demand_act")
Change = Callable[[Any], Any]
Place = tuple[Any, str, Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change: where, what, and the tree with it. `statement` is the line on which the
    innermost statement begins that it changes, `within` how that statement begins."""

    module: str
    inside: str
    line: int
    statement: int
    what: str
    within: str
    tree: ast.Module

    def __str__(self) -> str:
        return f"{self.module}.{self.inside}:{self.line}: {self.what} [{self.within}]"


def mutants_of(module: ModuleType) -> Iterator[Mutant]:
    """Every mutant of a module, functions only: what a guard is made of."""
    tree = ast.parse(inspect.getsource(module))
    count = sum(1 for _ in _places(tree))
    for number in range(count):
        changed = copy.deepcopy(tree)
        inside, statement, (node, what, change) = list(_places(changed))[number]
        before, line = ast.unparse(node), _line_of(node)
        within = _beginning(changed, statement)
        change(node)
        yield Mutant(
            module=module.__name__,
            inside=inside,
            line=line,
            statement=statement,
            what=f"{what}: {' '.join(before.split())}"[:150],
            within=within,
            tree=ast.fix_missing_locations(changed),
        )


def statements_of(tree: ast.AST, inside: str = "") -> Iterator[tuple[str, list[ast.stmt], int]]:
    """Every statement inside a function: the function's name, the block and its place in it."""
    for block in _blocks(tree):
        for at, each in enumerate(block):
            name = f"{inside}.{each.name}" if inside and _is_named(each) else inside
            if _is_named(each) and not inside:
                name = each.name
            if inside and not isinstance(tree, ast.ClassDef | ast.Module):
                yield inside, block, at
            yield from statements_of(each, name)


def _is_named(node: ast.AST) -> Any:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block
    for each in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield each.body


def _places(tree: ast.Module) -> Iterator[tuple[str, int, Place]]:
    """Each place that can be changed, with the function, the line of the statement, and how."""
    for inside, block, at in statements_of(tree):
        for node in _own_parts(block[at]):
            for place in _changes(node):
                yield inside, block[at].lineno, place


def _own_parts(statement: ast.stmt) -> Iterator[ast.AST]:
    """The statement and its expressions, without inner statements and annotations."""
    if _is_named(statement):
        return
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop(0)
        yield node
        for name, value in ast.iter_fields(node):
            if name == "annotation":
                continue
            for each in value if isinstance(value, list) else [value]:
                inner = isinstance(each, ast.stmt | ast.ExceptHandler)
                if isinstance(each, ast.AST) and not inner:
                    waiting.append(each)


def _changes(node: ast.AST) -> Iterator[Place]:
    match node:
        case ast.If() | ast.IfExp():
            yield node, "condition always true", _decided("test", True)
            yield node, "condition always false", _decided("test", False)
        case ast.BoolOp(values=values):
            for at in range(len(values)):
                yield node, f"part {at + 1} dropped", _neutral(at)
        case ast.comprehension(ifs=ifs):
            for at in range(len(ifs)):
                yield node, f"filter {at + 1} dropped", _unfiltered(at)
        case ast.UnaryOp(op=ast.Not() | ast.Invert()):
            yield node, "negation dropped", _unnegated
        case ast.Compare(ops=[op]) if type(op) in _SWAPS:
            yield node, "comparison shifted", _set("ops", [_SWAPS[type(op)]()])
        case ast.BinOp(op=ast.BitAnd()):
            yield node, "and became or", _set("op", ast.BitOr())
        case ast.BinOp(op=ast.BitOr()):
            yield node, "or became and", _set("op", ast.BitAnd())
        case ast.AugAssign(op=ast.BitOr()):
            yield node, "or became and", _set("op", ast.BitAnd())
        case ast.AugAssign(op=ast.BitAnd()):
            yield node, "and became or", _set("op", ast.BitOr())
        case ast.Call(func=ast.Name(id=name)) if name in _WIDER:
            yield node, f"{name} became {_WIDER[name]}", _renamed
        case ast.Call(func=ast.Attribute(attr=name)) if name in ("filter", "exclude"):
            yield from _filters(node, name)
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))) if name in _DEMANDS:
            yield node, "demand dropped", _set("value", ast.Constant(None))


def _filters(node: ast.Call, name: str) -> Iterator[Place]:
    """A query's filter turned round, and each of its conditions dropped."""
    yield node, f"{name} became {_WIDER[name]}", _renamed
    for at in range(len(node.args)):
        yield node, f"{name} without condition {at + 1}", _dropped("args", at)
    for at, word in enumerate(node.keywords):
        if word.arg:
            yield node, f"{name} without {word.arg}", _dropped("keywords", at)


def _beginning(tree: ast.Module, line: int) -> str:
    """The first line, as Python spells it, of the statement that begins there."""
    found = (node for node in ast.walk(tree) if isinstance(node, ast.stmt) and node.lineno == line)
    return ast.unparse(next(found)).split("\n")[0][:80]


def _line_of(node: ast.AST) -> int:
    line = getattr(node, "lineno", None)
    if line is None:  # a comprehension
        line = node.iter.lineno  # type: ignore[attr-defined]
    return int(line)


def _set(name: str, value: Any) -> Change:
    def change(node: Any) -> None:
        setattr(node, name, value)

    return change


def _overruled(node: ast.expr, value: bool) -> ast.expr:
    """`node` counts for nothing any more; it is still there, so that the code keeps its names."""
    op = ast.Or() if value else ast.And()
    return ast.BoolOp(op=op, values=[ast.Constant(value), node])


def _decided(name: str, value: bool) -> Change:
    def change(node: Any) -> None:
        setattr(node, name, _overruled(getattr(node, name), value))

    return change


def _dropped(name: str, at: int) -> Change:
    def change(node: Any) -> None:
        del getattr(node, name)[at]

    return change


def _unfiltered(at: int) -> Change:
    def change(node: Any) -> None:
        node.ifs[at] = _overruled(node.ifs[at], True)

    return change


def _neutral(at: int) -> Change:
    """Let a part of an `and` or `or` decide nothing any more."""

    def change(node: Any) -> None:
        node.values[at] = _overruled(node.values[at], isinstance(node.op, ast.And))

    return change


def _unnegated(node: Any) -> None:
    node.op = ast.Not() if isinstance(node.op, ast.Not) else node.op
    node.operand = ast.UnaryOp(op=type(node.op)(), operand=node.operand)


def _renamed(node: Any) -> None:
    if isinstance(node.func, ast.Name):
        node.func.id = _WIDER[node.func.id]
    else:
        node.func.attr = _WIDER[node.func.attr]


class Functions:
    """The functions of a module as they live in this process, whoever holds them."""

    def __init__(self, module: ModuleType) -> None:
        self._file = module.__file__ or ""
        source = _codes(compile(inspect.getsource(module), self._file, "exec"))
        self._living: dict[tuple[str, int], list[FunctionType]] = {}
        gc.unfreeze()  # the server freezes what is there, and then it is not listed
        for each in gc.get_objects():
            if isinstance(each, FunctionType) and each.__code__.co_filename == self._file:
                key = _key(each.__code__)
                if key in source:
                    self._living.setdefault(key, []).append(each)

    def become(self, tree: ast.Module) -> None:
        """Give each of them its code of `tree`."""
        for key, code in _codes(compile(tree, self._file, "exec")).items():
            for each in self._living.get(key, ()):
                each.__code__ = code


def _codes(code: CodeType) -> dict[tuple[str, int], CodeType]:
    """The code of each function by its name and line."""
    found: dict[tuple[str, int], CodeType] = {}
    for each in code.co_consts:
        if isinstance(each, CodeType):
            if not each.co_name.startswith("<"):
                found[_key(each)] = each
            found |= _codes(each)
    return found


def _key(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


@contextmanager
def installed(functions: Functions, mutant: Mutant, before: ast.Module) -> Iterator[None]:
    """Within it, the module's functions are changed."""
    functions.become(mutant.tree)
    try:
        yield
    finally:
        functions.become(before)


def survivors(module: ModuleType, check: Callable[[], None]) -> list[str]:
    """The mutants that `check` does not notice: it must fail for each."""
    check()
    functions, before = Functions(module), ast.parse(inspect.getsource(module))
    found: list[str] = []
    for mutant in mutants_of(module):
        with installed(functions, mutant, before):
            if not _is_noticed(check):
                found.append(str(mutant))
    return found


def _is_noticed(check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:  # whatever goes wrong, somebody sees it
        return True
    return False
