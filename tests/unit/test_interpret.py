"""From a ledger to a case, on a panel and a knowledge made by hand: every figure can be checked by eye."""

from __future__ import annotations

from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from tierline.callability import Depths
from tierline.case import (
    SHALLOW_NORMAL,
    AssayInfo,
    CallerCounts,
    Case,
    ReferenceInfo,
    from_json,
    no_locus_sentence,
    resource_limits,
    to_json,
    without_population,
)
from tierline.interpret import as_variant, interpret, is_recurrent, worth_showing
from tierline.knowledge import GeneRole, HotspotResidue, Knowledge, OncogenicityTables
from tierline.knowledge._oncogenicity import FunctionalFact, GeneTables
from tierline.oncotree import OncoTree
from tierline.panels import Panel, Thresholds
from tierline.records import (
    Axis,
    Call,
    Candidate,
    Evidence,
    GeneCoverage,
    Kind,
    Locus,
    PanelGene,
    Sample,
    State,
    Statement,
    Tier,
    ToolVersion,
    TranscriptChoice,
    VariantClass,
    Verdict,
)
from tierline.report import render
from tierline.sensitivity import Sensitivity
from tierline.tables import read_rows, write_rows

TREE = OncoTree.load()
THRESHOLDS = Thresholds(
    min_vaf=0.02, min_alt_reads=5, min_depth=20, claimed_lod_snv=0.05, claimed_lod_mnv=0.05, claimed_lod_indel=0.05,
    min_normal_depth=10, max_normal_vaf=0.02, max_normal_alt_reads=1,
)  # fmt: skip
GENES = ("BRAF", "KRAS", "TERT")
PANEL = Panel(
    "mini", "1.2", "Mini", "a test", "", THRESHOLDS, ("snv", "mnv"),
    tuple(PanelGene(gene, "coding", "", "s") for gene in GENES), (), "d" * 64, "",
)  # fmt: skip
LOCI = (
    Locus("BRAF:p.600", "BRAF", "codon", "chr7", ((1000, 1003),), True, "", "-"),
    Locus("KRAS:p.12", "KRAS", "codon", "chr12", ((500, 503),), True, "", "-"),
    Locus("KRAS:p.61", "KRAS", "codon", "chr12", ((300, 303),), True, "", "-"),
    Locus("TERT:c.-124", "TERT", "position", "chr5", ((200, 201),), True, "", "-"),
)
DEEP = {locus.locus_id: Depths(400, 420) for locus in LOCI}
SAMPLE = Sample("T1", "P1", Kind.TUMOR, "MEL", "capture", ("mini",), 0.6, "female", "FFPE", False)
V600E = Candidate(
    chrom="chr7", pos1=1002, ref="A", alt="T", variant_class=VariantClass.SNV, gene="BRAF", transcript="T1.2",
    hgvsc="c.1799T>A", hgvsp="p.Val600Glu", consequence="missense_variant", exon="15/18", locus_ids=("BRAF:p.600",),
    callers=("mutect2",), depth=400, alt_depth=100, vaf=0.25, alt_forward=48, alt_reverse=52, caller_depth=390,
    caller_alt_depth=98, normal_depth=None, normal_alt_depth=None, population_af=0.0, population_group="",
    population_an=None, clinvar="", clinvar_oncogenicity="", technical=(), labels=("one_caller",), fate="finding",
    why="passed",
)  # fmt: skip
TERT = replace(
    V600E, chrom="chr5", pos1=200, ref="GA", alt="AT", variant_class=VariantClass.MNV, gene="TERT", transcript="T3.1",
    hgvsc="c.-124_-123delinsAT", hgvsp="", consequence="upstream_gene_variant", exon="", locus_ids=("TERT:c.-124",),
)  # fmt: skip
HELD = replace(
    V600E, pos1=1001, hgvsp="p.Val600Met", technical=("strand_bias",), fate="technical", why="one strand",
    alt_depth=20, vaf=0.05,
)  # fmt: skip
RELEASE = {"name": "made", "release": "1", "date": "2026", "licence": "x", "items": "1"}
FEW: dict[str, Any] = dict(technical=("low_alt_reads",), fate="technical", alt_depth=4, vaf=0.01, caller_alt_depth=7)
RECURRENT = {("BRAF", 600): HotspotResidue("BRAF", 600, "V", ("E:833", "M:11", "*:3"), 847, 0.0, "T1")}
STUDY = FunctionalFact("BRAF", "p.Val600Glu", "gain", 3, "PMID 1", "made", "2026-01-01")
ONCOGENICITY = OncogenicityTables(
    {
        "BRAF": GeneTables(
            role="oncogene",
            functional={"p.Val600Glu": (STUDY,)},
            residues={600: RECURRENT["BRAF", 600]},
            counts={"p.Val600Glu": 833, "p.Val600Met": 11},
        )
    },
    {},
)
EXACT = Evidence(
    "X1", "BRAF", "p.Val600Glu", ("MEL",), (), Axis.SENSITIVITY, "", "Drug", "A", ("FDA",), "yes", "", "made", "", "2026",
    "", "2026-01-01",
)  # fmt: skip


