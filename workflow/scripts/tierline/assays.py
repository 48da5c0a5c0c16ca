"""Assays: what was sequenced, and how. One versioned folder each: ``assay.yaml`` and its target BED files."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierline import inputfiles
from tierline.documents import line_of, read_document, read_text
from tierline.inputfiles import Cell
from tierline.metrics import METRICS
from tierline.problems import InputError, Problem, did_you_mean

Target = tuple[str, int, int]
"""Contig, start0, end0."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a quality metric, in its unit: beyond ``warn`` a sample is marked, beyond ``fail`` it fails."""

    warn: float
    fail: float
    withholds: str  # what a failure withholds: a key of metrics.WITHHOLDS


@dataclass(frozen=True, slots=True)
class Umi:
    """How the reads of one molecule are found and collapsed to one consensus read per mate (``docs/umi.md``)."""

    read_structure: tuple[str, str]  # of read 1 and read 2: lengths with M (UMI), S (skipped), T (template)
    consensus: str  # simplex: each strand by itself; duplex: both strands of a molecule
    strategy: str  # identity, edit, adjacency (simplex); paired (duplex)
    max_mismatches: int  # bases in which two UMIs of one family may differ
    min_reads: int  # read pairs of a family
    min_strand_reads: int  # read pairs of each strand of a duplex family
    min_base_quality: int  # Phred; of a read's base that enters the consensus
    min_consensus_base_quality: int  # Phred; a lower consensus base becomes N
    max_base_error_rate: float  # 0-1; of the family's bases that differ from the consensus base, else it becomes N


@dataclass(frozen=True, slots=True)
class Assay:
    """An assay on one genome build."""

    id: str
    version: str
    title: str
    chemistry: str  # capture: duplicates are marked; amplicon: they are left
    umi: Umi | None  # None: the reads carry no UMI
    primers: str  # path of the primers' BED, else ""
    min_mapping_quality: int  # Phred; of a usable read (pileup.py)
    min_base_quality: int  # Phred; of a usable base
    backbone: str  # the panel whose common SNPs tell samples apart; "": those of reference.common_sites_vcf
    expected_depth: float | None  # mean depth over the targets in a good run, in fragments
    build: str
    bed: str  # path of the targets' BED
    targets: tuple[Target, ...]  # sorted by contig and start, overlapping and touching ones merged
    qc: Mapping[str, Limits]  # keys of METRICS; a metric without limits is shown and not judged
    folder: str

    @property
    def target_length(self) -> int:
        """Bases in the targets."""
        return bases_of(self.targets)


def load_assay(folder: str | Path, build: str, contigs: Mapping[str, int] | None = None) -> Assay:
    """Read and cross-check an assay for a genome build.

    ``contigs`` are the names and lengths of the genome in use; with them the BED files are checked against it. Raises
    InputError with every problem.
    """
    folder = Path(folder)
    path = folder / "assay.yaml"
    document, lines, problems = read_document(path, "assay")
    fits_schema = not problems

    def problem(column: str, value: str, message: str, remedy: str) -> None:
        problems.append(Problem(str(path), line_of(lines, *column.split(".")), column, value, message, remedy))

    if "assay" in document and document["assay"] != folder.name:
        problem("assay", str(document["assay"]), f"the assay is not named as its folder {folder.name!r}",
                "Give both the same name.")  # fmt: skip
    beds: dict[str, Any] = _mapping(document.get("targets"))
    primers: dict[str, Any] = _mapping(document.get("primers"))
    if primers and document.get("chemistry") == "capture":
        problem("primers", "", "a capture assay has no primers", "Remove the key, or set chemistry: amplicon.")
    if document and build not in beds:
        problem("targets", build, "the assay has no targets for this genome build", did_you_mean(build, map(str, beds)))
    qc: dict[str, Limits] = {}
    for metric, limits in _mapping(document.get("qc")).items():
        if fits_schema:
            known = METRICS[metric]
            own = Limits(float(limits["warn"]), float(limits["fail"]), limits.get("withholds", known.withholds))
            qc[metric] = own
            if (own.warn < own.fail) == (known.worse == "lower") and own.warn != own.fail:
                problem(f"qc.{metric}", f"warn {limits['warn']}, fail {limits['fail']}",
                        "a sample would fail before it warns", "Exchange the two.")  # fmt: skip
            if known.chemistry not in ("", document["chemistry"]):
                problem(f"qc.{metric}", document["chemistry"], f"it is measured of {known.chemistry} assays only",
                        "Remove it.")  # fmt: skip
    umi: Umi | None = None
    if fits_schema and isinstance(document.get("umi"), dict):
        umi = read_umi(document["umi"])
        for fault in _umi_faults(umi):
            problem(*fault)
        if "duplicate_fraction" in qc:
            problem("qc.duplicate_fraction", "", "an assay with UMIs has no duplicates: they are collapsed", "Remove it.")
    rows: list[Target] = []
    for kind, files in (("targets", beds), ("primers", primers)):
        if isinstance(files.get(build), str):
            try:
                found = read_bed(folder / files[build], contigs)
                rows += found if kind == "targets" else []
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(problems)
    return Assay(
        id=document["assay"],
        version=document["version"],
        title=" ".join(document["title"].split()),
        chemistry=document["chemistry"],
        umi=umi,
        primers=str(folder / primers[build]) if build in primers else "",
        min_mapping_quality=document.get("min_mapping_quality", 20),
        min_base_quality=document.get("min_base_quality", 20),
        backbone=document.get("backbone", ""),
        expected_depth=document.get("expected_depth"),
        build=build,
        bed=str(folder / beds[build]),
        targets=merge_targets(rows),
        qc=qc,
        folder=str(folder),
    )


