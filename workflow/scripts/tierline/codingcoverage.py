"""How much of each gene's coding sequence could be seen: shares, holes by exon and codon, and a profile to draw."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby, pairwise
from statistics import median

from tierline.annotation import Transcript
from tierline.callability import Depths
from tierline.records import CodingCoverage, Hole
from tierline.sensitivity import Sensitivity

PARTS = 60  # of a profile, at most
FIVE_PERCENT = 0.05


@dataclass(frozen=True, slots=True)
class CodingExon:
    """The coding part of an exon: ``start0`` to ``end0`` on the contig; ``first_c`` is the coding position of its first
    base in the transcript's direction. ``strand`` is + or -; the stop codon belongs to the coding part."""

    gene: str
    transcript: str
    exon: int
    chrom: str
    start0: int
    end0: int
    strand: str
    first_c: int


def coding_exons(model: Transcript) -> Iterator[CodingExon]:
    """The coding parts of the exons of a transcript, 5' to 3'."""
    first_c = 1
    for exon in range(1, len(model.exons) + 1):
        if coding := model.exon_coding_interval(exon):
            strand = "+" if model.strand > 0 else "-"
            yield CodingExon(model.gene, model.transcript, exon, model.chrom, *coding, strand, first_c)
            first_c += coding[1] - coding[0]


def coding_coverage(
    exons: Sequence[CodingExon],
    depths: Sequence[Sequence[Depths | None]],
    sensitivity: Sensitivity,
    *,
    failed_qc: bool = False,
) -> tuple[CodingCoverage, list[Hole]]:
    """What could be seen of one gene, and where it could not.

    ``depths`` has one row per exon and one entry per base, ascending on the contig; None: outside the assay. A base is
    seen at a limit where the smallest allele fraction that its depth shows with 95 % probability is no higher. Of a
    sample whose negatives are withheld (``failed_qc``) none is.
    """
    sees = cache(sensitivity.sees)  # by depth: an exome has tens of millions of bases
    claimed = sensitivity.claimed("snv")
    bases = [row if exon.strand == "+" else row[::-1] for exon, row in zip(exons, depths, strict=True)]
    spliced = [base for row in bases for base in row]
    covered = [base.usable for base in spliced if base]
    trusted = [] if failed_qc else covered
    row = CodingCoverage(
        gene=exons[0].gene,
        transcript=exons[0].transcript,
        coding_bases=len(spliced),
        in_assay=len(covered),
        seen_at_5_percent=sum(sees(depth, FIVE_PERCENT) for depth in trusted),
        seen_at_claim=sum(sees(depth, claimed) for depth in trusted),
        claimed_vaf=claimed,
        depth_for_claim=sensitivity.depth_for(("snv",)),
        median_depth=median(covered) if covered else None,
        exons=tuple((_codon(exon, 0), _codon(exon, exon.end0 - exon.start0 - 1)) for exon in exons),
        profile=_profile(spliced),
    )
    enough = partial(sees, fraction=claimed)
    by_exon = (_holes(exon, own, enough, failed_qc) for exon, own in zip(exons, bases, strict=True))
    return row, [hole for holes in by_exon for hole in holes]


def _codon(exon: CodingExon, offset: int) -> int:
    """The codon of a base, ``offset`` bases into the exon's coding part in the transcript's direction."""
    return (exon.first_c + offset + 2) // 3


def _profile(spliced: Sequence[Depths | None]) -> tuple[int | None, ...]:
    """The lowest depth of each of ``PARTS`` equal parts; None where none of it lies in the assay."""
    parts = min(PARTS, len(spliced))
    edges = [len(spliced) * n // parts for n in range(parts + 1)]
    return tuple(min((base.usable for base in spliced[a:b] if base), default=None) for a, b in pairwise(edges))


def _holes(
    exon: CodingExon, bases: Sequence[Depths | None], enough: Callable[[int], bool], failed_qc: bool
) -> Iterator[Hole]:
    """The runs of bases of one exon, in the transcript's direction, that were not seen for one reason."""

    def why(n: int) -> str:
        base = bases[n]
        if base is None:
            return "outside_assay"
        if failed_qc:
            return "failed_qc"
        if enough(base.usable):
            return ""
        return "quality" if enough(base.raw) else "depth"

    for reason, run in groupby(range(len(bases)), key=why):
        if not reason:
            continue
        numbers = list(run)
        first, last = numbers[0], numbers[-1]
        start0, end0 = exon.start0 + first, exon.start0 + last + 1
        if exon.strand == "-":
            start0, end0 = exon.end0 - 1 - last, exon.end0 - first
        yield Hole(
            gene=exon.gene,
            exon=exon.exon,
            first_codon=_codon(exon, first),
            last_codon=_codon(exon, last),
            whole_exon=len(numbers) == len(bases),
            chrom=exon.chrom,
            start1=start0 + 1,
            end1=end0,
            reason=reason,
            lowest_depth=min((base.usable for base in bases[first : last + 1] if base), default=None),
        )
