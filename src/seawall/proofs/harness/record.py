"""Run a proof script once against recording stand-ins of a Python target and send the steps.

Runs in the sandbox. The script is code of a stranger: everything sent from here is hostile data
that the host reads as strictly as a bundle, and that proves nothing until it is replayed.
Standard library only.
"""

import base64
import builtins
import importlib
import io
import json
import os
import sys
import types

MAX_STEPS = 400
PLACEHOLDERS = ("command", "canary", "secret", "url", "token", "work")
SCALARS = (str, int, float, bool, type(None))


class Unsayable(Exception):
    """The script does something that steps cannot say."""


class Recorder:
    """The steps taken so far."""

    def __init__(self, roots):
        self.roots = roots
        self.steps = []
        self.files = {}
        self.unsayable = ""
        self.names = 0
        self.plain = {}  # id of a plain result → (the result, handle), so that it is known again
        self.raised_last = False

    def cannot(self, why):
        self.unsayable = self.unsayable or why
        raise Unsayable(why)

    def add(self, step, keep=True):
        """Note a step and give the handle of its result."""
        if self.raised_last:
            self.steps[-1]["may_raise"] = True  # the script went on after it
            self.raised_last = False
        if len(self.steps) >= MAX_STEPS:
            self.cannot(f"it takes more than {MAX_STEPS} steps")
        self.steps.append(step)
        if keep:
            self.names += 1
            step["as"] = f"r{self.names}"
            return step["as"]
        return ""

    def said(self, value, depth=0):
        """Give `value` as a reproducer says it."""
        if depth > 20:
            self.cannot("it passes values that are too deep")
        if isinstance(value, StandIn):
            return {"handle": inside(value).handle()}
        if id(value) in self.plain and self.plain[id(value)][0] is value:
            return {"handle": self.plain[id(value)][1]}
        if type(value) in SCALARS:
            return {"none": True} if value is None else value
        if isinstance(value, bytes | bytearray):
            return {"bytes": base64.b64encode(bytes(value)).decode()}
        if isinstance(value, os.PathLike):
            return os.fspath(value)
        if isinstance(value, list):
            return [self.said(v, depth + 1) for v in value]
        if isinstance(value, tuple):
            return {"tuple": [self.said(v, depth + 1) for v in value]}
        if isinstance(value, set | frozenset):
            return {"set": [self.said(v, depth + 1) for v in value]}
        if isinstance(value, dict):
            return {
                "dict": [
                    [self.said(k, depth + 1), self.said(v, depth + 1)] for k, v in value.items()
                ]
            }
        if isinstance(value, io.BytesIO | io.StringIO):
            return self.said_file(value)
        return self.cannot(f"it passes a {type(value).__name__}, which is no plain data")

    def said_file(self, value):
        content = value.getvalue()
        name = f"recorded/{len(self.files) + 1}"
        text = isinstance(content, str)
        self.files[name] = base64.b64encode(content.encode() if text else content).decode()
        return {"stringio" if text else "bytesio": name}

    def given(self, real, handle):
        """Give the script what a step gave: plain data as it is, the rest as a stand-in."""
        if type(real) in (*SCALARS, bytes, list, tuple, dict, set):
            if type(real) not in (int, float, bool, type(None)):
                self.plain[id(real)] = (real, handle)
            return real
        return stand_in(self, real, handle=handle)

    def carry_out(self, step, act):
        """Note a step, do it for real and give the script the result."""
        handle = self.add(step)
        try:
            real = act()
        except Unsayable:
            raise
        except BaseException:
            self.raised_last = True
            raise
        return self.given(real, handle)


class Inside:
    """What a stand-in stands for: a handle, or a public name of a module."""

    def __init__(self, recorder, real, handle="", module="", dotted=""):
        self.recorder = recorder
        self.real = real
        self.known_as = handle
        self.module = module
        self.dotted = dotted

    def ref(self):
        return f"${self.known_as}" if self.known_as else f"{self.module}:{self.dotted}"

    def handle(self):
        if "." in self.known_as:
            self.recorder.cannot("it passes a bound method on")
        if not self.known_as:
            if not self.dotted:
                self.recorder.cannot("it passes a module on")
            self.known_as = self.recorder.add({"get": f"{self.module}:{self.dotted}"})
        return self.known_as

    def attribute(self, name):
        recorder, real = self.recorder, getattr(self.real, name)
        if isinstance(real, type) and issubclass(real, BaseException):
            return real  # so that the script can catch it
        if not self.known_as:
            dotted = f"{self.dotted}.{name}" if self.dotted else name
            if isinstance(real, types.ModuleType) and not self.dotted:
                return stand_in(recorder, real, module=f"{self.module}.{name}")
            if type(real) in SCALARS:
                return real
            return stand_in(recorder, real, module=self.module, dotted=dotted)
        if name.startswith("_"):
            return real
        if callable(real) and not isinstance(real, type):
            return stand_in(recorder, real, handle=f"{self.known_as}.{name}")
        return recorder.given(real, recorder.add({"get": f"${self.known_as}.{name}"}))


def unwrap(value):
    """Give the real value behind stand-ins, in containers too."""
    if isinstance(value, StandIn):
        return inside(value).real
    if type(value) in (list, tuple, set):
        return type(value)(unwrap(v) for v in value)
    if type(value) is dict:
        return {unwrap(k): unwrap(v) for k, v in value.items()}
    return value


def inside(proxy):
    return object.__getattribute__(proxy, "_inside")


def stand_in(recorder, real, **named):
    proxy = StandIn()
    object.__setattr__(proxy, "_inside", Inside(recorder, real, **named))
    return proxy


