"""A panel looked at outside a run: read with the annotation at hand, described gene by gene, compared with another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pysam

from tierline.annotation import (
    Transcript,
    choices_at_hand,
    load_transcripts,
    panel_models,
)
from tierline.assays import Assay, Target, bases_inside, bases_of, load_assay
from tierline.backbone import Asked, asked_beside, intron_faults, snp_faults
from tierline.case import CLAIMS, FRACTION, THRESHOLDS
from tierline.knowledge._gene_aliases import load_gene_aliases
from tierline.panels import (
    Panel,
    asked_bases,
    every_gene_of,
    hotspot_places,
    load_panel,
    resolve_loci,
)
from tierline.paths import RESOURCES
from tierline.problems import InputError, Problem, did_you_mean
from tierline.records import Locus, PanelSnp, TranscriptChoice
from tierline.sheets import find_folder, read_config, resolve, resolved_reference

ABSENT = "gene not in the annotation"  # the problem of a locus that is no fault of the panel


@dataclass(frozen=True, slots=True)
class Setting:
    """With what panels are read: the reference of a config, as far as its files are here."""

    configfile: Path
    workdir: Path
    build: str
    table: Mapping[str, TranscriptChoice]  # the reported transcripts
    gtf: Path | None  # None: no annotation at hand, so no coordinates
    fasta: Path | None  # None: no genome at hand, so residues are not held against it

    def panel_folder(self, name: str) -> Path:
        """The folder of a panel, by its name (as a run finds it) or its path. InputError where there is none."""
        named = self.workdir / name
        if (named / "panel.yaml").is_file():
            return named
        return find_folder("panels", name.rstrip("/"), self.configfile, self.workdir)

    def assay(self, name: str) -> Assay:
        """An assay by its name, on this build. InputError where there is none."""
        return load_assay(find_folder("assays", name, self.configfile, self.workdir), self.build)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A panel with what could be known of it. ``models`` is None where no annotation is at hand."""

    panel: Panel
    choices: Mapping[str, TranscriptChoice]
    models: Mapping[str, Transcript] | None
    loci: tuple[Locus, ...]  # () without an annotation
    notes: tuple[str, ...]  # what a user should know, in words
    problems: tuple[Problem, ...]  # loci that are not what the panel says
    against_genome: bool = False  # whether amino acids were held against the genome
    beside: Asked = ()  # introns and SNPs on the genome: asked of an assay, and owed no answer

    def asked(self, build: str) -> dict[str, tuple[Target, ...]]:
        """What it asks of an assay, by gene; nothing without an annotation."""
        return asked_bases(self.panel, self.models, self.loci, build) if self.models is not None else {}


@dataclass(frozen=True, slots=True)
class GeneRow:
    """One gene of a panel, as ``tierline panel show`` lists it."""

    gene: str  # HGNC symbol
    scope: str  # coding | hotspots | regions
    transcript: str  # in which it is reported
    chosen_by: str  # MANE Select, the table of transcripts, or the annotation's mark
    loci: int  # for which the panel owes an answer
    bases: int | None  # asked of an assay; None: no annotation at hand
    not_covered: int | None  # of these, not in the targets of the assay; None: no assay named
    problem: str  # "not in the annotation", else ""
    note: str  # of genes.tsv


@dataclass(frozen=True, slots=True)
class PanelChange:
    """One difference between two panels."""

    what: str  # version | claim | threshold | setting | gene | locus | intron | snp | bases | not covered
    name: str  # of the threshold, gene, locus, intron or SNP
    old: str  # "" where the older panel has none
    new: str  # "" where the newer panel has none


def setting_of(configfile: Path, workdir: Path, build: str = "") -> Setting:
    """The reference of a config file; without the file, or with ``build``, that build's table of transcripts alone.

    Raises InputError where the config or the table cannot be read.
    """
    if build or not configfile.is_file():
        build = build or "GRCh38"
        tables = {path.stem: path for path in (RESOURCES / "transcripts").glob("*.tsv")}
        if build not in tables:
            what = "there is no table of transcripts for this build"
            raise InputError([Problem("tierline panel", None, "--build", build, what, did_you_mean(build, tables))])
        return Setting(configfile, workdir, build, load_transcripts(tables[build]), None, None)
    config, _, problems = read_config(configfile)
    if problems:
        raise InputError(problems)
    reference = resolved_reference(config["reference"], partial(resolve, configfile=configfile, workdir=workdir))
    gtf, fasta = (workdir / reference[key] if reference[key] else None for key in ("gtf", "fasta"))
    return Setting(
        configfile,
        workdir,
        reference["build"],
        load_transcripts(workdir / reference["transcripts"]),
        gtf if gtf and gtf.is_file() else None,
        fasta if fasta and fasta.is_file() else None,
    )


