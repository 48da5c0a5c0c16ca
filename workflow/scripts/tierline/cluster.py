"""What a run on a cluster needs beside Snakemake: its profile, what earlier runs left in the queue, and a watchdog.

Nothing here schedules or submits: Snakemake and its executor plugin do, as the profile says.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tierline import runlock, slurm
from tierline.paths import ROOT
from tierline.problems import InputError, Problem
from tierline.progress import EVENTS, note_stop
from tierline.runlock import Process
from tierline.steps import RUN_ID

SLURM = "tierline-slurm"
"""The executor of which the workings are known here; of any other, only the profile is passed on."""

OUTPUT = runlock.FOLDER / "snakemake.log"
HANGS = 600.0
"""Seconds without a sign of life of the executor, after which Snakemake is taken to hang."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Snakemake profile, and what the command line adds to it."""

    name: str  # as the user wrote it
    folder: Path
    profile: Mapping[str, Any]
    partition: str = ""
    account: str = ""

    @property
    def is_slurm(self) -> bool:
        return self.profile.get("executor") == SLURM

    @property
    def is_elsewhere(self) -> bool:
        """Whether jobs leave this machine: a profile may also only hold settings of a local run."""
        return self.profile.get("executor", "local") != "local"

    def options(self) -> list[str]:
        """What Snakemake is told. The workflow's own profile gives way: it would win, key by key, over ``--profile``."""
        options = ["--workflow-profile", str(self.folder)]
        if self.partition or self.account:
            options += ["--default-resources", *slurm.resources(self.profile, self.partition, self.account)]
        return options

    def words(self) -> list[str]:
        """What ``tierline run`` was told."""
        given = (("--profile", self.name), ("--partition", self.partition), ("--account", self.account))
        return [word for name, value in given if value for word in (name, value)]


def load_cluster(name: str, partition: str = "", account: str = "") -> Cluster | None:
    """The profile of that name in ``profiles/``, or in the folder ``name``; None without a name. Raises InputError."""
    if not name:
        if partition or account:
            raise InputError(
                [Problem("--partition, --account", None, "", "", "they need a cluster", "Add --profile slurm.")]
            )
        return None
    for folder in (ROOT / "profiles" / name, Path(name).resolve()):
        if (path := folder / "config.yaml").is_file():
            try:
                profile = yaml.safe_load(path.read_text(encoding="utf-8"))
            except yaml.YAMLError as error:
                raise InputError([Problem(str(path), None, "", "", f"not YAML: {error}", "")]) from error
            if not isinstance(profile, dict):
                raise InputError([Problem(str(path), None, "", "", "it holds no keys", "See profiles/slurm/config.yaml.")])
            return Cluster(name, folder, profile, partition, account)
    known = ", ".join(sorted(path.name for path in (ROOT / "profiles").iterdir()))
    remedy = f"Write one of {known}, or the path of a folder with a config.yaml."
    raise InputError([Problem("--profile", None, "", name, "there is no such profile", remedy)])


def held(
    run_id: str, again: str, cluster: Cluster | None, adopt: str, *, take_over: bool, say: Callable[[str], None]
) -> AbstractContextManager[None]:
    """``runlock.held``; where this run or an earlier one uses Slurm, no job of an earlier run is at work then."""

    def no_other_jobs() -> None:
        if adopt or (cluster and cluster.is_slurm) or (slurm.FOLDER.is_dir() and shutil.which("squeue")):
            slurm.adopt(adopt, say)

    return runlock.held(run_id, again, take_over=take_over, say=say, adopt=no_other_jobs)


def launch(
    command: Sequence[str],
    environment: Mapping[str, str],
    run_id: str,
    cluster: Cluster | None,
    tick: Callable[[], None],
) -> tuple[int, list[Process]]:
    """``supervise`` Snakemake; where it works on Slurm, see that it does not hang, and that none of its jobs outlives it.

    The names of the run's jobs begin with its id.
    """
    from tierline.supervise import supervise

    environment = {**environment, RUN_ID: run_id}
    if not (cluster and cluster.is_slurm):
        return supervise(command, environment, run_id, OUTPUT, tick, lambda: note_stop(EVENTS))
    slurm.forget()
    watchdog = slurm.Watchdog(HANGS)

    def watch() -> None:
        tick()
        if watchdog.is_late():
            say(f"Snakemake has not asked Slurm about its jobs for {HANGS / 60:.0f} minutes: it hangs, and is ended.")
            os.kill(os.getpid(), signal.SIGTERM)

    command = [*command, f"--{SLURM}-jobname-prefix", run_id]
    code, ended = supervise(command, environment, run_id, OUTPUT, watch, lambda: note_stop(EVENTS), sweep=False)
    left = slurm.cancel(run_id)
    if left is None:
        say("Slurm does not answer: jobs of this run may go on. Start again with --adopt wait or --adopt cancel.")
        return code, ended  # what they write is not swept away: it may be waited for
    if left:
        say(f"Told to end, but not yet gone from Slurm: {', '.join(job.number for job in left)}.")
    runlock.sweep(run_id)
    return code, ended


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
