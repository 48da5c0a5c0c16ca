"""Usable reads, by the one definition that coverage, limits of detection and recounts share.

A fragment is usable at a base when it is mapped with at least ``min_mapping_quality``, is neither secondary,
supplementary, failed nor (unless duplicates count, as in amplicon assays) a duplicate, and reads that base with at
least ``min_base_quality``. Overlapping mates are one fragment: where they agree their qualities add up, where they
differ the better one counts with 0.8 of its quality. That is the rule of htslib's mpileup, which measures the depth per
base in the coverage stage, so that both give the same number (tested; only where one mate of two has a deletion does
mpileup count both).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pysam

from tierline.records import ReadCounts

SKIPPED_FLAGS = 0x4 | 0x100 | 0x200 | 0x800
DUPLICATE_FLAG = 0x400
MATE_AGREEMENT_CAP, MATE_DISAGREEMENT_FACTOR = 200, 0.8


@dataclass(frozen=True, slots=True)
class Usable:
    """What makes a read usable; phred scales. ``duplicates`` is True where duplicates count (amplicons)."""

    min_mapping_quality: int
    min_base_quality: int
    duplicates: bool

    @property
    def flag_filter(self) -> int:
        """SAM flags of which none may be set."""
        return SKIPPED_FLAGS | (0 if self.duplicates else DUPLICATE_FLAG)


@dataclass(frozen=True, slots=True)
class Observation:
    """What one fragment shows over an interval: its sequence there, its lowest base quality, its first strand."""

    sequence: str
    quality: int
    reverse: bool


OTHER_ALLELE = "*"  # an indel that overlaps the interval's edge: neither reference nor the allele asked for


def _bases(read: pysam.AlignedSegment, start0: int, end0: int) -> tuple[str, int]:
    """The read's base at each reference position (``-`` where deleted) and the lowest quality among them.

    A deleted base has the quality of the next base read, as in htslib.
    """
    sequence, qualities = read.query_sequence or "", read.query_qualities or []
    pairs = read.get_aligned_pairs(matches_only=True)
    query = {r: q for q, r in pairs if start0 <= r < end0}
    shown, lowest = [], MATE_AGREEMENT_CAP
    for position in range(start0, end0):
        here = query.get(position)
        shown.append("-" if here is None else sequence[here])
        at = here if here is not None else next(q for q, r in pairs if r > position)
        lowest = min(lowest, qualities[at])
    return "".join(shown), lowest


def _haplotype(read: pysam.AlignedSegment, start0: int, end0: int) -> tuple[str, int]:
    """The read's sequence from the base at ``start0`` up to the one at ``end0`` with what it gained or lost between.

    The quality is the lower one of those two bases; inserted bases have no say in it.
    """
    sequence, qualities = read.query_sequence or "", read.query_qualities or []
    edges = {r: q for q, r in read.get_aligned_pairs(matches_only=True) if r in (start0, end0)}
    if len(edges) < 2:
        return OTHER_ALLELE, MATE_AGREEMENT_CAP
    first, last = edges[start0], edges[end0]
    return sequence[first:last], min(qualities[first], qualities[last])


def observe(
    bam: pysam.AlignmentFile, chrom: str, start0: int, end0: int, usable: Usable, same_length: bool = True
) -> Iterator[Observation]:
    """Yield what each usable fragment shows over the 0-based half-open interval.

    ``same_length``: base by base (substitutions, depth); else the sequence with gained and lost bases (indels), for
    which the base behind the interval must be aligned too: a read that ends inside an insertion tells nothing.
    """
    seen: dict[str, Observation] = {}
    behind = 0 if same_length else 1
    look = _bases if same_length else _haplotype
    for read in bam.fetch(chrom, start0, end0):
        if read.flag & usable.flag_filter or read.mapping_quality < usable.min_mapping_quality:
            continue
        if read.reference_start > start0 or (read.reference_end or 0) < end0 + behind:
            continue
        mine = Observation(*look(read, start0, end0), read.is_reverse)
        mate = seen.get(read.query_name or "")
        seen[read.query_name or ""] = mine if mate is None else _merge(mate, mine)
    yield from (o for o in seen.values() if o.quality >= usable.min_base_quality)


def _merge(first: Observation, second: Observation) -> Observation:
    if first.sequence == second.sequence:
        return Observation(first.sequence, min(first.quality + second.quality, MATE_AGREEMENT_CAP), first.reverse)
    better = first if first.quality >= second.quality else second
    return Observation(better.sequence, int(better.quality * MATE_DISAGREEMENT_FACTOR), better.reverse)


def count_reads(bam: pysam.AlignmentFile, chrom: str, pos1: int, ref: str, alt: str, usable: Usable) -> ReadCounts:
    """Count the usable fragments that show ``alt``, ``ref`` or anything else at a left-aligned, trimmed allele."""
    start0, end0 = pos1 - 1, pos1 - 1 + len(ref)
    return tally(observe(bam, chrom, start0, end0, usable, same_length=len(ref) == len(alt)), ref, alt)


def tally(observations: Iterable[Observation], ref: str, alt: str) -> ReadCounts:
    """Sum observations over an allele's interval into counts by strand of the fragment's first-seen mate."""
    depth = alt_forward = alt_reverse = ref_forward = ref_reverse = 0
    for seen in observations:
        depth += 1
        if seen.sequence == alt:
            alt_reverse += seen.reverse
            alt_forward += not seen.reverse
        elif seen.sequence == ref:
            ref_reverse += seen.reverse
            ref_forward += not seen.reverse
    return ReadCounts(depth, alt_forward + alt_reverse, alt_forward, alt_reverse, ref_forward, ref_reverse)
