"""Quality of a sample: what the tools measured, against the limits of its assay."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tierline.artefacts import DAMAGE, LEAST_BASES, of_change, read_profile, total
from tierline.metrics import METRICS, NO_READS, Metric
from tierline.records import Override, Verdict

Limit = Mapping[str, Any]
"""``warn`` and ``fail`` in the metric's unit; ``withholds``, a key of ``metrics.WITHHOLDS``; empty where there are none."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of a metric; ``value`` None means that it could not be, for the reason in ``note``."""

    value: float | None
    on: int | None = None  # how much data it stands on
    counted: str = ""  # what is counted there
    note: str = ""
    error: float = 0.0  # of the estimate, in the metric's unit
    meaning: str = ""  # in words, told where the value is beyond a limit
    seen: bool = True  # False: nobody could measure it here, and nobody fails for that
    expected: bool = False  # True: that it could not be measured is told even where the assay gives no limits


NOT_MEASURED = Measured(None, note="nothing measures it for this sample")
NOT_SEEN = Measured(None, note=NO_READS, seen=False)


@dataclass(frozen=True, slots=True)
class Files:
    """What the tools wrote of one sample."""

    coverage: str | Path  # mosdepth's summary
    on_target: str | Path
    flagstat: str | Path
    stats: str | Path
    depth: str | Path  # usable depth per base of the targets
    artefacts: str | Path = ""  # Picard's pre-adapter artefacts by context; "": of an amplicon
    fastp: Sequence[str | Path] = ()  # of every unit; none of a BAM taken as it is


def measure_sample(files: Files) -> dict[str, Measured]:
    """What the tools measured of one sample; a metric that was not asked for is left out."""
    return {
        **(reads_before_trimming(files.fastp) if files.fastp else reads_of_bam(files.stats)),
        **of_flagstat(files.flagstat),
        "insert_size": insert_size(files.stats),
        **on_targets(files.on_target),
        "mean_depth": Measured(mean_target_depth(files.coverage), note="mosdepth has seen no target"),
        **of_depths(depth_histogram(files.depth)),
        **(of_artefacts(files.artefacts) if files.artefacts else {}),
    }


def not_seen(limits: Mapping[str, Limit]) -> dict[str, Measured]:
    """The metrics that could decide something, of a tumour that came as a VCF; what came with it may measure some."""
    return {name: NOT_SEEN for name, metric in METRICS.items() if name in limits or metric.needed}


def judge_sample(
    sample: str,
    measured: Mapping[str, Measured],
    limits: Mapping[str, Limit],
    *,
    is_tumor: bool = True,
    of: Collection[str] = ("sample", "tumor"),
) -> Iterator[Verdict]:
    """One verdict for each metric of the kinds ``of`` that was measured, or that has limits and was not.

    Only a tumour's failure withholds something; a normal's lack of depth is said by the findings themselves.
    """
    for name, metric in METRICS.items():
        limit = limits.get(name, {})
        asked = metric.of in of and (is_tumor or metric.of == "sample")
        if not asked or (name not in measured and not limit):
            continue
        found = measured.get(name, NOT_MEASURED)
        if found.value is not None or found.expected:
            limit = limit or metric.otherwise
        verdict = judge(found, limit, metric)
        failed = verdict == "fail" or (verdict == "not_assessable" and metric.needed)
        withholds = limit.get("withholds", metric.withholds) if is_tumor and failed else "nothing"
        yield Verdict(
            sample, name, found.value, metric.unit, limit.get("warn"), limit.get("fail"), verdict,
            "" if withholds == "nothing" else withholds, found.on, found.counted,
            {"not_assessable": found.note, "not_assessed": found.note, "warn": found.meaning, "fail": found.meaning}.get(
                verdict, ""
            ),
        )  # fmt: skip


def let_pass(verdicts: Iterable[Verdict], overrides: Iterable[Override]) -> Iterator[Verdict]:
    """The verdicts with those overrides that are of their sample and metric: they keep their word, and withhold nothing."""
    said = {(row.sample, row.metric): f"{row.person}, {row.date}: {row.reason}" for row in overrides}
    for row in verdicts:
        words = said.get((row.sample, row.metric))
        yield replace(row, withholds="", override=words) if words else row


