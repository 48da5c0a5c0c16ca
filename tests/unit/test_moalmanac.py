"""The loader of the Molecular Oncology Almanac on records made by hand in its two formats; all values are invented.

Which evidence a real label or paper gives is not asserted here: drugs, dates and addresses are made up.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tierline.knowledge import KNOWLEDGE, load_knowledge, moalmanac
from tierline.problems import InputError
from tierline.records import Axis, Evidence

KINDS = {"sensitivity": {"therapy_sensitivity": 1}, "resistance": {"therapy_resistance": 1}}


def assertion(**given: Any) -> dict[str, Any]:
    """An assertion of the dated releases: a somatic BRAF V600E in melanoma that an invented drug treats."""
    return {
        "feature_type": "Somatic Variant", "gene": "BRAF", "protein_change": "p.V600E", "variant_annotation": "Missense",
        "exon": "15", "disease": "Melanoma", "oncotree_term": "Melanoma", "oncotree_code": "MEL",
        "therapy_name": "Madeupinib", "therapy_sensitivity": 1, "therapy_resistance": "", "favorable_prognosis": "",
        "predictive_implication": "FDA-Approved", "source_type": "FDA", "pmid": "", "nct": "", "doi": "",
        "citation": "Made Inc. Madeup (madeupinib) [package insert]. A website. https://example.org/a.pdf. Accessed May 1.",
        "url": "https://example.org/a.pdf", "context": "Second line", "publication_date": "2021-05-01",
        "last_updated": "9/16/21", **given,
    }  # fmt: skip


def folder(tmp_path: Path, content: object, name: str = "almanac.json") -> Path:
    (tmp_path / "moalmanac").mkdir(exist_ok=True)
    (tmp_path / "moalmanac" / name).write_text(json.dumps(content), encoding="utf-8")
    return tmp_path


def one(tmp_path: Path, row: dict[str, Any]) -> Evidence:
    [fact] = moalmanac.read(folder(tmp_path, [row]))
    return fact


def why_not(tmp_path: Path, row: dict[str, Any]) -> str:
    where = folder(tmp_path, [row])
    assert list(moalmanac.read(where)) == []
    [left] = moalmanac.unread(where)
    assert left.source == "moalmanac" and left.what
    return left.reason


def test_without_a_file_there_is_nothing_and_the_release_says_so(tmp_path: Path) -> None:
    assert list(moalmanac.read(tmp_path)) == list(moalmanac.unread(tmp_path)) == []
    assert moalmanac.release(tmp_path) == {
        "name": "Molecular Oncology Almanac", "release": "not installed", "date": "", "licence": "GPL-2.0", "items": "0",
    }  # fmt: skip


def test_every_field_of_a_fact(tmp_path: Path) -> None:
    fact = one(tmp_path, assertion())
    assert fact == Evidence(
        id="moa-1", gene="BRAF", alteration="p.Val600Glu", tumor_types=("MEL",), except_types=(), axis=Axis.SENSITIVITY,
        effect="", therapy="madeupinib", level="A", jurisdictions=("FDA",), approved_test="unknown", setting="Second line",
        source="Made Inc. Madeup (madeupinib) [package insert]. A website", source_url="https://example.org/a.pdf",
        source_date="2021-05-01", looked_up="via Molecular Oncology Almanac assertion 1", read_on="2021-09-16",
        knowledge="moalmanac",
    )  # fmt: skip
    assert load_knowledge(["moalmanac"], tmp_path).by_gene == {"BRAF": (fact,)}


@pytest.mark.parametrize(
    ("feature", "gene", "alteration"),
    [
        ({"gene": "KRAS", "protein_change": "p.G12"}, "KRAS", "codon 12"),
        ({"gene": "SRSF2", "protein_change": "p.P95_R102del"}, "SRSF2", "p.Pro95_Arg102del"),
        ({"gene": "NPM1", "protein_change": "p.W288Cfs*12"}, "NPM1", "p.Trp288fs"),
        ({"gene": "KIT", "protein_change": "", "variant_annotation": "", "exon": "11"}, "KIT", "exon 11"),
        ({"gene": "EGFR", "protein_change": "", "variant_annotation": "Deletion", "exon": "19"},
         "EGFR", "exon 19 inframe_deletion"),
        ({"gene": "EGFR", "protein_change": "", "variant_annotation": "Insertion", "exon": "20"},
         "EGFR", "exon 20 inframe_insertion"),
        ({"gene": "MET", "protein_change": "", "variant_annotation": "Splice Site", "exon": "14"},
         "MET", "exon 14 skipping"),
        ({"gene": "MET", "protein_change": "", "variant_annotation": "Deletion", "exon": "14"}, "MET", "exon 14 skipping"),
        ({"gene": "PTEN", "protein_change": "", "variant_annotation": "Nonsense", "exon": ""}, "PTEN", "truncating"),
        ({"gene": "PTEN", "protein_change": "", "variant_annotation": "Splice Site", "exon": ""}, "PTEN", "truncating"),
        ({"gene": "TP53", "protein_change": "", "variant_annotation": "", "exon": ""}, "TP53", "mutation"),
        ({"gene": "NFE2L2", "protein_change": "", "variant_annotation": "Activating mutation", "exon": ""},
         "NFE2L2", "mutation"),
        ({"feature_type": "Copy Number", "gene": "ERBB2", "direction": "Amplification"}, "ERBB2", "amplification"),
        ({"feature_type": "Copy Number", "gene": "PTEN", "direction": "Deletion"}, "PTEN", "deletion"),
        ({"feature_type": "Rearrangement", "gene1": "EML4", "gene2": "ALK", "rearrangement_type": "Fusion"},
         "EML4", "fusion ALK"),
        ({"feature_type": "Rearrangement", "gene1": "RET", "gene2": "", "rearrangement_type": ""}, "RET", "fusion"),
        ({"feature_type": "Microsatellite Stability", "gene": "", "status": "MSI-High"}, "MSI", "high"),
        ({"feature_type": "Mutational Burden", "gene": "", "classification": "High"}, "TMB", "high"),
        ({"feature_type": "Mutational Burden", "gene": "", "classification": "High", "mutations_per_mb": "10"},
         "TMB", "high mut/Mb>=10"),
    ],
)  # fmt: skip
def test_alterations_of_the_dated_releases(tmp_path: Path, feature: dict[str, str], gene: str, alteration: str) -> None:
    fact = one(tmp_path, assertion(**feature))
    assert (fact.gene, fact.alteration) == (gene, alteration)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"feature_type": "Germline Variant", "gene": "BRCA1"}, "inherited"),
        ({"feature_type": "Knockdown", "technique": "shRNA"}, "experiment"),
        ({"feature_type": "Aneuploidy", "event": "Whole genome doubling"}, "aneuploidy"),
        ({"feature_type": "Microsatellite Stability", "gene": "", "status": "MSI-Odd"}, "microsatellite"),
        ({"feature_type": "Mutational Burden", "gene": "", "classification": "High", "minimum_mutations": "178"},
         "counted otherwise than by megabase"),
        ({"feature_type": "Mutational Burden", "gene": "", "classification": "Low"}, "burden"),
        ({"feature_type": "Mutational Signature", "cosmic_signature": "SBS3"}, "signature"),
        ({"feature_type": "Silencing"}, "'silencing' is not known"),
        ({"feature_type": "Copy Number", "direction": ""}, "without direction"),
        ({"feature_type": "Rearrangement", "gene1": "CCND1", "gene2": "", "locus": "t(11;14)"}, "bands"),
        ({"gene": "TP53", "protein_change": "", "exon": ""}, "missense anywhere"),
        ({"gene": "EGFR", "protein_change": "", "variant_annotation": "Nonsense"}, "truncation of an oncogene"),
        ({"protein_change": "p.V600?!"}, "can't be read"),
        ({"therapy_sensitivity": 0}, "no effect"),
        ({"therapy_sensitivity": ""}, "no axis"),
        ({"therapy_sensitivity": "", "adverse_event_risk": 1}, "adverse event"),
        ({"therapy_name": ""}, "no therapy"),
        ({"oncotree_code": "", "oncotree_term": "", "disease": ""}, "no OncoTree code"),
        ({"oncotree_code": "", "oncotree_term": "Any solid tumor", "disease": "Liver Metastases"}, "no OncoTree code"),
        ({"oncotree_code": "NOSUCH"}, "'NOSUCH' is no code"),
        ({"predictive_implication": "Hearsay"}, "'hearsay' is not known"),
        ({"gene": "ABL1", "protein_change": "p.T315I", "oncotree_code": "CML", "predictive_implication": "Guideline",
          **{"therapy_sensitivity": "", "therapy_resistance": 1}}, "known fault"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_listed_with_its_reason(tmp_path: Path, given: dict[str, Any], reason: str) -> None:
    assert reason in why_not(tmp_path, assertion(**given))


@pytest.mark.parametrize(
    ("code", "types"), [("GBM", ("GB",)), ("ALL", ("BLL", "TLL")), ("LUAD", ("LUAD",))]
)  # a former code is what it became
def test_former_codes(tmp_path: Path, code: str, types: tuple[str, ...]) -> None:
    assert one(tmp_path, assertion(oncotree_code=code)).tumor_types == types


def test_any_solid_tumour(tmp_path: Path) -> None:
    row = assertion(oncotree_code="", oncotree_term="Any solid tumor", disease="Any solid tumor")
    assert one(tmp_path, row).tumor_types == ("any_solid",)


@pytest.mark.parametrize(
    ("implication", "level"),
    [("FDA-Approved", "A"), ("Guideline", "A"), ("Clinical trial", "C"), ("Clinical evidence", "D"),
     ("Preclinical", "D"), ("Inferential", "D")],
)  # fmt: skip
def test_levels(tmp_path: Path, implication: str, level: str) -> None:
    fact = one(tmp_path, assertion(predictive_implication=implication, pmid=1, nct="NCT00000000"))
    assert (fact.level, fact.source) == (level, "PMID 1; NCT00000000")
    assert fact.jurisdictions == (("FDA",) if implication == "FDA-Approved" else ())


@pytest.mark.parametrize(
    ("second", "levels"),
    [
        ({"pmid": 2}, "CC"),  # two studies
        ({"pmid": 1}, "DD"),  # one study twice
        ({"pmid": 2, "therapy_name": "Otherinib"}, "DD"),
        ({"pmid": 2, "oncotree_code": "COADREAD"}, "DD"),
        ({"pmid": 2, "predictive_implication": "Preclinical"}, "DD"),
    ],
)
def test_clinical_studies_that_agree_are_several(tmp_path: Path, second: dict[str, Any], levels: str) -> None:
    study = {"predictive_implication": "Clinical evidence", "pmid": 1}
    rows = [assertion(**study), assertion(**{**study, **second})]
    assert "".join(fact.level for fact in moalmanac.read(folder(tmp_path, rows))) == levels


def test_clinical_studies_that_are_contradicted_stay_one_by_one(tmp_path: Path) -> None:
    study = {"predictive_implication": "Clinical evidence"}
    against = {"therapy_sensitivity": "", "therapy_resistance": 1, "predictive_implication": "Preclinical"}
    rows = [assertion(**study, pmid=1), assertion(**study, pmid=2), assertion(**against, pmid=3)]
    assert [fact.level for fact in moalmanac.read(folder(tmp_path, rows))] == ["D", "D", "D"]


@pytest.mark.parametrize(
    ("cells", "axis", "effect"),
    [
        ({"therapy_resistance": "1"}, Axis.RESISTANCE, ""),
        ({"favorable_prognosis": 1}, Axis.PROGNOSTIC, "better"),
        ({"favorable_prognosis": "0"}, Axis.PROGNOSTIC, "worse"),
        ({"diagnostic": "1"}, Axis.DIAGNOSTIC, "positive"),
    ],
)
def test_axes(tmp_path: Path, cells: dict[str, Any], axis: Axis, effect: str) -> None:
    therapy = "Madeupinib" if axis is Axis.RESISTANCE else ""
    fact = one(tmp_path, assertion(therapy_sensitivity="", therapy_name=therapy, **cells))
    assert (fact.axis, fact.effect, fact.therapy) == (axis, effect, therapy.lower())


def test_an_activating_egfr_change_leaves_out_what_resists_the_early_inhibitors(tmp_path: Path) -> None:
    row = assertion(gene="EGFR", protein_change="", variant_annotation="", exon="", oncotree_code="NSCLC")
    assert one(tmp_path, {**row, "therapy_name": "Gefitinib"}).alteration == moalmanac.EGFR_ACTIVATING
    assert one(tmp_path, {**row, "therapy_name": "Madeupinib"}).alteration == "mutation"


def test_an_approval_that_is_known_as_withdrawn_gives_no_a(tmp_path: Path) -> None:
    (tmp_path / "curated").mkdir()
    for table in (KNOWLEDGE / "curated").glob("*.tsv"):
        (tmp_path / "curated" / table.name).write_text(table.read_text(encoding="utf-8"), encoding="utf-8")
    row = assertion(gene="EGFR", protein_change="", variant_annotation="Insertion", exon="20", oncotree_code="NSCLC")
    fact = one(tmp_path, {**row, "therapy_name": "Mobocertinib"})
    assert (fact.level, bool(fact.withdrawn_on)) == ("C", True)
    assert one(tmp_path, row).level == "A"


# --------------------------------------------------------------------------- the draft of version 2


def extensions(**values: Any) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def biomarker(kind: str, name: str, *genes: str, **more: Any) -> dict[str, Any]:
    return {
        "id": 1, "type": "CategoricalVariant", "name": name, "genes": [{"id": 1, "name": gene} for gene in genes],
        "extensions": extensions(biomarker_type=kind, **{"_present": True, **more}),
    }  # fmt: skip


V600E = biomarker("Somatic Variant", "BRAF p.V600E", "BRAF", protein_change="p.V600E", variant_annotation="Missense")


def statement(*biomarkers: dict[str, Any], **given: Any) -> dict[str, Any]:
    """A statement of version 2: an invented agency's approval of an invented drug."""
    document = {
        "id": "doc:ema.madeup", "name": "Madeup (madeupinib) [product information]. EMA.",
        "urls": ["https://example.org/ema.pdf"],
        "extensions": extensions(identification_number=123456, publication_date="2023-11-07", status="Active"),
    }  # fmt: skip
    row = {
        "id": 7, "type": "Statement", "contributions": [{"date": "2024-10-20"}], "reportedIn": [document],
        "direction": "supports", "indication": {"id": "ind:ema.madeup:0", "raw_cancer_type": "melanoma"},
        "proposition": {
            "type": "VariantTherapeuticResponseProposition", "predicate": "predictSensitivityTo",
            "biomarkers": list(biomarkers) or [V600E],
            "conditionQualifier": {"name": "Melanoma", "primaryCoding": {"code": "MEL"}},
            "objectTherapeutic": {"name": "Madeupinib"},
        },
        "strength": {"name": "Approval"},
    }  # fmt: skip
    for path, value in given.items():
        *parents, last = path.split("__")
        inner: Any = row
        for key in parents:
            inner = inner[key]
        inner[last] = value
    return row