def case_of(candidates: tuple[Candidate, ...] = (V600E,), evidence: tuple[Evidence, ...] = (EXACT,), **given: Any) -> Case:
    values: dict[str, Any] = dict(
        sample=SAMPLE,
        normal="",
        panel=PANEL,
        assay=AssayInfo("capture", "1", "Capture", "capture", 400.0),
        reference=ReferenceInfo("b", "genome.fa", "genes.gtf", "transcripts.tsv", {}),
        choices={"BRAF": TranscriptChoice("BRAF", "T1.2", "", "none", 766, (), "s")},
        candidates=candidates,
        caller_counts={("chr7", 1002, "A", "T"): (Call("mutect2", "chr7", 1002, "A", "T", 390, 98, (), None, None, ""),)},
        loci=LOCI,
        depths=DEEP,
        sensitivity=Sensitivity(THRESHOLDS),
        verdicts=(),
        knowledge=Knowledge(evidence, {}, (RELEASE,)),
        roles={gene: GeneRole(gene, "oncogene", "s") for gene in GENES},
        hotspots=RECURRENT,
        oncogenicity=ONCOGENICITY,
        aliases={},
        tree=TREE,
        tools=(ToolVersion("bwa", "1", "1", "x", "align"),),
        synthetic=True,
    )
    return interpret(**(values | given))


def states(case: Case) -> dict[str, str]:
    return {row.locus_id: f"{row.state}{':' if row.reason else ''}{row.reason}" for row in case.loci}


def test_a_small_case_from_end_to_end() -> None:
    outside = replace(V600E, gene="XYZ", fate="outside_panel", locus_ids=())
    case = case_of((V600E, HELD, outside))
    [item] = case.findings
    found = item.finding
    assert (found.tier, found.level, found.axis, found.match) == (Tier.I, "A", "sensitivity", "exact")
    assert (found.evidence, found.therapies, found.labels) == (("X1",), ("Drug (A: FDA)",), ("one_caller",))
    assert (found.vaf, found.depth, found.alt_depth, found.hgvsp) == (0.25, 400, 100, "p.Val600Glu")
    assert item.caller_counts == (CallerCounts("mutect2", 390, 98, ()),)
    assert (item.gene_role, item.gene_role_source) == ("oncogene", "s")
    assert [(match.evidence.id, match.tumor_match) for match in item.trace] == [("X1", "same")]
    assert states(case) == {
        "BRAF:p.600": "detected", "KRAS:p.12": "not_detected", "KRAS:p.61": "not_detected", "TERT:c.-124": "not_detected",
    }  # fmt: skip
    assert case.loci[0].findings == ("p.Val600Glu (25.0 %)",)
    assert case.genes == (
        GeneCoverage("BRAF", 1, 1, 0, 0, 0, 400.0),
        GeneCoverage("KRAS", 2, 0, 2, 0, 0, 400.0),
        GeneCoverage("TERT", 1, 0, 1, 0, 0, 400.0),
    )
    assert case.ledger_counts == {"finding": 1, "technical": 1, "outside_panel": 1}
    assert case.held_candidates == (HELD,)
    assert (case.mode, case.status, case.synthetic, case.normal) == ("tumor-only", "DRAFT", True, "")
    assert case.tumor_type.path == ("MEL", *TREE.ancestors("MEL")[1:]) and case.tumor_type.name == "Melanoma"
    assert (case.panel.digest, case.panel.genes, case.panel.thresholds["min_vaf"]) == ("d" * 64, GENES, 0.02)
    assert any("p.Val600Glu" in sentence and "Drug" in sentence for sentence in case.conclusion)
    assert from_json(to_json(case), "x.json").findings == case.findings
    assert to_json(from_json(to_json(case), "x.json")) == to_json(case)


