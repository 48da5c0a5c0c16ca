"""The fate of a candidate: every technical reason and every label by one case that has it and one that has not."""

from dataclasses import replace

import pytest
from tierline.filters import Context, fisher_exact, judge, silent_terms, strand_bias, touched
from tierline.panels import Panel, Thresholds
from tierline.paths import RESOURCES
from tierline.reasons import LABELS, TECHNICAL
from tierline.records import AnnotatedCall, Call, Effect, Locus, PanelGene, ReadCounts, TranscriptChoice

THRESHOLDS = Thresholds(
    **{
        **{name: 0 for name in Thresholds.__dataclass_fields__},
        **dict(min_vaf=0.02, min_alt_reads=5, min_depth=20, claimed_lod_snv=0.05, claimed_lod_mnv=0.05),
        **dict(claimed_lod_indel=0.05, min_normal_depth=10, max_normal_vaf=0.02, max_normal_alt_reads=1),
    }
)
PANEL = Panel(
    "p", "1.0", "", "", "", THRESHOLDS, ("snv",),
    (PanelGene("BRAF", "coding", "", "s"), PanelGene("TERT", "hotspots", "", "s"), PanelGene("TET2", "coding", "", "s")),
    (), "", "",
)  # fmt: skip
LOCI = (
    Locus("BRAF:p.600", "BRAF", "codon", "chr7", ((1000, 1003),), True, ""),
    Locus("TERT:c.-124", "TERT", "position", "chr5", ((500, 501),), True, ""),
)
CONTEXT = Context(
    panel=PANEL,
    loci=LOCI,
    transcripts={"BRAF": TranscriptChoice("BRAF", "T1.2", "", "none", 766, (), "s")},
    silent=silent_terms(RESOURCES / "knowledge" / "consequences.tsv"),
    haematopoiesis=frozenset({"TET2"}),
    paired=False,
    germline_consent=False,
    amplicon=False,
)
PAIRED = replace(CONTEXT, paired=True)
V600E = Effect("BRAF", "T1", "missense_variant", "c.1799T>A", "p.Val600Glu", "15/18")
GOOD = ReadCounts(400, 100, 52, 48, 150, 150)


def said(caller: str = "mutect2", *filters: str) -> Call:
    return Call(caller, "chr7", 1002, "A", "T", 390, 98, filters, None, None, "")


CALL = AnnotatedCall("chr7", 1002, "A", "T", (said("freebayes"), said()), (), GOOD, None, (V600E,), None, "", None, "")


def test_a_good_candidate_is_a_finding_and_touches_its_locus() -> None:
    row = judge(CALL, CONTEXT)
    assert (row.fate, row.technical, row.labels) == ("finding", (), ())
    assert row.locus_ids == ("BRAF:p.600",)
    assert row.callers == ("freebayes", "mutect2")
    assert row.vaf == pytest.approx(0.25)
    assert (row.caller_depth, row.caller_alt_depth) == (390, 98)


@pytest.mark.parametrize(
    ("reason", "change", "context"),
    [
        ("low_depth", {"tumor": ReadCounts(12, 6, 3, 3, 3, 3)}, CONTEXT),
        ("low_alt_reads", {"tumor": ReadCounts(100, 4, 2, 2, 48, 48)}, CONTEXT),
        ("low_vaf", {"tumor": ReadCounts(1000, 15, 8, 7, 490, 495)}, CONTEXT),
        ("strand_bias", {"tumor": ReadCounts(400, 40, 40, 0, 180, 180)}, CONTEXT),
        ("in_normal", {"normal": ReadCounts(100, 8, 4, 4, 46, 46)}, PAIRED),
        ("artefact:mutect2_orientation", {"calls": (said("freebayes"), said("mutect2", "orientation"))}, CONTEXT),
        ("not_passed:mutect2_weak_evidence", {"calls": (said("mutect2", "weak_evidence"),)}, CONTEXT),
    ],
)
def test_technical_reasons(reason: str, change: dict, context: Context) -> None:
    row = judge(replace(CALL, **change), context)
    assert row.technical == (reason,)
    assert row.fate == ("germline_no_consent" if reason == "in_normal" else "technical")
    assert reason == "in_normal" or TECHNICAL[reason.partition(":")[0]] in row.why
    assert not judge(CALL, context).technical


def test_amplicons_are_not_judged_by_strand() -> None:
    one_sided = replace(CALL, tumor=ReadCounts(400, 40, 40, 0, 180, 180))
    assert judge(one_sided, replace(CONTEXT, amplicon=True)).fate == "finding"


