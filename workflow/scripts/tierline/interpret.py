"""From a ledger to a case: tiers, four answers, and everything that a report shows. Pure: records in, a Case out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from Bio.Seq import Seq

import tierline
from tierline import hgvs
from tierline.callability import Depths, answer_all, below_threshold, gene_coverage
from tierline.case import (
    SCHEMA,
    AssayInfo,
    CallerCounts,
    Case,
    CaseFinding,
    KnowledgeRelease,
    PanelInfo,
    ReferenceInfo,
    TumorType,
    conclusion,
    door_limits,
    panel_limits,
    ranked,
    resource_limits,
    standard_limits,
)
from tierline.casequality import held_back_by
from tierline.codingcoverage import CodingExon, coding_coverage
from tierline.knowledge import GeneRole, HotspotResidue, Knowledge, OncogenicityTables, current_symbol
from tierline.laboratory import how_stated, name_of, states_of, variants_of
from tierline.oncogenicity import assess, with_oncogenicity, with_recurrent_indel
from tierline.oncotree import OncoTree
from tierline.panels import Panel
from tierline.reasons import FAILED_QC
from tierline.records import (
    Call,
    Candidate,
    Finding,
    Locus,
    Oncogenicity,
    Sample,
    Source,
    State,
    Statement,
    TierResult,
    ToolVersion,
    TranscriptChoice,
    Variant,
    VariantClass,
    Verdict,
)
from tierline.sensitivity import Sensitivity
from tierline.tiers import index_evidence, tier_variant
from tierline.withholding import judge_results, withheld

AlleleKey = tuple[str, int, str, str]


def interpret(
    *,
    sample: Sample,
    normal: str,
    panel: Panel,
    assay: AssayInfo,
    reference: ReferenceInfo,
    choices: Mapping[str, TranscriptChoice],
    candidates: Sequence[Candidate],
    caller_counts: Mapping[AlleleKey, tuple[Call, ...]],
    loci: Sequence[Locus],
    depths: Mapping[str, Depths] | None,
    sensitivity: Sensitivity,
    verdicts: Sequence[Verdict],
    knowledge: Knowledge,
    roles: Mapping[str, GeneRole],
    hotspots: Mapping[tuple[str, int], HotspotResidue],
    oncogenicity: OncogenicityTables,
    aliases: Mapping[str, str],
    tree: OncoTree,
    tools: Sequence[ToolVersion],
    synthetic: bool,
    statements: Sequence[Statement] = (),
    coding: Iterable[tuple[Sequence[CodingExon], Sequence[Sequence[Depths | None]]]] = (),
    sources: Sequence[Source] = (),
) -> Case:
    """The case of one tumour under one panel.

    ``normal`` is "" in a tumour-only case; ``depths`` is None where no coverage is known; ``statements`` are those of the
    laboratory on this tumour; ``coding`` are each gene's coding exons and the depths of their bases; ``sources`` are the
    files that came from other pipelines.

    Panel, annotation and laboratory may call genes as they did in their day: the knowledge is asked by the present
    symbol, which ``aliases`` give by the other one in small letters. The case keeps their words.

    What a failed sample may not say is withheld here: findings, answers of loci, and what could be seen of the coding
    sequence. ``ledger_counts`` stay those of the ledger, which says what the reads show.
    """
    fates: dict[str, int] = {}
    for candidate in candidates:
        fates[candidate.fate] = fates.get(candidate.fate, 0) + 1
    held_back = held_back_by(candidates)
    forbidden = withheld(verdicts, sample.sample)
    if "findings" in forbidden:
        candidates = [_held_by_quality(candidate, forbidden["findings"]) for candidate in candidates]
    failed_qc = forbidden.get("hotspot_negatives", "")
    passed = [c for c in candidates if c.fate == "finding"]
    strands = {locus.gene: locus.strand for locus in loci}
    lengths = {gene: choice.protein_length or None for gene, choice in choices.items()}
    named = [as_variant(c, hotspots, strands.get(c.gene, ""), lengths.get(c.gene)) for c in passed]
    plain = [under_present_symbols(variant, aliases) for variant in named]
    plain = [with_recurrent_indel(variant, oncogenicity.indels(variant.gene)) for variant in plain]
    assessed = [assess(variant, oncogenicity, sample.tumor_type) for variant in plain]
    shown = zip(plain, assessed, strict=True)
    variants = [with_oncogenicity(variant, of.classification, of.points) for variant, of in shown]
    mode = "tumor-normal" if normal else "tumor-only"
    measured = wild_type_states(loci, depths, sensitivity, passed, candidates, sample.purity, failed_qc)
    states = {**states_under_present_symbols(measured, aliases), **states_of(statements)}
    evidence = index_evidence(knowledge.evidence)
    role_of = {gene: row.role for gene, row in roles.items()}
    stated = list(variants_of(statements))
    present = [under_present_symbols(variant, aliases) for _, variant in stated]
    in_case = [*variants, *present]

    def tiered(variant: Variant, named: Variant) -> TierResult:
        result = tier_variant(
            variant,
            sample.tumor_type,
            evidence,
            tree,
            role_of.get(variant.gene, ""),
            roles=role_of,
            co_variants=tuple(v for v in in_case if v is not variant),
            locus_states=states,
        )
        symbols = ((named.gene, variant.gene), (named.fusion_partner, variant.fusion_partner))
        notes = "; ".join(f"{other} is {symbol}" for other, symbol in symbols if other != symbol)
        return dataclasses.replace(result, reason=f"{result.reason} Note: {notes}.") if notes else result

    def source_of_role(gene: str) -> str:
        if gene in roles:
            return roles[gene].source
        return oncogenicity.genes[gene].role_source if gene in oncogenicity.genes else ""

    found = []
    for candidate, as_named, variant, of_variant in zip(passed, named, variants, assessed, strict=True):
        result = tiered(variant, as_named)
        calls = caller_counts.get((candidate.chrom, candidate.pos1, candidate.ref, candidate.alt), ())
        found.append(
            CaseFinding(
                finding=_finding(candidate, result, of_variant),
                trace=result.trace,
                caller_counts=tuple(CallerCounts(c.caller, c.depth, c.alt_depth, c.filters) for c in calls),
                gene_role=role_of.get(variant.gene, "").replace("_", " "),
                oncogenicity=of_variant,
                gene_role_source=source_of_role(variant.gene),
            )
        )
    answers = answer_all(
        loci, depths, sensitivity,
        findings=[item.finding for item in ranked(found)],
        candidates=candidates,
        purity=sample.purity,
        failed_qc=failed_qc,
    )  # fmt: skip
    for (statement, as_named), variant in zip(stated, present, strict=True):
        result = tiered(variant, as_named)
        role = role_of.get(variant.gene, "").replace("_", " ")
        source = source_of_role(variant.gene)
        found.append(
            CaseFinding(_stated(statement, result), result.trace, (), role, statement=statement, gene_role_source=source)
        )
    found = ranked(found)
    name = tree.name(sample.tumor_type)
    genes = [gene.gene for gene in panel.genes]
    seen = [
        coding_coverage(exons, bases, sensitivity, failed_qc="coding_negatives" in forbidden) for exons, bases in coding
    ]
    return Case(
        schema=SCHEMA,
        tierline_version=tierline.__version__,
        synthetic=synthetic,
        status="DRAFT",
        sample=sample,
        normal=normal,
        mode=mode,  # type: ignore[arg-type]
        tumor_type=TumorType(sample.tumor_type, name, tree.ancestors(sample.tumor_type)),
        assay=assay,
        panel=_panel_info(panel),
        reference=reference,
        knowledge=tuple(_release(row) for row in knowledge.releases),
        conclusion=conclusion(
            found,
            answers,
            genes=genes,
            tumor_name=name,
            mode=mode,
            purity=sample.purity,
            verdicts=verdicts,
            statements=statements,
        ),
        findings=tuple(found),
        loci=tuple(answers),
        genes=tuple(gene_coverage(genes, answers)),
        verdicts=tuple(verdicts),
        ledger_counts=fates,
        held_candidates=tuple(c for c in candidates if worth_showing(c, panel)),
        tools=tuple(tools),
        limits=(
            *door_limits(sources),
            *resource_limits(reference.lacks, mode),
            *standard_limits(mode, sample.material, sample.purity, assay.chemistry),
            sensitivity.in_words(),
            *panel_limits(_panel_info(panel)),
        ),
        statements=tuple(statements),
        coding=tuple(row for row, _ in seen),
        holes=tuple(hole for _, holes in seen for hole in holes),
        reason_counts=held_back,
        results=judge_results(verdicts, sample.sample, panel.id, coverage_known=depths is not None),
        sources=tuple(sources),
    )


def under_present_symbols(variant: Variant, aliases: Mapping[str, str]) -> Variant:
    """The variant with its gene and its fusion partner as the knowledge names them."""
    gene, partner = current_symbol(variant.gene, aliases), current_symbol(variant.fusion_partner, aliases)
    return dataclasses.replace(variant, gene=gene, fusion_partner=partner)


def states_under_present_symbols(states: Mapping[str, State], aliases: Mapping[str, str]) -> dict[str, State]:
    """The answers by locus id, their genes as the knowledge names them."""
    parts = ((locus_id.partition(":"), state) for locus_id, state in states.items())
    return {f"{current_symbol(gene, aliases)}:{place}": state for (gene, _, place), state in parts}


def _held_by_quality(candidate: Candidate, metrics: str) -> Candidate:
    """A candidate of a sample of which nothing may be reported: what would be a finding is held back."""
    if candidate.fate != "finding":
        return candidate
    why = f"the sample failed quality control: {metrics}"
    return dataclasses.replace(candidate, technical=(FAILED_QC,), fate="technical", why=why)


def wild_type_states(
    loci: Sequence[Locus],
    depths: Mapping[str, Depths] | None,
    sensitivity: Sensitivity,
    passed: Sequence[Candidate],
    candidates: Sequence[Candidate],
    purity: float | None,
    failed_qc: str,
) -> dict[str, State]:
    """What the engine may take as wild type: a locus that was seen whole, and shows nothing, not even below threshold.

    A finding does not make up for bases that were not seen: such a locus stays not assessable here.
    """
    shown = {i for c in candidates if c.fate == "technical" and (c.alt_depth or 0) >= 2 for i in c.locus_ids}
    found = {i for c in passed for i in c.locus_ids}
    answers = answer_all(loci, depths, sensitivity, findings=(), candidates=candidates, purity=purity, failed_qc=failed_qc)
    states = {}
    for row in answers:
        state = row.state
        if state is State.NOT_DETECTED and row.locus_id in shown:
            state = State.NOT_ASSESSABLE
        elif state is State.NOT_DETECTED and row.locus_id in found:
            state = State.DETECTED
        states[row.locus_id] = state
    return states


def worth_showing(candidate: Candidate, panel: Panel) -> bool:
    """Held-back candidates that a reader should see: enough reads for a finding, or at a hotspot with two or more."""
    if candidate.fate != "technical":
        return False
    reads = candidate.alt_depth or 0
    enough = not below_threshold(candidate, panel.thresholds) and "low_depth" not in candidate.technical
    return enough or (bool(candidate.locus_ids) and reads >= 2)


def as_variant(
    candidate: Candidate,
    hotspots: Mapping[tuple[str, int], HotspotResidue],
    strand: str,
    protein_length: int | None,
) -> Variant:
    """What the tier engine sees of a candidate.

    ``strand`` of its gene is + or -, "" where it is not known; ``protein_length`` in amino acids, None: not known.
    """
    rank, _, count = candidate.exon.partition("/")
    return Variant(
        gene=candidate.gene,
        hgvsc=candidate.hgvsc,
        hgvsp=candidate.hgvsp,
        consequence=candidate.consequence,
        exon=int(rank) if rank.isdigit() else None,
        exon_count=int(count) if count.isdigit() else None,
        protein_length=protein_length,
        parts=_coding_parts(candidate, strand),
        is_hotspot=is_recurrent(candidate, hotspots),
        vaf=candidate.vaf,
        population_af=candidate.population_af,
        population_group=candidate.population_group,
        population_an=candidate.population_an,
        clinvar=candidate.clinvar,
        clinvar_oncogenicity=candidate.clinvar_oncogenicity,
        labels=candidate.labels,
    )


def is_recurrent(candidate: Candidate, hotspots: Mapping[tuple[str, int], HotspotResidue]) -> bool:
    """True for a missense change to an amino acid that recurs at a statistically significant residue."""
    try:
        change = hgvs.parse_protein(candidate.hgvsp)
    except ValueError:
        return False
    row = hotspots.get((candidate.gene, change.start))
    if row is None or change.kind != "missense":
        return False
    reference, variant = change.short[0], change.short[-1]
    return row.reference == reference and variant in row.counts


def _coding_parts(candidate: Candidate, strand: str) -> tuple[str, ...]:
    """The single coding changes inside an MNV; () where the gene's strand is not known or it is no coding change."""
    if candidate.variant_class is not VariantClass.MNV or not candidate.hgvsc or not strand:
        return ()
    ref = candidate.ref if strand == "+" else str(Seq(candidate.ref).reverse_complement())
    try:
        return hgvs.parts_of_coding(candidate.hgvsc, ref)
    except ValueError:
        return ()


