"""A case for other programs: MAF by the rules of the GDC, vcf2maf and maftools; VCF as bcftools reads it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pysam
import pytest
from report_cases import CASES, held_candidate, hostile, lung, melanoma, signed
from tierline.case import Case, CaseFinding
from tierline.casevcf import write_case
from tierline.maf import COLUMNS, GDC, OWN, by_severity, chromosome, classification, maf_text, mutation_status, placed
from tierline.records import Statement
from tierline.tools import search_path

# mskcc/vcf2maf, vcf2maf.pl at 17feed0a: what it writes first, in its order
VCF2MAF = """Hugo_Symbol Entrez_Gene_Id Center NCBI_Build Chromosome Start_Position End_Position Strand
    Variant_Classification Variant_Type Reference_Allele Tumor_Seq_Allele1 Tumor_Seq_Allele2
    dbSNP_RS dbSNP_Val_Status Tumor_Sample_Barcode Matched_Norm_Sample_Barcode
    Match_Norm_Seq_Allele1 Match_Norm_Seq_Allele2 Tumor_Validation_Allele1 Tumor_Validation_Allele2
    Match_Norm_Validation_Allele1 Match_Norm_Validation_Allele2 Verification_Status
    Validation_Status Mutation_Status Sequencing_Phase Sequence_Source Validation_Method Score
    BAM_File Sequencer Tumor_Sample_UUID Matched_Norm_Sample_UUID HGVSc HGVSp HGVSp_Short Transcript_ID
    Exon_Number t_depth t_ref_count t_alt_count n_depth n_ref_count n_alt_count all_effects""".split()
# PoisonAlien/maftools, validateMaf and read.maf: without these columns it stops, other words it reports
REQUIRED = {"Hugo_Symbol", "Chromosome", "Start_Position", "End_Position", "Reference_Allele", "Tumor_Seq_Allele2",
            "Variant_Classification", "Variant_Type", "Tumor_Sample_Barcode"}  # fmt: skip
NON_SILENT = {"Frame_Shift_Del", "Frame_Shift_Ins", "Splice_Site", "Translation_Start_Site", "Nonsense_Mutation",
              "Nonstop_Mutation", "In_Frame_Del", "In_Frame_Ins", "Missense_Mutation"}  # fmt: skip
SILENT = {"3'UTR", "5'UTR", "3'Flank", "Targeted_Region", "Silent", "Intron", "RNA", "IGR", "Splice_Region", "5'Flank"}
TYPES = {"SNP", "DNP", "TNP", "ONP", "INS", "DEL"}
ALL = {**CASES, "hostile": hostile}


def rows_of(text: str) -> list[dict[str, str]]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:]]


def measured(case: Case) -> list[CaseFinding]:
    return [item for item in case.findings if not item.finding.stated]


# --------------------------------------------------------------------------- MAF


def test_the_columns_are_those_of_the_gdc_then_our_own() -> None:
    assert len(GDC) == len(set(GDC)) == 126 and GDC[:46] == VCF2MAF
    numbers = {"Allele": 47, "TRANSCRIPT_STRAND": 61, "EXON": 75, "FILTER": 111, "CONTEXT": 112, "vcf_normal_gt": 126}
    assert {name: GDC.index(name) + 1 for name in numbers} == numbers
    assert not set(OWN) & set(GDC) and (*GDC, *OWN) == COLUMNS
    lowered = [name.lower() for name in COLUMNS if name.lower() in {r.lower() for r in REQUIRED}]
    assert sorted(lowered) == sorted(r.lower() for r in REQUIRED), "maftools looks for them whatever their case"


@pytest.mark.parametrize("build", ALL.values(), ids=ALL)
def test_maftools_has_nothing_to_say_against_any_case(build) -> None:
    case = build()
    text = maf_text(case)
    rows = rows_of(text)
    assert text.startswith("#version 2.4\n") and text.endswith("\n") and '"' not in text
    assert len(rows) == len(measured(case)) and (rows or not measured(case))
    for row in rows:
        assert all(row[name] for name in REQUIRED), row
        assert row["Variant_Classification"] in NON_SILENT | SILENT and row["Variant_Type"] in TYPES
        start, end, ref, alt = (row[n] for n in ("Start_Position", "End_Position", "Reference_Allele", "Tumor_Seq_Allele2"))
        length = 2 if ref == "-" else len(ref)
        assert int(end) - int(start) + 1 == length and ref != alt
        assert row["Tumor_Sample_Barcode"] == case.sample.sample.replace('"', "'")
        assert row["Mutation_Status"] in (
            "Somatic",
            "Germline",
            "Unknown",
        )


def test_a_row_by_hand() -> None:
    """BRAF V600E of the invented melanoma, as the MAF has it."""
    case = melanoma()
    f = next(item.finding for item in case.findings if item.finding.gene == "BRAF")
    row = next(row for row in rows_of(maf_text(case)) if row["Hugo_Symbol"] == "BRAF")
    expected = {
        "Entrez_Gene_Id": "0", "NCBI_Build": case.reference.build, "Chromosome": f.chrom, "Strand": "+",
        "Start_Position": str(f.pos1), "End_Position": str(f.pos1), "Reference_Allele": "A", "Tumor_Seq_Allele1": "A",
        "Tumor_Seq_Allele2": "T", "Variant_Type": "SNP", "Variant_Classification": "Missense_Mutation",
        "HGVSc": "c.1799T>A", "HGVSp": "p.Val600Glu", "HGVSp_Short": "p.V600E", "Transcript_ID": f.transcript,
        "t_depth": str(f.depth), "t_alt_count": str(f.alt_depth), "t_ref_count": "", "n_depth": str(f.normal_depth),
        "n_alt_count": str(f.normal_alt_depth), "Mutation_Status": "Somatic", "Matched_Norm_Sample_Barcode": case.normal,
        "Consequence": "missense_variant", "FILTER": "PASS", "vcf_region": f"{f.chrom}:{f.pos1}:.:A:T", "dbSNP_RS": "",
        "t_vaf": f"{f.vaf:.6g}", "tierline_tier": str(f.tier), "tierline_level": f.level, "tierline_status": case.status,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("allele", "expected"),
    [  # by hand; the second and third from the examples of the GDC's description: "-" for what is not there
        ((100, "A", "T"), (100, 100, "A", "T", "SNP")),
        ((100, "AC", "A"), (101, 101, "C", "-", "DEL")),
        ((100, "A", "ACG"), (100, 101, "-", "CG", "INS")),
        ((100, "AG", "TC"), (100, 101, "AG", "TC", "DNP")),
        ((100, "AGG", "TCA"), (100, 102, "AGG", "TCA", "TNP")),
        ((100, "AGGA", "TCAT"), (100, 103, "AGGA", "TCAT", "ONP")),
        ((100, "AGGAATTAAGAGAAGC", "A"), (101, 115, "GGAATTAAGAGAAGC", "-", "DEL")),
        ((100, "AGGA", "AT"), (101, 103, "GGA", "T", "DEL")),
        ((100, "AG", "TCA"), (100, 101, "AG", "TCA", "INS")),
    ],
)
def test_positions_and_alleles(allele: tuple[int, str, str], expected: tuple[int, int, str, str, str]) -> None:
    assert placed(*allele) == expected


@pytest.mark.parametrize(
    ("consequence", "kind", "in_frame", "expected"),
    [
        ("missense_variant&splice_region_variant", "SNP", True, "Missense_Mutation"),
        ("splice_region_variant&intron_variant", "SNP", True, "Splice_Region"),
        ("splice_region_variant&synonymous_variant", "SNP", True, "Splice_Region"),
        ("frameshift_variant&stop_gained", "DEL", False, "Frame_Shift_Del"),
        ("stop_gained&frameshift_variant", "INS", False, "Nonsense_Mutation"),
        ("frameshift_variant", "INS", False, "Frame_Shift_Ins"),
        ("disruptive_inframe_deletion", "DEL", True, "In_Frame_Del"),
        ("conservative_inframe_insertion", "INS", True, "In_Frame_Ins"),
        ("protein_altering_variant", "DEL", True, "In_Frame_Del"),
        ("protein_altering_variant", "INS", False, "Frame_Shift_Ins"),
        ("intron_variant&splice_donor_variant", "SNP", True, "Splice_Site"),
        ("start_lost&conservative_inframe_deletion", "DEL", True, "Translation_Start_Site"),
        ("stop_lost&splice_region_variant", "SNP", True, "Nonstop_Mutation"),
        ("upstream_gene_variant", "SNP", True, "5'Flank"),
        ("5_prime_UTR_variant", "SNP", True, "5'UTR"),
        ("a_word_of_tomorrow", "SNP", True, "Targeted_Region"),
        ("", "SNP", True, "Targeted_Region"),
    ],
)
def test_classes_by_the_most_severe_consequence(consequence: str, kind: str, in_frame: bool, expected: str) -> None:
    assert classification(by_severity(consequence), kind, in_frame) == expected


@pytest.mark.parametrize(
    ("name", "chr_style", "plain"),
    [("chr1", "chr1", "1"), ("22", "chr22", "22"), ("chrX", "chrX", "X"), ("MT", "chrM", "MT"), ("chrM", "chrM", "MT"),
     ("chr23", "chr23", "chr23"), ("GL000192.1", "GL000192.1", "GL000192.1"), ("chrUn_1", "chrUn_1", "chrUn_1")],
)  # fmt: skip
def test_chromosomes_in_the_style_that_the_config_asks(name: str, chr_style: str, plain: str) -> None:
    assert [chromosome(name, style) for style in ("genome", "chr", "plain")] == [name, chr_style, plain]
    case = melanoma()
    row = next(row for row in rows_of(maf_text(case, "plain")) if row["Hugo_Symbol"] == "BRAF")
    contig = row["vcf_region"].split(":")[0]
    assert contig.startswith("chr") and row["Chromosome"] == contig.removeprefix("chr")


def test_somatic_is_said_only_where_a_normal_says_so() -> None:
    case = melanoma()
    f = case.findings[0].finding
    assert mutation_status(f, case) == "Somatic"
    assert mutation_status(replace(f, labels=("germline",)), case) == "Germline"
    assert mutation_status(replace(f, labels=("normal_not_assessable",)), case) == "Unknown"
    assert mutation_status(f, replace(case, normal="")) == "Unknown"
    assert mutation_status(replace(f, normal_depth=None), case) == "Unknown"


def test_what_is_not_there_is_counted() -> None:
    case = signed()
    stated = replace(
        case.findings[0].finding, stated="MSI high: stated by the laboratory", chrom="", pos1=0, ref="", alt=""
    )
    statement = Statement("S", "MSI", "high", "detected")
    case = replace(case, findings=(*case.findings, CaseFinding(stated, (), (), "", statement=statement)))
    text = maf_text(case)
    assert "#not here: 1 stated by the laboratory and not measured, 1 held back by the reviewer\n" in text
    assert len(rows_of(text)) == len(case.findings) - 1 and "p.Arg175His" not in text


# --------------------------------------------------------------------------- VCF


def bcftools(*words: str) -> str:
    done = subprocess.run(
        ["bcftools", *words], text=True, capture_output=True, check=False, env={"PATH": search_path()}
    )  # what it warns of goes to stderr as well
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout


@pytest.mark.parametrize("build", ALL.values(), ids=ALL)
def test_bcftools_reads_any_case(tmp_path: Path, build) -> None:
    case = build()
    path = tmp_path / "case.vcf.gz"
    assert write_case(path, case) == len(measured(case)) + len(case.withheld) + len(case.held_candidates)
    said = bcftools("query", "-f", r"%CHROM\t%POS\t%REF\t%ALT\t%FILTER\t%INFO/TIER\t%INFO/LEVEL\t%INFO/FATE\n", str(path))
    found = {tuple(line.split("\t")) for line in said.splitlines()}
    expected = {(f.chrom, str(f.pos1), f.ref, f.alt, "PASS", str(f.tier), f.level or ".", "finding")
                for f in (item.finding for item in measured(case))}  # fmt: skip
    expected |= {(f.chrom, str(f.pos1), f.ref, f.alt, "held_by_reviewer", ".", f.level or ".", "finding")
                 for f in (item.finding for item in case.withheld)}  # fmt: skip
    reasons = {c: ";".join(re.sub(r"[^\w.-]", "_", t.partition(":")[0]) for t in c.technical) for c in case.held_candidates}
    expected |= {(c.chrom, str(c.pos1), c.ref, c.alt, said, ".", ".", c.fate) for c, said in reasons.items()}
    assert found == expected
    samples = [case.sample.sample, *([case.normal] if case.normal else [])]
    assert bcftools("query", "-l", str(path)).splitlines() == samples
    for chrom in {row[0] for row in found}:
        assert len(bcftools("view", "-H", "-r", chrom, str(path)).splitlines()) == sum(row[0] == chrom for row in found)


def test_a_case_with_nothing_to_write(tmp_path: Path) -> None:
    case = replace(melanoma(), findings=(), held_candidates=(), withheld=())
    assert write_case(tmp_path / "x.vcf.gz", case) == 0 and rows_of(maf_text(case)) == []
    assert bcftools("view", "-H", str(tmp_path / "x.vcf.gz")) == ""


def test_figures_words_and_header(tmp_path: Path) -> None:
    case = melanoma()
    silent = replace(
        held_candidate(), hgvsp="p.His27=", labels=("one_caller", "a;b,c d"), technical=("artefact:x_y", "low_vaf")
    )
    case = replace(case, held_candidates=(silent,), ledger_counts={"finding": 3, "technical": 3, "outside_panel": 7})
    path = tmp_path / "case.vcf.gz"
    write_case(path, case)
    with pysam.VariantFile(str(path)) as vcf:
        lines = {record.key: record.value for record in vcf.header.records if record.type == "GENERIC"}
        rows = {record.info["GENE"]: record for record in vcf}
    assert lines["tierline_candidates_finding"] == "3 of 3 are here"
    assert lines["tierline_candidates_technical"] == "1 of 3 are here"
    assert lines["tierline_candidates_outside_panel"] == "0 of 7 are here"
    assert (lines["tierline_case"], lines["tierline_status"]) == ("MEL-01.hotspot50_tert", "DRAFT")
    assert "SYNTHETIC" in lines["source"]
    held, braf = rows[silent.gene], rows["BRAF"]
    assert (held.info["HGVSP"], held.info["LABELS"]) == ("p.His27%3D", ("one_caller", "a%3Bb%2Cc%20d"))
    assert list(held.filter) == ["artefact", "low_vaf"] and "TIER" not in held.info
    f = next(item.finding for item in case.findings if item.finding.gene == "BRAF")
    tumor, normal = braf.samples[case.sample.sample], braf.samples[case.normal]
    assert (tumor["DP"], tumor["AO"], round(tumor["VAF"], 4)) == (f.depth, f.alt_depth, round(f.vaf or 0, 4))
    assert (normal["DP"], normal["AO"], normal["VAF"]) == (f.normal_depth, f.normal_alt_depth, 0.0)
    assert braf.info["EVIDENCE"] == f.evidence and braf.info["LOCI"] == f.locus_ids


def test_contigs_stand_in_the_order_that_people_count(tmp_path: Path) -> None:
    case = lung()
    rows = tuple(
        replace(held_candidate(), chrom=chrom, pos1=n) for n, chrom in enumerate(("chr10", "chr2", "chrX", "chr2"), 1)
    )
    write_case(tmp_path / "x.vcf.gz", replace(case, findings=(), held_candidates=rows))
    said = bcftools("query", "-f", r"%CHROM:%POS\n", str(tmp_path / "x.vcf.gz")).split()
    assert said == ["chr2:2", "chr2:4", "chr10:1", "chrX:3"]
