"""How far a run is: from the events that the logger plugin writes to what a person wants to know. Nothing here prints."""

from __future__ import annotations

import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tierline.cost import RULES, job_costs
from tierline.paths import ROOT

EVENTS = Path(".tierline") / "events.jsonl"
LAST_WORDS = 300  # characters that are kept of what a tool said last


@cache
def stages() -> Mapping[str, str]:
    """Rule to stage, in the order in which the data flow: a rule file is named by its stage, a caller's is of calls, an
    annotator's of annotate."""
    order = re.findall(r'^include: "workflow/rules/(\w+)\.smk"', (ROOT / "Snakefile").read_text(), re.MULTILINE)
    files = [(stage, RULES / f"{stage}.smk") for stage in order]
    files += [("calls", path) for path in sorted((RULES / "callers").glob("*.smk"))]
    files += [("annotate", path) for path in sorted((RULES / "annotators").glob("*.smk"))]
    found = {
        rule: {"umi": "align", "download": "reference"}.get(stage, stage)
        for stage, path in files
        for rule in re.findall(r"^rule (\w+):", path.read_text(), re.MULTILINE)
    }
    rank = {stage: number for number, stage in enumerate(order)}
    return dict(sorted(found.items(), key=lambda item: rank[item[1]]))


@dataclass(slots=True)
class Job:
    """One job that has begun. ``seconds`` is None until it has ended."""

    rule: str
    wildcards: Mapping[str, str]
    log: str
    outputs: tuple[str, ...]
    reason: str
    began: float
    state: str = "running"  # running | done | failed | stopped
    seconds: float | None = None
    node: str = ""  # of a cluster, where it failed there
    why: str = ""  # what the cluster says of its end
    refused: str = ""  # why a further attempt was not taken by the cluster
    shared: bool = False  # the cluster job had other steps, and its log does not tell which one failed
    innocent: bool = False  # another step of the same cluster job failed

    @property
    def sample(self) -> str:
        return self.wildcards.get("tumor", "") or self.wildcards.get("sample", "")

    def is_to_blame(self, workdir: Path) -> bool:
        """Whether a failed job failed itself, and not only beside others in one job of a cluster."""
        if not self.shared:
            return not self.innocent
        log = workdir / self.log
        started = log.is_file() and log.stat().st_mtime >= self.began - 1
        return started and not all((workdir / output).exists() for output in self.outputs)


@dataclass(frozen=True, slots=True)
class Stage:
    """Jobs of one stage. What is neither done, running nor failed waits, or cannot be done."""

    name: str
    total: int
    done: int
    running: int
    failed: int


@dataclass(slots=True)
class Progress:
    """What has happened so far; ``add`` takes the events in the order in which they came."""

    planned: Mapping[str, int] = field(default_factory=dict)  # rule -> jobs
    jobs: dict[int, Job] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)  # errors of Snakemake itself
    waiting: int = 0  # of the running ones, jobs of a cluster that wait in its queue
    cores: int = sys.maxsize  # a cluster names none: as many as it gives
    began: float | None = None
    latest: float | None = None

    def add(self, event: Mapping[str, Any]) -> None:
        self.began = event["time"] if self.began is None else self.began
        self.latest = event["time"]
        match event["event"]:
            case "run_info":
                self.planned = {rule: n for rule, n in event["stats"].items() if rule not in ("total", "all")}
            case "resources_info":
                self.cores = event["cores"] or self.cores
            case "job_info" if event["rule_name"] != "all":
                before = self.jobs.get(event["jobid"])
                self.jobs[event["jobid"]] = job = Job(
                    event["rule_name"], event["wildcards"] or {}, (event["log"] or [""])[0], tuple(event["output"] or ()),
                    event["reason"] or "", event["time"],
                )  # fmt: skip
                if before:  # should the cluster refuse this attempt, then that is how the one before ended
                    job.node, job.why = before.node, before.why
            case "job_finished":
                self._end(event["job_id"], "done", event["time"])
            case "job_error":
                self._end(event["jobid"], "failed", event["time"])
            case "slurm_queue":
                self.waiting = event["waiting"]
            case "slurm_failed":
                self._blame(event)
            case "stopped":
                for job in self.running:
                    job.state = "stopped"
            case "message":
                self.messages.append(event["text"])

    def _end(self, number: int, state: str, now: float) -> None:
        if (job := self.jobs.get(number)) and job.state != "stopped":
            job.state, job.seconds = state, now - job.began

    def _blame(self, event: Mapping[str, Any]) -> None:
        """A job of Slurm failed: where its log names the outputs that were not made, its other steps are not to blame."""
        jobs = [job for number in event["jobs"] if (job := self.jobs.get(number))]
        faulty = set(event["faulty"])
        told = any(faulty & set(job.outputs) for job in jobs)
        for job in jobs:
            if not event["number"]:
                job.refused = event["why"]
                continue
            job.node, job.why = event["node"], event["why"]
            job.innocent = told and not faulty & set(job.outputs)
            job.shared = len(jobs) > 1 and not told

    @property
    def total(self) -> int:
        return sum(self.planned.values())

    @property
    def done(self) -> int:
        return sum(job.state == "done" for job in self.jobs.values())

    @property
    def running(self) -> list[Job]:
        return [job for job in self.jobs.values() if job.state == "running"]

    @property
    def failed(self) -> list[Job]:
        return [job for job in self.jobs.values() if job.state == "failed"]

    def stages(self) -> list[Stage]:
        """The stages that this run has jobs of, in the order in which the data flow."""
        states: dict[str, Counter[str]] = defaultdict(Counter)
        for job in self.jobs.values():
            states[stages().get(job.rule, "other")][job.state] += 1
        totals: Counter[str] = Counter()
        for rule, number in self.planned.items():
            totals[stages().get(rule, "other")] += number
        names = [*dict.fromkeys(stages().values()), "other"]
        return [
            Stage(name, totals[name], states[name]["done"], states[name]["running"], states[name]["failed"])
            for name in names
            if totals[name]
        ]

    def reports_left(self) -> int:
        """Reports that this run makes and has not yet made."""
        made = sum(job.rule == "render_report" and job.state == "done" for job in self.jobs.values())
        return self.planned.get("render_report", 0) - made

    def elapsed(self) -> float:
        """Seconds from the first to the latest event."""
        return (self.latest or 0.0) - (self.began or 0.0)

    def left(self, past: Mapping[str, float]) -> float | None:
        """Seconds that the run may still take; None where nothing is known to go by.

        Every waiting job is taken to last as long as those of its rule have, in this run or, by ``past`` (rule to
        seconds), before; as many are taken to run at once as have so far.
        """
        ended: dict[str, list[float]] = defaultdict(list)
        for job in self.jobs.values():
            if job.state == "done" and job.seconds is not None:
                ended[job.rule].append(job.seconds)
        known = {**past, **{rule: sum(times) / len(times) for rule, times in ended.items()}}
        if not known or not self.elapsed():
            return None
        typical = sum(known.values()) / len(known)
        begun = Counter(job.rule for job in self.jobs.values())
        waiting = sum((number - begun[rule]) * known.get(rule, typical) for rule, number in self.planned.items())
        going = sum(max(0.0, known.get(j.rule, typical) - ((self.latest or 0.0) - j.began)) for j in self.running)
        busy = sum(sum(times) for times in ended.values()) + sum((self.latest or 0.0) - job.began for job in self.running)
        return (waiting + going) / max(1.0, min(busy / self.elapsed(), self.cores))


