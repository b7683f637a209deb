"""Replay the steps of a proof against a Python target and say what was seen on the way.

Runs in the sandbox, in the observed process. The steps are data; they reach public names that
the target's own distribution defines, and plain values, nothing else (ADR 1). Every message
carries the run's key, which is in no data a proof can see. Standard library only.
"""

import asyncio
import base64
import collections.abc
import contextlib
import functools
import importlib
import inspect
import io
import itertools
import json
import os
import re
import signal
import sys
import types

HERE = os.path.abspath(__file__)
MAX_VALUE = 256 << 10
MAX_STACKS = 8
MAX_FRAMES = 60
MAX_PARTS = 200_000
REPEATED = re.compile(r"[\ud800-\udfff]")


class Refused(Exception):
    """The step leads out of the target; nothing was run."""


class Missing(Exception):
    """What the step names does not exist in this version."""


class Channel:
    """Messages to the watcher, one JSON line each."""

    def __init__(self, fd, key):
        self.fd = fd
        self.key = key

    def send(self, kind, **more):
        line = json.dumps({"k": self.key, "t": kind, **more}).encode() + b"\n"
        while line:
            line = line[os.write(self.fd, line) :]


# --- whose code ---------------------------------------------------------------------------------


class Origins:
    """Tells whose a module, class, function or frame is, by where its file lies."""

    def __init__(self, target, deps):
        self.target = os.path.realpath(target) + "/"
        self.deps = os.path.realpath(deps) + "/"
        self.library = os.path.dirname(os.path.realpath(os.__file__)) + "/"

    def owns_module(self, name):
        module = sys.modules.get(name)
        origin = getattr(getattr(module, "__spec__", None), "origin", None)
        return isinstance(origin, str) and origin.startswith(self.target)

    def owns_class(self, cls):
        return isinstance(cls, type) and self.owns_module(vars(cls).get("__module__", ""))

    def owns_code(self, code):
        return code.co_filename.startswith(self.target)

    def frame(self, frame):
        """Give [function, file, line, origin] of a frame."""
        code = frame.f_code
        return [
            code.co_qualname,
            code.co_filename,
            frame.f_lineno or 0,
            self._frame_origin(frame),
        ]

    def _frame_origin(self, frame):
        file = frame.f_code.co_filename
        if file == HERE:
            return "harness"
        if file.startswith("<frozen "):
            return "runtime"
        for root, origin in (
            (self.target, "target"),
            (self.deps, "dependency"),
            (self.library, "runtime"),
        ):
            if file.startswith(root):
                # Code compiled under a borrowed file name has other globals than the module.
                name = frame.f_globals.get("__name__")
                module = sys.modules.get(name) if isinstance(name, str) else None
                real = module is not None and vars(module) is frame.f_globals
                return origin if real else "dynamic"
        return "dynamic"

    def stack(self, frame):
        """Give the frames from `frame` outward to the harness, innermost first."""
        frames = []
        while frame is not None:
            entry = self.frame(frame)
            if entry[3] == "harness":
                frames.append(entry)
                break
            frames.append(entry)
            frame = frame.f_back
        return frames

    def located(self, function):
        """Give a frame for where a callable of the target is defined, None when unknown."""
        inner = inspect.unwrap(function) if isinstance(function, types.FunctionType) else function
        inner = getattr(inner, "__func__", inner)
        if isinstance(inner, type):
            inner = inner.__init__
        code = getattr(inner, "__code__", None)
        if code is None or not self.owns_code(code):
            return None
        return [code.co_qualname, code.co_filename, code.co_firstlineno, "target"]

    def traceback(self, error):
        """Give the frames of an exception's traceback, innermost first, without the harness."""
        frames = []
        tb = error.__traceback__
        while tb is not None:
            entry = self.frame(tb.tb_frame)
            entry[2] = tb.tb_lineno or 0
            if entry[3] != "harness":
                frames.append(entry)
            tb = tb.tb_next
        return frames[::-1]


def shorten(frames):
    """Keep the ends of a long stack, and always one frame of the target when there is one."""
    if len(frames) <= MAX_FRAMES:
        return frames
    kept = frames[: MAX_FRAMES - 20] + frames[-20:]
    if not any(f[3] == "target" for f in kept):
        kept += [f for f in frames if f[3] == "target"][-1:]
    return kept


# --- sinks --------------------------------------------------------------------------------------