def judge(measured: Measured, limit: Limit, metric: Metric) -> str:
    """pass, warn, fail, not_assessable, not_assessed or not_judged. A value at the limit is still good.

    An estimate whose error is larger than the limit itself, or by which it may be beyond it, passes for nothing: it is
    not assessable.
    """
    value, error = measured.value, measured.error
    if not measured.seen:
        return "not_assessed"
    if value is None or ("fail" in limit and error and error > limit["fail"]):
        return "not_assessable"
    if not limit:
        return "not_judged"

    def beyond(word: str, by: float = 0.0) -> bool:
        return word in limit and (value - by < limit[word] if metric.worse == "lower" else value + by > limit[word])

    for word in ("fail", "warn"):
        if beyond(word):
            return word
    return "not_assessable" if beyond("fail", by=error) else "pass"


# --------------------------------------------------------------------------- what the tools write


def mean_target_depth(path: str | Path) -> float | None:
    """Mean depth over the targets from mosdepth's summary (its ``total_region`` row)."""
    for line in Path(path).read_text().splitlines():
        name, *_, mean, _low, _high = line.split("\t")
        if name == "total_region":
            return float(mean)
    return None


def reads_before_trimming(fastp: Iterable[str | Path]) -> dict[str, Measured]:
    """Reads, bases, quality and adapters of all units of a sample together, from fastp's accounts, and its worst units.

    Of several a unit is named as its file is: ``<sample>.<unit>.fastp.json``.
    """
    said = {Path(path).name.split(".")[-3]: json.loads(Path(path).read_text()) for path in fastp}
    before = {unit: account["summary"]["before_filtering"] for unit, account in said.items()}
    reads, bases, q30 = (
        {unit: account[name] for unit, account in before.items()} for name in ("total_reads", "total_bases", "q30_bases")
    )
    cut = sum(account.get("adapter_cutting", {}).get("adapter_trimmed_reads", 0) for account in said.values())
    worst = min(before, key=lambda unit: q30[unit] / bases[unit] if bases[unit] else 0)
    least = min(reads, key=reads.__getitem__)
    others = [count for unit, count in reads.items() if unit != least]
    return {
        "reads": Measured(sum(reads.values())),
        "bases": Measured(sum(bases.values())),
        "q30_fraction": share(sum(q30.values()), sum(bases.values()), "bases"),
        "unit_q30_fraction": share(q30[worst], bases[worst], f"bases of unit {worst}"),
        "unit_evenness": Measured(
            reads[least] * len(others) / sum(others) if sum(others) else None,
            reads[least], f"reads of unit {least}",
            "no other unit has reads" if others else "the sample has one unit",
        ),
        "adapter_fraction": share(cut, sum(reads.values()), "reads"),
    }  # fmt: skip


def reads_of_bam(stats: str | Path) -> dict[str, Measured]:
    """Primary reads of a BAM and their bases, from samtools stats."""
    said = _stats(stats)
    return {"reads": Measured(int(said["raw total sequences"])), "bases": Measured(int(said["total length"]))}


def insert_size(stats: str | Path) -> Measured:
    """Median insert size of the pairs whose mates face each other, from the histogram of samtools stats."""
    pairs: Counter[int] = Counter()
    for line in Path(stats).read_text().splitlines():
        if line.startswith("IS\t"):
            _, size, _, inward, *_ = line.split("\t")
            pairs[int(size)] += int(inward)
    return Measured(_quantile(pairs, 0.5), pairs.total(), "pairs", "there are no pairs to go by")


def on_targets(path: str | Path) -> dict[str, Measured]:
    """Shares of the mapped primary reads on and near the targets, and of the strands there; five counts, one a line."""
    mapped, touching, near, first, reverse = (int(line) for line in Path(path).read_text().split())
    return {
        "on_target_fraction": share(touching, mapped, "reads"),
        "near_target_fraction": share(near, mapped, "reads"),
        "strand_balance": share(min(reverse, first - reverse), first, "first mates"),
    }


