"""Whose reads these are: sites chosen by hand, GATK's table as it writes it, swaps and contamination among drawn people."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from html import unescape
from itertools import count
from pathlib import Path

import pysam
import pytest
from tierline.dashboard import MOST_COMPARED, identity_table, lod_map
from tierline.identity import (
    LEAST_SITES,
    Counts,
    Fingerprint,
    Lods,
    compare,
    donated,
    find_matches,
    identity,
    of_other_patients,
    read_lods,
    remarks,
    shared,
    verdict,
)
from tierline.records import Kind, SampleMatches, SamplePair
from tierline.snps import APART, Snp, haplotype_map, read_frequencies, read_snps, spread

# CrosscheckFingerprints of GATK 4.6.2.0 on two tumours of the demo, columns without content left out
TABLE = """## htsjdk.samtools.metrics.StringHeader
# CrosscheckFingerprints --INPUT a.vcf.gz

## METRICS CLASS\tpicard.fingerprint.CrosscheckMetric
LEFT_GROUP_VALUE\tRIGHT_GROUP_VALUE\tRESULT\tDATA_TYPE\tLOD_SCORE\tLOD_SCORE_TUMOR_NORMAL\tLOD_SCORE_NORMAL_TUMOR\
\tLEFT_SAMPLE\tRIGHT_SAMPLE
L\tL\tEXPECTED_MATCH\tSAMPLE\t19.010675\t16.042235\t16.042235\tL\tL
L\tC\tEXPECTED_MISMATCH\tSAMPLE\t-64.102528\t-41.425409\t-33.670933\tL\tC
"""


def snp(pos1: int, frequency: float, chrom: str = "chr1") -> Snp:
    return Snp(chrom, pos1, "A", "G", frequency)


def test_the_most_telling_sites_far_enough_apart_are_kept() -> None:
    given = [snp(1, 0.2), snp(5000, 0.45), snp(5000 + APART - 1, 0.4), snp(5000 + APART, 0.9), snp(5000, 0.3, "chr2")]
    assert spread(given) == [given[1], given[3], given[4]]


def test_the_map_names_the_rarer_allele(tmp_path: Path) -> None:
    text = haplotype_map([snp(30, 0.25, "chr2"), snp(20, 0.75, "chr1")], {"chr1": 100, "chr2": 50})
    (tmp_path / "snps.txt").write_text(text)
    assert read_frequencies(tmp_path / "snps.txt") == {("chr1", 20): 0.25, ("chr2", 30): 0.25}
    header, rows = text.splitlines()[:4], text.splitlines()[4:]
    assert header[1:3] == ["@SQ\tSN:chr1\tLN:100", "@SQ\tSN:chr2\tLN:50"] and header[3].startswith("#CHROMOSOME\tPOSITION")
    assert rows == ["chr1\t20\tchr1_20\tG\tA\t0.2500\t\t", "chr2\t30\tchr2_30\tA\tG\t0.2500\t\t"]


def test_odds_as_gatk_writes_them() -> None:
    found = read_lods(TABLE)
    assert found["L", "C"] == Lods(-64.102528, -41.425409, -33.670933)
    assert read_lods("") == {} and read_lods("# nothing\n\n") == {}
    odds = Lods(-9.0, 2.0, 4.0)
    assert odds.between(Kind.NORMAL, Kind.NORMAL) == -9.0
    assert (odds.between(Kind.TUMOR, Kind.NORMAL), odds.between(Kind.NORMAL, Kind.TUMOR)) == (2.0, 4.0)
    assert odds.between(Kind.TUMOR, Kind.TUMOR) == 4.0


def test_too_few_sites_tell_no_identity() -> None:
    few = identity(5.0, LEAST_SITES - 1)
    assert (few.value, few.on, few.note) == (None, 19, "19 common SNPs seen in both are too few")
    assert identity(5.0, LEAST_SITES).value == 5.0 and identity(None, 40).value is None


@pytest.mark.parametrize(
    ("lod", "same", "expected"),
    [(3.0, True, "pass"), (3.0, False, "fail"), (2.9, True, "not_assessable"), (0.0, False, "not_assessable"),
     (-0.1, True, "fail"), (-0.1, False, "pass"), (None, True, "not_assessable")],
)  # fmt: skip
def test_a_pair_against_its_sheet(lod: float | None, same: bool, expected: str) -> None:
    assert verdict(lod, same) == expected


# --------------------------------------------------------------------------- contamination

SITES = 60
DEPTH = 1000


def person(draw: random.Random) -> list[int]:
    """Alternate alleles (0, 1, 2) at the sites, each as frequent as 0.4."""
    return [sum(draw.random() < 0.4 for _ in range(2)) for _ in range(SITES)]


def reads(genotypes: list[int], draw: random.Random, other: list[int] | None = None, share: float = 0.0) -> Counts:
    """Reads of a person, ``share`` of them from another one, with an error in a thousand."""
    found = {}
    for pos1, dose, theirs in zip(count(1), genotypes, other or genotypes, strict=False):
        fraction = (1 - share) * dose / 2 + share * theirs / 2
        fraction = fraction * 0.999 + (1 - fraction) * 0.001
        alt = sum(draw.random() < fraction for _ in range(DEPTH))
        found["chr1", pos1] = (DEPTH - alt, alt)
    return found


def test_a_contamination_by_hand() -> None:
    """Ten sites of 100 reads: where the donor is AA:5, het:1, has none:5."""
    receiver = {("c", n): (100, 0) for n in range(1, 12)}
    receiver |= {("c", n): (95, 5) for n in range(1, 7)}
    donor = {("c", n): (0, 100) for n in range(1, 6)} | {("c", 6): (50, 50)} | {("c", n): (100, 0) for n in range(7, 12)}
    share, chance = donated(receiver, donor)
    assert share == pytest.approx(0.05) and chance == pytest.approx(1 / 462)  # 1 of 11 over 6 ways to place six
    assert donated({site: n for site, n in receiver.items() if site[1] < 10}, donor) == (0.0, 1.0), "too few without"
    assert shared(receiver, {("c", 1): (5, 5)}) == []


@pytest.mark.parametrize("share", [0.02, 0.05, 0.10])
def test_the_one_who_contaminates_is_found(share: float) -> None:
    draw = random.Random(7)
    people = [person(draw) for _ in range(20)]
    samples = [Fingerprint(f"T{n}", f"P{n}", Kind.TUMOR, reads(one, draw)) for n, one in enumerate(people)]
    samples[3] = Fingerprint("T3", "P3", Kind.TUMOR, reads(people[3], draw, people[11], share))
    found = [pair for pair in compare(samples, {}) if pair.donated is not None]
    assert [(pair.left, pair.right) for pair in found] == [("T3", "T11")]
    assert found[0].donated == pytest.approx(share, rel=0.3)
    assert remarks("T3", found) == [f"{100 * found[0].donated:.1f} % of its reads from T11"]


def test_of_forty_clean_samples_none_is_contaminated() -> None:
    draw = random.Random(8)
    samples = [Fingerprint(f"T{n}", f"P{n}", Kind.TUMOR, reads(person(draw), draw)) for n in range(40)]
    assert [pair for pair in compare(samples, {}) if pair.donated is not None] == []


# --------------------------------------------------------------------------- identity


def test_a_swap_in_words() -> None:
    """Normals of two patients exchanged: each tumour matches the other's."""
    counts = {("c", n): (50, 50) for n in range(30)}
    samples = [Fingerprint(name, f"P{name[1]}", Kind.TUMOR if name[0] == "T" else Kind.NORMAL, counts)
               for name in ("T2", "N2", "T5", "N5")]  # fmt: skip
    crossed = {("T2", "N5"), ("N2", "T5")}
    crossed |= {pair[::-1] for pair in crossed}
    names = [sample.sample for sample in samples]
    lods = {(a, b): Lods(*[9.0 if (a, b) in crossed else -9.0] * 3) for a in names for b in names}
    pairs = list(compare(samples, lods))
    assert len(pairs) == 12 and {pair.sites for pair in pairs} == {30}
    assert remarks("T2", pairs) == ["matches N5, not N2"] and remarks("N5", pairs) == ["matches T2, not T5"]
    few = [Fingerprint(s.sample, s.patient, s.kind, dict(list(counts.items())[:19])) for s in samples]
    assert {(pair.verdict, pair.lod) for pair in compare(few, lods)} == {("not_assessable", None)}
    assert remarks("T2", compare(few, lods)) == []


