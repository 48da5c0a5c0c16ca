"""Quality of a sample: what the tools measured, against the limits of its assay."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tierline.figures import percent
from tierline.metrics import METRICS, Metric
from tierline.records import Override, Verdict

Limit = Mapping[str, Any]
"""``warn`` and ``fail`` in the metric's unit; ``blocks``, a key of ``metrics.BLOCKS``. Empty: the assay gives none."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of a metric; ``value`` None means that it could not be, for the reason in ``note``."""

    value: float | None
    on: int | None = None  # how much data it stands on
    counted: str = ""  # what is counted there
    note: str = ""
    error: float = 0.0  # of the estimate, in the metric's unit


def measure_sample(
    coverage: str | Path, on_target: str | Path, flagstat: str | Path, contamination: tuple[str | Path, str | Path] | None
) -> dict[str, Measured]:
    """What the tools measured of one sample. ``contamination`` are GATK's table and pileups, None where not asked for."""
    found = {
        "mean_depth": Measured(mean_target_depth(coverage), note="mosdepth has seen no target"),
        "on_target_fraction": on_target_fraction(on_target),
        "duplicate_fraction": duplicate_fraction(flagstat),
    }
    if contamination is not None:
        found["contamination"] = contamination_fraction(*contamination)
    return found


def judge_sample(
    sample: str,
    measured: Mapping[str, Measured],
    limits: Mapping[str, Limit],
    *,
    is_tumor: bool = True,
) -> Iterator[Verdict]:
    """One verdict for each metric that was measured.

    Only a tumour's failure blocks something; a normal's lack of depth is said by the findings themselves.
    """
    for name, found in measured.items():
        metric, limit = METRICS[name], limits.get(name, {})
        verdict = judge(found, limit, metric)
        failed = verdict == "fail" or (verdict == "not_assessable" and metric.needed)
        blocks = limit.get("blocks", metric.blocks) if is_tumor and failed else "nothing"
        yield Verdict(
            sample, name, found.value, metric.unit, limit.get("warn"), limit.get("fail"), verdict,
            "" if blocks == "nothing" else blocks, found.on, found.counted,
            found.note if verdict == "not_assessable" else "",
        )  # fmt: skip


def let_pass(verdicts: Iterable[Verdict], overrides: Iterable[Override]) -> Iterator[Verdict]:
    """The verdicts with those overrides that are of their sample and metric: they keep their word, and block nothing."""
    said = {(row.sample, row.metric): f"{row.person}, {row.date}: {row.reason}" for row in overrides}
    for row in verdicts:
        words = said.get((row.sample, row.metric))
        yield replace(row, blocks="", override=words) if words else row


def judge(measured: Measured, limit: Limit, metric: Metric) -> str:
    """pass, warn, fail, not_assessable or not_judged. A value at the limit is still good.

    An estimate whose error is larger than the limit itself passes for nothing: it is not assessable.
    """
    value = measured.value
    if value is None or ("fail" in limit and measured.error > limit["fail"]):
        return "not_assessable"
    if not limit:
        return "not_judged"
    for word in ("fail", "warn"):
        if word in limit and (value < limit[word] if metric.worse == "lower" else value > limit[word]):
            return word
    return "pass"


# --------------------------------------------------------------------------- what the tools write


def mean_target_depth(path: str | Path) -> float | None:
    """Mean depth over the targets from mosdepth's summary (its ``total_region`` row)."""
    for line in Path(path).read_text().splitlines():
        name, *_, mean, _low, _high = line.split("\t")
        if name == "total_region":
            return float(mean)
    return None


def on_target_fraction(path: str | Path) -> Measured:
    """Share of the mapped primary reads that touch a target; two counts, one a line."""
    mapped, touching = (int(line) for line in Path(path).read_text().split())
    return share(touching, mapped, "reads")


def contamination_fraction(path: str | Path, pileups: str | Path) -> Measured:
    """Share of reads from another person, from GATK's CalculateContamination and the sites of its pileups.

    Without a site to go by, GATK says 0 with an error of 1.
    """
    lines = Path(pileups).read_text().splitlines()
    sites = sum(bool(line) and not line.startswith(("#", "contig\t")) for line in lines)
    header, *rows = (line.split("\t") for line in Path(path).read_text().splitlines())
    if not rows:
        return Measured(None, sites, "sites", "GATK gives no estimate")
    cells = dict(zip(header, rows[0], strict=True))
    value, error = float(cells["contamination"]), float(cells["error"])
    note = f"the estimate from {sites} common sites has an error of {percent(error)}"
    if math.isnan(value) or not error < 1:
        return Measured(None, sites, "sites", f"{sites} common sites with reads are too few")
    return Measured(value, sites, "sites", note, error)


def duplicate_fraction(path: str | Path) -> Measured:
    """Primary duplicates of primary mapped reads, from samtools flagstat."""
    counts = _flagstat(path)
    return share(counts["primary duplicates"][0], counts["primary mapped"][0], "reads")


def share(part: float, whole: int, counted: str) -> Measured:
    """A share of something counted; None where there is nothing of it."""
    return Measured(part / whole if whole else None, whole, counted, f"there are no {counted} to go by")


def verify_reads(sample: str, fastp: Iterable[str | Path], flagstat: str | Path) -> None:
    """That every read that fastp passed on is in the BAM. Raises ValueError where some were lost, or came twice."""
    trimmed = sum(json.loads(Path(path).read_text())["summary"]["after_filtering"]["total_reads"] for path in fastp)
    aligned = sum(_flagstat(flagstat)["primary"])
    if aligned != trimmed:
        raise ValueError(f"{sample}: {trimmed} reads left trimming, the BAM has {aligned}: a tool lost or repeated some")


def _flagstat(path: str | Path) -> dict[str, tuple[int, int]]:
    """Reads that passed and that failed the sequencer's filter, by the words of samtools flagstat."""
    counts = {}
    for line in Path(path).read_text().splitlines():
        passed, _, rest = line.partition(" + ")
        failed, _, words = rest.partition(" ")
        counts[words.partition(" (")[0]] = int(passed), int(failed)
    return counts
