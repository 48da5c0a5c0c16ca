"""Snakemake as a child: whatever happens to it or to us, nothing of the run goes on afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tierline.runlock import SNAKEMAKE_LOCKS, processes_of
from tierline.steps import PARTS, RUN_ID
from tierline.supervise import supervise

# a Snakemake: locks, writes, starts a tool, and waits for it; a SIGINT makes it stop waiting
CHILD = """
import os, pathlib, signal, subprocess, sys, time
pathlib.Path(".snakemake/locks").mkdir(parents=True, exist_ok=True)
pathlib.Path(".snakemake/locks/0.lock").touch()
part = pathlib.Path("results/.part") / (os.environ["TIERLINE_RUN_ID"] + ".x")
part.mkdir(parents=True)
tool = subprocess.Popen([sys.executable, "-c", TOOL])
pathlib.Path("started").write_text(str(tool.pid))
print("said", flush=True)
try:
    tool.wait()
except KeyboardInterrupt:
    sys.exit(1)
"""
SLEEP = "import time; time.sleep(60)"
DEAF = (
    f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGINT, signal.SIG_IGN); {SLEEP}"
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(tool: str, when_started: object = None) -> tuple[int, list[str], int, float]:
    """Exit code, names of what was ended, how often ``stop`` was called, and seconds."""
    stops: list[float] = []
    done: list[bool] = []

    def tick() -> None:
        if Path("started").exists() and Path("started").read_text() and not done and callable(when_started):
            done.append(True)
            when_started()

    command = [sys.executable, "-c", CHILD.replace("TOOL", repr(tool))]
    began = time.monotonic()
    code, ended = supervise(
        command, {**os.environ, RUN_ID: "abc"}, "abc", Path("out"), tick, lambda: stops.append(1), every=0.05
    )
    return code, [process.name for process in ended], len(stops), time.monotonic() - began


def nothing_is_left() -> None:
    assert processes_of("abc") == []
    assert not list(PARTS.iterdir())
    assert not list(SNAKEMAKE_LOCKS.iterdir())


def test_a_child_that_ends_by_itself() -> None:
    code, ended, stops, _ = run("pass")
    assert (code, ended, stops) == (0, [], 0)
    assert Path("out").read_text() == "said\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_asked_to_end(number: int) -> None:
    before = signal.getsignal(number)
    code, ended, stops, seconds = run(SLEEP, lambda: os.kill(os.getpid(), number))
    assert code != 0 and len(ended) == 1 and stops == 1
    assert seconds < 10
    assert signal.getsignal(number) == before
    nothing_is_left()


def test_a_tool_that_is_deaf_is_ended_all_the_same_within_ten_seconds() -> None:
    _, ended, _, seconds = run(DEAF, lambda: os.kill(os.getpid(), signal.SIGINT))
    assert len(ended) == 1 and seconds < 10
    nothing_is_left()


def test_a_snakemake_that_was_killed_leaves_no_tool_behind() -> None:
    def kill_snakemake() -> None:
        tool = int(Path("started").read_text())
        parent = Path(f"/proc/{tool}/stat").read_text().rpartition(") ")[2].split()[1]
        os.kill(int(parent), signal.SIGKILL)

    code, ended, stops, _ = run(SLEEP, kill_snakemake)
    assert (code, len(ended), stops) == (-signal.SIGKILL, 1, 1)
    nothing_is_left()


def test_a_tool_that_outlives_its_run_is_ended_with_it() -> None:
    """A job whose shell was killed: Snakemake reports it and ends, its tool goes on."""
    code, ended, stops, _ = run("import os, time; time.sleep(0 if os.fork() else 60)")
    assert (code, ended, stops) == (0, [], 0)
    assert processes_of("abc") == [] and not list(PARTS.iterdir())


def test_an_error_of_our_own_leaves_nothing_behind() -> None:
    def fail() -> None:
        raise RuntimeError("the display broke")

    with pytest.raises(RuntimeError, match="the display broke"):
        run(SLEEP, fail)
    nothing_is_left()


def test_another_run_is_not_touched() -> None:
    other = subprocess.Popen([sys.executable, "-c", SLEEP], env={**os.environ, RUN_ID: "other"})
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    try:
        run(SLEEP)
        assert other.poll() is None
    finally:
        timer.join()
        other.kill()
        other.wait()
