"""The fate of every candidate: reasons only mark, nothing is dropped.

*Technical* reasons keep a candidate out of the findings; *biological* labels travel with it to the report. Both are
codes; ``reasons.py`` holds what each means. Pure functions over records.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from tierline import hgvs
from tierline.alleles import classify
from tierline.annotation import base_id
from tierline.assays import Target
from tierline.callers import artefacts, objections
from tierline.panels import Panel
from tierline.reasons import LABELS, TECHNICAL
from tierline.records import AnnotatedCall, Call, Candidate, Effect, Locus, ReadCounts, TranscriptChoice, VariantClass
from tierline.tables import read_rows

SKIPPED_EXONS = frozenset({"MET:s.e14"})
"""Splice loci where any change that makes the exon be skipped is asked for, not that of the two edge bases only."""
ACCEPTOR_REACH, DONOR_REACH = 30, 6  # intronic bases; on the exon's side its last base counts as well

LIKELY_GERMLINE_AF, COMMON_AF = 0.001, 0.01
GERMLINE_VAF = 0.2  # least fraction in the normal of a heterozygous germline variant
STRAND_BIAS_P, STRAND_BIAS_SHARE = 1e-3, 0.95


@dataclass(frozen=True, slots=True)
class Consequence:
    """One row of ``resources/knowledge/consequences.tsv``."""

    term: str  # Sequence Ontology
    reportable: bool  # whether a change with it can become a finding
    why: str  # the reason, in words


@dataclass(frozen=True, slots=True)
class HaematopoiesisGene:
    """One row of ``resources/knowledge/clonal_haematopoiesis.tsv``."""

    gene: str
    source: str


@dataclass(frozen=True)
class Context:
    """What the fate of a case's candidates depends on, beside their own rows."""

    panel: Panel
    loci: Sequence[Locus]
    transcripts: Mapping[str, TranscriptChoice]
    silent: frozenset[str]  # Sequence Ontology terms that are not reportable; one that is not known is
    haematopoiesis: frozenset[str]  # genes of clonal haematopoiesis
    paired: bool
    germline_consent: bool
    amplicon: bool
    regions: Sequence[Target] = ()  # to which genes of scope "regions" are limited, merged, 0-based half-open
    cancer_genes: frozenset[str] | None = None  # the only genes with findings; None: all that the panel asks

    @cached_property
    def scopes(self) -> dict[str, str]:
        """The scope of each gene of the panel."""
        return {gene.gene: gene.scope for gene in self.panel.genes}

    @cached_property
    def regions_of(self) -> dict[str, list[tuple[int, int]]]:
        """The regions by contig, ascending."""
        found: dict[str, list[tuple[int, int]]] = {}
        for chrom, start0, end0 in sorted(self.regions):
            found.setdefault(chrom, []).append((start0, end0))
        return found

    @cached_property
    def gene_of(self) -> dict[str, str]:
        """The gene of each reported transcript, by its ids without version."""
        return {base_id(i): c.gene for c in self.transcripts.values() for i in (c.refseq, c.transcript) if i}


def silent_terms(path: str | Path) -> frozenset[str]:
    """The Sequence Ontology terms that ``consequences.tsv`` calls not reportable."""
    return frozenset(row.term for row in read_rows(path, Consequence) if not row.reportable)


def haematopoiesis_genes(path: str | Path) -> frozenset[str]:
    """The genes of ``clonal_haematopoiesis.tsv``."""
    return frozenset(row.gene for row in read_rows(path, HaematopoiesisGene))


def strand_bias(counts: ReadCounts) -> bool:
    """True where at least 95 % of the alternate fragments lie on one strand and Fisher's exact test has p < 0.001.

    False where the strands are not known.
    """
    forward, reverse = counts.alt_forward, counts.alt_reverse
    ref_forward, ref_reverse = counts.ref_forward, counts.ref_reverse
    if forward is None or reverse is None or ref_forward is None or ref_reverse is None or not forward + reverse:
        return False
    share = max(forward, reverse) / (forward + reverse)
    p = fisher_exact(forward, reverse, ref_forward, ref_reverse)
    return share >= STRAND_BIAS_SHARE and p < STRAND_BIAS_P


