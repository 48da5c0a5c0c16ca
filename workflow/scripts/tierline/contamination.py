"""Reads of another person: GATK's estimate, and what a sample's own homozygous sites show where GATK gives none.

CalculateContamination (GATK 4.6) at times answers 0 with an error of 5e-7: it has found nothing to fit, and says so of
samples with 10 % of foreign reads too, the likelier the fewer sites there are (bench/qc). That 0 is not taken for one.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from tierline.figures import percent
from tierline.quality import Measured

NO_FIT = 1e-5  # error of GATK's estimate below which it is none
HOMOZYGOUS = 0.8  # share of an allele from which a sample has it alone
LEAST_DEPTH = 20  # reads
LEAST_SITES = 5  # telling ones: at each at least three in four people have the other allele


@dataclass(frozen=True, slots=True)
class Pileup:
    """Reads of either allele at a common site; ``alt_af`` is the frequency of the alternate allele, 0-1."""

    ref: int
    alt: int
    alt_af: float


def read_pileups(path: str | Path) -> list[Pileup]:
    """The table of GATK's GetPileupSummaries."""
    with open(path, encoding="utf-8", newline="") as handle:
        rows = csv.DictReader((line for line in handle if not line.startswith("#")), delimiter="\t")
        return [Pileup(int(r["ref_count"]), int(r["alt_count"]), float(r["allele_frequency"])) for r in rows]


def foreign_shares(pileups: Iterable[Pileup]) -> Iterator[float]:
    """What each telling site says of the share of foreign reads, 0-1: reads of the other allele over what they would be.

    Telling is a site at which the sample has nothing but the rarer allele, which another person most likely has not alone.
    """
    for site in pileups:
        rarer, other, frequency = (
            (site.alt, site.ref, 1 - site.alt_af) if site.alt_af <= 0.5 else (site.ref, site.alt, site.alt_af)
        )
        depth = rarer + other
        if depth >= LEAST_DEPTH and rarer >= HOMOZYGOUS * depth:
            yield other / depth / frequency


def shown(shares: Sequence[float]) -> tuple[float, float]:
    """Median of the sites and its standard error: single sites may have lost an allele in the tumour."""
    low, _, high = quantiles(shares, n=4, method="inclusive")
    return median(shares), 1.25 * (high - low) / 1.35 / math.sqrt(len(shares))


def contamination_fraction(path: str | Path, pileups: str | Path) -> Measured:
    """Share of reads from another person, 0-1, from GATK's CalculateContamination and the sites of its pileups."""
    sites = read_pileups(pileups)
    header, *rows = (line.split("\t") for line in Path(path).read_text(encoding="utf-8").splitlines())
    if not rows:
        return Measured(None, len(sites), "sites", "GATK gives no estimate")
    cells = dict(zip(header, rows[0], strict=True))
    value, error = float(cells["contamination"]), float(cells["error"])
    if math.isnan(value) or not NO_FIT <= error < 1:  # without a site to go by, GATK says 0 with an error of 1
        shares = list(foreign_shares(sites))
        if len(shares) < LEAST_SITES:
            few = f"only {len(shares)} of {len(sites)} common sites would show another person's reads"
            return Measured(None, len(sites), "sites", few)
        value, error = shown(shares)
    note = f"the estimate from {len(sites)} common sites has an error of {percent(error)}"
    return Measured(value, len(sites), "sites", note, error)
