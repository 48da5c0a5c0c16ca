"""Usable fragments: hand-made reads, and samtools mpileup's depth beside ours on seeded random ones."""

import random
import shutil
import subprocess
from pathlib import Path

import pysam
import pytest
from tierline.pileup import Usable, count_reads, observe

DICE = random.Random(3)
REFERENCE = "".join(DICE.choice("ACGT") for _ in range(400))
USABLE = Usable(min_mapping_quality=20, min_base_quality=20, duplicates=False)


def read(name: str, start0: int, sequence: str, **given) -> pysam.AlignedSegment:  # type: ignore[no-untyped-def]
    segment = pysam.AlignedSegment()
    segment.query_name = name
    segment.reference_id = 0
    segment.reference_start = start0
    segment.query_sequence = sequence
    segment.query_qualities = given.get("qualities", pysam.qualitystring_to_array("I" * len(sequence)))
    segment.mapping_quality = given.get("mapq", 60)
    segment.cigarstring = given.get("cigar", f"{len(sequence)}M")
    segment.flag = given.get("flag", 0)
    return segment


def bam_of(path: Path, reads: list[pysam.AlignedSegment]) -> pysam.AlignmentFile:
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": "chr1", "LN": len(REFERENCE)}]}
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        for segment in sorted(reads, key=lambda r: r.reference_start):
            out.write(segment)
    pysam.index(str(path))
    return pysam.AlignmentFile(str(path))


def fetch(chrom: str, start0: int, end0: int) -> str:
    return REFERENCE[start0:end0]


def piece(start0: int, length: int = 50) -> str:
    return REFERENCE[start0 : start0 + length]


def changed(sequence: str, at: int) -> str:
    return sequence[:at] + {"A": "C", "C": "G", "G": "T", "T": "A"}[sequence[at]] + sequence[at + 1 :]


def test_each_reason_takes_a_read_out(tmp_path: Path) -> None:
    sequence = changed(piece(100), 20)
    low = pysam.qualitystring_to_array("I" * 20 + "#" + "I" * 29)
    reads = [
        read("good", 100, sequence),
        read("reverse", 100, sequence, flag=16),
        read("reference", 100, piece(100)),
        read("mapq", 100, sequence, mapq=5),
        read("base", 100, sequence, qualities=low),
        read("duplicate", 100, sequence, flag=1024),
        read("secondary", 100, sequence, flag=256),
        read("supplementary", 100, sequence, flag=2048),
        read("failed", 100, sequence, flag=512),
    ]
    bam = bam_of(tmp_path / "a.bam", reads)
    ref, alt = REFERENCE[120], sequence[20]
    counts = count_reads(bam, "chr1", 121, ref, alt, USABLE, fetch)
    assert (counts.depth, counts.alt_depth, counts.alt_forward, counts.alt_reverse) == (3, 2, 1, 1)
    assert (counts.ref_forward, counts.ref_reverse) == (1, 0)
    assert count_reads(bam, "chr1", 121, ref, alt, Usable(20, 20, duplicates=True), fetch).depth == 4


def test_mates_are_one_fragment_and_the_better_base_wins(tmp_path: Path) -> None:
    alt, ref = changed(piece(100), 20), piece(100)
    poor = pysam.qualitystring_to_array("5" * 50)  # 20
    weak = pysam.qualitystring_to_array("," * 50)  # 11
    reads = [
        read("agree", 100, alt, flag=99),
        read("agree", 100, alt, flag=147),
        read("differ", 100, alt, flag=99),
        read("differ", 100, ref, flag=147, qualities=poor),
        read("both_weak", 100, alt, flag=99, qualities=weak),  # 11 + 11 pass 20 together
        read("both_weak", 100, alt, flag=147, qualities=weak),
        read("one_weak", 100, alt, flag=0, qualities=weak),
    ]
    bam = bam_of(tmp_path / "a.bam", reads)
    counts = count_reads(bam, "chr1", 121, REFERENCE[120], alt[20], USABLE, fetch)
    assert (counts.depth, counts.alt_depth) == (3, 3)


