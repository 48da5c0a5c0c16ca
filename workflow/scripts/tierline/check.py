"""``tierline check``: what can be known in seconds before a run, row by row."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tierline import inputfiles
from tierline.annotation import Transcript, load_gene_models, load_transcripts
from tierline.assays import load_assay
from tierline.coveragefiles import KINDS, read_kind
from tierline.download import is_cached
from tierline.givencalls import caller_in, open_given
from tierline.inputfiles import Cell
from tierline.panels import Panel, load_panel, resolve_loci
from tierline.presets import files_in_use, load_preset
from tierline.problems import InputError, Problem
from tierline.records import Locus, ToolVersion
from tierline.runfolder import LEAST_DISK, folder_problems, least_disk, permission_problems
from tierline.sheets import Project, load_project
from tierline.tables import read_rows
from tierline.tools import find_tools

DISK_FACTOR = 10  # disk that a run takes, as a multiple of its sequencing files: our estimate
READ_GTF_UP_TO = 1 << 24  # bytes; a larger annotation takes longer to read than a check may
STATES = ("ok", "warn", "problem")


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One line of the check. ``state`` is ``ok``, ``warn`` (the run goes on) or ``problem`` (it would be refused)."""

    what: str
    state: str
    detail: str


def run_check(configfile: str | Path, workdir: str | Path) -> list[CheckRow]:
    """Everything that can keep a run from starting or weaken its answers. Writes nothing and raises for no fault."""
    workdir = Path(workdir)
    rows: list[CheckRow] = []
    with ThreadPoolExecutor(1) as pool:
        tools = pool.submit(find_tools)  # Java starts slowly: the input is read meanwhile
        project = None
        try:
            project = load_project(configfile, workdir)
            rows += _input_rows(project)
        except InputError as error:
            rows += [CheckRow(_subject(problem), "problem", str(problem)) for problem in error.problems]
    return [*rows, *_tool_rows(tools.result()), *_folder_rows(workdir, project)]


def format_check(rows: Iterable[CheckRow]) -> str:
    """The rows as text; on a terminal as a table in colours."""
    rows = list(rows)
    if not sys.stdout.isatty():
        width = max((len(row.what) for row in rows), default=0)
        return "\n".join(f"{row.state:<8} {row.what:<{width}}  {row.detail}" for row in rows)
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("", "what", "detail")
    for row in rows:
        style = dict(zip(STATES, ("green", "yellow", "bold red"), strict=True))[row.state]
        table.add_row(Text(row.state, style=style), Text(row.what), Text(row.detail))
    console = Console()
    with console.capture() as capture:
        console.print(table)
    return capture.get().rstrip("\n")


def _subject(problem: Problem) -> str:
    """The word for what a problem is about."""
    if problem.column.startswith("reference."):
        return "reference"
    folders = Path(problem.file).parts[:-1]
    kinds = [word for folder, word in (("panels", "panel"), ("assays", "assay")) if folder in folders]
    return kinds[0] if kinds else Path(problem.file).stem


# --------------------------------------------------------------------------- the input


def _input_rows(project: Project) -> Iterator[CheckRow]:
    alone = sum(project.normal_of(tumor) is None for tumor in project.tumors)
    yield CheckRow(
        "sheets",
        "ok",
        f"{_count(len(project.tumors), 'tumour')} ({alone} without a normal), "
        f"{_count(len(project.samples) - len(project.tumors), 'normal')}, {_count(len(project.units), 'unit')}, "
        f"{_count(len(project.cases), 'report')} owed",
    )
    if project.curation:
        cases = {row.case for row in project.curation}
        yield CheckRow("curation", "ok", f"{_count(len(project.curation), 'row')} on {_count(len(cases), 'case')}")
    yield from _bam_rows(project)
    yield from _vcf_rows(project)
    yield _reference_row(project)
    yield from _preset_rows(project)
    choices = load_transcripts(project.workdir / project.config["reference"]["transcripts"])
    panels = {name: load_panel(project.panel_folder(name), choices) for name in project.panels}
    genes = {gene for panel in panels.values() for gene in panel.gene_names}
    models, row = _gene_models(project, genes)
    yield row
    for panel in panels.values():
        detail = f"{panel.id} {panel.version}: {_count(len(panel.genes), 'gene')}, {_count(len(panel.hotspots), 'locus')}"
        yield CheckRow("panel", "ok", detail)
    pairs = sorted({(sample.assay, panel) for sample in project.samples for panel in sample.panels})
    for assay, name in pairs:
        yield _assay_row(project, assay, panels[name], models)


