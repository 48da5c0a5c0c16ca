"""What changed from one report of a case to the next, from -> to. Pure: two cases in, rows out.

A case is taken as a flat table of what it says (``_said``); two cases differ where their tables do. What follows from
something else that is compared (conclusion, limits in words, counts by gene, the digest of the content) has no row.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tierline.case import CallerCounts, Case, CaseFinding, change, percent, ranked, reason_words, technical_words
from tierline.curation import by_whom, is_held, place, words
from tierline.metrics import RESULTS
from tierline.records import Candidate, Curation, Finding, LocusAnswer
from tierline.tables import format_value
from tierline.withholding import JUDGEMENTS

TOPICS = {
    "status": "who signed, and what reviewers say of the case",
    "panel": "what was asked",
    "threshold": "a threshold of the panel",
    "knowledge": "a source of evidence",
    "call": "a finding came or went, or its reads, name or frequencies",
    "tier": "tier and level of a finding",
    "evidence": "what carries the tier",
    "review": "what a reviewer says of a finding",
    "answer": "the answer of a locus",
    "coverage": "what could be seen of a gene's coding sequence, and where it could not",
    "candidate": "a candidate held back, and the fates of all",
    "laboratory": "what the laboratory states",
    "quality": "a quality metric, and whether a result may be reported",
    "case": "the row of the samples sheet, tumour type, normal",
    "assay": "what was sequenced",
    "reference": "genome and annotation",
    "software": "Tierline and the tools",
}
"""What a row is about, in the order in which rows are told."""

FIELDS = {  # of a finding -> topic; tier and level are told together
    **dict.fromkeys(("gene", "transcript", "hgvsc", "hgvsp", "consequence", "exon", "locus_ids"), "call"),
    **dict.fromkeys(("vaf", "depth", "alt_depth", "alt_forward", "alt_reverse", "callers", "counts_from"), "call"),
    **dict.fromkeys(("normal_depth", "normal_alt_depth", "labels", "stated"), "call"),
    **dict.fromkeys(("population_af", "population_group", "population_an"), "call"),
    **dict.fromkeys(("clinvar", "clinvar_oncogenicity", "clinvar_impact"), "call"),
    **dict.fromkeys(("axis", "rule", "match", "evidence", "therapies", "reason"), "evidence"),
    **dict.fromkeys(("oncogenicity", "oncogenicity_points"), "evidence"),
}
PLACE = ("chrom", "pos1", "ref", "alt")  # what makes two findings the same
DETAILS = ", with other details"  # what a report shows is the same, but not all that stands behind it

Said = dict[tuple[str, str, str], Any]  # (topic, of what, which property) -> value


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two reports of a case. ``before`` and ``after`` are in words; "" means there was none."""

    topic: str  # a key of TOPICS
    of: str  # the finding, locus, source, tool; "" = the case
    what: str  # which property; "" = the whole
    before: str
    after: str


def changes(old: Case, new: Case) -> tuple[Change, ...]:
    """Everything that the report of ``new`` says otherwise than that of ``old``, by topic."""
    rows = [
        *_differences(_said(old), _said(new)),
        *_finding_changes(old, new),
        *(Change("answer", loci, "", *pair) for loci, *pair in _alike(_differences(_answers(old), _answers(new)))),
        *(Change("coverage", places, "", *pair) for places, *pair in _alike(_differences(_coding(old), _coding(new)))),
    ]
    order = list(TOPICS)
    return tuple(sorted(rows, key=lambda row: order.index(row.topic)))


