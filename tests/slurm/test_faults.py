"""What befalls clusters, on a real Slurm: every fault is told or repaired, no run hangs, no file is mixed.

A workflow of three rules (three_rules.smk) is run by all of ``tierline run --profile slurm`` but for sheets and reports.
Its jobs go on until a test lets them end, so that no fault comes too late on a slow machine.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cluster import PATIENCE, Cluster, alive, lacking, wait_for
from tierline.slurm import accounted, queued

pytestmark = [pytest.mark.slow, pytest.mark.slurm]


@pytest.fixture(scope="module")
def slurm() -> Iterator[Cluster]:
    """A cluster without accounting."""
    yield from up(accounting=False)


@pytest.fixture(scope="module")
def slurmdbd() -> Iterator[Cluster]:
    """A cluster with accounting."""
    yield from up(accounting=True)


def up(*, accounting: bool) -> Iterator[Cluster]:
    lacking(accounting)
    cluster = Cluster(accounting=accounting, cpus=4, memory=2000)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


class Launch:
    """One start of the workflow in a folder. Its jobs end when ``go`` is called."""

    def __init__(self, cluster: Cluster, folder: Path, samples: str, *options: str) -> None:
        self.folder, self.said_in = folder, folder / f"said{len(list(folder.glob('said*')))}.txt"
        (folder / "wait").touch()
        with open(self.said_in, "w") as said:
            self.child = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("launch.py")), *options, "--config", f"samples={samples}"],
                cwd=folder, env=cluster.environment, stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip

    def __enter__(self) -> Launch:
        return self

    def __exit__(self, *error: object) -> None:
        if self.child.poll() is None:
            self.child.terminate()
            self.child.wait(60)

    def go(self) -> None:
        (self.folder / "wait").unlink()

    def end(self) -> int:
        code = self.child.wait(PATIENCE)
        print(self.said)
        return code

    @property
    def said(self) -> str:
        log = self.folder / ".tierline/snakemake.log"
        return self.said_in.read_text() + (log.read_text()[-6000:] if log.exists() else "")

    def failed(self) -> dict[str, dict[str, Any]]:
        """By sample, what the failures of the run are told as."""
        rows = [json.loads(line) for line in self.said_in.read_text().splitlines() if line.startswith("{")]
        return {row["sample"]: row for row in rows}

    def whys(self) -> set[str]:
        """Why Slurm jobs of the run failed."""
        path = self.folder / ".tierline/events.jsonl"
        events = [json.loads(line) for line in path.read_text().splitlines()]
        return {event["why"] for event in events if event.get("event") == "slurm_failed"}

    def until(self, what: Callable[[], object]) -> None:
        """Wait for something to happen in the run."""
        wait_for(lambda: what() or self.child.poll() is not None, lambda: self.said)
        assert self.child.poll() is None, self.said

    def until_work_writes(self, *samples: str, attempt: int = 1) -> None:
        """Until the jobs of ``work`` of these samples have written lines."""
        self.until(lambda: all(f" attempt {attempt} " in self._written(sample) for sample in samples))

    def _written(self, sample: str) -> str:
        text = ""
        for path in (self.folder / "results/.part").glob(f"*/results/work/{sample}.txt"):
            with suppress(FileNotFoundError):  # it has got its name in this moment
                text += path.read_text()
        return text


def work(folder: Path, sample: str) -> re.Match[str]:
    """Attempt, node and job of a finished job of ``work``, whose lines are all of one attempt, and none lacking."""
    lines = (folder / f"results/work/{sample}.txt").read_text().splitlines()
    found = [re.fullmatch(r"(\d+) attempt (?P<attempt>\d+) node (?P<node>\w+) job (?P<job>\w+)", line) for line in lines]
    rows = [row for row in found if row]
    assert len(rows) == len(lines) >= 4, lines
    assert [int(row[1]) for row in rows] == list(range(1, len(rows) + 1)), "a mixed or cut file"
    assert len({row.groups()[1:] for row in rows}) == 1, "lines of two attempts"
    return rows[0]


def attempts(folder: Path, samples: str) -> dict[str, int]:
    return {sample: int(work(folder, sample)["attempt"]) for sample in samples.split(",")}


def job_of(cluster: Cluster, sample: str) -> tuple[str, str]:
    """Number and node of the running job of ``work`` of a sample."""
    lines = cluster.ask("squeue", "-h", "--states=RUNNING", "-o", "%i|%N|%k").splitlines()
    return next((n, node) for n, node, name in (x.split("|") for x in lines) if name == f"rule_work_wildcards_{sample}")


def left(cluster: Cluster, folder: Path) -> tuple[list[str], list[str]]:
    """What a run has left: jobs that are not at their end, and half-written files."""
    parts = folder / "results/.part"
    return [*cluster.jobs("PENDING", "RUNNING")], [path.name for path in parts.iterdir()] if parts.exists() else []


# --------------------------------------------------------------------------- jobs


def test_what_is_ended_is_repeated_with_more_and_what_fails_is_told(
    slurmdbd: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over memory, over time, a tool's exit 137, scancel: repeated. Broken: told, and the others go on without it."""
    with Launch(slurmdbd, tmp_path, "plain1,plain2,memory1,time1,tool1,stopped1,broken1") as run:
        run.until_work_writes("stopped1")
        number, _ = job_of(slurmdbd, "stopped1")
        slurmdbd.ask("scancel", number)
        run.go()
        assert run.end() == 1
    assert attempts(tmp_path, "plain1,plain2") == {"plain1": 1, "plain2": 1}
    assert set(attempts(tmp_path, "memory1,time1,tool1,stopped1").values()) == {2}
    assert not (tmp_path / "results/work/broken1.txt").exists()
    row = run.failed()["broken1"]
    assert run.failed().keys() == {"broken1"}
    assert (row["rule"], row["words"]) == ("work", "Error: the reads are upside down")
    assert row["node"] in ("n1", "n2") and row["log"] == "logs/work/broken1.log"
    assert {"over its time limit of 1:00", "cancelled in Slurm"} <= run.whys()
    assert any(re.fullmatch(r"out of memory at 0\.\d\d of 0\.39 GiB", why) for why in run.whys()), run.whys()
    assert {work(tmp_path, sample)["node"] for sample in ("plain1", "plain2", "memory1", "time1")} == {"n1", "n2"}
    assert left(slurmdbd, tmp_path) == ([], [])

    for name in ("PATH", "SLURM_CONF"):
        monkeypatch.setenv(name, slurmdbd.environment[name])
    jobs = queued() or {}
    assert {"COMPLETED", "FAILED", "TIMEOUT", "CANCELLED"} <= {job.state for job in jobs.values()}
    wait_for(lambda: not any(job.going for job in accounted(jobs).values()), lambda: str(accounted(jobs)))
    same = ("number", "state", "node", "name", "comment", "folder")
    by_squeue, by_sacct = ([[getattr(job, field) for field in same] for job in sorted(found.values(), key=str)]
                           for found in (jobs, accounted(jobs)))  # fmt: skip
    assert by_squeue == by_sacct, "the accounting says of a job what the controller says"