HER2 = "Human epidermal growth factor receptor 2 (HER2)"


def stain(name: str, marker: str, value: Any, unit: str = "status", equality: str = "=", **more: Any) -> dict[str, Any]:
    return biomarker("Protein expression", name, marker=marker, unit=unit, equality=equality, value=value, **more)


def test_every_field_of_a_statement(tmp_path: Path) -> None:
    where = folder(tmp_path, {"about": {"release": "draft", "last_updated": "2026-05-01"}, "content": [statement()]})
    [fact] = moalmanac.read(where)
    assert fact == Evidence(
        id="moa2-7", gene="BRAF", alteration="p.Val600Glu", tumor_types=("MEL",), except_types=(), axis=Axis.SENSITIVITY,
        effect="", therapy="madeupinib", level="A", jurisdictions=("EMA",), approved_test="unknown", setting="",
        source="Madeup (madeupinib) [product information]. EMA, application 123456, 2023-11-07",
        source_url="https://example.org/ema.pdf", source_date="2023-11-07",
        looked_up="via Molecular Oncology Almanac statement 7", read_on="2024-10-20", knowledge="moalmanac",
    )  # fmt: skip
    release = moalmanac.release(where)
    assert (release["release"], release["date"], release["items"]) == ("draft", "2026-05-01", "1")