def read_events(path: Path, at: int = 0) -> tuple[list[dict[str, Any]], int]:
    """The events after byte ``at`` of the file, and where the next reading begins; a line without its end waits."""
    try:
        with open(path, "rb") as handle:
            handle.seek(at)
            text = handle.read()
    except FileNotFoundError:
        return [], at
    whole = text[: text.rfind(b"\n") + 1]
    return [json.loads(line) for line in whole.splitlines()], at + len(whole)


def note_stop(path: Path) -> None:
    """Write down that the run was asked to end: what fails from then on was ended, and did not fail."""
    with open(path, "a", encoding="utf-8") as handle:
        handle.write(json.dumps({"time": time.time(), "event": "stopped"}) + "\n")


def load_progress(workdir: Path) -> Progress:
    """The progress of the latest run in a run directory; without planned jobs where there was none."""
    progress = Progress()
    for event in read_events(workdir / EVENTS)[0]:
        if "event" in event:
            progress.add(event)
    return progress


def past_seconds(workdir: Path) -> dict[str, float]:
    """Rule to the mean seconds of its jobs, from the benchmarks of earlier runs in this run directory."""
    times: dict[str, list[float]] = defaultdict(list)
    for job in job_costs(workdir):
        times[job.rule].append(job.seconds)
    return {rule: sum(values) / len(values) for rule, values in times.items()}


_TROUBLE = re.compile(r"error|exception|fail|fatal|cannot|could not|killed|no space|denied|cut short|empty file|lost", re.I)
_NOISE = re.compile(r"^\s*(at [\w.$/]+\(|\*+$|Please, search|Set the system property|Using GATK|org\.broadinstitute)")


def last_words(log: Path) -> str:
    """What a tool said of its trouble: the last line of its log that sounds like it, else the last line at all.

    Stack frames and decorations are passed over. "" where there is no log, or nothing in it.
    """
    try:
        with open(log, "rb") as handle:
            handle.seek(max(0, log.stat().st_size - 50_000))
            lines = handle.read().decode("utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    lines = [line.strip() for line in lines if line.strip() and not _NOISE.match(line)]
    trouble = [line for line in lines[-60:] if _TROUBLE.search(line)]
    return (trouble or lines or [""])[-1][:LAST_WORDS]


def duration(seconds: float) -> str:
    """``45 s``, ``3 min``, ``2 h 05 min``."""
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def line(progress: Progress, reports: int, past: Mapping[str, float], now: float | None = None) -> str:
    """The state of a run in one line. ``reports``: that the run owes in all; ``now``: seconds of the epoch."""
    clock = time.strftime("%H:%M", time.localtime(now))
    words = [f"{progress.done}/{progress.total} steps", f"{reports - progress.reports_left()}/{reports} reports"]
    running = Counter(stages().get(job.rule, "other") for job in progress.running)
    if running:
        words.append("running: " + ", ".join(f"{stage} {number}" for stage, number in running.items()))
    if progress.waiting:
        words.append(f"{progress.waiting} jobs in the queue")
    if progress.failed:
        words.append(f"{len(progress.failed)} failed")
    words.append(f"{duration(progress.elapsed())} so far")
    left = progress.left(past)
    if left is not None and progress.done < progress.total:
        words.append(f"about {duration(left)} left")
    return f"{clock}  {'; '.join(words)}"
