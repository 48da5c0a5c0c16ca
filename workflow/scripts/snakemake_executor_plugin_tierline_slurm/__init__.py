"""Snakemake's Slurm executor (snakemake-executor-plugin-slurm), but for a Slurm that does not answer.

Submitting is the plugin's. What differs is what a job's silence is taken for:

- A question without an answer says nothing: jobs are kept, and asked for again. The plugin loses them, and waits for ever.
- A job that Slurm has forgotten, or of which it has forgotten only the end, is judged by the exit code that it wrote down
  itself; a forgotten one without it has failed.
- A job that cannot be submitted while the controller is away waits, and has not failed.
- Whether a node is fit for work is for Slurm to say: the plugin's list of failed nodes is not kept.

After ``patience`` minutes without an answer the run ends, and leaves its jobs to ``tierline run --adopt``. Found by the
name of this package as ``--executor tierline-slurm``; written against version 2.8.0 of the plugin.
"""

import asyncio
import json
import os
import re
import shlex
import threading
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from snakemake_executor_plugin_slurm import Executor as SlurmExecutor
from snakemake_executor_plugin_slurm import ExecutorSettings as SlurmSettings
from snakemake_executor_plugin_slurm import common_settings
from snakemake_executor_plugin_slurm.utils import get_job_wildcards
from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.jobs import JobExecutorInterface
from snakemake_interface_executor_plugins.logging import LoggerExecutorInterface
from snakemake_interface_executor_plugins.workflow import WorkflowExecutorInterface
from tierline import slurm
from tierline.slurm import SlurmJob

__all__ = ["Executor", "ExecutorSettings", "common_settings"]

LOST = 3  # questions after which Slurm is not expected to say any more how a job ended


@dataclass
class ExecutorSettings(SlurmSettings):
    patience: int = field(  # Snakemake asks the annotation itself: no `from __future__ import annotations` here
        default=60,
        metadata={"help": "Minutes to wait for a Slurm that does not answer.", "env_var": False, "required": False},
    )


