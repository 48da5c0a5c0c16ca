"""Gene models on an invented contig, with every position worked out by hand.

The plus-strand gene has exons [10, 16), [20, 27), [40, 52); its coding sequence runs from 13 to 46, stop included:
bases 13-15, 20-26, 40-45, that is 3 + 7 + 6 = 16, minus one to keep the frame: it starts at 14.
The minus-strand gene is its mirror image in a contig of 60 bases: position p becomes 59 - p.
"""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from Bio.Seq import Seq
from tierline.annotation import (
    Transcript,
    choices_at_hand,
    from_model_rows,
    load_gene_models,
    load_transcripts,
    longest_transcripts,
    marked_transcripts,
    marks_transcripts,
    model_rows,
    panel_models,
)
from tierline.problems import InputError
from tierline.records import GeneModel, TranscriptChoice
from tierline.tables import read_rows, write_rows

PLUS = Transcript("PLUS", "ENST1.1", "c", 1, ((10, 16), (20, 27), (40, 52)), ((14, 16), (20, 27), (40, 46)))
MINUS = Transcript("MINUS", "ENST2.1", "c", -1, ((44, 50), (33, 40), (8, 20)), ((44, 46), (33, 40), (14, 20)))
#       coding offset: 1 2 | 3 4 5 6 7 8 9 | 10..15;  ATG GCT TGG AAA TAA = M A W K stop
CODING = "ATGGCTTGGAAATAA"


def genome() -> str:
    bases = ["N"] * 60
    positions = [*range(14, 16), *range(20, 27), *range(40, 46)]
    for position, base in zip(positions, CODING, strict=True):
        bases[position] = base.lower()
    return "".join(bases)


def fetch_plus(chrom: str, start0: int, end0: int) -> str:
    return genome()[start0:end0]


def fetch_minus(chrom: str, start0: int, end0: int) -> str:
    return str(Seq(genome()).reverse_complement())[start0:end0]


def test_lengths() -> None:
    assert PLUS.coding_length == MINUS.coding_length == 15
    assert PLUS.protein_length == MINUS.protein_length == 4


def test_codon_over_an_exon_junction() -> None:
    assert PLUS.codon_intervals(1) == ((14, 16), (20, 21))
    assert PLUS.codon_intervals(2) == ((21, 24),)
    assert PLUS.codon_intervals(4) == ((40, 43),)
    assert MINUS.codon_intervals(1) == ((39, 40), (44, 46))
    assert MINUS.codon_intervals(2) == ((36, 39),)
    assert MINUS.codon_intervals(4) == ((17, 20),)


@pytest.mark.parametrize("codon", [-1, 0, 5])
def test_codon_outside_the_protein(codon: int) -> None:
    with pytest.raises(ValueError, match="outside the 4 amino acids"):
        PLUS.codon_intervals(codon)


def test_coding_positions() -> None:
    assert [PLUS.coding_position0(c) for c in (1, 2, 3, 9, 10, 15)] == [14, 15, 20, 26, 40, 45]
    assert [MINUS.coding_position0(c) for c in (1, 2, 3, 9, 10, 15)] == [45, 44, 39, 33, 19, 14]


def test_upstream_positions_walk_the_untranslated_exon_and_then_the_genome() -> None:
    assert [PLUS.coding_position0(c) for c in (-1, -4, -5, -7)] == [13, 10, 9, 7]
    assert [MINUS.coding_position0(c) for c in (-1, -4, -5, -7)] == [46, 49, 50, 52]


def test_upstream_positions_skip_introns_of_the_untranslated_region() -> None:
    spliced = Transcript("G", "T", "c", 1, ((10, 13), (20, 30)), ((22, 28),))
    assert [spliced.coding_position0(c) for c in (-1, -2, -3, -5, -6)] == [21, 20, 12, 10, 9]


@pytest.mark.parametrize("c", [0, 16])
def test_no_such_coding_position(c: int) -> None:
    with pytest.raises(ValueError, match="has no c"):
        PLUS.coding_position0(c)


def test_exons() -> None:
    assert PLUS.exon_interval(2) == (20, 27)
    assert MINUS.exon_interval(1) == (44, 50)
    assert MINUS.exon_coding_interval(3) == (14, 20)
    assert [PLUS.exon_of_codon(c) for c in (1, 2, 4)] == [1, 2, 3]
    with pytest.raises(ValueError, match="has 3 exons"):
        PLUS.exon_interval(4)


def test_untranslated_exon_has_no_coding_part() -> None:
    assert Transcript("G", "T", "c", 1, ((1, 4), (10, 30)), ((12, 24),)).exon_coding_interval(1) is None