def test_without_findings_every_locus_has_its_answer() -> None:
    case = case_of((), depths={"BRAF:p.600": Depths(400, 400), "KRAS:p.12": Depths(30, 400), "KRAS:p.61": Depths(3, 3)})
    assert case.findings == ()
    assert states(case) == {
        "BRAF:p.600": "not_detected", "KRAS:p.12": "not_assessable:quality", "KRAS:p.61": "not_assessable:depth",
        "TERT:c.-124": "not_assessable:depth",
    }  # fmt: skip
    assert case.conclusion


def test_a_failed_sample_has_findings_but_no_negatives() -> None:
    failed = Verdict("T1", "mean_depth", 50.0, "fragments", 200.0, 100.0, "fail", "negatives")
    case = case_of(verdicts=(failed,))
    assert [item.finding.hgvsp for item in case.findings] == ["p.Val600Glu"]
    assert states(case) == {"BRAF:p.600": "detected"} | {
        locus: "not_assessable:failed_qc" for locus in ("KRAS:p.12", "KRAS:p.61", "TERT:c.-124")
    }
    of_the_normal = replace(failed, sample="N1")
    assert states(case_of(verdicts=(of_the_normal,)))["KRAS:p.12"] == "not_detected"


BESIDE_WILD_TYPE = replace(EXACT, alteration="p.Val600Glu & KRAS wild_type", level="B", jurisdictions=())


@pytest.mark.parametrize(
    ("depths", "verdicts", "tier"),
    [
        ({}, (), Tier.I),  # seen, and negative
        ({"KRAS:p.61": Depths(10, 10)}, (), Tier.III),  # one of its loci was not seen
        ({}, (Verdict("T1", "mean_depth", 50.0, "", 200.0, 100.0, "fail", "negatives"),), Tier.III),
    ],
)
def test_a_wild_type_part_holds_only_where_it_was_seen(
    depths: dict[str, Depths], verdicts: tuple[Verdict, ...], tier: Tier
) -> None:
    [item] = case_of(evidence=(BESIDE_WILD_TYPE,), depths=DEEP | depths, verdicts=verdicts).findings
    assert item.finding.tier is tier


def test_a_wild_type_part_does_not_hold_beside_a_mutation() -> None:
    g12d = replace(
        V600E, chrom="chr12", pos1=502, gene="KRAS", hgvsc="c.35G>A", hgvsp="p.Gly12Asp", locus_ids=("KRAS:p.12",)
    )
    case = case_of((V600E, g12d), evidence=(BESIDE_WILD_TYPE,))
    assert {item.finding.gene: item.finding.tier for item in case.findings} == {"BRAF": Tier.III, "KRAS": Tier.III}


@pytest.mark.parametrize(
    ("change", "tier"),
    [
        ({"fate": "technical", "technical": ("strand_bias",)}, Tier.III),  # filtered is no proof of wild type
        ({**FEW, "alt_depth": 2}, Tier.III),  # nor is what two fragments show
        ({**FEW, "alt_depth": 1}, Tier.I),
        ({"fate": "outside_panel"}, Tier.I),
    ],
)
def test_a_wild_type_part_beside_what_was_held_back(change: dict[str, Any], tier: Tier) -> None:
    shown = replace(V600E, chrom="chr12", pos1=502, gene="KRAS", hgvsp="p.Gly12Asp", locus_ids=("KRAS:p.12",), **change)
    [item] = case_of((V600E, shown), evidence=(BESIDE_WILD_TYPE,)).findings
    assert item.finding.tier is tier


