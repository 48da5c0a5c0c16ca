"""VCF in and out: what is written for the consensus is what is read from the annotated file, and the fate marked in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pysam
import pytest
from tierline.consensus import Allele
from tierline.records import Call, Candidate, Effect, ReadCounts, VariantClass
from tierline.vcfio import (
    consensus_header,
    mark,
    marked_header,
    read_annotated,
    read_caller_counts,
    write_allele,
)
from tierline.vcfout import writing

TUMOR = ReadCounts(depth=100, alt_depth=30, alt_forward=18, alt_reverse=12, ref_forward=33, ref_reverse=35)
NORMAL = ReadCounts(depth=50, alt_depth=1, alt_forward=0, alt_reverse=1, ref_forward=25, ref_reverse=24)
MUTECT2 = Call("mutect2", "chr7", 12, "A", "T", 98, 29, ("germline", "weak_evidence"), 50, 1, "")
FREEBAYES = Call("freebayes", "chr7", 12, "A", "T", None, None, (), None, None, "")
POPULATION = (("POP_AF", "A", "Float"), ("POP_AN", "1", "Integer"), ("POP_AF_grpmax", "A", "Float"),
              ("POP_AN_grpmax", "1", "Integer"), ("POP_grpmax", "A", "String"))  # fmt: skip
CLINVAR = tuple(
    (name, ".", "String")
    for name in (*("CLNSIG", "CLNREVSTAT", "ONC", "ONCREVSTAT", "ONCDN"), "SCI", "SCIREVSTAT", "SCIDN")
)


@pytest.fixture
def fasta(tmp_path: Path) -> pysam.FastaFile:
    path = tmp_path / "genome.fa"
    path.write_text(">chr5\n" + "ACGTT" * 20 + "\n>chr7\n" + "GGCAT" * 20 + "\n")
    pysam.faidx(str(path))
    return pysam.FastaFile(str(path))


def consensus(
    fasta: pysam.FastaFile,
    rows: Iterable[tuple[str, Allele, Sequence[Call], Sequence[ReadCounts | None]]],
    normal: str | None = "N1",
) -> Path:
    path = Path(fasta.filename.decode()).parent / "consensus" / "T1.vcf.gz"
    with writing(path, consensus_header(fasta, "T1", normal)) as out:
        for chrom, allele, calls, counts in rows:
            write_allele(out, chrom, allele, calls, counts)
    return path


def annotate(path: Path, declared: Iterable[tuple[str, ...]], values: dict[str, str]) -> Path:
    """The file with INFO fields added to every record, as bcftools and snpEff add them."""
    annotated = path.with_name("annotated.vcf")
    with pysam.VariantFile(str(path)) as vcf:
        lines = str(vcf.header).splitlines()
        for name, number, kind, *about in declared:
            lines.insert(-1, f'##INFO=<ID={name},Number={number},Type={kind},Description="{(about or [name])[0]}">')
        for record in vcf:
            cells = str(record).rstrip("\n").split("\t")
            cells[7] = ";".join([cells[7], *(f"{key}={value}" for key, value in values.items())])
            lines.append("\t".join(cells))
    annotated.write_text("\n".join(lines) + "\n")
    return annotated


def test_the_consensus_is_read_as_it_was_written(fasta: pysam.FastaFile) -> None:
    path = consensus(fasta, [("chr7", (12, "A", "T"), (MUTECT2, FREEBAYES), (TUMOR, NORMAL))])
    assert path.with_name("T1.vcf.gz.tbi").is_file()
    assert [p.name for p in sorted(path.parent.iterdir())] == ["T1.vcf.gz", "T1.vcf.gz.tbi"]
    [row] = read_annotated(path, "T1", "N1")
    assert (row.chrom, row.pos1, row.ref, row.alt) == ("chr7", 12, "A", "T")
    assert row.calls == (replace(MUTECT2, normal_depth=None, normal_alt_depth=None), FREEBAYES)
    assert (row.tumor, row.normal) == (TUMOR, NORMAL)
    assert (row.parts, row.effects, row.clinvar) == ((), (), "")
    [alone] = read_annotated(path, "T1", None)
    assert alone.normal is None


def test_the_record_holds_the_counts_as_its_header_says(fasta: pysam.FastaFile) -> None:
    other = replace(TUMOR, depth=110)  # ten fragments show neither allele
    path = consensus(fasta, [("chr7", (12, "A", "T"), (MUTECT2,), (other, None))])
    with pysam.VariantFile(str(path)) as vcf:
        [record] = vcf
        assert record.info["CALLS"] == ("mutect2|98|29|germline&weak_evidence",)
        tumor, normal = record.samples["T1"], record.samples["N1"]
        assert (tumor["DP"], tumor["AD"], tumor["ADF"], tumor["ADR"]) == (110, (68, 30), (33, 18), (35, 12))
        assert normal["DP"] is None


def test_a_double_change_keeps_its_single_ones(fasta: pysam.FastaFile) -> None:
    rows = [
        ("chr5", (6, "AC", "TT"), (MUTECT2,), (TUMOR, NORMAL)),
        ("chr5", (16, "ACG", "TCA"), (MUTECT2,), (TUMOR, NORMAL)),
        ("chr5", (26, "ACG", "A"), (MUTECT2,), (TUMOR, NORMAL)),
    ]
    found = [(row.ref, row.parts) for row in read_annotated(consensus(fasta, rows), "T1", "N1")]
    assert found == [("AC", ("6:A>T", "7:C>T")), ("ACG", ("16:A>T", "18:G>A")), ("ACG", ())]


def test_nothing_is_left_of_a_file_whose_writing_failed(fasta: pysam.FastaFile, tmp_path: Path) -> None:
    path = tmp_path / "out" / "T1.vcf.gz"
    with pytest.raises(ZeroDivisionError), writing(path, consensus_header(fasta, "T1", None)):
        raise ZeroDivisionError
    assert list(path.parent.iterdir()) == []


def test_effects_are_those_of_ann_in_uniform_notation(fasta: pysam.FastaFile) -> None:
    ann = (
        "T|missense_variant&splice_region_variant|MODERATE|BRAF|G1|transcript|ENST1.2|protein_coding|15/18|c.1799T>A|"
        "p.Val600Glu|1|2|3||,T|upstream_gene_variant|MODIFIER|TERT|G2|transcript|ENST2|protein_coding||c.-124C>T|||||45|,"
        "T|stop_gained|HIGH|NF1|G3|transcript|ENST3|protein_coding|2/9|c.30C>T|p.Arg10*|1|2|3||,"
        "T|intergenic_region|MODIFIER|A-B|G4-G5|intergenic_region|G4-G5|||n.12A>T||||||"
    )
    path = consensus(fasta, [("chr7", (12, "A", "T"), (MUTECT2,), (TUMOR, NORMAL))])
    [row] = read_annotated(annotate(path, [("ANN", ".", "String")], {"ANN": ann}), "T1", "N1")
    assert row.effects == (
        Effect("BRAF", "ENST1.2", "missense_variant&splice_region_variant", "c.1799T>A", "p.Val600Glu", "15/18"),
        Effect("TERT", "ENST2", "upstream_gene_variant", "c.-124C>T", "", ""),
        Effect("NF1", "ENST3", "stop_gained", "c.30C>T", "p.Arg10Ter", "2/9"),
        Effect("A-B", "G4-G5", "intergenic_region", "n.12A>T", "", ""),  # no notation of ours: as it was written
    )


@pytest.mark.parametrize(
    ("declared", "values", "expected"),
    [
        ((), {}, (None, "", None)),  # not looked up
        (POPULATION, {}, (0.0, "", None)),  # looked up, and not there
        (POPULATION, {"POP_AF": "0.001", "POP_AN": "152000"}, (0.001, "all", 152000)),
        (POPULATION[:1], {"POP_AF": "0.25"}, (0.25, "all", None)),
        (
            POPULATION,
            {"POP_AF": "0.001", "POP_AN": "9", "POP_AF_grpmax": "0.02", "POP_AN_grpmax": "4000", "POP_grpmax": "afr"},
            (0.02, "afr", 4000),
        ),
        # a group's frequency of 0 is a value, not a missing one
        (POPULATION, {"POP_AF": "0.001", "POP_AF_grpmax": "0", "POP_grpmax": "afr"}, (0.0, "afr", None)),
    ],
)
def test_population(
    fasta: pysam.FastaFile,
    declared: Sequence[tuple[str, str, str]],
    values: dict[str, str],
    expected: tuple[float | None, str, int | None],
) -> None:
    path = consensus(fasta, [("chr7", (12, "A", "T"), (MUTECT2,), (TUMOR, NORMAL))])
    [row] = read_annotated(annotate(path, declared, values), "T1", "N1")
    frequency, group, alleles = expected
    assert row.population_af == (None if frequency is None else pytest.approx(frequency))
    assert (row.population_group, row.population_an) == (group, alleles)


@pytest.mark.parametrize(
    ("significance", "review", "expected"),
    [
        ("Pathogenic", "practice_guideline", "Pathogenic|4"),
        ("Pathogenic", "reviewed_by_expert_panel", "Pathogenic|3"),
        ("Benign", "criteria_provided,_multiple_submitters,_no_conflicts", "Benign|2"),
        ("Benign/Likely_benign", "criteria_provided,_single_submitter", "Benign/Likely_benign|1"),
        (
            "Conflicting_classifications_of_pathogenicity",
            "criteria_provided,_conflicting_classifications",
            "Conflicting_classifications_of_pathogenicity|1",
        ),
        ("Benign|drug_response", "criteria_provided,_multiple_submitters,_no_conflicts", "Benign,drug_response|2"),
        ("Benign", "no_assertion_criteria_provided", "Benign|0"),
        ("Benign", "", "Benign|0"),
        ("", "", ""),
    ],
)
def test_clinvar_with_its_stars(fasta: pysam.FastaFile, significance: str, review: str, expected: str) -> None:
    values = {key: value for key, value in (("CLNSIG", significance), ("CLNREVSTAT", review)) if value}
    path = consensus(fasta, [("chr7", (12, "A", "T"), (MUTECT2,), (TUMOR, NORMAL))])
    [row] = read_annotated(annotate(path, CLINVAR, values), "T1", "N1")
    assert row.clinvar == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"ONC": "Oncogenic", "ONCREVSTAT": "criteria_provided,_single_submitter", "ONCDN": "Melanoma"},
         "Oncogenic|1|Melanoma"),
        ({"ONC": "Likely_oncogenic", "ONCREVSTAT": "criteria_provided,_multiple_submitters,_no_conflicts",
          "ONCDN": "Lung_cancer|Neoplasm"}, "Likely_oncogenic|2|Lung_cancer,Neoplasm"),
        ({"ONC": "Conflicting_classifications_of_oncogenicity",
          "ONCREVSTAT": "criteria_provided,_conflicting_classifications"},
         "Conflicting_classifications_of_oncogenicity|1|"),
        ({"ONCDN": "Melanoma"}, ""),
        ({"CLNSIG": "Pathogenic", "CLNREVSTAT": "reviewed_by_expert_panel"}, ""),
    ],
)  # fmt: skip
def test_clinvar_oncogenicity_beside_the_germline_class(
    fasta: pysam.FastaFile, values: dict[str, str], expected: str
) -> None:
    path = consensus(fasta, [("chr7", (12, "A", "T"), (MUTECT2,), (TUMOR, NORMAL))])
    [row] = read_annotated(annotate(path, CLINVAR, values), "T1", "N1")
    assert row.clinvar_oncogenicity == expected
    assert row.clinvar == ("Pathogenic|3" if "CLNSIG" in values else "")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"SCI": "Tier_I_-_Strong", "SCIREVSTAT": "criteria_provided,_single_submitter",
          "SCIDN": "Diffuse_midline_glioma,_H3_K27M-mutant"},
         "Tier_I_-_Strong|criteria_provided,_single_submitter|Diffuse_midline_glioma,_H3_K27M-mutant"),
        ({"SCI": "Tier_I_-_Strong|Tier_II_-_Potential", "SCIREVSTAT": "criteria_provided,_multiple_submitters",
          "SCIDN": "Melanoma|Lung_cancer"},
         "Tier_I_-_Strong,Tier_II_-_Potential|criteria_provided,_multiple_submitters|Melanoma,Lung_cancer"),
        ({"SCI": "Tier_III_-_Unknown"}, "Tier_III_-_Unknown||"),
        ({"SCIDN": "Melanoma"}, ""),
        ({"ONC": "Oncogenic"}, ""),
    ],
)  # fmt: skip
def test_clinvar_clinical_impact_in_its_own_words(fasta: pysam.FastaFile, values: dict[str, str], expected: str) -> None:
    path = consensus(fasta, [("chr7", (12, "A", "T"), (MUTECT2,), (TUMOR, NORMAL))])
    [row] = read_annotated(annotate(path, CLINVAR, values), "T1", "N1")
    assert row.clinvar_impact == expected


def candidate(**given: object) -> Candidate:
    values: dict[str, object] = dict.fromkeys(Candidate.__dataclass_fields__, "")
    values |= {"chrom": "chr7", "pos1": 12, "ref": "A", "alt": "T", "variant_class": VariantClass.SNV}
    values |= {"technical": (), "labels": (), "fate": "finding"}
    return Candidate(**(values | given))  # type: ignore[arg-type]


def test_the_marked_vcf_says_what_became_of_each_candidate(fasta: pysam.FastaFile, tmp_path: Path) -> None:
    rows = [(chrom, (12, "A", "T"), (MUTECT2, FREEBAYES), (TUMOR, NORMAL)) for chrom in ("chr5", "chr7")]
    path, marked = consensus(fasta, rows), tmp_path / "filter" / "T1.p.vcf.gz"
    reasons = ("low_vaf", "artefact:mutect2_orientation")
    held = candidate(technical=reasons, fate="technical", labels=("one_caller", "near_limit"))
    with pysam.VariantFile(str(path)) as vcf:
        header = marked_header(vcf.header)
        with writing(marked, header) as out:
            for record, fate in zip(vcf, (held, candidate()), strict=True):
                mark(record, header, fate)
                out.write(record)
    with pysam.VariantFile(str(marked)) as vcf:
        first, second = vcf
        assert (list(first.filter), first.info["FATE"]) == (["low_vaf", "artefact"], "technical")
        assert first.info["LABELS"] == ("one_caller", "near_limit")
        assert (list(second.filter), second.info["FATE"], "LABELS" in second.info) == (["PASS"], "finding", False)
    counts = read_caller_counts(marked)
    assert list(counts) == [("chr7", 12, "A", "T")]  # findings only
    assert [(c.caller, c.depth, c.alt_depth) for c in counts["chr7", 12, "A", "T"]] == [
        ("mutect2", 98, 29),
        ("freebayes", None, None),
    ]


def test_counts_of_a_vcf_come_back_with_their_source(fasta: pysam.FastaFile) -> None:
    path = Path(fasta.filename.decode()).parent / "consensus" / "T1.vcf.gz"
    strandless = ReadCounts(400, 100, None, None, None, None)
    with writing(path, consensus_header(fasta, "T1", "N1")) as out:
        write_allele(out, "chr7", (12, "A", "T"), [MUTECT2], (TUMOR, strandless), counts_from="mutect2", unphased=True)
        write_allele(out, "chr7", (14, "T", "A"), [MUTECT2], (None, None), counts_from="mutect2")
        write_allele(out, "chr7", (17, "A", "C"), [MUTECT2], (strandless, None), counts_from="mutect2")
    first, second, third = read_annotated(path, "T1", "N1")
    assert (first.tumor, first.normal, first.counts_from, first.unphased) == (TUMOR, strandless, "mutect2", True)
    assert (second.tumor, second.normal, second.unphased) == (None, None, False)
    assert (third.tumor, third.normal) == (strandless, None)


CSQ = "By Ensembl VEP. Format: Allele|Consequence|IMPACT|SYMBOL|Feature_type|Feature|EXON|HGVSc|HGVSp"


def test_veps_items_become_effects_worst_first(fasta: pysam.FastaFile) -> None:
    path = consensus(fasta, [("chr7", (12, "A", "T"), [MUTECT2], [TUMOR, NORMAL])])
    items = [
        "T|upstream_gene_variant|MODIFIER|TERT|Transcript|ENST1.2|||",
        "T|regulatory_region_variant|MODIFIER||RegulatoryFeature|ENSR1|||",
        "T|missense_variant|MODERATE|BRAF|Transcript|ENST2.4|15/18|ENST2.4:c.1799T>A|ENSP2.1:p.Val600Glu",
        "T|synonymous_variant|LOW|BRAF|Transcript|ENST3.1|2/3|ENST3.1:c.9T>A|ENSP3.1:p.Gly3%3D",
    ]
    [row] = read_annotated(annotate(path, [("CSQ", ".", "String", CSQ)], {"CSQ": ",".join(items)}), "T1", "N1")
    assert row.effects == (
        Effect("BRAF", "ENST2.4", "missense_variant", "c.1799T>A", "p.Val600Glu", "15/18"),
        Effect("BRAF", "ENST3.1", "synonymous_variant", "c.9T>A", "p.Gly3=", "2/3"),
        Effect("TERT", "ENST1.2", "upstream_gene_variant", "", "", ""),
    )