def test_splice_sites_only_beside_introns() -> None:
    assert PLUS.splice_intervals(1) == ((16, 18),)
    assert PLUS.splice_intervals(2) == ((18, 20), (27, 29))
    assert PLUS.splice_intervals(3) == ((38, 40),)
    assert MINUS.splice_intervals(1) == ((42, 44),)
    assert MINUS.splice_intervals(3, flank=3) == ((20, 23),)


def test_sequence_and_protein_on_both_strands() -> None:
    assert PLUS.coding_sequence(fetch_plus) == MINUS.coding_sequence(fetch_minus) == CODING
    assert PLUS.protein(fetch_plus) == MINUS.protein(fetch_minus) == "MAWK"


# --------------------------------------------------------------------------- reading a GTF


def choice(gene: str, transcript: str, length: int = 4, refseq: str = "") -> TranscriptChoice:
    return TranscriptChoice(gene, transcript, refseq, "none", length, (), "test")


def gtf(model: Transcript, attributes: str, separate_stop: bool = True) -> str:
    """Lines as Ensembl writes them: the stop codon apart from the CDS, exons in transcript order."""
    *cds, (start0, end0) = model.cds
    stop = (end0 - 3, end0) if model.strand > 0 else (start0, start0 + 3)
    last = (start0, end0 - 3) if model.strand > 0 else (start0 + 3, end0)
    features = [("gene", min(model.exons)[0], max(model.exons)[1])]
    features += [("exon", *exon) for exon in model.exons]
    features += [("CDS", *part) for part in [*cds, last if separate_stop else (start0, end0)]]
    features += [("stop_codon", *stop)] if separate_stop else []
    sign = "+" if model.strand > 0 else "-"
    return "".join(f"{model.chrom}\tx\t{feature}\t{s + 1}\t{e}\t.\t{sign}\t.\t{attributes}\n" for feature, s, e in features)


def test_ensembl_gtf(tmp_path: Path) -> None:
    path = tmp_path / "genes.gtf.gz"
    with gzip.open(path, "wt") as handle:
        handle.write("#!genome-build x\n")
        handle.write(gtf(PLUS, 'gene_id "G1"; gene_name "PLUS"; transcript_id "ENST1"; transcript_version "1";'))
        handle.write(gtf(MINUS, 'gene_id "G2"; gene_name "MINUS"; transcript_id "ENST2.1";'))
    choices = {"PLUS": choice("PLUS", "ENST1.1"), "MINUS": choice("MINUS", "ENST2.1")}
    models, messages = load_gene_models(path, choices)
    assert models == {"PLUS": PLUS, "MINUS": MINUS}
    assert messages == []


def test_refseq_gtf_is_matched_by_the_refseq_id(tmp_path: Path) -> None:
    path = tmp_path / "genes.gtf"
    path.write_text(gtf(PLUS, 'gene_id "PLUS"; transcript_id "NM_1.4"; gene "PLUS";', separate_stop=False))
    models, messages = load_gene_models(path, {"PLUS": choice("PLUS", "ENST1.1", refseq="NM_1.3")})
    assert models["PLUS"].cds == PLUS.cds
    assert messages == ["PLUS: the annotation has NM_1.4, the table NM_1.3"]


def test_what_a_user_should_know(tmp_path: Path) -> None:
    path = tmp_path / "genes.gtf"
    path.write_text(
        gtf(PLUS, 'gene_name "PLUS"; transcript_id "ENST1.2";')
        + gtf(MINUS, 'gene_name "MINUS"; transcript_id "ENST2";')
        + gtf(PLUS, 'gene_name "OLD"; transcript_id "ENST3";')
        + 'c\tx\texon\t1\t9\t.\t+\t.\tgene_name "BROKEN"; transcript_id "ENST5";\n'
    )
    choices = {
        "PLUS": choice("PLUS", "ENST1.1"),
        "NEW": choice("NEW", "ENST3.1", length=5),
        "ABSENT": choice("ABSENT", "ENST4.1"),
        "BROKEN": choice("BROKEN", "ENST5.1"),
    }
    models, messages = load_gene_models(path, choices)
    assert sorted(models) == ["NEW", "PLUS"]
    assert messages == [
        "PLUS: the annotation has ENST1.2, the table ENST1.1",
        "NEW: the annotation calls the gene of ENST3 OLD",
        "NEW: ENST3 codes for 4 amino acids in the annotation, the table says 5",
        "ABSENT: the gene is not in the annotation",
        "BROKEN: ENST5 has no whole coding sequence in the annotation",
    ]


