"""Whether reads are of the sex that the samples table says: by SNPs on X, and by depth on X and Y. Pure.

All of it is odds (log10) of a woman (XX) against a man (XY), which add up:

- SNPs on X: a man shows one allele at each, a woman two at some. A tumour may have lost an X, and then looks like a man.
- Depth of the targets on X, against those on autosomes: half in a man. Not asked of a tumour, whose copies are its own.
- Depth of the targets on Y: a man has some, a woman none. A tumour may have lost Y.

Of a tumour, then, SNPs can tell a woman and reads of Y a man; what is lost tells nothing. Other karyotypes than XX and XY,
and blood after a transplant from the other sex, look like what they are, and not like what the table says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log, log10, sqrt
from statistics import median

from tierline.assays import Target
from tierline.identity import FREE, HOMOZYGOUS, LEAST_DEPTH, MATCH, Counts
from tierline.quality import Measured

PSEUDOAUTOSOMAL: Mapping[str, Mapping[str, tuple[tuple[int, int], ...]]] = {
    "GRCh38": {
        "X": ((10_000, 2_781_479), (155_701_382, 156_030_895)),
        "Y": ((10_000, 2_781_479), (56_887_902, 57_217_415)),
    },
    "GRCh37": {
        "X": ((60_000, 2_699_520), (154_931_043, 155_260_560)),
        "Y": ((10_000, 2_649_520), (59_034_049, 59_363_566)),
    },
}
"""What X and Y share, start0-end0 by build; men have two of it.

GRCh38: ensembl.org/info/genome/genebuild/human_PARS.html; GRCh37: genome.ucsc.edu/cgi-bin/hgGateway?db=hg19.
"""
APART = 100_000  # bases between SNPs on X that count each: nearer ones are inherited together
MISREAD = 0.02  # how often a man shows two alleles at a SNP on X: reads from elsewhere
LOST = 0.5  # how often a woman's tumour is taken to have lost an X: no more than a guess, on the careful side
LEAST_TARGETS = 10  # on X, and on autosomes, for their depth to tell something
LEAST_OF_Y = 3  # targets on Y
SPREAD = 0.15  # of the log of X's depth over that of autosomes between samples: assumed, not measured
SEEN, UNSEEN, OF_Y = 0.1, 0.02, 4.0  # depth of Y over that of autosomes from which it is there, up to which it is not; odds

Depths = Sequence[tuple[Target, float]]
"""Mean depth of each target, as mosdepth has it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Odds (log10) of a woman against a man, and how many sites or targets speak."""

    odds: float
    number: int


def fits(
    said: str, *, is_tumor: bool, counts: Counts, frequencies: Mapping[tuple[str, int], float], depths: Depths, build: str
) -> Measured:
    """Odds (log10) that reads are of the sex that the table says (``female``, ``male``; ``unknown`` is not judged).

    ``counts`` are reads of either allele at the common SNPs, ``frequencies`` those of the rarer allele.
    """
    if said == "unknown":
        return Measured(None, note="the samples table does not say the sex")
    if build not in PSEUDOAUTOSOMAL:
        return Measured(None, note=f"of {build} it is not known what X and Y share")
    snps = of_snps(counts, frequencies, build, is_tumor=is_tumor)
    x = Evidence(0.0, 0) if is_tumor else of_x(depths, build)
    y = of_y(depths, build, is_tumor=is_tumor)
    odds, number = snps.odds + x.odds + y.odds, snps.number + x.number + y.number
    counted = "SNPs and targets on X and Y"
    if abs(odds) < MATCH:
        lost = ", where a tumour may have lost X or Y" if is_tumor and number else ""
        return Measured(None, number, counted, f"{number} {counted} tell too little{lost}")
    found = "female" if odds > 0 else "male"
    meaning = "" if found == said else f"the reads are {found}, the samples table says {said}"
    return Measured(odds if said == "female" else -odds, number, counted, meaning=meaning)


def of_snps(counts: Counts, frequencies: Mapping[tuple[str, int], float], build: str, *, is_tumor: bool) -> Evidence:
    """One or two alleles at the SNPs on X; a share of the rarer allele between both is left out."""
    odds, number, last = 0.0, 0, -APART
    for (chrom, pos1), reads in sorted(counts.items()):
        depth, rarer = sum(reads), frequencies.get((chrom, pos1))
        if rarer is None or depth < LEAST_DEPTH or pos1 - last < APART or not _is_own("X", chrom, pos1 - 1, pos1, build):
            continue
        share, of_women = min(reads) / depth, 2 * rarer * (1 - rarer)
        if share > HOMOZYGOUS:
            odds += log10(of_women / MISREAD)
        elif share <= FREE:
            odds += log10((1 - of_women) / (1 - MISREAD))
        else:
            continue
        number, last = number + 1, pos1
    if is_tumor:
        odds = log10((1 - LOST) * 10**odds + LOST)
    return Evidence(odds, number)


def of_x(depths: Depths, build: str) -> Evidence:
    """X's depth over that of autosomes, medians over targets: nearer to 1 or to 1/2? What fits neither says nothing."""
    autosomes, x = _autosomal(depths), _own("X", depths, build)
    if min(len(autosomes), len(x)) < LEAST_TARGETS or median(autosomes) < LEAST_DEPTH or not median(x):
        return Evidence(0.0, len(x))
    ratio = log(median(x) / median(autosomes))
    ordered = sorted(depth for depth in autosomes if depth)
    low, high = (ordered[int(share * len(ordered))] for share in (0.16, 0.84))
    of_targets = log(high / low) / 2  # a standard deviation, whatever the outliers
    error = sqrt(SPREAD**2 + (1.25 * of_targets) ** 2 * (1 / len(x) + 1 / len(autosomes)))
    woman, man = ratio / error, (ratio + log(2)) / error
    if min(abs(woman), abs(man)) > 3:
        return Evidence(0.0, len(x))
    return Evidence((man**2 - woman**2) / 2 / log(10), len(x))


def of_y(depths: Depths, build: str, *, is_tumor: bool) -> Evidence:
    """Whether Y is there, by the median over its targets."""
    autosomes, y = _autosomal(depths), _own("Y", depths, build)
    if len(autosomes) < LEAST_TARGETS or len(y) < LEAST_OF_Y or median(autosomes) < LEAST_DEPTH:
        return Evidence(0.0, len(y))
    ratio = median(y) / median(autosomes)
    odds = -OF_Y if ratio >= SEEN else OF_Y if ratio <= UNSEEN and not is_tumor else 0.0
    return Evidence(odds, len(y))


def _is_own(name: str, chrom: str, start0: int, end0: int, build: str) -> bool:
    """Whether bases are of X (Y) alone."""
    shared = PSEUDOAUTOSOMAL[build][name]
    return chrom.removeprefix("chr") == name and not any(start0 < end and end0 > start for start, end in shared)


def _own(name: str, depths: Depths, build: str) -> list[float]:
    return [depth for target, depth in depths if _is_own(name, *target, build)]


def _autosomal(depths: Depths) -> list[float]:
    return [depth for (chrom, _, _), depth in depths if chrom.removeprefix("chr").isdigit()]


def read_depths(lines: Iterable[str]) -> Depths:
    """The mean depth of each target from mosdepth's ``regions.bed``; a name of a target stands between."""
    rows = (line.rstrip("\n").split("\t") for line in lines)
    return [((row[0], int(row[1]), int(row[2])), float(row[-1])) for row in rows]