def read_umi(given: Mapping[str, Any]) -> Umi:
    """The ``umi`` part of an assay.yaml that fits its schema, with the defaults of what is left out."""
    duplex = given.get("consensus") == "duplex"
    first, second = given["read_structure"]
    return Umi(
        read_structure=(first, second),
        consensus="duplex" if duplex else "simplex",
        strategy=given.get("strategy", "paired" if duplex else "adjacency"),
        max_mismatches=given.get("max_mismatches", 1),
        min_reads=given.get("min_reads", 2),
        min_strand_reads=given.get("min_strand_reads", 1),
        min_base_quality=given.get("min_base_quality", 10),
        min_consensus_base_quality=given.get("min_consensus_base_quality", 30),
        max_base_error_rate=given.get("max_base_error_rate", 0.2),
    )


def _umi_faults(umi: Umi) -> Iterator[tuple[str, str, str, str]]:
    """Column, value, message and remedy of what no single value of an ``umi`` part shows."""
    where = "umi.read_structure"
    for structure in umi.read_structure:
        if structure.count("T") != 1:
            yield where, structure, "a read has exactly one stretch of template", "Write one T, as in 3M2S+T."
    with_umi = sum("M" in structure for structure in umi.read_structure)
    if not with_umi:
        yield where, " ".join(umi.read_structure), "neither read has a UMI", "Write its length and M, or umi: none."
    if umi.consensus == "duplex":
        if with_umi == 1:
            yield where, " ".join(umi.read_structure), "duplex needs a UMI in each read", "Set consensus: simplex."
        if umi.strategy != "paired":
            yield "umi.strategy", umi.strategy, "duplex pairs the UMIs of both strands", "Set strategy: paired."
        if umi.min_reads < 2 * umi.min_strand_reads:
            least = 2 * umi.min_strand_reads
            yield "umi.min_reads", str(umi.min_reads), f"both strands need {least} reads", f"Write {least} or more."
    else:
        if umi.strategy == "paired":
            yield "umi.strategy", umi.strategy, "paired is for duplex only", "Set consensus: duplex, or another strategy."
        if umi.min_strand_reads > 1:
            yield "umi.min_strand_reads", str(umi.min_strand_reads), "it is for duplex only", "Set min_reads instead."


def read_fai(path: str | Path) -> dict[str, int]:
    """Lengths of the contigs by name, in the order of the genome, from the index of a FASTA."""
    rows = (line.split("\t") for line in Path(path).read_text().splitlines())
    return {row[0]: int(row[1]) for row in rows}


