"""Coverage that comes from another pipeline: gVCF, mosdepth's BED, callable BED -> depth of every base of the targets.

What a file is, its content says: ``gvcf`` has reference blocks (``<NON_REF>`` or ``<*>``) with ``MIN_DP`` or ``DP``;
``per_base`` has a whole number as fourth column; ``quantized`` a bin as mosdepth writes it (``20:100``), whose lower end
counts; ``callable`` has three columns, or a fourth of the states of ``STATES``, and says no depth: it has to be stated.
A whole number in a BED may be a name as well: it is a depth where each row begins where the one before ended, as mosdepth
writes them, or where the file's name has ``per-base`` in it.
"""

from __future__ import annotations

import gzip
import re
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, cast

from tierline.givencalls import Doubt, columns_of
from tierline.inputfiles import COPY_AGAIN, CUT_SHORT, GZIP, Cell, Contigs, check_contigs, check_file, open_vcf
from tierline.problems import InputError, Problem

GVCF, PER_BASE, QUANTIZED, CALLABLE = "gvcf", "per_base", "quantized", "callable"
KINDS = {
    GVCF: "a gVCF",
    PER_BASE: "mosdepth's depth per base",
    QUANTIZED: "mosdepth's quantized depth",
    CALLABLE: "a BED of callable bases",
}
STATES = {
    "CALLABLE": True,
    "HIGH_COVERAGE": True,
    "EXCESSIVE_COVERAGE": False,
    "LOW_COVERAGE": False,
    "NO_COVERAGE": False,
    "POOR_MAPPING_QUALITY": False,
    "REF_N": False,
}
"""Whether a base of this state is callable: the words of GATK's CallableLoci and of mosdepth's documentation."""
REFERENCE_BLOCKS = frozenset({"<NON_REF>", "<*>"})
LOOKED_AT = 1000  # lines or records by which a kind is told
REMEDY = "Give a gVCF, mosdepth's per-base.bed.gz or quantized.bed.gz, or a BED of callable bases."

Span = tuple[str, int, int, int]  # contig, start0, end0, depth
Region = tuple[str, int, int]  # contig, start0, end0


def kind_of(path: Path) -> str | Doubt:
    """What a coverage file is, by its first records; why it is nothing that can be read."""
    with _open(path) as handle:
        first = handle.read(16)
    if first.startswith(b"##fileformat=VCF") or first.startswith(b"BCF"):
        with open_vcf(path, LOOKED_AT) as vcf:
            blocks = any(REFERENCE_BLOCKS.intersection(r.alts or ()) for r in islice(vcf, LOOKED_AT))
            counted = {"MIN_DP", "DP"} & set(vcf.header.formats)
        if blocks and counted:
            return GVCF
        return Doubt("this VCF is no gVCF: it has no reference blocks (<NON_REF> or <*>) with DP", REMEDY)
    rows = [cells for _, cells in islice(_bed_rows(path), LOOKED_AT)]
    kinds = {_bed_kind(cells) for cells in rows}
    if kinds == {PER_BASE} and not (_without_gaps(rows) or "per-base" in path.name):
        return Doubt(
            "the fourth column of this BED may be a depth or a name",
            "Of mosdepth's depths keep per-base in the file's name; of callable bases give three columns: cut -f 1-3.",
        )
    if len(kinds) == 1 and "" not in kinds:
        return kinds.pop()
    what = "it has no rows" if not kinds else "its rows are neither depths of bases, nor bins, nor callable bases"
    return Doubt(f"this is no coverage that can be read: {what}", REMEDY)


def read_kind(path: Path) -> str:
    """What a coverage file is. Raises InputError where it is nothing that can be read."""
    kind = kind_of(path)
    if isinstance(kind, Doubt):
        raise InputError([Problem(str(path), None, "", "", kind.message, kind.remedy)])
    return kind


def check_coverage(
    path: Path, cell: Cell, sample: str, contigs: Contigs, depth: Cell, named: tuple[str, str] = ("", "")
) -> list[Problem]:
    """Everything that shows in the first records; ``depth`` is the cell of ``callable_depth``."""
    problems = check_file(path, cell)
    if problems:
        return problems
    try:
        kind = kind_of(path)
        if isinstance(kind, Doubt):
            return [cell.problem(kind.message, kind.remedy)]
        names: dict[str, int | None] = {chrom: None for chrom, *_ in islice(spans(path, kind, sample, 1, named), LOOKED_AT)}
    except InputError as error:
        return [cell.problem(problem.message, problem.remedy) for problem in error.problems]
    except (OSError, ValueError, EOFError, zlib.error) as error:
        return [cell.problem(f"the file cannot be read: {error}", REMEDY)]
    if kind == CALLABLE and not depth.value:
        problems.append(
            depth.problem(
                "a BED of callable bases says no depth, and without one no limit of detection",
                "Write the depth that each of its bases has at least.",
            )
        )
    if kind != CALLABLE and depth.value:
        problems.append(depth.problem(f"the coverage is {KINDS[kind]}, which has its own depths", "Leave it empty."))
    return problems + check_contigs(names, contigs, cell)