@pytest.mark.parametrize(
    ("label", "change", "context"),
    [
        ("likely_germline", {"population_af": 0.004}, CONTEXT),
        ("likely_germline", {"calls": (said("freebayes"), said("mutect2", "germline"))}, CONTEXT),
        ("common_in_population", {"population_af": 0.2}, PAIRED),
        ("benign_clinvar", {"clinvar": "Likely_benign|2"}, CONTEXT),
        ("clonal_haematopoiesis_gene", {"effects": (replace(V600E, gene="TET2", transcript="T8"),), "pos1": 1100}, CONTEXT),
        ("one_caller", {"calls": (said("freebayes"),)}, CONTEXT),
        ("normal_not_assessable", {"normal": ReadCounts(4, 0, 0, 0, 2, 2)}, PAIRED),
        ("annotator_differs", {"effects": (replace(V600E, annotator="p.Val600Lys"),)}, CONTEXT),
        ("near_limit", {"tumor": ReadCounts(400, 14, 7, 7, 190, 190)}, CONTEXT),
    ],
)
def test_labels_travel_and_keep_nothing_out(label: str, change: dict, context: Context) -> None:
    row = judge(replace(CALL, **change), context)
    assert row.labels == (label,)
    assert row.fate == "finding"
    assert label in LABELS and label not in judge(CALL, context).labels


def test_a_filter_by_one_caller_does_not_decide_when_another_passes() -> None:
    row = judge(replace(CALL, calls=(said("freebayes"), said("mutect2", "weak_evidence"))), CONTEXT)
    assert (row.fate, row.labels, row.callers) == ("finding", ("one_caller",), ("freebayes",))


def test_germline_variants_need_consent() -> None:
    call = replace(CALL, normal=ReadCounts(100, 48, 24, 24, 26, 26))
    assert judge(call, PAIRED).fate == "germline_no_consent"
    shown = judge(call, replace(PAIRED, germline_consent=True))
    assert shown.fate == "finding" and "germline" in shown.labels


def test_other_genes_and_silent_changes_stay_in_the_ledger() -> None:
    other = replace(V600E, gene="XYZ", transcript="T7")
    assert judge(replace(CALL, effects=(other,), chrom="chr9"), CONTEXT).fate == "outside_panel"
    silent = replace(V600E, consequence="synonymous_variant", hgvsp="p.Val600=")
    assert judge(replace(CALL, effects=(silent,)), CONTEXT).fate == "not_reportable"
    edge = replace(silent, consequence="splice_region_variant&synonymous_variant")
    assert judge(replace(CALL, effects=(edge,)), CONTEXT).fate == "finding"
    assert judge(replace(CALL, effects=(), pos1=1100), CONTEXT).fate == "outside_panel"
    assert judge(replace(CALL, effects=()), CONTEXT).technical == ("not_annotated",)


def test_a_promoter_hotspot_is_reported_by_its_place() -> None:
    upstream = Effect("TERT", "T", "upstream_gene_variant", "c.-124C>T", "", "")
    promoter = replace(CALL, chrom="chr5", pos1=501, ref="G", alt="A", effects=(upstream,))
    assert judge(promoter, CONTEXT).fate == "finding"
    assert judge(replace(promoter, pos1=520), CONTEXT).fate == "outside_panel"


def test_the_effect_on_the_chosen_transcript_is_taken() -> None:
    other = replace(V600E, transcript="T9.1", hgvsp="p.Val640Glu")
    assert judge(replace(CALL, effects=(other, V600E)), CONTEXT).hgvsp == "p.Val600Glu"


@pytest.mark.parametrize(
    ("pos1", "ref", "alt", "touches"),
    [
        (1000, "C", "CT", True),  # between 999 and 1000 (0-based): the codon's first base is next to it
        (999, "C", "CT", False),
        (1003, "A", "AT", True),
        (1004, "A", "AT", False),
        (1000, "CA", "C", True),
        (998, "CAT", "C", False),
        (999, "GG", "TT", False),
        (1000, "GG", "TT", True),
    ],
)
def test_touching_a_locus(pos1: int, ref: str, alt: str, touches: bool) -> None:
    assert bool(touched(replace(CALL, pos1=pos1, ref=ref, alt=alt), LOCI)) is touches


def test_fisher_exact_by_hand() -> None:
    # [[3, 1], [1, 3]]: tables with p <= 16/70 are (3,1), (1,3), (4,0), (0,4): 2*16/70 + 2*1/70
    assert fisher_exact(3, 1, 1, 3) == pytest.approx(34 / 70)
    assert fisher_exact(5, 0, 0, 5) == pytest.approx(2 / 252)
    assert fisher_exact(0, 0, 10, 10) == 1


