"""What befalls clusters, on a real Slurm: every fault is told or repaired, no run hangs, no file is mixed.

A workflow of three rules (three_rules.smk) is run by all of ``tierline run --profile slurm`` but for sheets and reports.
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
from pathlib import Path
from typing import Any

import pytest
from cluster import Cluster, missing

pytestmark = [pytest.mark.slow, pytest.mark.slurm]

PATIENCE = 400.0  # seconds for what takes one minute on an idle machine
Make = Callable[[bool], Cluster]


@pytest.fixture(scope="module", params=[False, True], ids=["squeue", "slurmdbd"])
def either(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster without accounting, then one with."""
    yield from up(tmp_path_factory, accounting=request.param)


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster without accounting, as the harder of the two."""
    yield from up(tmp_path_factory, accounting=False)


def up(factory: pytest.TempPathFactory, *, accounting: bool) -> Iterator[Cluster]:
    if lacking := missing(accounting):
        (pytest.fail if "TIERLINE_CI" in os.environ else pytest.skip)(f"not here: {', '.join(lacking)}")
    cluster = Cluster(factory.mktemp("cluster") / "slurm", accounting=accounting)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


class Launch:
    """One start of the workflow in a folder."""

    def __init__(self, cluster: Cluster, folder: Path, samples: str, *options: str, lines: int = 4) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.said_in = folder, folder / f"said{len(list(folder.glob('said*')))}.txt"
        words = [*options, "--config", f"samples={samples}", f"lines={lines}"]
        with open(self.said_in, "w") as said:
            self.child = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("launch.py")), *words],
                cwd=folder, env=cluster.environment, stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip

    def __enter__(self) -> Launch:
        return self

    def __exit__(self, *error: object) -> None:
        if self.child.poll() is None:
            self.child.terminate()
            self.child.wait(60)

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
        rows = [eval(line) for line in self.said_in.read_text().splitlines() if line.startswith("{")]
        return {row["sample"]: row for row in rows}

    def events(self, kind: str) -> list[dict[str, Any]]:
        path = self.folder / ".tierline/events.jsonl"
        rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [row for row in rows if row.get("event") == kind]

    def until(self, what: Callable[[], object]) -> None:
        """Wait for something to happen in the run."""
        until = time.monotonic() + PATIENCE
        while not what():
            assert self.child.poll() is None, self.said
            assert time.monotonic() < until, self.said
            time.sleep(0.2)

    def until_work_writes(self, *samples: str) -> None:
        """Until the jobs of ``work`` of these samples have written their first lines."""
        parts = self.folder / "results/.part"
        self.until(lambda: all(any(p.stat().st_size for p in parts.glob(f"*/results/work/{s}.txt")) for s in samples))


def work(folder: Path, sample: str) -> list[re.Match[str]]:
    """The lines of a finished job of ``work``: number, attempt, node and job; all of one attempt, and none lacking."""
    lines = (folder / f"results/work/{sample}.txt").read_text().splitlines()
    found = [re.fullmatch(r"(\d+) attempt (\d+) node (\w+) job (\w+)", line) for line in lines]
    assert all(found), lines
    rows = [row for row in found if row]
    assert [int(row[1]) for row in rows] == list(range(1, len(rows) + 1)), "a mixed or cut file"
    assert len({row.groups()[1:] for row in rows}) == 1, "lines of two attempts"
    return rows


def job_of(cluster: Cluster, sample: str) -> tuple[str, str]:
    """Number and node of the running job of ``work`` of a sample."""
    lines = cluster.ask("squeue", "-h", "--states=RUNNING", "-o", "%i|%N|%k").splitlines()
    return next((n, node) for n, node, name in (x.split("|") for x in lines) if name == f"rule_work_wildcards_{sample}")


def left(cluster: Cluster, folder: Path) -> tuple[list[str], list[str]]:
    """What a run has left: jobs that are not at their end, and half-written files."""
    parts = folder / "results/.part"
    return [*cluster.jobs("PENDING", "RUNNING")], [path.name for path in parts.iterdir()] if parts.exists() else []


# --------------------------------------------------------------------------- jobs


def test_what_is_ended_is_repeated_with_more_and_what_fails_is_told(either: Cluster, tmp_path: Path) -> None:
    """Over memory, over time, a tool's exit 137, scancel: repeated. Broken: told, and the others go on without it."""
    with Launch(either, tmp_path, "plain1,plain2,memory1,time1,tool1,stopped1,broken1", lines=30) as run:
        run.until_work_writes("stopped1")
        number, _ = job_of(either, "stopped1")
        either.ask("scancel", number)
        assert run.end() == 1
    attempts = {s: int(work(tmp_path, s)[0][2]) for s in ("plain1", "plain2", "memory1", "time1", "tool1", "stopped1")}
    assert attempts == {"plain1": 1, "plain2": 1, "memory1": 2, "time1": 2, "tool1": 2, "stopped1": 2}
    assert not (tmp_path / "results/work/broken1.txt").exists()
    row = run.failed()["broken1"]
    assert run.failed().keys() == {"broken1"}
    assert (row["rule"], row["words"]) == ("work", "Error: the reads are upside down")
    assert row["node"] in ("n1", "n2") and row["log"] == "logs/work/broken1.log"
    whys = {event["why"] for event in run.events("slurm_failed")}
    assert {"over its time limit of 1:00", "cancelled in Slurm"} <= {why.replace("00:01:00", "1:00") for why in whys}
    assert any(re.fullmatch(r"out of memory at 0\.\d\d of 0\.39 GiB", why) for why in whys), whys
    nodes = {work(tmp_path, sample)[0][3] for sample in attempts}
    assert nodes == {"n1", "n2"}
    assert left(either, tmp_path) == ([], [])