def found_matches(*same: str, unknown: str = "") -> dict[str, tuple[int, tuple[str, ...]]]:
    """Compared and matching samples of four of two patients; ``same`` are groups of samples with one person's reads."""
    names = ["T2", "N2", "T5", "N5"]
    samples = [Fingerprint(name, f"P{name[1]}", Kind.TUMOR if name[0] == "T" else Kind.NORMAL, {}) for name in names]
    pairs = []
    for a, b in ((a, b) for a in names for b in names if a != b):
        alike, patient = any({a, b} <= set(group.split()) for group in same), a[1] == b[1]
        word = "not_assessable" if unknown in (a, b) else verdict(9.0 if alike else -9.0, patient)
        pairs.append(SamplePair(a, b, patient, 30, 0.0, word, None))
    return {row.sample: (row.compared, row.matches) for row in find_matches(samples, pairs)}


def test_whose_reads_are_another_patients() -> None:
    assert set(found_matches("T2 N2", "T5 N5").values()) == {(2, ())}
    exchanged = {"T2": (2, ("N5",)), "N2": (2, ("T5",)), "T5": (2, ("N2",)), "N5": (2, ("T2",))}
    assert found_matches("T2 N5", "T5 N2") == exchanged, "normals of two patients"
    stray = found_matches("T2 N2 T5")
    assert stray["T5"] == (2, ("T2", "N2")), "a tumour that is another patient's"
    assert stray["T2"] == (2, ()), "its own normal confirms the other one: a stray tumour does not take it along"
    twice = found_matches("T2 N2 T5 N5")
    assert (twice["T2"][1], twice["T5"][1]) == (("N5",), ("N2",)), "both tubes of one patient: which is not known"
    assert found_matches("T2 T5")["T2"] == (2, ("T5",)), "no own sample confirms it"


