"""The grammar of alterations, and that an atom matches what it names and nothing else."""

from __future__ import annotations

import gzip
import os
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tierline.alterations import (
    ARM_WORDS,
    BIOMARKERS,
    CLASSES,
    EXON_CODING,
    WORDS,
    escapes_decay,
    is_loss_of_function,
    is_near,
    is_oncogenic,
    match,
    match_part,
    parse,
    residues,
)
from tierline.hgvs import normalise_protein
from tierline.records import Variant

SHARED = Path(os.environ.get("TIERLINE_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))


def matched(alteration: str, variant: Variant, role: str = "oncogene") -> str:
    (part,) = parse(alteration, variant.gene).parts
    return match_part(part, variant, role)


# --------------------------------------------------------------------------- grammar


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("p.V600E", "BRAF p.Val600Glu"),
        ("p.Val600Glu | p.Val600Lys", "BRAF p.Val600Glu | p.Val600Lys"),
        ("c.-124C>T", "BRAF c.-124C>T"),
        ("codon 600", "BRAF codon 600"),
        ("codon 12-13 missense", "BRAF codon 12-13 missense"),
        ("EGFR exon 19 inframe_deletion", "EGFR exon 19 inframe_deletion"),
        ("mutation & KRAS wild_type", "BRAF mutation & KRAS wild_type"),
        ("EGFR p.Leu858Arg & EGFR !p.Thr790Met", "EGFR p.Leu858Arg & EGFR !p.Thr790Met"),
        ("fusion", "BRAF fusion"),
        ("fusion KIAA1549", "BRAF fusion KIAA1549"),
        ("NKX2-1 amplification", "NKX2-1 amplification"),
        ("!loss_of_function", "BRAF !loss_of_function"),
        ("HLA-A deletion", "HLA-A deletion"),
        ("C11orf95 fusion RELA", "C11orf95 fusion RELA"),
    ],
)
def test_reading(text: str, canonical: str) -> None:
    profile = parse(text, "BRAF")
    assert str(profile) == canonical
    assert parse(str(profile), "OTHER") == profile


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 1),
        ("banana", 1),
        ("KRAS", 1),
        ("p.Val600", 1),
        ("p.V600E & ", 11),
        ("p.V600E | banana", 11),
        ("codon 0", 1),
        ("codon 13-12", 1),
        ("codon 12 nonsense", 1),
        ("codon 14 skipping", 1),
        ("p.V600E & KRAS exon two", 16),
        ("fusion EML4 ALK", 1),
        ("amplification high", 1),
        ("!wild_type", 2),
        ("mutation | wild_type", 1),
        ("KRAS wild_type & c.12", 18),
    ],
)
def test_a_fault_is_placed(text: str, position: int) -> None:
    with pytest.raises(ValueError, match=rf"position {position}: .*(Write|stands|missing)"):
        parse(text, "BRAF")


def test_a_gene_is_needed_somewhere() -> None:
    with pytest.raises(ValueError, match="no gene"):
        parse("mutation", "")


ATOMS = st.one_of(
    st.sampled_from([word for word in WORDS if word not in ("wild_type", "positive", *ARM_WORDS)]),
    st.builds("expression CPS>={}".format, st.integers(1, 100)),
    st.builds(lambda n, m, c: f"codon {n}-{n + m} {c}".strip(), st.integers(1, 999), st.integers(1, 9),
              st.sampled_from(["", *(c for c in CLASSES if c != "skipping")])),
    st.builds(lambda n, c: f"exon {n} {c}".strip(), st.integers(1, 40), st.sampled_from(["", *CLASSES])),
    st.builds("p.Val{}Glu".format, st.integers(2, 999)),
    st.builds("c.{}A>T".format, st.integers(1, 999)),
)  # fmt: skip
PARTS = st.builds(
    lambda gene, absent, atoms: f"{gene} {'!' if absent else ''}{' | '.join(atoms)}",
    st.sampled_from(["BRAF", "KRAS", "NKX2-1"]),
    st.booleans(),
    st.lists(ATOMS, min_size=1, max_size=3),
)


@given(st.lists(PARTS, min_size=1, max_size=3))
def test_what_is_read_is_written_back(parts: list[str]) -> None:
    text = " & ".join(parts)
    assert str(parse(text, "BRAF")) == text


def test_the_genes_of_a_profile_are_those_that_can_support_it() -> None:
    assert parse("p.Val600Glu & KRAS wild_type & NRAS !mutation & EGFR amplification", "BRAF").genes == ("BRAF", "EGFR")
    assert parse("fusion EML4", "ALK").genes == ("ALK", "EML4")


