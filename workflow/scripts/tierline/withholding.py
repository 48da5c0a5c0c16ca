"""What may be said of a sample: one verdict for each result, from the verdicts of its metrics. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tierline.figures import measure
from tierline.metrics import METRICS, NO_COVERAGE, NO_READS, RESULTS, WITHHOLDS
from tierline.records import Judgement, ResultVerdict, Verdict

VERDICTS = {
    "pass": "within the limits",
    "warn": "beyond the limit `warn`: marked, and nothing is withheld",
    "fail": "beyond the limit `fail`: what stands under *withholds* is withheld",
    "not_assessable": "there is too little data to tell; it never counts as passed",
    "not_assessed": "the sample came as a VCF, so it could not be measured here; it neither passes nor fails",
    "not_judged": "shown for information: the assay gives no limits",
}
"""The verdicts of a metric."""
JUDGEMENTS = {
    Judgement.PASS: "may be reported",
    Judgement.NOT_GIVEN: "there is no such result: no coverage is known",
    Judgement.WARN: "may be reported, with the remark",
    Judgement.FAIL: "withheld in every output",
}
"""The verdicts of a result, and of a sample: the worst of its results."""
QUALITY_NOT_SEEN = f"sequencing quality not seen: {NO_READS}"
NO_NEGATIVE = f"no negative is given: {NO_COVERAGE}"


def withheld(verdicts: Iterable[Verdict], sample: str) -> dict[str, str]:
    """The results that may not be given of a sample, and the metrics that forbid each, joined by ``; ``."""
    results: dict[str, list[str]] = {}
    for row in verdicts:
        if row.sample == sample and row.withholds:
            for result in WITHHOLDS[row.withholds]:
                results.setdefault(result, []).append(row.metric)
    return {result: "; ".join(results[result]) for result in RESULTS if result in results}


def judge_results(
    verdicts: Sequence[Verdict], sample: str, panel: str, *, coverage_known: bool = True
) -> tuple[ResultVerdict, ...]:
    """One verdict for each result of a tumour under a panel.

    It fails where a failed metric of the tumour withholds it. It warns where something is to be said: a metric of the
    tumour or its normal beyond a limit, one that has limits and could not be assessed, one that a person lets pass, or
    that the sample came as a VCF. Without a known coverage there are no negatives.
    """
    said = [row for row in verdicts if row.override or row.withholds or is_remark(row)]
    forbidden = {result: [row for row in said if result in _withheld_by(row, sample)] for result in RESULTS}
    found = []
    for result in RESULTS:
        rows = forbidden[result] or said
        reasons = list(dict.fromkeys(words(row, sample) for row in rows))
        verdict = Judgement.FAIL if forbidden[result] else Judgement.WARN if rows else Judgement.PASS
        if not coverage_known and result != "findings" and not forbidden[result]:
            verdict, reasons = Judgement.NOT_GIVEN, [NO_NEGATIVE, *reasons]
        found.append(
            ResultVerdict(
                sample, panel, result, verdict, tuple(reasons),
                tuple(dict.fromkeys(row.metric for row in rows)),
                tuple(dict.fromkeys(row.metric for row in rows if row.override)),
            )
        )  # fmt: skip
    return tuple(found)


def overall(results: Iterable[ResultVerdict]) -> Judgement:
    """The verdict of a sample: the worst of its results."""
    return max((row.verdict for row in results), key=list(Judgement).index, default=Judgement.PASS)


def is_remark(row: Verdict) -> bool:
    """Whether a metric is to be spoken of: beyond a limit, or with limits and without an assessment."""
    return row.verdict in ("warn", "fail", "not_assessed") or (row.verdict == "not_assessable" and row.fail is not None)


def words(row: Verdict, sample: str) -> str:
    """A metric in words: ``mean depth 42 fragments, fails below 50``; that of another sample names it."""
    if row.verdict == "not_assessed":
        return QUALITY_NOT_SEEN
    name = row.metric.replace("_", " ")
    said = f"{name} of {row.sample}" if row.sample != sample else name
    if row.verdict == "not_assessable":
        said += f" not assessable{f' ({row.note})' if row.note else ''}"
    else:
        limit, verb = (row.fail, "fails") if row.verdict == "fail" else (row.warn, "warns")
        side = "above" if row.metric in METRICS and METRICS[row.metric].worse == "higher" else "below"
        said += f" {measure(row.value, row.unit)}"
        said += f", {verb} {side} {measure(limit, row.unit)}" if row.verdict in ("fail", "warn") else ""
        said += f" ({row.note})" if row.note else ""
    by = row.override.replace(";", ",")  # reasons are joined by semicolons in tables
    if by and row.verdict == "pass":
        return f"{said}, within its limits: not needed was the override by {by}"
    return f"{said}, let pass by {by}" if by else said


def _withheld_by(row: Verdict, sample: str) -> tuple[str, ...]:
    return WITHHOLDS[row.withholds] if row.withholds and row.sample == sample else ()
