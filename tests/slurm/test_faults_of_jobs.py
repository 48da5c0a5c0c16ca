"""What befalls jobs and the run that has submitted them: every fault is told or repaired, no run hangs, no file is mixed.

A workflow of three rules (three_rules.smk) is run by all of ``tierline run --profile slurm`` but for sheets and reports.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from cluster import Cluster, alive, wait_for
from launches import Launch, attempts, job_of, left, snakemakes, work
from tierline.slurm import accounted, queued

pytestmark = [pytest.mark.slow, pytest.mark.slurm]


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
    assert left(slurmdbd, tmp_path) == ([], [])

    for name in ("PATH", "SLURM_CONF"):
        monkeypatch.setenv(name, slurmdbd.environment[name])
    jobs = queued() or {}
    assert {job.node for job in jobs.values()} == {"n1", "n2"}
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
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], check=True)
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
