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
from tierline.annotation import (
    READ_UP_TO,
    Transcript,
    choices_at_hand,
    from_model_rows,
    load_transcripts,
    panel_models,
)
from tierline.archive import signing_problems
from tierline.assays import Assay, bases_inside, bases_of, load_assay
from tierline.backbone import asked_beside, beside_covered
from tierline.coveragefiles import KINDS, read_kind
from tierline.download import is_cached
from tierline.givencalls import caller_in, open_given
from tierline.inputfiles import Cell
from tierline.panels import Panel, asked_bases, every_gene_of, load_panel, resolve_loci
from tierline.presets import files_in_use, load_preset
from tierline.problems import InputError, Problem
from tierline.records import GeneModel, ToolVersion, TranscriptChoice
from tierline.runfolder import LEAST_DISK, folder_problems, least_disk, permission_problems
from tierline.sheets import Project, load_project
from tierline.tables import read_rows
from tierline.tools import find_tools

DISK_FACTOR = 10  # disk that a run takes, as a multiple of its sequencing files: our estimate
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
    image = project.config["run"]["container"] if project else ""
    said = f"of the image {image}, in which every job works: they are not looked at"
    found = [CheckRow("tools", "ok", said)] if image else _tool_rows(tools.result())
    return [*rows, *found, *_folder_rows(workdir, project)]


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
    controls = f"{_count(len(project.run_controls), 'control')}, " if project.run_controls else ""
    alone = sum(project.normal_of(tumor) is None for tumor in project.tumors)
    yield CheckRow(
        "sheets",
        "ok",
        f"{_count(len(project.tumors), 'tumour')} ({alone} without a normal), "
        f"{_count(len(project.samples) - len(project.tumors) - len(project.run_controls), 'normal')}, "
        f"{controls}{_count(len(project.units), 'unit')}, "
        f"{_count(len(project.cases), 'report')} owed",
    )
    unsigned = list(signing_problems(project))
    yield from (CheckRow("curation", "problem", str(problem)) for problem in unsigned)
    if project.overrides:
        samples = {row.sample for row in project.overrides}
        said = f"{_count(len(project.overrides), 'metric')} of {_count(len(samples), 'sample')} let pass"
        yield CheckRow("overrides", "ok", said)
    if project.curation and not unsigned:
        cases = {row.case for row in project.curation}
        yield CheckRow("curation", "ok", f"{_count(len(project.curation), 'row')} on {_count(len(cases), 'case')}")
    yield from _bam_rows(project)
    yield from _vcf_rows(project)
    yield _reference_row(project)
    yield from _preset_rows(project)
    build = project.config["reference"]["build"]
    gtf = project.workdir / project.config["reference"]["gtf"]
    table = load_transcripts(project.workdir / project.config["reference"]["transcripts"])
    choices, annotation_chooses = choices_at_hand(table, gtf, build)
    panels = {
        name: load_panel(project.panel_folder(name), choices, annotation_chooses=annotation_chooses)
        for name in project.panels
    }
    models = {name: _models_at_hand(project, panel, table) for name, panel in panels.items()}
    genes = {gene for panel in panels.values() for gene in panel.gene_names}
    yield _annotation_row(gtf, genes, genes - choices.keys(), list(models.values()))
    for panel in panels.values():
        detail = f"{panel.id} {panel.version}: {_count(len(panel.genes), 'gene')}, {_count(len(panel.hotspots), 'locus')}"
        if panel.every_gene:
            detail += ", and every other protein-coding gene of the annotation"
        yield CheckRow("panel", "ok", detail)
    pairs = sorted({(sample.assay, panel) for sample in project.samples for panel in sample.panels})
    for assay, name in pairs:
        yield _assay_row(load_assay(project.assay_folder(assay), build), panels[name], models[name])


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
    lacks = f"; without {', '.join(project.resources_lacking)}" if project.resources_lacking else ""
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


def _models_at_hand(
    project: Project, panel: Panel, table: dict[str, TranscriptChoice]
) -> dict[str, Transcript] | InputError | None:
    """The gene models of a panel: from a small annotation, else as the last run read them; None: not known yet.

    An InputError says why a small annotation gives none.
    """
    gtf = project.workdir / project.config["reference"]["gtf"]
    read = project.workdir / f"results/reference/panels/{panel.id}.genes.tsv"
    if gtf.exists() and gtf.stat().st_size <= READ_UP_TO:
        try:
            return panel_models(gtf, table, panel.gene_names, every_gene=panel.every_gene)[1]
        except InputError as error:
            return error
    if not read.is_file():
        return None
    choices, models = from_model_rows(read_rows(read, GeneModel))
    return models if panel.gene_names <= choices.keys() else None  # else the panel has come to ask more genes


def _annotation_row(
    gtf: Path, genes: set[str], unlisted: set[str], found: list[dict[str, Transcript] | InputError | None]
) -> CheckRow:
    """Whether the annotation has the genes of the panels, as far as that is known."""
    for fault in found:
        if isinstance(fault, InputError):
            return CheckRow("annotation", "problem", str(fault))
    if None in found:
        known = f"all {len(genes)} panel genes have a reported transcript; the annotation itself is read in the run"
        if unlisted:
            known = (
                f"{len(unlisted)} of {len(genes)} panel genes are in no table of transcripts: reported in the one that the "
                f"annotation marks, which is read in the run ({_some(sorted(unlisted))})"
            )
        return CheckRow("annotation", "warn" if unlisted else "ok", known)
    present = {gene for models in found if isinstance(models, dict) for gene in models}
    absent = sorted(genes - present)
    detail = f"{len(genes & present)} of {len(genes)} panel genes are in {gtf.name}"
    if absent:
        detail += f"; not there, so not covered: {_some(absent)}"
    return CheckRow("annotation", "warn" if absent else "ok", detail)


def _assay_row(assay: Assay, panel: Panel, models: dict[str, Transcript] | InputError | None) -> CheckRow:
    """What of a panel an assay leaves out, before anything is sequenced: loci, and bases by gene."""
    head = f"{assay.id} {assay.version}, {assay.target_length} bases"
    if not isinstance(models, dict):
        return CheckRow("assay", "ok", f"{head}; what it leaves out of {panel.id} is known once the run has begun, or by "
                        f"tierline panel show {panel.id} --assay {assay.id}")  # fmt: skip
    panel = every_gene_of(panel, models)
    loci = resolve_loci(panel, models, assay.targets)
    missed = [locus.locus_id for locus in loci if not locus.in_assay]
    asked = asked_bases(panel, models, loci, assay.build)
    left = {gene: bases_of(bases) - bases_inside(bases, assay.targets) for gene, bases in asked.items()}
    total, lost = sum(map(bases_of, asked.values())), sum(left.values())
    detail = (
        f"{head}; does not cover {len(missed)} of {len(loci)} loci of {panel.id}: {_some(missed)}"
        if missed
        else f"{head}; covers all {len(loci)} loci of {panel.id}"
    )
    beside = asked_beside(panel, assay.build, {model.chrom for model in models.values()})
    if words := beside_covered(beside, assay.targets):
        detail += f"; of what {panel.id} asks beside these it holds {words}"
    if lost:
        most = sorted((gene for gene in left if left[gene]), key=lambda gene: (-left[gene], gene))
        detail += f"; {lost} of the {total} bases that it asks are not covered by the assay: {_some(most)}"
    return CheckRow("assay", "warn" if missed else "ok", detail)


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