def fisher_exact(a: int, b: int, c: int, d: int) -> float:
    """Two-sided p of Fisher's exact test on [[a, b], [c, d]]: the tables that are no more likely than this one."""

    def log_choose(n: int, k: int) -> float:
        return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)

    row, column, total = a + b, a + c, a + b + c + d
    base = log_choose(total, column)

    def log_p(x: int) -> float:
        return log_choose(row, x) + log_choose(total - row, column - x) - base

    here = log_p(a)
    tables = range(max(0, column - (total - row)), min(row, column) + 1)
    return min(1.0, math.fsum(math.exp(p) for p in map(log_p, tables) if p <= here + 1e-7))


def passing(call: AnnotatedCall) -> tuple[str, ...]:
    """Names of the callers that have nothing against the allele; in a VCF that was brought only PASS is a pass."""
    return tuple(c.caller for c in call.calls if not _against(call, c))


def _against(call: AnnotatedCall, of: Call) -> tuple[str, ...]:
    """The filters for which one of an allele's callers does not pass it."""
    return objections(of) if call.counts_from == "recount" else of.filters


def in_normal(normal: ReadCounts | None, context: Context) -> bool:
    """True where the normal shows the allele beyond what the panel forgives."""
    limits = context.panel.thresholds
    return (
        normal is not None and normal.alt_depth > limits.max_normal_alt_reads and (normal.vaf or 0) > limits.max_normal_vaf
    )


def technical_reasons(call: AnnotatedCall, context: Context) -> tuple[str, ...]:
    """Codes of ``TECHNICAL`` that hold, in that order."""
    limits, tumor, normal = context.panel.thresholds, call.tumor, call.normal
    found = []
    if tumor is None:
        found.append("no_counts")
    else:
        if tumor.depth < limits.min_depth:
            found.append("low_depth")
        if tumor.alt_depth < limits.min_alt_reads:
            found.append("low_alt_reads")
        if (tumor.vaf or 0.0) < limits.min_vaf:
            found.append("low_vaf")
        if not context.amplicon and strand_bias(tumor):
            found.append("strand_bias")
    if in_normal(normal, context):
        found.append("in_normal")
    artefact = [f"{c.caller}_{name}" for c in call.calls for name in artefacts(c)]
    if artefact:
        found.append("artefact:" + ",".join(artefact))
    elif not passing(call):
        found.append("not_passed:" + ",".join(f"{c.caller}_{name}" for c in call.calls for name in _against(call, c)))
    return tuple(found)


def labels(call: AnnotatedCall, effect: Effect, context: Context) -> tuple[str, ...]:
    """Codes of ``LABELS`` that hold, in that order."""
    limits, normal = context.panel.thresholds, call.normal
    frequency = call.population_af or 0.0
    by_model = any("germline" in c.filters for c in call.calls)
    clinvar = call.clinvar.split("|")[0].lower()
    indel = classify(call.ref, call.alt) is VariantClass.INDEL
    claimed = limits.claimed_lod_indel if indel else limits.claimed_lod_snv
    silent_normal = context.paired and normal is None and call.counts_from != "recount"  # a VCF without its counts
    shallow = silent_normal or (normal is not None and normal.depth < limits.min_normal_depth)
    unpaired = shallow or not context.paired  # nothing in this case tells somatic from inherited
    germline = in_normal(normal, context) and not shallow and normal is not None and (normal.vaf or 0) >= GERMLINE_VAF
    holds: dict[str, bool] = {
        "likely_germline": unpaired and (frequency >= LIKELY_GERMLINE_AF or by_model),
        "germline": germline,
        "common_in_population": frequency >= COMMON_AF,
        "benign_clinvar": clinvar.startswith(("benign", "likely_benign")),
        "clonal_haematopoiesis_gene": unpaired and effect.gene in context.haematopoiesis,
        "one_caller": len(passing(call)) == 1,
        "normal_not_assessable": shallow,
        "other_transcript": effect.gene in context.transcripts and not _chosen(effect, context),
        "annotator_differs": bool(effect.annotator),
        "unphased_neighbour": call.unphased,
        "near_limit": call.tumor is not None and (call.tumor.vaf or 0) < claimed,
    }
    return tuple(name for name in LABELS if holds[name])


