"""What may be said of the sample: one verdict for each claim, before anything else."""

from typing import Any

from tierline.case import Case
from tierline.claims import overall
from tierline.metrics import CLAIMS
from tierline.records import Judgement

TITLE = "Quality verdict"
ORDER = 5

SAID = {
    Judgement.PASS: "may be reported",
    Judgement.WARN: "may be reported, with the remark",
    Judgement.FAIL: "withheld",
}
SAMPLE = {Judgement.PASS: "passed", Judgement.WARN: "passed with remarks", Judgement.FAIL: "failed"}


def needed(case: Case) -> bool:
    return bool(case.claims)


def context(case: Case) -> dict[str, Any]:
    worst = overall(case.claims)
    return {
        "worst": worst,
        "sample_words": SAMPLE[worst],
        "claims": [(CLAIMS.get(row.claim, row.claim), row.verdict, SAID[row.verdict]) for row in case.claims],
        "reasons": list(dict.fromkeys(reason for row in case.claims for reason in row.reasons)),
    }
