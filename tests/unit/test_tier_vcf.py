"""``tierline tier --vcf``: which annotation of an allele counts, and what is taken from the record."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from tierline.paths import ROOT
from tierline.problems import InputError
from tierline.tiertable import Tables, load_tables, open_vcf, write_answers

ANN = '##INFO=<ID=ANN,Number=.,Type=String,Description="Functional annotations">'
VEP = "Allele|Consequence|IMPACT|SYMBOL|Feature|EXON|HGVSc|HGVSp|Protein_position|Amino_acids|CANONICAL"


@pytest.fixture(scope="module")
def tables() -> Tables:
    return load_tables()


def vep(fields: str = VEP) -> str:
    return f'##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: {fields}">'


def ann(allele: str, term: str, impact: str, gene: str, transcript: str, exon: str, hgvsc: str, hgvsp: str) -> str:
    return f"{allele}|{term}|{impact}|{gene}|ID|transcript|{transcript}|protein_coding|{exon}|{hgvsc}|{hgvsp}||||"


def tiered(
    folder: Path, tables: Tables, header: str, *records: tuple[str, str, str, str], samples: str = "T"
) -> list[dict[str, str]]:
    """Answers for records of (REF, ALT, INFO, sample columns)."""
    lines = [
        "##fileformat=VCFv4.2", "##contig=<ID=chr7,length=159345973>", header, *(SAMPLE_FIELDS),
        "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples.split()]),
    ]  # fmt: skip
    for number, (ref, alt, info, counts) in enumerate(records):
        lines.append("\t".join(["chr7", str(140753336 + number), ".", ref, alt, ".", "PASS", info, "GT:AD:AF", counts]))
    path = folder / "made.vcf"
    path.write_text("\n".join(lines) + "\n")
    table, out = open_vcf(str(path)), io.StringIO()
    write_answers(table.header, table.rows, tables, out, tumor_type="MEL")
    first, *rest = out.getvalue().splitlines()
    return [dict(zip(first.split("\t"), line.split("\t"), strict=True)) for line in rest]


SAMPLE_FIELDS = (
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="">',
    '##FORMAT=<ID=AF,Number=A,Type=Float,Description="">',
    '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="">',
    '##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description="">',
)
V600E = ann("T", "missense_variant", "MODERATE", "BRAF", "ENST00000646891.2", "15/18", "c.1799T>A", "p.Val600Glu")
OTHER = ann("T", "missense_variant", "MODERATE", "BRAF", "ENST00000000001.1", "16/19", "c.1919T>A", "p.Val640Glu")


def test_snpeff_on_the_reported_transcript(tmp_path: Path, tables: Tables) -> None:
    [row] = tiered(tmp_path, tables, ANN, ("A", "T", f"ANN={OTHER},{V600E}", "0/1:60,40:0.5"))
    assert (row["gene"], row["protein_change"], row["cdna_change"], row["exon"]) == (
        "BRAF", "p.Val600Glu", "c.1799T>A", "15/18",
    )  # fmt: skip
    assert (row["transcript"], row["vaf"], row["population_af"], row["tier"]) == ("ENST00000646891.2", "0.4", "", "I")


def test_what_changes_the_protein_comes_before_the_reported_transcript(tmp_path: Path, tables: Tables) -> None:
    behind = ann("T", "downstream_gene_variant", "MODIFIER", "BRAF", "ENST00000646891.2", "", "c.*99T>A", "")
    stop = ann("T", "stop_gained", "HIGH", "MRPS33", "ENST00000000002.1", "2/2", "c.10C>T", "p.Arg4*")
    [row] = tiered(tmp_path, tables, ANN, ("A", "T", f"ANN={behind},{stop}", "0/1:60,40:0.5"))
    assert (row["gene"], row["protein_change"], row["tier"]) == ("MRPS33", "p.Arg4Ter", "III")


def test_every_alternate_allele_is_a_row_with_its_own_annotation(tmp_path: Path, tables: Tables) -> None:
    second = V600E.replace("T|", "G|", 1).replace("Val600Glu", "Val600Gly").replace("T>A", "T>G")
    rows = tiered(tmp_path, tables, ANN, ("A", "T,G,<DEL>", f"ANN={V600E},{second}", "0/1:50,40,10,0:0.4,0.1,0"))
    assert [(row["alt"], row["protein_change"], row["vaf"]) for row in rows] == [
        ("T", "p.Val600Glu", "0.4"), ("G", "p.Val600Gly", "0.1"),
    ]  # fmt: skip


def test_vep_with_its_trimmed_alleles_frequencies_and_escapes(tmp_path: Path, tables: Tables) -> None:
    header = vep(f"{VEP}|gnomADe_AF|gnomADg_AF")
    named = "ENST9.1:c.2235_2249del|ENSP9.1:p.Glu746_Ala750del|746-750|ELREA/-"
    canonical = f"-|inframe_deletion|MODERATE|EGFR|ENST9.1|19/28|{named}|YES|0.01|0.02"
    [deletion] = tiered(tmp_path, tables, header, ("GAAAC", "G", f"CSQ={canonical}", "0/1:60,40:0.5"))
    assert (deletion["protein_change"], deletion["population_af"]) == ("p.Glu746_Ala750del", "0.02")
    silent = "T|synonymous_variant|LOW|BRAF|ENST00000646891|15/18|c.1800G>A|ENSP1:p.Val600%3D|600|V|YES||"
    [same] = tiered(tmp_path, tables, header, ("A", "T", f"CSQ={silent}", "0/1:60,40:0.5"))
    assert (same["protein_change"], same["population_af"], same["tier"]) == ("p.Val600=", "0", "III")


def test_vep_without_hgvs_says_the_residue_in_other_fields(tmp_path: Path, tables: Tables) -> None:
    known = "T|missense_variant|MODERATE|BRAF|ENST00000646891|15/18|||600/766|V/E|YES"
    [row] = tiered(tmp_path, tables, vep(), ("A", "T", f"CSQ={known}", "0/1:60,40:0.5"))
    assert (row["protein_change"], row["tier"]) == ("p.Val600Glu", "I")


def test_the_tumour_among_two_samples_is_the_one_that_the_header_names(tmp_path: Path, tables: Tables) -> None:
    record = ("A", "T", f"ANN={V600E}", "0/0:100,0:0\t0/1:60,40:0.5")
    [unknown] = tiered(tmp_path, tables, ANN, record, samples="N T")
    [named] = tiered(tmp_path, tables, f"{ANN}\n##tumor_sample=T", record, samples="N T")
    assert (unknown["vaf"], named["vaf"]) == ("", "0.4")


def test_clinvar_in_the_record_counts(tmp_path: Path, tables: Tables) -> None:
    info = "CLNSIG=Benign;CLNREVSTAT=reviewed_by_expert_panel"
    benign = ann("T", "missense_variant", "MODERATE", "TP53", "ENST00000269305.9", "4/11", "c.91G>A", "p.Val31Ile")
    [row] = tiered(tmp_path, tables, ANN, ("A", "T", f"ANN={benign};{info}", "0/1:60,40:0.5"))
    assert (row["clinvar"], row["tier"], row["rule"]) == ("Benign|3", "IV", "BENIGN-CLINVAR")


def test_what_cannot_be_tiered_says_so_in_its_row(tmp_path: Path, tables: Tables) -> None:
    between = ann("T", "intergenic_region", "MODIFIER", "", "", "", "n.1A>T", "")
    rows = tiered(
        tmp_path, tables, ANN, ("A", "T", f"ANN={between}", "0/1:60,40:0.5"), ("A", "T", "CLNSIG=x", "0/1:6,4:0.5")
    )
    assert [row["tier"] for row in rows] == ["", ""]
    assert "lies in no gene" in rows[0]["reason"] and "no annotation" in rows[1]["reason"]


@pytest.mark.parametrize(("text", "words"), [("gene\tprotein_change\n", "cannot be read as VCF"), (None, "cannot be read")])
def test_what_is_no_annotated_vcf_is_refused(tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "no.vcf"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=words):
        open_vcf(str(path))


def test_a_vcf_that_nobody_annotated_is_refused(tmp_path: Path, tables: Tables) -> None:
    with pytest.raises(InputError, match="neither ANN"):
        tiered(tmp_path, tables, '##INFO=<ID=DP,Number=1,Type=Integer,Description="">', ("A", "T", "DP=1", "0/1:6,4:0.5"))


def test_the_demo_population_file_is_none(tables: Tables) -> None:
    with pytest.raises(InputError, match="neither ANN"):
        open_vcf(str(ROOT / "resources/demo/population.vcf.gz"))