@pytest.mark.parametrize(("role", "tier"), [("tumour_suppressor", Tier.III), ("oncogene", Tier.I)])
def test_a_wild_type_part_asks_for_the_role_of_its_gene(role: str, tier: Tier) -> None:
    """A truncation away from every locus: no wild type where the gene is lost by it."""
    stop = replace(
        V600E, chrom="chr12", pos1=900, gene="KRAS", hgvsc="c.100C>T", hgvsp="p.Arg34Ter", consequence="stop_gained",
        exon="2/6", locus_ids=(),
    )  # fmt: skip
    roles = {"BRAF": GeneRole("BRAF", "oncogene", "s"), "KRAS": GeneRole("KRAS", role, "s")}
    case = case_of((V600E, stop), evidence=(BESIDE_WILD_TYPE,), roles=roles)
    assert {item.finding.gene: item.finding.tier for item in case.findings}["BRAF"] is tier


def test_labels_of_the_candidate_travel_with_it() -> None:
    common = replace(
        V600E,
        labels=("likely_germline", "common_in_population"),
        population_af=0.2,
        population_group="nfe",
        population_an=9000,
    )
    [item] = case_of((common,), evidence=()).findings
    assert item.finding.tier is Tier.IV
    assert item.finding.labels[:2] == ("likely_germline", "common_in_population")
    [item] = case_of((common,)).findings  # benign stands above the evidence, and says so
    assert (item.finding.tier, item.finding.labels[-1]) == (Tier.IV, "benign_over_evidence")
    with_normal = case_of((replace(V600E, labels=("germline",)),), normal="N1")
    assert (with_normal.mode, with_normal.normal) == ("tumor-normal", "N1")
    assert with_normal.findings[0].finding.labels == ("germline",)


def test_a_double_change_is_matched_by_its_parts_on_the_minus_strand() -> None:
    """Genome GA>AT is coding TC>AT: only the second base is at a position that evidence can name."""
    variant = as_variant(TERT, {}, "-", None)
    assert variant.parts == ("c.-124T>A", "c.-123C>T")
    assert as_variant(replace(TERT, ref="GG", alt="AA", hgvsc="c.-125_-124delinsTT"), {}, "-", None).parts == (
        "c.-125C>T",
        "c.-124C>T",
    )
    assert as_variant(replace(TERT, hgvsc="c.-124_-123delinsCT"), {}, "+", None).parts == ("c.-124G>C", "c.-123A>T")
    assert as_variant(TERT, {}, "", None).parts == ()  # strand not known
    assert as_variant(V600E, {}, "-", None).parts == ()  # a single change has none


def test_evidence_for_a_part_carries_the_double_change() -> None:
    promoter = replace(EXACT, gene="TERT", alteration="c.-124C>T", level="C", jurisdictions=())
    double = replace(TERT, ref="GG", alt="AA", hgvsc="c.-125_-124delinsTT")
    [item] = case_of((double,), evidence=(promoter,)).findings
    assert (item.finding.tier, item.finding.match) == (Tier.II, "part")
    assert states(case_of((double,), evidence=(promoter,)))["TERT:c.-124"] == "detected"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"hgvsp": "p.Val600Met"}, True),
        ({"hgvsp": "p.Val600Lys"}, False),  # not among those that recur there
        ({"hgvsp": "p.Val601Glu"}, False),
        ({"hgvsp": "p.Lys600Glu"}, False),  # another residue in the reference: not this numbering
        ({"hgvsp": "p.Val600="}, False),
        ({"hgvsp": "p.Val600Ter"}, False),
        ({"hgvsp": "p.Val600fs"}, False),
        ({"hgvsp": ""}, False),
        ({"gene": "KRAS"}, False),
    ],
)
def test_recurrent_residues(change: dict[str, str], expected: bool) -> None:
    candidate = replace(V600E, **change)  # type: ignore[arg-type]
    assert is_recurrent(candidate, RECURRENT) is expected
    assert as_variant(candidate, RECURRENT, "-", None).is_hotspot is expected