def touched(call: AnnotatedCall, loci: Sequence[Locus]) -> tuple[str, ...]:
    """Ids of the loci whose bases the allele changes; an insertion touches those of both bases beside it."""
    start0 = call.pos1 - 1
    shared = 0  # bases that REF and ALT have in common at the start: the anchor of an indel
    if classify(call.ref, call.alt) is VariantClass.INDEL and call.ref[:1] == call.alt[:1]:
        shared = 1
    first, last = start0 + shared, start0 + len(call.ref)
    if first == last:  # pure insertion, between the anchor and the next base
        first, last = start0, start0 + 2
    return tuple(
        locus.locus_id
        for locus in loci
        if locus.chrom == call.chrom and any(first < end0 and start < last for start, end0 in _reach(locus))
    )


def _reach(locus: Locus) -> tuple[tuple[int, int], ...]:
    """The bases in which a change bears on a locus: its own; at a skipped exon's splice sites those around, too."""
    if locus.locus_id not in SKIPPED_EXONS or len(locus.intervals) != 2:
        return locus.intervals
    (first0, _), (_, last0) = locus.intervals  # two bases before the exon, two behind it
    before, behind = ACCEPTOR_REACH, DONOR_REACH
    if locus.strand == "-":
        return ((first0 + 2 - behind, first0 + 3), (last0 - 2, last0 - 2 + before))
    return ((first0 + 2 - before, first0 + 2), (last0 - 3, last0 - 2 + behind))


def named_codons(effect: Effect, loci: Sequence[Locus]) -> tuple[str, ...]:
    """Ids of the codon loci that the protein change names: by the 3' rule it may lie beyond the left-aligned allele."""
    try:
        change = hgvs.parse_protein(effect.hgvsp)
    except ValueError:
        return ()
    named = {f"{effect.gene}:p.{codon}" for codon in range(change.start, change.end + 1)} if change.start else set()
    return tuple(locus.locus_id for locus in loci if locus.locus_id in named)


def _chosen(effect: Effect, context: Context) -> bool:
    """True where the effect is on the transcript in which its gene is reported, by its Ensembl or RefSeq id."""
    choice = context.transcripts.get(effect.gene)
    return choice is not None and base_id(effect.transcript) in {base_id(choice.transcript), base_id(choice.refseq)}


def choose_effect(call: AnnotatedCall, context: Context, touched_genes: Sequence[str]) -> Effect | None:
    """The effect to report: on the reported transcript of a panel gene, one whose locus is touched first, worst first.

    A reported transcript says which gene it is, whatever the annotation calls that gene.
    """
    effects = [replace(e, gene=context.gene_of.get(base_id(e.transcript), e.gene)) for e in call.effects]

    def rank(item: tuple[int, Effect]) -> tuple[bool, bool, bool, bool, int]:
        order, effect = item
        silent = set(effect.consequence.split("&")) <= context.silent
        return (
            effect.gene not in context.scopes,
            effect.gene not in touched_genes,
            not _chosen(effect, context),
            silent,
            order,
        )

    ranked = sorted(enumerate(effects), key=rank)
    return ranked[0][1] if ranked else None