def _bam_rows(project: Project) -> Iterator[CheckRow]:
    """BAM files that are realigned under another name than their read groups say: right, or mixed up."""
    for unit in project.units:
        names = inputfiles.bam_samples(project.workdir / unit.bam) if unit.bam else ()
        if set(names) - {unit.sample}:
            said = ", ".join(names)
            yield CheckRow("sheets", "warn", f"{unit.bam} names the sample {said}; it is realigned as {unit.sample}")


def _vcf_rows(project: Project) -> Iterator[CheckRow]:
    """What every VCF that comes in is taken for, and what its entry costs."""
    for unit in (unit for unit in project.units if unit.vcf):
        named = unit.vcf_tumor, unit.vcf_normal
        given = open_given(project.workdir / unit.vcf, unit.sample, project.normal_of(unit.sample), named, alone=True)
        normal = f", normal in {given.columns.normal}" if given.columns.normal else ""
        read = f"{unit.vcf}: calls of {given.caller}, {unit.sample} in column {given.columns.tumor}{normal}"
        covered = next((own.coverage for own in project.units_of(unit.sample) if own.coverage), "")
        if covered:
            yield CheckRow("sheets", "ok", f"{read}; coverage: {KINDS[read_kind(project.workdir / covered)]}")
        else:
            yield CheckRow("sheets", "warn", f"{read}; no coverage, so its report has no negatives")
    for sample in project.samples:
        for name in sample.calls:
            yield CheckRow(
                "sheets", "ok", f"{name}: calls of {caller_in(project.workdir / name)} join those of {sample.sample}"
            )


def _reference_row(project: Project) -> CheckRow:
    reference = project.config["reference"]
    path = project.workdir / reference["fasta"]
    if not path.exists():
        return CheckRow("reference", "ok", f"{reference['build']}, {path.name} of the preset: not here yet")
    contigs, _ = inputfiles.check_fasta(path, Cell("", None, "", ""))
    known = f"{len(contigs.lengths)} contigs" if contigs.complete else "not indexed yet"
    without = [key for key in ("population_vcf", "common_sites_vcf", "clinvar_vcf") if not reference[key]]
    lacks = f"; without {', '.join(without)}" if without else ""
    return CheckRow("reference", "warn" if lacks else "ok", f"{reference['build']}, {path.name}: {known}{lacks}")


def _preset_rows(project: Project) -> Iterator[CheckRow]:
    """Every file of the preset that is still to be downloaded, and the memory and disk that its first run takes."""
    reference = project.config["reference"]
    files = files_in_use(reference)
    if not files:
        return
    preset = load_preset(reference["preset"])
    folder = preset.folder
    awaited = [file for file in files if not is_cached(file, folder)]
    for file in awaited:
        size = f"{file.size / 1e6:.0f} MB" if file.size else "size not stated"
        yield CheckRow("download", "ok", f"{file.role}: {file.download} ({size}), {file.provider}")
    counted = f"{len(awaited)} of {len(files)} files are still to be downloaded into" if awaited else "every file is in"
    yield CheckRow("download", "ok", f"{counted} {folder}")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    detail = f"the largest step takes about {preset.memory_gb:.0f} GB (estimated), this machine has {memory:.0f} GB"
    yield CheckRow("memory", "ok" if memory > preset.memory_gb else "warn", detail)
    if awaited:
        free = shutil.disk_usage(next(place for place in (folder, *folder.parents) if place.exists())).free / 1e9
        detail = f"{free:.1f} GB free for {folder}, about {preset.disk_gb:.0f} GB needed (estimated)"
        yield CheckRow("disk", "ok" if free > preset.disk_gb else "problem", detail)