def test_lost_nodes(slurm: Cluster, tmp_path: Path) -> None:
    """One node loses its power; one only seems dead, and its job writes on beside its retry."""
    with Launch(slurm, tmp_path, "plain1,plain2") as run:
        run.until_work_writes("plain1", "plain2")
        (_, seems_dead), (_, dead) = job_of(slurm, "plain1"), job_of(slurm, "plain2")
        assert seems_dead != dead
        lost = slurm.kill_node(seems_dead, keep_jobs=True)
        try:
            slurm.kill_node(dead)
            time.sleep(3)
            slurm.start_node(dead)
            run.until_work_writes("plain1", "plain2", attempt=2)
            assert any(alive(pid) for pid in lost), "nothing wrote beside the retry"
            run.go()
            assert run.end() == 0
            made = (tmp_path / "results/work/plain1.txt").stat()
            wait_for(lambda: not any(alive(pid) for pid in lost), lambda: "the job on the lost node did not end")
        finally:
            slurm.start_node(seems_dead)
    assert run.whys() == {"its node failed"}
    assert attempts(tmp_path, "plain1,plain2") == {"plain1": 2, "plain2": 2}
    assert work(tmp_path, "plain1")["node"] == dead
    now = (tmp_path / "results/work/plain1.txt").stat()
    assert (now.st_ino, now.st_mtime_ns) == (made.st_ino, made.st_mtime_ns), "the lost job wrote at last"
    assert left(slurm, tmp_path) == ([], [])
    slurm.until_idle()


