"""Scripts are hostile code: whatever they do while they are recorded, only their replay counts."""

import pytest

from proofs.forgeries.gadgets import FORGED, SILENT, UNSUPPORTED, outcome, proof
from proofs.targets import Prover
from seawall.vocab.evidence import EvidenceLevel, Verdict

HEAD = "import os, sys, seawall, gadget\n"
PYTHON = {
    "runs the command in a thread": (
        "import threading\n"
        "t = threading.Thread(target=os.system, args=(seawall.command,)); t.start(); t.join()\n",
        FORGED,
    ),
    "runs the command in a child that outlives it": (
        "if os.fork() == 0:\n    os.system(seawall.command)\n    os._exit(0)\nos.wait()\n",
        FORGED,
    ),
    "calls the target beside it": (
        "gadget.tick('a')\nos.system(seawall.command)\n",
        FORGED,
    ),
    "calls the target only on one version": (
        "if gadget.SAFE:\n    gadget.tick('a')\nelse:\n    gadget.tick('b')\n",
        FORGED,
    ),
    "patches json in the recorder": (
        "import json\njson.dumps = lambda *a, **k: 'null'\ngadget.tick('a')\n",
        UNSUPPORTED,
    ),
    "sets a trace function": (
        "sys.settrace(lambda *a: None)\ngadget.tick('a')\n",
        SILENT,
    ),
    "forges a transcript through the recorder's frames": (
        "f = sys._getframe()\nwhile f.f_back: f = f.f_back\n"
        "plan = [g for g in [sys._getframe(i) for i in range(1, 4)] if 'plan' in g.f_locals]\n"
        "p = plan[0].f_locals['plan']\nimport json\n"
        "m = {'k': p['key'], 't': 'sink', 'sink': 'command', 'step': 0, 'stack': []}\n"
        "os.write(p['channel'], (json.dumps(m) + '\\n').encode())\n"
        "s = [{'call': 'os:system', 'args': ['{command}']}]\n"
        "m = {'k': p['key'], 't': 'transcript', 'value': {'steps': s, 'files': {}}, 'why': ''}\n"
        "os.write(p['channel'], (json.dumps(m) + '\\n').encode())\nos._exit(0)\n",
        UNSUPPORTED,
    ),
    "writes the answer of the command itself": (
        "t = open(seawall.command).read()\n"
        "import re\np = re.search('/work/e[^ \\n]+', t)[0]\ne = re.search('%s.n. (\\\\w+)', t)[1]\n"
        "open(p, 'w').write(e)\ngadget.tick('a')\n",
        SILENT,
    ),
    "kills the watcher": ("import signal\nos.kill(os.getppid(), signal.SIGKILL)\n", UNSUPPORTED),
    "leaves at once": ("os._exit(0)\n", UNSUPPORTED),
    "fills the output": ("while True: print('x' * 100000)\n", UNSUPPORTED),
    "fills the disk": (
        "while True:\n    open(str(os.urandom(4).hex()), 'wb').write(bytes(10 << 20))\n",
        SILENT,
    ),
    "takes all memory": ("x = [bytearray(64 << 20) for _ in range(1000)]\n", UNSUPPORTED),
    "forks without end": ("while True:\n    os.fork()\n", SILENT),
    "sleeps": ("import time\ntime.sleep(600)\n", UNSUPPORTED),
    "asks for the metadata": (
        "import importlib.metadata as m\n"
        "try:\n    m.version('gadget')\nexcept Exception:\n    pass\ngadget.tick('a')\n",
        SILENT,
    ),
    "takes more steps than there may be": (
        "for _ in range(500): gadget.tick('a')\n",
        UNSUPPORTED,
    ),
    "names its file as the harness's": (
        "exec(compile('import os; os.system(' + repr(seawall.command) + ')', "
        "'/harness/replay.py', 'exec'))\n",
        FORGED,
    ),
    "makes a child that writes to the channel": (
        "[os.write(n, b'x\\n') for n in range(3, 12) if os.path.exists(f'/proc/self/fd/{n}')]\n"
        "gadget.tick('a')\n",
        SILENT,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("code", "right"), PYTHON.values(), ids=PYTHON.keys())
def test_a_python_script_proves_nothing_by_itself(
    prover: Prover, code: str, right: tuple[Verdict, EvidenceLevel]
) -> None:
    record = prover.prove(proof("", script=HEAD + code, wall=3))
    assert outcome(record) == right, record.reasons
    assert record.reasons and all(reason.isprintable() for reason in record.reasons)


NODE = {
    "runs the command later": (
        "setTimeout(() => require('child_process').execSync(require('seawall').command), 50);",
        FORGED,
    ),
    "leaves at once": ("process.exit(0);", UNSUPPORTED),
    "kills the watcher": ("process.kill(process.ppid, 'SIGKILL');", UNSUPPORTED),
    "changes what the recorder reads": (
        "Object.prototype.steps = 1; require('gadget').tick('a');",
        SILENT,
    ),
    "patches JSON": (
        "JSON.stringify = () => '{}'; require('gadget').tick('a');",
        UNSUPPORTED,
    ),
    "throws what is no error": ("throw { get message() { throw 1; } };", UNSUPPORTED),
    "never ends": ("for (;;);", UNSUPPORTED),
}


@pytest.mark.parametrize(("code", "right"), NODE.values(), ids=NODE.keys())
def test_a_node_script_proves_nothing_by_itself(
    prover: Prover, code: str, right: tuple[Verdict, EvidenceLevel]
) -> None:
    record = prover.prove(proof("", script=code, runtime="node", wall=3))
    assert outcome(record) == right, record.reasons