def test_what_cannot_be_compared_matches_nobody_and_passes_for_nothing() -> None:
    assert found_matches("T2 N5", unknown="T2")["T2"] == (0, ())
    assert found_matches("T2 N5", unknown="N5")["T2"] == (1, ())
    for rows in ([], [SampleMatches("T2", 0, ())]):
        none = of_other_patients(rows)
        assert (none.value, none.note) == (None, "no sample of another patient shares 20 common SNPs with it")
    nobody, two = SampleMatches("T2", 7, ()), SampleMatches("T2", 3, ("N5", "T5"))
    sound, bad = of_other_patients([nobody]), of_other_patients([nobody, two, two])
    assert (sound.value, sound.on, bad.value, bad.meaning) == (0, 7, 2, "its reads match N5, T5"), "on each flow cell"


# --------------------------------------------------------------------------- what is read and shown

SITES_VCF = """##fileformat=VCFv4.2
##contig=<ID=chr1,length=1000000>
##contig=<ID=chr2,length=1000>
##INFO=<ID=AF,Number=A,Type=Float,Description="f">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO
chr1\t100\t.\tA\tG\t.\t.\tAF=0.3
chr1\t799\t.\tA\tG\t.\t.\tAF=0.3
chr1\t800\t.\tA\tG\t.\t.\tAF=0.5
chr1\t1001\t.\tA\tG\t.\t.\tAF=0.95
chr1\t1002\t.\tA\tG,T\t.\t.\tAF=0.4,0.1
chr1\t1003\t.\tAC\tG\t.\t.\tAF=0.4
chr1\t1004\t.\tA\tG\t.\t.\t.
chr1\t1300\t.\tC\tT\t.\t.\tAF=0.1
chr1\t1301\t.\tC\tT\t.\t.\tAF=0.4
"""