def spans(
    path: Path, kind: str, sample: str, callable_depth: int | None, named: tuple[str, str] = ("", "")
) -> Iterator[Span]:
    """The intervals of a coverage file with their depth, in the file's order.

    Raises InputError where a row is not what the kind has, or the sample's column in a gVCF cannot be told.
    """
    if kind == GVCF:
        yield from _gvcf_spans(path, sample, named)
        return
    for number, cells in _bed_rows(path):
        if _bed_kind(cells) != kind:
            message = f"row {number} is not as those before it ({KINDS[kind]}): {' '.join(cells[:5])}"
            raise InputError([Problem(str(path), number, "", "", message, REMEDY)])
        chrom, start0, end0 = cells[0], int(cells[1]), int(cells[2])
        if kind == PER_BASE:
            yield chrom, start0, end0, int(cells[3])
        elif kind == QUANTIZED:
            yield chrom, start0, end0, int(cells[3].partition(":")[0])
        else:
            is_callable = len(cells) == 3 or STATES[cells[3]]
            yield chrom, start0, end0, (callable_depth or 0) if is_callable else 0


def target_depths(targets: Iterable[Region], found: Iterable[Span]) -> Iterator[tuple[str, int, int]]:
    """(contig, pos1, depth) of every base of the targets, which are sorted within their contig and do not overlap.

    A base that no span covers has depth 0; where spans overlap, the lowest depth counts.
    """
    by_contig: dict[str, list[tuple[int, int]]] = {}
    for chrom, start0, end0 in targets:
        by_contig.setdefault(chrom, []).append((start0, end0))
    depths = {chrom: [array("i", [-1]) * (end0 - start0) for start0, end0 in rows] for chrom, rows in by_contig.items()}
    for chrom, start0, end0, depth in found:
        regions = by_contig.get(chrom, [])
        for index in range(max(0, bisect_right(regions, (start0, 1 << 60)) - 1), len(regions)):
            first, last = regions[index]
            if first >= end0:
                break
            seen = depths[chrom][index]
            for at in range(max(start0, first) - first, min(end0, last) - first):
                seen[at] = depth if seen[at] < 0 else min(seen[at], depth)
    for chrom, regions in by_contig.items():
        for (first, _), seen in zip(regions, depths[chrom], strict=True):
            yield from ((chrom, first + at + 1, max(0, depth)) for at, depth in enumerate(seen))


def _without_gaps(rows: Iterable[Sequence[str]]) -> bool:
    """Whether each contig's rows begin at its first base, and each where the one before ended."""
    ends: dict[str, int] = {}
    for chrom, start0, end0, _ in rows:
        if int(start0) != ends.get(chrom, 0):
            return False
        ends[chrom] = int(end0)
    return True


def _open(path: Path) -> IO[bytes]:
    """A file to be read, unpacked where it is gzipped."""
    with open(path, "rb") as handle:
        zipped = handle.read(2) == GZIP
    return cast(IO[bytes], gzip.open(path)) if zipped else open(path, "rb")


def _bed_rows(path: Path) -> Iterator[tuple[int, Sequence[str]]]:
    """(line, cells) of every row of a BED, plain or gzipped; comments and browser's lines are passed over."""
    try:
        with _open(path) as handle:
            for number, raw in enumerate(handle, 1):
                line = raw.decode("utf-8", errors="replace")
                if line.strip() and not line.startswith(("#", "track", "browser")):
                    yield number, line.rstrip("\r\n").split("\t")
    except (EOFError, zlib.error) as error:
        raise InputError([Problem(str(path), None, "", "", CUT_SHORT, COPY_AGAIN)]) from error


def _bed_kind(cells: Sequence[str]) -> str:
    """The kind to which a row of a BED belongs, "" where it is none."""
    if len(cells) not in (3, 4) or not (cells[1].isdecimal() and cells[2].isdecimal() and int(cells[1]) < int(cells[2])):
        return ""
    if len(cells) == 3 or cells[3] in STATES:
        return CALLABLE
    if cells[3].isdecimal():
        return PER_BASE
    return QUANTIZED if re.fullmatch(r"[0-9]+:([0-9]+|inf)", cells[3]) else ""


def _gvcf_spans(path: Path, sample: str, named: tuple[str, str]) -> Iterator[Span]:
    with open_vcf(path) as vcf:
        column = columns_of(vcf.header, sample, None, named if named[0] in vcf.header.samples else ("", ""))
        if isinstance(column, Doubt):
            raise InputError([Problem(str(path), None, "", "", column.message, column.remedy)])
        for record in vcf:
            values = record.samples[column.tumor]
            depth = next((value for key in ("MIN_DP", "DP") if isinstance(value := values.get(key), int)), 0)
            yield record.chrom, record.start, record.stop, depth
