"""What a hostile job tries, and what comes of it. Each attempt first shows that it would work
outside, or carries its own sign that it was really made."""

import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from seawall.sandbox import Job, Limits, Mount, Outcome, Sandbox

MB = 1 << 20


def run(sandbox: Sandbox, script: str, *args: str, **options: object) -> Outcome:
    limits = options.pop("limits", Limits(wall_seconds=20, cpu_seconds=20))
    environment = {"PATH": "/usr/bin:/bin", **options.pop("environment", {})}
    return sandbox.run(
        Job(
            argv=("/bin/sh", "-c", script, "sh", *args),
            environment=environment,
            limits=limits,
            **options,
        )
    )


def python(sandbox: Sandbox, program: str, *args: str, **options: object) -> Outcome:
    """Run with the system's Python, which lies in the read-only runtime."""
    if not Path("/usr/bin/python3").exists():
        pytest.skip("no /usr/bin/python3 in the runtime")
    return run(sandbox, 'exec /usr/bin/python3 -I -c "$@"', program, *args, **options)


def named(token: str) -> list[int]:
    """Host processes whose command line holds `token`."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if token.encode() in Path("/proc", name, "cmdline").read_bytes():
                    found.append(int(name))
            except OSError:
                continue
    return found


def interrupt_when_running(
    monkeypatch: pytest.MonkeyPatch, token: str, look: Callable[[int], object]
) -> None:
    """Make the next wait for a job look at its processes once they run, and raise Ctrl-C."""
    real = threading.Thread.join
    calls = []

    def interrupted(thread: threading.Thread, timeout: float | None = None) -> None:
        if thread.name == "seawall-sandbox" and not calls:
            calls.append(thread)
            while not (found := [pid for pid in named(token) if _is_the_job(pid)]):
                time.sleep(0.01)
            look(found[0])
            raise KeyboardInterrupt
        real(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", interrupted)


def _is_the_job(pid: int) -> bool:
    """Whether the job itself has begun: its shell, not bubblewrap before it."""
    try:
        return Path("/proc", str(pid), "comm").read_text() == "sh\n"
    except OSError:
        return False


def only_visible_processes(sandbox: Sandbox) -> None:
    """Skip where the host does not see the job's processes as such."""
    if is_gvisor(sandbox):
        pytest.skip("gVisor's processes are not the host's")


def is_gvisor(sandbox: Sandbox) -> bool:
    return sandbox.name.startswith("runsc")


def only_the_hosts_kernel(sandbox: Sandbox) -> None:
    """Skip what asks the kernel in words that gVisor's own does not know or answers otherwise."""
    if is_gvisor(sandbox):
        pytest.skip("gVisor's own kernel answers here, not the host's")


# -- ordinary jobs ------------------------------------------------------------------------------


def test_a_job_gets_its_files_input_and_environment_and_returns_what_it_made(sandbox):
    outcome = run(
        sandbox,
        'cat in/a; cat; printf %s "$X"; echo made > out; echo oops >&2; exit 3',
        files={"in/a": b"file "},
        stdin=b"input ",
        environment={"X": "value"},
        collect=("out", "absent"),
    )
    assert (outcome.exit_code, outcome.signal, outcome.stopped_by) == (3, None, "")
    assert outcome.stdout == b"file input value"
    assert outcome.stderr == b"oops\n"
    assert outcome.files == {"out": b"made\n"}
    assert outcome.skipped == ()


def test_a_death_by_signal_is_told_apart_from_an_exit(sandbox):
    outcome = run(sandbox, "kill -SEGV $$")
    assert (outcome.exit_code, outcome.signal) == (None, 11)


def test_a_large_input_that_the_job_does_not_read_does_no_harm(sandbox):
    assert run(sandbox, "exit 0", stdin=b"x" * 4 * MB).exit_code == 0
    assert run(sandbox, "wc -c", stdin=b"x" * 4 * MB).stdout.strip() == b"4194304"


def test_an_absent_mount_is_an_error_of_the_caller(sandbox, tmp_path):
    mount = Mount(source=tmp_path / "absent", target=PurePosixPath("/data"))
    with pytest.raises(FileNotFoundError):
        run(sandbox, "true", mounts=(mount,))