def test_a_gene_without_its_chosen_transcript_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "genes.gtf"
    path.write_text(
        gtf(PLUS, 'gene_name "PLUS"; transcript_id "ENST1.1";') + gtf(MINUS, 'gene_name "MINUS"; transcript_id "X";')
    )
    choices = {
        gene: choice(gene, name) for gene, name in (("PLUS", "ENST1.1"), ("MINUS", "ENST9.1"), ("ABSENT", "ENST4.1"))
    }
    with pytest.raises(InputError) as refused:
        load_gene_models(path, choices)
    assert "not the transcripts in which they are reported: MINUS (ENST9.1)" in str(refused.value)
    assert "reference.transcripts" in str(refused.value)


def test_the_same_transcript_on_two_contigs_is_taken_once(tmp_path: Path) -> None:
    path = tmp_path / "genes.gtf"
    lines = gtf(PLUS, 'gene_name "PLUS"; transcript_id "ENST1.1";')
    path.write_text(lines + lines.replace("c\tx", "alt\tx"))
    models, messages = load_gene_models(path, {"PLUS": choice("PLUS", "ENST1.1")})
    assert models == {"PLUS": PLUS}
    assert messages == ["PLUS: ENST1.1 on alt is not used, ENST1.1 on c came first"]


def test_not_a_gtf(tmp_path: Path) -> None:
    path = tmp_path / "genes.gtf"
    path.write_text("gene,start,end\n")
    with pytest.raises(InputError) as caught:
        load_gene_models(path, {})
    assert [(p.row, p.message) for p in caught.value.problems] == [(1, "the line is not GTF")]
    for start in ("9" * 5000, "\u00b2"):  # too long for a number; a digit that is none
        path.write_text(f'c\tx\texon\t{start}\t9\t.\t+\t.\tgene_id "G";\n', encoding="utf-8")
        with pytest.raises(InputError, match="the line is not GTF"):
            load_gene_models(path, {})
    packed = gzip.compress(bytes(range(256)) * 100)
    for damaged in (packed[:20], packed[:30] + bytes(20) + packed[50:], packed[:-6] + b"xxxxxx"):
        (tmp_path / "damaged.gtf.gz").write_bytes(damaged)
        with pytest.raises(InputError, match="cannot be read"):
            load_gene_models(tmp_path / "damaged.gtf.gz", {})


def test_a_gene_with_two_transcripts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "transcripts.tsv"
    header = "gene\ttranscript\trefseq\tmane_status\tprotein_length\taliases\tsource\n"
    path.write_text(header + "A\tENST1.1\t\tnone\t4\tp.Tyr1=p.Tyr2\ts\n" * 2)
    with pytest.raises(InputError, match="the gene stands twice"):
        load_transcripts(path)
    path.write_text("# where from\n" + header + "A\tENST1.1\t\tnone\t4\tp.Tyr1=p.Tyr2\ts\n")
    assert load_transcripts(path)["A"].aliases == ("p.Tyr1=p.Tyr2",)


# --------------------------------------------------------------------------- the transcript that an annotation marks


def line(gene: str, transcript: str, *tags: str, kind: str = "protein_coding", length: int = 9) -> str:
    """One CDS line of a transcript, as GENCODE writes it."""
    said = f'gene_id "{gene}"; transcript_id "{transcript}"; gene_type "{kind}"; gene_name "{gene}";'
    return f"chr1\tx\tCDS\t11\t{10 + length}\t.\t+\t0\t{said}" + "".join(f' tag "{tag}";' for tag in tags) + "\n"


MARKED = (
    line("A", "A1.1", "basic", "Ensembl_canonical")  # before the MANE Select of the same gene
    + line("A", "A2.3", "basic", "Ensembl_canonical", "MANE_Select")
    + line("B", "B1.1", "basic")
    + line("B", "B2.1", "basic", "Ensembl_canonical")
    + line("C", "C1.1", "basic")
    + line("D", "D1.1", "MANE Select", kind="other")  # as RefSeq writes it
    + line("E", "E1.1", "MANE_Plus_Clinical")
)


def test_the_annotation_marks_a_transcript(tmp_path: Path) -> None:
    path = tmp_path / "genes.gtf"
    path.write_text(MARKED)
    found = marked_transcripts(path, {"A", "B", "C", "D", "E"})
    assert {gene: (c.transcript, c.mane_status, c.source) for gene, c in found.items()} == {
        "A": ("A2.3", "MANE Select", "annotation: MANE Select"),
        "B": ("B2.1", "none", "annotation: Ensembl canonical"),
        "D": ("D1.1", "MANE Select", "annotation: MANE Select"),
    }
    assert marked_transcripts(path, None).keys() == {"A", "B"}  # D codes for no protein by its own words
    assert marks_transcripts(path)
    path.write_text(line("C", "C1.1", "basic") + line("E", "E1.1", "MANE_Plus_Clinical"))
    assert not marks_transcripts(path) and marked_transcripts(path, None) == {}