def _finding(candidate: Candidate, result: TierResult, of_variant: Oncogenicity) -> Finding:
    shared = {f.name for f in dataclasses.fields(Finding)} & {f.name for f in dataclasses.fields(Candidate)}
    values: dict[str, Any] = {name: getattr(candidate, name) for name in shared}
    own = (label for label in result.labels if label != of_variant.classification)  # it has a column of its own
    values["labels"] = tuple(dict.fromkeys((*candidate.labels, *own)))
    values |= {"oncogenicity": of_variant.classification, "oncogenicity_points": of_variant.points}
    names = ("tier", "level", "axis", "rule", "match", "evidence", "therapies", "reason")
    return Finding(**values, **{name: getattr(result, name) for name in names})


def _stated(statement: Statement, result: TierResult) -> Finding:
    """The row of a statement: what was found stands in ``stated``; it has no place, no reads and no loci."""
    needed = [field for field in dataclasses.fields(Finding) if field.default is dataclasses.MISSING]
    blank: dict[str, Any] = {f.name: () if str(f.type).startswith("tuple") else "" for f in needed}
    none = {f.name: None for f in needed if str(f.type).endswith("None")}
    names = ("tier", "level", "axis", "rule", "match", "evidence", "therapies", "labels", "reason")
    told = {"pos1": 0, "gene": statement.gene, "stated": f"{name_of(statement)}: {how_stated(statement)}"}
    return Finding(**{**blank, **none, **told, **{name: getattr(result, name) for name in names}})


def _panel_info(panel: Panel) -> PanelInfo:
    return PanelInfo(
        id=panel.id,
        version=panel.version,
        title=panel.title,
        intended_use=panel.intended_use,
        digest=panel.digest,
        genes=tuple(gene.gene for gene in panel.genes),
        thresholds=dataclasses.asdict(panel.thresholds),
        claims=panel.claims,
        every_gene=panel.every_gene,
    )


def _release(row: Mapping[str, str]) -> KnowledgeRelease:
    return KnowledgeRelease(row["name"], row["release"], row["date"], row["licence"], int(row["items"]))