# --------------------------------------------------------------------------- matching


@pytest.mark.parametrize(
    "word",
    [
        *(f"codon 600 {klass}" for klass in CLASSES if klass != "skipping"),
        *("codon 600", "exon 15", "exon 15 mutation", "mutation", "truncating", "loss_of_function", "p.Val600Glu"),
    ],
)
def test_a_synonymous_change_is_no_more_than_itself(word: str) -> None:
    silent = Variant("BRAF", "c.1800G>A", "p.Val600=", "synonymous_variant", is_hotspot=True)
    for role in ("oncogene", "tumour_suppressor", "both", ""):
        assert matched(word, silent, role) == ""
    assert matched("p.Val600=", silent) == "exact"


@given(st.sampled_from("ACDEFGHIKLMNPQRSTWY"), st.sampled_from("ACDEFGHIKLMNPQRSTWY"))
def test_an_exact_item_supports_its_residue_change_only(said: str, found: str) -> None:
    variant = Variant("BRAF", hgvsp=normalise_protein(f"V600{found}"))
    assert matched(f"p.V600{said}", variant) == ("exact" if said == found else "")
    assert matched("codon 600", variant) == "codon"
    assert is_near(parse(f"p.V600{said}", "BRAF").parts[0].atoms[0], variant)


def test_parts_count_outside_codons_only() -> None:
    promoter = Variant("TERT", "c.-125_-124delinsTT", parts=("c.-125C>T", "c.-124C>T"))
    assert matched("c.-124C>T", promoter) == "part"
    assert matched("c.-125_-124delinsTT", promoter) == "exact"
    assert matched("c.-146C>T", promoter) == ""
    v600k = Variant("BRAF", "c.1798_1799delinsAA", "p.Val600Lys", parts=("c.1798G>A", "c.1799T>A", "p.Val600Glu"))
    assert matched("p.Val600Glu", v600k) == ""
    assert matched("c.1799T>A", v600k) == ""
    assert matched("p.Val600Lys", v600k) == "exact"
    two = Variant("KRAS", hgvsp="p.Gly12_Gly13delinsCysAsp")
    assert matched("p.Gly12Cys", two) == matched("p.Gly13Asp", two) == "part"
    assert matched("codon 12", two) == ""
    assert matched("codon 12-13", two) == "range"


@pytest.mark.parametrize(
    ("variant", "role", "expected"),
    [
        (Variant("PTEN", hgvsp="p.Arg130Ter"), "tumour_suppressor", True),
        (Variant("PTEN", hgvsp="p.Arg130Ter"), "both", True),
        (Variant("PTEN", hgvsp="p.Arg130Ter"), "oncogene", False),
        (Variant("PTEN", hgvsp="p.Arg130Ter"), "", False),
        (Variant("PTEN", hgvsp="p.Lys267fs"), "tumour_suppressor", True),
        (Variant("PTEN", hgvsp="p.Met1?"), "tumour_suppressor", True),
        (Variant("PTEN", "c.209+1G>A", consequence="splice_donor_variant"), "tumour_suppressor", True),
        (Variant("PTEN", "c.209+2T>C"), "tumour_suppressor", True),
        (Variant("PTEN", "c.209+3A>C"), "tumour_suppressor", False),
        (Variant("PTEN", "c.205_209+4del"), "tumour_suppressor", True),
        (Variant("PTEN", "c.800del"), "tumour_suppressor", True),
        (Variant("PTEN", "c.800_802del"), "tumour_suppressor", False),
        (Variant("PTEN", consequence="stop_gained&splice_region_variant"), "tumour_suppressor", True),
        (Variant("PTEN", hgvsp="p.Arg130Gln"), "tumour_suppressor", False),
        (Variant("PTEN", hgvsp="p.Arg130Gln", is_hotspot=True), "tumour_suppressor", True),
        (Variant("PTEN", hgvsp="p.Arg130Gln", is_hotspot=True), "both", False),
        (Variant("PTEN", hgvsp="p.Arg130Gln", labels=("oncogenic",)), "tumour_suppressor", True),
        (Variant("PTEN", copy_number_change="deletion"), "tumour_suppressor", True),
        (Variant("PTEN", copy_number_change="deletion"), "oncogene", False),
        (Variant("PTEN", copy_number_change="amplification"), "tumour_suppressor", False),
        (Variant("PIK3CA", hgvsp="p.His1047Arg", is_hotspot=True), "oncogene", False),
        (Variant("NOTCH1", hgvsp="p.Gln2503Ter", exon=34, exon_count=34), "both", False),
        (Variant("NOTCH1", hgvsp="p.Gln2503Ter", exon=34, exon_count=34, protein_length=2555), "both", False),
        (Variant("APC", hgvsp="p.Arg1450Ter", exon=16, exon_count=16, protein_length=2843), "tumour_suppressor", True),
        (Variant("CEBPA", hgvsp="p.Gln88Ter", exon=1, exon_count=1), "tumour_suppressor", True),
    ],
)
def test_loss_of_function(variant: Variant, role: str, expected: bool) -> None:
    assert is_loss_of_function(variant, role) is expected
    recurrent = variant.is_hotspot and not variant.labels
    assert matched("loss_of_function", variant, role) == ("" if not expected else "presumed" if recurrent else "class")
    if expected:
        assert matched("mutation", variant, role) == (
            "gene" if not variant.copy_number_change else matched("mutation", variant, role)
        )