class Sinks:
    """An audit hook that notes the stack when one of the run's own paths or ports is touched."""

    COMMANDS = frozenset(
        {
            "subprocess.Popen",
            "os.system",
            "os.exec",
            "os.posix_spawn",
            "os.spawn",
            "pty.spawn",
        }
    )
    WRITES = frozenset(
        {
            "os.rename",
            "os.link",
            "os.symlink",
            "os.mkdir",
            "os.mknod",
            "os.truncate",
            "sqlite3.connect",
        }
    )
    CONNECTS = frozenset(["socket.connect", "socket.sendto"])

    def __init__(self, watch, origins, channel):
        self.watch = watch
        self.origins = origins
        self.channel = channel
        self.seen = 0
        self.busy = False
        self.step = -1

    def install(self):
        sys.addaudithook(self.hook)

    def hook(self, event, args):
        if self.busy or self.step < 0 or self.seen >= MAX_STACKS:
            return
        if (
            event not in self.COMMANDS
            and event not in self.WRITES
            and (event not in self.CONNECTS and event != "open")
        ):
            return
        self.busy = True
        try:
            sink = self.match(event, args)
            if sink:
                self.seen += 1
                stack = self.origins.stack(sys._getframe(1))
                self.channel.send(
                    "sink", sink=sink, event=event, step=self.step, stack=shorten(stack)
                )
        finally:
            self.busy = False

    def match(self, event, args):
        if event in self.COMMANDS:
            return "command" if self.watch["command"] in flat(args) else ""
        if event in self.CONNECTS:
            address = args[-1]
            port = address[1] if isinstance(address, tuple) and len(address) > 1 else None
            return "callback" if port == self.watch["port"] else ""
        if event == "open":
            path, _mode, flags = args
            if not isinstance(path, str | bytes | os.PathLike):
                return ""
            real = os.path.realpath(os.fsdecode(path))
            if real == self.watch["secret"]:
                return "file-read"
            writing = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            return "file-write" if writing and real == self.watch["canary"] else ""
        for arg in args:
            if isinstance(arg, str | bytes | os.PathLike):
                real = os.path.realpath(os.fsdecode(arg))
                if real == self.watch["canary"]:
                    return "file-write"
        return ""


