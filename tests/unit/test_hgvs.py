"""HGVS notation: every way of writing a change gives one canonical text; what cannot be read says what to write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tierline.hgvs import (
    ONE,
    normalise_coding,
    normalise_protein,
    parse_coding,
    parse_protein,
    parts_of_coding,
)

PROTEIN = {
    "p.Val600Glu": "V600E p.V600E p.(Val600Glu) p.(V600E) NP_004324.2:p.Val600Glu p.Val600delinsGlu VK600_601EK",
    "p.Arg282Ter": "R282* R282X p.R282* p.Arg282* p.Arg282Ter p.(Arg282Ter) p.Arg282_Pro283delinsTerLys",
    "p.Gly12=": "G12= G12G p.Gly12Gly p.(Gly12=)",
    "p.Gly12_Gly13=": "GG12GG GG12_13= p.Gly12_Gly13= p.GlyGly12=",
    "p.Glu746_Ala750del": "E746_A750del p.E746_A750delELREA p.Glu746_Ala750del5 p.(Glu746_Ala750del)",
    "p.Lys601del": "K601del p.Lys601delLys",
    "p.Leu747_Pro753delinsSer": "L747_P753delinsS L747_P753>S p.L747_P753delLREATSPinsS p.Leu747_Pro753delinsSer",
    "p.Tyr772_Ala775dup": "Y772_A775dup p.Y772_A775dupYVMA p.Tyr772_Ala775dup",
    "p.Asp770_Asn771insSerValAsp": "D770_N771insSVD p.Asp770_Asn771insSerValAsp",
    "p.Lys601fs": "K601fs K601Nfs*5 p.Lys601AsnfsTer5 p.K601fs*5 p.K601NfsX5 p.Lys601fs*? p.Lys601Asnfs",
    "p.Ter110GlnextTer17": "*110Qext*17 p.Ter110Glnext*17 p.(Ter110GlnextTer17) p.*110QextX17",
    "p.Ter110GlnextTer?": "*110Qext p.Ter110Glnext p.Ter110Glnext*? p.*110Q p.X110Q",
    "p.Ter394ArgextTer9": "p.*394Rext*9",
    "p.Met1?": "M1? p.Met1? M1V p.Met1Val p.0 p.0?",
    "p.Val600_Lys601delinsGluIle": "VK600_601EI VK600EI p.ValLys600GluIle p.V600_K601delinsEI",
    "p.Val600_Lys601delinsGlu": "V600_K601delinsE p.V600_K601>E",
    "p.Asp1010_splice": "D1010_splice p.D1010_splice",
    "p.Xaa1010_splice": "X1010_splice",
    "p.Lys700_Ala701insXaaXaa": "K700_A701ins2",
    "p.=": "p.= p.(=)",
    "p.?": "p.? p.(?)",
}


@pytest.mark.parametrize(("written", "canonical"), [(w, c) for c, ways in PROTEIN.items() for w in [c, *ways.split()]])
def test_protein_notation_has_one_canonical_text(written: str, canonical: str) -> None:
    assert normalise_protein(written) == canonical


@pytest.mark.parametrize(
    "text",
    ["", "foo", "K0E", "A750_E746del", "V600?", "600E", "p.[Val600Glu;Lys601Glu]", "D770_K772insG", "E746_A750delEL",
     "VK600_602EI", "p.Val600", "c.1799T>A", "B600E", "p.Foo600Glu", "p.Met1ext-5", "p.Ter110Glnextra"],
)  # fmt: skip
def test_unreadable_protein_text_says_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match=r"cannot read .*\. (Write|Leave)"):
        parse_protein(text)


@pytest.mark.parametrize(
    ("text", "kind", "start", "end", "length_change", "truncating"),
    [
        ("V600E", "missense", 600, 600, 0, False),
        ("G12=", "synonymous", 12, 12, None, False),
        ("R282*", "nonsense", 282, 282, None, True),
        ("K601fs", "frameshift", 601, 601, None, True),
        ("E746_A750del", "deletion", 746, 750, -5, False),
        ("Y772_A775dup", "duplication", 772, 775, 4, False),
        ("D770_N771insSVD", "insertion", 770, 771, 3, False),
        ("D770_N771insS*", "insertion", 770, 771, 2, True),
        ("L747_P753delinsS", "delins", 747, 753, -6, False),
        ("L747_P753delins*", "nonsense", 747, 747, None, True),
        ("*110Q", "extension", 110, 110, None, False),
        ("M1V", "start_loss", 1, 1, None, True),
        ("X1010_splice", "splice", 1010, 1010, None, True),
    ],
)
def test_what_a_protein_change_is(
    text: str, kind: str, start: int, end: int, length_change: int | None, truncating: bool
) -> None:
    change = parse_protein(text)
    assert (change.kind, change.start, change.end) == (kind, start, end)
    assert change.length_change == length_change
    assert change.is_truncating is truncating


def test_a_change_of_two_residues_has_parts_and_a_change_of_one_has_none() -> None:
    assert parse_protein("VK600_601EI").parts == ("p.Val600Glu", "p.Lys601Ile")
    assert parse_protein("V600K").parts == ()
    assert parse_protein("L747_P753delinsS").parts == ()


def test_a_duplication_is_the_insertion_of_its_copy() -> None:
    copy = parse_protein("Y772_A775dup")
    assert copy.same_as(parse_protein("A775_G776insYVMA"))
    assert parse_protein("M774_A775insAYVM").same_as(copy)
    assert not copy.same_as(parse_protein("A775_G776insVVMA"))
    assert not copy.same_as(parse_protein("A775_G776insYVA"))
    assert not copy.same_as(parse_protein("Y772_A775del"))
    assert parse_protein("X1010_splice").same_as(parse_protein("D1010_splice"))


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("K601Nfs*5", "p.Lys601AsnfsTer5"),
        ("p.Lys601AsnfsTer?", "p.Lys601AsnfsTer?"),
        ("p.Lys601Asnfs", "p.Lys601fs"),
        ("K601fs*5", "p.Lys601fs"),
        ("*394Rext*9", "p.Ter394ArgextTer9"),
        ("V600E", "p.Val600Glu"),
    ],
)
def test_a_new_reading_is_reported_with_its_stop(text: str, reported: str) -> None:
    change = parse_protein(text)
    assert change.reported == reported
    assert parse_protein(reported).reported == reported


def test_where_a_new_reading_ends_does_not_tell_changes_apart() -> None:
    assert parse_protein("K601Nfs*5") == parse_protein("K601fs")
    assert parse_protein("*394Rext*9").same_as(parse_protein("*394Rext*?"))
    assert not parse_protein("*394Rext*9").same_as(parse_protein("*394Qext*9"))


RESIDUES = st.sampled_from([one for one in ONE.values() if one not in "*XM"])


@given(st.integers(2, 5000), RESIDUES, RESIDUES, st.integers(1, 20), st.lists(RESIDUES, min_size=1, max_size=6))
def test_one_and_three_letters_agree_and_canonical_text_is_stable(
    start: int, first: str, last: str, length: int, new: list[str]
) -> None:
    end = start + length
    for short in (
        f"{first}{start}{last}",
        f"{first}{start}fs",
        f"{first}{start}*",
        f"{first}{start}_{last}{end}del",
        f"{first}{start}_{last}{end}dup",
        f"{first}{start}_{last}{end}delins{''.join(new)}",
        f"{first}{start}_{last}{start + 1}ins{''.join(new)}",
    ):
        change = parse_protein(short)
        assert parse_protein(change.text) == change
        assert parse_protein(change.short) == change


CODING = {
    "c.1799T>A": "c.1799T>A NM_004333.6:c.1799T>A ENST00000646891.2:c.1799T>A c.1799t>a 1799T>A c.1799delTinsA",
    "c.-124C>T": "c.-124C>T",
    "c.*23A>G": "c.*23A>G",
    "c.3028+1G>T": "c.3028+1G>T",
    "c.-125_-124delinsTT": "c.-125_-124delCCinsTT c.-125_-124CC>TT c.-125_-124delinsTT",
    "c.1798_1799delinsAA": "c.1798_1799GT>AA c.1798GT>AA c.1798_1799delGTinsAA",
    "c.2235_2249del": "c.2235_2249del15 c.2235_2249delGGAATTAAGAGAAGC c.2235_2249del",
    "c.2236dup": "c.2236dupA c.2236dup c.2236dup1",
    "c.2310_2311insGGT": "c.2310_2311insGGT c.2310_2311insggt",
    "c.2888-35_2888-16del": "c.2888-35_2888-16del",
    "c.35_36inv": "c.35_36inv",
    "c.34=": "c.34G= c.34=",
    "c.10T>A": "c.9_11delGTCinsGAC",
}


@pytest.mark.parametrize(("written", "canonical"), [(w, c) for c, ways in CODING.items() for w in [c, *ways.split()]])
def test_coding_notation_has_one_canonical_text(written: str, canonical: str) -> None:
    assert normalise_coding(written) == canonical


@pytest.mark.parametrize(
    "text",
    ["", "c.0A>T", "c.10_5del", "c.5_9del3", "c.5_9insA", "c.5insA", "c.12TG[4]", "p.Val600Glu", "c.12A>", "c.12"],
)
def test_unreadable_coding_text_says_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match=r"cannot read .*\. (Write|Leave)"):
        parse_coding(text)


@pytest.mark.parametrize(
    ("text", "ref", "parts"),
    [
        ("c.-125_-124delinsTT", "CC", ("c.-125C>T", "c.-124C>T")),
        ("c.-125_-124delCCinsTT", "", ("c.-125C>T", "c.-124C>T")),
        ("c.-125_-124delinsTT", "", ()),
        ("c.-1_1delinsTT", "CA", ("c.-1C>T", "c.1A>T")),
        ("c.10_12delinsTAT", "CAC", ("c.10C>T", "c.12C>T")),
        ("c.30+1_30+2delinsAA", "GT", ("c.30+1G>A", "c.30+2T>A")),
        ("c.29_30+1delinsAA", "GT", ()),
        ("c.30_30+1delinsAA", "GT", ()),
        ("c.1799T>A", "", ("c.1799T>A",)),
        ("c.2235_2249del", "", ()),
    ],
)
def test_parts_of_a_multi_nucleotide_change(text: str, ref: str, parts: tuple[str, ...]) -> None:
    assert parts_of_coding(text, ref) == parts


@given(
    st.integers(-300, 300).filter(lambda base: base != 0),
    st.text("ACGT", min_size=1, max_size=5),
    st.text("ACGT", min_size=1, max_size=5),
)
def test_a_spelt_replacement_keeps_its_meaning(base: int, ref: str, alt: str) -> None:
    """Canonical text is stable, and equal-length replacements have one part for each base that differs."""
    end = base + len(ref) - 1
    end += 1 if base < 0 <= end else 0
    where = f"c.{base}_{end}" if len(ref) > 1 else f"c.{base}"
    change = parse_coding(f"{where}del{ref}ins{alt}")
    assert normalise_coding(change.text) == change.text
    if len(ref) == len(alt) and ref != alt:
        assert len(parts_of_coding(f"{where}del{ref}ins{alt}")) == sum(a != b for a, b in zip(ref, alt, strict=True))


@pytest.mark.parametrize("text", ["p.Met1del", "p.Met1_Lys3del", "p.Met1_Thr2delinsLeu", "M1_T2del"])
def test_a_change_that_takes_the_first_methionine_is_a_start_loss(text: str) -> None:
    assert parse_protein(text).kind == "start_loss"
    assert parse_protein(text).text == "p.Met1?"


@pytest.mark.parametrize("text", ["p.Met1_Thr2insGly", "p.Met1_Lys3dup", "p.Met1delinsMetGly", "p.Thr2_Lys3del"])
def test_a_change_that_leaves_the_first_methionine_is_none(text: str) -> None:
    assert parse_protein(text).kind != "start_loss"
