"""What could have been seen: one of four answers for every reportable locus. Limits of detection: see ``sensitivity``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tierline.case import percent, percent_up, technical_words
from tierline.panels import Thresholds
from tierline.records import Candidate, Finding, GeneCoverage, Locus, LocusAnswer, State
from tierline.sensitivity import CLASSES, Sensitivity, asked_at, reads_needed

TECHNICAL_BELOW_LIMIT = frozenset({"low_alt_reads", "low_vaf"})
"""Reasons that say only "too few reads show it": that is what the limit of detection is about, not a filter."""


@dataclass(frozen=True, slots=True)
class Depths:
    """The lowest depths over the bases of a locus, in fragments: usable ones, and all reads whatever their quality."""

    usable: int
    raw: int


def answer(
    locus: Locus,
    depths: Depths | None,
    sensitivity: Sensitivity,
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
    limits = {c: None if usable is None else sensitivity.limit(usable, c) for c in CLASSES}
    state, reason, note = _assess(locus, depths, limits, sensitivity, held, purity, failed_qc, coverage_known)
    if state is State.NOT_COVERED:
        usable, limits = None, dict.fromkeys(CLASSES)
    elif findings:
        if state is State.NOT_ASSESSABLE:
            note = f"beside the finding not assessable: {note}" if note else "beside the finding not assessable"
        state, reason = State.DETECTED, ""
    names = tuple(map(finding_words, findings))
    by_class = (limits["snv"], limits["mnv"], limits["indel"])
    return LocusAnswer(locus.locus_id, locus.gene, locus.type, state, reason, usable, *by_class, names, note)


def finding_words(finding: Finding) -> str:
    """A finding as the answer of its locus names it: ``p.Val600Glu (68.0 %)``."""
    name = finding.hgvsp or finding.hgvsc
    return name if finding.vaf is None else f"{name} ({100 * finding.vaf:.1f} %)"


def _assess(
    locus: Locus,
    depths: Depths | None,
    limits: Mapping[str, float | None],
    sensitivity: Sensitivity,
    held: Sequence[Candidate],
    purity: float | None,
    failed_qc: str,
    coverage_known: bool,
) -> tuple[State, str, str]:
    """State, reason and note of a locus as if nothing had been found there."""
    withheld = [c for c in held if c.fate == "germline_no_consent"]
    below = [c for c in held if c not in withheld and below_threshold(c, sensitivity.thresholds)]
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
    short = sensitivity.unseen(depths.usable, locus.type) if depths else CLASSES[0]
    if short:
        enough_raw = depths is not None and not sensitivity.unseen(depths.raw, locus.type)
        limit = limits[short]
        said = "no limit can be claimed" if limit is None else f"only {percent_up(limit)} could have been seen"
        note = f"{said}{_OF_CLASS[short]}; the panel claims {100 * sensitivity.claimed(short):g} %"
        return State.NOT_ASSESSABLE, "quality" if enough_raw else "depth", note
    worst = max(limits[c] or 1.0 for c in asked_at(locus.type))
    if purity is not None and purity / 2 < worst:
        share = f"a heterozygous change at a purity of {100 * purity:g} % has a fraction of {percent(purity / 2)}"
        return State.NOT_ASSESSABLE, "purity", share
    notes = [f"{_name(c)} seen in {c.alt_depth} of {c.depth} fragments, below threshold" for c in below if c.alt_depth]
    return State.NOT_DETECTED, "", "; ".join([*notes, *(["purity unknown"] if purity is None else [])])


_OF_CLASS = {"snv": "", "mnv": " of changes of neighbouring bases", "indel": " of insertions and deletions"}


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
    sensitivity: Sensitivity,
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
            sensitivity,
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
