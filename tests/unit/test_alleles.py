"""Alleles: hand-made cases, and bcftools norm's answer beside ours on seeded random ones."""

import random
import shutil
import subprocess

import pytest
from tierline.alleles import classify, normalise, substitutions
from tierline.records import VariantClass

#        1234567890123456
GENOME = "GGGCACACACAGGGAT"


def fetch(chrom: str, start0: int, end0: int) -> str:
    return GENOME[start0:end0]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((4, "C", "T"), (4, "C", "T")),
        ((8, "CAC", "C"), (3, "GCA", "G")),  # a repeat unit taken at its end is the one taken at its start
        ((11, "A", "ACA"), (3, "G", "GCA")),
        ((12, "GGGAT", "GGGAC"), (16, "T", "C")),
        ((12, "GGG", "GAG"), (13, "G", "A")),
        ((13, "GG", "AA"), (13, "GG", "AA")),
        ((4, "cac", "c"), (3, "GCA", "G")),
    ],
)
def test_one_way_to_write_an_allele(given: tuple[int, str, str], expected: tuple[int, str, str]) -> None:
    assert normalise(fetch, "chr1", *given) == expected


def test_another_genome_is_refused() -> None:
    with pytest.raises(ValueError, match="another genome"):
        normalise(fetch, "chr1", 4, "T", "A")


def test_classes_and_parts() -> None:
    assert classify("G", "A") is VariantClass.SNV
    assert classify("GG", "AA") is VariantClass.MNV
    assert classify("GA", "G") is VariantClass.INDEL
    assert substitutions(10, "GCT", "ACA") == ((10, "G", "A"), (12, "T", "A"))


@pytest.mark.skipif(shutil.which("bcftools") is None, reason="bcftools is not on PATH")
def test_bcftools_norm_agrees(tmp_path) -> None:
    rng = random.Random(7)
    genome = "".join(rng.choice(["A", "C", "AC", "CAG", "G", "T", "TTTT"]) for _ in range(800))
    (tmp_path / "g.fa").write_text(f">chr1\n{genome}\n")
    subprocess.run(["samtools", "faidx", tmp_path / "g.fa"], check=True)
    rows = []
    for _ in range(400):
        start = rng.randrange(20, len(genome) - 20)
        ref = genome[start : start + rng.randrange(1, 6)]
        alt = ref[0] + "".join(rng.choice("ACGT") for _ in range(rng.randrange(0, 5)))
        if rng.random() < 0.5 and len(ref) > 1:
            alt = ref[0]
        if ref != alt:
            rows.append((start + 1, ref, alt))
    rows.sort()
    head = f"##fileformat=VCFv4.2\n##contig=<ID=chr1,length={len(genome)}>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    body = "".join(f"chr1\t{p}\t{n}\t{r}\t{a}\t.\t.\t.\n" for n, (p, r, a) in enumerate(rows))
    (tmp_path / "in.vcf").write_text(head + body)
    out = subprocess.run(
        ["bcftools", "norm", "-f", tmp_path / "g.fa", tmp_path / "in.vcf"], check=True, capture_output=True, text=True
    ).stdout
    theirs = {}
    for line in out.splitlines():
        if not line.startswith("#"):
            _, pos, name, ref, alt, *_ = line.split("\t")
            theirs[int(name)] = (int(pos), ref, alt)
    ours = {n: normalise(lambda c, s, e: genome[s:e], "chr1", *row) for n, row in enumerate(rows)}
    assert len(theirs) == len(ours) >= 300
    assert ours == theirs
    print(f"{len(ours)} alleles compared with bcftools norm, 0 skipped")
