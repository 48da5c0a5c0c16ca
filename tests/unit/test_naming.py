"""Names of changes on an invented gene of both strands, every one worked out by hand.

The gene, in its own direction (lower case: not coding, | exon edges, stop TGA):

    place  0         10          20         30          40          50         60
           ttttgacca caATGGGTAAG|gtaagtttttag|GATCATCATTGGTTAGAATGA ctgtgactaa aaaagg

Exon 1 is [4, 20), exon 2 [32, 63); coding is [11, 20) and [32, 53).
Codons: 1 ATG 2 GGT 3 AAG | 4 GAT 5 CAT 6 CAT 7 TGG 8 TTA 9 GAA 10 TGA.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from Bio.Seq import Seq
from hypothesis import assume, given
from hypothesis import strategies as st
from tierline.annotation import Transcript
from tierline.hgvs import parse_coding, parse_protein
from tierline.naming import Agreement, Readings, name_change, read_transcript, rename, same_coding, same_protein
from tierline.records import AnnotatedCall, Effect, ReadCounts

GENE = "ttttgaccaca" + "ATGGGTAAG" + "gtaagtttttag" + "GATCATCATTGGTTAGAATGA" + "ctgtgactaa" + "aaaagg"
SIZE = len(GENE)
EXONS, CDS = ((4, 20), (32, 63)), ((11, 20), (32, 53))
PLUS = Transcript("G", "T1.1", "c", 1, EXONS, CDS)
MINUS = Transcript(
    "G",
    "T1.1",
    "c",
    -1,
    *(tuple((SIZE - e, SIZE - s) for s, e in blocks) for blocks in (EXONS, CDS)),  # type: ignore[arg-type]
)


def fetch_plus(chrom: str, start0: int, end0: int) -> str:
    return GENE[start0:end0]


def fetch_minus(chrom: str, start0: int, end0: int) -> str:
    return str(Seq(GENE).reverse_complement())[start0:end0]


READINGS = {1: read_transcript(PLUS, fetch_plus), -1: read_transcript(MINUS, fetch_minus)}


def name(strand: int, place: int, ref: str, alt: str) -> tuple[str, str]:
    """Coding and protein change of ``ref`` > ``alt`` at a place of the gene (0-based, its own direction)."""
    pos1 = place + 1
    if strand < 0:
        pos1, ref, alt = SIZE - place - len(ref) + 1, *(str(Seq(bases).reverse_complement()) for bases in (ref, alt))
    naming = name_change(READINGS[strand], pos1, ref, alt)
    return naming.coding.text, naming.protein.reported if naming.protein else ""


CASES = {
    "missense": (14, "G", "C", "c.4G>C", "p.Gly2Arg"),
    "synonymous": (16, "T", "C", "c.6T>C", "p.Gly2="),
    "nonsense": (42, "G", "A", "c.20G>A", "p.Trp7Ter"),
    "no change": (14, "G", "G", "c.4=", "p.Gly2="),
    "two bases of one codon": (14, "GG", "CA", "c.4_5delinsCA", "p.Gly2His"),
    "two codons": (16, "TA", "CT", "c.6_7delinsCT", "p.Lys3Ter"),
    "two codons, both change": (15, "GTA", "ATC", "c.5_7delinsATC", "p.Gly2_Lys3delinsAspGln"),
    "shared edges are left out": (14, "GGT", "GCT", "c.5G>C", "p.Gly2Ala"),
    "deletion in a run goes 3'": (13, "GG", "G", "c.5del", "p.Gly2ValfsTer7"),
    "deletion of a codon in a repeat goes 3'": (34, "TCAT", "T", "c.16_18del", "p.His6del"),
    "deletion over two codons": (35, "CATCATT", "T", "c.13_18del", "p.His5_His6del"),
    "deletion with a new residue": (36, "ATCA", "A", "c.16_18del", "p.His6del"),
    "deletion over codons that it leaves whole": (40, "TTGG", "T", "c.20_22del", "p.Trp7del"),
    "frame shift": (32, "GA", "G", "c.11del", "p.Asp4ValfsTer5"),
    "insertion": (14, "G", "GCCC", "c.4_5insCCC", "p.Gly2delinsAlaArg"),
    "insertion between codons": (13, "G", "GCCC", "c.3_4insCCC", "p.Met1_Gly2insPro"),
    "duplication before insertion": (37, "T", "TCAT", "c.16_18dup", "p.His6dup"),
    "two copies are an insertion": (37, "T", "TCATCATCAT", "c.18_19insCATCATCAT", "p.His6_Trp7insHisHisHis"),
    "frame shift that meets no stop": (41, "T", "TTTAG", "c.19_20insTTAG", "p.Trp7PhefsTer?"),
    "deletion that meets no stop": (43, "GTT", "G", "c.22_23del", "p.Leu8ArgfsTer?"),
    "insertion with a stop": (37, "T", "TCCCTAG", "c.16_17insCCTAGC", "p.His5_His6insProTer"),
    "insertion that begins with a stop": (37, "T", "TTAG", "c.15_16insTAG", "p.His6Ter"),
    "delins": (35, "CAT", "GG", "c.13_15delinsGG", "p.His5GlyfsTer4"),
    "delins in frame": (35, "CATCAT", "GGG", "c.13_18delinsGGG", "p.His5_His6delinsGly"),
    "start": (12, "T", "C", "c.2T>C", "p.Met1?"),
    "start and before": (9, "CAA", "C", "c.-1_1del", "p.Met1?"),
    "start that the base before makes up for": (10, "AA", "A", "c.1del", "p.="),
    "stop to residue": (51, "G", "C", "c.29G>C", "p.Ter10SerextTer2"),
    "stop to stop": (51, "G", "A", "c.29G>A", "p.Ter10="),
    "base of the stop": (50, "TG", "T", "c.29del", "p.Ter10TyrextTer3"),
    "stop together with the residue before": (48, "AATG", "G", "c.26_28del", "p.Glu9GlyfsTer3"),
    "last residue": (46, "AGAA", "A", "c.25_27del", "p.Glu9del"),
    "behind the last residue": (49, "A", "AGAA", "c.25_27dup", "p.Ter10GluextTer1"),
    "5' of the start": (10, "a", "c", "c.-1A>C", ""),
    "3' of the stop": (53, "c", "t", "c.*1C>T", ""),
    "beyond the transcript's beginning": (0, "t", "a", "c.-11T>A", ""),
    "beyond the transcript's end": (63, "a", "c", "c.*11A>C", ""),
    "intron near its beginning": (20, "g", "t", "c.9+1G>T", ""),
    "intron near its end": (31, "g", "t", "c.10-1G>T", ""),
    "middle of the intron": (25, "t", "c", "c.9+6T>C", ""),
    "just behind the middle": (26, "t", "c", "c.10-6T>C", ""),
    "exon to intron goes 3', never to the next exon": (18, "AG", "A", "c.9+1del", ""),
    "intron to exon goes 3'": (30, "ag", "a", "c.10del", "p.Asp4IlefsTer5"),
    "the last codon of an exon": (16, "TAAG", "T", "c.7_9del", "p.Lys3del"),
    "over a splice site": (18, "AGg", "A", "c.9_9+1del", ""),
    "copy of an exon's last bases": (16, "T", "TAAG", "c.7_9dup", "p.Lys3dup"),
    "between exon and intron": (19, "G", "GCCC", "c.9_9+1insCCC", ""),
}


@pytest.mark.parametrize("strand", [1, -1])
@pytest.mark.parametrize("case", CASES)
def test_every_kind_of_change_on_both_strands(case: str, strand: int) -> None:
    place, ref, alt, coding, protein = CASES[case]
    assert name(strand, place, ref, alt) == (coding, protein)


@given(st.integers(1, SIZE - 8), st.integers(0, 6), st.text("ACGT", max_size=6))
def test_the_strand_and_the_place_of_writing_make_no_difference(place: int, length: int, alt: str) -> None:
    """The mirrored gene gives the same name, and so does an allele written with more bases around it."""
    held = GENE.upper()[place : place + length]
    assume(held != alt)
    before, behind = GENE.upper()[place - 1], GENE.upper()[place + length]
    short = name(1, place - 1, before + held, before + alt)
    assert short == name(-1, place - 1, before + held, before + alt)
    assert short == name(1, place, held + behind, alt + behind)
    assert parse_coding(short[0]).text == short[0]
    assert not short[1] or parse_protein(short[1]).reported == short[1]


def test_the_middle_of_an_intron_of_odd_length_counts_from_the_exon_before() -> None:
    odd = replace(READINGS[1], exons=((4, 20), (31, 63)))
    assert [str(odd.coding_position(place)) for place in (24, 25, 26)] == ["9+5", "9+6", "10-5"]


def test_the_reference_allele_is_held_against_the_genome() -> None:
    with pytest.raises(ValueError, match="holds G, not T"):
        name_change(READINGS[1], 15, "T", "A")


def test_a_coding_sequence_with_a_stop_inside_is_not_read() -> None:
    cut = replace(PLUS, cds=((11, 20), (32, 56)))  # the stop is no longer its last codon
    with pytest.raises(ValueError, match=r"T1\.1 is not read to one stop"):
        read_transcript(cut, fetch_plus)
    readings = Readings([PLUS, replace(cut, gene="H", transcript="T2.1")], fetch_plus)
    assert readings.messages == []  # nothing is read before it is asked for
    assert [name for name in ("T1", "T2", "T3") if name in readings] == ["T1"]
    assert len(readings.messages) == 1 and "the annotator's notation stands" in readings.messages[0]


def test_an_unknown_residue_is_not_named_and_no_stop_is_counted_over_it() -> None:
    def fetch(chrom: str, start0: int, end0: int) -> str:
        return (GENE[:36] + "N" + GENE[37:])[start0:end0]  # codon 5 is CNT

    reading = read_transcript(PLUS, fetch)
    assert name_change(reading, 36, "C", "G").protein is None
    assert name_change(reading, 39, "C", "G").protein is not None
    shifted = name_change(reading, 33, "GA", "G").protein  # c.11del: GTC NTC ATT GGT TAG, and NTC is no stop
    assert shifted is not None and shifted.reported == "p.Asp4ValfsTer?"


# --------------------------------------------------------------------------- in place of the annotator's

COUNTS = ReadCounts(100, 30, 15, 15, 35, 35)


def said(hgvsc: str, hgvsp: str, transcript: str = "T1.1", pos1: int = 15, ref: str = "G", alt: str = "C") -> AnnotatedCall:
    effect = Effect("G", transcript, "missense_variant", hgvsc, hgvsp, "1/2")
    return AnnotatedCall("c", pos1, ref, alt, (), (), COUNTS, None, (effect,), None, "", None, "")


OWN = {"T1": READINGS[1]}


def test_our_notation_is_reported_and_another_meaning_is_marked() -> None:
    equal = rename(said("c.4G>C", "p.Gly2Arg"), OWN).effects[0]
    assert (equal.hgvsc, equal.hgvsp, equal.annotator) == ("c.4G>C", "p.Gly2Arg", "")
    other = rename(said("c.5G>C", "p.Gly2Ala"), OWN).effects[0]
    assert (other.hgvsc, other.hgvsp, other.annotator) == ("c.4G>C", "p.Gly2Arg", "p.Gly2Ala")
    silent = rename(said("c.4G>C", ""), OWN).effects[0]
    assert (silent.hgvsp, silent.annotator) == ("p.Gly2Arg", "none")


def test_two_words_for_a_cut_protein_mean_the_same() -> None:
    call = said("c.20G>A", "p.Trp7fs", pos1=43, ref="G", alt="A")
    effect = rename(call, OWN).effects[0]
    assert (effect.hgvsp, effect.annotator) == ("p.Trp7Ter", "")


def test_other_transcripts_and_contigs_stay_as_the_annotator_says() -> None:
    call = said("c.400G>C", "p.Gly134Arg", "T9.1")
    assert rename(call, OWN) == call
    elsewhere = replace(said("c.5G>C", "p.Gly2Ala"), chrom="d")
    assert rename(elsewhere, OWN) == elsewhere


def test_the_log_counts_what_the_annotator_writes_otherwise() -> None:
    agreement = Agreement()
    for call in (
        said("c.4G>C", "p.Gly2Arg"),
        said("c.5G>C", "p.Gly2Arg"),
        said("c.4G>C", "p.Gly2Ala"),
        said("c.9G>C", "", "T9"),
    ):
        agreement.note(call, rename(call, OWN))
    assert (agreement.compared, agreement.coding, agreement.protein) == (3, 2, 2)
    assert "3 effects named from the sequence" in str(agreement)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("", "p.?", True),
        ("p.=", "", True),
        ("p.Gly2fs", "p.Gly2ValfsTer7", True),
        ("p.His6dup", "p.His6_Trp7insHis", True),
        ("p.Gly2Arg", "", False),
        ("p.Gly2Arg", "p.Gly2Ala", False),
        ("p.Gly2Arg", "p.249", False),
    ],
)
def test_the_same_protein_change_in_other_words(one: str, other: str, same: bool) -> None:
    assert same_protein(one, other) is same is same_protein(other, one)


def test_the_same_coding_change_in_other_words() -> None:
    assert same_coding("c.5del", "c.5delG") and not same_coding("c.5del", "c.4del")
