"""Panels: what is asked of a tumour. One versioned folder each: ``panel.yaml``, ``genes.tsv``, ``hotspots.tsv``."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from Bio.Seq import Seq

from tierline.annotation import Fetch, Interval, Transcript
from tierline.assays import Target, merge_targets, read_bed
from tierline.documents import Lines, line_of, read_document
from tierline.paths import RESOURCES
from tierline.problems import InputError, Problem, did_you_mean
from tierline.records import (
    Hotspot,
    Locus,
    PanelGene,
    PanelIntron,
    PanelSnp,
    TranscriptChoice,
)
from tierline.tables import read_rows

Row = TypeVar("Row")

SCOPES = ("coding", "hotspots", "regions")
UNANSWERED = {
    "copy_number": "copy-number changes",
    "fusion": "rearrangements",
    "msi": "microsatellite instability",
    "tmb": "the tumour mutational burden",
}
"""Claims that have a name, but no stage that could answer them: a panel that makes one is refused."""
AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"
SYNTAX = {
    "codon": re.compile(r"p\.([1-9]\d*)"),
    "exon": re.compile(r"e([1-9]\d*)"),
    "position": re.compile(r"c\.(-?[1-9]\d*)"),
    "splice": re.compile(r"s\.e([1-9]\d*)"),
}
IN_GENOME = "in the genome"  # of the problem of a codon that is another one there
REGION_MARGIN = 2000  # bases before and behind a gene in which a region is taken to be its (promoters)
LEAST_CODONS = 5  # fewer say nothing about the build
SPLICE_FLANK = 2  # bases: the canonical dinucleotides, the "essential splice sites" of the consequence terms


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a panel asks of a call before it is believed, and what it claims to find.

    Depths and reads are usable fragments (mates counted once, see ``pileup.py``); fractions lie in 0-1.
    Which reads are usable is the assay's to say.

    * ``min_vaf``: lowest variant allele fraction of a finding; at most half of each claimed limit.
    * ``min_alt_reads``: fewest fragments with the alternate allele.
    * ``min_depth``: least depth at which a candidate is believed.
    * ``claimed_lod_snv``, ``_mnv``, ``_indel``: allele fraction down to which variants of the class are claimed found.
    * ``min_normal_depth``: least depth in the matched normal for a candidate to be called somatic.
    * ``max_normal_vaf``, ``max_normal_alt_reads``: a candidate is in the normal where it exceeds both there.
    """

    min_vaf: float
    min_alt_reads: int
    min_depth: int
    claimed_lod_snv: float
    claimed_lod_mnv: float
    claimed_lod_indel: float
    min_normal_depth: int
    max_normal_vaf: float
    max_normal_alt_reads: int


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel with all that it inherits. ``claims`` are the variant classes (snv, mnv, indel) for which it answers.

    ``regions`` are the bases to which genes of scope ``regions`` are limited, by genome build; overlaps are merged.
    ``introns`` and ``snps``, by genome build, are asked of an assay, and are owed no answer (``backbone.py``).
    """

    id: str
    version: str
    title: str
    intended_use: str
    extends: str  # the panel that it builds on, else ""
    thresholds: Thresholds
    claims: tuple[str, ...]
    genes: tuple[PanelGene, ...]
    hotspots: tuple[Hotspot, ...]
    digest: str  # see panel_digest
    folder: str
    every_gene: bool = False  # True: every protein-coding gene of the annotation in use is asked, too
    flank: int = 0  # bases on either side of a coding exon that are asked of an assay
    regions: tuple[tuple[str, tuple[Target, ...]], ...] = ()
    introns: tuple[tuple[str, tuple[PanelIntron, ...]], ...] = ()
    snps: tuple[tuple[str, tuple[PanelSnp, ...]], ...] = ()

    @property
    def gene_names(self) -> frozenset[str]:
        return frozenset(gene.gene for gene in self.genes)

    def regions_on(self, build: str) -> tuple[Target, ...]:
        """The regions on a genome build; none where no gene is limited to them. InputError where the build has none."""
        found = dict(self.regions).get(build)
        if found is None and any(gene.scope == "regions" for gene in self.genes):
            raise InputError(
                [Problem(str(Path(self.folder) / f"regions.{build}.bed"), None, "", "",
                         "genes of the panel are asked in its regions, and there are none on this genome build",
                         f"Add the file; there are {', '.join(f'regions.{b}.bed' for b, _ in self.regions) or 'none'}.")]
            )  # fmt: skip
        return found or ()

    def introns_on(self, build: str) -> tuple[PanelIntron, ...]:
        """The introns of fusion genes on a genome build; none where the panel declares none there."""
        return dict(self.introns).get(build, ())

    def snps_on(self, build: str) -> tuple[PanelSnp, ...]:
        """The backbone on a genome build; none where the panel declares none there."""
        return dict(self.snps).get(build, ())


def load_panel(
    folder: str | Path,
    choices: Mapping[str, TranscriptChoice] | None = None,
    aliases: Mapping[str, str] = MappingProxyType({}),
    *,
    annotation_chooses: bool = False,
) -> Panel:
    """Read and cross-check a panel and the panels that it extends (folders beside it).

    ``choices`` are the reported transcripts of the build in use (``annotation.load_transcripts``): a gene without one
    is refused, unless ``annotation_chooses`` (its own mark may name one), and so is a codon beyond its protein; None
    leaves that unchecked. ``aliases`` are HGNC symbols by former ones in small letters: a former symbol is refused, and
    told the symbol that replaced it. Raises InputError with every problem.
    """
    problems: list[Problem] = []
    parts = list(_chain(Path(folder), problems))
    lines = parts[0][2]
    document: dict[str, Any] = {}
    thresholds: dict[str, Any] = {}
    genes: dict[str, PanelGene] = {}
    hotspots: dict[str, Hotspot] = {}
    introns: dict[str, dict[tuple[str, int], PanelIntron]] = {}
    regions: dict[str, list[Target]] = {}
    snps: dict[str, dict[tuple[str, int], PanelSnp]] = {}
    inherited = ("claims", "every_gene", "flank")
    for part, own, _ in reversed(parts):  # from the first ancestor to the panel itself
        document = {key: document[key] for key in inherited if key in document} | own
        thresholds |= own.get("thresholds") or {}
        for row, gene in _rows(part / "genes.tsv", PanelGene, bool({"extends", "every_gene"} & own.keys()), problems):
            problems += _gene_problems(part / "genes.tsv", row, gene, genes, choices, aliases, annotation_chooses)
            genes[gene.gene] = gene
        for row, hotspot in _rows(part / "hotspots.tsv", Hotspot, True, problems):
            problems += _hotspot_problems(part / "hotspots.tsv", row, hotspot, genes, hotspots, choices)
            hotspots[hotspot.locus_id] = hotspot
        for table in sorted(part.glob("introns.*.tsv")):
            own_introns = introns.setdefault(table.name.split(".")[1], {})
            for row, intron in _rows(table, PanelIntron, False, problems):
                problems += _intron_problems(table, row, intron, genes, own_introns)
                own_introns[intron.chrom, intron.start0] = intron
        for table in sorted(part.glob("snps.*.tsv")):
            own_snps = snps.setdefault(table.name.split(".")[1], {})
            for row, snp in _rows(table, PanelSnp, False, problems):
                problems += _snp_problems(table, row, snp, own_snps)
                own_snps[snp.chrom, snp.pos1] = snp
        for bed in sorted(part.glob("regions.*.bed")):
            try:
                regions.setdefault(bed.name.split(".")[1], []).extend(read_bed(bed))
            except InputError as error:
                problems += error.problems
    if all(own for _, own, _ in parts):  # else what cannot be read is named already, and lacks everything
        asked = {hotspot.gene for hotspot in hotspots.values()}
        problems += [
            Problem(str(Path(folder) / "genes.tsv"), None, "scope", gene.gene,
                    "the gene is asked at its hotspots and has none", "List its hotspots, or make its scope coding.")
            for gene in genes.values() if gene.scope == "hotspots" and gene.gene not in asked
        ]  # fmt: skip
        problems += _threshold_problems(Path(folder) / "panel.yaml", thresholds, lines)
        if not document.get("claims"):
            problems.append(
                Problem(str(Path(folder) / "panel.yaml"), line_of(lines, "claims"), "claims", "", "the key is missing",
                        "List the variant classes for which the panel answers: snv, mnv, indel.")
            )  # fmt: skip
        for claim in sorted(UNANSWERED.keys() & set(document.get("claims", ()))):
            problems.append(
                Problem(str(Path(folder) / "panel.yaml"), line_of(lines, "claims"), "claims", claim,
                        f"no stage of Tierline answers for {UNANSWERED[claim]} yet, so no panel can claim it",
                        "Take it out; what the laboratory found stands in the table `findings` of the config.")
            )  # fmt: skip
    if problems:
        raise InputError(problems)
    panel = Panel(
        id=document["panel"],
        version=document["version"],
        title=" ".join(document["title"].split()),
        intended_use=" ".join(document["intended_use"].split()),
        extends=document.get("extends", ""),
        thresholds=Thresholds(**thresholds),
        claims=tuple(sorted(document["claims"])),
        genes=tuple(sorted(genes.values(), key=lambda gene: gene.gene)),
        hotspots=tuple(sorted(hotspots.values(), key=_hotspot_order)),
        digest="",
        folder=str(folder),
        every_gene=document.get("every_gene", False),
        flank=document.get("flank", 0),
        regions=tuple((build, merge_targets(rows)) for build, rows in sorted(regions.items())),
        introns=_by_place(introns),
        snps=_by_place(snps),
    )
    return replace(panel, digest=panel_digest(panel))


def panel_folders(folder: str | Path) -> list[Path]:
    """The panel's folder and those of the panels that it extends, nearest first. Raises InputError."""
    problems: list[Problem] = []
    folders = [part for part, _, _ in _chain(Path(folder), problems)]
    if problems:
        raise InputError(problems)
    return folders