def flat(value, depth=0):
    """Give the strings in `value` as one text."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str):
        return value
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if isinstance(value, list | tuple) and depth < 3:
        return " ".join(flat(v, depth + 1) for v in value)
    return ""


# --- the membrane -------------------------------------------------------------------------------

SCALARS = (str, bytes, bytearray, int, float, bool, complex, type(None))
CONTAINERS = (list, tuple, dict, set, frozenset)
PLAIN: tuple[type, ...] = (
    *SCALARS,
    *CONTAINERS,
    io.BytesIO,
    io.StringIO,
    re.Match,
    type({}.keys()),
    type({}.values()),
    type({}.items()),
    types.MappingProxyType,
)
READERS = (io.BufferedReader, io.TextIOWrapper, io.FileIO, io.BufferedRandom)
READ_METHODS = frozenset(["read", "readline", "readlines", "readall", "close", "seek", "tell"])
BARRED_METHODS = frozenset(["format", "format_map"])  # they read attributes by name
VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))
OUTWARD = (
    types.ModuleType,
    types.FrameType,
    types.TracebackType,
    types.CodeType,
    types.CellType,
)


class Membrane:
    """What steps may reach, call, pass and keep."""

    def __init__(self, origins):
        self.origins = origins

    def named(self, module_name, dotted):
        """Give the public object `module:dotted.name` of the target."""
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name and (module_name + ".").startswith(error.name + "."):
                raise Missing(f"module {module_name} does not exist") from None
            raise Missing(f"module {module_name} cannot be imported: {error}") from None
        except ImportError as error:
            raise Missing(f"module {module_name} cannot be imported: {error}") from None
        if not self.origins.owns_module(module_name):
            raise Refused(f"module {module_name} is not the target's")
        found = module
        for part in dotted.split("."):
            found = self.attribute(found, part)
        return found

    def attribute(self, owner, name):
        """Give a public attribute that does not lead out of the target."""
        if not name.isidentifier() or name.startswith("_"):
            raise Refused(f"{name!r} is not a public name")
        try:
            found = getattr(owner, name)
        except AttributeError as error:
            if any(name in vars(cls) for cls in type(owner).__mro__):
                raise error
            kind = owner.__name__ if isinstance(owner, types.ModuleType) else type(owner).__name__
            raise Missing(f"{kind} has no {name!r}") from None
        if isinstance(found, types.ModuleType) and self.origins.owns_module(found.__name__):
            return found
        return self.keepable(found, name)

    def keepable(self, value, name):
        if isinstance(value, OUTWARD):
            raise Refused(f"{name!r} is a {type(value).__name__}, which leads out of the target")
        return value

    def callable(self, found, ref):
        """Give `found` when the target defines it or it is a method of plain data."""
        if self.owned(found) or self.plain_method(found):
            return found
        if not callable(found):
            raise Missing(f"{ref} cannot be called")
        raise Refused(f"{ref} is {describe(found)}, which the target does not define")

    def owned(self, found, depth=0):
        own = self.origins
        if depth > 20:
            return False
        if isinstance(found, type):
            return own.owns_class(found)
        if isinstance(found, types.FunctionType):
            inner = vars(found).get("__wrapped__")
            return own.owns_code(found.__code__) or (
                inner is not None and self.owned(inner, depth + 1)
            )
        if isinstance(found, types.MethodType):
            return self.owned(found.__func__, depth + 1) or self.receiver(found.__self__)
        if isinstance(found, types.BuiltinMethodType | types.MethodWrapperType):
            owner = found.__self__
            if owner is None or isinstance(owner, types.ModuleType):
                return own.owns_module(getattr(found, "__module__", None) or "")
            return self.receiver(owner)
        if isinstance(found, functools.partial | functools.partialmethod):
            return self.owned(found.func, depth + 1)
        if type(found) is functools._lru_cache_wrapper:
            return self.owned(found.__wrapped__, depth + 1)
        return own.owns_class(type(found))

    def receiver(self, owner):
        """Whether `owner` is the target's class or an instance of one."""
        return self.origins.owns_class(owner if isinstance(owner, type) else type(owner))

    def plain_method(self, found):
        owner = getattr(found, "__self__", None)
        name = getattr(found, "__name__", "")
        if not isinstance(found, types.BuiltinMethodType) or isinstance(owner, type):
            return False
        if type(owner) in READERS:
            return name in READ_METHODS
        if type(owner) is types.GeneratorType:
            return name in ("send", "close") and self.origins.owns_code(owner.gi_code)
        return type(owner) in PLAIN and name not in BARRED_METHODS

    def passable(self, value, *, iterators=False):
        """Give `value` when nothing in it is a foreign callable or leads out of the target.

        What an iterator holds cannot be seen; `iterators` lets one through all the same.
        """
        seen, pending = set(), [value]
        while pending:
            part = pending.pop()
            if isinstance(part, SCALARS) or id(part) in seen:
                continue
            seen.add(id(part))
            if len(seen) > MAX_PARTS:
                raise Refused("a value has too many parts to look through")
            if isinstance(part, OUTWARD):
                raise Refused(f"a {type(part).__name__} cannot be passed on")
            if isinstance(part, dict):
                pending.extend(itertools.chain(dict.keys(part), dict.values(part)))
            elif type(part) is types.MappingProxyType:
                pending.extend(itertools.chain(part.keys(), part.values()))
            elif isinstance(part, CONTAINERS) or type(part) in VIEWS:
                pending.extend(part)
            elif not iterators and self.opaque(part):
                raise Refused(
                    f"{describe(part)} cannot be passed on: what it will give cannot be seen"
                )
            elif callable(part) and not self.owned(part) and not self.plain_method(part):
                raise Refused(
                    f"{describe(part)} cannot be passed on: the target does not define it"
                )
        return value

    def opaque(self, part):
        """Whether `part` is an iterator that neither the target nor a file makes."""
        if not isinstance(part, collections.abc.Iterator) or isinstance(part, io.IOBase):
            return False
        if type(part) is types.GeneratorType:
            return not self.origins.owns_code(part.gi_code)
        return not self.receiver(part)

    def settable(self, owner):
        if isinstance(owner, type | types.FunctionType | types.ModuleType) or not self.receiver(
            owner
        ):
            raise Refused("only attributes of the target's own instances can be set")
        return owner

    def manager(self, owner):
        """Give `owner` when it is a context manager of the target."""
        if isinstance(owner, contextlib._GeneratorContextManagerBase) and self.origins.owns_code(
            owner.gen.gi_code
        ):
            return owner
        if not self.receiver(owner) and type(owner) not in READERS:
            raise Refused(f"{describe(owner)} is not a context manager of the target")
        return owner