@pytest.mark.parametrize(("exon", "expected"), [("15/18", (15, 18)), ("", (None, None)), ("3", (3, None))])
def test_exons_and_length_reach_the_engine(exon: str, expected: tuple[int | None, int | None]) -> None:
    variant = as_variant(replace(V600E, exon=exon), {}, "-", 766)
    assert (variant.exon, variant.exon_count) == expected
    assert variant.protein_length == 766


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"fate": "finding"}, False),
        ({"fate": "outside_panel"}, False),
        ({"locus_ids": ()}, True),  # anywhere: not for want of reads
        ({"locus_ids": (), "technical": ("low_depth", "strand_bias")}, False),
        ({"locus_ids": (), **FEW}, False),
        ({"locus_ids": (), **FEW, "caller_alt_depth": 8}, True),  # its caller saw enough: 2 % of 390 fragments
        ({**FEW, "alt_depth": 2}, True),  # at a hotspot two fragments are enough
        ({**FEW, "alt_depth": 1}, False),
        ({**FEW, "alt_depth": None}, False),
    ],
)
def test_held_candidates_worth_showing(change: dict[str, Any], expected: bool) -> None:
    assert worth_showing(replace(HELD, **change), PANEL) is expected


def test_findings_are_ranked_by_tier() -> None:
    vus = replace(V600E, pos1=900, hgvsp="p.Ala500Val", hgvsc="c.1499C>T", locus_ids=())
    assert [item.finding.tier for item in case_of((vus, V600E)).findings] == [Tier.I, Tier.III]
    assert states(case_of((vus,)))["BRAF:p.600"] == State.NOT_DETECTED


def test_a_therapy_that_another_variant_opposes_comes_last_and_is_not_in_the_conclusion() -> None:
    """EGFR exon 19 deletion with T790M: osimertinib leads, gefitinib is named only as contradicted."""
    from tierline.case import supports
    from tierline.knowledge import load_gene_roles, load_knowledge
    from tierline.oncotree import OncoTree
    from tierline.records import Variant
    from tierline.tiers import tier_variant

    deletion = Variant("EGFR", "c.2235_2249del", "p.Glu746_Ala750del", "disruptive_inframe_deletion", 19, 28)
    t790m = Variant("EGFR", "c.2369C>T", "p.Thr790Met", "missense_variant", 20, 28, is_hotspot=True)
    knowledge, role = load_knowledge(), load_gene_roles()["EGFR"].role
    result = tier_variant(deletion, "LUAD", knowledge.by_gene, OncoTree.load(), role, co_variants=(t790m,))
    listed = [(s.subject, s.contested) for s in supports(result.trace) if s.axis == "sensitivity" and s.level == "A"]
    assert [c for _, c in listed] == sorted(c for _, c in listed)
    assert dict(listed)["osimertinib"] == 0 and dict(listed)["gefitinib"] == 2
    assert not any("gefitinib" in therapy for therapy in result.therapies)
    assert "level A sensitivity evidence (osimertinib) for" in result.reason, "no resistance to it, not even a weaker one"


def test_hostile_text_of_vcf_and_knowledge_stays_text_from_ledger_to_page(tmp_path: Path) -> None:
    """INFO text and facts as somebody else wrote them: one row in the ledger, one string in the case, text on the page."""
    bad = "<script>alert('x')</script> {x} {{ 7*7 }} $(id) `id` \"; # % & \\"
    candidate = replace(
        V600E, transcript=bad, consequence=f"missense_variant&{bad}", population_group=bad, clinvar=f"{bad}|2", why=bad
    )
    write_rows(tmp_path / "ledger.tsv", Candidate, [candidate])
    assert list(read_rows(tmp_path / "ledger.tsv", Candidate)) == [candidate]
    broken = replace(candidate, why=f"a\tb\nc{bad}")  # what would break the table is a blank there
    write_rows(tmp_path / "ledger.tsv", Candidate, [broken])
    assert next(read_rows(tmp_path / "ledger.tsv", Candidate)).why == f"a b c{bad}"
    fact = replace(EXACT, id=bad, therapy=bad, source=bad, source_url=f"https://example.org/{bad}", setting=bad)
    case = from_json(to_json(case_of((candidate,), (fact,))))
    html = render(case)
    assert html.count("<script>") == 1 and "alert('x')" not in html
    assert unescape(html).count(bad) >= 4