def depth_histogram(path: str | Path) -> Counter[int]:
    """How many bases of the targets have which usable depth, from the per-base table of the coverage stage."""
    with gzip.open(path, "rt", encoding="ascii") as handle:
        return Counter(int(line.split("\t")[2]) for line in handle)


def of_depths(bases: Counter[int]) -> dict[str, Measured]:
    """Mean, median and evenness of the usable depth; ``bases`` by depth."""
    number = bases.total()
    mean = sum(depth * count for depth, count in bases.items()) / number if number else None
    fifth = _quantile(bases, 0.2)
    even = sum(count for depth, count in bases.items() if mean and depth > 0.2 * mean)
    fold = Measured(mean / fifth if mean and fifth else None, number, "bases", "a fifth of the bases has no usable depth")
    return {
        "mean_usable_depth": Measured(mean, number, "bases", "there are no bases to go by"),
        "median_usable_depth": Measured(_quantile(bases, 0.5), number, "bases", "there are no bases to go by"),
        "fold_80": fold,
        "even_fraction": share(even, number, "bases"),
    }


def of_artefacts(path: str | Path) -> dict[str, Measured]:
    """Damaged bases per million, from Picard's table of pre-adapter artefacts."""
    profile = read_profile(Path(path).read_text(encoding="utf-8"))
    found = {}
    for name, change in DAMAGE.items():
        bases = total(of_change(profile, *change).values())
        if bases.number < LEAST_BASES:
            found[name] = Measured(None, bases.number, "bases", f"{bases.number} bases are too few")
            continue
        note = f"the rate from {bases.number} bases has an error of {bases.error:.0f} per million"
        found[name] = Measured(bases.rate, bases.number, "bases", note, bases.error)
    return found


def mapped_reads(path: str | Path) -> int:
    """Primary reads that are mapped, from samtools flagstat."""
    return _flagstat(path)["primary mapped"][0]


def of_flagstat(path: str | Path) -> dict[str, Measured]:
    """Primary reads that are mapped, and of these the duplicates, from samtools flagstat."""
    counts = {words: passed for words, (passed, _) in _flagstat(path).items()}
    return {
        "mapped_fraction": share(counts["primary mapped"], counts["primary"], "reads"),
        "duplicate_fraction": share(counts["primary duplicates"], counts["primary mapped"], "reads"),
    }


def share(part: float, whole: int, counted: str) -> Measured:
    """A share of something counted; None where there is nothing of it."""
    return Measured(part / whole if whole else None, whole, counted, f"there are no {counted} to go by")


def verify_reads(sample: str, fastp: Iterable[str | Path], flagstat: str | Path) -> None:
    """That every read that fastp passed on is in the BAM. Raises ValueError where some were lost, or came twice."""
    trimmed = sum(json.loads(Path(path).read_text())["summary"]["after_filtering"]["total_reads"] for path in fastp)
    aligned = sum(_flagstat(flagstat)["primary"])
    if aligned != trimmed:
        raise ValueError(f"{sample}: {trimmed} reads left trimming, the BAM has {aligned}: a tool lost or repeated some")


def _quantile(counts: Counter[int], fraction: float) -> int | None:
    """The smallest value that at least ``fraction`` of what is counted does not exceed; None where nothing is."""
    need, seen = fraction * counts.total(), 0
    for value in sorted(counts):
        seen += counts[value]
        if counts[value] and seen >= need:
            return value
    return None


def _stats(path: str | Path) -> dict[str, str]:
    """The summary numbers of samtools stats by their words."""
    rows = (line.split("\t") for line in Path(path).read_text().splitlines() if line.startswith("SN\t"))
    return {row[1].rstrip(":"): row[2] for row in rows}


def _flagstat(path: str | Path) -> dict[str, tuple[int, int]]:
    """Reads that passed and that failed the sequencer's filter, by the words of samtools flagstat."""
    counts = {}
    for line in Path(path).read_text().splitlines():
        passed, _, rest = line.partition(" + ")
        failed, _, words = rest.partition(" ")
        counts[words.partition(" (")[0]] = int(passed), int(failed)
    return counts
