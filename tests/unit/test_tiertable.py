"""``tierline tier``: rows read, refused and answered; tables as real people's are; the command and its exit codes."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tierline import tiertable
from tierline.cli import app
from tierline.paths import ROOT
from tierline.problems import InputError
from tierline.records import Tier, Variant
from tierline.tiertable import (
    ANSWER,
    Answer,
    Reading,
    Row,
    Tables,
    load_tables,
    numbering,
    open_table,
    read_fraction,
    write_answers,
)
from tierline.wording import Unreadable
from typer.testing import CliRunner


@pytest.fixture(scope="module")
def tables() -> Tables:
    return load_tables()


def read_row(cells: Mapping[str, str], tables: Tables, tumor_type: str = "") -> Reading:
    return tiertable.read_row(Row(**cells), tables, tumor_type)


def answer(cells: Mapping[str, str], tables: Tables) -> Answer:
    return tiertable.answer(Row(**cells), tables)


def variant(tables: Tables, **row: str) -> Variant:
    return read_row(row, tables).variant


# --------------------------------------------------------------------------- one row


def test_a_row_becomes_a_variant(tables: Tables) -> None:
    found = read_row(
        {"gene": " braf ", "protein_change": "V600E", "cdna_change": "c.1799T>A", "consequence": "Missense_Mutation",
         "tumor_type": "Melanoma", "vaf": "32%", "population_af": "0"}, tables,
    )  # fmt: skip
    assert (found.variant.gene, found.variant.hgvsp, found.variant.hgvsc) == ("BRAF", "p.Val600Glu", "c.1799T>A")
    assert (found.variant.consequence, found.variant.is_hotspot) == ("missense_variant", True)
    assert (found.variant.vaf, found.variant.population_af, found.tumor_type) == (0.32, 0.0, "MEL")


def test_every_column_that_is_found_is_a_cell_that_is_read() -> None:
    assert Row._fields == (*tiertable.COLUMNS, *tiertable.ANNOTATION)


def test_what_is_empty_is_not_known(tables: Tables) -> None:
    found = read_row({"gene": "BRAF", "protein_change": "V600K"}, tables)
    assert found.variant.vaf is None and found.variant.population_af is None and found.tumor_type == ""
    assert read_row({"gene": "BRAF", "protein_change": "V600E"}, tables, "MEL").tumor_type == "MEL"


def test_a_missing_consequence_comes_from_the_protein_change(tables: Tables) -> None:
    terms = {
        "R213*": "stop_gained",
        "R213Q": "missense_variant",
        "R213fs": "frameshift_variant",
        "R213=": "synonymous_variant",
    }
    for change, term in terms.items():
        assert variant(tables, gene="TP53", protein_change=change).consequence == term


@pytest.mark.parametrize(
    ("row", "gene", "change"),
    [
        ({"gene": "H3F3A", "protein_change": "K27M"}, "H3-3A", "p.Lys28Met"),
        ({"gene": "H3-3A", "protein_change": "p.Lys28Met"}, "H3-3A", "p.Lys28Met"),
        ({"gene": "HIST1H3B", "protein_change": "p.K27M"}, "H3C2", "p.Lys28Met"),
        ({"gene": "h3f3a", "protein_change": "H3F3A G34R"}, "H3-3A", "p.Gly35Arg"),
        ({"gene": "MLL2", "protein_change": "Q3814fs"}, "KMT2D", "p.Gln3814fs"),
        ({"gene": "HER2", "protein_change": "S310F"}, "ERBB2", "p.Ser310Phe"),
        ({"gene": "MET", "protein_change": "T1010I"}, "MET", "p.Thr992Ile"),
    ],
)
def test_former_symbols_and_other_numberings(tables: Tables, row: dict[str, str], gene: str, change: str) -> None:
    found = read_row(row, tables)
    assert (found.variant.gene, found.variant.hgvsp) == (gene, change)
    assert bool(found.notes) == (row["gene"] != gene or row["protein_change"] != change)


def test_a_former_symbol_in_a_fusion(tables: Tables) -> None:
    found = variant(tables, gene="RELA", protein_change="C11orf95-RELA fusion")
    assert (found.gene, found.fusion_partner) == ("RELA", "ZFTA")
    assert variant(tables, gene="RELA", fusion_partner="C11orf95").fusion_partner == "ZFTA"


def test_no_former_symbol_is_one_of_today(tables: Tables) -> None:
    assert not {symbol.casefold() for symbol in tables.genes} & tables.other_names.keys()


def test_a_stop_behind_the_reach_of_decay_is_no_loss_where_no_exon_is_given(tables: Tables) -> None:
    def tier(change: str) -> str:
        found = answer({"gene": "BRCA2", "protein_change": change, "tumor_type": "PRAD"}, tables)
        return found.result.tier.value if found.result else ""

    assert (tier("K3326*"), tier("S1982fs")) == ("III", "I")


def test_a_frequency_is_looked_up_where_the_row_gives_none(tables: Tables) -> None:
    row = {"gene": "BRAF", "protein_change": "V600E", "tumor_type": "MEL"}
    found, given = answer(row, tables), answer({**row, "population_af": "0.001"}, tables)
    assert found.oncogenicity and found.oncogenicity.points == 10
    assert "population frequency 3.27e-05 (sas) from gnomAD" in found.reason
    assert given.oncogenicity and given.oncogenicity.points == 9
    common = answer({"gene": "TP53", "protein_change": "P47S", "tumor_type": "BRCA"}, tables)
    assert common.result and (common.result.tier, common.result.rule) == (Tier.IV, "BENIGN-AF")


@pytest.mark.parametrize(
    ("gene", "change", "percent"),  # 1000 Genomes phase 3 or gnomAD r2.1, as imgag/ngs-bits and somalier have them
    [
        ("ATM", "D1853N", "6.7"),
        ("PTCH1", "P1315L", "38.9"),
        ("APC", "V1822D", "86.5"),
        ("MUTYH", "Q324H", "31.4"),
        ("BRIP1", "S919P", "62.8"),
    ],
)
def test_a_common_coding_change_is_benign_where_the_row_gives_no_frequency(
    tables: Tables, gene: str, change: str, percent: str
) -> None:
    found = answer({"gene": gene, "protein_change": change, "tumor_type": "OVT"}, tables)
    assert found.result and (found.result.tier, found.result.rule) == (Tier.IV, "BENIGN-AF")
    assert f"common in the population ({percent} % of" in found.reason
    beside = answer({"gene": gene, "protein_change": f"{change[:-1]}C", "tumor_type": "OVT"}, tables)
    assert beside.result and beside.result.tier is Tier.III


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"protein_change": "V600E"}, "no gene is named"),
        ({"gene": "B RAF", "protein_change": "V600E"}, "is no gene symbol"),
        ({"gene": "BRAF"}, "no alteration is named"),
        ({"gene": "1-Mar", "protein_change": "R10H"}, "is a date"),
        ({"gene": "Mar-01", "protein_change": "R10H"}, "is a date"),
        ({"gene": "9-Sep", "protein_change": "R10H"}, "is a date"),
        ({"gene": "44256", "protein_change": "R10H"}, "is a number"),
        ({"gene": "2021-03-01", "protein_change": "R10H"}, "is a date"),
        ({"gene": "ENSG00000157764", "protein_change": "V600E"}, "is an accession"),
        ({"gene": "BRAF,KRAS", "protein_change": "V600E"}, "is more than one symbol"),
        ({"gene": "BRAF/KRAS", "protein_change": "G12D"}, "is more than one symbol"),
        ({"gene": "FLT3-TKD", "protein_change": "D835Y"}, "names FLT3 and more"),
        ({"gene": "BRAF V600E", "protein_change": "V600K"}, "names BRAF and more"),
        ({"gene": "BRAF", "protein_change": "p.Lys600Glu"}, "the reference residue of BRAF codon 600 is V"),
        ({"gene": "BRAF", "protein_change": "V600E", "cdna_change": "c.1801A>G"}, "lies in codon 601"),
        ({"gene": "BRAF", "protein_change": "V600E", "consequence": "frameshift"}, "the consequence says frameshift"),
        ({"gene": "BRAF", "protein_change": "V600E", "tumor_type": "MELL"}, "Did you mean 'MEL'"),
        ({"gene": "BRAF", "protein_change": "V600E", "vaf": "45"}, "vaf '45' is no fraction"),
        ({"gene": "BRAF", "protein_change": "V600E", "population_af": "rare"}, "population_af 'rare' is no fraction"),
        ({"gene": "BRAF", "protein_change": "V600E", "copy_number_change": "amplification"}, "two alterations in one row"),
        ({"gene": "ALK", "protein_change": "F1174L", "fusion_partner": "EML4"}, "two alterations in one row"),
        ({"gene": "BRAF", "copy_number_change": "6"}, "Write amplification or deletion"),
        ({"gene": "BRAF", "consequence": "exonic"}, "cannot read 'exonic'"),
    ],
)  # fmt: skip
def test_rows_that_are_refused(tables: Tables, row: dict[str, str], words: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_row(row, tables)
    assert words in str(refused.value)
    found = answer(row, tables)
    assert found.result is None and words in found.reason


@pytest.mark.parametrize(
    ("row", "gene", "what"),
    [
        ({"gene": "BRAF V600E"}, "BRAF", "p.Val600Glu"),
        ({"gene": "BRAF (V600E)"}, "BRAF", "p.Val600Glu"),
        ({"gene": "BRAF V600E", "protein_change": "V600E"}, "BRAF", "p.Val600Glu"),
        ({"gene": "FLT3-ITD"}, "FLT3", "inframe_insertion"),
        ({"gene": "FLT3-ITD", "protein_change": "positive"}, "FLT3", "inframe_insertion"),
        ({"gene": "CALR type 1"}, "CALR", "frameshift_variant"),
        ({"gene": "BCR::ABL1"}, "ABL1", "BCR"),
        ({"gene": "BCR-ABL1", "protein_change": "fusion"}, "ABL1", "BCR"),
        ({"gene": "PML-RARA", "protein_change": "detected"}, "RARA", "PML"),
        ({"gene": "NKX2-1", "protein_change": "amplification"}, "NKX2-1", "amplification"),
    ],
)
def test_a_gene_cell_may_hold_the_change_too(tables: Tables, row: dict[str, str], gene: str, what: str) -> None:
    found = read_row(row, tables).variant
    assert found.gene == gene
    assert what in (found.hgvsp, found.consequence, found.fusion_partner, found.copy_number_change)


def test_a_tumor_type_may_repeat_itself_in_brackets(tables: Tables) -> None:
    row = {"gene": "JAK2", "protein_change": "V617F"}
    assert read_row(row | {"tumor_type": "polycythaemia vera (PV)"}, tables).tumor_type == "PV"
    with pytest.raises(Unreadable, match="no such tumour type"):
        read_row(row | {"tumor_type": "polycythaemia vera (ET)"}, tables)
    latin = "Waldenström macroglobulinemia".encode("latin-1").decode("utf-8", "surrogateescape")
    assert read_row(row | {"tumor_type": latin}, tables).tumor_type == "WM"


def test_a_tumor_type_that_could_be_several_is_read_as_each_and_the_best_stands(tables: Tables) -> None:
    """Acute lymphoblastic leukaemia is of B or T cells: BCR::ABL1 resistance is known of B, NOTCH1 of T cells."""
    resistant = answer({"gene": "ABL1", "protein_change": "T315I", "tumor_type": "ALL"}, tables)
    assert resistant.result and resistant.result == answer_in("BLL", tables, "ABL1", "T315I").result
    assert (
        "what holds in BLL" in resistant.reason and "TLL (T-Lymphoblastic Leukemia/Lymphoma): Tier II" in resistant.reason
    )
    activated = answer(
        {"gene": "NOTCH1", "protein_change": "L1600P", "tumor_type": "acute lymphoblastic leukaemia (ALL)"}, tables
    )
    assert activated.result and activated.result == answer_in("TLL", tables, "NOTCH1", "L1600P").result
    assert activated.result.tier is Tier.I and "BLL (B-Lymphoblastic Leukemia/Lymphoma): Tier III" in activated.reason
    refused = answer({"gene": "ABL1", "protein_change": "nonsense words", "tumor_type": "ALL"}, tables)
    assert refused.result is None and "tumor_type" not in refused.reason


def answer_in(code: str, tables: Tables, gene: str, change: str) -> Answer:
    return answer({"gene": gene, "protein_change": change, "tumor_type": code}, tables)


def test_an_x_is_a_stop_but_not_where_an_oncogene_is_hit_often(tables: Tables) -> None:
    assert read_row({"gene": "TP53", "protein_change": "R213X"}, tables).variant.hgvsp == "p.Arg213Ter"
    assert read_row({"gene": "KRAS", "protein_change": "p.Gly12Ter"}, tables).variant.hgvsp == "p.Gly12Ter"
    with pytest.raises(Unreadable, match="X may be a stop or any residue"):
        read_row({"gene": "KRAS", "protein_change": "G12X"}, tables)


def test_a_promoter_change_needs_no_c(tables: Tables) -> None:
    assert read_row({"gene": "TERT", "protein_change": "-146C>T"}, tables).variant.hgvsc == "c.-146C>T"


def test_another_numbering_is_translated_and_said(tables: Tables) -> None:
    found = read_row({"gene": "EZH2", "protein_change": "Y641F", "cdna_change": "c.1922A>T"}, tables)
    assert (found.variant.hgvsp, found.variant.hgvsc) == ("p.Tyr646Phe", "")
    assert any("p.Tyr641Phe read as p.Tyr646Phe" in note for note in found.notes)
    assert read_row({"gene": "EZH2", "protein_change": "Y646F"}, tables).notes == ()
    assert numbering(("p.Tyr641=p.Tyr646",)) == {("Tyr", 641): ("Tyr", 646)}


def test_other_names_of_genes_are_read_and_said(tables: Tables) -> None:
    found = read_row({"gene": "HER2", "copy_number_change": "amplification", "tumor_type": "IDC"}, tables)
    assert found.variant.gene == "ERBB2" and "HER2 is ERBB2" in found.notes
    histone = read_row({"gene": "H3F3A", "protein_change": "K28M"}, tables)
    assert (histone.variant.gene, histone.variant.is_hotspot) == ("H3-3A", True)
    assert read_row({"gene": "erbb2", "copy_number_change": "amp"}, tables).notes == ()


def test_what_the_table_calls_oncogenic_is_not_said_to_be_so_by_points(tables: Tables) -> None:
    found = answer(
        {"gene": "CD58", "protein_change": "oncogenic mutation", "tumor_type": "SKCM", "population_af": "0"}, tables
    )
    assert found.oncogenicity and (found.oncogenicity.classification, found.oncogenicity.points) == ("vus", 1)
    assert found.reason.startswith("CD58 gain_of_function_variant: oncogenic, but no clinical evidence")


def test_what_is_not_used_is_said(tables: Tables) -> None:
    found = read_row({"gene": "BRAF", "protein_change": "V600K", "consequence": "exonic", "cdna_change": "c.?"}, tables)
    assert found.variant.hgvsp == "p.Val600Lys" and found.variant.hgvsc == ""
    assert len(found.notes) == 2 and "'exonic' is not known" in " ".join(found.notes)
    assert "Note: " in answer({"gene": "BRAF", "protein_change": "V600E", "consequence": "exonic"}, tables).reason


def test_fractions() -> None:
    values = {
        "": None,
        "0": 0.0,
        "0.25": 0.25,
        ".5": 0.5,
        "1": 1.0,
        "45%": 0.45,
        "45 %": 0.45,
        "0,3": 0.3,
        "1e-4": 1e-4,
        "NA": None,
    }
    assert {text: read_fraction("vaf", text) for text in values} == values
    for text in ("2", "-0.1", "1_0", "nan", "inf", "<0.01", "0.2;0.3", "1e999"):
        if text == "nan":
            assert read_fraction("vaf", text) is None  # how many programs write an empty cell
            continue
        with pytest.raises(Unreadable):
            read_fraction("vaf", text)


@pytest.mark.parametrize(
    ("row", "tier", "match"),
    [
        ({"gene": "BRAF", "protein_change": "V600E", "tumor_type": "MEL"}, Tier.I, "exact"),
        ({"gene": "EGFR", "protein_change": "Exon 19 deletion", "tumor_type": "LUAD"}, Tier.I, "exon"),
        ({"gene": "EGFR", "protein_change": "E746_A750del", "tumor_type": "LUAD"}, Tier.I, "exon"),
        ({"gene": "EGFR", "consequence": "exon 20 insertion", "tumor_type": "LUAD"}, Tier.I, "exon"),
        ({"gene": "MET", "protein_change": "exon 14 skipping", "tumor_type": "NSCLC"}, Tier.I, "exon"),
        ({"gene": "FLT3", "protein_change": "ITD", "tumor_type": "AML"}, Tier.I, "exon"),
        ({"gene": "ERBB2", "copy_number_change": "Amp", "tumor_type": "IDC"}, Tier.I, "class"),
        ({"gene": "ALK", "fusion_partner": "EML4", "tumor_type": "NSCLC"}, Tier.I, "class"),
        ({"gene": "ALK", "protein_change": "rearrangement", "tumor_type": "NSCLC"}, Tier.I, "class"),
        ({"gene": "TTN", "protein_change": "A100V", "tumor_type": "LUAD"}, Tier.III, ""),
        ({"gene": "TP53", "protein_change": "P72R", "population_af": "0.66", "tumor_type": "HGSOC"}, Tier.IV, ""),
        ({"gene": "TP53", "protein_change": "P72R", "population_af": "", "tumor_type": "MEL"}, Tier.IV, ""),  # looked up
        ({"gene": "BRCA2", "protein_change": "N372H", "population_af": "", "tumor_type": "MEL"}, Tier.III, ""),
    ],
)
def test_tiers(tables: Tables, row: dict[str, str], tier: Tier, match: str) -> None:
    found = answer(row, tables)
    assert found.result is not None, found.reason
    assert (found.result.tier, found.result.match) == (tier, match), found.reason


def test_a_row_says_which_evidence_needs_what_no_row_can_state(tables: Tables) -> None:
    reason = answer({"gene": "ERBB2", "copy_number_change": "amplification", "tumor_type": "COAD"}, tables).reason
    assert reason.endswith(
        "Not counted: level A sensitivity evidence (trastuzumab + tucatinib) needs wild type KRAS and wild type NRAS: "
        "not stated."
    )
    assert (
        "Not counted"
        not in answer({"gene": "ERBB2", "copy_number_change": "amplification", "tumor_type": "STAD"}, tables).reason
    )


def test_oncogenicity_stands_beside_the_tier_and_not_for_fusions(tables: Tables) -> None:
    cells = dict(
        zip(ANSWER, tiertable.answer_cells(answer({"gene": "BRAF", "protein_change": "V600E"}, tables)), strict=True)
    )
    assert cells["oncogenicity"] in ("likely_oncogenic", "oncogenic") and int(cells["oncogenicity_points"]) >= 6
    assert "OS3" in cells["oncogenicity_criteria"].split(";")
    fused = dict(
        zip(ANSWER, tiertable.answer_cells(answer({"gene": "ALK", "fusion_partner": "EML4"}, tables)), strict=True)
    )
    assert [fused[name] for name in ANSWER if name.startswith("oncogenicity")] == ["", "", ""]


# --------------------------------------------------------------------------- tables as they come


def tabled(text: str | bytes, tables: Tables, tumor_type: str = "") -> tuple[list[dict[str, str]], int, int]:
    data = text if isinstance(text, bytes) else text.encode()
    table = open_table(io.BytesIO(data), "made.tsv")
    out = io.StringIO()
    count, unread = write_answers(table.header, table.rows, tables, out, tumor_type=tumor_type)
    header, *lines = out.getvalue().split("\n")[:-1]
    names = header.split("\t")
    assert names == [*table.header, *ANSWER] and len(lines) == count
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines], count, unread


def test_columns_stand_in_any_order_and_others_are_kept(tables: Tables) -> None:
    rows, count, unread = tabled("note\tprotein_change\tsample\tGene\nfirst\tV600E\tS1\tBRAF\n", tables, "MEL")
    assert (count, unread) == (1, 0)
    assert list(rows[0])[:5] == ["note", "protein_change", "sample", "Gene", "tier"]
    assert (rows[0]["note"], rows[0]["sample"], rows[0]["tier"]) == ("first", "S1", "I")


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfgene\tprotein_change\r\nBRAF\tV600E\r\n",
        b"gene\tprotein_change\rBRAF\tV600E\r",
        b'"gene"\t"protein_change"\n"BRAF"\t"V600E"',
        b"gene,protein_change,note\nBRAF,V600E,\"a, b\"\n",
        b"gene;protein_change\nBRAF;V600E\n",
        b"#version 2.4\nHugo_Symbol\tHGVSp_Short\nBRAF\tp.V600E\n",
        b"#gene\tprotein_change\nBRAF\tV600E\n",
        "gene\tprotein_change\nBRAF\tV600E\n".encode("utf-16"),
        b"gene\tprotein_change\tnote\nBRAF\tV600E\n",  # empty cells at the end are often lost
        b"gene\tprotein_change\n\nBRAF\tV600E\t\t\n\n",
        b" gene \t Protein Change \n BRAF \t V600E \n",
    ],
)  # fmt: skip
def test_tables_as_programs_and_people_leave_them(tables: Tables, data: bytes) -> None:
    rows, count, unread = tabled(data, tables, "MEL")
    assert (count, unread, rows[0]["tier"]) == (1, 0, "I")


def test_what_is_no_utf8_is_written_as_it_was(tables: Tables, tmp_path: Path) -> None:
    source, target = tmp_path / "v.tsv", tmp_path / "t.tsv"
    source.write_bytes(b"gene\tprotein_change\tward\nBRAF\tV600E\tM\xfcnchen\n")
    assert tiertable.run_tier(str(source), None, str(target), None, "MEL", None) == 0
    assert b"M\xfcnchen" in target.read_bytes()


def test_rows_that_cannot_be_read_keep_their_place(tables: Tables) -> None:
    text = "gene\tprotein_change\nBRAF\tV600E\nKRAS\tG12\nBRAF\tV600E\textra\nTP53\tR175H\n"
    rows, count, unread = tabled(text, tables, "MEL")
    assert (count, unread) == (4, 2)
    assert [bool(row["tier"]) for row in rows] == [True, False, False, True]
    assert "names a codon" in rows[1]["reason"] and "3 cells in a table of 2 columns" in rows[2]["reason"]


def test_lines_of_separators_only_are_no_rows(tables: Tables) -> None:
    rows, count, _ = tabled("gene\tprotein_change\n\t\n   \nBRAF\tV600E\n\t\t\t\n", tables)
    assert count == 1 and rows[0]["tier"]
    rows, count, _ = tabled('gene,protein_change\n,\n"",""\nBRAF,V600E\n', tables)
    assert count == 1 and rows[0]["tier"]


@pytest.mark.parametrize(
    "header",
    [
        "Gene\tHGVSp\tCancer type",
        "Gene\tHGVS protein\tTumour",
        "Gene\tProtein\tCancer",
        "Gene Symbol\tProtein Change\tDiagnosis",
        "Hugo\tAA Change\tDisease",
        "Symbol\tAmino acid change\tOncoTree Code",
        "Gene\tVariant\tTumour",
    ],
)
def test_names_of_columns_that_people_use(tables: Tables, header: str) -> None:
    rows, _, _ = tabled(f"{header}\nBRAF\tV600E\tMEL\n", tables)
    assert rows[0]["tier"] == "I"


def test_an_open_quote_swallows_no_row(tables: Tables) -> None:
    rows, count, _ = tabled('gene,protein_change\nBRAF,"V600E\nKRAS,G12D\n', tables)
    assert count == 2 and rows[0]["tier"] == "" and rows[1]["tier"] != ""
    rows, count, _ = tabled('gene\tprotein_change\nBRAF\t"V600E\nKRAS\tG12D\n', tables)
    assert count == 2 and rows[0]["tier"] and rows[1]["tier"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the table is empty"),
        ("\n\n", "the table is empty"),
        ('gene,"protein_change\nBRAF,V600E\n', "the header cannot be taken apart"),
        ("sample\tprotein_change\nS1\tV600E\n", "no column of this name"),
        ("gene\tnote\nBRAF\tx\n", "no column names an alteration"),
        ("genes\tprotein_change\nBRAF\tV600E\n", "Did you mean 'genes'"),
        ("gene\tprotein_chnage\nBRAF\tV600E\n", "Did you mean 'protein_chnage'"),
        ("gene\tchange (protein)\nBRAF\tV600E\n", "Did you mean 'change .protein.'"),
        ("gene\tprotein_change\ttumour_typ\nBRAF\tV600E\tMEL\n", "Did you mean 'tumour_typ'"),
        ("gene|protein_change\nBRAF|V600E\n", "tabs, commas or semicolons"),
        ("BRAF\tV600E\tMEL\n", "The first line names the columns"),
        ("PK\x03\x04\x14", "is a workbook or an archive"),
        ('"gene,protein_change\nBRAF,V600E\n', "the header cannot be taken apart"),
        ("gene\tprotein_change\tgene\nBRAF\tV600E\tKRAS\n", "the column stands twice"),
        ("gene\tprotein_change\ttier\nBRAF\tV600E\tI\n", "this command writes a column of this name"),
    ],
)
def test_headers_that_are_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        open_table(io.BytesIO(text.encode()), "made.tsv")


# --------------------------------------------------------------------------- the command


def run(*words: str, given: bytes = b"") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-c", "from tierline.cli import main; main()", "tier", *words],
        input=given, capture_output=True, cwd=ROOT / "config", check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_the_example_works_as_printed(tmp_path: Path) -> None:
    help_text = CliRunner().invoke(app, ["tier", "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"}).output
    example = "../resources/demo/variants.tsv --out tiers.tsv"  # typed in a run folder that stands in the checkout
    assert f"Example: tierline tier {example}" in " ".join(help_text.split())
    code, out, err = run(*example.replace("tiers.tsv", str(tmp_path / "tiers.tsv")).split())
    assert (code, out, err) == (0, "", "")
    lines = (tmp_path / "tiers.tsv").read_text().splitlines()
    given = (ROOT / "resources/demo/variants.tsv").read_text().splitlines()
    assert len(lines) == len(given)
    assert all(line.startswith(before + "\t") for line, before in zip(lines, given, strict=True))
    header = lines[0].split("\t")
    found = [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:]]
    assert [row["tier"] for row in found] == ["I", "I", "I", "I", "I", "I", "I", "I", "II", "IV", "III"]


def test_standard_input_exit_codes_and_the_trace(tmp_path: Path) -> None:
    trace = tmp_path / "trace.json"
    code, out, err = run(
        "-", "--json", str(trace), "--tumor-type", "melanoma", given=b"gene\tprotein_change\nBRAF\tV600E\nKRAS\tG12\n"
    )
    assert code == 1 and err.strip() == "1 of 2 rows could not be read; the column reason says why."
    assert [line.split("\t")[2] for line in out.splitlines()] == ["tier", "I", ""]
    read, unread = json.loads(trace.read_text())
    assert (read["row"], read["tumor_type"], read["variant"]["hgvsp"]) == (2, "MEL", "p.Val600Glu")
    assert read["result"]["trace"][0]["evidence"]["source"] and read["oncogenicity"]["criteria"]
    assert unread["row"] == 3 and unread["result"] is None and "codon" in unread["reason"]


@pytest.mark.parametrize(
    "words",
    [
        ("nowhere.tsv",),
        (".",),
        (),
        ("a.tsv", "--vcf", "b.vcf"),
        ("-", "--tumor-type", "MELLL"),
        ("-", "--knowledge", "nowhere"),
    ],
)
def test_what_the_command_refuses(words: tuple[str, ...]) -> None:
    code, out, err = run(*words, given=b"gene\tprotein_change\nBRAF\tV600E\n")
    assert (code, out) == (2, "") and "Traceback" not in err and "problem" in err


def test_no_answer_file_stands_half_written(tmp_path: Path) -> None:
    target = tmp_path / "tiers.tsv"
    code, _, _ = run("-", "--out", str(target), given=b"gene\n")
    assert code == 2 and list(tmp_path.iterdir()) == []


def test_a_knowledge_folder_of_ones_own(tmp_path: Path, tables: Tables) -> None:
    own = tmp_path / "knowledge"
    shutil.copytree(ROOT / "resources/knowledge", own)
    for path in (own / "curated").glob("*.tsv"):
        lines = [line for line in path.read_text().splitlines(keepends=True) if "\tBRAF\t" not in line]
        path.write_text("".join(lines))
    row = {"gene": "BRAF", "protein_change": "V600E", "tumor_type": "MEL"}
    less = answer(row, load_tables(own))
    assert less.result is not None and not any("braf-v600e-dabrafenib" in id for id in less.result.evidence)
    full = answer(row, tables)
    assert full.result is not None and any("braf-v600e-dabrafenib" in id for id in full.result.evidence)


# --------------------------------------------------------------------------- whatever is in it

WORDS = (
    "BRAF EGFR KRAS V600E p.Gly12Asp c.1799T>A 0 0.3 MEL NA amplification EML4 fusion missense G12 p. c. :: -- fs p.Met1? "
    "1e400 loss wt promoter ITD"
).split()
NOTATION = r"(p\.|c\.)?\(?[A-Z*]?[a-z]{0,2}\d{0,6}(_|>|del|ins|dup|fs|ext|=|\?)*[A-Za-z*]{0,3}\d{0,3}\)?"
CELLS = st.one_of(
    st.sampled_from([*WORDS, "", "exon 19 deletion"]),
    st.text(st.characters(exclude_characters="\n\r\t", exclude_categories=("Cs",)), max_size=30),
    st.from_regex(NOTATION, fullmatch=True),
)
NAMES = list(tiertable.COLUMNS)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=len(NAMES), max_size=len(NAMES)), max_size=6))
def test_whatever_stands_in_the_cells_every_row_has_an_answer(rows: list[list[str]]) -> None:
    given = ["\t".join(cells) for cells in rows]
    text = "\n".join(["\t".join(NAMES), *given]) + "\n"
    found, count, unread = tabled(text.encode(), _tables())
    assert count == len(given)
    for row, cells in zip(found, rows, strict=True):
        assert [row[name] for name in NAMES] == cells
        assert row["tier"] in ("I", "II", "III", "IV", "") and row["reason"]
    assert unread == sum(row["tier"] == "" for row in found)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_whatever_the_bytes_are_a_fault_is_told_in_words(data: bytes) -> None:
    try:
        tabled(b"gene\tprotein_change\n" + data, _tables())
        tabled(data, _tables())
    except InputError as error:
        assert error.problems


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=len(NAMES), max_size=len(NAMES)), min_size=2, max_size=6), st.randoms())
def test_a_rows_answer_does_not_depend_on_other_rows(rows: list[list[str]], chance: object) -> None:
    alone = [tabled("\t".join(NAMES) + "\n" + "\t".join(cells) + "\n", _tables())[0] for cells in rows]
    order = list(range(len(rows)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    text = "\n".join(["\t".join(NAMES), *("\t".join(rows[i]) for i in order)]) + "\n"
    together, _, _ = tabled(text, _tables())
    assert together == [alone[i][0] for i in order]


_TABLES: list[Tables] = []


def _tables() -> Tables:
    if not _TABLES:
        _TABLES.append(load_tables())
    return _TABLES[0]
