"""Whose reads these are: samples of a run against each other by their common SNPs, and who contaminates whom. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from statistics import median

from tierline.quality import Measured
from tierline.records import Kind, SampleMatches, SamplePair

LEAST_SITES = 20  # seen in both: of fewer no identity is told
LEAST_DEPTH = 20  # reads, for a site to count as seen
MATCH, MISMATCH = 3.0, 0.0  # of the odds: from the one on one person, below the other two; in between open
HOMOZYGOUS = 0.2  # share of the rarer allele in a sample up to which it may be homozygous, and contaminated
FREE = 0.02  # share of an allele up to which a sample does not have it
SHOWS = (4, 0.004)  # reads and share of an allele from which it is there, more than by errors
LEAST_EACH = 5  # sites where the donor has the allele, and where it has not
CHANCE = 0.01  # of one contamination in a whole run that is none

Counts = Mapping[tuple[str, int], tuple[int, int]]
"""Reads of either allele by contig and pos1."""


@dataclass(frozen=True, slots=True)
class Lods:
    """Odds (log10) that two samples are of one person: as they are, the left or the right with losses of a tumour."""

    plain: float
    left_tumor: float
    right_tumor: float

    def between(self, left: Kind, right: Kind) -> float:
        """The odds for samples of these kinds; of two tumours the better of both, since either may have losses."""
        if left is right is Kind.NORMAL:
            return self.plain
        if left is right:
            return max(self.left_tumor, self.right_tumor)
        return self.left_tumor if left is Kind.TUMOR else self.right_tumor


def read_lods(text: str) -> dict[tuple[str, str], Lods]:
    """The odds of every pair from the table of CrosscheckFingerprints, by the samples' names."""
    lines = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    if not lines:
        return {}
    header, *rows = lines
    names = ("LOD_SCORE", "LOD_SCORE_TUMOR_NORMAL", "LOD_SCORE_NORMAL_TUMOR")
    found = {}
    for row in rows:
        cells = dict(zip(header, row, strict=False))
        found[cells["LEFT_SAMPLE"], cells["RIGHT_SAMPLE"]] = Lods(*(float(cells[name]) for name in names))
    return found


def shared(one: Counts, other: Counts) -> list[tuple[str, int]]:
    """Sites that were seen in both."""
    seen = (site for site, reads in one.items() if sum(reads) >= LEAST_DEPTH)
    return [site for site in seen if sum(other.get(site, (0, 0))) >= LEAST_DEPTH]


def identity(lod: float | None, sites: int) -> Measured:
    """The odds (log10) that a tumour and its normal are of one person, from so many common SNPs."""
    if lod is None or sites < LEAST_SITES:
        return Measured(None, sites, "sites", f"{sites} common SNPs seen in both are too few")
    return Measured(lod, sites, "sites")


def donated(receiver: Counts, donor: Counts) -> tuple[float, float]:
    """Share of the receiver's reads that may come from the donor, and how likely so much agreement is by chance.

    Where the receiver is homozygous and shows the other allele, a donor would have it, and where it does not show it, a
    donor would not: tested by Fisher's exact test, one-sided. (0, 1) where there is too little to go by.
    """
    shows: list[bool] = []
    has: list[bool] = []
    shares = []
    for site in shared(receiver, donor):
        reads, theirs = receiver[site], donor[site]
        rarer = 0 if reads[0] < reads[1] else 1
        share, dose = reads[rarer] / sum(reads), theirs[rarer] / sum(theirs)
        if share > HOMOZYGOUS or FREE < dose < HOMOZYGOUS:
            continue
        has.append(dose >= HOMOZYGOUS)
        shows.append(reads[rarer] >= SHOWS[0] and share >= SHOWS[1])
        if has[-1]:
            shares.append(share / (1.0 if dose > 1 - HOMOZYGOUS else 0.5))
    carriers, both = sum(has), sum(a and b for a, b in zip(has, shows, strict=True))
    if min(carriers, len(has) - carriers) < LEAST_EACH:
        return 0.0, 1.0
    return median(shares), _upper_tail(len(has), carriers, sum(shows), both)


