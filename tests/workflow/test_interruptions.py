"""Runs that are killed, told to end, or out of disk: the same command again completes as an untouched run would have.

``TIERLINE_KILLS`` says which kills are tried (1-50 by ``make test-kills``), ``TIERLINE_SEED`` what they are drawn from (by
default the commit, so that every commit tries others); of one seed each number is always the same kill.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from runs import BIN, CORES, DEMO_CONFIG, QUICK_JAVA, Run, differences, planned, snakemake, tierline
from tierline.paths import ROOT
from tierline.runlock import processes_of
from tierline.tools import search_path

pytestmark = pytest.mark.slow

FIRST, LAST = map(int, os.environ.get("TIERLINE_KILLS", "1-5").split("-"))
TARGETS = ("run", "tool", "all")
PATIENCE = 600
COMMAND = ("run", "--configfile", str(DEMO_CONFIG), "--cores", CORES)


def seed() -> str:
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return os.environ.get("TIERLINE_SEED") or commit.stdout.strip() or "0"


def start(folder: Path) -> subprocess.Popen[str]:
    """The run of the demo, in the background."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "said.txt", "a") as said:
        return subprocess.Popen(
            [str(BIN / "tierline"), *COMMAND], cwd=folder, stdout=said, stderr=said, text=True, start_new_session=True,
            env={**os.environ, "PATH": search_path(), "JAVA_TOOL_OPTIONS": QUICK_JAVA},
        )  # fmt: skip


def run_id(folder: Path) -> str:
    """Of the run that works in the folder; "" before it holds it."""
    try:
        return str(json.loads((folder / ".tierline/lock.json").read_text())["run_id"])
    except FileNotFoundError:
        return ""


def wait_for(what: Callable[[], bool], seconds: float = PATIENCE) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)


def begun(folder: Path, rule: str) -> bool:
    path = folder / ".tierline/events.jsonl"
    return path.exists() and f'"rule_name": "{rule}"' in path.read_text()


def kill(target: str, child: subprocess.Popen[str], folder: Path, draw: random.Random) -> str:
    """kill -9 of ``tierline run``, of one of its tools, or of everything. Says what was killed."""
    found = processes_of(run_id(folder)) if run_id(folder) else []
    tools = [process for process in found if process.pid != child.pid]
    if target == "tool" and tools:
        victim = draw.choice(tools)
        with suppress(ProcessLookupError):
            os.kill(victim.pid, signal.SIGKILL)
        return f"{victim.name}"
    victims = [child.pid, *(process.pid for process in tools if target == "all")]
    for pid in victims:
        with suppress(ProcessLookupError):  # one that has just ended by itself
            os.kill(pid, signal.SIGKILL)
    return f"{len(victims)} processes" if target == "all" else "tierline run"


def assert_complete(again: Run, untouched: Run) -> int:
    """That the run is complete and its results are those of the untouched one; returns the number of files compared."""
    assert again.code == 0, again.output[-5000:]
    assert "Complete." in again.output
    compared, _, differ = differences(untouched.folder / "results", again.folder / "results")
    assert not differ, differ
    assert not list((again.folder / "results/.part").iterdir())
    return compared


