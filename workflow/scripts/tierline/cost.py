"""What jobs have cost, by Snakemake's benchmark files of a run directory; and what each sample has cost in all."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tierline.figures import duration, number
from tierline.paths import ROOT
from tierline.records import SampleCost

RULES = ROOT / "workflow" / "rules"
REPORTS = Path("results/report")
OF_SAMPLES = ("reads", "align", "coverage", "calls", "consensus", "annotate", "filter", "interpret", "report")
"""The folders of results of which every file is of the sample that its name begins with."""

HOUR, GIB, GB = 3600.0, 1024.0, 1e9


@dataclass(frozen=True, slots=True)
class JobCost:
    """What the latest job of these wildcards took."""

    rule: str
    wildcards: Mapping[str, str]
    seconds: float  # by the clock
    core_seconds: float  # processor time; at least one core for as long as it lasted
    memory_mb: float | None  # resident, at its peak; None: over before Snakemake looked
    ended: float  # seconds of the epoch

    @property
    def sample(self) -> str:
        """ "" where the job is of a panel, an assay, or all samples."""
        return self.wildcards.get("tumor", "") or self.wildcards.get("sample", "")


@cache
def wildcards_of_rules() -> Mapping[str, tuple[str, ...]]:
    """Rule to the names of the wildcards by which its benchmark files are called, for the rules that have any."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(RULES.rglob("*.smk")))
    found = re.findall(r'^        "benchmarks/(\w+)/(\S+)\.tsv"', text, re.MULTILINE)
    return {rule: tuple(re.findall(r"\{(\w+)\}", pattern)) for rule, pattern in found}


def job_costs(workdir: Path, sample: str = "") -> Iterator[JobCost]:
    """The jobs of all runs in this directory, or those of ``sample``, that wrote a benchmark file; a file that is not
    whole is passed over.

    Snakemake samples the processor time every half a second, after half a minute every 30 s, and misses what ended
    in between: a job counts as one core at least.
    """
    folder = workdir / "benchmarks"
    for path in sorted(folder.rglob(f"{sample}.*tsv" if sample else "*.tsv")):
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) < 2 or not lines[1]:
            continue
        cells = dict(zip(lines[0].split("\t"), lines[1].split("\t"), strict=False))
        rule = path.relative_to(folder).parts[0].removesuffix(".tsv")
        names = dict(zip(wildcards_of_rules().get(rule, ()), path.stem.split("."), strict=False))  # names hold no dot
        seconds = float(cells["s"])
        core_seconds = max(seconds, _number(cells.get("cpu_time")) or 0.0)
        job = JobCost(rule, names, seconds, core_seconds, _number(cells.get("max_rss")), path.stat().st_mtime)
        if sample in ("", job.sample):  # a panel may be called like it
            yield job


def _number(cell: str | None) -> float | None:
    return None if cell in (None, "NA", "-", "") else float(cell)


def sample_costs(workdir: Path, samples: Sequence[str]) -> list[SampleCost]:
    """What each sample has cost, by the latest job of each of its steps; of one without any, only its disk."""
    jobs: dict[str, list[JobCost]] = defaultdict(list)
    for job in job_costs(workdir):
        jobs[job.sample].append(job)
    disk, reports = kept_bytes(workdir, samples), _reports(workdir)
    return [_sample_cost(sample, jobs[sample], disk[sample], reports.get(sample, [])) for sample in samples]


def _sample_cost(sample: str, jobs: Sequence[JobCost], disk: int, reports: Iterable[float]) -> SampleCost:
    begun = min((job.ended - job.seconds for job in jobs), default=0.0)
    reported = min((time for time in reports if time >= begun), default=None)
    seen = [job.memory_mb for job in jobs if job.memory_mb is not None]
    return SampleCost(
        sample,
        len(jobs),
        sum(job.core_seconds for job in jobs) / HOUR,
        max(seen) / GIB if seen else None,
        disk / GB,
        busy((job.ended - job.seconds, job.ended) for job in jobs) / HOUR,
        (reported - begun) / HOUR if jobs and reported is not None else None,
    )


def cost_until(workdir: Path, sample: str, now: float) -> str:
    """What a sample has cost up to a report of ``now`` (seconds of the epoch), in words; "" where no job is known."""
    jobs = list(job_costs(workdir, sample))
    if not jobs:
        return ""
    cost = _sample_cost(sample, jobs, kept_bytes(workdir, [sample])[sample], [now])
    said = [f"{number(cost.core_hours)} core-hours"]
    said += [] if cost.memory_gib is None else [f"peak memory {number(cost.memory_gib)} GiB"]
    said += [f"{number(cost.disk_gb)} GB on disk", f"{duration(cost.wall_hours)} of work"]
    if cost.turnaround_hours is not None:  # else the clocks of the machines differ
        said.append(f"{duration(cost.turnaround_hours)} from its first job to this report")
    return f"Sample {sample}, without what samples share: {', '.join(said)}"


def busy(intervals: Iterable[tuple[float, float]]) -> float:
    """The length of what the intervals cover together."""
    covered, until = 0.0, float("-inf")
    for start, end in sorted(intervals):
        covered += max(0.0, end - max(start, until))
        until = max(until, end)
    return covered


def kept_bytes(workdir: Path, samples: Iterable[str]) -> dict[str, int]:
    """Sample to the bytes of its files below ``results/``, indices and earlier reports with them."""
    found = dict.fromkeys(samples, 0)
    for stage in OF_SAMPLES:
        for folder, _, names in os.walk(workdir / "results" / stage):
            for name in names:
                if (sample := name.partition(".")[0]) in found:
                    found[sample] += os.lstat(os.path.join(folder, name)).st_size
    return found


def _reports(workdir: Path) -> dict[str, list[float]]:
    """Sample to the times of its reports, earlier ones among them."""
    found: dict[str, list[float]] = defaultdict(list)
    for path in (workdir / REPORTS).rglob("*.html"):
        found[path.name.partition(".")[0]].append(path.stat().st_mtime)
    return found
