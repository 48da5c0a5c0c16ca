"""What befalls Slurm itself: no run hangs, no job is lost or run for nothing.

A workflow of three rules (three_rules.smk) is run by all of ``tierline run --profile slurm`` but for sheets and reports.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from cluster import Cluster, wait_for
from launches import Launch, attempts, job_of, snakemakes, work

pytestmark = [pytest.mark.slow, pytest.mark.slurm]


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


def test_slurmdbd_and_slurmctld_away_then_slurmdbd_alone(slurmdbd: Cluster, tmp_path: Path) -> None:
    """While the accounting is away, jobs end, and one is submitted again."""
    with Launch(slurmdbd, tmp_path, "plain1,late1") as run:
        run.until_work_writes("plain1", "late1")
        slurmdbd.note()
        slurmdbd.kill_daemon("slurmdbd")
        slurmdbd.kill_daemon("slurmctld")
        run.until(lambda: "Slurm does not answer" in run.said)
        time.sleep(10)
        slurmdbd.start_daemon("slurmdbd")  # first: without it a young slurmctld refuses to start
        wait_for(lambda: slurmdbd.ask("sacctmgr", "-n", "list", "cluster"), lambda: "no slurmdbd")
        slurmdbd.start_daemon("slurmctld")
        run.until(lambda: "Slurm answers again" in run.said)
        slurmdbd.kill_daemon("slurmdbd")
        run.go()
        assert run.end() == 0
    slurmdbd.start_daemon("slurmdbd")
    assert attempts(tmp_path, "plain1,late1") == {"plain1": 1, "late1": 2}
    slurmdbd.until_idle()


@pytest.mark.parametrize("which", ["slurm", "slurmdbd"])
def test_jobs_that_slurm_has_forgotten_are_judged_by_their_own_record(
    request: pytest.FixtureRequest, tmp_path: Path, which: str
) -> None:
    """The accounting, where there is one, says that their node failed."""
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