def test_jobs_run_side_by_side(sandbox):
    outcomes: dict[int, bytes] = {}

    def one(number: int) -> None:
        outcomes[number] = run(sandbox, 'echo "$1" > f; cat f', str(number)).stdout

    threads = [threading.Thread(target=one, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {n: f"{n}\n".encode() for n in range(4)}


# -- the host's files ---------------------------------------------------------------------------


def test_a_host_file_is_seen_only_when_mounted_and_never_written(sandbox, tmp_path):
    tmp_path.chmod(0o755)
    shown, hidden = tmp_path / "shown", tmp_path / "hidden"
    shown.write_text("shown"), hidden.write_text("hidden")
    mount = Mount(source=shown, target=PurePosixPath("/data/shown"))
    outcome = run(
        sandbox,
        'cat /data/shown; cat "$1" && echo READ; echo x > /data/shown && echo WROTE; echo /data/*',
        str(hidden),
        mounts=(mount,),
    )
    assert outcome.stdout == b"shown/data/shown\n"
    assert shown.read_text() == "shown"


def test_a_mount_below_a_folder_closed_to_others_is_shown(sandbox, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "open").mkdir(mode=0o755)
    (closed / "open" / "f").write_text("seen")
    mount = Mount(source=closed / "open", target=PurePosixPath("/data"))
    assert run(sandbox, "cat /data/f", mounts=(mount,)).stdout == b"seen"


def test_no_home_no_secrets_no_host_configuration(sandbox):
    outcome = run(sandbox, "ls -d /home /root /etc/shadow /etc/ssl /var /run /sys /srv /opt")
    assert outcome.stdout == b""
    assert run(sandbox, "cat /etc/passwd").stdout == b"sandbox:x:1000:1000::/tmp:/bin/sh\n"


def test_nothing_outside_the_writable_space_can_be_written(sandbox):
    places = "/ /usr /usr/bin /etc /dev /proc /lib /proc/sys/kernel"
    outcome = run(sandbox, f"for d in {places}; do echo x > $d/x && echo $d; done")
    assert outcome.stdout == b""
    assert run(sandbox, "for d in /work /tmp /dev/shm; do echo x > $d/x && echo $d; done").stdout


def test_kernel_settings_cannot_be_changed_even_when_seawall_runs_as_root(sandbox):
    before = Path("/proc/sys/kernel/core_pattern").read_bytes()
    outcome = run(
        sandbox,
        'f=/proc/sys/kernel/core_pattern; v=$(cat $f) && printf %s "$v" > $f && echo WROTE; id -u',
    )
    assert outcome.stdout == b"1000\n"
    assert Path("/proc/sys/kernel/core_pattern").read_bytes() == before


def test_the_process_is_not_root_outside_either(sandbox, monkeypatch):
    only_visible_processes(sandbox)
    token = secrets.token_hex(8)
    users: set[str] = set()

    def look(pid: int) -> None:
        status = Path("/proc", str(pid), "status").read_text()
        users.update(*(line.split()[1:] for line in status.splitlines() if line[:4] == "Uid:"))

    interrupt_when_running(monkeypatch, token, look)
    with pytest.raises(KeyboardInterrupt):
        run(sandbox, "sleep 600; : $1", token, limits=Limits(wall_seconds=60))
    assert users == {str(os.geteuid() or 65534)}


def test_no_capability_and_no_way_to_gain_one(sandbox):
    only_the_hosts_kernel(sandbox)
    outcome = run(sandbox, "grep -E 'Cap|NoNewPrivs' /proc/self/status")
    values = dict(line.split(b":\t") for line in outcome.stdout.splitlines())
    assert values.pop(b"NoNewPrivs") == b"1"
    assert {int(value, 16) for value in values.values()} == {0}


def test_setuid_programs_lend_nothing(sandbox, tmp_path):
    only_the_hosts_kernel(sandbox)
    outcome = run(
        sandbox,
        "for p in su mount passwd; do ls -l /usr/bin/$p; done; awk '$2 == \"/usr\"' /proc/mounts",
    )
    assert b"nosuid" in outcome.stdout
    attempt = run(sandbox, "cp /usr/bin/id . && chmod 4755 id && ./id -u && su -c id root")
    assert attempt.stdout == b"1000\n"


def test_no_new_user_namespace_can_be_made(sandbox):
    only_the_hosts_kernel(sandbox)
    outcome = run(sandbox, "unshare --user --map-root-user id -u && echo ROOT")
    assert b"ROOT" not in outcome.stdout
    assert outcome.exit_code != 0


def test_the_host_cannot_be_reached_through_proc(sandbox):
    only_the_hosts_kernel(sandbox)
    outcome = run(
        sandbox,
        "ls /proc/1/root/home /proc/self/root/home; ls -l /proc/self/fd /proc/1/fd;"
        "cat /proc/1/environ | tr '\\0' '\\n'; ls -d /proc/[0-9]* | wc -l",
    )
    assert str(Path.home()).encode() not in outcome.stdout.replace(b"/tmp", b"")
    assert b"HOME=" not in outcome.stdout
    assert int(outcome.stdout.split()[-1]) < 10


def test_open_descriptors_of_ours_are_not_inherited(sandbox, tmp_path):
    only_the_hosts_kernel(sandbox)
    (tmp_path / "f").write_text("secret")
    fd = os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(fd, True)
    try:
        outcome = run(sandbox, "ls /proc/self/fd; cat /proc/self/fd/*/f")
    finally:
        os.close(fd)
    assert outcome.stdout.split() == [b"0", b"1", b"2", b"3"]


# -- environment and network --------------------------------------------------------------------


def test_the_environment_is_exactly_what_was_given(sandbox, monkeypatch):
    monkeypatch.setenv("SEAWALL_SECRET", "do not leak")
    outcome = run(sandbox, "env -u PWD; cat /proc/self/environ | tr '\\0' '\\n'")
    assert b"leak" not in outcome.stdout
    names = {line.split(b"=")[0] for line in outcome.stdout.splitlines() if b"=" in line}
    allowed = {b"PATH", b"PWD", b"_"} | ({b"HOME"} if is_gvisor(sandbox) else set())
    assert names <= allowed


def test_a_listener_of_the_host_cannot_be_reached(sandbox):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            pass  # it can be reached from outside
        program = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 5)"
        outcome = python(sandbox, program, str(port))
    assert b"ConnectionRefusedError" in outcome.stderr


def test_there_is_no_interface_but_a_working_loopback(sandbox):
    program = """
import socket
print([name for _, name in socket.if_nameindex()])
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(("localhost", server.getsockname()[1])).close()
print("reached")
try:
    socket.create_connection(("192.0.2.1", 80), 5)
except OSError as error:
    print(error.strerror)
"""
    lines = python(sandbox, program).stdout.decode().splitlines()
    assert lines[:2] == ["['lo']", "reached"]
    assert lines[2] in ("Network is unreachable", "No route to host")


def test_abstract_unix_sockets_of_the_host_are_not_there(sandbox):
    name = f"seawall-{secrets.token_hex(8)}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("\0" + name)
        listener.listen()
        program = "import socket, sys; socket.socket(socket.AF_UNIX).connect('\\0' + sys.argv[1])"
        outcome = python(sandbox, program, name)
    assert b"ConnectionRefusedError" in outcome.stderr


# -- limits -------------------------------------------------------------------------------------


def test_a_sleeper_is_stopped_by_the_wall_clock(sandbox):
    outcome = run(sandbox, "sleep 600", limits=Limits(wall_seconds=0.5))
    assert (outcome.stopped_by, outcome.exit_code, outcome.signal) == ("wall", None, None)


def test_cpu_time_is_that_of_the_whole_tree(sandbox):
    script = "for i in 1 2 3; do (while :; do :; done) & done; wait"
    outcome = run(sandbox, script, limits=Limits(wall_seconds=60, cpu_seconds=0.5))
    assert outcome.stopped_by == "cpu"
    assert outcome.cpu_seconds >= 0.5


def test_a_memory_bomb_is_stopped(sandbox):
    program = "b = []\nwhile True: b.append(bytearray(b'x') * (4 << 20))"
    outcome = python(
        sandbox, program, limits=Limits(memory_bytes=96 * MB, disk_bytes=16 * MB, wall_seconds=60)
    )
    assert outcome.stopped_by == "memory"


def test_memory_is_that_of_the_whole_tree(sandbox):
    program = (
        "import os, time\n"
        "for _ in range(16):\n"
        "    if os.fork() == 0:\n"
        "        b = bytearray(b'x') * (16 << 20)\n"
        "        time.sleep(60)\n"
        "time.sleep(60)"
    )
    limits = Limits(memory_bytes=96 * MB, disk_bytes=16 * MB, wall_seconds=60)
    assert python(sandbox, program, limits=limits).stopped_by == "memory"


def test_a_fork_bomb_meets_its_limit_and_leaves_nothing(sandbox):
    token = secrets.token_hex(8)
    program = (
        "import os, sys, time\n"
        "made = 0\n"
        "while True:\n"
        "    try:\n"
        "        if os.fork() == 0:\n"
        "            time.sleep(600)\n"
        "        made += 1\n"
        "    except OSError as error:\n"
        "        print(made, error.strerror, flush=True)\n"
        "        break\n"
    )
    limits = Limits(processes=20, wall_seconds=60, cpu_seconds=60)
    outcome = python(sandbox, program, token, limits=limits)
    assert named(token) == []
    if is_gvisor(sandbox):  # its own limit is the host's, at which it gives up as a whole
        assert outcome.exit_code != 0
        return
    made, _, reason = outcome.stdout.decode().strip().partition(" ")
    assert 1 <= int(made) <= 20
    assert reason == "Resource temporarily unavailable"


def test_a_disk_bomb_fills_only_its_quota(sandbox):
    limits = Limits(disk_bytes=16 * MB, file_bytes=64 * MB, wall_seconds=60)
    script = (
        "for d in /work /tmp /dev/shm; do"
        " for i in 1 2 3 4 5 6; do head -c 8000000 /dev/zero >> $d/f$i; done; done;"
        " du -sbc /work /tmp /dev/shm | tail -1 | cut -f1"
    )
    outcome = run(sandbox, script, limits=limits)
    assert b"No space left on device" in outcome.stderr
    assert 8 * MB < int(outcome.stdout) <= 16 * MB


def test_no_file_grows_beyond_its_limit(sandbox):
    outcome = run(sandbox, "head -c 9000000 /dev/zero > f; wc -c < f", limits=Limits(file_bytes=MB))
    assert outcome.stdout.strip() == b"1048576"


def test_output_beyond_the_limit_is_dropped_and_counted(sandbox):
    script = "head -c 300000 /dev/zero; echo err >&2"
    outcome = run(sandbox, script, limits=Limits(output_bytes=1000))
    assert outcome.stdout == bytes(1000)
    assert outcome.stdout_dropped == 299_000
    assert (outcome.stderr, outcome.stderr_dropped) == (b"err\n", 0)


def test_an_endless_flood_of_output_ends_the_job(sandbox):
    outcome = run(sandbox, "cat /dev/zero", limits=Limits(output_bytes=1000, wall_seconds=60))
    assert outcome.stopped_by == "output"
    assert len(outcome.stdout) == 1000


def test_limits_cannot_be_raised_from_inside(sandbox):
    outcome = run(
        sandbox, "ulimit -H -u 5000 && echo RAISED; ulimit -H -f unlimited && echo RAISED"
    )
    assert b"RAISED" not in outcome.stdout


# -- the end ------------------------------------------------------------------------------------


def test_background_children_are_dead_when_run_returns(sandbox):
    token = secrets.token_hex(8)
    script = '(setsid sh -c "sleep 600; : $1" &) ; (nohup sh -c "sleep 600; : $1" >f 2>&1 &);'
    script += "echo started"
    outcome = run(sandbox, script, token)
    assert outcome.stdout == b"started\n"
    assert named(token) == []


def test_a_child_that_holds_the_output_open_does_not_hold_us(sandbox):
    outcome = run(sandbox, "sleep 600 & echo done", limits=Limits(wall_seconds=60))
    assert outcome.stdout == b"done\n"
    assert outcome.wall_seconds < 30


def test_the_tree_dies_when_our_own_process_is_interrupted(sandbox, monkeypatch):
    only_visible_processes(sandbox)
    token = secrets.token_hex(8)
    seen: list[int] = []
    interrupt_when_running(monkeypatch, token, seen.append)
    with pytest.raises(KeyboardInterrupt):
        run(sandbox, "sleep 600; : $1", token, limits=Limits(wall_seconds=60))
    assert seen
    assert named(token) == []


def test_the_caller_can_end_a_job_from_another_thread(sandbox):
    stop, token = os.eventfd(0), secrets.token_hex(8)
    outcomes: list[Outcome] = []
    command = f"exec -a {token} sleep 600 & wait"
    job = Job(argv=("/bin/bash", "-c", command), stop_fd=stop, limits=Limits(wall_seconds=60))
    thread = threading.Thread(target=lambda: outcomes.append(sandbox.run(job)))
    thread.start()
    while not named(token) and thread.is_alive():
        time.sleep(0.01)
    os.eventfd_write(stop, 1)
    thread.join()
    os.close(stop)
    assert [o.stopped_by for o in outcomes] == ["stopped"]
    assert named(token) == []


def test_the_tree_dies_when_our_own_process_is_killed(sandbox, tmp_path):
    only_visible_processes(sandbox)
    token = secrets.token_hex(8)
    program = (
        "import sys\n"
        "from seawall.sandbox import Job, find_sandbox\n"
        "find_sandbox('bubblewrap').run("
        "Job(argv=('/bin/sh', '-c', 'sleep 600; : $1', 'sh', sys.argv[1])))\n"
    )
    ours = subprocess.Popen([sys.executable, "-c", program, token])

    def jobs() -> list[int]:
        return [pid for pid in named(token) if pid != ours.pid]

    try:
        while not any(_is_the_job(pid) for pid in jobs()):
            assert ours.poll() is None
            time.sleep(0.01)
    finally:
        ours.kill()
        ours.wait()
    for _ in range(500):
        if not jobs():
            break
        time.sleep(0.01)
    assert jobs() == []


# -- what is brought back -----------------------------------------------------------------------


def test_links_and_special_files_are_never_brought_back(sandbox, tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "secret").write_text("host secret")
    script = (
        'ln -s "$1/secret" link; ln -s "$1" folder; ln -s / root; ln -s ../../../.. up;'
        "mkfifo pipe; mkdir real; ln -s /etc/passwd real/inner; echo ok > real/file;"
        "ln real/file hard"
    )
    paths = (".", "folder/secret", "link", "up/etc/passwd", "real/file")
    outcome = run(sandbox, script, str(tmp_path), collect=paths)
    assert outcome.files == {"real/file": b"ok\n", "hard": b"ok\n"}
    assert "link: is a link" in outcome.skipped
    if not is_gvisor(sandbox):  # which makes no pipe there
        assert "pipe: is a special file" in outcome.skipped
    assert "real/inner: is a link" in outcome.skipped
    assert "folder/secret: folder is a link" in outcome.skipped


def test_collected_files_are_capped_in_number_and_size(sandbox):
    script = "for i in 1 2 3 4 5; do echo $i > f$i; done; head -c 100 /dev/zero > big"
    limits = Limits(collect_files=3, collect_bytes=50)
    outcome = run(sandbox, script, collect=("big", "."), limits=limits)
    assert outcome.files == {"f1": b"1\n", "f2": b"2\n", "f3": b"3\n"}
    assert "big: 100 bytes do not fit the limit on collected files" in outcome.skipped
    assert "f4: more than 3 files" in outcome.skipped


def test_a_path_that_leaves_the_folder_is_refused_before_the_start(sandbox):
    for path in ("/etc/passwd", "../x", "a/../../x"):
        with pytest.raises(ValueError, match="not a relative path"):
            run(sandbox, "true", collect=(path,))
        with pytest.raises(ValueError, match="not a relative path"):
            run(sandbox, "true", files={path: b""})


def test_a_writable_host_folder_keeps_what_the_job_wrote(sandbox, tmp_path):
    tmp_path.chmod(0o755)
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "old").write_text("old")
    outcome = run(
        sandbox,
        "echo new > /out/new; echo changed > /out/old; cp /usr/bin/id /out/id; chmod 4755 /out/id",
        writable=((folder, PurePosixPath("/out")),),
    )
    assert outcome.exit_code == 0
    assert (folder / "new").read_text() == "new\n"
    assert (folder / "old").read_text() == "changed\n"
    assert (folder / "new").stat().st_uid == os.geteuid()
    if os.geteuid() == 0:
        assert not (folder / "id").stat().st_mode & 0o4000


def test_a_writable_host_folder_has_the_disk_quota(sandbox, tmp_path):
    tmp_path.chmod(0o755)
    outcome = run(
        sandbox,
        "head -c 20000000 /dev/zero > /out/f; sleep 600",
        writable=((tmp_path, PurePosixPath("/out")),),
        limits=Limits(disk_bytes=4 * MB, wall_seconds=60),
    )
    assert outcome.stopped_by == "disk"