def describe(found):
    module = getattr(found, "__module__", None) or type(found).__module__
    name = getattr(found, "__qualname__", None) or type(found).__qualname__
    return f"{module}.{name}"


# --- steps --------------------------------------------------------------------------------------

BUILTINS = {
    "list": list,
    "len": len,
    "str": str,
    "bytes": bytes,
    "next": next,
    "iter": iter,
    "repr": repr,
    "dict": dict,
    "tuple": tuple,
    "set": set,
    "sorted": sorted,
    "int": int,
    "float": float,
    "bool": bool,
}


class Replay:
    """Carries out steps in order."""

    def __init__(self, plan, membrane, enter):
        self.membrane = membrane
        self.enter = enter
        self.bundle = plan["bundle"]
        self.handles = {}
        self.saved = 0
        self.loop = None
        self.owner = None

    def step(self, step):
        """Carry out one step and give its result."""
        self.owner = None
        result = getattr(self, "op_" + step["op"])(step)
        if step["await"]:
            result = self.wait(result)
        if step["as"]:
            self.handles[step["as"]] = self.membrane.keepable(result, step["as"])
        return result

    def op_call(self, step):
        function = self.membrane.callable(self.resolve(step["ref"]), step["ref"])
        self.owner = self.membrane.origins.located(function)
        args = [self.argument(v) for v in step["args"]]
        kwargs = {k: self.argument(v) for k, v in step["kwargs"].items()}
        self.enter(self.membrane.owned(function))
        return function(*args, **kwargs)

    def op_get(self, step):
        return self.membrane.keepable(self.resolve(step["ref"]), step["ref"])

    def op_item(self, step):
        owner = self.resolve(step["ref"])
        self.enter(self.membrane.receiver(owner))
        return self.membrane.keepable(owner[step["value"]], "item")

    def op_builtin(self, step):
        args = [self.membrane.passable(self.value(v), iterators=True) for v in step["args"]]
        self.enter(any(self.membrane.receiver(v) for v in args))
        return BUILTINS[step["ref"]](*args)

    def op_set(self, step):
        handle, _, name = step["ref"].partition(".")
        if name.startswith("_"):
            raise Refused(f"{name!r} is not a public name")
        owner = self.membrane.settable(self.resolve(handle))
        value = self.argument(step["value"])
        self.enter(True)
        setattr(owner, name, value)

    def op_enter(self, step):
        manager = self.membrane.manager(self.resolve(step["ref"]))
        self.enter(True)
        return manager.__enter__()

    def op_exit(self, step):
        manager = self.membrane.manager(self.resolve(step["ref"]))
        self.enter(True)
        return manager.__exit__(None, None, None)

    def wait(self, result):
        if not inspect.isawaitable(result):
            raise Missing("the result cannot be awaited")
        if self.loop is None:
            self.loop = asyncio.new_event_loop()

        async def waiter():
            return await result

        return self.loop.run_until_complete(waiter())

    def resolve(self, ref):
        if not ref.startswith("$"):
            module, _, dotted = ref.partition(":")
            return self.membrane.named(module, dotted)
        name, *parts = ref[1:].split(".")
        if name not in self.handles:
            raise Missing(f"${name} has no value, because its step raised")
        found = self.handles[name]
        for part in parts:
            found = self.membrane.attribute(found, part)
        return found

    def argument(self, value):
        return self.membrane.passable(self.value(value))

    def value(self, value):
        """Make the Python value that a filled JSON tree stands for."""
        if isinstance(value, list):
            return [self.value(v) for v in value]
        if not isinstance(value, dict):
            return value
        ((word, inner),) = value.items()
        if word == "handle":
            return self.resolve("$" + inner)
        return getattr(self, "make_" + word)(inner)

    def make_bytes(self, text):
        return base64.b64decode(text)

    def make_bytesio(self, text):
        return io.BytesIO(base64.b64decode(text))

    def make_stringio(self, text):
        return io.StringIO(text)

    def make_path(self, name):
        return os.path.join(self.bundle, name)

    def make_saved(self, pair):
        self.saved += 1
        folder = os.path.join(os.getcwd(), f"saved{self.saved}")
        os.mkdir(folder)
        content = self.value(pair[1])
        data = content.encode() if isinstance(content, str) else content
        with open(os.path.join(folder, pair[0]), "wb") as out:
            out.write(data)
        return os.path.join(folder, pair[0])

    def make_repeat(self, pair):
        return self.value(pair[0]) * pair[1]

    def make_concat(self, parts):
        made = [self.value(p) for p in parts]
        if not made:
            return ""
        if isinstance(made[0], bytes | str):
            return type(made[0])().join(made)
        return [item for part in made for item in part]

    def make_tuple(self, parts):
        return tuple(self.value(p) for p in parts)

    def make_set(self, parts):
        return {self.value(p) for p in parts}

    def make_dict(self, pairs):
        return {self.value(k): self.value(v) for k, v in pairs}

    def make_none(self, _):
        return None

    def make_float(self, text):
        return float(text)

    def make_bigint(self, text):
        return int(text)

    def make_json(self, text):
        return json.loads(text)


