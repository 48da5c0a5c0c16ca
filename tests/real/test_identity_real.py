"""GATK's CrosscheckFingerprints on people drawn from real allele frequencies. Run with ``-s`` to see the counts."""

from __future__ import annotations

import math
import os
import random
import subprocess
from pathlib import Path

import pysam
import pytest
from tierline.identity import LEAST_SITES, Fingerprint, compare, read_lods, remarks
from tierline.records import Kind, SamplePair
from tierline.snps import LEAST_FREQUENT, Snp, haplotype_map, read_allele_counts, spread
from tierline.tools import search_path

SHARED = Path(os.environ.get("TIERLINE_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
SITES = SHARED / "snps" / "hg38.somalier.sites.vcf.gz"
pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(not SITES.is_file(), reason=f"no shared data at {SHARED}"),
]
PEOPLE, DEPTH, ERROR = 20, 300, 0.002
LOST, LEFT = 0.3, 0.15  # share of a tumour's heterozygous sites that lost an allele, and what is left of it in the reads


def real_snps(number: int, draw: random.Random) -> tuple[list[Snp], dict[str, int]]:
    with pysam.VariantFile(str(SITES)) as vcf:
        contigs = {f"chr{n}": vcf.header.contigs[f"chr{n}"].length for n in range(1, 23)}
        given = [Snp(r.chrom, r.pos, r.ref or "", r.alts[0], r.info["AF"][0]) for r in vcf if r.chrom in contigs and r.alts]
    common = spread(snp for snp in given if snp.rarer >= LEAST_FREQUENT)
    order = list(contigs)
    return sorted(draw.sample(common, number), key=lambda snp: (order.index(snp.chrom), snp.pos1)), contigs


def write_fingerprint(
    path: Path, snps: list[Snp], contigs: dict[str, int], doses: list[float], draw: random.Random
) -> None:
    """A sample as ExtractFingerprint writes it: ``doses`` are the expected shares of the alternate alleles."""
    lines = ["##fileformat=VCFv4.2", *(f"##contig=<ID={name},length={length}>" for name, length in contigs.items())]
    lines += [f'##FORMAT=<ID={name},Number={n},Type=Integer,Description="{name}">'
              for name, n in (("AD", "R"), ("DP", "1"), ("PL", "G"))]  # fmt: skip
    lines.append("\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", path.name[:-7]]))
    for snp, dose in zip(snps, doses, strict=True):
        fraction = dose * (1 - ERROR) + (1 - dose) * ERROR
        alt = sum(draw.random() < fraction for _ in range(DEPTH))
        ref = DEPTH - alt
        hom, other, het = math.log10(0.99), math.log10(0.01), math.log10(0.5)
        raw = [ref * hom + alt * other, DEPTH * het, alt * hom + ref * other]
        likelihoods = ",".join(str(round(-10 * (value - max(raw)))) for value in raw)
        cells = (
            snp.chrom,
            snp.pos1,
            ".",
            snp.ref,
            snp.alt,
            ".",
            ".",
            ".",
            "AD:DP:PL",
            f"{ref},{alt}:{DEPTH}:{likelihoods}",
        )
        lines.append("\t".join(map(str, cells)))
    plain = path.with_suffix("")
    plain.write_text("\n".join(lines) + "\n")
    pysam.tabix_index(str(plain), preset="vcf", force=True)


def drawn(folder: Path, number: int, seed: int) -> tuple[list[Fingerprint], dict[tuple[str, str], SamplePair]]:
    """Twenty patients with tumour and normal: the normals of P2 and P5 are exchanged, T7 has the reads of P8's tumour."""
    draw = random.Random(seed)
    snps, contigs = real_snps(number, draw)
    people = [[(draw.random() < s.frequency) + (draw.random() < s.frequency) for s in snps] for _ in range(PEOPLE)]
    whose = {f"N{n}": n for n in range(PEOPLE)} | {f"T{n}": n for n in range(PEOPLE)} | {"N2": 5, "N5": 2, "T7": 8}
    samples = []
    for name, owner in whose.items():
        doses = [dose / 2 for dose in people[owner]]
        if name[0] == "T":
            doses = [draw.choice((LEFT, 1 - LEFT)) if d == 0.5 and draw.random() < LOST else d for d in doses]
        write_fingerprint(folder / f"{name}.vcf.gz", snps, contigs, doses, draw)
        kind = Kind.TUMOR if name[0] == "T" else Kind.NORMAL
        samples.append(Fingerprint(name, f"P{name[1:]}", kind, read_allele_counts(folder / f"{name}.vcf.gz")))
    (folder / "snps.txt").write_text(haplotype_map(snps, contigs))
    (folder / "samples.list").write_text("".join(f"{folder / s.sample}.vcf.gz\n" for s in samples))
    subprocess.run(
        ["gatk", "CrosscheckFingerprints", "--INPUT", "samples.list", "--HAPLOTYPE_MAP", "snps.txt",
         "--CROSSCHECK_BY", "SAMPLE", "--CROSSCHECK_MODE", "CHECK_ALL_OTHERS", "--EXIT_CODE_WHEN_MISMATCH", "0",
         "--CALCULATE_TUMOR_AWARE_RESULTS", "true", "--OUTPUT", "lods.txt"],
        cwd=folder, env={**os.environ, "PATH": search_path()}, check=True, capture_output=True,
    )  # fmt: skip
    pairs = compare(samples, read_lods((folder / "lods.txt").read_text()))
    return samples, {(pair.left, pair.right): pair for pair in pairs}


@pytest.mark.parametrize("number", [LEAST_SITES, 40, 100])
def test_swaps_are_found_and_nothing_else(tmp_path: Path, number: int) -> None:
    samples, pairs = drawn(tmp_path, number, seed=number)
    failed = {name for name, pair in pairs.items() if pair.verdict == "fail"}
    wrong = {("T2", "N2"), ("T5", "N5"), ("T2", "N5"), ("T5", "N2"), ("T7", "N7"), ("T7", "T8"), ("T7", "N8")}
    wrong |= {pair[::-1] for pair in wrong}
    missed = {name for name in wrong if pairs[name].verdict != "fail"}
    unsure = sum(pair.verdict == "not_assessable" for pair in pairs.values())
    print(f"{number} SNPs: {len(pairs)} comparisons, {len(failed)} failed of {len(wrong)}, {unsure} not assessable")
    assert failed <= wrong, "no sound pair fails"
    if number > LEAST_SITES:
        assert not missed and unsure <= 0.01 * len(pairs)
        assert remarks("T2", pairs.values()) == ["matches N5, not N2"]
        assert remarks("T7", pairs.values()) == ["matches N8, T8, not N7"]
    assert not any(pair.donated for pair in pairs.values()) and len(samples) == 2 * PEOPLE