@pytest.mark.parametrize("number", range(FIRST, LAST + 1))
def test_kill_9_at_random_moments(demo_run: Run, tmp_path: Path, number: int) -> None:
    """The moments are drawn from the time that the untouched run took, beginning included."""
    assert demo_run.code == 0, demo_run.output[-5000:]
    draw = random.Random(f"{seed()} {number}")
    made = [
        path
        for stage in ("align", "calls", "report", "multiqc")
        for path in (demo_run.folder / "results" / stage).iterdir()
    ]
    ends = [path.stat().st_mtime for path in made]
    lasts = max(ends) - min(ends) + 8  # seconds; the start of Snakemake and the reference come before
    target, moment = TARGETS[number % len(TARGETS)], draw.uniform(0.2, lasts)
    child = start(tmp_path)
    try:
        child.wait(timeout=moment)
        victim = "nothing: it had ended"
    except subprocess.TimeoutExpired:
        victim = kill(target, child, tmp_path, draw)
    child.wait(timeout=PATIENCE)  # of a killed tool: the run itself comes to its end
    killed = run_id(tmp_path)  # of a run that ended by itself: ""
    again = tierline(tmp_path, *COMMAND)
    compared = assert_complete(again, demo_run)
    assert not killed or not processes_of(killed), again.output
    ended = re.search(r"Ended what was left of it: .*", again.output)
    left = ended[0] if ended else "nothing was left of it"
    print(f"kill {number} of seed {seed()}, {moment:.1f} s: {target}, {victim}. {left} Complete, {compared} files compared")
    shutil.rmtree(tmp_path / "results")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_asked_to_end_does_so_within_ten_seconds(demo_run: Run, tmp_path: Path, number: int) -> None:
    child = start(tmp_path)
    wait_for(lambda: begun(tmp_path, "call_mutect2") or begun(tmp_path, "mark_duplicates"))
    time.sleep(1)
    name = run_id(tmp_path)
    done_before = {path.name for path in (tmp_path / "results/align").glob("units/*.bam")}
    asked = time.monotonic()
    child.send_signal(number)
    code = child.wait(timeout=30)
    took = time.monotonic() - asked
    text = (tmp_path / "said.txt").read_text()
    assert (code, processes_of(name)) == (1, []), text
    assert took < 10
    assert "Interrupted: " in text and " failed " not in text, text
    assert {path.name for path in (tmp_path / "results/align").glob("units/*.bam")} >= done_before
    assert not (tmp_path / ".tierline/lock.json").exists() and not list((tmp_path / "results/.part").iterdir())
    again = tierline(tmp_path, *COMMAND)
    assert "The run before died" not in again.output
    print(f"ended in {took:.1f} s; {assert_complete(again, demo_run)} files compared")


@pytest.mark.parametrize("rule", ["align_reads", "call_mutect2", "render_report"])
def test_a_full_disk_is_told_and_nothing_half_written_is_believed(demo_run: Run, tmp_path: Path, rule: str) -> None:
    """The disk is a small tmpfs that is filled when the rule begins, and has room again for the second run."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300m", "tmpfs", folder], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("a tmpfs can be mounted by root only")
    try:
        child = start(folder)
        wait_for(lambda: begun(folder, rule))
        with open(folder / "ballast", "wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(bytes(1 << 16))
            except OSError:
                pass
        code = child.wait(timeout=PATIENCE)
        (folder / "ballast").unlink()
        text = (folder / "said.txt").read_text()
        assert code in (1, 3), text
        assert re.search(r"no space left|No space left|full|short|empty", text, re.IGNORECASE), text
        again = tierline(folder, *COMMAND)
        print(f"{assert_complete(again, demo_run)} files compared after a full disk")
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_run_folder_that_was_moved_has_nothing_to_do(demo_run: Run, tmp_path: Path) -> None:
    shutil.copytree(demo_run.folder, tmp_path / "elsewhere", symlinks=True)
    moved = snakemake(tmp_path / "elsewhere", "--dry-run", configfile=DEMO_CONFIG)
    assert not planned(moved), moved.output[-3000:]


def test_a_clock_that_went_back_keeps_no_run_from_completing(demo_run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "later"
    shutil.copytree(demo_run.folder, folder, symlinks=True)
    later = time.time() + 3600
    for path in (folder / "results").rglob("*"):
        os.utime(path, (later, later), follow_symlinks=False)
    for name in ("interpret/CRC01T.hotspot50.json", "report/CRC01T.hotspot50.html"):
        (folder / "results" / name).unlink()
    again = tierline(folder, *COMMAND)
    assert "The clock went back: " in again.output, again.output
    print(f"{assert_complete(again, demo_run)} files compared")