def judge(call: AnnotatedCall, context: Context) -> Candidate:
    """The ledger row of one annotated call: gene, reasons, labels, fate."""
    locus_ids = touched(call, context.loci)
    touched_genes = [locus_id.split(":")[0] for locus_id in locus_ids]
    effect = choose_effect(call, context, touched_genes) or Effect("", "", "", "", "", "")
    technical = technical_reasons(call, context)
    if touched_genes and effect.gene not in touched_genes:
        effect = Effect(touched_genes[0], "", effect.consequence, "", "", "")
        technical = (*technical, "not_annotated")
    locus_ids = tuple(dict.fromkeys((*locus_ids, *named_codons(effect, context.loci))))
    marks = labels(call, effect, context)
    fate, why = _fate(call, effect, locus_ids, technical, marks, context)
    most = max(call.calls, key=lambda c: c.alt_depth or 0)
    tumor = call.tumor
    return Candidate(
        chrom=call.chrom,
        pos1=call.pos1,
        ref=call.ref,
        alt=call.alt,
        variant_class=classify(call.ref, call.alt),
        gene=effect.gene,
        transcript=effect.transcript,
        hgvsc=effect.hgvsc,
        hgvsp=effect.hgvsp,
        consequence=effect.consequence,
        exon=effect.exon,
        locus_ids=locus_ids,
        callers=passing(call),
        depth=tumor.depth if tumor else None,
        alt_depth=tumor.alt_depth if tumor else None,
        vaf=tumor.vaf if tumor else None,
        alt_forward=tumor.alt_forward if tumor else None,
        alt_reverse=tumor.alt_reverse if tumor else None,
        caller_depth=most.depth,
        caller_alt_depth=most.alt_depth,
        normal_depth=call.normal.depth if call.normal else None,
        normal_alt_depth=call.normal.alt_depth if call.normal else None,
        population_af=call.population_af,
        population_group=call.population_group,
        population_an=call.population_an,
        clinvar=call.clinvar,
        clinvar_oncogenicity=call.clinvar_oncogenicity,
        clinvar_impact=call.clinvar_impact,
        technical=technical,
        labels=marks,
        fate=fate,
        why=why,
        counts_from=call.counts_from,
    )


def _fate(
    call: AnnotatedCall,
    effect: Effect,
    locus_ids: Sequence[str],
    technical: Sequence[str],
    marks: Sequence[str],
    context: Context,
) -> tuple[str, str]:
    scope = context.scopes.get(effect.gene)
    if scope is None or (scope == "hotspots" and not locus_ids):
        return "outside_panel", f"{effect.gene or 'no gene'} is not asked by {context.panel.id}"
    if scope == "regions" and not locus_ids and not _in_regions(call, context):
        return "outside_panel", f"beside the regions of {effect.gene} that {context.panel.id} asks"
    terms = set(effect.consequence.split("&"))
    at_named_place = any(i.split(":")[1].startswith(("c.", "s.")) for i in locus_ids)
    at_splice_edge = {"synonymous_variant", "splice_region_variant"} <= terms
    if terms <= context.silent and not (at_named_place or at_splice_edge):
        return "not_reportable", f"{effect.consequence} is not reportable"
    if context.cancer_genes is not None and effect.gene not in context.cancer_genes:
        return "not_cancer_gene", f"{effect.gene} has no known role in cancer and no evidence"
    if "in_normal" in technical and not context.germline_consent:
        return "germline_no_consent", "in the normal: the sheet holds no consent to report it"
    if "germline" in marks and set(technical) == {"in_normal"}:
        return "finding", "germline, with consent"
    if technical:
        return "technical", "; ".join(_words(code) for code in technical)
    return "finding", "passed"


def _in_regions(call: AnnotatedCall, context: Context) -> bool:
    """Whether the allele's reference bases share one with a region of the panel."""
    regions = context.regions_of.get(call.chrom, [])
    first = bisect_right(regions, call.pos1 - 1, key=lambda region: region[1])  # the first that ends beyond its start
    return first < len(regions) and regions[first][0] < call.pos1 - 1 + len(call.ref)


def _words(code: str) -> str:
    name, _, detail = code.partition(":")
    return TECHNICAL[name] + (f": {detail}" if detail else "")