def test_a_full_disk_is_told_and_nothing_half_written_is_believed(slurm: Cluster, tmp_path: Path) -> None:
    disk = tmp_path / "results"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], check=False).returncode:
        pytest.skip("no tmpfs can be mounted here")
    try:
        with Launch(slurm, tmp_path, "full1") as run:
            run.go()
            assert run.end() == 1
        assert "No space left on device" in run.failed()["full1"]["words"]
        assert not list(disk.glob("work/*")) and left(slurm, tmp_path) == ([], [])
        subprocess.run(["mount", "-o", "remount,size=20m", disk], check=True)
        with Launch(slurm, tmp_path, "full1") as again:
            again.go()
            assert again.end() == 0
        assert (disk / "work/full1.txt").stat().st_size > 4 << 20
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


# --------------------------------------------------------------------------- Slurm itself


def test_slurmctld_away_while_submitting_and_in_the_middle(slurm: Cluster, tmp_path: Path) -> None:
    slurm.note()
    with Launch(slurm, tmp_path, "plain1,plain2") as run:
        run.until((tmp_path / ".tierline/lock.json").exists)  # it has begun, and submits in some seconds
        slurm.kill_daemon("slurmctld")
        run.until(lambda: "jobs wait to be submitted" in run.said)
        time.sleep(15)
        assert not list(tmp_path.glob("results/.part/*"))
        slurm.start_daemon("slurmctld")
        run.until_work_writes("plain1", "plain2")
        slurm.note()
        slurm.kill_daemon("slurmctld")
        time.sleep(35)
        run.go()
        run.until(lambda: len(list(tmp_path.glob(".tierline/slurm/*.exit"))) == 2)
        slurm.start_daemon("slurmctld")
        assert run.end() == 0
    assert "Slurm answers again" in run.said
    assert not run.whys()
    assert attempts(tmp_path, "plain1,plain2") == {"plain1": 1, "plain2": 1}
    slurm.until_idle()


def test_slurmdbd_away_and_slurmctld_besides(slurmdbd: Cluster, tmp_path: Path) -> None:
    """Jobs end, and one is submitted again, while the accounting is away."""
    with Launch(slurmdbd, tmp_path, "plain1,late1") as run:
        run.until_work_writes("plain1", "late1")
        slurmdbd.note()
        slurmdbd.kill_daemon("slurmdbd")
        slurmdbd.kill_daemon("slurmctld")
        run.until(lambda: "Slurm does not answer" in run.said)
        time.sleep(10)
        slurmdbd.start_daemon("slurmctld")
        run.until(lambda: "Slurm answers again" in run.said)
        run.go()
        assert run.end() == 0
    slurmdbd.start_daemon("slurmdbd")
    assert attempts(tmp_path, "plain1,late1") == {"plain1": 1, "late1": 2}
    slurmdbd.until_idle()


@pytest.mark.parametrize("which", ["slurm", "slurmdbd"])
def test_jobs_that_slurm_has_forgotten_are_judged_by_their_own_record(
    request: pytest.FixtureRequest, tmp_path: Path, which: str
) -> None:
    """The accounting says for ever that they run."""
    cluster: Cluster = request.getfixturevalue(which)
    with Launch(cluster, tmp_path, "plain1,late1") as run:
        run.until_work_writes("plain1", "late1")
        cluster.kill_daemon("slurmctld")
        run.go()
        run.until(lambda: len(list(tmp_path.glob(".tierline/slurm/*.exit"))) == 2)
        cluster.forget(noted=False)
        cluster.start_daemon("slurmctld")
        assert run.end() == 0
    assert attempts(tmp_path, "plain1,late1") == {"plain1": 1, "late1": 2}
    cluster.until_idle()


def test_jobs_whose_end_slurm_has_forgotten_likewise(slurm: Cluster, tmp_path: Path) -> None:
    """slurmctld dies before it has noted what it had heard; when it is back, it takes them to run."""
    with Launch(slurm, tmp_path, "plain1,late1") as run:
        run.until_work_writes("plain1", "late1")
        slurm.note()
        asks = snakemakes(tmp_path)
        for pid in asks:
            os.kill(pid, signal.SIGSTOP)
        run.go()
        run.until(lambda: not slurm.jobs("RUNNING", "COMPLETING"))
        slurm.kill_daemon("slurmctld")
        slurm.forget(noted=True)
        slurm.start_daemon("slurmctld")
        wait_for(lambda: len(slurm.jobs("RUNNING")) == 2, lambda: "slurmctld knows better")
        for pid in asks:
            os.kill(pid, signal.SIGCONT)
        assert run.end() == 0
    assert attempts(tmp_path, "plain1,late1") == {"plain1": 1, "late1": 2}
    slurm.until_idle()


