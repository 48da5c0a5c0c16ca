"""Quality metrics of a case: what only a tumour under a panel has, from its loci, depths and candidates. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median

from tierline.callability import Depths
from tierline.figures import percent
from tierline.metrics import NO_COVERAGE
from tierline.quality import Measured, share
from tierline.records import Candidate, Locus, VariantClass
from tierline.sensitivity import Sensitivity

TRANSITIONS = frozenset({"AG", "GA", "CT", "TC"})
LEAST_SUBSTITUTIONS = 20
"""Of fewer, the ratio says nothing: of twenty at a true ratio of 2, it lies below 1.2 or above 4 in 15 % by chance."""
LEAST_CANDIDATES = 10
"""Of fewer, no share of candidates is told."""
LEAST_SOMATIC = 5
"""Of fewer, one lost or gained chromosome would be taken for another purity."""
NOT_SOMATIC = frozenset({"germline", "likely_germline", "common_in_population", "clonal_haematopoiesis_gene"})
"""Labels of variants that not every tumour cell is taken to have got as a tumour cell."""


def measure_case(
    loci: Sequence[Locus],
    depths: Mapping[str, Depths] | None,
    target_depths: Counter[int] | None,
    candidates: Sequence[Candidate],
    callers: Sequence[str] | None,
    sensitivity: Sensitivity,
    purity: float | None = None,
) -> dict[str, Measured]:
    """What is measured of a tumour under a panel.

    ``target_depths``: how many bases of the targets by usable depth; with ``depths`` None where no coverage is known.
    ``callers`` are those that were run here, None where the calls came from another pipeline: what it did not write into
    its VCF is not known. ``purity`` is the sheet's (0-1); None where it states none.
    """
    sound = [candidate for candidate in candidates if not candidate.technical]
    return {
        **_at_claim(loci, depths, target_depths, sensitivity),
        **_of_callers(candidates, sound, callers),
        "purity_gap": purity_gap(sound, purity),
        "transitions_transversions": substitutions(sound),
    }


def _at_claim(
    loci: Sequence[Locus],
    depths: Mapping[str, Depths] | None,
    target_depths: Counter[int] | None,
    sensitivity: Sensitivity,
) -> dict[str, Measured]:
    if depths is None or target_depths is None:
        return dict.fromkeys(("targets_at_claim", "hotspots_at_claim"), Measured(None, note=NO_COVERAGE))
    claimed = sensitivity.claimed("snv")
    reached = sum(count for depth, count in target_depths.items() if sensitivity.sees(depth, claimed))
    inside = [locus for locus in loci if locus.in_assay and not locus.problem]
    found = [(locus, depths[locus.locus_id].usable) for locus in inside if locus.locus_id in depths]
    seen = sum(not sensitivity.unseen(usable, locus.type) for locus, usable in found)
    return {
        "targets_at_claim": share(reached, target_depths.total(), "bases"),
        "hotspots_at_claim": share(seen, len(inside), "loci"),
    }


def _of_callers(
    candidates: Sequence[Candidate], sound: Sequence[Candidate], callers: Sequence[str] | None
) -> dict[str, Measured]:
    if callers is None:
        return {}
    asked = [candidate for candidate in candidates if candidate.fate in ("finding", "technical")]
    agreed = sum(set(candidate.callers) >= set(callers) for candidate in sound)
    one = Measured(None, len(sound), "candidates", "only one caller is run")
    return {
        "technical_fraction": _of_candidates(sum(c.fate == "technical" for c in asked), len(asked)),
        "caller_agreement": _of_candidates(agreed, len(sound)) if len(callers) > 1 else one,
    }


def purity_gap(candidates: Sequence[Candidate], purity: float | None) -> Measured:
    """How far the sheet's purity is from twice the median allele fraction of the somatic substitutions.

    A substitution on one of two copies in every tumour cell has half the purity as its fraction. Inherited variants and
    those of blood cells have other fractions, whatever the purity.
    """
    single = [c for c in candidates if c.variant_class is VariantClass.SNV and not NOT_SOMATIC & {*c.labels}]
    fractions = [candidate.vaf for candidate in single if candidate.vaf is not None]
    number, counted = len(fractions), "somatic substitutions"
    if number < LEAST_SOMATIC:
        return Measured(None, number, counted, f"{number} {counted} are too few")
    hint = min(1.0, 2 * median(fractions))
    words = f"the variants hint at {percent(hint)}"
    if purity is None:
        return Measured(None, number, counted, f"the sheet states no purity; {words}")
    words += f", the sheet states {percent(purity)}"
    return Measured(abs(hint - purity), number, counted, meaning=words)


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


def held_back_by(candidates: Sequence[Candidate]) -> dict[str, int]:
    """How many candidates that the panel asks for are held back by which technical reason; one may have several."""
    counts = Counter(reason.partition(":")[0] for c in candidates if c.fate == "technical" for reason in c.technical)
    return dict(sorted(counts.items()))


def _of_candidates(part: int, whole: int) -> Measured:
    if whole < LEAST_CANDIDATES:
        return Measured(None, whole, "candidates", f"{whole} candidates are too few")
    return share(part, whole, "candidates")