class StandIn:
    """Acts for one object of the target and notes what is done with it."""

    def __getattribute__(self, name):
        if name == "__class__":
            return type(inside(self).real)
        return inside(self).attribute(name)

    def __setattr__(self, name, value):
        own = inside(self)
        own.recorder.add(
            {"set": f"${own.handle()}.{name}", "value": own.recorder.said(value)}, keep=False
        )
        setattr(own.real, name, unwrap(value))

    def __call__(self, *args, **kwargs):
        own = inside(self)
        recorder = own.recorder
        step = {"call": own.ref()}
        if args:
            step["args"] = [recorder.said(v) for v in args]
        if kwargs:
            step["kwargs"] = {k: recorder.said(v) for k, v in kwargs.items()}
        real_args, real_kwargs = unwrap(list(args)), unwrap(kwargs)
        return recorder.carry_out(step, lambda: own.real(*real_args, **real_kwargs))

    def __getitem__(self, key):
        own = inside(self)
        if type(key) not in (str, int):
            own.recorder.cannot("it takes an item by a key that is neither text nor number")
        return own.recorder.carry_out({"item": [f"${own.handle()}", key]}, lambda: own.real[key])

    def __iter__(self):
        own = inside(self)
        step = {"builtin": "list", "args": [{"handle": own.handle()}]}
        handle = own.recorder.add(step)
        try:
            items = list(own.real)
        except BaseException:
            own.recorder.raised_last = True
            raise
        for index, item in enumerate(items):
            if type(item) in SCALARS:
                yield item
            else:
                key = own.recorder.add({"item": [f"${handle}", index]})
                yield own.recorder.given(item, key)

    def __enter__(self):
        own = inside(self)
        return own.recorder.carry_out({"enter": f"${own.handle()}"}, own.real.__enter__)

    def __exit__(self, *details):
        own = inside(self)
        own.recorder.add({"exit": f"${own.handle()}"}, keep=False)
        return own.real.__exit__(*details)

    def __bool__(self):
        return bool(inside(self).real)

    def __eq__(self, other):
        return inside(self).real == unwrap(other)

    def __hash__(self):
        return hash(inside(self).real)

    def __repr__(self):
        return repr(inside(self).real)

    def __await__(self):
        inside(self).recorder.cannot("it awaits, which cannot be recorded yet; write steps")

    def __mro_entries__(self, bases):
        inside(self).recorder.cannot("it makes a subclass of the target's class")


def _builtin(self, name, function):
    own = inside(self)
    step = {"builtin": name, "args": [{"handle": own.handle()}]}
    return own.recorder.carry_out(step, lambda: function(own.real))


# Set from outside: a helper method would be looked up on the object behind the stand-in.
for _name, _function in (("next", next), ("len", len), ("str", str), ("bytes", bytes)):
    setattr(
        StandIn,
        f"__{_name}__",
        lambda self, _name=_name, _function=_function: _builtin(self, _name, _function),
    )


class Importer:
    """The script's `import`: stand-ins for the target's modules, real ones for the rest."""

    def __init__(self, recorder):
        self.recorder = recorder
        self.real_import = builtins.__import__

    def __call__(self, name, globals=None, locals=None, fromlist=(), level=0):
        module = self.real_import(name, globals, locals, fromlist, level)
        shown = name if fromlist else name.partition(".")[0]
        if level or not self.is_targets(shown):
            return module
        return stand_in(self.recorder, sys.modules[shown], module=shown)

    def is_targets(self, name):
        spec = getattr(sys.modules.get(name), "__spec__", None)
        origin = getattr(spec, "origin", None)
        return isinstance(origin, str) and origin.startswith(self.recorder.roots)


def run_script(plan, recorder):
    """Run the script; give the exception that ended it, if any."""
    seawall = types.ModuleType("seawall")
    for name in PLACEHOLDERS:
        setattr(seawall, name, plan["given"][name])
    seawall.bundle = lambda name: os.path.join(plan["bundle"], name)
    sys.modules["seawall"] = seawall
    shown = dict(vars(builtins), __import__=Importer(recorder))
    scope = {"__name__": "__main__", "__builtins__": shown, "__file__": plan["script_name"]}
    try:
        exec(compile(plan["script"], plan["script_name"], "exec"), scope)  # noqa: S102 - in the sandbox
    except BaseException as error:
        return error
    return None


def main():
    plan = json.load(sys.stdin)
    sys.stdin = io.StringIO()
    sys.path[:] = [p for p in sys.path if p and p != os.path.dirname(os.path.abspath(__file__))]
    sys.path[:0] = [plan["target"], plan["deps"]]
    importlib.invalidate_caches()
    recorder = Recorder(os.path.realpath(plan["target"]) + "/")
    tell(plan, {"t": "steps"})
    error = run_script(plan, recorder)
    names = []
    for cls in type(error).__mro__ if error is not None else ():
        names += [f"{cls.__module__}.{cls.__qualname__}", cls.__qualname__]
    if isinstance(error, Unsayable):
        names = []
    if names:
        tell(
            plan,
            {
                "t": "raised",
                "step": len(recorder.steps) - 1,
                "names": names[:20],
                "text": str(error)[:400],
            },
        )
    tell(
        plan,
        {
            "t": "transcript",
            "value": {"steps": recorder.steps, "files": recorder.files},
            "why": recorder.unsayable,
        },
    )
    tell(plan, {"t": "done"})


def tell(plan, message):
    line = json.dumps({"k": plan["key"], **message}).encode() + b"\n"
    while line:
        line = line[os.write(plan["channel"], line) :]


main()