def test_lost_nodes(either: Cluster, tmp_path: Path) -> None:
    """One node loses its power; one only seems dead, and its job writes on beside its retry."""
    with Launch(either, tmp_path, "plain1,plain2", lines=100) as run:
        run.until_work_writes("plain1", "plain2")
        node = job_of(either, "plain1")[1]
        jobs = either.kill_node(node, keep_jobs=True)
        try:
            other = job_of(either, "plain2")[1]
            if other != node:
                either.kill_node(other)
                time.sleep(3)
                either.start_node(other)
            assert run.end() == 0
            failed = {event["why"] for event in run.events("slurm_failed")}
            assert "its node failed" in failed
            assert work(tmp_path, "plain1")[0][2] == "2" and len(work(tmp_path, "plain1")) == 100
            assert work(tmp_path, "plain1")[0][3] != node
            assert len(work(tmp_path, "plain2")) == 100
            before = (tmp_path / "results/work/plain1.txt").stat()
            until = time.monotonic() + PATIENCE
            while any(Path(f"/proc/{pid}/environ").exists() and _alive(pid) for pid in jobs):
                assert time.monotonic() < until, "the job on the lost node did not end"
                time.sleep(1)
        finally:
            either.start_node(node)
    after = (tmp_path / "results/work/plain1.txt").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns), "the lost job wrote at last"
    work(tmp_path, "plain1")
    assert left(either, tmp_path) == ([], [])
    _until_idle(either)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


def _until_idle(cluster: Cluster) -> None:
    until = time.monotonic() + PATIENCE
    while set(cluster.states().values()) != {"idle"}:
        assert time.monotonic() < until, cluster.states()
        time.sleep(0.5)


# --------------------------------------------------------------------------- Slurm itself


def test_slurmctld_away_while_submitting_and_in_the_middle(either: Cluster, tmp_path: Path) -> None:
    with Launch(either, tmp_path, "plain1,plain2", lines=20) as run:
        run.until((tmp_path / ".tierline/lock.json").exists)  # it has begun, and submits in some seconds
        either.kill_daemon("slurmctld")
        run.until(lambda: "jobs wait to be submitted" in run.said)
        time.sleep(40)
        assert not list(tmp_path.glob("results/prepare/*"))
        either.start_daemon("slurmctld")
        run.until_work_writes("plain1", "plain2")
        either.kill_daemon("slurmctld")
        time.sleep(40)
        either.start_daemon("slurmctld")
        assert run.end() == 0
    assert "Slurm answers again" in run.said
    assert not run.events("slurm_failed")
    assert [work(tmp_path, sample)[0][2] for sample in ("plain1", "plain2")] == ["1", "1"]
    _until_idle(either)