def test_a_slurm_that_stays_away_ends_the_run_and_its_jobs_are_found_again(slurm: Cluster, tmp_path: Path) -> None:
    with Launch(slurm, tmp_path, "plain1,plain2", "--tierline-slurm-patience=0") as run:
        run.until_work_writes("plain1", "plain2")
        numbers = {sample: job_of(slurm, sample)[0] for sample in ("plain1", "plain2")}
        slurm.note()
        slurm.kill_daemon("slurmctld")
        assert run.end() == 1
    assert "Slurm has not answered for 0 minutes" in run.said and "--adopt wait" in run.said
    slurm.start_daemon("slurmctld")
    wait_for(slurm.states, lambda: "no slurmctld")
    with Launch(slurm, tmp_path, "plain1,plain2", "--adopt", "wait") as again:
        again.until(lambda: "Waiting for them" in again.said)
        again.go()
        assert again.end() == 0
    assert {sample: work(tmp_path, sample)["job"] for sample in numbers} == numbers
    slurm.until_idle()


# --------------------------------------------------------------------------- the run itself


@pytest.mark.parametrize("how", ["wait", "cancel"])
def test_a_run_that_was_killed_is_started_again(slurm: Cluster, tmp_path: Path, how: str) -> None:
    with Launch(slurm, tmp_path, "plain1,plain2") as run:
        run.until_work_writes("plain1", "plain2")
        numbers = {sample: job_of(slurm, sample)[0] for sample in ("plain1", "plain2")}
        run.child.kill()
        run.child.wait()
    with Launch(slurm, tmp_path, "plain1,plain2") as asked:
        assert asked.end() == 1
    assert "Slurm has jobs of an earlier run in this folder" in asked.said and "--adopt wait" in asked.said
    assert set(slurm.jobs("RUNNING")) == set(numbers.values()), "a start that only asks ends no job, and begins none"
    with Launch(slurm, tmp_path, "plain1,plain2", "--adopt", how) as again:
        again.until(lambda: {"wait": "Waiting for them", "cancel": "Cancelling them"}[how] in again.said)
        if how == "wait":
            time.sleep(6)
            assert set(slurm.jobs("PENDING", "RUNNING")) == set(numbers.values()), "two jobs make one output"
        else:
            again.until_work_writes("plain1", "plain2")
            assert not set(slurm.jobs("PENDING", "RUNNING")) & set(numbers.values()), "two jobs make one output"
        again.go()
        assert again.end() == 0
    made_by = {sample: work(tmp_path, sample)["job"] for sample in numbers}
    assert (made_by == numbers) is (how == "wait")
    assert left(slurm, tmp_path) == ([], [])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_asked_to_end_ends_its_jobs(slurm: Cluster, tmp_path: Path, number: int) -> None:
    with Launch(slurm, tmp_path, "plain1,plain2") as run:
        run.until_work_writes("plain1", "plain2")
        asked = time.monotonic()
        run.child.send_signal(number)
        assert run.end() != 0
    assert time.monotonic() - asked < 60
    assert left(slurm, tmp_path) == ([], []), run.said
    assert not list(tmp_path.glob("results/work/*"))
    with Launch(slurm, tmp_path, "plain1,plain2") as again:
        again.go()
        assert again.end() == 0


@pytest.mark.parametrize("how", ["stopped", "never asks"])
def test_a_snakemake_that_hangs_is_ended_with_its_jobs(slurm: Cluster, tmp_path: Path, how: str) -> None:
    """Its process stands still; or all but the part that asks Slurm works, which has not come to its first question."""
    options = ["--hangs=20", *(["--tierline-slurm-init-seconds-before-status-checks=3600"] if how == "never asks" else [])]
    with Launch(slurm, tmp_path, "plain1,plain2", *options) as run:
        if how == "stopped":
            run.until_work_writes("plain1", "plain2")
            for pid in snakemakes(tmp_path):
                os.kill(pid, signal.SIGSTOP)
        run.until(lambda: slurm.jobs("PENDING", "RUNNING"))
        assert run.end() != 0
    assert "it hangs, and is ended" in run.said
    assert not snakemakes(tmp_path)
    assert left(slurm, tmp_path) == ([], []), run.said


def snakemakes(folder: Path) -> list[int]:
    """Processes of the Snakemake that a launch in ``folder`` has started, those within jobs apart."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            of_a_job = b"SLURM_JOB_ID=" in (entry / "environ").read_bytes()
            if (entry / "cwd").resolve() == folder and not of_a_job and b"/snakemake\0" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found
