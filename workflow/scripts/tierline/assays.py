"""Assays: what was sequenced, and how. One versioned folder each: ``assay.yaml`` and its target BED files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierline.documents import read_document
from tierline.problems import InputError, Problem, did_you_mean

Target = tuple[str, int, int]
"""Contig, start0, end0."""

LOWER_IS_WORSE = {"mean_depth": True, "on_target_fraction": True, "duplicate_fraction": False}
"""The quality metrics that an assay may limit, and their direction."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond ``warn`` a sample is marked, beyond ``fail`` its negatives are withheld (0-1, or fragments of depth)."""

    warn: float
    fail: float


@dataclass(frozen=True, slots=True)
class Assay:
    """An assay on one genome build."""

    id: str
    version: str
    title: str
    chemistry: str  # capture: duplicates are marked; amplicon: they are left
    umi: str  # none
    primers: str  # path of the primers' BED, else ""
    min_mapping_quality: int  # Phred; of a usable read (pileup.py)
    min_base_quality: int  # Phred; of a usable base
    expected_depth: float | None  # mean depth over the targets in a good run, in fragments
    build: str
    bed: str  # path of the targets' BED
    targets: tuple[Target, ...]  # sorted by contig and start, overlapping and touching ones merged
    qc: Mapping[str, Limits]  # keys of LOWER_IS_WORSE; a metric without limits is shown and not judged
    folder: str

    @property
    def target_length(self) -> int:
        """Bases in the targets."""
        return sum(end0 - start0 for _, start0, end0 in self.targets)


def load_assay(folder: str | Path, build: str, contigs: Mapping[str, int] | None = None) -> Assay:
    """Read and cross-check an assay for a genome build.

    ``contigs`` are the names and lengths of the genome in use; with them the BED files are checked against it. Raises
    InputError with every problem.
    """
    folder = Path(folder)
    path = folder / "assay.yaml"
    document, problems = read_document(path, "assay")
    fits_schema = not problems

    def problem(column: str, value: str, message: str, remedy: str) -> None:
        problems.append(Problem(str(path), None, column, value, message, remedy))

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
            qc[metric] = Limits(float(limits["warn"]), float(limits["fail"]))
            if (qc[metric].warn < qc[metric].fail) == LOWER_IS_WORSE[metric] and qc[metric].warn != qc[metric].fail:
                problem(f"qc.{metric}", f"warn {limits['warn']}, fail {limits['fail']}",
                        "a sample would fail before it warns", "Exchange the two.")  # fmt: skip
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
        umi=document.get("umi", "none"),
        primers=str(folder / primers[build]) if build in primers else "",
        min_mapping_quality=document.get("min_mapping_quality", 20),
        min_base_quality=document.get("min_base_quality", 20),
        expected_depth=document.get("expected_depth"),
        build=build,
        bed=str(folder / beds[build]),
        targets=merge_targets(rows),
        qc=qc,
        folder=str(folder),
    )


def read_bed(path: str | Path, contigs: Mapping[str, int] | None = None) -> list[Target]:
    """The intervals of a BED file (0-based half-open) in its own order; header lines and further columns are left.

    ``contigs`` are the names and lengths of the genome (0: length not known); None leaves names and ends unchecked.
    Raises InputError with every faulty row, and for a file without any interval.
    """
    problems: list[Problem] = []
    targets: list[Target] = []
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([Problem(str(path), None, "", "", f"the BED file cannot be read: {error}", "")]) from error
    for number, line in enumerate(lines, 1):
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
        if not (value.isascii() and value.isdigit()):
            return column, value, "the position is not a whole number", "Write digits only, without blanks or commas."
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
    import pyranges  # here, because it takes two seconds to load and few commands merge

    rows = list(targets)
    if not rows:
        return ()
    chroms, starts, ends = zip(*rows, strict=True)
    merged = pyranges.PyRanges(chromosomes=chroms, starts=starts, ends=ends).merge().df
    return tuple(
        sorted((str(c), int(s), int(e)) for c, s, e in zip(merged.Chromosome, merged.Start, merged.End, strict=True))
    )


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