@pytest.mark.parametrize(("residue", "escapes"), [(2300, False), (2299, False), (2301, True), (2500, True)])
def test_a_tenth_of_the_protein_decides_in_the_last_exon(residue: int, escapes: bool) -> None:
    """Of 2,555 residues a tenth is 255.5: a stop at 2301 takes away 255, one at 2300 takes 256."""
    stop = Variant("NOTCH1", hgvsp=f"p.Gln{residue}Ter", exon=34, exon_count=34, protein_length=2555)
    assert escapes_decay(stop) is escapes


@pytest.mark.parametrize(
    ("variant", "role", "expected"),
    [
        (Variant("KRAS", hgvsp="p.Gly12Asp", is_hotspot=True), "oncogene", True),
        (Variant("KRAS", hgvsp="p.Gly12fs", is_hotspot=True), "oncogene", False),
        (Variant("KRAS", hgvsp="p.Gly12=", is_hotspot=True), "oncogene", False),
        (Variant("KRAS", hgvsp="p.Lys88Arg"), "oncogene", False),
        (Variant("KRAS", hgvsp="p.Lys88Arg", labels=("likely_oncogenic",)), "oncogene", True),
        (Variant("TERT", "c.-146C>T"), "oncogene", True),
        (Variant("TERT", "c.-146C>A"), "oncogene", False),
        (Variant("RB1", hgvsp="p.Arg320Ter"), "tumour_suppressor", True),
    ],
)
def test_mutation_means_an_oncogenic_or_hotspot_variant(variant: Variant, role: str, expected: bool) -> None:
    assert is_oncogenic(variant, role) is expected
    assert matched("mutation", variant, role) == ("gene" if expected else "")


@pytest.mark.parametrize(
    ("gene", "hgvsc", "hgvsp", "alteration", "expected"),
    [
        ("EGFR", "", "p.Glu746_Ala750del", "exon 19 inframe_deletion", "exon"),
        ("EGFR", "", "p.Glu746_Ala750del", "exon 19 inframe_insertion", ""),
        ("EGFR", "", "p.Glu746_Ala750del", "exon 20 inframe_deletion", ""),
        ("EGFR", "", "p.Glu746_Ala750del", "exon 19-21 inframe_indel", "exon"),
        ("EGFR", "", "p.Ala763_Tyr764insPheGlnGluAla", "exon 20 inframe_insertion", "exon"),
        ("EGFR", "c.2470A>G", "p.Lys824Glu", "exon 21 missense", "exon"),
        ("EGFR", "c.2470A>G", "p.Lys824Glu", "exon 20 missense", ""),
        ("KIT", "", "p.Ala502_Tyr503dup", "exon 9 inframe_insertion", "exon"),
        ("JAK2", "", "p.Asn542_Glu543del", "exon 12", "exon"),
        ("JAK2", "", "p.Val617Phe", "exon 12", ""),
        ("JAK2", "", "p.Val617Phe", "exon 14", "exon"),
        ("PIK3CA", "", "p.His1047Arg", "exon 20 missense", "exon"),
        ("PIK3CA", "", "p.Glu545Lys", "exon 9 missense", "exon"),
        ("PDGFRA", "", "p.Asp842Val", "exon 18 missense", "exon"),
        ("CTNNB1", "", "p.Ser45Phe", "exon 3 missense", "exon"),
        ("FLT3", "", "p.Glu598_Tyr599insAspTyrValAspPheArgGlu", "exon 14 inframe_insertion", "exon"),
        ("MET", "c.2942-28_2944del", "", "exon 14 skipping", ""),
        ("MET", "c.2888-5_2944del", "", "exon 14 skipping", "exon"),
        ("MET", "c.2888-2A>C", "", "exon 14 skipping", "exon"),
        ("MET", "c.2888-20T>C", "", "exon 14 skipping", ""),
        ("MET", "c.3020_3028+10del", "", "exon 14 skipping", "exon"),
        ("MET", "c.3028+3A>G", "", "exon 14 skipping", ""),
        ("MET", "c.3027C>T", "p.Tyr1009=", "exon 14 skipping", ""),
        ("MET", "", "p.Asp963_Asp1010del", "exon 14 skipping", "exon"),
        ("MET", "", "p.Val1000_Asp1010del", "exon 14 skipping", ""),
        ("MET", "", "p.Asp1010Asn", "exon 14 skipping", "exon"),  # only by the last base of the exon
        ("MET", "", "p.Asp1010Gly", "exon 14 skipping", ""),  # by the base behind it, in exon 15
    ],
)
def test_exons_by_position(gene: str, hgvsc: str, hgvsp: str, alteration: str, expected: str) -> None:
    assert matched(alteration, Variant(gene, hgvsc, hgvsp)) == expected