def test_jobs_that_slurm_has_forgotten_are_judged_by_their_own_record(slurm: Cluster, tmp_path: Path) -> None:
    with Launch(slurm, tmp_path, "plain1,plain2,broken1", lines=20) as run:
        run.until_work_writes("plain1", "plain2")
        slurm.kill_daemon("slurmctld")
        run.until(lambda: len(list(tmp_path.glob(".tierline/slurm/*.exit"))) >= 6)
        slurm.forget()
        slurm.start_daemon("slurmctld")
        assert run.end() == 1
    assert [work(tmp_path, sample)[0][2] for sample in ("plain1", "plain2")] == ["1", "1"]
    assert run.failed().keys() == {"broken1"}
    _until_idle(slurm)


def test_a_slurm_that_stays_away_ends_the_run_and_its_jobs_are_found_again(slurm: Cluster, tmp_path: Path) -> None:
    with Launch(slurm, tmp_path, "plain1,plain2", "--tierline-slurm-patience=0", lines=60) as run:
        run.until_work_writes("plain1", "plain2")
        numbers = {sample: job_of(slurm, sample)[0] for sample in ("plain1", "plain2")}
        slurm.kill_daemon("slurmctld")
        assert run.end() == 1
    assert "Slurm has not answered for 0 minutes" in run.said and "--adopt wait" in run.said
    slurm.start_daemon("slurmctld")
    _until_answers(slurm)
    with Launch(slurm, tmp_path, "plain1,plain2", "--adopt", "wait", lines=60) as again:
        assert again.end() == 0
    assert {sample: work(tmp_path, sample)[0][4] for sample in numbers} == numbers


def _until_answers(cluster: Cluster) -> None:
    until = time.monotonic() + PATIENCE
    while not cluster.states():
        assert time.monotonic() < until
        time.sleep(0.5)


def test_slurmdbd_away(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """For half a minute, while jobs end and others are submitted."""
    for cluster in up(tmp_path_factory, accounting=True):
        with Launch(cluster, tmp_path, "plain1,plain2", lines=30) as run:
            run.until_work_writes("plain1", "plain2")
            cluster.kill_daemon("slurmdbd")
            time.sleep(30)
            cluster.start_daemon("slurmdbd")
            assert run.end() == 0
        assert not run.events("slurm_failed")


# --------------------------------------------------------------------------- the run itself


@pytest.mark.parametrize("how", ["wait", "cancel"])
def test_a_run_that_was_killed_is_started_again(slurm: Cluster, tmp_path: Path, how: str) -> None:
    with Launch(slurm, tmp_path, "plain1,plain2", lines=60) as run:
        run.until_work_writes("plain1", "plain2")
        numbers = {sample: job_of(slurm, sample)[0] for sample in ("plain1", "plain2")}
        run.child.kill()
        run.child.wait()
    with Launch(slurm, tmp_path, "plain1,plain2", lines=60) as asked:
        assert asked.end() == 1
    assert "Slurm has jobs of an earlier run in this folder" in asked.said and "--adopt wait" in asked.said
    assert set(numbers.values()) <= set(slurm.jobs("RUNNING")), "a start that only asks ends no job"
    with Launch(slurm, tmp_path, "plain1,plain2", "--adopt", how, lines=60) as again:
        assert again.end() == 0
    made_by = {sample: work(tmp_path, sample)[0][4] for sample in numbers}
    assert (made_by == numbers) is (how == "wait")
    assert all(made_by[sample] != numbers[sample] for sample in numbers) is (how == "cancel")
    assert left(slurm, tmp_path) == ([], [])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_asked_to_end_ends_its_jobs(slurm: Cluster, tmp_path: Path, number: int) -> None:
    with Launch(slurm, tmp_path, "plain1,plain2", lines=200) as run:
        run.until_work_writes("plain1", "plain2")
        asked = time.monotonic()
        run.child.send_signal(number)
        assert run.end() != 0
    assert time.monotonic() - asked < 60
    assert left(slurm, tmp_path) == ([], []), run.said
    assert not list(tmp_path.glob("results/work/*"))
    with Launch(slurm, tmp_path, "plain1,plain2", lines=4) as again:
        assert again.end() == 0
