"""Quality metrics of a case: what only a tumour under a panel has, from its loci, depths and candidates. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from tierline.callability import Depths
from tierline.codingcoverage import depth_for
from tierline.panels import Thresholds
from tierline.quality import Measured, share
from tierline.records import Candidate, Locus, VariantClass

TRANSITIONS = frozenset({"AG", "GA", "CT", "TC"})
LEAST_SUBSTITUTIONS = 20
"""Of fewer, the ratio says nothing: of twenty at a true ratio of 2, it lies below 1.2 or above 4 in 15 % by chance."""
LEAST_CANDIDATES = 10
"""Of fewer, no share of candidates is told."""


def measure_case(
    loci: Sequence[Locus],
    depths: Mapping[str, Depths],
    target_depths: Counter[int],
    candidates: Sequence[Candidate],
    callers: Sequence[str],
    thresholds: Thresholds,
) -> dict[str, Measured]:
    """What is measured of a tumour under a panel. ``target_depths``: how many bases of the targets by usable depth."""
    enough = depth_for(thresholds.claimed_lod_snv, thresholds)
    reached = sum(count for depth, count in target_depths.items() if depth >= enough)
    inside = [locus for locus in loci if locus.in_assay and not locus.problem]
    seen = sum(depths[locus.locus_id].usable >= _needed(locus, thresholds) for locus in inside if locus.locus_id in depths)
    asked = [candidate for candidate in candidates if candidate.fate in ("finding", "technical")]
    sound = [candidate for candidate in candidates if not candidate.technical]
    agreed = sum(set(candidate.callers) >= set(callers) for candidate in sound)
    one = Measured(None, len(sound), "candidates", "only one caller is run")
    return {
        "targets_at_claim": share(reached, target_depths.total(), "bases"),
        "hotspots_at_claim": share(seen, len(inside), "loci"),
        "technical_fraction": _of_candidates(sum(c.fate == "technical" for c in asked), len(asked)),
        "caller_agreement": _of_candidates(agreed, len(sound)) if len(callers) > 1 else one,
        "transitions_transversions": substitutions(sound),
    }


def substitutions(candidates: Sequence[Candidate]) -> Measured:
    """Transitions over transversions among the single-base changes."""
    changes = [c.ref + c.alt for c in candidates if c.variant_class is VariantClass.SNV]
    transitions = sum(change in TRANSITIONS for change in changes)
    others = len(changes) - transitions
    if len(changes) < LEAST_SUBSTITUTIONS:
        return Measured(None, len(changes), "substitutions", f"{len(changes)} substitutions are too few")
    if not others:
        return Measured(None, len(changes), "substitutions", f"none of {len(changes)} is a transversion")
    return Measured(transitions / others, len(changes), "substitutions")


def reasons(candidates: Sequence[Candidate]) -> dict[str, int]:
    """How many candidates that the panel asks for are held back by which technical reason; one may have several."""
    counts = Counter(reason.partition(":")[0] for c in candidates if c.fate == "technical" for reason in c.technical)
    return dict(sorted(counts.items()))


def _needed(locus: Locus, thresholds: Thresholds) -> int:
    claimed = thresholds.claimed_lod_indel if locus.type == "exon" else thresholds.claimed_lod_snv
    return depth_for(claimed, thresholds)


def _of_candidates(part: int, whole: int) -> Measured:
    if whole < LEAST_CANDIDATES:
        return Measured(None, whole, "candidates", f"{whole} candidates are too few")
    return share(part, whole, "candidates")