def hotspot_places(folder: str | Path) -> dict[str, tuple[str, int]]:
    """File and 1-based line of every hotspot of a panel that ``load_panel`` takes, by locus id."""
    problems: list[Problem] = []
    places = {}
    for part, _, _ in _chain(Path(folder), problems):
        for row, hotspot in _rows(part / "hotspots.tsv", Hotspot, True, problems):
            places[hotspot.locus_id] = (str(part / "hotspots.tsv"), row)
    return places


def panel_digest(panel: Panel) -> str:
    """SHA-256 (hex) of what a panel asks, inherited parts included.

    Files, folders, comments, blanks, the order of rows and keys, and where a row was inherited from do not matter.
    """
    content = asdict(replace(panel, digest="", folder="", extends=""))
    # a panel without these keeps the digest that it had before they were
    for name in ("every_gene", "flank", "regions", "introns", "snps"):
        if not content[name]:
            del content[name]
    content["thresholds"] = {name: float(value) for name, value in content["thresholds"].items()}
    for rows in ("genes", "hotspots"):
        content[rows] = sorted(json.dumps(row, sort_keys=True) for row in content[rows])
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def every_gene_of(panel: Panel, genes: Iterable[str]) -> Panel:
    """The panel with ``genes``, those of the annotation, in scope ``coding`` where it asks every gene; else as it is."""
    if not panel.every_gene:
        return panel
    source = "annotation in use"
    added = [PanelGene(gene, "coding", "", source) for gene in genes if gene not in panel.gene_names]
    return replace(panel, genes=tuple(sorted((*panel.genes, *added), key=lambda gene: gene.gene)))