def resolve_panel(folder: Path, setting: Setting, targets: tuple[Target, ...] = ()) -> Resolved:
    """Read a panel with the annotation at hand, whatever its size, and the genome. Raises InputError with every fault of
    its files; loci that are not what it says are ``problems``."""
    choices, annotation_chooses = dict(setting.table), setting.build == "GRCh38"
    if setting.gtf:
        choices, annotation_chooses = choices_at_hand(setting.table, setting.gtf, setting.build)
    aliases = load_gene_aliases()
    panel = load_panel(folder, choices, aliases, annotation_chooses=annotation_chooses)
    panel.regions_on(setting.build)
    if setting.gtf is None:
        return Resolved(panel, choices, None, (), tuple(_unread(panel, choices)), ())
    choices, models, messages = panel_models(setting.gtf, setting.table, panel.gene_names, every_gene=panel.every_gene)
    panel = every_gene_of(load_panel(folder, choices, aliases), models)
    loci, beside, strange, of_genome = _on_genome(panel, models, targets, setting)
    places = hotspot_places(folder)
    problems = [
        Problem(*places[locus.locus_id], "locus", locus.locus_id.split(":")[1], locus.problem,
                "Number it in the reported transcript, see tierline panel show.")
        for locus in loci if locus.problem and locus.problem != ABSENT
    ]  # fmt: skip
    problems += [
        Problem(str(folder / f"introns.{setting.build}.tsv"), None, "start0", f"{row.chrom}:{row.start0}-{row.end0}", why,
                "Give the intron in the coordinates of this build, or take the row out.")
        for row, why in intron_faults(panel.introns_on(setting.build), models)
    ]  # fmt: skip
    problems += [
        Problem(str(folder / f"snps.{setting.build}.tsv"), None, "ref", f"{snp.chrom}:{snp.pos1}", why,
                "Give the SNP in the coordinates of this build, or take the row out.")
        for snp, why in strange
    ]  # fmt: skip
    notes = (*messages, *of_genome)
    return Resolved(panel, choices, models, tuple(loci), notes, tuple(problems), not of_genome, beside)


def _on_genome(
    panel: Panel, models: Mapping[str, Transcript], targets: tuple[Target, ...], setting: Setting
) -> tuple[list[Locus], Asked, list[tuple[PanelSnp, str]], list[str]]:
    """The loci of a panel and what it asks beside them, held against the genome where it can be read: SNPs that do not
    fit, with the reason; and in words why it could not be read."""
    of_genes = {model.chrom for model in models.values()}
    loci, beside = partial(resolve_loci, panel, models, targets), partial(asked_beside, panel, setting.build)
    if setting.fasta is None:
        return loci(), beside(of_genes), [], ["no genome at hand: bases are not held against it"]
    with TemporaryDirectory() as folder:  # the index is made here: one beside the genome may be of another file
        index = str(Path(folder) / "genome.fai")
        try:
            pysam.faidx(str(setting.fasta), "--fai-idx", index)
            with pysam.FastaFile(str(setting.fasta), filepath_index=index) as genome:
                contigs = set(genome.references)
                strange = list(snp_faults(panel.snps_on(setting.build), contigs, genome.fetch))
                return loci(genome.fetch), beside(contigs), strange, []
        except (OSError, pysam.SamtoolsError) as error:
            why = f"the genome cannot be read at places ({error}): bases are not held against it"
            return loci(), beside(of_genes), [], [why]


def _unread(panel: Panel, choices: Mapping[str, TranscriptChoice]) -> Iterator[str]:
    yield "no annotation at hand: loci are not resolved; name a config whose reference is here with --configfile"
    if unlisted := sorted(panel.gene_names - choices.keys()):
        yield f"in no table of transcripts, so reported as the annotation marks them: {', '.join(unlisted)}"


# --------------------------------------------------------------------------- shown


def describe(resolved: Resolved) -> list[tuple[str, str]]:
    """What a panel says of itself: names and values, thresholds with their units."""
    panel = resolved.panel
    rows = [
        ("panel", f"{panel.id} {panel.version}" + (f", extends {panel.extends}" if panel.extends else "")),
        ("title", panel.title),
        ("intended use", panel.intended_use),
        ("answers for", ", ".join(CLAIMS[claim] for claim in CLAIMS if claim in panel.claims)),
        ("genes", str(len(panel.genes)) + (", every protein-coding one of the annotation" if panel.every_gene else "")),
        ("loci", str(len(panel.hotspots))),
        ("introns of fusion genes, for an assay to hold", _by_build(panel.introns)),
        ("common SNPs, for an assay to hold", _by_build(panel.snps)),
        ("flank of exons", f"{panel.flank} bases"),
        ("digest (SHA-256)", panel.digest),
        ("folder", panel.folder),
    ]
    return [*rows, *((words, shown(name, getattr(panel.thresholds, name))) for name, (words, _) in THRESHOLDS.items())]