def test_the_longest_coding_sequence_of_ccds_stands_where_nothing_is_marked(tmp_path: Path) -> None:
    path = tmp_path / "genes.gtf"
    path.write_text(
        line("A", "A1", length=9) + line("A", "A2", "CCDS", length=6) + line("A", "A3", "CCDS", length=3)
        + line("A", "A3", "CCDS", length=6) + line("A", "A0", "CCDS", length=9)
        + line("B", "B2", length=6) + line("B", "B1", length=6) + line("N", "N1", kind="lncRNA")
    )  # fmt: skip
    found = longest_transcripts(path)
    assert {gene: choice.transcript for gene, choice in found.items()} == {"A": "A0", "B": "B1"}


def test_an_id_that_the_table_leaves_open_is_the_mark_else_the_longest(tmp_path: Path) -> None:
    """Open are only rows without an Ensembl id; a gene that the annotation lacks is told as ever, and RefSeq's annotation
    is asked by the RefSeq id that the row has."""
    path = tmp_path / "genes.gtf"
    said = 'gene_id "G1"; gene_name "PLUS"; transcript_id "{}"; gene_type "protein_coding";'
    table = {"PLUS": replace(choice("PLUS", ""), refseq="NM_1.2"), "GONE": choice("GONE", "")}
    path.write_text(gtf(PLUS, said.format("ENST1.1")))
    choices, models, messages = panel_models(path, table, ["PLUS", "GONE"])
    assert (choices["PLUS"].transcript, choices["PLUS"].source) == ("ENST1.1", "annotation: longest coding sequence")
    assert models == {"PLUS": PLUS}
    assert messages == ["GONE: the gene is not in the annotation",
                        "PLUS: reported in ENST1.1 (annotation: longest coding sequence)"]  # fmt: skip
    assert panel_models(path, table, [], every_gene=True)[1] == {"PLUS": PLUS}
    path.write_text(gtf(PLUS, said.format("ENST1.1") + ' tag "Ensembl_canonical";'))
    assert panel_models(path, table, ["PLUS"])[0]["PLUS"].source == "annotation: Ensembl canonical"
    path.write_text(gtf(PLUS, said.format("NM_1.1")) + gtf(PLUS, said.format("XM_9.1")))
    assert panel_models(path, table, ["PLUS"])[1]["PLUS"].transcript == "NM_1.1"


def test_the_table_comes_before_the_mark_and_what_neither_names_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "genes.gtf"
    tagged = 'gene_id "G2"; gene_name "MINUS"; transcript_id "ENST2.1"; gene_type "protein_coding"; tag "MANE_Select";'
    own = 'gene_id "G1"; gene_name "PLUS"; transcript_id "ENST1.1"; gene_type "protein_coding";'
    path.write_text(gtf(PLUS, own + ' tag "Ensembl_canonical";') + gtf(MINUS, tagged))
    table = {"PLUS": choice("PLUS", "ENST1.1")}
    choices, models, messages = panel_models(path, table, ["PLUS", "MINUS"])
    assert choices["PLUS"] is table["PLUS"]
    assert models == {"PLUS": PLUS, "MINUS": MINUS}
    assert messages == ["MINUS: reported in ENST2.1 (annotation: MANE Select)"]
    assert panel_models(path, table, ["PLUS"], every_gene=True)[1].keys() == {"PLUS", "MINUS"}
    with pytest.raises(InputError, match="names the reported transcript of OTHER, THIRD"):
        panel_models(path, table, ["THIRD", "PLUS", "OTHER"])
    assert choices_at_hand(table, path, "b") == ({"PLUS": table["PLUS"], "MINUS": choices["MINUS"]}, False)
    assert choices_at_hand(table, tmp_path / "none.gtf", "GRCh38") == (table, True)
    assert choices_at_hand(table, tmp_path / "none.gtf", "GRCh37") == (table, False)


def test_models_come_back_from_their_table(tmp_path: Path) -> None:
    choices = {"PLUS": choice("PLUS", "ENST1.1", 0), "AWAY": choice("AWAY", "ENST9.1", 7)}
    path = tmp_path / "panel.genes.tsv"
    write_rows(path, GeneModel, model_rows(choices, {"PLUS": PLUS}))
    read, models = from_model_rows(read_rows(path, GeneModel))
    assert models == {"PLUS": PLUS}
    assert read == {"PLUS": replace(choices["PLUS"], protein_length=4), "AWAY": choices["AWAY"]}
