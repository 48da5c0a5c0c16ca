"""What may be said of the sample: one verdict for each result, before anything else."""

from typing import Any

from tierline.case import Case
from tierline.metrics import RESULTS
from tierline.records import Judgement
from tierline.withholding import overall

TITLE = "Quality verdict"
ORDER = 5

SAID = {
    Judgement.PASS: "may be reported",
    Judgement.NOT_GIVEN: "not given",
    Judgement.WARN: "may be reported, with the remark",
    Judgement.FAIL: "withheld",
}
SAMPLE = {Judgement.PASS: "passed", Judgement.WARN: "passed with remarks", Judgement.FAIL: "failed"}


def needed(case: Case) -> bool:
    return bool(case.results)


def context(case: Case) -> dict[str, Any]:
    worst = overall(case.results)
    return {
        "worst": worst,
        "sample_words": "not assessed" if case.entered_as_vcf and worst is Judgement.WARN else SAMPLE[worst],
        "results": [(RESULTS.get(row.result, row.result), row.verdict, SAID[row.verdict]) for row in case.results],
        "reasons": list(dict.fromkeys(reason for row in case.results for reason in row.reasons)),
    }