def test_indels_count_only_in_reads_that_pass_their_end(tmp_path: Path) -> None:
    left, right = REFERENCE[90:121], REFERENCE[125:150]
    reads = [
        read("deletion", 90, left + right, cigar=f"{len(left)}M4D{len(right)}M"),
        read("longer", 90, left + right[3:], cigar=f"{len(left)}M7D{len(right) - 3}M"),
        read("reference", 90, piece(90, 60)),
        read("ends_inside", 90, REFERENCE[90:122]),
        read("insertion", 90, left + "TT" + REFERENCE[121:150], cigar=f"{len(left)}M2I29M"),
    ]
    bam = bam_of(tmp_path / "a.bam", reads)
    deletion = count_reads(bam, "chr1", 121, REFERENCE[120:125], REFERENCE[120], USABLE, fetch)
    insertion = count_reads(bam, "chr1", 121, REFERENCE[120], REFERENCE[120] + "TT", USABLE, fetch)
    assert (deletion.depth, deletion.alt_depth) == (4, 1)
    assert insertion.alt_depth == 1


@pytest.mark.skipif(shutil.which("samtools") is None, reason="samtools is not on PATH")
def test_samtools_mpileup_has_the_same_depth(tmp_path: Path) -> None:
    """The coverage stage measures with mpileup; recounts must mean the same by depth."""
    rng = random.Random(11)
    reads = []
    for number in range(300):
        start = rng.randrange(20, 250)
        unpaired = rng.random() < 0.15  # with a deletion: where only one mate has it, mpileup counts both mates
        for flag in (0,) if unpaired else (99, 147):
            sequence = piece(start)
            for _ in range(rng.randrange(4)):
                sequence = changed(sequence, rng.randrange(50))
            cigar = "50M"
            if unpaired:
                cut, gone = rng.randrange(5, 45), rng.randrange(1, 6)
                sequence = piece(start, cut) + REFERENCE[start + cut + gone : start + gone + 50]
                cigar = f"{cut}M{gone}D{50 - cut}M"
            qualities = pysam.qualitystring_to_array("".join(chr(33 + rng.randrange(2, 41)) for _ in range(50)))
            extra = 1024 if rng.random() < 0.1 else 0
            reads.append(read(f"r{number}", start, sequence, flag=flag | extra, mapq=rng.choice([0, 19, 20, 60]),
                              qualities=qualities, cigar=cigar))  # fmt: skip
            start += rng.randrange(0, 40)
    for segment in reads:
        segment.next_reference_id = 0
    bam = bam_of(tmp_path / "a.bam", reads)
    out = subprocess.run(
        ["samtools", "mpileup", "-B", "-A", "-d", "0", "-q", "20", "-Q", "20", "--ff", str(USABLE.flag_filter),
         tmp_path / "a.bam"], check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    theirs = {int(row.split("\t")[1]): int(row.split("\t")[3]) for row in out.splitlines()}
    differing = {}
    for pos1 in range(20, 360):
        ours = sum(1 for _ in observe(bam, "chr1", pos1 - 1, pos1, USABLE))
        if ours != theirs.get(pos1, 0):
            differing[pos1] = (ours, theirs.get(pos1, 0))
    print(f"{340 - len(differing)} of 340 positions agree with samtools mpileup")
    assert not differing


def test_the_strand_of_overlapping_mates_is_that_of_read_1(tmp_path: Path) -> None:
    alt = changed(piece(100), 20)
    reads = [read(f"f{n}", 100, alt, flag=flag) for n in range(4) for flag in (99, 147)]
    reads += [read(f"r{n}", 100, alt, flag=flag) for n in range(3) for flag in (163, 83)]
    counts = count_reads(bam_of(tmp_path / "a.bam", reads), "chr1", 121, REFERENCE[120], alt[20], USABLE, fetch)
    assert (counts.alt_forward, counts.alt_reverse) == (4, 3)
