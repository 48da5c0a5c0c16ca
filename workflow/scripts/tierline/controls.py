"""Run controls: what a control must show, and whether it does. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from tierline.figures import percent
from tierline.hgvs import CodingChange, ProteinChange, parse_coding, parse_protein
from tierline.metrics import OF_CONTROLS
from tierline.quality import Measured
from tierline.records import Candidate, Control, ControlVerdict, Judgement, ResultVerdict

RESULT = "control"
"""The one result of a control."""
RESULTS = {RESULT: "of a run control: that it shows what it must"}
NONE_BESIDE = "no such control shares a flow cell with the sample"
CARRIED_OVER = "variants found beside it may have been carried over"


def read_change(text: str) -> ProteinChange | CodingChange:
    """A change of a protein (p.) or of a coding sequence (c.). Raises ValueError with a remedy, also for ``p.?``."""
    if text.startswith("c."):
        return parse_coding(text)
    change = parse_protein(text)
    if not text.startswith("p.") or change.kind in ("unknown", "unchanged"):
        raise ValueError(f"cannot read {text!r}: this names no change. Write it as a report does, e.g. p.Val600Glu.")
    return change


def judge(controls: Iterable[Control], candidates: Sequence[Candidate], mapped_reads: int) -> Iterator[ControlVerdict]:
    """One verdict for each row of a control. ``candidates`` are those of its ledger; a no-template control has none."""
    for row in controls:
        if row.max_reads is not None:
            expected, found = f"at most {row.max_reads} mapped reads", f"{mapped_reads} mapped reads"
            verdict = Judgement.FAIL if mapped_reads > row.max_reads else Judgement.PASS
        else:
            expected = f"{row.gene} {row.change} at {percent(row.min_vaf)} to {percent(row.max_vaf)}"
            verdict, found = _variant(row, [item for item in candidates if _is(row, item)])
        yield ControlVerdict(row.sample, expected, found, verdict)


def _is(row: Control, candidate: Candidate) -> bool:
    """Whether a candidate is the change that a control must show, however it is written."""
    wanted = read_change(row.change)
    if candidate.gene != row.gene:
        return False
    if isinstance(wanted, CodingChange):
        return bool(candidate.hgvsc) and parse_coding(candidate.hgvsc) == wanted
    return bool(candidate.hgvsp) and parse_protein(candidate.hgvsp) == wanted


def _variant(row: Control, found: Sequence[Candidate]) -> tuple[Judgement, str]:
    """Only what would be a finding of a tumour counts; of two that have the change each has to have the fraction."""
    passed = [item for item in found if item.fate == "finding"]
    if not found:
        return Judgement.FAIL, "not found"
    if not passed:
        return Judgement.FAIL, f"held back at {percent(found[0].vaf)}: {found[0].why or found[0].fate}"
    low, high = row.min_vaf or 0.0, 1.0 if row.max_vaf is None else row.max_vaf
    within = all(item.vaf is not None and low <= item.vaf <= high for item in passed)
    said = " and ".join(percent(item.vaf) for item in passed)
    return (Judgement.PASS if within else Judgement.FAIL), f"found at {said}"


def result(sample: str, rows: Sequence[ControlVerdict]) -> ResultVerdict:
    """The verdict of a control: one row that fails fails it, and so does having none; what failed is told in words."""
    reasons = tuple(f"control failed: {why}" for why in _failures(rows))
    return ResultVerdict(sample, "", RESULT, Judgement.FAIL if reasons else Judgement.PASS, reasons, (), ())


def beside(
    positive: Mapping[str, bool], shown: Mapping[str, Sequence[ControlVerdict]], expected: Collection[str]
) -> dict[str, Measured]:
    """What the run controls beside a tumour say of it: how many of their checks failed.

    ``positive`` has those controls by name, ``shown`` the rows of those that were finished: one without rows fails.
    ``expected``: metrics of which it is told that no control is there.
    """
    found = {}
    for metric, kind in OF_CONTROLS.items():
        names = [name for name, is_positive in positive.items() if is_positive == kind]
        if not names:
            if metric in expected:
                found[metric] = Measured(None, 0, "checks", NONE_BESIDE, expected=True)
            continue
        failed = [f"{name}: {why}" for name in names for why in _failures(shown.get(name, ()))]
        checks = sum(max(1, len(shown.get(name, ()))) for name in names)
        said = [*failed, *([] if kind else [CARRIED_OVER])]
        found[metric] = Measured(len(failed), checks, "checks", meaning=", ".join(said))
    return found


def _failures(rows: Sequence[ControlVerdict]) -> list[str]:
    """What a control fails by, in words; one without rows was not finished."""
    failed = [row for row in rows if row.verdict is Judgement.FAIL]
    said = [f"{row.expected.replace(';', ',')}: {row.found.replace(';', ',')}" for row in failed]
    return said if rows else ["not finished"]


def in_order(rows: Iterable[ResultVerdict]) -> list[ResultVerdict]:
    """Failed controls, the other controls, then samples by their names."""
    return sorted(
        rows, key=lambda row: (bool(row.panel), not row.panel and row.verdict is not Judgement.FAIL, row.sample, row.panel)
    )


def unfinished(sample: str, why: str) -> ResultVerdict:
    """Of a control that a run did not finish nothing is known: it fails."""
    return ResultVerdict(sample, "", RESULT, Judgement.FAIL, (f"control failed: {why}",), (), ())
