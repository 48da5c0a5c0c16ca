"""What a planned run will cost: core-hours and disk by what past jobs took, and what is there already.

Every figure is a line through measurements: a job costs what its rule costs whatever the input, and a share by the size of
the sequencing files that it is of. Past jobs of the run directory count first; where it has none of a rule, those that
``bench/cost`` measured (``resources/costs.tsv``). Where neither has any, there is no estimate.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tierline.completeness import expected_products
from tierline.cost import GB, HOUR, job_costs, kept_bytes
from tierline.paths import RESOURCES
from tierline.plan import PlannedJob
from tierline.progress import stages
from tierline.records import MeasuredCost
from tierline.tables import read_rows

if TYPE_CHECKING:
    from tierline.sheets import Project

MEASURED = RESOURCES / "costs.tsv"
KEPT = "results"  # what is kept of a sample, in resources/costs.tsv
HERE = "past jobs of this folder"


@dataclass(frozen=True, slots=True)
class Line:
    """``fixed + per_gb`` times the GB of sequencing files."""

    fixed: float
    per_gb: float
    source: str

    def at(self, gb: float) -> float:
        return self.fixed + self.per_gb * gb


@dataclass(frozen=True, slots=True)
class StageEstimate:
    """Jobs of a stage, and the core-seconds of those of them that can be estimated."""

    stage: str
    jobs: int
    estimated: int
    core_seconds: float
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    stages: tuple[StageEstimate, ...]
    to_align: int  # samples whose results are yet to come
    disk: float | None  # bytes that these will take; None: nothing to go by
    disk_source: str
    reused: Mapping[str, tuple[int, int]]  # stage -> products that stay as they are, products owed


def line_through(points: Sequence[tuple[float, float]], measured: Line | None) -> Line:
    """The line of past jobs (GB, cost): through their means, with the fixed share that was measured elsewhere, if any.

    Past jobs are often of one size, and tell the fixed share from the other only where it is known.
    """
    gb, cost = (sum(values) / len(points) for values in zip(*points, strict=True))
    if not gb:
        return Line(cost, 0.0, HERE)
    fixed = min(measured.fixed if measured else 0.0, *(value for _, value in points))
    return Line(fixed, (cost - fixed) / gb, HERE)


def load_measured(path: Path = MEASURED) -> dict[str, Line]:
    return {row.what: Line(row.fixed, row.per_gb, row.source) for row in read_rows(path, MeasuredCost)}


def sizes(project: Project) -> dict[tuple[str, str], float]:
    """Sample and unit to the GB of its sequencing files; sample and "" to those of all its units. What is gone counts 0."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for unit in project.units:
        paths = [project.workdir / name for name in (unit.fq1, unit.fq2, unit.bam) if name]
        size = sum(path.stat().st_size for path in paths if path.exists()) / GB
        found[unit.sample, unit.unit] = size
        found[unit.sample, ""] += size
    return found


def input_size(project: Project, of: Mapping[tuple[str, str], float], wildcards: Mapping[str, str]) -> float:
    """GB of the sequencing files that a job is of: of a unit, of a sample, or of a tumour and its normal."""
    if tumor := wildcards.get("tumor"):
        return sum(of.get((sample, ""), 0.0) for sample in filter(None, (tumor, project.normal_of(tumor))))
    return of.get((wildcards.get("sample", ""), wildcards.get("unit", "")), 0.0)


def estimate(project: Project, jobs: Sequence[PlannedJob], measured: Mapping[str, Line]) -> Estimate:
    """What ``jobs`` will cost by past jobs, else by ``measured``."""
    of = sizes(project)
    known = set(project.tumors) | {sample.sample for sample in project.samples}
    past: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for job in job_costs(project.workdir):
        if not job.sample or job.sample in known:  # the reads of others are not known any more
            past[job.rule].append((input_size(project, of, job.wildcards), job.core_seconds))
    lines = {**measured, **{rule: line_through(points, measured.get(rule)) for rule, points in past.items()}}
    made = {output for job in jobs for output in job.outputs}
    to_align = [sample for sample in project.with_reads if f"results/align/{sample}.bam" in made]
    disk = _disk_line(project, of, to_align, measured.get(KEPT))
    return Estimate(
        tuple(_stages(project, of, jobs, lines)),
        len(to_align),
        sum(disk.at(of[sample, ""]) for sample in to_align) if disk else None,
        disk.source if disk else "",
        reused(project, made),
    )