def _upper_tail(sites: int, carriers: int, shown: int, both: int) -> float:
    """P(so many or more of the shown ones among the carriers) by chance: hypergeometric."""
    ways = sum(comb(carriers, k) * comb(sites - carriers, shown - k) for k in range(both, min(carriers, shown) + 1))
    return ways / comb(sites, shown)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A sample with its reads at the common SNPs."""

    sample: str
    patient: str
    kind: Kind
    counts: Counts


def compare(samples: Sequence[Fingerprint], lods: Mapping[tuple[str, str], Lods]) -> Iterator[SamplePair]:
    """Every sample against every other one of its assay: are they of one person, and do reads of the other lie in it?

    Of all that could have contaminated a sample only the likeliest is named; whose reads are of the same person has not.
    """
    for one in samples:
        others = [other for other in samples if other is not one]
        sites = {other.sample: len(shared(one.counts, other.counts)) for other in others}
        odds: dict[str, float | None] = {}
        for other in others:
            found = lods.get((one.sample, other.sample)) if sites[other.sample] >= LEAST_SITES else None
            odds[other.sample] = found.between(one.kind, other.kind) if found else None
        donors = {
            other.sample: donated(one.counts, other.counts)
            for other in others
            if other.patient != one.patient and (odds[other.sample] or 0) < MATCH
        }
        best = min(donors, key=lambda name: donors[name][1], default="")
        for other in others:
            name, same = other.sample, one.patient == other.patient
            share = None
            if name == best and donors[name][1] * len(samples) * len(donors) < CHANCE:
                share = donors[name][0]
            yield SamplePair(one.sample, name, same, sites[name], odds[name], verdict(odds[name], same), share)


def verdict(lod: float | None, same: bool) -> str:
    """pass where reads say what the sheet says, fail where they say otherwise, else not_assessable."""
    if lod is None or MISMATCH <= lod < MATCH:
        return "not_assessable"
    return "pass" if (lod >= MATCH) == same else "fail"


def find_matches(samples: Sequence[Fingerprint], pairs: Iterable[SamplePair]) -> Iterator[SampleMatches]:
    """Of each sample the samples of other patients that have its reads, by all pairs of an assay on a flow cell.

    Of two that match one has the other's reads, and which is not known. A normal counts always, a tumour only where no
    other sample of its own patient says whose reads these are: else a stray tumour would take a sound one with it.
    """
    kinds = {sample.sample: sample.kind for sample in samples}
    by_sample: dict[str, list[SamplePair]] = {name: [] for name in kinds}
    for pair in pairs:
        by_sample[pair.left].append(pair)
    for name, own in by_sample.items():
        confirmed = any(pair.same_patient and pair.verdict == "pass" for pair in own)
        others = [pair for pair in own if not pair.same_patient and pair.verdict != "not_assessable"]
        wrong = [pair.right for pair in others if pair.verdict == "fail"]
        counted = tuple(other for other in wrong if kinds[other] is Kind.NORMAL or not confirmed)
        yield SampleMatches(name, len(others), counted)


def of_other_patients(rows: Iterable[SampleMatches]) -> Measured:
    """How many samples of other patients have the reads of a tumour, by the tables of all its flow cells."""
    rows = list(rows)
    found = dict.fromkeys(name for row in rows for name in row.matches)
    compared = max((row.compared for row in rows), default=0)
    if not compared:
        return Measured(None, 0, "samples", f"no sample of another patient shares {LEAST_SITES} common SNPs with it")
    return Measured(len(found), compared, "samples", meaning=f"its reads match {', '.join(found)}")


def remarks(sample: str, pairs: Iterable[SamplePair]) -> list[str]:
    """What is wrong with a sample, in words: ``matches N5, not N2``."""
    own = [pair for pair in pairs if pair.left == sample]
    wrong = [pair.right for pair in own if pair.verdict == "fail" and not pair.same_patient]
    lost = [pair.right for pair in own if pair.verdict == "fail" and pair.same_patient]
    said = []
    if wrong or lost:
        matches = f"matches {', '.join(wrong)}" if wrong else ""
        said.append(", ".join(filter(None, [matches, f"not {', '.join(lost)}" if lost else ""])))
    said += [f"{100 * pair.donated:.1f} % of its reads from {pair.right}" for pair in own if pair.donated is not None]
    return said