def test_common_snps_in_and_near_the_targets(tmp_path: Path) -> None:
    """A target from 1000 to 1100 (0-based), and 200 bases on either side: 801 to 1300 (1-based)."""
    plain = tmp_path / "sites.vcf"
    plain.write_text(SITES_VCF)
    path = pysam.tabix_index(str(plain), preset="vcf", force=True)
    targets = [("chr1", 999, 1050), ("chr1", 1040, 1100), ("chr9", 1, 2)]
    assert [(snp.pos1, snp.frequency) for snp in read_snps(path, targets)] == [(800, 0.5), (1300, pytest.approx(0.1))]


def test_what_is_wrong_stands_first_on_the_dashboard() -> None:
    patients = {"T1": "P1", "N1": "P1", "T2": "P2", "T3": "P3"}
    names = list(patients)
    swapped, lost = {"T2", "N1"}, {"T1", "N1"}
    pairs = []
    for a, b in ((a, b) for a in names for b in names if a != b):
        lod = None if "T3" in (a, b) else 9.0 if {a, b} == swapped else -9.0
        word = "not_assessable" if lod is None else "fail" if {a, b} in (swapped, lost) else "pass"
        share = 0.02 if (a, b) == ("T1", "T2") else None
        pairs.append(SamplePair(a, b, patients[a] == patients[b], 12 if lod is None else 30, lod, word, share))
    data = json.loads(identity_table(patients, pairs))["data"]
    assert list(data) == ["T1", "N1", "T2", "T3"]
    assert {name: row["verdict"] for name, row in data.items()} == {
        "T1": "fail", "N1": "fail", "T2": "fail", "T3": "not assessable"
    }  # fmt: skip
    assert unescape(data["T1"]["why"]) == "not N1; 2.0 % of its reads from T2"
    assert unescape(data["N1"]["why"]) == "matches T2, not T1" and data["T1"]["others"] == 3
    assert data["T3"]["why"] == "12 common SNPs seen in both are too few"
    [alone] = json.loads(identity_table({"T9": "P9"}, []))["data"].values()
    assert (alone["verdict"], alone["why"]) == ("not assessable", "no other sample of its assay")
    unknown = [replace(pair, lod=None) for pair in pairs]
    assert json.loads(lod_map(patients, unknown))["data"] == [], "no picture of nothing"
    drawn = json.loads(lod_map(patients, pairs))
    assert drawn["xcats"] == ["N1", "T1", "T2", "T3"]  # by patient
    assert drawn["data"][0] == [None, -9.0, 9.0, None]
    assert "Shown are" not in drawn["description"]


def test_of_many_samples_the_map_shows_those_with_a_remark_first() -> None:
    names = [f"S{n:03d}" for n in range(MOST_COMPARED + 20)]
    *_, donor, taker, swapped, other = names
    words = {frozenset((swapped, other)): "fail"}
    pairs = [
        SamplePair(a, b, False, 30, -9.0, words.get(frozenset((a, b)), "pass"), 0.02 if (a, b) == (taker, donor) else None)
        for a in names for b in names if a != b
    ]  # fmt: skip
    drawn = json.loads(lod_map({name: name for name in names}, pairs))
    assert drawn["xcats"] == drawn["ycats"] == [*names[: MOST_COMPARED - 4], donor, taker, swapped, other]
    assert len(drawn["data"]) == len(drawn["data"][0]) == MOST_COMPARED
    assert f"Shown are {MOST_COMPARED} of {len(names)} samples" in drawn["description"]
