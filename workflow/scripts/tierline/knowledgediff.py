"""What two states of the knowledge differ in, and which finished reports the newer one would change.

Pure: facts and cases in, rows out. A case is tiered again by the engine in use, once with each state; only what differs
between the two is a change of the knowledge. Where the older state does not give what the case file says, the file was
made with other knowledge or by another engine: the row then says what the report has.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from Bio.Seq import Seq

from tierline.alleles import classify
from tierline.case import Case, change, engine_tier, series, supports
from tierline.hgvs import parse_coding
from tierline.interpret import as_variant, states_under_present_symbols, under_present_symbols
from tierline.knowledge import HotspotIndel, HotspotResidue
from tierline.laboratory import states_of, variants_of
from tierline.oncogenicity import with_oncogenicity, with_recurrent_indel
from tierline.oncotree import OncoTree
from tierline.records import Candidate, Evidence, EvidenceMatch, Finding, State, TierResult, Variant, VariantClass
from tierline.tiers import EvidenceIndex, tier_variant

COMPARED = (  # what a tier can depend on, beside the level
    "gene", "alteration", "tumor_types", "except_types", "axis", "effect", "therapy", "jurisdictions", "withdrawn_on",
    "supports",
)  # fmt: skip
CAME, WENT, LEVEL, CHANGED = "came", "went", "level", "changed"
FROM_POPULATION = "BENIGN-AF"  # a Tier IV that no evidence changes


@dataclass(frozen=True, slots=True)
class FactChange:
    """One fact that differs between two states of the knowledge."""

    change: str  # came | went | level | changed
    source: str  # name of the loader
    id: str  # of the fact
    gene: str  # HGNC symbol
    alteration: str  # as the newer state has it, else the older
    tumor_types: tuple[str, ...]  # the same
    axis: str  # the same
    therapy: str  # the same; "" for diagnostic and prognostic facts
    level_from: str  # "" where it came
    level_to: str  # "" where it went
    what: str  # what else differs: "therapy: a -> b"


@dataclass(frozen=True, slots=True)
class CaseChange:
    """One finding of a finished report that the newer knowledge would tier or treat otherwise."""

    sample: str  # tumour
    panel: str  # panel of the report
    gene: str  # HGNC symbol
    variant: str  # protein change, else coding change
    tumor_type: str  # OncoTree code of the case
    reported: str  # what the report says, where the older knowledge does not give it: "II C"; else ""
    tier_from: str  # by the older knowledge: tier and level, "II C"
    tier_to: str  # by the newer knowledge
    why: str  # the facts that made the difference


# --------------------------------------------------------------------------- facts


def fact_changes(old: Iterable[Evidence], new: Iterable[Evidence]) -> list[FactChange]:
    """Every fact that came, went, changed its level or anything else that a tier can depend on; by gene, then id."""
    before, after = ({(fact.knowledge, fact.id): fact for fact in facts} for facts in (old, new))
    rows = []
    for key in {**before, **after}:
        was, now = before.get(key), after.get(key)
        if was is None or now is None:
            fact = now or was
            assert fact is not None
            rows.append(_row(CAME if was is None else WENT, fact, was.level if was else "", now.level if now else "", ""))
        elif what := differences(was, now):
            rows.append(_row(LEVEL if was.level != now.level else CHANGED, now, was.level, now.level, what))
        elif was.level != now.level:
            rows.append(_row(LEVEL, now, was.level, now.level, ""))
    return sorted(rows, key=lambda row: (row.gene, row.source, row.id))


def differences(was: Evidence, now: Evidence) -> str:
    """``therapy: a -> b; tumor_types: X -> Y``: what differs beside the level; "" for nothing."""
    pairs = ((name, _text(getattr(was, name)), _text(getattr(now, name))) for name in COMPARED)
    return "; ".join(f"{name}: {old or 'none'} -> {new or 'none'}" for name, old, new in pairs if old != new)


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _row(kind: str, fact: Evidence, level_from: str, level_to: str, what: str) -> FactChange:
    where = (fact.knowledge, fact.id, fact.gene, fact.alteration, fact.tumor_types, str(fact.axis), fact.therapy)
    return FactChange(kind, *where, level_from, level_to, what)


def summary(changes: Iterable[FactChange]) -> str:
    """``12 facts came, 3 went, 1 changed level, 0 changed otherwise.``"""
    of = Counter(row.change for row in changes)
    return f"{of[CAME]} facts came, {of[WENT]} went, {of[LEVEL]} changed level, {of[CHANGED]} changed otherwise."


# --------------------------------------------------------------------------- cases


@dataclass(frozen=True, slots=True)
class Side:
    """One state of the knowledge, ready to tier with."""

    index: EvidenceIndex
    tree: OncoTree
    roles: Mapping[str, str]  # role by gene
    hotspots: Mapping[tuple[str, int], HotspotResidue]
    aliases: Mapping[str, str]  # present symbols of genes by their other names in small letters
    indels: Mapping[str, tuple[HotspotIndel, ...]]  # regions of recurrent in-frame indels by gene, under every symbol


def case_changes(
    case: Case, old: Side, new: Side, changes: Iterable[FactChange], protein_lengths: Mapping[str, int]
) -> list[CaseChange]:
    """The findings of ``case`` whose tier, level, or therapies and other claims with their levels would differ.

    ``protein_lengths``: amino acids by gene, as far as known.
    """
    happened = {row.id: row for row in changes}
    before, after = (_tiered(case, side, protein_lengths) for side in (old, new))
    rows = []
    for item, was, now in zip((*case.findings, *case.withheld), before, after, strict=True):
        if item.finding.rule == FROM_POPULATION or _claims(was) == _claims(now):
            continue
        reported = _tier(item.finding)
        rows.append(
            CaseChange(
                sample=case.sample.sample,
                panel=case.panel.id,
                gene=item.finding.gene,
                variant=change(item.finding),
                tumor_type=case.tumor_type.code,
                reported="" if reported == _tier(was) else reported,
                tier_from=_tier(was),
                tier_to=_tier(now),
                why=_why(was, now, happened),
            )
        )
    return rows


def _tier(result: TierResult | Finding) -> str:
    tier = engine_tier(result) if isinstance(result, Finding) else result.tier
    return f"{tier} {result.level}".strip()


def _claims(result: TierResult) -> tuple[str, frozenset[tuple[str, str, str]]]:
    return _tier(result), frozenset((str(s.axis), s.subject, s.level) for s in supports(result.trace))


def _why(was: TierResult, now: TierResult, happened: Mapping[str, FactChange]) -> str:
    """The facts that carry one result and not the other, or at another level; the strongest first."""
    before, after = ({m.evidence.id: m for m in result.trace if m.level_used} for result in (was, now))
    said = []
    for name in {**after, **before}:
        old, new = before.get(name), after.get(name)
        if (old and old.level_used) != (new and new.level_used):
            match = new or old
            assert match is not None
            said.append((match.level_used, name, _said(match, old, new, happened.get(name))))
    return series([words for _, _, words in sorted(said)], most=4) if said else f"{now.reason}"


def _said(match: EvidenceMatch, old: EvidenceMatch | None, new: EvidenceMatch | None, row: FactChange | None) -> str:
    """``EID1 came (A sensitivity vemurafenib)``; a fact that itself is the same holds, or no longer holds, for it."""
    if row is None or row.change == CHANGED:
        verb = "now holds" if old is None else "no longer holds" if new is None else "counts otherwise"
        verb += f" ({row.what})" if row else ""
    else:
        verb = row.change if row.change in (CAME, WENT) else f"changed level {row.level_from} -> {row.level_to}"
    fact = match.evidence
    return f"{fact.id} {verb} ({match.level_used} {fact.axis} {fact.therapy or fact.effect})"


def _tiered(case: Case, side: Side, protein_lengths: Mapping[str, int]) -> list[TierResult]:
    named = (
        next(variant for _, variant in variants_of([item.statement]))
        if item.statement
        else _variant(item.finding, side, protein_lengths)
        for item in (*case.findings, *case.withheld)
    )
    variants = [under_present_symbols(variant, side.aliases) for variant in named]
    states = {**states_under_present_symbols(wild_type_states(case), side.aliases), **states_of(case.statements)}
    return [
        tier_variant(
            variant,
            case.sample.tumor_type,
            side.index,
            side.tree,
            side.roles.get(variant.gene, ""),
            roles=side.roles,
            co_variants=tuple(other for other in variants if other is not variant),
            locus_states=states,
        )
        for variant in variants
    ]


def wild_type_states(case: Case) -> dict[str, State]:
    """What the engine may take as wild type, from the answers of a finished case, as ``interpret`` does it.

    Where reads of a candidate that was held back were seen, or a finding stands on a locus that was not seen whole,
    nothing is proven.
    """
    shown = {i for c in case.held_candidates if c.fate == "technical" and (c.alt_depth or 0) >= 2 for i in c.locus_ids}
    states = {}
    for row in case.loci:
        unproven = (row.state is State.NOT_DETECTED and row.locus_id in shown) or (
            row.state is State.DETECTED and row.lod_vaf is None
        )
        states[row.locus_id] = State.NOT_ASSESSABLE if unproven else row.state
    return states


def _variant(finding: Finding, side: Side, protein_lengths: Mapping[str, int]) -> Variant:
    """What the engine sees of a finding: what ``interpret`` shows it, as far as the case file has it."""
    blank: dict[str, object] = dict.fromkeys((f.name for f in dataclasses.fields(Candidate)), None)
    shared = {f.name: getattr(finding, f.name) for f in dataclasses.fields(Finding) if f.name in blank}
    texts = {"why": "", "fate": "finding"}
    kind = classify(finding.ref, finding.alt)
    candidate = Candidate(**{**blank, **texts, **shared, "variant_class": kind, "technical": ()})
    strand = _strand(finding) if kind is VariantClass.MNV else ""
    plain = as_variant(candidate, side.hotspots, strand, protein_lengths.get(finding.gene))
    plain = with_recurrent_indel(plain, side.indels.get(finding.gene, ()))
    return with_oncogenicity(plain, finding.oncogenicity, finding.oncogenicity_points)  # as the report had it


def _strand(finding: Finding) -> str:
    """The strand of an MNV's gene, read off the bases that its coding change inserts; "" where both would fit."""
    try:
        inserted = parse_coding(finding.hgvsc).alt
    except ValueError:
        return ""
    reverse = str(Seq(finding.alt).reverse_complement())
    if finding.alt == reverse:
        return ""
    return {finding.alt: "+", reverse: "-"}.get(inserted, "")
