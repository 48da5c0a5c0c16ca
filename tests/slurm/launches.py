"""Starts of the workflow of three rules (three_rules.smk) by launch.py, what they did and left.

Its jobs go on until a test lets them end, so that no fault comes too late on a slow machine.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from cluster import PATIENCE, Cluster, wait_for


class Launch:
    """One start of the workflow in a folder. Its jobs end when ``go`` is called."""

    def __init__(self, cluster: Cluster, folder: Path, samples: str, *options: str) -> None:
        self.folder, self.said_in = folder, folder / f"said{len(list(folder.glob('said*')))}.txt"
        (folder / "wait").touch()
        with open(self.said_in, "w") as said:
            self.child = subprocess.Popen(
                ["env", "--default-signal=INT",  # which a shell has its background jobs ignore
                 sys.executable, str(Path(__file__).with_name("launch.py")), *options, "--config", f"samples={samples}"],
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


def snakemakes(folder: Path) -> list[int]:
    """Processes of the Snakemake that a launch in ``folder`` has started, those within jobs apart."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            of_a_job = b"SLURM_JOB_ID=" in (entry / "environ").read_bytes()
            if (entry / "cwd").resolve() == folder and not of_a_job and b"/snakemake\0" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found
