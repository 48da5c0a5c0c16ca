"""CIViC's names in our grammar, and what agreeing and contradicting items make of a claim."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tierline.alterations import parse
from tierline.knowledge import KNOWLEDGE
from tierline.knowledge._civic_names import Unreadable, translate
from tierline.knowledge.civic import (
    BY_RULE,
    MIXED,
    Correction,
    Disease,
    Item,
    Reading,
    evidence_of,
    items_of,
    profile_of_2021,
    read_table,
    reading,
    therapies_of,
    why_unread,
)
from tierline.oncotree import OncoTree
from tierline.problems import InputError
from tierline.records import Axis

# --------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        # changes
        ("BRAF V600E", "BRAF p.Val600Glu"),
        ("BRAF T599dup", "BRAF p.Thr599dup"),
        ("BRAF V600_K601>E", "BRAF p.Val600_Lys601delinsGlu"),
        ("BRAF L485_P490del", "BRAF p.Leu485_Pro490del"),
        ("BRCA1 W1815X", "BRCA1 p.Trp1815Ter"),
        ("BRCA1 Q1467*", "BRCA1 p.Gln1467Ter"),
        ("BRCA2 M1R", "BRCA2 p.Met1?"),
        ("ABCB1 I1145I", "ABCB1 p.Ile1145="),
        ("EGFR E746_T751>I", "EGFR p.Glu746_Thr751delinsIle"),
        ("EGFR A767_V769dupASV", "EGFR p.Ala767_Val769dup"),
        ("EGFR D770_N771insNPG", "EGFR p.Asp770_Asn771insAsnProGly"),
        ("ERBB2 M774DELINSWLV", "ERBB2 p.Met774delinsTrpLeuVal"),
        ("ERBB2 Y772_A775DUP", "ERBB2 p.Tyr772_Ala775dup"),
        ("PDGFRA D842_H845DELDIMH", "PDGFRA p.Asp842_His845del"),
        ("KIT P551_E554delPMYE", "KIT p.Pro551_Glu554del"),
        ("KIT T417_D419delinsY", "KIT p.Thr417_Asp419delinsTyr"),
        ("ARID1A P1175FS*5", "ARID1A p.Pro1175fs"),
        ("NF2 K159fs", "NF2 p.Lys159fs"),
        ("U2AF1 S34Y/F", "U2AF1 p.Ser34Tyr | p.Ser34Phe"),
        ("ABCB1 S893A/T", "ABCB1 p.Ser893Ala | p.Ser893Thr"),
        ("VHL L184P (c.551T>C)", "VHL p.Leu184Pro"),
        ("VHL V777A (c.2330T>C)", "VHL p.Val777Ala"),
        ("ATM c.7515+1_2del", "ATM c.7515+1_2del"),
        ("FLCN c.1285dupC", "FLCN c.1285dup"),
        ("JAK2 Splice Site (c.1641+2T>G)", "JAK2 c.1641+2T>G"),
        ("TERT C228T", "TERT c.-124C>T"),
        ("H3-3A K28M", "H3-3A p.Lys28Met | p.Lys27Met"),
        ("H3C2 K27M", "H3C2 p.Lys27Met | p.Lys28Met"),
        ("H3-3A G35R", "H3-3A p.Gly35Arg | p.Gly34Arg"),
        # codons and exons
        ("DNMT3A R882", "DNMT3A codon 882"),
        ("KRAS G12/G13", "KRAS codon 12 | codon 13"),
        ("BRAF Non-V600", "BRAF codon 1-599 mutation | codon 601-766 mutation"),
        ("EGFR Exon 19 Deletion", "EGFR exon 19 inframe_deletion"),
        ("EGFR Exon 20 Insertion", "EGFR exon 20 inframe_insertion"),
        ("KIT Exon 11 Mutation", "KIT exon 11"),
        ("KRAS Exon 2 Mutation", "KRAS codon 12-13"),
        ("PIK3CA Exon 21 Mutation", "PIK3CA exon 20"),
        ("CALR EXON 9 FRAMESHIFT", "CALR exon 9 truncating"),
        ("NPM1 EXON 11 MUTATION", "NPM1 codon 287-290 truncating"),
        ("MET Exon 14 Skipping Mutation", "MET exon 14 skipping"),
        ("FLT3 ITD", "FLT3 exon 14-15 inframe_insertion"),
        ("FLT3 TKD MUTATION", "FLT3 codon 835-836"),
        ("KIT Internal Duplication", "KIT exon 11 inframe_insertion"),
        ("EGFR VIII", "EGFR p.Val30_Arg297delinsGly"),
        # words
        ("TP53 Mutation", "TP53 mutation"),
        ("TP53 ALTERATION", "TP53 mutation"),
        ("EZH2 Activating Mutation", "EZH2 mutation"),
        ("BRCA1 Loss-of-function", "BRCA1 loss_of_function"),
        ("SMARCA4 INACTIVATING MUTATION", "SMARCA4 loss_of_function"),
        ("PTEN Loss", "PTEN loss_of_function | deletion | underexpression"),
        ("CDKN2A Deletion", "CDKN2A deletion"),
        ("MET Amplification", "MET amplification"),
        ("TSC1 Frameshift Truncation", "TSC1 truncating"),
        ("TERT Promoter Mutation", "TERT promoter"),
        ("KRAS Wildtype", "KRAS wild_type"),
        ("TMB High", "TMB high"),
        ("MGMT Promoter Methylation", "MGMT methylation"),
        ("ERBB2 Overexpression", "ERBB2 overexpression"),
        ("AREG Expression", "AREG expression"),
        ("SMARCB1 LOSS OF NUCLEAR PROTEIN EXPRESSION", "SMARCB1 underexpression"),
        ("RB1 PHOSPHORYLATION", "RB1 phosphorylation"),
        # fusions
        ("EML4::ALK Fusion", "ALK fusion EML4"),
        ("v::ALK Fusion", "ALK fusion"),
        ("KMT2A::v Fusion", "KMT2A fusion"),
        ("FGFR2::BICC1 Fusion", "FGFR2 fusion BICC1"),
        ("FGFR2::v Fusion OR FGFR2::? Fusion", "FGFR2 fusion"),
        ("C19MC TTYH1::C19MC fusion", "C19MC fusion TTYH1"),
        ("BCL2 reg_e@[IGH]::BCL2", "BCL2 fusion IGH"),
        ("MECOM rearrangement", "MECOM fusion"),
        ("v::RET Fusion OR RET Mutation", "RET fusion | mutation"),
        # several
        ("BRAF V600E AND EZH2 Y646F", "BRAF p.Val600Glu & EZH2 p.Tyr646Phe"),
        ("MET Amplification AND NOT KRAS Mutation", "MET amplification & KRAS !mutation"),
        ("BRAF V600E OR BRAF K601E", "BRAF p.Val600Glu | p.Lys601Glu"),
        (
            "KIF5B::RET Fusion AND ( RET G810C OR RET G810S OR RET G810R )",
            "RET fusion KIF5B & RET p.Gly810Cys | p.Gly810Ser | p.Gly810Arg",
        ),
        (
            "RB1 Wildtype AND ( CDKN2A Loss OR CDKN2A Mutation )",
            "RB1 wild_type & CDKN2A loss_of_function | deletion | underexpression | mutation",
        ),
    ],
)
def test_a_profile_in_our_grammar(profile, expected):
    (alteration,) = translate(profile)
    assert alteration == expected
    parse(alteration.partition(" ")[2], alteration.partition(" ")[0])


def test_alternatives_of_several_genes_are_several_alterations():
    assert translate("BRCA1 Mutation OR BRCA2 Mutation") == ("BRCA1 mutation", "BRCA2 mutation")
    assert translate("EML4::ALK Fusion AND ( ALK G1202R OR KRAS G12C )") == (
        "ALK fusion EML4 & ALK p.Gly1202Arg",
        "ALK fusion EML4 & KRAS p.Gly12Cys",
    )


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        ("EML4::ALK e6::e20", "breakpoint"),
        ("BRAF intron 9 rearrangement", "breakpoint"),
        ("ALK Exon 4-11 Deletion", "whole exons"),
        ("CEBPA BIALLELIC INACTIVATION", "both alleles"),
        ("AR AR-V7", "isoform"),
        ("PSMB8 NUCLEAR EXPRESSION", "place"),
        ("AKT1 S473 Phosphorylation", "one residue"),
        ("KRAS RS61764370", "polymorphism"),
        ("UGT1A1 UGT1A1*28", "polymorphism"),
        ("EGFR Rare Mutation", "bounds"),
        ("EGFR Copy Number Variation", "bounds"),
        ("TP53 DNA Binding Domain Mutation", "domain"),
        ("NOT KIT D816V", "absence"),
        ("EGFR P772_V774insPHV", "neither a change nor a word"),  # no neighbours: CIViC's own slip
        ("KRAS", "no alteration"),
        ("( KRAS G12C", "do not match"),
        ("KRAS G12C )", "do not match"),
        ("KRAS G12C AND", "neither a change nor a word"),  # p.Gly12delinsCysAlaAsnAsp it is not
    ],
)
def test_what_the_grammar_cannot_say_is_not_guessed(profile, reason):
    with pytest.raises(Unreadable, match=reason):
        translate(profile)


WORDS = st.sampled_from(
    ["BRAF", "V600E", "V0E", "K0", "AND", "OR", "NOT", "(", ")", "EML4::ALK", "v::", "::v", "Fusion", "Mutation",
     "Exon 0 Mutation", "Loss", "c.1A>G", "!", "|", "&", "<script>", "Wildtype", "G12/G13", "S34Y/F", "\t",
     "Exon 9-2 Mutation"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=40), st.lists(WORDS, max_size=9).map(" ".join)))
def test_any_name_is_said_in_the_grammar_or_refused(profile):
    try:
        alternatives = translate(profile)
    except Unreadable as error:
        assert str(error)
    else:
        for alternative in alternatives:
            parse(alternative.partition(" ")[2], alternative.partition(" ")[0])


@pytest.mark.parametrize(
    ("gene", "variant", "profile"),
    [
        ("BRAF", "V600E", "BRAF V600E"),
        ("ABL1", "BCR-ABL", "BCR::ABL1 Fusion"),
        ("ABL1", "BCR-ABL T315I", "BCR::ABL1 Fusion AND ABL1 T315I"),
        ("ABL1", "BCR-ABL L248R F359I", "BCR::ABL1 Fusion AND ABL1 L248R AND ABL1 F359I"),
        ("ALK", "EML4-ALK and AMPLIFICATION", "EML4::ALK Fusion AND ALK AMPLIFICATION"),
        ("ALK", "ALK FUSIONS", "v::ALK Fusion"),
        ("ALK", "ALK FUSION G1202R", "v::ALK Fusion AND ALK G1202R"),
        ("BRCA1", "LOSS-OF-FUNCTION", "BRCA1 LOSS-OF-FUNCTION"),
    ],
)
def test_genes_and_variants_of_the_older_table_make_profiles(gene, variant, profile):
    assert profile_of_2021(gene, variant) == profile


# --------------------------------------------------------------------------- what an item becomes

ITEM = Item(
    evidence_id=1, profile="BRAF V600E", disease="Melanoma", doid="", therapies="Vemurafenib", interaction="",
    evidence_type="Predictive", direction="Supports", level="B", significance="Sensitivity/Response", rating=3,
    source_type="PubMed", citation_id="1", year="2015", nct_ids=(), origin="Somatic", reviewed="2023-01-09",
    flagged=False, alterations=("BRAF p.Val600Glu",), unreadable="",
)  # fmt: skip
OURS = Reading(
    {
        "Melanoma": Disease("Melanoma", "", ("MEL",), "", ""),
        "Chronic Myeloid Leukemia": Disease("Chronic Myeloid Leukemia", "", ("CML",), "", ""),
        "Lynch Syndrome": Disease("Lynch Syndrome", "", (), "", "an inherited syndrome, no tumour"),
    }
)
PROGNOSTIC = {"evidence_type": "Prognostic", "therapies": "", "significance": "Poor Outcome"}


def facts(*changes, corrections=()):
    """The facts of items that differ from ITEM in ``changes``; each is of another citation unless it says so."""
    items = [replace(ITEM, **{"evidence_id": n, "citation_id": str(n), **change}) for n, change in enumerate(changes, 1)]
    return list(evidence_of(items, replace(OURS, corrections=corrections)))


def levels(*changes):
    return "".join(fact.level for fact in facts(*changes))


@pytest.mark.parametrize(("level", "expected"), [("A", "A"), ("B", "C"), ("C", "D"), ("D", "D")])
def test_the_level_of_an_item_alone(level, expected):
    assert levels({"level": level}) == expected


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ({}, "BB"),
        ({"rating": 5}, "BB"),
        ({"rating": 2}, "CC"),
        ({"rating": None}, "CC"),
        ({"flagged": True}, "CC"),
        ({"citation_id": "1"}, "CC"),  # the same study
        ({"therapies": "Dabrafenib"}, "CC"),
        ({"therapies": "Vemurafenib,Cobimetinib", "interaction": "Combination"}, "CC"),
        ({"alterations": ("BRAF p.Val600Lys",)}, "CC"),
        ({"disease": "Chronic Myeloid Leukemia"}, "CC"),
        ({"level": "A"}, "CA"),  # A does not make a study of B two
        ({"level": "C"}, "CD"),
        ({"direction": "Does Not Support"}, "CC"),
    ],
)
def test_two_independent_well_rated_studies_make_b(second, expected):
    assert levels({}, second) == expected


@pytest.mark.parametrize(
    ("third", "first_two"),
    [
        ({"direction": "Does Not Support"}, "CC"),
        ({"significance": "Resistance"}, "CC"),
        ({"significance": "Resistance", "direction": "Does Not Support"}, "BB"),
        ({"significance": "Resistance", "rating": 2}, "BB"),
        ({"significance": "Resistance", "level": "C"}, "BB"),
        ({"significance": "Resistance", "level": "A"}, "CC"),
        ({"significance": "Resistance", "flagged": True}, "BB"),
        ({"significance": "Resistance", "therapies": "Dabrafenib"}, "BB"),
        ({"significance": "Resistance", "therapies": "Cobimetinib,Vemurafenib", "interaction": "Combination"}, "CC"),
        ({"significance": "Resistance", "disease": "Chronic Myeloid Leukemia"}, "BB"),
        (PROGNOSTIC, "BB"),
    ],
)
def test_a_contradiction_takes_b_away(third, first_two):
    assert levels({}, {}, third)[:2] == first_two


def test_one_drug_alone_contradicts_no_combination():
    both = {"therapies": "Cobimetinib,Vemurafenib", "interaction": "Combination"}
    assert levels(both, both, {"significance": "Resistance"})[:2] == "BB"
    assert levels(both, both, {**both, "significance": "Resistance"})[:2] == "CC"


def test_an_effect_on_outcome_that_was_looked_for_and_not_found_contradicts_either():
    none = {**PROGNOSTIC, "significance": "N/A", "direction": "Does Not Support"}
    assert levels(PROGNOSTIC, PROGNOSTIC) == "BB"
    assert levels(PROGNOSTIC, PROGNOSTIC, none)[:2] == "CC"
    better = {**PROGNOSTIC, "significance": "Better Outcome"}
    assert levels(better, better, none)[:2] == "CC"
    assert levels(better, better, PROGNOSTIC)[:2] == "CC"
    (fact,) = facts(none)
    assert (fact.axis, fact.effect, fact.supports) == (Axis.PROGNOSTIC, "", False)


def test_a_fact_says_where_it_comes_from():
    (fact,) = facts({"nct_ids": ("NCT00000001",), "evidence_id": 1409, "level": "A"})
    assert (fact.id, fact.gene, fact.alteration, fact.tumor_types) == ("EID1409", "BRAF", "p.Val600Glu", ("MEL",))
    assert (fact.axis, fact.therapy, fact.level, fact.supports) == (Axis.SENSITIVITY, "vemurafenib", "A", True)
    assert (fact.source, fact.source_date) == ("PMID 1; NCT00000001", "2015")
    assert fact.source_url == "https://civicdb.org/links/evidence_items/1409"
    assert fact.looked_up == "via CIViC EID1409, level A, 3 of 5 stars"


def test_substitutes_are_items_of_their_own_and_combinations_one():
    two = {"therapies": "Vemurafenib,Dabrafenib"}
    assert [(f.id, f.therapy) for f in facts({**two, "interaction": "Substitutes"})] == [
        ("EID1.1", "dabrafenib"),
        ("EID1.2", "vemurafenib"),
    ]
    assert [(f.id, f.therapy) for f in facts({**two, "interaction": "Combination"})] == [
        ("EID1", "dabrafenib + vemurafenib")
    ]


@pytest.mark.parametrize(
    ("therapies", "interaction", "expected"),
    [
        ("2,4-pyrimidinediamine", "", ("2,4-pyrimidinediamine",)),
        ("Gefitinib,HER2 Inhibitor CP-724,714", "Substitutes", ("gefitinib", "HER2 inhibitor CP-724,714")),
        ("Imatinib Mesylate", "", ("imatinib",)),
        ("Nutlin-3,PLX4720", "Combination", ("nutlin-3 + PLX4720",)),
    ],
)
def test_therapies_are_named_in_one_way(therapies, interaction, expected):
    assert therapies_of(replace(ITEM, therapies=therapies, interaction=interaction)) == expected


def test_a_fusion_that_defines_the_tumour_need_not_be_found():
    profile = {"alterations": ("ABL1 fusion BCR & ABL1 p.Thr315Ile",)}
    (fact,) = facts({**profile, "disease": "Chronic Myeloid Leukemia"})
    assert (fact.gene, fact.alteration) == ("ABL1", "p.Thr315Ile")
    (fact,) = facts(profile)
    assert fact.alteration == "fusion BCR & p.Thr315Ile"
    (fact,) = facts({"alterations": ("ABL1 fusion BCR",), "disease": "Chronic Myeloid Leukemia"})
    assert fact.alteration == "fusion BCR"


def test_reduced_sensitivity_and_inherited_variants_are_named_in_the_setting():
    (fact,) = facts({"significance": "Reduced Sensitivity"})
    assert (fact.axis, fact.setting) == (Axis.RESISTANCE, "reduced sensitivity")
    (fact,) = facts({"origin": "Rare Germline", "alterations": ("BRCA2 loss_of_function",), "flagged": True})
    assert fact.setting == "inherited variant, flagged for review at CIViC"


def test_a_correction_takes_the_place_of_what_the_item_says():
    corrections = (
        Correction(1, "level", ("C",), "x"),
        Correction(1, "tumor_types", ("UM",), "x"),
        Correction(1, "except_types", ("ACRM",), "x"),
        Correction(1, "alterations", ("BRAF fusion",), "x"),
    )
    corrected, other = facts({}, {}, corrections=corrections)
    assert (corrected.level, corrected.tumor_types, corrected.except_types, corrected.alteration) == (
        "D", ("UM",), ("ACRM",), "fusion",
    )  # fmt: skip
    assert (other.level, other.tumor_types, other.alteration) == ("C", ("MEL",), "p.Val600Glu")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"evidence_type": "Predisposing"}, "evidence type Predisposing"),
        ({"level": "E"}, "level E"),
        ({"origin": "Common Germline"}, "common germline"),
        ({"origin": "Rare Germline"}, "single inherited variant"),
        ({"origin": "Rare Germline", "alterations": ("BRCA2 mutation",), **PROGNOSTIC}, "not about therapy"),
        ({"unreadable": "an isoform", "alterations": ()}, "names an isoform"),
        ({"disease": "Unheard Of"}, "diseases.tsv"),
        ({"disease": "Lynch Syndrome"}, "no tumour type: an inherited syndrome"),
        ({"significance": "Adverse Response"}, "Adverse Response"),
        ({**PROGNOSTIC, "significance": "N/A"}, "N/A"),
        ({"evidence_type": "Diagnostic", "therapies": "", "significance": "Negative"}, "negative diagnostic"),
        ({"therapies": ""}, "no therapy"),
        ({"therapies": "Not Applicable"}, "no therapy"),
        ({"therapies": "Gefitinib,Osimertinib", "interaction": "Sequential"}, "in sequence"),
    ],
)
def test_what_is_not_read_has_its_reason(change, reason):
    item = replace(ITEM, **change)
    assert reason in why_unread(item, OURS.diseases.get(item.disease))
    assert facts(change) == []


@pytest.mark.parametrize("origin", ["Somatic", "N/A", "Unknown", "Mixed", "Combined"])
def test_other_origins_are_read(origin):
    assert why_unread(replace(ITEM, origin=origin), OURS.diseases["Melanoma"]) == ""


def test_a_negative_diagnostic_item_of_level_a_is_read():
    (fact,) = facts({"evidence_type": "Diagnostic", "therapies": "", "significance": "Negative", "level": "A"})
    assert (fact.axis, fact.effect, fact.level) == (Axis.DIAGNOSTIC, "negative", "A")


@pytest.mark.parametrize(
    ("change", "left_out"),
    [
        ({"alterations": ("TP53 mutation",)}, True),  # EID11709: VEGF inhibitors in 188 of 500 patients of any type
        ({"alterations": ("TP53 mutation",), "disease": "Melanoma"}, False),
        ({"alterations": ("TP53 mutation",), "nct_ids": ("NCT00000001",)}, False),  # a trial that treats by the gene
        ({"alterations": ("CD274 expression",), "nct_ids": ("NCT00000001",)}, True),  # expression chose nobody
        ({"alterations": ("KMT2A mutation", "KMT2C mutation")}, True),
        ({"alterations": ("LRP1B loss_of_function",), "disease": "Solid Tumor"}, True),
        ({"alterations": ("AKT1 p.Glu17Lys",)}, False),
        ({"alterations": ("ALK fusion",)}, False),
        ({"alterations": ("TP53 mutation",), "level": "D"}, False),
        ({"alterations": ("TP53 mutation",), "level": "A"}, False),
        ({"alterations": ("TP53 mutation",), "direction": "Does Not Support"}, False),
        ({"alterations": ("FGFR1 amplification",), "evidence_type": "Prognostic", "significance": "Poor Outcome"}, True),
    ],
)
def test_an_association_over_tumours_of_any_type_is_left_out(change, left_out):
    item = replace(ITEM, **{"disease": "Cancer", "level": "B", "nct_ids": ()} | change)
    assert why_unread(item, reading(KNOWLEDGE / "civic").diseases[item.disease]) == (MIXED if left_out else "")


def test_rules_are_told_from_what_was_not_understood():
    assert why_unread(replace(ITEM, level="E"), OURS.diseases["Melanoma"]) in BY_RULE
    assert why_unread(replace(ITEM, disease="x"), None) not in BY_RULE


# --------------------------------------------------------------------------- downloads, and our tables

NEW = {
    "molecular_profile": "BRAF V600E", "disease": "Melanoma", "doid": "1909", "therapies": "Vemurafenib",
    "therapy_interaction_type": "", "evidence_type": "Predictive", "evidence_direction": "Supports",
    "evidence_level": "A", "significance": "Sensitivity/Response", "evidence_statement": "words", "citation_id": "7",
    "source_type": "PubMed", "citation": "Author et al., 2011", "nct_ids": "NCT00000001, NCT00000002", "rating": "",
    "evidence_status": "accepted", "evidence_id": "12", "variant_origin": "Somatic",
    "last_review_date": "2023-01-09 21:46:26 UTC", "is_flagged": "false",
}  # fmt: skip
OLD = {
    **{key: value for key, value in NEW.items() if key not in ("molecular_profile", "is_flagged", "disease")},
    "gene": "BRAF", "variant": "V600E", "disease": "Some Older Name",
}  # fmt: skip
for new, old in (("therapies", "drugs"), ("therapy_interaction_type", "drug_interaction_type")):
    OLD[old] = OLD.pop(new)
OLD["clinical_significance"] = OLD.pop("significance")


def download(tmp_path, *rows):
    path = tmp_path / "download.tsv"
    path.write_text("\n".join("\t".join(cells) for cells in (rows[0], *(row.values() for row in rows))) + "\n")
    return path


def test_both_formats_of_the_download_say_the_same(tmp_path):
    (new,) = read_table(download(tmp_path, NEW), KNOWLEDGE)
    (old,) = read_table(download(tmp_path, OLD), KNOWLEDGE)  # the disease is found by its DOID
    assert new == old
    assert (new.id, new.alteration, new.tumor_types, new.therapy) == ("EID12", "p.Val600Glu", ("MEL",), "vemurafenib")
    assert (new.source, new.source_date, new.read_on) == ("PMID 7; NCT00000001; NCT00000002", "2011", "2023-01-09")
    assert new.looked_up.endswith("not rated")


def test_items_that_are_not_accepted_are_left_alone(tmp_path):
    assert list(items_of(download(tmp_path, {**NEW, "evidence_status": "submitted"}))) == []


def test_another_table_is_refused_with_what_it_lacks(tmp_path):
    with pytest.raises(InputError, match="variant_origin"):
        list(items_of(download(tmp_path, {key: value for key, value in NEW.items() if key != "variant_origin"})))


def test_our_tables_name_real_tumour_types_and_give_reasons():
    tree, ours = OncoTree.load(), reading(KNOWLEDGE / "civic")
    words = {"any", "any_solid", "any_haematological"}
    for row in ours.diseases.values():
        assert all(tree.exists(code) or code in words for code in row.tumor_types), row
        assert bool(row.tumor_types) != bool(row.why), row
    for correction in ours.corrections:
        assert len(correction.reason.split()) >= 5 and correction.value, correction
        if correction.field == "alterations":
            for text in correction.value:
                parse(text.partition(" ")[2], text.partition(" ")[0])
        elif correction.field == "level":
            assert correction.value[0] in "ABCD" and len(correction.value) == 1
        else:
            assert correction.field in ("tumor_types", "except_types")
            assert all(tree.exists(code) for code in correction.value)
    keys = [(row.evidence_id, row.field) for row in ours.corrections]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("disease", "codes"),
    [
        ("Cancer", {"any"}),
        ("Solid Tumor", {"any_solid"}),
        ("Hematologic Cancer", {"any_haematological"}),
        ("Lung Non-small Cell Carcinoma", {"NSCLC"}),
        ("Colorectal Cancer", {"COADREAD"}),
        ("Acute Myeloid Leukemia", {"AML"}),
        ("Skin Melanoma", {"MEL"}),
        ("Melanoma", {"MEL"}),
        ("Chronic Lymphocytic Leukemia", {"CLLSLL"}),
        ("Glioblastoma", {"GB"}),
        ("Thyroid Cancer", {"THAP", "THHC", "THPD", "WDTC"}),
        ("Transitional Cell Carcinoma", {"BLCA", "UTUC", "UCU"}),
        ("Multiple Myeloma", {"PCM"}),
    ],
)
def test_diseases_are_read_as_a_pathologist_would(disease, codes):
    assert set(reading(KNOWLEDGE / "civic").diseases[disease].tumor_types) == codes