@pytest.mark.parametrize("end", ["", "\u2028", "\x85"])
def test_no_separator_of_lines_tears_a_row(tmp_path: Path, end: str) -> None:
    candidate = replace(V600E, why=f"before{end}after", clinvar=f"x{end}|1")
    write_rows(tmp_path / "ledger.tsv", Candidate, [candidate, V600E])
    assert list(read_rows(tmp_path / "ledger.tsv", Candidate)) == [candidate, V600E]


def test_every_finding_carries_its_oncogenicity_and_the_tier_engine_takes_it() -> None:
    """OS2 4 + OS3 4 + OP4 1 (absent from controls): 9 points; a mutation item then speaks of it."""
    found = case_of((replace(V600E, population_af=0.0),), evidence=()).findings[0]
    assert found.oncogenicity is not None
    assert [c.id for c in found.oncogenicity.criteria if c.state == "met"] == ["OS2", "OS3", "OP4"]
    assert (found.finding.oncogenicity, found.finding.oncogenicity_points) == ("likely_oncogenic", 9)
    assert "likely_oncogenic" not in found.finding.labels  # it has a column of its own
    assert "hotspot, likely oncogenic by 9 points, but no clinical evidence" in found.finding.reason


def test_a_variant_of_unknown_oncogenicity_gets_no_label() -> None:
    found = case_of((replace(V600E, hgvsp="p.Gly469Ala", population_af=None),), evidence=()).findings[0]
    assert (found.finding.oncogenicity, found.finding.oncogenicity_points) == ("vus", 0)
    assert not {"oncogenic", "likely_oncogenic"} & set(found.finding.labels)


def test_a_gene_under_a_former_symbol_finds_what_is_known_under_its_present_one() -> None:
    """Panel and annotation say H3F3A and KRAS2: the case keeps their words, the knowledge is asked for H3-3A and KRAS."""
    k28m = replace(V600E, gene="H3F3A", hgvsc="c.83A>T", hgvsp="p.Lys28Met", locus_ids=("H3F3A:p.28",))
    loci = tuple(
        replace(locus, locus_id=f"{gene}:{locus.locus_id.partition(':')[2]}", gene=gene)
        for locus, gene in zip(LOCI, ("H3F3A", "KRAS2", "KRAS2", "TERT"), strict=True)
    )
    fact = replace(EXACT, gene="H3-3A", alteration="p.Lys28Met & KRAS wild_type", level="B", jurisdictions=())
    known: dict[str, Any] = dict(
        loci=(replace(loci[0], locus_id="H3F3A:p.28"), *loci[1:]),
        depths={"H3F3A:p.28": Depths(400, 420)} | {locus.locus_id: Depths(400, 420) for locus in loci},
        roles={"H3-3A": GeneRole("H3-3A", "oncogene", "s")},
        oncogenicity=OncogenicityTables(
            {"H3-3A": GeneTables(functional={"p.Lys28Met": (replace(STUDY, gene="H3-3A", alteration="p.Lys28Met"),)})}, {}
        ),
        aliases={"h3f3a": "H3-3A", "kras2": "KRAS"},
    )
    [item] = case_of((k28m,), (fact,), **known).findings
    assert (item.finding.tier, item.finding.match, item.gene_role) == (Tier.I, "exact", "oncogene")
    assert (item.finding.gene, item.finding.locus_ids) == ("H3F3A", ("H3F3A:p.28",))
    assert item.finding.reason.startswith("H3-3A p.Lys28Met: ") and item.finding.reason.endswith(" Note: H3F3A is H3-3A.")
    assert item.oncogenicity is not None and "OS2" in [c.id for c in item.oncogenicity.criteria if c.state == "met"]

    g12d = replace(V600E, chrom="chr12", pos1=502, gene="KRAS2", hgvsp="p.Gly12Asp", locus_ids=("KRAS2:p.12",))
    both = case_of((k28m, g12d), (fact,), **known)
    assert {item.finding.gene: item.finding.tier for item in both.findings} == {"H3F3A": Tier.III, "KRAS2": Tier.III}
    unknown = case_of((k28m,), (fact,), **known | {"aliases": {}}).findings[0].finding
    assert unknown.tier is Tier.III and "Note" not in unknown.reason