def read_bed(path: str | Path, contigs: Mapping[str, int] | None = None) -> list[Target]:
    """The intervals of a BED file (0-based half-open) in its own order; header lines and further columns are left.

    ``contigs`` are the names and lengths of the genome (0: length not known); None leaves names and ends unchecked.
    Raises InputError with every faulty row, and for a file without any interval.
    """
    text, problems = read_text(Path(path), Cell(str(path), None, "", ""))
    if problems:
        raise InputError(problems)
    targets: list[Target] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith(("#", "track", "browser")):
            continue
        cells = line.split("\t")
        fault = _row_fault(cells, contigs)
        if fault:
            problems.append(Problem(str(path), number, *fault))
        else:
            targets.append((cells[0], int(cells[1]), int(cells[2])))
    if not targets and not problems:
        problems.append(Problem(str(path), None, "", "", "the BED file has no interval", "Add the targets."))
    if problems:
        raise InputError(problems)
    return targets


def _row_fault(cells: list[str], contigs: Mapping[str, int] | None) -> tuple[str, str, str, str] | None:
    """Column, value, message and remedy of the first fault of a BED row; None where it has none."""
    if len(cells) < 3:
        return "", "\t".join(cells), "the row has fewer than three columns", "Separate the columns by tabs, not blanks."
    chrom, start, end = cells[:3]
    for column, value in (("start", start), ("end", end)):
        if not inputfiles.POSITION.fullmatch(value):
            shown = value[:20]
            return column, shown, "the position is not a whole number", "Write digits only, without blanks or commas."
    if int(end) <= int(start):
        return "end", end, f"the interval ends at or before its start {start}", "BED starts count from 0, ends from 1."
    if contigs is None:
        return None
    if chrom not in contigs:
        return "chrom", chrom, *contig_fault(chrom, contigs)
    if contigs[chrom] and int(end) > contigs[chrom]:
        return "end", end, f"the interval ends beyond the {contigs[chrom]} bases of {chrom}", "Is it of another build?"
    return None


def contig_fault(name: str, contigs: Iterable[str]) -> tuple[str, str]:
    """Message and remedy for a contig that the genome lacks; a name that differs only by ``chr`` says so."""
    names = set(contigs)
    other = name[3:] if name.startswith("chr") else f"chr{name}"
    if other in names:
        return "the genome names its contigs differently", f"Rename it to {other!r}, and all others alike."
    return "the genome has no such contig", did_you_mean(name, names)


def merge_targets(targets: Iterable[Target]) -> tuple[Target, ...]:
    """Sorted by contig (name) and start, with overlapping and touching intervals merged."""
    merged: list[Target] = []
    for chrom, start0, end0 in sorted(targets):
        if merged and merged[-1][0] == chrom and start0 <= merged[-1][2]:
            merged[-1] = (chrom, merged[-1][1], max(end0, merged[-1][2]))
        else:
            merged.append((chrom, start0, end0))
    return tuple(merged)


def bases_of(intervals: Iterable[Target]) -> int:
    """Bases in disjoint intervals."""
    return sum(end0 - start0 for _, start0, end0 in intervals)


def bases_inside(intervals: Iterable[Target], blocks: Iterable[Target]) -> int:
    """Bases that disjoint intervals share with disjoint blocks."""
    by_contig: dict[str, list[tuple[int, int]]] = {}
    for chrom, start0, end0 in sorted(blocks):
        by_contig.setdefault(chrom, []).append((start0, end0))
    shared = 0
    for chrom, start0, end0 in intervals:
        held = by_contig.get(chrom, [])
        for s, e in held[bisect_right(held, start0, key=lambda block: block[1]) :]:
            if s >= end0:
                break
            shared += min(e, end0) - max(s, start0)
    return shared


def without_primers(targets: Iterable[Target], primers: Iterable[Target]) -> tuple[Target, ...]:
    """The targets without the bases that lie under a primer: what is read there is the primer, not the patient."""
    table = _ranges(targets).subtract(_ranges(primers)).df
    return tuple(sorted((str(c), int(s), int(e)) for c, s, e in zip(table.Chromosome, table.Start, table.End, strict=True)))


def _ranges(rows: Iterable[Target]) -> Any:
    """The intervals as PyRanges."""
    import pyranges  # here, because it takes two seconds to load and few commands need it

    chroms, starts, ends = zip(*rows, strict=True)
    return pyranges.PyRanges(chromosomes=chroms, starts=starts, ends=ends)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
