"""All outputs of a case say the same; and where one did not, it would be seen."""

from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pysam
import pytest
from outputs import disagreements
from runs import Run
from tierline.records import Finding
from tierline.tables import read_rows

pytestmark = pytest.mark.slow

CASES = ("MEL01T.hotspot50_tert", "LUAD01T.hotspot50_tert", "CRC01T.hotspot50")
CASE = "CRC01T.hotspot50"  # has findings of Tier I and III and candidates held back
FINDINGS = f"interpret/{CASE}.findings.tsv"
LOCI = f"interpret/{CASE}.loci.tsv"
FILE = f"interpret/{CASE}.json"
PAGE = f"report/{CASE}.html"
MAF = f"report/{CASE}.maf"
VCF = f"report/{CASE}.vcf.gz"
LEDGER = f"filter/{CASE}.ledger.tsv"
COHORT = "multiqc/tierline_samples_mqc.json"
Edit = Callable[[str], str]


@pytest.mark.parametrize("case", CASES)
def test_all_outputs_of_a_case_agree(demo_run: Run, case: str) -> None:
    assert demo_run.code == 0, demo_run.output
    assert disagreements(demo_run.folder / "results", case) == []


def swap(pattern: str, new: str) -> Edit:
    """The first match of ``pattern`` gives way to ``new``."""

    def edit(text: str) -> str:
        changed, count = re.subn(pattern, new, text, count=1, flags=re.MULTILINE | re.DOTALL)
        assert count and changed != text, pattern
        return changed

    return edit


def without_last_line(text: str) -> str:
    return text[: text.rstrip("\n").rindex("\n") + 1]


WRONG: dict[str, tuple[str, Edit, str]] = {
    "a tier of the findings": (FINDINGS, swap(r"\tI\t", "\tII\t"), "findings.tsv"),
    "a finding less": (FINDINGS, without_last_line, "findings.tsv"),
    "a state of a locus": (LOCI, swap("not_detected", "not_covered"), "loci.tsv"),
    "a locus less": (LOCI, without_last_line, "loci.tsv"),
    "a count of a gene": (f"interpret/{CASE}.genes.tsv", swap(r"^(KRAS\t)\d+", r"\g<1>99"), "genes.tsv"),
    "a tier of the MAF": (MAF, swap(r"\tI\t([AB])\t", r"\tIV\t\1\t"), "MAF"),
    "a depth of the MAF": (MAF, swap(r"(\t\d+/\d+\t)\d+\t", r"\g<1>7\t"), "MAF"),
    "a row of the MAF": (MAF, without_last_line, "MAF"),
    "a level of the VCF": (VCF, swap(r"LEVEL=A", "LEVEL=D"), "VCF"),
    "a fate of the VCF": (VCF, swap(r"FATE=technical", "FATE=outside_panel"), "VCF"),
    "a fraction of the VCF": (VCF, swap(r":0\.\d+$", ":0.9"), "VCF"),
    "a tier of the page": (PAGE, swap(r'(<span class="tier tier-)I"', r'\1III"'), "page"),
    "a fraction of the page": (PAGE, swap(r'(<div class="figure"><strong>)[\d.]+', r"\g<1>1.0"), "page"),
    "an answer of the page": (PAGE, swap(r'(id="loci".*?</svg>)not detected', r"\1detected"), "page"),
    "a depth of the page": (PAGE, swap(r'(id="loci".*?<td class="n" data-value="\d+">)\d+', r"\g<1>1"), "page"),
    "a limit of the page": (PAGE, swap(r'(id="loci".*?)\d\.\d %', r"\g<1>0.1 %"), "page"),
    "a word of the conclusion": (PAGE, swap("was detected at an allele fraction", "was seen"), "page"),
    "a status of the page": (PAGE, swap(r'(tierline:status" content=")DRAFT', r"\1FINAL"), "page"),
    "a fate of the ledger": (LEDGER, swap(r"\tfinding\tpassed", "\ttechnical\tpassed"), "ledger"),
    "a figure of the ledger": (LEDGER, swap(r"^([^\n]*\t)\d+(\t\d+\t0\.\d+[^\n]*\tfinding\t)", r"\g<1>3\2"), "ledger"),
    "a fate of the filtered VCF": (f"filter/{CASE}.vcf.gz", swap("FATE=finding", "FATE=technical"), "filter VCF"),
    "a count of the dashboard": (COHORT, swap(r'("CRC01T.*?"tier_I": )\d+', r"\g<1>8"), "dashboard"),
    "a status of the dashboard": (COHORT, swap(r'(CRC01T.*?)"DRAFT"', r'\1"FINAL"'), "dashboard"),
    "a verdict": ("multiqc/CRC01T.verdicts.tsv", swap(r"\tpass\t", "\tfail\t"), "verdicts.tsv"),
    "a verdict of the run": (
        "multiqc/verdicts.tsv", swap(r"^(CRC01T\t\w+\tfindings\t)\w+", r"\1fail"), "verdicts.tsv of the run"),
    "a verdict for other programs": (
        "multiqc/verdicts.json",
        swap(r'("sample": "CRC01T",[^{}]*?"result": "findings",\s+"verdict": ")\w+', r"\1fail"), "verdicts.json"),
    "a verdict of the dashboard": (
        "multiqc/tierline_results_mqc.json", swap(r'(CRC01T[^{}]*{[^{}]*?"findings": ")\w+', r"\1fail"), "dashboard"),
    "a tier of the case file": (FILE, swap(r'"tier": "I"', '"tier": "II"'), "findings.tsv"),
    "an answer of the case file": (FILE, swap(r'"state": "not_detected"', '"state": "detected"'), "case file"),
}  # fmt: skip


@pytest.fixture
def results(demo_run: Run, tmp_path: Path) -> Path:
    for stage in ("interpret", "report", "filter", "multiqc"):
        shutil.copytree(demo_run.folder / "results" / stage, tmp_path / stage)
    return tmp_path


@pytest.mark.parametrize("name", WRONG)
def test_where_one_output_says_otherwise_it_is_seen(results: Path, name: str) -> None:
    place, edit, output = WRONG[name]
    path = results / place
    if path.suffix == ".gz":
        text = edit(gzip.decompress(path.read_bytes()).decode())
        with pysam.BGZFile(str(path), "w") as out:
            out.write(text.encode())
    else:
        path.write_text(edit(path.read_text()))
    said = disagreements(results, CASE)
    assert said and any(line.startswith(output) for line in said), said


def test_the_case_has_what_the_edits_need(results: Path) -> None:
    tiers = {str(row.tier) for row in read_rows(results / f"interpret/{CASE}.findings.tsv", Finding)}
    assert {"I", "III"} <= tiers