def test_an_exon_that_is_not_tabled_is_the_annotator_s() -> None:
    change = Variant("RB1", hgvsp="p.Glu137Lys", exon=4, exon_count=27)
    assert matched("exon 4 missense", change) == "exon"
    assert matched("exon 5", change) == ""
    assert matched("exon 4", Variant("RB1", hgvsp="p.Glu137Lys")) == ""
    splice = Variant("RB1", "c.500+1G>A", consequence="splice_donor_variant", exon=4)
    assert matched("exon 4 skipping", splice) == "exon"


@pytest.mark.parametrize("word", [word for word in BIOMARKERS if word not in ("positive", *ARM_WORDS)])
def test_a_biomarker_is_matched_by_the_statement_of_it_alone(word: str) -> None:
    assert matched(word, Variant("ERBB2", biomarker=word)) == "class"
    others = [Variant("ERBB2", biomarker=other) for other in (*BIOMARKERS, "") if other != word]
    others += [Variant("ERBB2", copy_number_change="amplification"), Variant("ERBB2", hgvsp="p.Ser310Phe", is_hotspot=True)]
    assert [matched(word, other) for other in others] == [""] * len(others)
    assert matched("mutation", Variant("ERBB2", biomarker=word)) == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("MSI high", ""),
        ("MSI positive", "Write MSI high or low"),
        ("MSI mutation", "Write MSI high or low"),
        ("TMB high mut/Mb>=10", ""),
        ("HRD positive | high", "Write HRD positive"),
        ("Chr1p loss & Chr19q loss", ""),
        ("Chr3 deletion", "Write Chr3 gain or loss"),
        ("Chr23 loss", "gain and loss are of a chromosome"),
        ("BRAF loss", "gain and loss are of a chromosome"),
        ("ERBB2 positive", "gain and loss are of a chromosome"),
        ("CD274 expression CPS>10", "is no alteration"),
        ("CD274 expression ng/ml>=10", "is no alteration"),
        ("BRAF mutation CPS>=10", "is no alteration"),
    ],
)
def test_what_has_no_gene_has_its_own_words(text: str, says: str) -> None:
    if says:
        with pytest.raises(ValueError, match=says):
            parse(text, "")
    else:
        assert str(parse(text, "")) == text


@pytest.mark.parametrize(
    ("cut_off", "word", "score", "unit", "holds"),
    [
        ("expression CPS>=10", "expression", 10, "CPS", True),
        ("expression CPS>=10", "expression", 9.5, "CPS", False),
        ("expression CPS>=10", "expression", 60, "%", False),  # another scale
        ("expression CPS>=10", "expression", None, "", False),  # no figure: nothing is known of the cut-off
        ("expression", "expression", 1, "%", True),
        ("high mut/Mb>=10", "high", 12, "mut/Mb", True),
        ("high mut/Mb>=10", "high", 9.9, "mut/Mb", False),
        ("high mut/Mb>=10", "high", None, "", True),  # the laboratory's own judgement
        ("high mut/Mb>=10", "low", 12, "mut/Mb", False),
    ],
)
def test_a_cut_off_holds_on_its_own_scale(cut_off: str, word: str, score: float | None, unit: str, holds: bool) -> None:
    assert bool(matched(cut_off, Variant("X", biomarker=word, score=score, score_unit=unit))) is holds