def test_a_statement_a_file(tmp_path: Path) -> None:
    folder(tmp_path, statement(), "7.json")
    assert len(list(moalmanac.read(folder(tmp_path, {**statement(), "id": 8}, "8.json")))) == 2


@pytest.mark.parametrize(
    ("biomarkers", "gene", "alteration"),
    [
        ([biomarker("Somatic Variant", "FLT3-ITD", "FLT3", variant_annotation="Internal Tandem Duplication (ITD)")],
         "FLT3", "exon 14-15 inframe_insertion"),
        ([biomarker("Somatic Variant", "AKT1 somatic variants", "AKT1", requires_oncogenic=True)], "AKT1", "mutation"),
        ([biomarker("Copy Number", "PTEN deletion", "PTEN", direction="Deletion")], "PTEN", "deletion"),
        ([biomarker("Copy number", "ERBB2 amplification", "ERBB2")], "ERBB2", "amplification"),
        ([biomarker("Rearrangement", "BCR::ABL1", "BCR", "ABL1", rearrangement_type="Fusion")], "BCR", "fusion ABL1"),
        ([biomarker("Gene fusion", "v::ALK", "ALK")], "ALK", "fusion"),
        ([biomarker("Wild type", "Wild type ALK", "ALK"), V600E], "BRAF", "p.Val600Glu & ALK wild_type"),
        ([V600E, biomarker("Somatic Variant", "KIT p.D816V", "KIT", protein_change="p.D816V", _present=False)],
         "BRAF", "p.Val600Glu & KIT !p.Asp816Val"),
        ([{"id": "bmkr.criterion:1", "present": False, "subject": biomarker("Gene fusion", "BCR::ABL1", "BCR", "ABL1")},
          {"id": "bmkr.criterion:2", "present": True, "subject": V600E}], "BRAF", "p.Val600Glu & BCR !fusion ABL1"),
        ([{"present": True, "subject": {
            "name": "EGFR Exon 19 (Deletion)", "constraints": [{"featureContext": {"name": "EGFR"}}, {"location": {}}],
            "extensions": extensions(biomarker_type="Somatic Variant", variant_annotation="Deletion", exon=19)}}],
         "EGFR", "exon 19 inframe_deletion"),
        ([biomarker("Microsatellite stability", "MSI-H", status="Microsatellite instability-high (MSI-H)")], "MSI", "high"),
        ([biomarker("Microsatellite stability", "MSI-L", status="Microsatellite instability-low (MSI-L)")], "MSI", "low"),
        ([biomarker("Mismatch repair", "dMMR", status="Deficient")], "MSI", "high"),
        ([V600E, biomarker("Mismatch repair", "pMMR", status="Proficient")], "BRAF", "p.Val600Glu & MSI !high"),
        ([biomarker("Homologous recombination", "HRD", status="Deficient")], "HRD", "positive"),
        ([biomarker("Tumor mutational burden", "TMB-H (>= 10 mutations / Mb)")], "TMB", "high mut/Mb>=10"),
        ([biomarker("Copy number (arm level)", "5q deletion", chromosome="5", arm="q")], "Chr5q", "loss"),
        ([stain("CD30 +", "CD30", "Positive")], "TNFRSF8", "expression"),
        ([stain("HER2-positive", HER2, "Positive")], "ERBB2", "overexpression"),
        ([stain("HER2-low", HER2, "Low")], "ERBB2", "low"),
        ([stain("HER2-negative", HER2, "Negative"), stain("ER positive", "Estrogen receptor (ER)", "Positive")],
         "ESR1", "expression & ERBB2 !overexpression"),
        ([stain("PR positive", "Progesterone receptor (PR)", "Positive", _present=False), V600E],
         "BRAF", "p.Val600Glu & PGR !expression"),
        ([stain("PD-L1 >= 1%", "PD-L1", 0.01, "Tumor Proportion Score (TPS)", ">=")], "CD274", "expression %>=1"),
        ([stain("PD-L1 (CPS) >= 10", "PD-L1", 10, "Combined Positive Score (CPS)", ">=")], "CD274", "expression CPS>=10"),
        ([stain("PD-L1 >= 10% TIIC", "PD-L1", 0.1, "Tumor-infiltrating immune cells (TIIC)", ">=")],
         "CD274", "expression IC>=10"),
        ([stain("CLDN18.2 >= 75%", "CLDN18.2", 0.75, "Percentage of tumor cells", ">=")], "CLDN18", "expression %>=75"),
        ([stain("PD-L1 (TAP) >= 5%", "PD-L1", 0.05, "Tumor Area Positivity (TAP)", ">=")], "CD274", "expression TAP>=5"),
    ],
)  # fmt: skip
def test_biomarkers_of_version_2(tmp_path: Path, biomarkers: list[dict[str, Any]], gene: str, alteration: str) -> None:
    fact = one(tmp_path, statement(*biomarkers))
    assert (fact.gene, fact.alteration) == (gene, alteration)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (statement(stain("HER2-ultralow", HER2, "Ultralow")), "no word for"),
        (statement(stain("CD999 +", "CD999", "Positive")), "no word for"),
        (statement(stain("c-Met >= 50%", "c-Met", "0.50", "status", ">=")), "no word for"),
        (statement(stain("PD-L1 < 1%", "PD-L1", 0.01, "Tumor Proportion Score (TPS)", "<")), "no word for"),
        (statement(stain("PD-L1 >= 5%", "PD-L1", 0.5, "Tumor Proportion Score (TPS)", ">=")), "name and figure differ"),
        (statement(stain("PD-L1 (H) >= 5", "PD-L1", 5, "H score (H)", ">=")), "no word for"),
        (statement(stain("PD-L1 >= 5%", "PD-L1", 0.05, "Tumor Proportion Score (TPS)", ">="),
                   proposition__objectTherapeutic={"name": "Atezolizumab"},
                   proposition__conditionQualifier={"primaryCoding": {"code": "BLCA"}}), "known fault"),
        (statement(stain("HER2-negative", HER2, "Negative")), "what must be absent"),
        (statement(biomarker("Mismatch repair", "pMMR", status="Proficient")), "what must be absent"),
        (statement(biomarker("Mismatch repair", "MMR", status="Unknown")), "mismatch repair"),
        (statement(biomarker("Homologous recombination", "HRP", status="Proficient")), "homologous recombination"),
        (statement(biomarker("Tumor mutational burden", "TMB-L")), "burden"),
        (statement(biomarker("Copy number (arm level)", "Complex karyotype")), "arm"),
        (statement(biomarker("Mutational signature", "SBS3")), "signature"),
        (statement(biomarker("Germline Variant", "BRCA1 pathogenic variants", "BRCA1")), "inherited"),
        (statement(biomarker("Wild type", "Wild type KRAS", "KRAS")), "what must be absent"),
        (statement(biomarker("Somatic Variant", "EGFR TKD activating variants", "EGFR")), "kinase domain"),
        (statement(proposition__biomarkers=[]), "names no biomarker"),
        (statement(direction="disputes"), "does not support"),
        (statement(proposition__predicate="predictsToxicity"), "'predictsToxicity' is not known"),
        (statement(strength={"name": "Reimbursement"}), "'reimbursement' is not known"),
        (statement(proposition__objectTherapeutic={}), "no therapy"),
        (statement(proposition__objectTherapeutic={"membershipOperator": "OR", "therapies": [{"name": "A"}]}),
         "alternatives"),
        (statement(reportedIn=[{"id": "doc:fda.x", "extensions": extensions(status="Deprecated")}]), "no longer in force"),
        (statement(proposition__objectTherapeutic={"therapies": [{"name": "Talazoparib"}]},
                   proposition__conditionQualifier={"primaryCoding": {"code": "PRAD"}},
                   indication={"raw_cancer_type": "locally advanced breast cancer"}), "known fault"),
    ],
)  # fmt: skip
def test_statements_that_are_not_understood(tmp_path: Path, row: dict[str, Any], reason: str) -> None:
    assert reason in why_not(tmp_path, row)


