"""What a run would do, and why: Snakemake's dry-run, in words that need no knowledge of Snakemake."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tierline.paths import RESOURCES, ROOT
from tierline.problems import InputError, Problem
from tierline.progress import Progress, read_events, stages

FOLLOWS = "follows from"


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """A job that a run would do. ``causes`` are in words; a job without one of its own ``FOLLOWS`` from another."""

    rule: str
    wildcards: Mapping[str, str]  # its sample, unit and panel
    outputs: tuple[str, ...]
    causes: tuple[str, ...]

    @property
    def what(self) -> str:
        return ".".join(self.wildcards.values())

    @property
    def stage(self) -> str:
        return stages().get(self.rule, "other")


def plan(command: Sequence[str], environment: Mapping[str, str], target: str = "") -> list[PlannedJob]:
    """The jobs that ``command`` (Snakemake's, of the run) would do for ``target``, or for everything, in their order.

    Raises InputError where Snakemake cannot plan, for example because nothing makes the target.
    """
    with tempfile.TemporaryDirectory() as folder:
        events = Path(folder) / "events.jsonl"
        wanted = ["--", target] if target else []
        done = subprocess.run(
            [*command, "--dry-run", "--logger", "tierline", *wanted],
            env={**environment, "TIERLINE_EVENTS": str(events)},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        progress = Progress()
        for event in read_events(events)[0]:
            if "event" in event:
                progress.add(event)
    if done.returncode:
        said = " ".join((progress.messages[-1] if progress.messages else done.stdout[-2000:]).split())
        if "MissingRuleException" in said:
            raise InputError([Problem(target, None, "", "", "nothing in this run makes it", "Are its names right?")])
        raise InputError([Problem(target, None, "", "", f"Snakemake cannot plan this: {said}", "")])
    return [PlannedJob(job.rule, job.wildcards, job.outputs, causes(job.reason)) for job in progress.jobs.values()]


def causes(reason: str) -> tuple[str, ...]:
    """Snakemake's reason for a job, in words, each cause for itself."""
    found: list[str] = []
    missing: list[str] = []
    for part in re.split(r"; (?=[A-Z][a-z]+ )", reason):
        kind, _, rest = (text.strip() for text in part.partition(":"))
        names = [name.strip() for name in rest.split(",") if name.strip()]
        match kind:
            case "Missing output files":
                missing = [f"{name} is not there" for name in names]
            case "Incomplete output files":
                found += [f"{name} was left incomplete" for name in names]
            case "Updated input files":
                found += [f"{_kind_of(name)} changed: {_short(name)}" for name in names]
            case "Input files updated by another job":
                found.append(f"{FOLLOWS} {_some(names)}")
            case "Set of input files has changed since last execution":
                found.append("it has other input files than before")
            case "Code has changed since last execution":
                found.append("its rule in the workflow changed")
            case "Params have changed since last execution":
                found.append(_changed_settings(rest))
            case "Software environment definition has changed since last execution":
                found.append("its conda environment changed")
            case "Forced execution":
                found.append("it was asked for (--force...)")
            case _ if part.strip():
                found.append(part.strip())
    return tuple(found or missing)  # temporary files are never there: no cause where there is another


def _some(names: Sequence[str], most: int = 2) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(sorted(names)[:most]) + more


def _changed_settings(text: str) -> str:
    """Params hold settings, and digests of our code; the latter are no words for people."""
    values = re.findall(r"'([^']*)'", text)
    if values and all(re.fullmatch(r"[0-9a-f]{16}", value) for value in values):
        return "Tierline's code for this step changed"
    return "a setting changed: " + re.sub(r"^.*?across all output: ", "", " ".join(text.split()))[:120]


def _kind_of(name: str) -> str:
    folders = Path(name).parts
    for folder, word in (("knowledge", "knowledge"), ("panels", "panel"), ("assays", "assay"), ("reference", "reference")):
        if folder in folders:
            return word
    return "input"


def _short(name: str) -> str:
    path = Path(name)
    return str(path.relative_to(ROOT)) if path.is_relative_to(RESOURCES) else name


def explain(target: str, jobs: Sequence[PlannedJob]) -> str:
    """Why a product would be made again, from the first cause to the product; or that it would not."""
    if not jobs:
        return f"{target} is up to date."
    number = f"{len(jobs)} job{'s' if len(jobs) > 1 else ''}"
    lines = [f"{target} would be made by the next run ({number}):"]
    for job in jobs:
        lines.append(f"  {job.rule} {job.what}".rstrip())
        lines += [f"    {cause}" for cause in _own_first(job.causes)]
    return "\n".join(lines)


def _own_first(found: Iterable[str]) -> list[str]:
    return sorted(found, key=lambda cause: cause.startswith(FOLLOWS))


def table(jobs: Sequence[PlannedJob]) -> str:
    """The plan of a run: jobs of each stage, and the causes that do not only follow from another job."""
    if not jobs:
        return "Nothing to do: everything is up to date."
    by_stage: dict[str, list[PlannedJob]] = defaultdict(list)
    for job in jobs:
        by_stage[job.stage].append(job)
    order = list(dict.fromkeys([*stages().values(), "other"]))
    width = max(map(len, by_stage))
    lines = [f"{len(jobs)} jobs:"]
    for stage in sorted(by_stage, key=order.index):
        rules = Counter(job.rule for job in by_stage[stage])
        lines.append(f"  {stage:<{width}}  {', '.join(f'{rule} {count}' for rule, count in rules.items())}")
        why = Counter(cause for job in by_stage[stage] for cause in job.causes if not cause.startswith(FOLLOWS))
        shown = why.most_common(4)
        lines += [f"  {'':<{width}}    {cause}" + (f" ({count} jobs)" if count > 1 else "") for cause, count in shown]
        if len(why) > len(shown):
            lines.append(f"  {'':<{width}}    and {len(why) - len(shown)} more causes")
    return "\n".join(lines)
