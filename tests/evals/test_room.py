"""The sandbox of an attempt: what stays from command to command, and what never gets out."""

import os
import secrets
from pathlib import Path, PurePosixPath

import pytest

from evals.staged import leaves_nothing
from seawall.evals.room import COMMAND_LIMITS, Layout, Room
from seawall.evals.tools import NO_OUTPUT, SHOWN, Ran
from seawall.sandbox import Limits, Mount, find_sandbox


@pytest.fixture
def room():
    with leaves_nothing(), Room(Layout(files={"src/a.c": b"int a;\n"}), sandbox=SANDBOX) as made:
        yield made


SANDBOX = find_sandbox()


def say(room: Room, script: str) -> str:
    return room.bash(script, seconds=60).shown()


def test_files_stay_and_processes_do_not(room):
    token = secrets.token_hex(8)
    assert say(room, f"cat src/a.c; echo b > b; X=1; exec -a {token} sleep 600 &") == "int a;"
    assert say(room, "cat b; echo [$X]") == "b\n[]"
    lines = [Path("/proc", n, "cmdline") for n in os.listdir("/proc") if n.isdigit()]
    assert not any(token.encode() in p.read_bytes() for p in lines if p.exists())


def test_there_is_no_network_and_nothing_of_the_host(room):
    assert say(room, "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '") == "lo"
    assert say(room, "ls -d /root /home /etc/shadow 2>/dev/null") == "[exit code 2]"
    assert say(room, "id -u; env | sort | grep -v ^_ | grep -v ^SHLVL") == (
        "1000\nHOME=/work\nLANG=C.UTF-8\nPATH=/usr/bin:/bin\nPWD=/work"
    )


def test_mounts_are_shown_and_cannot_be_written(tmp_path):
    (tmp_path / "a").write_text("shown")
    tmp_path.chmod(0o755)
    layout = Layout(mounts=(Mount(source=tmp_path, target=PurePosixPath("/target")),))
    with Room(layout, sandbox=SANDBOX) as room:
        assert say(room, "cat /target/a; echo x > /target/a").startswith("shown")
    assert (tmp_path / "a").read_text() == "shown"


def test_results_say_how_a_command_ended(room):
    assert say(room, "echo out; echo err >&2; exit 3") == "out\nerr\n[exit code 3]"
    assert say(room, "kill -SEGV $$") == "[ended by signal 11]"
    assert say(room, "true") == NO_OUTPUT
    ended = room.bash("echo before; sleep 600", seconds=0.5)
    assert (ended.output, ended.stopped) == ("before\n", "it took longer than 0 seconds")


def test_long_output_loses_its_middle(room):
    shown = say(room, "seq 20000")
    assert shown.startswith("1\n2\n")
    assert shown.endswith("\n19999\n20000")
    assert "characters left out" in shown
    assert len(shown) < SHOWN + 100


def test_a_flood_of_output_is_cut(room):
    ran = room.bash("head -c 3000000 /dev/zero | tr '\\0' x", seconds=60)
    assert len(ran.output) < COMMAND_LIMITS.output_bytes + 100
    assert "more bytes of output were not kept" in ran.shown()


def test_the_folder_has_a_quota():
    limits = Limits(disk_bytes=8 << 20, file_bytes=4 << 20, wall_seconds=60)
    with Room(Layout(), sandbox=SANDBOX, limits=limits) as room:
        big = "for n in 1 2 3 4; do head -c 4000000 /dev/zero > f$n; done; sleep 600"
        assert room.bash(big, seconds=60).stopped.startswith("the files in /work are more than")


def test_files_come_out_and_links_do_not(room):
    say(room, "mkdir -p answer/sub; echo a > answer/a; echo b > answer/sub/b; mkfifo answer/pipe")
    say(room, "ln -s /etc/passwd answer/link; ln -s /etc answer/folder")
    files, skipped = room.read("answer")
    assert files == {"answer/a": b"a\n", "answer/sub/b": b"b\n"}
    assert sorted(line.split(":")[0] for line in skipped) == [
        "answer/folder",
        "answer/link",
        "answer/pipe",
    ]


def test_a_link_in_place_of_the_folder_leads_nowhere(room):
    say(room, "ln -s /etc answer")
    assert room.read("answer") == ({}, ("answer: is a link",))


def test_too_many_files_are_not_taken(room):
    say(room, "mkdir answer; cd answer; touch $(seq 200)")
    files, skipped = room.read("answer")
    assert len(files) == 100
    assert skipped


def test_files_are_written_below_the_folder_only(room, tmp_path):
    room.write("deep/er/file", b"1")
    room.write("deep/er/file", b"2")
    assert say(room, "cat deep/er/file") == "2"
    say(room, f"ln -s {tmp_path} out; rm deep/er/file; ln -s {tmp_path}/x deep/er/file")
    room.write("deep/er/file", b"3")
    with pytest.raises(OSError):
        room.write("out/file", b"4")
    with pytest.raises(ValueError, match="relative"):
        room.write("../file", b"5")
    assert say(room, "cat deep/er/file") == "3"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_closed_is_deleted_all_the_same(room):
    say(room, "mkdir -p a/b; touch a/b/c; chmod 0 a/b a .")


def test_folders_nested_without_end_harm_nobody(room):
    nest = "import os\nfor n in range(3000):\n os.mkdir('d')\n os.chdir('d')"
    ran = room.run(("/usr/bin/python3", "-c", nest), seconds=60)
    assert isinstance(ran, Ran)
    assert say(room, "ls") == "[ended: folders in /work are nested too deep]"


def test_a_program_gets_its_folder_input_and_environment(room):
    ran = room.run(
        ("/bin/sh", "-c", "pwd; cat; echo $X"),
        stdin=b"in\n",
        environment={"X": "x"},
        folder=PurePosixPath("/work/src"),
        seconds=60,
    )
    assert ran == Ran(output="/work/src\nin\nx\n")