def _gene_models(project: Project, genes: set[str]) -> tuple[dict[str, Transcript] | None, CheckRow]:
    """The models of the panels' genes; None where the annotation is not here or too large to be read in a check."""
    reference = project.config["reference"]
    gtf = project.workdir / reference["gtf"]
    if not gtf.exists() or gtf.stat().st_size > READ_GTF_UP_TO:
        known = f"all {len(genes)} panel genes have a reported transcript; the annotation itself is read in the run"
        return None, CheckRow("annotation", "ok", known)
    choices = load_transcripts(project.workdir / reference["transcripts"])
    try:
        models, _ = load_gene_models(gtf, {gene: choice for gene, choice in choices.items() if gene in genes})
    except InputError as error:
        return None, CheckRow("annotation", "problem", str(error))
    absent = sorted(genes - models.keys())
    detail = f"{len(models)} of {len(genes)} panel genes are in {gtf.name}"
    if absent:
        detail += f"; not there, so not covered: {_some(absent)}"
    return models, CheckRow("annotation", "warn" if absent else "ok", detail)


def _assay_row(project: Project, name: str, panel: Panel, models: dict[str, Transcript] | None) -> CheckRow:
    """What of a panel its assay leaves out: computed, or as the last run found it."""
    assay = load_assay(project.assay_folder(name), project.config["reference"]["build"])
    head = f"{assay.id} {assay.version}, {assay.target_length} bases"
    resolved = project.workdir / f"results/reference/panels/{panel.id}.{assay.id}.loci.tsv"
    if models is not None:
        loci = resolve_loci(panel, models, assay.targets)
    elif resolved.is_file():
        loci = list(read_rows(resolved, Locus))
    else:
        return CheckRow("assay", "ok", f"{head}; what it leaves out of {panel.id} is known once the run has begun")
    outside = [locus.locus_id for locus in loci if not locus.in_assay]
    if not outside:
        return CheckRow("assay", "ok", f"{head}; covers all {len(loci)} loci of {panel.id}")
    return CheckRow(
        "assay", "warn", f"{head}; does not cover {len(outside)} of {len(loci)} loci of {panel.id}: {_some(outside)}"
    )


def _count(number: int, noun: str) -> str:
    plural = "loci" if noun == "locus" else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def _some(names: list[str], at_most: int = 8) -> str:
    return ", ".join(names[:at_most]) + (f" and {len(names) - at_most} more" if len(names) > at_most else "")


# --------------------------------------------------------------------------- the machine


def _tool_rows(tools: list[ToolVersion]) -> Iterator[CheckRow]:
    missing = [tool for tool in tools if tool.found == "missing"]
    for tool in missing:
        detail = f"{tool.tool} {tool.needed} is missing, needed for {tool.used_by}: run make setup, or see tierline tools"
        yield CheckRow("tools", "problem", detail)
    other = [f"{t.tool} {t.version} (tested {t.needed})" for t in tools if t not in missing and not _same_version(t)]
    if other:
        yield CheckRow("tools", "warn", f"other versions than those tested: {', '.join(other)}")
    if not missing and not other:
        yield CheckRow("tools", "ok", f"{_count(len(tools), 'tool')} found, in the versions that are tested")


def _same_version(tool: ToolVersion) -> bool:
    """Whether the version is the tested one, as far as that is written out: 5.1d is 5.1, and 5.10 is not."""
    return re.match(rf"{re.escape(tool.needed)}(?!\d)", tool.version) is not None


def _folder_rows(workdir: Path, project: Project | None) -> Iterator[CheckRow]:
    """The run directory: what keeps a run from starting in it, and whether its disk will do for the samples."""
    problems = folder_problems(project) if project else list(permission_problems(workdir))
    yield from (CheckRow("run folder", "problem", str(problem)) for problem in problems)
    if not problems:
        yield CheckRow("run folder", "ok", f"you can write to {workdir}")
    free = shutil.disk_usage(workdir).free
    need = DISK_FACTOR // LEAST_DISK * least_disk(project) if project else 0
    detail = f"{free / 1e9:.1f} GB free, about {need / 1e9:.1f} GB needed ({DISK_FACTOR} times the sequencing files)"
    yield CheckRow("disk", "ok" if free > need else "warn", detail)
