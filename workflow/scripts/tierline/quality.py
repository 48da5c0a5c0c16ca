"""Quality of a sample: what the tools measured, against the limits of its assay."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tierline.records import Verdict

Limit = Mapping[str, float]
"""``warn`` and ``fail``."""

METRICS = {  # metric -> unit, lower is worse, what a failure blocks
    "mean_depth": ("fragments", True, "negatives"),
    "on_target_fraction": ("fraction", True, ""),
    "duplicate_fraction": ("fraction", False, ""),
    "contamination": ("fraction", False, ""),
}
BLOCKS_NEGATIVES = "negatives"


def judge_sample(
    sample: str,
    coverage: str | Path,
    on_target: str | Path,
    flagstat: str | Path,
    limits: Mapping[str, Limit],
    *,
    contamination: str | Path | None = None,
    is_tumor: bool = True,
) -> Iterator[Verdict]:
    """One verdict for each metric of a sample; a metric without limits is shown and passes.

    ``contamination`` is GATK's table where it was measured, else None: the metric is then left out. Only a tumour's
    failure blocks negatives; a normal's lack of depth is said by the findings themselves.
    """
    values = {
        "mean_depth": mean_target_depth(coverage),
        "on_target_fraction": on_target_fraction(on_target),
        "duplicate_fraction": duplicate_fraction(flagstat),
    }
    if contamination is not None:
        values["contamination"] = contamination_fraction(contamination)
    for metric, (unit, lower_is_worse, blocks) in METRICS.items():
        if metric not in values:
            continue
        limit = limits.get(metric, {})
        verdict = judge(values[metric], limit, lower_is_worse)
        yield Verdict(
            sample, metric, values[metric], unit, limit.get("warn"), limit.get("fail"), verdict,
            blocks if is_tumor and verdict in ("fail", "not measured") else "",
        )  # fmt: skip


def judge(value: float | None, limit: Limit, lower_is_worse: bool) -> str:
    """pass, warn, fail, or not measured. A value at the limit is still good."""
    if value is None:
        return "not measured"
    for word in ("fail", "warn"):
        if word in limit and (value < limit[word] if lower_is_worse else value > limit[word]):
            return word
    return "pass"


def mean_target_depth(path: str | Path) -> float | None:
    """Mean depth over the targets from mosdepth's summary (its ``total_region`` row)."""
    for line in Path(path).read_text().splitlines():
        name, *_, mean, _low, _high = line.split("\t")
        if name == "total_region":
            return float(mean)
    return None


def on_target_fraction(path: str | Path) -> float | None:
    """Share of the mapped primary reads that touch a target; two counts, one a line."""
    mapped, touching = (int(line) for line in Path(path).read_text().split())
    return touching / mapped if mapped else None


def contamination_fraction(path: str | Path) -> float | None:
    """Share of reads from another person, from GATK's CalculateContamination; None where it could not be fitted.

    Without a site to go by, GATK says 0 with an error of 1.
    """
    header, *rows = (line.split("\t") for line in Path(path).read_text().splitlines())
    for row in rows:
        cells = dict(zip(header, row, strict=True))
        value, error = float(cells["contamination"]), float(cells["error"])
        return None if math.isnan(value) or error >= 1 else value
    return None


def duplicate_fraction(path: str | Path) -> float | None:
    """Primary duplicates of primary mapped reads, from samtools flagstat."""
    counts = _flagstat(path)
    mapped, _ = counts["primary mapped"]
    return counts["primary duplicates"][0] / mapped if mapped else None


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