def summary(rows: Iterable[Change]) -> str:
    """``panel 1, tier 2``: how many rows of which topic."""
    topics = [row.topic for row in rows]
    return ", ".join(f"{topic} {topics.count(topic)}" for topic in TOPICS if topic in topics)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a report shows of something, and all else that it says of it."""

    shown: str
    rest: tuple[Any, ...]


def _differences(before: Said, after: Said) -> Iterator[Change]:
    for topic, of, what in {**before, **after}:
        was, now = before.get((topic, of, what)), after.get((topic, of, what))
        if was == now:
            continue
        if isinstance(was, tuple) and isinstance(now, tuple) and set(was) != set(now):  # of two lists, what differs
            was, now = tuple(v for v in was if v not in now), tuple(v for v in now if v not in was)
        shown = _text(what, was), _text(what, now)
        yield Change(topic, of, what.replace("_", " "), shown[0], shown[1] + (DETAILS if shown[0] == shown[1] else ""))


def _text(what: str, value: Any) -> str:
    if isinstance(value, _Entry):
        return value.shown
    if isinstance(value, float) and (what.endswith(("vaf", "_af", "purity")) or "lod" in what):
        return percent(value)
    if isinstance(value, tuple):
        return ", ".join(map(format_value, value)) or "none"
    text = format_value(value)
    return f"{text[:12]}…" if re.fullmatch("[0-9a-f]{64}", text) else text


# --------------------------------------------------------------------------- the case but for findings and loci


def _said(case: Case) -> Said:
    """All that a case says beside its findings and loci."""
    said: Said = {
        ("status", "", "status"): case.status,
        ("status", "", "signatures"): tuple(map(_signature, case.signatures)),
        ("status", "", "comments"): tuple(f"{row.reviewer_value} ({by_whom(row)})" for row in case.comments),
        ("case", "", "normal"): case.normal,
        ("case", "", "mode"): case.mode,
        ("case", "", "synthetic"): case.synthetic,
        ("software", "Tierline", ""): case.tierline_version,
    }
    parts = (
        ("case", "", case.sample),
        ("case", "tumour type", case.tumor_type),
        ("assay", "", case.assay),
        ("panel", "", case.panel),
        ("reference", "", case.reference),
    )
    for topic, of, record in parts:
        said |= {(topic, of, name): value for name, value in _fields(record).items() if not isinstance(value, dict)}
    said |= {("threshold", "", name): value for name, value in case.panel.thresholds.items()}
    said |= {("reference", name, "SHA-256"): digest for name, digest in case.reference.sha256s.items()}
    said |= {("candidate", "", fate): count for fate, count in case.ledger_counts.items()}
    said |= {("quality", RESULTS.get(row.result, row.result), ""): JUDGEMENTS[row.verdict] for row in case.results}
    said |= {("candidate", "", f"held back: {reason}"): count for reason, count in case.reason_counts.items()}
    entries: list[tuple[str, str, str, Any]] = []
    for source in case.knowledge:
        release = " ".join(filter(None, (source.release, source.date)))
        entries.append(("knowledge", source.name, f"{release}, {source.items} items", source))
    for v in case.verdicts:
        value = "" if v.value is None else f", {_text(v.metric, v.value)} {v.unit}".rstrip()
        by = f", let pass by {v.override}" if v.override else ""
        entries.append(("quality", f"{v.sample} {v.metric.replace('_', ' ')}", v.verdict.replace("_", " ") + value + by, v))
    for given in case.sources:
        entries.append(("case", f"{given.role.replace('_', ' ')} from {given.file}", given.kind, given))
    for tool in case.tools:
        entries.append(("software", tool.tool, tool.version or tool.found, tool))
    for stated in case.statements:
        shown = f"{stated.value} {stated.unit}".strip() + f", {stated.method}, {stated.date}"
        entries.append(("laboratory", f"{stated.gene} {stated.alteration}", shown, stated))
    for c in case.held_candidates:
        of = f"{c.gene} {c.hgvsp or c.hgvsc} ({c.chrom}:{c.pos1} {c.ref}>{c.alt})"
        entries.append(("candidate", of, f"{_reads(c)}; {', '.join(map(technical_words, c.technical))}", c))
    return said | {(topic, of, ""): _Entry(shown, (record,)) for topic, of, shown, record in entries}


def _fields(record: Any) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}


def _signature(row: Curation) -> str:
    content = f" under {row.engine_value}" if row.engine_value else ""
    return f"{row.reviewer_value}{content} ({by_whom(row)})"


def _reads(row: Finding | Candidate) -> str:
    return f"{percent(row.vaf)}, {format_value(row.alt_depth) or '?'} of {format_value(row.depth) or '?'} fragments"


# --------------------------------------------------------------------------- findings


def _finding_changes(old: Case, new: Case) -> Iterator[Change]:
    """Finding by finding, in the order of the newer report; those that went come last."""
    before, after = _by_place(old), _by_place(new)
    for key in {**after, **before}:
        was, now = before.get(key), after.get(key)
        if was and now:
            name = _name(now.finding)
            yield from _differences(_of_finding(was, name), _of_finding(now, name))
            for facts, *pair in _alike(_differences(_facts(was), _facts(now))):
                yield Change("evidence", name, facts, *pair)
        else:
            finding = next(item.finding for item in (now, was) if item)
            yield Change("call", _name(finding), "", _outcome(was, old, finding), _outcome(now, new, finding))


def _by_place(case: Case) -> dict[str, CaseFinding]:
    return {_key(item.finding): item for item in (*ranked(case.findings), *ranked(case.withheld))}


def _key(finding: Finding) -> str:
    return f"{finding.gene} {change(finding)}" if finding.stated else place(finding)


def _name(finding: Finding) -> str:
    return f"{finding.gene} {change(finding)}"


def _of_finding(item: CaseFinding, of: str) -> Said:
    """What a report says of a finding that goes by the name ``of``."""
    finding = item.finding
    said: Said = {(topic, of, name): getattr(finding, name) for name, topic in FIELDS.items()}
    for counts in item.caller_counts:
        said["call", of, f"as {counts.caller} has it"] = _counts(counts)
    return said | {
        ("tier", of, ""): _tier(finding),
        ("evidence", of, "role of the gene"): item.gene_role,
        ("evidence", of, "source of the role"): item.gene_role_source,
        ("review", of, "reviews"): tuple(map(words, item.reviews)),
        ("review", of, "reported"): "no: held back" if is_held(item) else "yes",
        ("laboratory", of, "statement"): item.statement and _Entry(finding.stated, (item.statement,)),
    }


def _facts(item: CaseFinding) -> Said:
    """What each item of evidence and each criterion of oncogenicity is worth to a finding."""
    said: Said = {}
    for match in item.trace:
        weight = f"level {match.level_used}" if match.level_used else "supports nothing"
        said["evidence", match.evidence.id, ""] = _Entry(weight, (match,))
    for criterion in item.oncogenicity.criteria if item.oncogenicity else ():
        shown = f"{criterion.state.replace('_', ' ')}, {criterion.points} points"
        said["evidence", criterion.id, ""] = _Entry(shown, (criterion,))
    return said


def _tier(finding: Finding) -> str:
    own = f" (by the engine {finding.engine_tier})" if finding.engine_tier else ""
    return f"{finding.tier} {finding.level}".strip() + own


def _counts(counts: CallerCounts) -> str:
    passed = ", ".join(counts.filters) or "passed"
    return f"{format_value(counts.alt_depth) or '?'} of {format_value(counts.depth) or '?'}, {passed}"


def _outcome(item: CaseFinding | None, case: Case, finding: Finding) -> str:
    """What a report says of a finding that the other report may lack."""
    if item:
        seen = "stated by the laboratory" if item.finding.stated else _reads(item.finding)
        return f"Tier {_tier(item.finding)}, {seen}" + (", held back by the reviewer" if is_held(item) else "")
    if finding.stated:
        return "not stated"
    for row in case.held_candidates:
        if all(getattr(row, name) == getattr(finding, name) for name in PLACE):
            return f"held back: {', '.join(map(technical_words, row.technical))}"
    if finding.gene not in case.panel.genes:
        return "not asked by the panel"
    return "no finding (the ledger of that run has its fate)"


# --------------------------------------------------------------------------- loci


def _answers(case: Case) -> Said:
    """Of every locus its answer; findings and status stand elsewhere."""
    return {
        ("answer", row.locus_id, ""): _Entry(_answer(row), (dataclasses.replace(row, findings=(), status=""),))
        for row in case.loci
    }


def _answer(row: LocusAnswer) -> str:
    return str(row.state).replace("_", " ") + (f" ({reason_words(row.reason)})" if row.reason else "")


def _coding(case: Case) -> Said:
    """What could be seen of every gene, and each hole."""
    said: Said = {}
    for gene in case.coding:
        share = f"{gene.seen_at_claim} of {gene.coding_bases} coding bases seen at {percent(gene.claimed_vaf)}"
        said["coverage", gene.gene, ""] = _Entry(share, (gene,))
    for hole in case.holes:
        of = f"{hole.gene} exon {hole.exon} codons {hole.first_codon}-{hole.last_codon} ({hole.start1}-{hole.end1})"
        said["coverage", of, ""] = _Entry(f"not seen: {reason_words(hole.reason)}", (hole,))
    return said


def _alike(rows: Iterable[Change]) -> Iterator[tuple[str, str, str]]:
    """Things that changed alike, by their names; then from what to what: also those that show the same, but for details."""
    groups: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        groups.setdefault((row.before, row.after), []).append(row.of)
    for (was, now), names in groups.items():
        yield ", ".join(names) if len(names) <= 6 else f"{', '.join(names[:5])} and {len(names) - 5} more", was, now