def asked_bases(
    panel: Panel, models: Mapping[str, Transcript], loci: Iterable[Locus], build: str
) -> dict[str, tuple[Target, ...]]:
    """What the panel asks of an assay, by gene: merged intervals, 0-based half-open.

    Of a gene of scope ``coding`` its coding exons with the panel's flank; of scope ``regions`` the panel's regions
    within the gene and its flank; of any scope its loci. A gene that the annotation lacks has nothing.
    """
    regions: dict[str, list[Interval]] = {}
    for chrom, start0, end0 in panel.regions_on(build):
        regions.setdefault(chrom, []).append((start0, end0))
    asked: dict[str, list[Target]] = {gene.gene: [] for gene in panel.genes}
    for gene in panel.genes:
        if (model := models.get(gene.gene)) is None:
            continue
        if gene.scope == "coding":
            asked[gene.gene] += [(model.chrom, max(0, s - panel.flank), e + panel.flank) for s, e in model.cds]
        elif gene.scope == "regions":
            first, last = min(model.exons)[0] - REGION_MARGIN, max(model.exons)[1] + REGION_MARGIN
            inside = [(max(s, first), min(e, last)) for s, e in regions.get(model.chrom, ()) if s < last and first < e]
            asked[gene.gene] += [(model.chrom, start0, end0) for start0, end0 in inside]
    for locus in loci:
        asked[locus.gene] += [(locus.chrom, start0, end0) for start0, end0 in locus.intervals]
    return {gene: merge_targets(rows) for gene, rows in asked.items()}


