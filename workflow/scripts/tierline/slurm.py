"""What Slurm says of jobs, in words; which jobs an earlier run left in a folder. Submitting is Snakemake's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tierline.problems import InputError, Problem

FOLDER = Path(".tierline") / "slurm"
"""Below the run directory: exit records of jobs, and the heartbeat of Snakemake's executor."""

HEARTBEAT = FOLDER / "heartbeat"
ANSWER = 60.0
"""Seconds within which a command of Slurm must have answered."""

GOING = {"PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "STOPPED", "STAGE_OUT", "SIGNALING", "RESIZING",
         "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "RESV_DEL_HOLD", "SPECIAL_EXIT", "REVOKED"}  # fmt: skip
AWAY = re.compile(
    r"unable to contact slurm|connection (refused|timed out|reset)|socket timed out|communications? (error|failure)|"
    r"zero bytes were transmitted|slurm_load_|resource temporarily unavailable|unable to establish connection|"
    r"controller .* not responding|invalid authentication|munge",
    re.I,
)


@dataclass(frozen=True, slots=True)
class SlurmJob:
    """A job as Slurm knows it. What it does not say is ""."""

    number: str
    state: str  # RUNNING, TIMEOUT ...: Slurm's own word
    node: str
    reason: str
    limit: str  # of time, in Slurm's notation
    memory: str  # that was asked for, in Slurm's notation
    name: str = ""
    comment: str = ""
    folder: str = ""

    @property
    def going(self) -> bool:
        return self.state in GOING


def ask(*words: str) -> str | None:
    """What a command of Slurm prints; None where it fails, or Slurm does not answer."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=ANSWER, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


SQUEUE = ("squeue", "--me", "--noheader", "--format=%i|%T|%N|%r|%l|%m|%j|%k|%Z")
SACCT = ("sacct", "--allocations", "--noheader", "--parsable2", "--starttime=now-7days",
         "--format=JobIDRaw,State,NodeList,Reason,Timelimit,ReqMem,JobName,Comment,WorkDir")  # fmt: skip


def parse(text: str) -> dict[str, SlurmJob]:
    """Lines of ``SQUEUE`` or ``SACCT``, by job number."""
    found = {}
    for line in text.splitlines():
        fields = [field.strip() for field in line.split("|")]
        if len(fields) >= 9:
            number, state, node, reason, limit, memory, name, *comment, folder = fields
            words = state.split()  # sacct: CANCELLED by 0
            nothing = ("", "None", "(null)", "None assigned", "Unknown")
            found[number] = SlurmJob(
                number, words[0].rstrip("+") if words else "", "" if node in nothing else node,
                "" if reason in nothing else reason, limit, memory, name, "|".join(comment), folder,
            )  # fmt: skip
    return found


def queued(name: str = "") -> dict[str, SlurmJob] | None:
    """Jobs of this user that the controller knows, finished ones included; of one job name. None without an answer."""
    text = ask(*SQUEUE, "--states=all", *([f"--name={name}"] if name else []))
    return None if text is None else parse(text)


def accounted(numbers: Iterable[str]) -> dict[str, SlurmJob]:
    """What the accounting knows of jobs; {} where there is none, or it does not answer."""
    text = ask(*SACCT, f"--jobs={','.join(numbers)}") if shutil.which("sacct") else None
    return parse(text or "")


def is_away(message: str) -> bool:
    """Whether a command failed because Slurm did not answer, and not because of what was asked."""
    return bool(AWAY.search(message))


# --------------------------------------------------------------------------- why a job failed

_OVER = re.compile(r"exceeded memory limit \((\d+) > (\d+)\)")
_OOM = re.compile(r"oom.?kill|out of memory", re.I)


def reason(job: SlurmJob, log: str) -> str:
    """Why Slurm ended a job, in words, from its state and its log; "" where the job ended by itself."""
    if over := _OVER.findall(log):
        used, limit = over[-1]
        return f"out of memory at {_gib(int(used))} of {_gib(int(limit))} GiB"
    if job.state == "OUT_OF_MEMORY" or _OOM.search(log):
        return f"out of memory: it had {job.memory}" if job.memory else "out of memory"
    return {
        "TIMEOUT": f"over its time limit of {job.limit}",
        "DEADLINE": "over its deadline",
        "NODE_FAIL": "its node failed",
        "BOOT_FAIL": "its node did not start",
        "CANCELLED": "cancelled in Slurm",
        "PREEMPTED": "preempted by another job",
        "GONE": "gone from Slurm without a record of its end",
    }.get(job.state, "")


def _gib(size: int) -> str:
    """Bytes in GiB, with two digits that say something."""
    gib = size / 2**30
    return f"{gib:.1f}" if gib >= 1 else f"{gib:.2f}"


def faulty_outputs(log: str) -> set[str]:
    """The outputs of the jobs that failed within a Slurm job, by the log of the Snakemake that worked in it."""
    found: set[str] = set()
    for block in re.findall(r"^ *Error in rule .*?(?=^\S*$|\Z)", log, re.MULTILINE | re.DOTALL):
        if line := re.search(r"^\s+output: (.+)$", block, re.MULTILINE):
            found |= {name.split(" (")[0].strip() for name in line[1].split(", ")}
    return found


# --------------------------------------------------------------------------- exit records


def record(number: str) -> int | None:
    """The exit code that a job wrote down when it ended; None where it did not come to that."""
    try:
        return int((FOLDER / f"{number}.exit").read_text())
    except (OSError, ValueError):
        return None


def forget() -> None:
    """Remove the traces of earlier runs: a number may come again, and then stands for another job."""
    for path in (HEARTBEAT, *FOLDER.glob("*.exit")):
        path.unlink(missing_ok=True)


def recording(command: str) -> str:
    """The command of a job, for the shell that submits it: followed by writing down how it ended."""
    return rf"{command}; code=\$?; echo \$code > {FOLDER}/\$SLURM_JOB_ID.exit; exit \$code"


# --------------------------------------------------------------------------- jobs of earlier runs

ADOPT = ("wait", "cancel")


def left_here() -> list[SlurmJob] | None:
    """Jobs in the queue that work, or will, in the working directory. None where Slurm does not answer."""
    text = ask(*SQUEUE)
    here = os.getcwd()
    return None if text is None else [job for job in parse(text).values() if job.folder == here and job.going]


def adopt(how: str, say: Callable[[str], None], every: float = 5.0, patience: float = 120.0) -> None:
    """See that no job of an earlier run works in this folder: ``wait`` for them, or ``cancel`` them.

    ``patience`` (seconds): how long cancelled jobs may take to end; those of a lost node never do, and cannot give their
    products a name any more. Raises InputError where there are jobs and ``how`` does not say what is to be done with
    them, or where Slurm does not answer.
    """
    if not shutil.which("squeue"):
        what = "Slurm's commands are not found on this machine"
        raise InputError([Problem("squeue", None, "", "", what, "Is this a login node of the cluster?")])
    jobs = left_here()
    if jobs is None:
        what = "Slurm does not answer, so that jobs of an earlier run cannot be looked for"
        raise InputError([Problem("squeue", None, "", "", what, "Try again when it does.")])
    if not jobs:
        return
    named = ", ".join(f"{job.number} ({job.state.lower()}{f' on {job.node}' if job.node else ''})" for job in jobs[:8])
    named += f" and {len(jobs) - 8} more" if len(jobs) > 8 else ""
    if how not in ADOPT:
        what = f"Slurm has jobs of an earlier run in this folder: {named}"
        remedy = "Add --adopt wait to use what they make, or --adopt cancel to end them."
        raise InputError([Problem("squeue", None, "", "", what, remedy)])
    say(f"Jobs of an earlier run in Slurm: {named}. " + ("Waiting for them." if how == "wait" else "Cancelling them."))
    if how == "cancel":
        ask("scancel", *(job.number for job in jobs))
    until, told = time.monotonic() + patience, time.monotonic()
    while (jobs := left_here()) is None or jobs:
        if how == "cancel" and time.monotonic() > until:
            say(f"Slurm does not say that they ended ({named}); going on: what they write is not used.")
            return
        if time.monotonic() > told + 60:
            told = time.monotonic()
            say(f"Still waiting for {len(jobs)} jobs." if jobs is not None else "Slurm does not answer; waiting.")
        time.sleep(every)


def cancel(run_id: str, patience: float = 20.0) -> list[SlurmJob] | None:
    """End the jobs of a run (their names begin with its id). Returns those that did not end; None without an answer."""
    until = time.monotonic() + patience
    told: set[str] = set()
    while True:
        jobs = left_here()
        own = [job for job in jobs or () if job.name.startswith(run_id)]
        if new := {job.number for job in own} - told:
            ask("scancel", *new)
            told |= new
        elif not own and jobs is not None:
            return []
        if time.monotonic() > until:
            return None if jobs is None else own
        time.sleep(0.5)


# --------------------------------------------------------------------------- watchdog


class Watchdog:
    """Notices that Snakemake has stopped asking Slurm about its jobs: then it waits for ever."""

    def __init__(self, patience: float) -> None:
        """``patience`` in seconds."""
        self._patience = patience

    def is_late(self) -> bool:
        try:
            return time.time() - HEARTBEAT.stat().st_mtime > self._patience
        except FileNotFoundError:
            return False


def beat() -> None:
    """Say that the executor lives."""
    HEARTBEAT.touch()


def resources(profile: Mapping[str, object], partition: str, account: str) -> list[str]:
    """The default resources of a profile (as its YAML holds them) with partition and account put in, as ``name=value``.

    Snakemake evaluates values as Python: a partition called ``all`` needs quotes not to be a function.
    """
    given = profile.get("default-resources") or []
    rows = [f"{name}={value}" for name, value in given.items()] if isinstance(given, Mapping) else list(given)  # type: ignore[call-overload]
    wanted = {name: value for name, value in (("slurm_partition", partition), ("slurm_account", account)) if value}
    return [row for row in rows if row.split("=")[0] not in wanted] + [
        f"{name}={value!r}" for name, value in wanted.items()
    ]
