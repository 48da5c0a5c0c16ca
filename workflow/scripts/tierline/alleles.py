"""One way to write an allele: trimmed, left-aligned; and the substitutions of one haplotype put together."""

from __future__ import annotations

from collections.abc import Callable

from tierline.records import VariantClass

Fetch = Callable[[str, int, int], str]
"""``fetch(chrom, start0, end0)`` gives upper-case reference sequence, 0-based half-open."""

STEP = 100


def normalise(fetch: Fetch, chrom: str, pos1: int, ref: str, alt: str) -> tuple[int, str, str]:
    """Trim shared bases and move an indel as far left as it goes (VCF: one anchor base before it).

    Tan, Abecasis & Kang, Bioinformatics 2015 (PMID 25701572). ``pos1`` is 1-based. Raises ValueError where ``ref`` is
    not what the genome holds.
    """
    ref, alt = ref.upper(), alt.upper()
    held = fetch(chrom, pos1 - 1, pos1 - 1 + len(ref)).upper()
    if held != ref:
        raise ValueError(f"{chrom}:{pos1} holds {held}, not {ref}: the calls were made on another genome")
    left = ""
    while ref[-1] == alt[-1] and (len(ref) > 1 or len(alt) > 1):
        ref, alt = ref[:-1], alt[:-1]
        if not ref or not alt:
            if pos1 == 1:
                raise ValueError(f"{chrom}:{pos1}: an indel at the contig's first base has no anchor")
            if not left:
                start0 = max(0, pos1 - 1 - STEP)
                left = fetch(chrom, start0, pos1 - 1).upper()
            ref, alt, left, pos1 = left[-1] + ref, left[-1] + alt, left[:-1], pos1 - 1
    while ref[0] == alt[0] and len(ref) > 1 and len(alt) > 1:
        ref, alt, pos1 = ref[1:], alt[1:], pos1 + 1
    return pos1, ref, alt


def classify(ref: str, alt: str) -> VariantClass:
    """SNV, MNV (same length) or indel (everything that changes the length)."""
    if len(ref) != len(alt):
        return VariantClass.INDEL
    return VariantClass.SNV if len(ref) == 1 else VariantClass.MNV


def substitutions(pos1: int, ref: str, alt: str) -> tuple[tuple[int, str, str], ...]:
    """The single changed bases of a substitution, each as (pos1, ref, alt)."""
    return tuple((pos1 + i, r, a) for i, (r, a) in enumerate(zip(ref, alt, strict=True)) if r != a)