def resolve_loci(
    panel: Panel,
    models: Mapping[str, Transcript],
    assay_intervals: Iterable[tuple[str, int, int]],
    fetch: Fetch | None = None,
) -> list[Locus]:
    """The hotspots of a panel on the genome in use, in the panel's order.

    ``assay_intervals`` are the targets (contig, start0, end0) with touching ones merged (``assays.Assay.targets``); a
    locus is in the assay only where every base of it is. With ``fetch`` the reference residue of each codon is checked
    against the genome; where at least as many codons of a gene are others as are right, it is numbered in another
    transcript here, and none of them is trusted: one in twenty fits by chance. A locus that cannot be resolved keeps its
    row, without intervals and with its problem.
    An exon means its coding part; an untranslated exon the whole of it.
    """
    targets: dict[str, list[Interval]] = {}
    for chrom, start0, end0 in assay_intervals:
        targets.setdefault(chrom, []).append((start0, end0))
    loci = []
    for hotspot in panel.hotspots:
        kind, number = parse_locus(hotspot.locus)
        model = models.get(hotspot.gene)
        intervals: tuple[Interval, ...] = ()
        if model is None:
            problem = "gene not in the annotation"
        else:
            intervals, problem = _resolve(model, kind, number, hotspot.residue, fetch)
        chrom = model.chrom if model else ""
        covered = bool(intervals) and all(
            any(start0 <= s and e <= end0 for start0, end0 in targets.get(chrom, [])) for s, e in intervals
        )
        strand = "" if model is None else "+" if model.strand > 0 else "-"
        loci.append(Locus(hotspot.locus_id, hotspot.gene, kind, chrom, intervals, covered, problem, strand))
    return _without_doubtful(loci)


def _without_doubtful(loci: list[Locus]) -> list[Locus]:
    """The loci, with all codons of a gene unresolved where at least as many are others in the genome as are right."""
    codons: dict[str, list[Locus]] = {}
    for locus in loci:
        if locus.type == "codon":
            codons.setdefault(locus.gene, []).append(locus)
    doubtful = {}
    for gene, own in codons.items():
        others = [locus for locus in own if IN_GENOME in locus.problem]
        if others and len(others) >= sum(bool(locus.intervals) for locus in own):
            doubtful[gene] = f"the gene is numbered in another transcript: {others[0].problem}"
    return [
        replace(locus, intervals=(), in_assay=False, problem=doubtful[locus.gene])
        if locus.type == "codon" and locus.intervals and locus.gene in doubtful
        else locus
        for locus in loci
    ]


def check_build(loci: Iterable[Locus], gtf: str) -> None:
    """Raise InputError where most codons of a panel are other ones in the genome: the annotation is of another build.

    An annotation of another build fits no codon but by chance (one in twenty); of the right one it fits all but a few.
    """
    codons = [locus for locus in loci if locus.type == "codon" and (locus.intervals or IN_GENOME in locus.problem)]
    foreign = [locus for locus in codons if not locus.intervals]
    if len(codons) >= LEAST_CODONS and len(foreign) > len(codons) / 2:
        shown = "; ".join(f"{locus.locus_id}: {locus.problem}" for locus in foreign[:3])
        raise InputError(
            [
                Problem(gtf, None, "", "", f"{len(foreign)} of {len(codons)} codons of the panel are others ({shown}, ...)",
                        "Give genome and annotation of one build: see reference.fasta, gtf and build in the config.")
            ]
        )  # fmt: skip


def parse_locus(locus: str) -> tuple[str, int]:
    """``p.600`` -> ("codon", 600); exon, position and splice alike. ValueError for anything else."""
    for kind, pattern in SYNTAX.items():
        if match := pattern.fullmatch(locus):
            return kind, int(match[1])
    raise ValueError(f"{locus!r} is no locus")


def _resolve(
    model: Transcript, kind: str, number: int, residue: str, fetch: Fetch | None
) -> tuple[tuple[Interval, ...], str]:
    """Intervals of one locus and "", or no intervals and the problem."""
    try:
        if kind == "codon":
            intervals = model.codon_intervals(number)
        elif kind == "exon":
            intervals = (model.exon_coding_interval(number) or model.exon_interval(number),)
        elif kind == "splice":
            intervals = model.splice_intervals(number, SPLICE_FLANK)
        else:
            position0 = model.coding_position0(number)
            intervals = ((position0, position0 + 1),)
    except ValueError as error:
        return (), str(error)
    if not intervals or intervals[0][0] < 0:
        return (), "there is no such place on the genome"
    if kind == "codon" and fetch is not None:
        try:
            bases = "".join(fetch(model.chrom, start0, end0) for start0, end0 in intervals).upper()
        except (KeyError, ValueError) as error:
            return (), f"the genome has no sequence there: {error}"
        codon = Seq(bases) if model.strand > 0 else Seq(bases).reverse_complement()
        found = str(codon.translate()) if len(codon) == 3 else "X"
        if found != residue:
            return (), f"codon {number} is {found} {IN_GENOME}, {residue} in the panel"
    return intervals, ""