class Executor(SlurmExecutor):
    def __init__(self, workflow: WorkflowExecutorInterface, logger: LoggerExecutorInterface) -> None:
        settings = workflow.executor_settings
        self._every = float(settings.init_seconds_before_status_checks)
        self._patience = 60.0 * settings.patience
        self._ending = threading.Event()
        self._silent_since: float | None = None
        self._overdue: dict[str, int] = {}  # job -> questions since Slurm should have said that it ended
        self._numbers: set[str] = set()  # of all jobs submitted
        self._held_up: dict[object, tuple[float, int]] = {}  # job -> since when, and how often, it was not submitted
        self._waiting = 0  # in the queue
        self._excluded = set((settings.exclude_failed_nodes or "").split(",")) - {""}  # those that the user names
        slurm.FOLDER.mkdir(parents=True, exist_ok=True)
        slurm.beat()  # from here on it is missed
        super().__init__(workflow, logger)  # last: it starts the thread that asks

    # ------------------------------------------------------------------- submitting

    def run_job(self, job: JobExecutorInterface) -> None:
        self._failed_nodes = set(self._excluded)
        super().run_job(job)

    def get_account_arg(self, job: JobExecutorInterface) -> Any:
        """sbatch checks the account; the plugin would ask the accounting, which there may not be."""
        account = job.resources.get("slurm_account")
        yield f" -A {shlex.quote(str(account))}" if account else ""

    def get_partition_arg(self, job: JobExecutorInterface) -> str:
        partition = job.resources.get("slurm_partition")
        return f" -p {shlex.quote(str(partition))}" if partition else ""

    def format_job_exec(self, job: JobExecutorInterface) -> str:
        return slurm.recording(super().format_job_exec(job))

    def _report_job_submission_threadsafe(self, job_info: SubmittedJobInfo) -> None:
        self._held_up.pop(job_info.job.jobid, None)
        self._numbers.add(job_info.external_jobid)
        super()._report_job_submission_threadsafe(job_info)

    def _report_job_error_threadsafe(self, job_info: SubmittedJobInfo, msg: str) -> None:
        """A submission that failed: where Slurm was away, it is tried again in the thread that tried it."""
        job, said = job_info.job, _error_of(msg)
        if not slurm.is_away(said) or not self._wait_for_slurm(job):
            self._note(_steps(job), SlurmJob("", "", "", "", "", ""), f"not submitted: {said}", set())
            super()._report_job_error_threadsafe(job_info, msg)
        elif number := self._submitted_unheard(job):
            log = self.slurm_logdir / f"rule_{job.name}" / get_job_wildcards(job) / f"{number}.log"
            self._report_job_submission_threadsafe(SubmittedJobInfo(job, external_jobid=number, aux={"slurm_logfile": log}))
        else:
            self.run_job(job)

    def _wait_for_slurm(self, job: JobExecutorInterface) -> bool:
        """Some time, longer at every further try of a job, and until Slurm answers; False where the run ends before that,
        or patience does."""
        since, tries = self._held_up.get(job.jobid, (time.monotonic(), 0))
        self._held_up[job.jobid] = since, tries + 1
        if tries == 0:
            self.logger.warning("Slurm does not answer; jobs wait to be submitted.")
        self._ending.wait(min(5 * 2**tries, 60))
        while time.monotonic() < since + self._patience and not self._ending.is_set():
            if slurm.queued(self.run_uuid) is not None:
                return True
            self._ending.wait(5)
        return False

    def _submitted_unheard(self, job: JobExecutorInterface) -> str:
        """The number of a job that Slurm has taken although sbatch heard nothing of it; "" where there is none.

        Groups cannot be told from each other in the queue. Theirs is submitted again: of two, the later one wins.
        """
        if job.is_group():
            return ""
        comments = {f"rule_{job.name}", f"rule_{job.name}_wildcards_{get_job_wildcards(job)}"}
        known = slurm.queued(self.run_uuid) or {}
        new = [n for n, row in known.items() if row.comment in comments and n not in self._numbers and row.going]
        return new[-1] if new else ""

    # ------------------------------------------------------------------- asking

    async def check_active_jobs(self, active_jobs: list[SubmittedJobInfo]) -> AsyncGenerator[SubmittedJobInfo, None]:
        slurm.beat()
        self.next_seconds_between_status_checks = self._every
        if not active_jobs:
            return
        known = await asyncio.to_thread(slurm.queued, self.run_uuid)
        lacking = [info.external_jobid for info in active_jobs if not known or info.external_jobid not in known]
        accounted = await asyncio.to_thread(slurm.accounted, lacking) if lacking else {}
        self._note_silence(answered=known is not None)
        self._tell_waiting(active_jobs, known or {})
        for info in active_jobs:
            number = info.external_jobid
            job = (known or {}).get(number) or accounted.get(number)
            if known is not None:
                job = self._judge(number, job, forgotten=number not in known)
            if job is None or job.going:
                yield info
            elif job.state == "COMPLETED":
                self.report_job_success(info)
            else:
                self._fail(info, job)

    def _note_silence(self, *, answered: bool) -> None:
        if answered:
            if self._silent_since is not None:
                self.logger.warning("Slurm answers again.")
            self._silent_since = None
        elif self._silent_since is None:
            self._silent_since = time.monotonic()
            self.logger.warning("Slurm does not answer; its jobs go on, and are asked for again.")
        elif time.monotonic() - self._silent_since > self._patience:
            raise WorkflowError(
                f"Slurm has not answered for {self._patience / 60:.0f} minutes. Its jobs may go on: "
                "start again when it does, with --adopt wait or --adopt cancel."
            )

    def _judge(self, number: str, job: SlurmJob | None, *, forgotten: bool) -> SlurmJob | None:
        """What is to be believed of a job: where Slurm should have said that it ended, after some time its own record.

        ``forgotten`` by the controller: the accounting may then say that its node failed, or for ever that it runs.
        """
        code = slurm.record(number)
        if forgotten and code == 0:
            return SlurmJob(number, "COMPLETED", "", "", "", "")
        if job and (not job.going or (not forgotten and code is None)):
            self._overdue.pop(number, None)
            return job
        self._overdue[number] = self._overdue.get(number, 0) + 1
        if self._overdue[number] < LOST:
            return job
        state = "GONE" if code is None else "FAILED" if code else "COMPLETED"
        return SlurmJob(number, state, "", "", "", "")

    def _fail(self, info: SubmittedJobInfo, job: SlurmJob) -> None:
        log = info.aux.get("slurm_logfile")
        text = _tail(Path(log)) if log else ""
        why = slurm.reason(job, text)
        self._note(_steps(info.job), job, why, slurm.faulty_outputs(text))
        where = f" on {job.node}" if job.node else ""
        msg = f"Slurm job {job.number} ended as {job.state}{where}{f': {why}' if why else ''}. "
        self.report_job_error(info, msg=msg, aux_logs=[str(log)] if log else [])

    def _tell_waiting(self, active_jobs: list[SubmittedJobInfo], known: dict[str, SlurmJob]) -> None:
        """How many jobs wait in the queue, whenever that has changed."""
        states = [known[info.external_jobid].state for info in active_jobs if info.external_jobid in known]
        if known and (waiting := states.count("PENDING")) != self._waiting:
            self._waiting = waiting
            self._tell(event="slurm_queue", waiting=waiting)

    def _note(self, jobs: list[JobExecutorInterface], job: SlurmJob, why: str, faulty: set[str]) -> None:
        """Tell ``tierline run`` on which node jobs failed, and why."""
        numbers = [one.jobid for one in jobs]
        self._tell(event="slurm_failed", jobs=numbers, number=job.number, state=job.state, node=job.node, why=why,
                   faulty=sorted(faulty))  # fmt: skip

    def _tell(self, **row: object) -> None:
        if path := os.environ.get("TIERLINE_EVENTS"):
            with open(path, "a", encoding="utf-8") as handle:
                handle.write(json.dumps({"time": time.time(), **row}) + "\n")

    # ------------------------------------------------------------------- ending

    def cancel(self) -> None:
        self._ending.set()
        super().cancel()

    def shutdown(self) -> None:
        self._ending.set()
        super().shutdown()


def _tail(path: Path, most: int = 200_000) -> str:
    try:
        return path.read_bytes()[-most:].decode("utf-8", errors="replace")
    except OSError:
        return ""


def _steps(job: JobExecutorInterface) -> list[JobExecutorInterface]:
    return list(job.jobs) if job.is_group() else [job]


def _error_of(message: str) -> str:
    """What sbatch said, without the command that it was given."""
    said = re.search(r"The error message was '(.*?)'\.?\n", message, re.DOTALL)
    return " ".join((said[1] if said else message).split())[:300]
