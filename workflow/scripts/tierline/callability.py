"""What could have been seen: limits of detection, and one of four answers for every reportable locus.

The limit at a locus is the smallest variant allele fraction f with P(alternate fragments >= k) >= 0.95, alternate ~
Binomial(n, f), where n is the usable depth and k the fragments that the panel's thresholds ask for at that depth.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tierline.case import percent, percent_up, technical_words
from tierline.panels import Thresholds
from tierline.records import Candidate, Finding, GeneCoverage, Locus, LocusAnswer, State

POWER = 0.95
TECHNICAL_BELOW_LIMIT = frozenset({"low_alt_reads", "low_vaf"})
"""Reasons that say only "too few reads show it": that is what the limit of detection is about, not a filter."""


@dataclass(frozen=True, slots=True)
class Depths:
    """The lowest depths over the bases of a locus, in fragments: usable ones, and all reads whatever their quality."""

    usable: int
    raw: int


def reads_needed(depth: int, min_vaf: float, min_alt_reads: int) -> int:
    """Alternate fragments that a call takes at a usable depth: max(min_alt_reads, ceil(min_vaf * depth))."""
    return max(min_alt_reads, math.ceil(min_vaf * depth - 1e-9))


@cache
def limit_of_detection(depth: int, min_vaf: float, min_alt_reads: int) -> float | None:
    """Smallest VAF (0-1) that is called with 95 % probability at ``depth`` usable fragments; None: none is.

    500 fragments with ``min_vaf`` 0.05 give 0.067: a threshold must lie well under the limit that is claimed.
    """
    needed = reads_needed(depth, min_vaf, min_alt_reads)
    if depth < needed:
        return None
    low, high = 0.0, 1.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        if _at_least(needed, depth, middle) >= POWER:
            high = middle
        else:
            low = middle
    return high


def _at_least(k: int, n: int, f: float) -> float:
    """P(X >= k) for X ~ Binomial(n, f)."""
    if f <= 0 or f >= 1:
        return float(f >= 1 or k <= 0)
    total = 0.0
    for i in range(k):
        log_choose = math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1)
        total += math.exp(log_choose + i * math.log(f) + (n - i) * math.log1p(-f))
    return 1 - total


def answer(
    locus: Locus,
    depths: Depths | None,
    thresholds: Thresholds,
    *,
    findings: Sequence[Finding],
    held: Sequence[Candidate],
    purity: float | None,
    failed_qc: str,
    coverage_known: bool = True,
) -> LocusAnswer:
    """The answer for one locus of a panel.

    ``findings`` and ``held`` are those that touch the locus; ``depths`` is None where nothing was measured;
    ``purity`` None means unknown; ``failed_qc`` names the metric that failed for the sample, else "";
    ``coverage_known`` is False where the calls came as a VCF and nothing says where they could have been made.
    """
    usable = depths.usable if depths else None
    limit = None if usable is None else limit_of_detection(usable, thresholds.min_vaf, thresholds.min_alt_reads)
    state, reason, note = _assess(locus, depths, limit, thresholds, held, purity, failed_qc, coverage_known)
    if state is State.NOT_COVERED:
        usable = limit = None
    elif findings:
        if state is State.NOT_ASSESSABLE:
            note = f"beside the finding not assessable: {note}" if note else "beside the finding not assessable"
        state, reason = State.DETECTED, ""
    names = tuple(map(finding_words, findings))
    return LocusAnswer(locus.locus_id, locus.gene, locus.type, state, reason, usable, limit, limit, names, note)


def finding_words(finding: Finding) -> str:
    """A finding as the answer of its locus names it: ``p.Val600Glu (68.0 %)``."""
    name = finding.hgvsp or finding.hgvsc
    return name if finding.vaf is None else f"{name} ({100 * finding.vaf:.1f} %)"


def _assess(
    locus: Locus,
    depths: Depths | None,
    limit: float | None,
    thresholds: Thresholds,
    held: Sequence[Candidate],
    purity: float | None,
    failed_qc: str,
    coverage_known: bool,
) -> tuple[State, str, str]:
    """State, reason and note of a locus as if nothing had been found there."""
    claimed = thresholds.claimed_lod_indel if locus.type == "exon" else thresholds.claimed_lod_snv
    withheld = [c for c in held if c.fate == "germline_no_consent"]
    below = [c for c in held if c not in withheld and below_threshold(c, thresholds)]
    filtered = [c for c in held if c not in withheld and c not in below]
    if locus.problem:
        absent = "annotation" in locus.problem
        return State.NOT_COVERED, "gene_not_in_annotation" if absent else "unresolved", locus.problem
    if not locus.in_assay:
        return State.NOT_COVERED, "outside_assay", ""
    if failed_qc:
        return State.NOT_ASSESSABLE, "failed_qc", failed_qc
    if filtered:
        said = "; ".join(f"{_name(c)}: {', '.join(map(technical_words, c.technical))}" for c in filtered)
        return State.NOT_ASSESSABLE, "candidate_filtered", said
    if withheld:
        return State.NOT_ASSESSABLE, "candidate_filtered", "withheld"
    if not coverage_known:
        return State.NOT_ASSESSABLE, "no_coverage_known", ""
    if depths is None or limit is None or limit > claimed:
        by_raw = limit_of_detection(depths.raw, thresholds.min_vaf, thresholds.min_alt_reads) if depths else None
        enough_raw = by_raw is not None and by_raw <= claimed
        said = "no limit can be claimed" if limit is None else f"only {percent_up(limit)} could have been seen"
        note = f"{said}; the panel claims {100 * claimed:g} %"
        return State.NOT_ASSESSABLE, "quality" if enough_raw else "depth", note
    if purity is not None and purity / 2 < limit:
        share = f"a heterozygous change at a purity of {100 * purity:g} % has a fraction of {percent(purity / 2)}"
        return State.NOT_ASSESSABLE, "purity", share
    notes = [f"{_name(c)} seen in {c.alt_depth} of {c.depth} fragments, below threshold" for c in below if c.alt_depth]
    return State.NOT_DETECTED, "", "; ".join([*notes, *(["purity unknown"] if purity is None else [])])


def below_threshold(candidate: Candidate, thresholds: Thresholds) -> bool:
    """True where too few fragments show a candidate, and its callers agree: that is what the limit is about.

    Where a caller counted enough, the recount did not find what the caller saw: nothing may be concluded from that.
    """
    if not TECHNICAL_BELOW_LIMIT.intersection(candidate.technical):
        return False
    seen, depth = candidate.caller_alt_depth or 0, candidate.caller_depth or 0
    return seen < reads_needed(depth, thresholds.min_vaf, thresholds.min_alt_reads)


def _name(candidate: Candidate) -> str:
    return candidate.hgvsp or candidate.hgvsc or f"{candidate.pos1} {candidate.ref}>{candidate.alt}"


def answer_all(
    loci: Iterable[Locus],
    depths: Mapping[str, Depths] | None,
    thresholds: Thresholds,
    *,
    findings: Sequence[Finding],
    candidates: Sequence[Candidate],
    purity: float | None,
    failed_qc: str,
) -> list[LocusAnswer]:
    """Answers for every locus of a panel, in its order; ``depths`` by locus_id, None where no coverage is known."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        for locus_id in finding.locus_ids:
            found.setdefault(locus_id, []).append(finding)
    held: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        if candidate.fate in ("technical", "germline_no_consent"):
            for locus_id in candidate.locus_ids:
                held.setdefault(locus_id, []).append(candidate)
    return [
        answer(
            locus,
            depths.get(locus.locus_id) if depths else None,
            thresholds,
            findings=found.get(locus.locus_id, ()),
            held=held.get(locus.locus_id, ()),
            purity=purity,
            failed_qc=failed_qc,
            coverage_known=depths is not None,
        )
        for locus in loci
    ]


def gene_coverage(genes: Iterable[str], answers: Iterable[LocusAnswer]) -> list[GeneCoverage]:
    """How many loci of each of a panel's genes got which answer; the mean of their lowest depths, in fragments.

    A gene without a locus has its row as well.
    """
    by_gene: dict[str, list[LocusAnswer]] = {gene: [] for gene in genes}
    for row in answers:
        by_gene.setdefault(row.gene, []).append(row)
    rows = []
    for gene, group in sorted(by_gene.items()):
        count = {state: sum(row.state is state for row in group) for state in State}
        depths = [row.depth for row in group if row.depth is not None]
        rows.append(
            GeneCoverage(
                gene,
                len(group),
                count[State.DETECTED],
                count[State.NOT_DETECTED],
                count[State.NOT_ASSESSABLE],
                count[State.NOT_COVERED],
                sum(depths) / len(depths) if depths else None,
            )
        )
    return rows