def _chain(folder: Path, problems: list[Problem]) -> Iterator[tuple[Path, dict[str, Any], Lines]]:
    """The panel's folder, document and its lines, then those that it extends, nearest first."""
    seen: set[Path] = set()
    while folder not in seen:
        seen.add(folder)
        document, lines, found = read_document(folder / "panel.yaml", "panel")
        problems += found
        if "panel" in document and document["panel"] != folder.name:
            problems.append(
                Problem(str(folder / "panel.yaml"), line_of(lines, "panel"), "panel", str(document["panel"]),
                        f"the panel is not named as its folder {folder.name!r}", "Give both the same name.")
            )  # fmt: skip
        yield folder, document, lines
        if not isinstance(parent := document.get("extends"), str):
            return
        homes = (folder.parent, RESOURCES / "panels")
        home = next((home for home in homes if (home / parent / "panel.yaml").is_file()), None)
        if home is None:
            others = {path.parent.name for home in homes for path in home.glob("*/panel.yaml")}
            problems.append(
                Problem(str(folder / "panel.yaml"), line_of(lines, "extends"), "extends", parent,
                        "no such panel beside it or among those that ship", did_you_mean(parent, others - {folder.name}))
            )  # fmt: skip
            return
        folder = home / parent
    problems.append(
        Problem(str(folder / "panel.yaml"), None, "extends", "", "the panels extend each other in a circle",
                "Let the first of them extend none.")
    )  # fmt: skip


def _rows(path: Path, cls: type[Row], optional: bool, problems: list[Problem]) -> list[tuple[int, Row]]:
    """The rows of a table with their 1-based lines; none where an optional table is absent."""
    if not path.is_file():
        if not optional:
            problems.append(Problem(str(path), None, "", "", "the file is missing", "Add it to the panel's folder."))
        return []
    try:
        rows = list(read_rows(path, cls))
    except InputError as error:
        problems += error.problems
        return []
    with open(path, encoding="utf-8-sig") as handle:
        lines = [n for n, line in enumerate(handle, 1) if line.strip() and not line.startswith("#")]
    return list(zip(lines[1:], rows, strict=True))


def _by_place(tables: Mapping[str, Mapping[tuple[str, int], Row]]) -> tuple[tuple[str, tuple[Row, ...]], ...]:
    """Rows by genome build in the order of their places; a build without rows is left out."""
    return tuple((build, tuple(rows[place] for place in sorted(rows))) for build, rows in sorted(tables.items()) if rows)


def _problem(path: Path, row: int, record: object, column: str, message: str, remedy: str) -> Problem:
    """What is wrong with a column of a record that stands in this row."""
    return Problem(str(path), row, column, str(getattr(record, column)), message, remedy)


def _gene_problems(
    path: Path, row: int, gene: PanelGene, genes: Mapping[str, PanelGene],
    choices: Mapping[str, TranscriptChoice] | None, aliases: Mapping[str, str], annotation_chooses: bool,
) -> Iterator[Problem]:  # fmt: skip
    problem = partial(_problem, path, row, gene)
    if gene.gene in genes:
        yield problem("gene", "the gene stands twice, here or in a panel that this one extends", "Keep one row.")
    if gene.scope not in SCOPES:
        yield problem("scope", "the scope is not known", did_you_mean(gene.scope, SCOPES))
    if choices is None or gene.gene in choices:
        return
    if (current := aliases.get(gene.gene.casefold())) and current != gene.gene:
        yield problem("gene", f"the symbol is a former one: {current} replaces {gene.gene}", f"Write {current}.")
    elif not annotation_chooses:
        yield problem("gene", "the gene has no reported transcript", "Add it to transcripts.tsv of this build.")