def test_clinvar_clinical_impact_reaches_the_case_and_weighs_nothing() -> None:
    impact = "Tier_IV_-_Benign/Likely_benign|practice_guideline|Melanoma"
    [plain] = case_of().findings
    [item] = case_of((replace(V600E, clinvar_impact=impact),)).findings
    assert item.finding == replace(plain.finding, clinvar_impact=impact)
    assert (item.trace, item.oncogenicity) == (plain.trace, plain.oncogenicity)


def test_a_fusion_is_matched_whatever_its_partner_is_called() -> None:
    said = Statement("T1", "AFDN", "fusion MLL", "detected", "", "FISH", "2026-01-01")
    fact = replace(EXACT, gene="KMT2A", alteration="fusion AFDN", tumor_types=("any",))
    found = case_of((), (fact,), statements=(said,), aliases={"mll": "KMT2A"}).findings[0].finding
    assert (found.tier, found.match) == (Tier.I, "exact") and found.reason.endswith(" Note: MLL is KMT2A.")


def test_what_the_panel_does_not_claim_stands_among_the_limits() -> None:
    """Classes that are left out, and an exome's genes; a panel that claims all classes of its own genes adds nothing."""
    whole = case_of(panel=replace(PANEL, claims=("indel", "mnv", "snv")))
    part = case_of(panel=replace(PANEL, claims=("snv",), every_gene=True))
    assert part.limits[: len(whole.limits)] == whole.limits
    unclaimed, every = part.limits[len(whole.limits) :]
    assert unclaimed.startswith("The panel makes no claim for multi-base changes and short insertions and deletions:")
    assert every.startswith("The panel asks every protein-coding gene of the annotation")
    assert (part.panel.claims, part.panel.every_gene) == (("snv",), True)


def test_many_genes_without_a_locus_are_counted_not_listed() -> None:
    few, many = (f"G{n}" for n in range(2)), (f"G{n}" for n in range(31))
    assert "2 genes of the panel have no reportable locus (G0, G1): variants" in no_locus_sentence(tuple(few))
    assert "31 genes of the panel have no reportable locus (named in the table of the panel's genes)" in no_locus_sentence(
        tuple(many)
    )


def test_what_each_missing_resource_costs_is_said() -> None:
    everything = ("population_vcf", "common_sites_vcf", "clinvar_vcf")
    assert resource_limits((), "tumor-only") == () and without_population((), "tumor-only") == ""
    alone, paired = (resource_limits(everything, mode) for mode in ("tumor-only", "tumor-normal"))
    assert "any finding may be an inherited variant" in alone[0] and "inherited" not in paired[0]
    assert alone[1:] == paired[1:] == (
        "ClinVar was not looked up (reference.clinvar_vcf): no variant is Tier IV by it.",
        "Contamination was not measured (reference.common_sites_vcf).",
    )  # fmt: skip


def test_a_normal_that_is_too_shallow_stands_in_the_conclusion() -> None:
    shallow = replace(V600E, labels=(SHALLOW_NORMAL,))
    said = {
        (normal, found.labels): "The matched normal was read too rarely at 1 finding" in " ".join(case.conclusion)
        for normal in ("N1", "")
        for found in (shallow, V600E)
        for case in [case_of((found,), normal=normal)]
    }
    assert [key for key, is_said in said.items() if is_said] == [("N1", (SHALLOW_NORMAL,))]