def test_a_combination_of_therapies_is_one(tmp_path: Path) -> None:
    group = {"membershipOperator": "AND", "therapies": [{"name": "Madeupinib"}, {"name": "LY0000001"}]}
    assert one(tmp_path, statement(proposition__objectTherapeutic=group)).therapy == "madeupinib + LY0000001"


@pytest.mark.parametrize("content", [{"a": 1}, [1, 2], [{"a": 1}], "text"])
def test_a_file_of_something_else_is_an_input_error(tmp_path: Path, content: object) -> None:
    with pytest.raises(InputError, match="no JSON of the Molecular Oncology Almanac"):
        moalmanac.read(folder(tmp_path, content))


def test_a_cut_file_is_an_input_error(tmp_path: Path) -> None:
    where = folder(tmp_path, [])
    (where / "moalmanac" / "almanac.json").write_text("[{", encoding="utf-8")
    with pytest.raises(InputError, match="not JSON"):
        moalmanac.read(where)


@pytest.mark.parametrize(
    "row",
    [
        {"proposition": None},
        {"proposition": {"biomarkers": "BRAF"}, "id": 1},
        statement(proposition__biomarkers=[{"extensions": [{"value": 1}]}]),
        statement(reportedIn="a label"),
        statement(proposition__conditionQualifier="melanoma"),
        {**statement(), "strength": "Approval"},
        {**assertion(), "oncotree_code": ["MEL"]},
        {"feature_type": 7},
        {"feature_type": ""},
    ],
)
def test_a_record_of_any_shape_is_read_or_listed(tmp_path: Path, row: dict[str, Any]) -> None:
    assert why_not(tmp_path, row)


def test_a_folder_in_place_of_a_file_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "moalmanac" / "a.json").mkdir(parents=True)
    with pytest.raises(InputError, match="cannot be read"):
        moalmanac.read(tmp_path)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    field=st.sampled_from(sorted(assertion())),
    value=st.none() | st.text(max_size=12) | st.integers() | st.lists(st.text(max_size=3)),
)
def test_whatever_stands_in_a_cell_one_record_is_one_fact_or_one_reason(tmp_path: Path, field: str, value: object) -> None:
    where = folder(tmp_path, [{**assertion(), field: value}])
    facts, left = list(moalmanac.read(where)), list(moalmanac.unread(where))
    assert len(facts) + len(left) == 1
    assert all(item.reason and item.what for item in left)
