"""What people write in variant tables: what is understood, and what is refused because it could mean two things."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tierline import hgvs
from tierline.hgvs import parse_coding, parse_protein
from tierline.wording import (
    Change,
    Unreadable,
    clean,
    contradicts,
    merged,
    own_term,
    read_change,
    read_coding,
    read_consequence,
    read_copy_number,
    read_partner,
)


@pytest.mark.parametrize(
    ("gene", "text", "protein"),
    [
        ("BRAF", "p.Val600Glu", "p.Val600Glu"),
        ("BRAF", "p.V600E", "p.Val600Glu"),
        ("BRAF", "V600E", "p.Val600Glu"),
        ("BRAF", "p.(Val600Glu)", "p.Val600Glu"),
        ("BRAF", "v600e", "p.Val600Glu"),
        ("BRAF", "p.val600glu", "p.Val600Glu"),
        ("BRAF", "BRAF V600E", "p.Val600Glu"),
        ("BRAF", "BRAF p.V600E", "p.Val600Glu"),
        ("BRAF", "BRAF:p.V600E", "p.Val600Glu"),
        ("BRAF", "BRAFV600E", "p.Val600Glu"),
        ("KRAS", "KRASG12D", "p.Gly12Asp"),  # every letter of KRAS is an amino acid's
        ("BRAF", "NP_004324.2:p.Val600Glu", "p.Val600Glu"),
        ("BRAF", "V600E mutation", "p.Val600Glu"),
        ("MET", "Met1?", "p.Met1?"),
        ("MET", "MET Y1003C", "p.Tyr1003Cys"),
        ("EGFR", "E746_A750del", "p.Glu746_Ala750del"),
        ("EGFR", "E746-A750del", "p.Glu746_Ala750del"),
        ("EGFR", "p.Glu746_Ala750delinsIlePro", "p.Glu746_Ala750delinsIlePro"),
        ("BRAF", "VK600_601EI", "p.Val600_Lys601delinsGluIle"),
        ("TP53", "R213*", "p.Arg213Ter"),
        ("TP53", "p.Arg213Ter", "p.Arg213Ter"),
        ("TP53", "R213X", "p.Arg213Ter"),
        ("APC", "p.Thr1556Asnfs*3", "p.Thr1556fs"),
        ("APC", "T1556fs", "p.Thr1556fs"),
        ("ERBB2", "p.Y772_A775dup", "p.Tyr772_Ala775dup"),
        ("EGFR", "p.D770_N771insG", "p.Asp770_Asn771insGly"),
        ("MET", "X1010_splice", "p.Xaa1010_splice"),
        ("KIT", "exon 9 A502_Y503dup", "p.Ala502_Tyr503dup"),
        ("BRAF", "BRAF-V600E", "p.Val600Glu"),
        ("EGFR", "EGFRvIII", "p.Val30_Arg297delinsGly"),
        ("TET2", "Q1523stop", "p.Gln1523Ter"),
        ("TET2", "p.Gln1523Stop", "p.Gln1523Ter"),
        ("JAK2", "V617F 45%", "p.Val617Phe"),
        ("JAK2", "V617F (VAF 12,5 %)", "p.Val617Phe"),
        ("JAK2", "p.V617F, VAF: 12%", "p.Val617Phe"),
        ("JAK2", "V617F positive", "p.Val617Phe"),
        ("JAK2", "V617F heterozygous", "p.Val617Phe"),
        ("BRAF", "Exon 15: V600E", "p.Val600Glu"),
        ("BRAF", "exon15 p.V600E", "p.Val600Glu"),
        ("BRAF", "p.V600E (exon 15)", "p.Val600Glu"),
        ("BRAF", "V600E.", "p.Val600Glu"),
        ("BRAF", "p V600E", "p.Val600Glu"),
        ("BRAF", '="V600E"', "p.Val600Glu"),
    ],
)
def test_a_protein_change_in_many_spellings(gene: str, text: str, protein: str) -> None:
    found = read_change(clean(text), gene)
    assert found.protein is not None and found == Change(protein=found.protein)
    assert found.protein.text == protein


@pytest.mark.parametrize(
    ("gene", "text", "field", "value"),
    [
        ("ERBB2", "amplification", "copy_number_change", "amplification"),
        ("ERBB2", "Amp", "copy_number_change", "amplification"),
        ("PTEN", "homozygous deletion", "copy_number_change", "deletion"),
        ("PTEN", "HOMDEL", "copy_number_change", "deletion"),
        ("PTEN", "Loss", "copy_number_change", "deletion"),
        ("ALK", "fusion", "fusion_partner", "?"),
        ("ALK", "ALK rearrangement", "fusion_partner", "?"),
        ("ALK", "EML4-ALK fusion", "fusion_partner", "EML4"),
        ("EML4", "EML4-ALK fusion", "fusion_partner", "ALK"),
        ("ALK", "EML4::ALK", "fusion_partner", "EML4"),
        ("ALK", "fusion with EML4", "fusion_partner", "EML4"),
        ("FUS", "fusion DDIT3", "fusion_partner", "DDIT3"),  # the word, not the gene in front of it
        ("KMT2A", "KMT2A-MLLT3", "fusion_partner", "MLLT3"),
        ("ABL1", "BCR-ABL1", "fusion_partner", "BCR"),
        ("BCR", "BCR-ABL1", "fusion_partner", "ABL1"),
        ("RUNX1", "RUNX1-RUNX1T1", "fusion_partner", "RUNX1T1"),
        ("TCF3", "TCF3-PBX1", "fusion_partner", "PBX1"),
        ("MLLT3", "KMT2A-MLLT3", "fusion_partner", "KMT2A"),
        ("CBFB", "CBFB-MYH11 positive", "fusion_partner", "MYH11"),
        ("CRLF2", "P2RY8-CRLF2", "fusion_partner", "P2RY8"),
        ("MYC", "IGH-MYC", "fusion_partner", "IGH"),
        ("MYC", "MYC-r", "fusion_partner", "?"),
        ("RUNX1", "t(8;21)(q22;q22)", "fusion_partner", "RUNX1T1"),
        ("RUNX1", "t(12;21)", "fusion_partner", "ETV6"),
        ("CBFB", "inv(16)(p13q22)", "fusion_partner", "MYH11"),
        ("KMT2A", "t(9; 11)", "fusion_partner", "MLLT3"),
        ("RET", "NKX2-1::RET fusion", "fusion_partner", "NKX2-1"),
        ("BRCA1", "Truncating Mutations", "consequence", "feature_truncation"),
        ("BRCA1", "loss-of-function", "consequence", "loss_of_function_variant"),
        ("KRAS", "Oncogenic Mutations", "labels", ("oncogenic",)),
        ("MGMT", "promoter methylation", "biomarker", "methylation"),
        ("KMT2A", "PTD", "biomarker", "partial_tandem_duplication"),
        ("KMT2A", "KMT2A-PTD", "biomarker", "partial_tandem_duplication"),
        ("KMT2A", "partial tandem duplication", "biomarker", "partial_tandem_duplication"),
        ("MSI", "high", "biomarker", "high"),
        ("MSI", "MSI-H", "biomarker", "high"),
        ("MSI", "dMMR", "biomarker", "high"),
        ("TMB", "high", "biomarker", "high"),
        ("TMB", "12.5 mut/Mb", "score", 12.5),
        ("TMB", "12.5 mut/Mb", "biomarker", "high"),
        ("TMB", "9 mutations/Mb", "biomarker", "low"),
        ("HRD", "positive", "biomarker", "positive"),
        ("CD274", "expression", "biomarker", "expression"),
        ("CD274", "TPS 60%", "score_unit", "%"),
        ("CD274", "CPS >= 10", "score", 10),
        ("ERBB2", "HER2-low", "biomarker", "low"),
        ("Chr1p", "loss", "biomarker", "loss"),
    ],
)
def test_alterations_in_words(gene: str, text: str, field: str, value: object) -> None:
    assert getattr(read_change(clean(text), gene), field) == value


def test_egfr_variant_three() -> None:
    for text in ("EGFRvIII", "vIII", "variant III"):
        found = read_change(text, "EGFR")
        assert found.protein is not None and found.protein.text == "p.Val30_Arg297delinsGly"


@pytest.mark.parametrize(
    ("gene", "text"),
    [("MSI", "stable"), ("MSI", "MSS"), ("MSI", "mutation"), ("TMB", "12"), ("HRD", "negative"), ("CD274", "TPS 0 %")],
)
def test_what_a_biomarker_is_not_is_refused(gene: str, text: str) -> None:
    with pytest.raises(Unreadable):
        read_change(clean(text), gene)


@pytest.mark.parametrize(
    ("gene", "text", "exon", "consequence"),
    [
        ("EGFR", "Exon 19 deletion", 19, "inframe_deletion"),
        ("EGFR", "EGFR exon 20 insertion", 20, "inframe_insertion"),
        ("EGFR", "Ex19del", 19, "inframe_deletion"),
        ("EGFR", "exon 19 in-frame deletion", 19, "inframe_deletion"),
        ("MET", "exon 14 skipping", 14, "exon_loss_variant"),
        ("MET", "METex14 skipping", 14, "exon_loss_variant"),
        ("MET", "exon 14 deletion", 14, "exon_loss_variant"),
        ("EGFR", "del19", 19, "inframe_deletion"),
        ("FLT3", "ITD", 14, "inframe_insertion"),
        ("FLT3", "FLT3-ITD", 14, "inframe_insertion"),
        ("FLT3", "exon 14 ITD", 14, "inframe_insertion"),
        ("FLT3", "ITD (54 bp)", 14, "inframe_insertion"),
        ("FLT3", "FLT3 ITD positive", 14, "inframe_insertion"),
        ("FLT3", "ITD+", 14, "inframe_insertion"),
        ("FLT3", "ITD mutation", 14, "inframe_insertion"),
        ("FLT3", "ITD, 54bp, AR 0.5", 14, "inframe_insertion"),
        ("FLT3", "FLT3-ITD high", 14, "inframe_insertion"),
        ("CALR", "exon 9 frameshift", 9, "frameshift_variant"),
        ("CALR", "exon 9 frameshift mutation", 9, "frameshift_variant"),
        ("CALR", "52 bp deletion", 9, "frameshift_variant"),
        ("CALR", "52-bp del in exon 9", 9, "frameshift_variant"),
        ("CALR", "type 1", 9, "frameshift_variant"),
        ("CALR", "Type 2 mutation", 9, "frameshift_variant"),
        ("CALR", "5 bp insertion", 9, "frameshift_variant"),
        ("JAK2", "exon 12 mutation", 12, "protein_altering_variant"),
    ],
)
def test_exons_in_words(gene: str, text: str, exon: int, consequence: str) -> None:
    found = read_change(clean(text), gene)
    assert (found.exon, found.consequence) == (exon, consequence)


@pytest.mark.parametrize(
    "text", ["type A", "Type A mutation", "NPM1 type A", "exon 12 frameshift", "exon 11 frameshift", "exon 12 insertion"]
)
def test_the_frameshift_of_npm1_has_names(text: str) -> None:
    """Exon 12 by the older transcript is exon 11 of NM_002520.7; type A is c.860_863dup."""
    found = read_change(clean(text), "NPM1")
    assert found.protein is not None and found.protein.text == "p.Trp288fs" and found.note


def test_a_coding_and_a_protein_change_in_either_order_are_both_read() -> None:
    for text in ("V600E (c.1799T>A)", "c.1799T>A (V600E)", "p.V600E c.1799T>A", "c.1799T>A; p.V600E"):
        found = read_change(text, "BRAF")
        assert found.protein is not None and found.protein.text == "p.Val600Glu", text
        assert found.coding is not None and found.coding.text == "c.1799T>A", text
    with pytest.raises(Unreadable, match="several changes"):
        read_change("c.1799T>A and something else", "BRAF")


def test_the_breakpoints_of_a_fusion_are_no_partner() -> None:
    for text in ("BCR::ABL1 (e14a2)", "BCR-ABL1 p210", "BCR::ABL1 p190", "BCR-ABL1 e14a2"):
        assert read_change(text, "ABL1").fusion_partner == "BCR", text


def test_the_domain_before_a_change_of_flt3_is_no_gene() -> None:
    found = read_change("TKD D835Y", "FLT3")
    assert found.protein is not None and found.protein.text == "p.Asp835Tyr"


def test_the_promoter_of_tert_has_names_that_look_like_protein_changes() -> None:
    for text, coding in (("C228T", "c.-124C>T"), ("C250T", "c.-146C>T"), ("promoter c.-124C>T", "c.-124C>T")):
        found = read_change(text, "TERT")
        assert found.coding is not None and found.protein is None and found.coding.text == coding
    other = read_change("C228T", "BRAF")
    assert other.protein is not None and other.protein.text == "p.Cys228Thr"


@pytest.mark.parametrize(
    ("gene", "text", "words"),
    [
        ("KRAS", "G12", "names a codon"),
        ("KRAS", "codon 12", "names a codon"),
        ("BRAF", "V600E/K", "cannot read"),
        ("KRAS", "BRAF V600E", "names BRAF, the row KRAS"),
        ("KRAS", "BRAF:p.V600E", "names BRAF, the row KRAS"),
        ("KRAS", "mutation", "names no change"),
        ("KRAS", "mutated", "names no change"),
        ("KRAS", "wild type", "is no alteration"),
        ("KRAS", "WT", "is no alteration"),
        ("ERBB2", "gain", "is no amplification"),
        ("PTEN", "heterozygous loss", "leaves a copy"),
        ("PTEN", "LOH", "leaves a copy"),
        ("BRCA1", "exon 13 deletion", "may be in frame or not"),
        ("MET", "exon 14 insertion", "is not exon 14 skipping"),
        ("TERT", "promoter mutation", "names no change"),
        ("ALK", "EML4-RET fusion", "names no one partner of ALK"),
        ("BRAF", "c.1799T>A, c.1798G>A", "several changes"),
        ("BRAF", "sorry, see report", "cannot read"),
        ("BRAF", "p.Val600", "names a codon"),
        ("BRAF", "VK600EE", "cannot read"),
        ("BRAF", "V6OOE", "cannot read"),
        ("BRAF", "V600E*", "cannot read"),
        ("BRAF", "V600E, K601E", "several changes"),
        ("BRAF", "p.V600E; p.K601E", "several changes"),
        ("JAK2", "V617F 45% negative", "is no alteration"),
        ("JAK2", "not V617F", "is no alteration"),
        ("FLT3", "no ITD", "is no alteration"),
        ("FLT3", "p.Y599_D600insX", "any residue or a stop"),
        ("BRAF", "VUS", "says how a change is rated"),
        ("BRAF", "likely pathogenic", "says how a change is rated"),
        ("BRAF", "pending", "says that there is no result"),
        ("BRAF", "failed", "says that there is no result"),
        ("KRAS", "KRAS-G12", "names a codon"),
        ("KMT2A", "t(8;21)", "cannot read"),
        ("RUNX1", "t(8;21) not detected", "is no alteration"),
        ("FLT3", "TKD", "names a domain"),
        ("FLT3", "ITD negative", "is no alteration"),
        ("CALR", "exon 9 deletion", "may be in frame or not"),
        ("CALR", "type 3", "cannot read"),
        ("KMT2A", "PTD negative", "is no alteration"),
        ("CEBPA", "biallelic", "names no change"),
        ("KIT", "exon 11 mutation", "names an exon and no change"),
        ("ALK", "fusion negative", "is no alteration"),
        ("ALK", "ALK rearrangement not detected", "is no alteration"),
        ("FLT3", "ITD-", "is no alteration"),
        ("ABL1", "BCR-ABL1 negative", "is no alteration"),
        ("RUNX1", "BCR-ABL1", "cannot read"),
        ("EGFR", "EGFR-mutant", "names no change"),
        ("BRCA1", "BRCA1-loss of function like", "cannot read"),
    ],
)
def test_what_could_mean_two_things_is_refused(gene: str, text: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read_change(clean(text), gene)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Missense_Mutation", "missense_variant"),
        ("missense", "missense_variant"),
        ("nonsynonymous SNV", "missense_variant"),
        ("Nonsense_Mutation", "stop_gained"),
        ("stopgain", "stop_gained"),
        ("Frame_Shift_Del", "frameshift_variant"),
        ("frameshift", "frameshift_variant"),
        ("In_Frame_Ins", "inframe_insertion"),
        ("nonframeshift deletion", "inframe_deletion"),
        ("Splice_Site", "splice_site_variant"),
        ("splice site", "splice_site_variant"),
        ("Silent", "synonymous_variant"),
        ("5'UTR", "5_prime_UTR_variant"),
        ("5_prime_UTR_variant", "5_prime_UTR_variant"),
        ("missense_variant&splice_region_variant", "missense_variant&splice_region_variant"),
        ("missense_variant,splice_region_variant", "missense_variant&splice_region_variant"),
        ("", ""),
        ("exonic", None),
        ("missense, weird", None),
    ],
)
def test_consequences(text: str, term: str | None) -> None:
    assert read_consequence(text) == term


@pytest.mark.parametrize(
    ("said", "protein", "against"),
    [
        ("missense_variant", "p.Val600Glu", False),
        ("missense_variant&splice_region_variant", "p.Arg213Ter", False),  # a splice term leaves it open
        ("missense_variant", "p.Arg213Ter", True),
        ("frameshift_variant", "p.Arg213Ter", False),  # both truncate
        ("synonymous_variant", "p.Val600Glu", True),
        ("inframe_deletion", "p.Glu746_Ala750delinsIlePro", False),
        ("stop_gained&inframe_insertion", "p.Glu746_Ala750delinsIlePro", False),
        ("intron_variant", "p.Val600Glu", False),
        ("disruptive_inframe_deletion", "p.Arg213Ter", True),
        ("start_lost", "p.Met1?", False),
    ],
)
def test_what_contradicts_a_protein_change(said: str, protein: str, against: bool) -> None:
    assert contradicts(said, own_term(parse_protein(protein))) is against


def test_copy_numbers_and_partners() -> None:
    assert read_copy_number("Amplification").copy_number_change == "amplification"
    assert read_copy_number("neutral") == Change()
    for text in ("12", "-2", "gain"):
        with pytest.raises(Unreadable):
            read_copy_number(text)
    assert read_partner("EML4", "ALK") == "EML4"
    assert read_partner("EML4-ALK", "ALK") == "EML4"
    assert read_partner("?", "ALK") == "?"


def test_coding_changes() -> None:
    spliced = read_change("splice site 673-1G>A", "TP53")
    assert spliced == Change(coding=parse_coding("c.673-1G>A"), consequence="splice_site_variant")
    for text in ("c.1799T>A", "1799T>A", "NM_004333.6:c.1799T>A", "NM_004333.4(BRAF):c.1799T>A", "C.1799T>A"):
        assert read_coding(clean(text), "BRAF").text == "c.1799T>A"
    both = read_change("c.1799T>A (p.V600E)", "BRAF")
    assert both == Change(coding=parse_coding("c.1799T>A"), protein=parse_protein("V600E"))
    with pytest.raises(Unreadable, match="no coding change"):
        read_coding("g.140453136A>T", "BRAF")


def test_two_cells_may_say_one_thing_and_not_two() -> None:
    one = merged([Change(fusion_partner="?"), Change(fusion_partner="EML4")])
    assert one.fusion_partner == "EML4"
    with pytest.raises(Unreadable, match="two alterations"):
        merged([Change(copy_number_change="amplification"), Change(copy_number_change="deletion")])


def test_cells_as_spreadsheets_leave_them() -> None:
    assert clean(' "V600E" ') == "V600E"
    assert clean("\u00a0V600E\u200b") == "V600E"
    assert clean("E746\u2013A750del") == "E746-A750del"
    assert {clean(text) for text in ("", "NA", "n/a", ".", "-", "None", "unknown", "#N/A")} == {""}


AMINO = st.sampled_from(sorted({*hgvs.ONE} - {"Xaa"}))


@given(AMINO, st.integers(0, 3000), AMINO)
def test_the_short_way_through_plain_changes_gives_what_the_long_one_does(old: str, codon: int, new: str) -> None:
    for parse, slow, text in (
        (parse_protein, hgvs._parse_protein, f"p.{old}{codon}{new}"),
        (parse_coding, hgvs._parse_coding, f"c.{codon}{'ACGT'[codon % 4]}>{'CGTA'[codon % 3]}"),
    ):
        outcomes = []
        for way in (parse, slow):
            try:
                outcomes.append(way(text))
            except ValueError as error:
                outcomes.append(str(error))
        assert outcomes[0] == outcomes[1]
        if not isinstance(outcomes[0], str):
            assert outcomes[0].text == outcomes[1].text