def _by_build(tables: Iterable[tuple[str, tuple[Any, ...]]]) -> str:
    return ", ".join(f"{len(rows)} on {build}" for build, rows in tables) or "none"


def shown(name: str, value: Any) -> str:
    """A threshold with its unit."""
    unit = THRESHOLDS[name][1]
    return f"{100 * value:g} %" if unit == FRACTION else f"{value:g} {unit}"


def gene_rows(resolved: Resolved, build: str, targets: tuple[Target, ...] | None = None) -> list[GeneRow]:
    """A panel gene by gene; ``targets`` are those of an assay, None where none is named."""
    asked = resolved.asked(build)
    loci = Counter(hotspot.gene for hotspot in resolved.panel.hotspots)
    rows = []
    for gene in resolved.panel.genes:
        choice = resolved.choices.get(gene.gene)
        by = "" if choice is None else choice.mane_status if choice.mane_status != "none" else choice.source
        bases = asked.get(gene.gene)
        left = None if bases is None or targets is None else bases_of(bases) - bases_inside(bases, targets)
        absent = resolved.models is not None and gene.gene not in resolved.models
        rows.append(
            GeneRow(
                gene.gene,
                gene.scope,
                choice.transcript if choice else "",
                by,
                loci[gene.gene],
                None if bases is None else bases_of(bases),
                left,
                "not in the annotation" if absent else "",
                gene.note,
            )
        )
    return rows


# --------------------------------------------------------------------------- compared


def differences(old: Resolved, new: Resolved, build: str, assay: Assay | None = None) -> list[PanelChange]:
    """What differs between two panels, in the order of ``PanelChange.what``.

    With an ``assay`` also every locus and gene of ``new`` that it does not cover, whole or in part.
    """
    a, b = old.panel, new.panel
    rows = [PanelChange("version", "version", f"{a.id} {a.version}", f"{b.id} {b.version}")]
    rows += [PanelChange("claim", claim, _yes(claim in a.claims), _yes(claim in b.claims)) for claim in CLAIMS]
    for name in THRESHOLDS:
        was, now = (shown(name, getattr(panel.thresholds, name)) for panel in (a, b))
        rows.append(PanelChange("threshold", name, was, now))
    rows.append(PanelChange("setting", "flank", f"{a.flank} bases", f"{b.flank} bases"))
    rows.append(PanelChange("setting", "every_gene", _yes(a.every_gene), _yes(b.every_gene)))
    rows += _of_each("gene", {g.gene: g.scope for g in a.genes}, {g.gene: g.scope for g in b.genes})
    rows += _of_each(
        "locus",
        {h.locus_id: f"{h.why} {h.residue}".strip() for h in a.hotspots},
        {h.locus_id: f"{h.why} {h.residue}".strip() for h in b.hotspots},
    )
    rows += _of_each("intron", *({f"{i.gene} {i.intron}": i.why for i in p.introns_on(build)} for p in (a, b)))
    rows += _of_each("snp", *({f"{s.chrom}:{s.pos1}": f"{s.ref}>{s.alt}" for s in p.snps_on(build)} for p in (a, b)))
    before, after = ({gene: bases_of(asked) for gene, asked in panel.asked(build).items()} for panel in (old, new))
    if old.models is not None and new.models is not None:
        rows += _of_each("bases", _texts(before), _texts(after))
        rows.append(PanelChange("bases", "all", str(sum(before.values())), str(sum(after.values()))))
    rows = [row for row in rows if row.old != row.new]
    if assay is not None:
        rows += not_covered(new, assay)
    return rows


def not_covered(resolved: Resolved, assay: Assay) -> list[PanelChange]:
    """The loci of a panel that an assay does not cover whole, then the genes with bases that it leaves out."""
    rows = []
    for locus in resolved.loci:
        if not locus.in_assay:
            rows.append(PanelChange("not covered", locus.locus_id, "", locus.problem or f"outside {assay.id}"))
    for gene, bases in resolved.asked(assay.build).items():
        if left := bases_of(bases) - bases_inside(bases, assay.targets):
            rows.append(PanelChange("not covered", gene, "", f"{left} of {bases_of(bases)} bases outside {assay.id}"))
    return rows


def _of_each(what: str, old: Mapping[str, str], new: Mapping[str, str]) -> list[PanelChange]:
    return [PanelChange(what, name, old.get(name, ""), new.get(name, "")) for name in sorted(old.keys() | new.keys())]


def _texts(counts: Mapping[str, int]) -> dict[str, str]:
    return {name: str(count) for name, count in counts.items()}


def _yes(value: bool) -> str:
    return "yes" if value else "no"