def test_strand_bias_needs_both_share_and_significance() -> None:
    assert strand_bias(ReadCounts(400, 40, 40, 0, 180, 180))
    assert not strand_bias(ReadCounts(400, 6, 6, 0, 197, 197))  # too few to say
    assert not strand_bias(ReadCounts(400, 40, 40, 0, 360, 0))  # the reference lies on one strand too
    assert not strand_bias(ReadCounts(400, 0, 0, 0, 200, 200))


def test_a_gene_asked_in_regions_has_findings_there_only() -> None:
    """Positions are 1-based in a call, 0-based half-open in a region."""
    panel = replace(PANEL, genes=(PanelGene("BRAF", "regions", "", "s"),))
    context = replace(CONTEXT, panel=panel, loci=(), regions=(("chr7", 1000, 1002), ("chr8", 1, 9)))
    assert judge(CALL, context).fate == "finding"  # base 1001, 0-based, is the last of the region
    beside = judge(replace(CALL, pos1=1003), context)
    assert (beside.fate, beside.why) == ("outside_panel", "beside the regions of BRAF that p asks")
    assert judge(replace(CALL, pos1=1003), replace(context, loci=LOCI)).fate == "finding"  # a locus is asked anywhere


def test_a_panel_of_every_gene_has_findings_in_cancer_genes_only() -> None:
    context = replace(CONTEXT, cancer_genes=frozenset({"BRAF"}))
    assert judge(CALL, context).fate == "finding"
    other = judge(CALL, replace(context, cancer_genes=frozenset({"TET2"})))
    assert (other.fate, other.why) == ("not_cancer_gene", "BRAF has no known role in cancer and no evidence")
    silent = replace(CALL, effects=(replace(V600E, consequence="intron_variant"),))
    assert judge(silent, replace(context, loci=(), cancer_genes=frozenset())).fate == "not_reportable"


# --------------------------------------------------------------------------- calls of another pipeline


def brought(*filters: str, **change: object) -> AnnotatedCall:
    """The good call as a VCF of Mutect2 brings it, without strands."""
    counts = ReadCounts(400, 100, None, None, None, None)
    return replace(CALL, calls=(said("mutect2", *filters),), tumor=counts, counts_from="mutect2", **change)  # type: ignore[arg-type]


def test_a_call_that_was_brought_is_a_finding_with_the_counts_of_its_vcf() -> None:
    row = judge(brought(), CONTEXT)
    assert (row.fate, row.technical, row.labels) == ("finding", (), ("one_caller",))
    assert (row.depth, row.alt_depth, row.vaf, row.alt_forward) == (400, 100, 0.25, None)
    assert row.counts_from == "mutect2" and judge(CALL, CONTEXT).counts_from == "recount"


@pytest.mark.parametrize("name", ["germline", "clustered_events", "unfiltered", "never heard of"])
def test_only_pass_passes_in_a_vcf_that_was_brought(name: str) -> None:
    row = judge(brought(name), CONTEXT)
    assert (row.fate, row.technical, row.callers) == ("technical", (f"not_passed:mutect2_{name}",), ())
    own = judge(replace(CALL, calls=(said("mutect2", name),)), CONTEXT)
    assert own.fate == ("finding" if name in ("germline", "clustered_events") else "technical")


def test_without_counts_no_threshold_can_be_held_against_a_call() -> None:
    row = judge(brought(), CONTEXT)
    assert "no_counts" not in row.technical
    row = judge(replace(brought(), tumor=None), CONTEXT)
    assert (row.fate, row.technical) == ("technical", ("no_counts",))
    assert (row.depth, row.alt_depth, row.vaf) == (None, None, None)
    assert "near_limit" not in row.labels


def test_a_pair_whose_vcf_has_no_counts_of_the_normal_says_so() -> None:
    assert "normal_not_assessable" in judge(brought(), PAIRED).labels
    deep = ReadCounts(100, 0, None, None, None, None)
    assert "normal_not_assessable" not in judge(brought(normal=deep), PAIRED).labels
    assert "in_normal" in judge(brought(normal=ReadCounts(100, 50, None, None, None, None)), PAIRED).technical


def test_a_neighbour_of_unknown_phase_is_told() -> None:
    assert judge(brought(unphased=True), CONTEXT).labels == ("one_caller", "unphased_neighbour")
