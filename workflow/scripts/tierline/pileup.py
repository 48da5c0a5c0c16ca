"""Usable reads, by the one definition that coverage, limits of detection and recounts share.

A fragment is usable at a base when it is mapped with at least ``min_mapping_quality``, is neither secondary,
supplementary, failed nor (unless duplicates count, as in amplicon assays) a duplicate, and reads that base with at
least ``min_base_quality``. Overlapping mates are one fragment: where they agree their qualities add up, where they
differ the better one counts with 0.8 of its quality. That is the rule of htslib's mpileup, which measures the depth per
base in the coverage stage, so that both give the same number (tested; only where one mate of two has a deletion does
mpileup count both).

Depth at an indel is that of the fragments which tell its alleles apart; a substitution is read base by base.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pysam

from tierline.alleles import Fetch
from tierline.records import ReadCounts

SKIPPED_FLAGS = 0x4 | 0x100 | 0x200 | 0x800
DUPLICATE_FLAG = 0x400
MATE_AGREEMENT_CAP, MATE_DISAGREEMENT_FACTOR = 200, 0.8
FLANK = 500  # bases either side of an indel on which reads are laid
LEAST_MARGIN = 2  # good bases by which one allele must fit better: one could be a read error
FEWEST_TOLERATED, TOLERATED = 3, 0.06  # good bases of a read that may differ from the allele that it shows


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


def _bases(read: pysam.AlignedSegment, start0: int, end0: int) -> tuple[str, int]:
    """The read's base at each reference position (``-`` where deleted) and the lowest quality among them.

    A deleted base has the quality of the next base read, as in htslib.
    """
    sequence, qualities = read.query_sequence or "", read.query_qualities or array("B")
    pairs = read.get_aligned_pairs(matches_only=True)
    query = {r: q for q, r in pairs if start0 <= r < end0}
    shown, lowest = [], MATE_AGREEMENT_CAP
    for position in range(start0, end0):
        here = query.get(position)
        shown.append("-" if here is None else sequence[here])
        at = here if here is not None else next(q for q, r in pairs if r > position)
        lowest = min(lowest, qualities[at])
    return "".join(shown), lowest


def _usable_reads(
    bam: pysam.AlignmentFile, chrom: str, start0: int, end0: int, usable: Usable
) -> Iterator[pysam.AlignedSegment]:
    for read in bam.fetch(chrom, max(0, start0), end0):
        if not read.flag & usable.flag_filter and read.mapping_quality >= usable.min_mapping_quality:
            yield read


def observe(bam: pysam.AlignmentFile, chrom: str, start0: int, end0: int, usable: Usable) -> Iterator[Observation]:
    """Yield what each usable fragment shows, base by base, over the 0-based half-open interval."""
    seen: dict[str, Observation] = {}
    for read in _usable_reads(bam, chrom, start0, end0, usable):
        if read.reference_start > start0 or (read.reference_end or 0) < end0:
            continue
        mine = Observation(*_bases(read, start0, end0), read.is_reverse)
        mate = seen.get(read.query_name or "")
        seen[read.query_name or ""] = mine if mate is None else _merge(mate, mine, read.is_read1)
    yield from (o for o in seen.values() if o.quality >= usable.min_base_quality)


def _merge(first: Observation, second: Observation, second_is_read1: bool) -> Observation:
    """Overlapping mates as one fragment; its strand is that of read 1, since both strands show what they agree on."""
    reverse = second.reverse if second_is_read1 else first.reverse
    if first.sequence == second.sequence:
        return Observation(first.sequence, min(first.quality + second.quality, MATE_AGREEMENT_CAP), reverse)
    better = first if first.quality >= second.quality else second
    return Observation(better.sequence, int(better.quality * MATE_DISAGREEMENT_FACTOR), reverse)


def count_reads(
    bam: pysam.AlignmentFile, chrom: str, pos1: int, ref: str, alt: str, usable: Usable, fetch: Fetch
) -> ReadCounts:
    """Count the usable fragments that show ``alt``, ``ref`` or anything else at a left-aligned, trimmed allele."""
    start0, end0 = pos1 - 1, pos1 - 1 + len(ref)
    if len(ref) == len(alt):
        shown: Iterable[tuple[str, bool]] = ((o.sequence, o.reverse) for o in observe(bam, chrom, start0, end0, usable))
    else:
        shown = fit_fragments(bam, chrom, start0, ref, alt, usable, fetch)
    return tally(shown, ref, alt)


def fit_fragments(
    bam: pysam.AlignmentFile, chrom: str, start0: int, ref: str, alt: str, usable: Usable, fetch: Fetch
) -> Iterator[tuple[str, bool]]:
    """Yield (allele, reverse strand) for each usable fragment that tells an indel's alleles apart.

    Aligners place an indel where they like, split it, or clip the read that holds a long one. So each whole read, its
    clipped ends too, is laid without gaps on the sequence with ``ref`` and on that with ``alt``, once by its first and
    once by its last aligned base; the allele with clearly fewer good bases that differ is what it shows. A read that
    spans the allele and fits neither shows something else (""); one that does not tell them apart is left out.
    """
    end0, gained = start0 + len(ref), len(alt) - len(ref)
    first0 = max(0, start0 - FLANK)
    left, right = fetch(chrom, first0, start0).upper(), fetch(chrom, end0, end0 + FLANK + len(ref)).upper()
    with_ref, with_alt = left + ref + right, left + alt + right
    seen: dict[str, tuple[int, str, bool]] = {}
    for read in _usable_reads(bam, chrom, start0 - 1, end0 + 1, usable):
        sequence, qualities = read.query_sequence, read.query_qualities
        if not sequence or qualities is None:
            continue
        by_first = read.reference_start - read.query_alignment_start - first0
        by_last = (read.reference_end or 0) - read.query_alignment_end - first0
        good = [i for i, quality in enumerate(qualities) if quality >= usable.min_base_quality]
        from_ref = min(_differences(sequence, with_ref, at, good) for at in {by_first, by_last})
        from_alt = min(_differences(sequence, with_alt, at, good) for at in {by_first, by_last + gained})
        most = max(FEWEST_TOLERATED, TOLERATED * len(good))
        margin = abs(from_ref - from_alt)
        if min(from_ref, from_alt) > most:
            if read.reference_start > start0 or (read.reference_end or 0) < end0:
                continue
            shown, margin = "", 0
        elif margin < LEAST_MARGIN:
            continue
        else:
            shown = ref if from_ref < from_alt else alt
        mate = seen.get(read.query_name or "")
        if mate is None or margin > mate[0]:
            seen[read.query_name or ""] = (margin, shown, read.is_reverse if mate is None or read.is_read1 else mate[2])
    yield from ((shown, reverse) for _, shown, reverse in seen.values())


def _differences(sequence: str, haplotype: str, at: int, good: list[int]) -> int:
    """Good bases of a read that differ from the haplotype when its first base lies at ``at``; beyond its ends all do."""
    length = len(haplotype)
    return sum(not (0 <= at + i < length and sequence[i] == haplotype[at + i]) for i in good)


def tally(shown: Iterable[tuple[str, bool]], ref: str, alt: str) -> ReadCounts:
    """Sum what fragments show (allele, reverse strand of the first-seen mate) into counts by strand."""
    depth = alt_forward = alt_reverse = ref_forward = ref_reverse = 0
    for allele, reverse in shown:
        depth += 1
        if allele == alt:
            alt_reverse += reverse
            alt_forward += not reverse
        elif allele == ref:
            ref_reverse += reverse
            ref_forward += not reverse
    return ReadCounts(depth, alt_forward + alt_reverse, alt_forward, alt_reverse, ref_forward, ref_reverse)