def _stages(
    project: Project, of: Mapping[tuple[str, str], float], jobs: Iterable[PlannedJob], lines: Mapping[str, Line]
) -> Iterable[StageEstimate]:
    by_stage: dict[str, list[PlannedJob]] = defaultdict(list)
    for job in jobs:
        by_stage[job.stage].append(job)
    for stage in [*dict.fromkeys(stages().values()), "other"]:
        if stage in by_stage:
            found = [(lines[j.rule], input_size(project, of, j.wildcards)) for j in by_stage[stage] if j.rule in lines]
            sources = tuple(dict.fromkeys(line.source for line, _ in found))
            yield StageEstimate(stage, len(by_stage[stage]), len(found), sum(line.at(gb) for line, gb in found), sources)


def _disk_line(
    project: Project, of: Mapping[tuple[str, str], float], to_align: Sequence[str], measured: Line | None
) -> Line | None:
    """What a sample's results take, by the samples that are finished here, else as measured elsewhere."""
    bytes_of = kept_bytes(project.workdir, project.with_reads)
    there = [sample for sample in project.with_reads if sample not in to_align and bytes_of[sample] and of[sample, ""]]
    if not there:
        return measured
    line = line_through([(of[sample, ""], bytes_of[sample]) for sample in there], measured)
    return Line(line.fixed, line.per_gb, "finished samples of this folder")


def reused(project: Project, made: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Stage to the products of samples that are there and stay as they are, and to those that are owed."""
    made, owed, kept = set(made), Counter[str](), Counter[str]()
    for product in expected_products(project):
        if product.sample:
            stage = product.path.split("/")[1]
            owed[stage] += 1
            kept[stage] += product.path not in made and (project.workdir / product.path).exists()
    return {stage: (kept[stage], number) for stage, number in owed.items() if kept[stage]}


def words(found: Estimate) -> str:
    """The estimate as it is shown before a run."""
    estimated = sum(stage.core_seconds for stage in found.stages)
    without = sum(stage.jobs - stage.estimated for stage in found.stages)
    lines = ["Estimated, not promised:"]
    width = max((len(stage.stage) for stage in found.stages), default=0)
    sources = {source for stage in found.stages for source in stage.sources}
    by = f", by {sources.pop()}" if len(sources) == 1 else ""  # said once
    for stage in found.stages:
        jobs = f"{stage.jobs:,} job{'' if stage.jobs == 1 else 's'}"
        if stage.estimated:
            own = "" if by else f", by {'; '.join(stage.sources)}"
            some = "" if stage.estimated == stage.jobs else f" for {stage.estimated:,} of them"
            lines.append(f"  {stage.stage:<{width}}  {jobs}: {hours(stage.core_seconds)}{some}{own}")
        else:
            lines.append(f"  {stage.stage:<{width}}  {jobs}: no estimate: no past job of this stage")
    lines.append(f"  in all {hours(estimated)}{by}" + (f"; {without:,} jobs without an estimate" if without else ""))
    if found.to_align:
        disk = "no estimate" if found.disk is None else f"about {size(found.disk)}, by {found.disk_source}"
        lines.append(f"  disk for the results of {found.to_align:,} samples: {disk}")
    if found.reused:
        kept = ", ".join(f"{stage} {number:,} of {owed:,}" for stage, (number, owed) in found.reused.items())
        lines.append(f"There already, and used as they are: {kept} files.")
    return "\n".join(lines)


def hours(core_seconds: float) -> str:
    """Two figures that count; less than an hour's hundredth is told as such."""
    found = core_seconds / HOUR
    if found < 0.01:
        return "under 0.01 core-hours"
    return f"about {found:,.0f} core-hours" if found >= 10 else f"about {found:.2g} core-hours"


def size(number: float) -> str:
    """Bytes as people read them."""
    unit, factor = next(((unit, factor) for unit, factor in (("TB", 1e12), ("GB", 1e9)) if number >= factor), ("MB", 1e6))
    return f"{number / factor:.2g} {unit}" if number < 100 * factor else f"{number / factor:,.0f} {unit}"