def shown(value, depth=0):
    """Give `value` as JSON for the watcher: text and bytes as they are, the rest by repr."""
    if isinstance(value, bool | type(None)):
        return value
    if isinstance(value, int | float):
        return clean(repr(value)[:400])
    if isinstance(value, str):
        return clean(str.__str__(value)[:MAX_VALUE])
    if isinstance(value, bytes | bytearray):
        return bytes(value[:MAX_VALUE]).decode("utf-8", "replace")
    if type(value) in (list, tuple, set, frozenset) and depth < 4:
        return [shown(v, depth + 1) for v in itertools.islice(value, 1000)]
    if type(value) is dict and depth < 4:
        return [
            [shown(k, depth + 1), shown(v, depth + 1)]
            for k, v in itertools.islice(value.items(), 1000)
        ]
    if isinstance(value, io.BytesIO | io.StringIO):
        return shown(value.getvalue(), depth + 1)
    return clean(object.__repr__(value)[:400])


def clean(text):
    return REPEATED.sub("\ufffd", text)


def class_names(error):
    """Give the names under which an exception's classes are known, most special first."""
    names = []
    for cls in type(error).__mro__:
        if cls not in (object, BaseException, Exception):
            names += [f"{cls.__module__}.{cls.__qualname__}", cls.__qualname__]
    return names


def tell_raised(channel, origins, index, error, expected, entered):
    """Report an exception that a step raised; `entered`: code of the target had been called."""
    stack = origins.traceback(error)
    try:
        text = clean(str(error)[:4000])
    except Exception:
        text = ""
    channel.send(
        "raised",
        step=index,
        names=class_names(error)[:20],
        text=text,
        expected=expected,
        # A call whose arguments do not fit never entered the target.
        unfit=isinstance(error, TypeError) and not stack,
        outside=not entered and not any(f[3] == "target" for f in stack),
        stack=shorten(stack),
        depth=len(stack),
    )


def carry_out(plan, channel, origins, sinks):
    entered = False

    def enter(own):
        nonlocal entered
        entered = own
        channel.send("enter", step=sinks.step, own=own)

    replay = Replay(plan, Membrane(origins), enter)
    for index, step in enumerate(plan["steps"]):
        sinks.step = index
        entered = False
        try:
            result = replay.step(step)
        except Refused as error:
            channel.send("refused", step=index, why=str(error)[:400])
            return
        except Missing as error:
            channel.send("missing", step=index, why=str(error)[:400])
            return
        except BaseException as error:
            tell_raised(channel, origins, index, error, step["may_raise"], entered)
            if not step["may_raise"]:
                return
            continue
        channel.send(
            "value",
            step=index,
            value=shown(result),
            owner=replay.owner,
        )


def main():
    plan = json.load(sys.stdin)
    sys.stdin = io.StringIO()
    channel = Channel(plan["channel"], plan["key"])
    sys.path[:] = [p for p in sys.path if p and os.path.dirname(HERE) != p]
    sys.path[:0] = [plan["target"], plan["deps"]]
    import faulthandler

    faulthandler.register(signal.SIGUSR1, file=plan["dump"], all_threads=False, chain=False)
    origins = Origins(plan["target"], plan["deps"])
    sinks = Sinks(plan["watch"], origins, channel)
    sinks.install()
    for name in plan["modules"]:  # so that import time is not counted as the proof's
        with contextlib.suppress(Exception):  # the step that needs it will say so
            importlib.import_module(name)
    channel.send("steps")
    carry_out(plan, channel, origins, sinks)
    sinks.step = len(plan["steps"])
    channel.send("done", python=sys.version.split()[0])


main()