def _hotspot_problems(
    path: Path, row: int, hotspot: Hotspot, genes: Mapping[str, PanelGene], hotspots: Mapping[str, Hotspot],
    choices: Mapping[str, TranscriptChoice] | None,
) -> Iterator[Problem]:  # fmt: skip
    problem = partial(_problem, path, row, hotspot)
    if hotspot.gene not in genes:
        yield problem("gene", "the gene is not in genes.tsv", did_you_mean(hotspot.gene, genes))
    if hotspot.locus_id in hotspots:
        yield problem("locus", "the hotspot stands twice, here or in a panel that this one extends", "Keep one row.")
    if not hotspot.source:
        yield problem("source", "the hotspot has no source", "Name the table, paper or database with its id.")
    try:
        kind, number = parse_locus(hotspot.locus)
    except ValueError:
        yield problem(
            "locus", "the locus cannot be read", "Write p.600 (codon), e19 (exon), c.-124 (position) or s.e14 (splice)."
        )
        return
    if kind != "codon":
        if hotspot.residue:
            yield problem("residue", "only a codon has a residue", "Leave the cell empty.")
        return
    if len(hotspot.residue) != 1 or hotspot.residue not in AMINO_ACIDS:
        yield problem("residue", "a codon needs its reference amino acid", f"Write one letter of {AMINO_ACIDS}.")
    choice = (choices or {}).get(hotspot.gene)
    if choice and choice.protein_length and number > choice.protein_length:
        yield problem(
            "locus", f"the codon lies beyond the {choice.protein_length} amino acids of {choice.transcript}",
            "Number codons in the reported transcript.",
        )  # fmt: skip


def _intron_problems(
    path: Path, row: int, intron: PanelIntron, genes: Mapping[str, PanelGene],
    introns: Mapping[tuple[str, int], PanelIntron],
) -> Iterator[Problem]:  # fmt: skip
    problem = partial(_problem, path, row, intron)
    if intron.gene not in genes:
        yield problem("gene", "the gene is not in genes.tsv", did_you_mean(intron.gene, genes))
    if not 0 <= intron.start0 < intron.end0:
        yield problem("end0", "the intron has no base", "Give its first base, from 0, and the one behind its last.")
    if (intron.chrom, intron.start0) in introns:
        yield problem("start0", "the intron stands twice, here or in a panel that this one extends", "Keep one row.")
    if not intron.source:
        yield problem("source", "the intron has no source", "Name the table, paper or database with its id.")


def _snp_problems(
    path: Path, row: int, snp: PanelSnp, others: Mapping[tuple[str, int], PanelSnp]
) -> Iterator[Problem]:  # fmt: skip
    problem = partial(_problem, path, row, snp)
    if snp.pos1 < 1:
        yield problem("pos1", "there is no such position", "Count bases of the contig from 1.")
    for column in ("ref", "alt"):
        if getattr(snp, column) not in ("A", "C", "G", "T"):
            yield problem(column, "the allele is not one base", "Write A, C, G or T.")
    if snp.ref == snp.alt:
        yield problem("alt", "both alleles are the same", "Write the other allele.")
    if not 0 < snp.frequency < 1:
        yield problem("frequency", "the frequency is not one of a SNP", "Write a fraction between 0 and 1.")
    if (snp.chrom, snp.pos1) in others:
        yield problem("pos1", "the SNP stands twice, here or in a panel that this one extends", "Keep one row.")


def _threshold_problems(path: Path, thresholds: Mapping[str, Any], lines: Lines) -> Iterator[Problem]:
    at = partial(line_of, lines, "thresholds")
    for name in sorted({field.name for field in fields(Thresholds)} - thresholds.keys()):
        yield Problem(
            str(path),
            at(),
            f"thresholds.{name}",
            "",
            "the threshold is missing",
            "Set it, or extend a panel that does.",
        )
    for name in ("claimed_lod_snv", "claimed_lod_mnv", "claimed_lod_indel"):
        least, claimed = thresholds.get("min_vaf"), thresholds.get(name)
        if isinstance(least, (int, float)) and isinstance(claimed, (int, float)) and least > claimed / 2:
            yield Problem(
                str(path), at("min_vaf"), "thresholds.min_vaf", str(least),
                f"the threshold is more than half of {name} ({claimed})",
                "A variant at the claimed limit would often fall under it: lower min_vaf or raise the claim.",
            )  # fmt: skip


def _hotspot_order(hotspot: Hotspot) -> tuple[str, int, int]:
    kind, number = parse_locus(hotspot.locus)
    return hotspot.gene, list(SYNTAX).index(kind), number