def test_fusions_amplifications_and_deletions_are_what_they_are_called() -> None:
    fusion = Variant("ALK", fusion_partner="EML4")
    assert matched("fusion", fusion) == "class"
    assert matched("fusion EML4", fusion) == "exact"
    assert matched("fusion KIF5B", fusion) == ""
    assert matched("fusion EML4 | fusion", fusion) == "exact"
    (part,) = parse("fusion EML4", "ALK").parts
    assert match_part(part, Variant("EML4", fusion_partner="ALK"), "") == "exact"
    assert match_part(part, Variant("RET", fusion_partner="EML4"), "") == ""
    gain = Variant("MET", copy_number_change="amplification")
    assert matched("amplification", gain) == "class"
    assert matched("deletion", gain) == matched("mutation", gain) == matched("fusion", gain) == ""
    assert matched("wild_type", gain) == ""


def test_the_gene_of_a_part_must_be_the_variant_s() -> None:
    (part,) = parse("p.Gly12Asp", "KRAS").parts
    assert match_part(part, Variant("NRAS", hgvsp="p.Gly12Asp"), "oncogene") == ""
    assert match(part.atoms[0], Variant("KRAS", hgvsp="p.Gly12Asp"), "oncogene") == "exact"


def test_an_unreadable_variant_is_an_error_not_a_silence() -> None:
    with pytest.raises(ValueError, match="cannot read"):
        matched("mutation", Variant("BRAF", hgvsp="p.Val600"))


def test_residues() -> None:
    assert residues(Variant("KRAS", "c.35G>A")) == (12, 12)
    assert residues(Variant("KRAS", "c.36_37insACG")) == (12, 13)
    assert residues(Variant("KRAS", "c.111+1G>A")) is None
    assert residues(Variant("TERT", "c.-124C>T")) is None


# --------------------------------------------------------------------------- the exon table against gene models


def _numbered(blocks: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """First and last coding base of each block, the blocks in transcript order."""
    found, done = [], 0
    for start0, end0 in blocks:
        found.append((done + 1, done + end0 - start0))
        done += end0 - start0
    return found


@pytest.mark.real
@pytest.mark.skipif(not SHARED.is_dir(), reason=f"shared data not found at {SHARED}")
def test_exon_table_agrees_with_the_gene_models() -> None:
    """Ensembl CDS where there are gene models, else the coding exons of two public panel designs.

    ``coding`` gives the ordinal of the coding exon where the literature's number differs from it, by exons that are
    untranslated in part or whole.
    """
    gtf: dict[str, dict[int, tuple[int, int]]] = defaultdict(dict)
    with gzip.open(SHARED / "genome" / "grch38_slices.gtf.gz", "rt") as handle:
        for line in handle:
            fields = line.split("\t")
            if fields[2] == "CDS":
                gene = re.findall('gene_name "([^"]+)"', line)[0]
                exon = int(re.findall(r'exon_number "(\d+)"', line)[0])
                gtf[gene][exon] = (int(fields[3]) - 1, int(fields[4]))
    beds: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    with gzip.open(SHARED / "panels" / "AZ_CDS_AZKeyGenes.817_GRCh37.bed.gz", "rt") as handle:
        for _, start, end, gene, *_ in (line.rstrip("\n").split("\t") for line in handle):
            beds["az", gene].append((int(start), int(end)))
    with open(SHARED / "panels" / "ucladx_exon_targets_grch38.bed") as handle:  # two bases of flank on each side
        for _, start, end, gene, *_ in (line.rstrip("\n").split("\t") for line in handle):
            beds["ucla", gene.partition(":")[0]].append((int(start) + 2, int(end) - 2))
    coding = {  # gene: design, strand, coding exons before the literature's exon 1 subtracted
        "CALR": ("ucla", 1, 0), "CTNNB1": ("az", 1, 1), "ERBB2": ("az", 1, 0), "FLT3": ("ucla", -1, 0),
        "HRAS": ("ucla", -1, 1), "JAK2": ("az", 1, 2), "MET": ("az", 1, 1), "NRAS": ("ucla", -1, 1),
        "PDGFRA": ("az", 1, 1), "PIK3CA": ("az", 1, 0),
    }  # fmt: skip
    compared = 0
    for gene, exons in EXON_CODING.items():
        if gene in coding:
            design, strand, untranslated = coding[gene]
            ordered = _numbered(sorted(beds[design, gene], reverse=strand < 0))
            expected = {exon: ordered[exon - untranslated - 1] for exon in exons}
        else:
            numbers = sorted(gtf[gene])
            expected = dict(zip(numbers, _numbered(gtf[gene][n] for n in numbers), strict=True))
        for exon, bases in exons.items():
            if (gene, exon) == ("PIK3CA", 20):  # its last exon: the table ends with the coding sequence
                assert bases[0] == expected[exon][0]
            else:
                assert bases == expected[exon], f"{gene} exon {exon}"
            compared += 1
    assert compared == sum(len(exons) for exons in EXON_CODING.values()) >= 30
