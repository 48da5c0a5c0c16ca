"""The standing cases, from their reads to their reports: each says what it must, in every output, and nothing else."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import standing
import yaml
from outputs import disagreements
from runs import CORES, tierline
from tierline.case import Case, from_json, name
from tierline.records import Hole
from tierline.tables import read_rows

pytestmark = pytest.mark.slow

EXPECTED: dict[str, dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text())
    for path in sorted((Path(__file__).parents[1] / "cases/standing").glob("*.yaml"))
}
each_case = pytest.mark.parametrize("tumour", EXPECTED)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The results folder of each tumour."""
    full, lean = standing.make(tmp_path_factory.mktemp("standing"))
    for folder in (full, lean):
        run = tierline(folder, "run", "--cores", CORES)
        assert run.code == 0, run.output
    return {tumour.name: (lean if tumour.name == standing.LEAN else full) / "results" for tumour in standing.TUMOURS}


def case_of(results: dict[str, Path], tumour: str) -> Case:
    return from_json((results[tumour] / f"interpret/{tumour}.hotspot50.json").read_text(encoding="utf-8"))


def page_of(results: dict[str, Path], tumour: str) -> str:
    return (results[tumour] / f"report/{tumour}.hotspot50.html").read_text(encoding="utf-8")


def test_every_case_has_its_expectations() -> None:
    assert set(EXPECTED) == {tumour.name for tumour in standing.TUMOURS}


@each_case
def test_all_outputs_of_the_case_agree(results: dict[str, Path], tumour: str) -> None:
    assert disagreements(results[tumour], f"{tumour}.hotspot50") == []


@each_case
def test_the_findings_are_those_that_were_planted(results: dict[str, Path], tumour: str) -> None:
    case, expected = case_of(results, tumour), EXPECTED[tumour]
    assert {name(item.finding): str(item.finding.tier) for item in case.findings} == expected["findings"]
    for said, label in expected.get("labels", {}).items():
        assert [label in item.finding.labels for item in case.findings if name(item.finding) == said] == [True]
    for fate, count in expected.get("fates", {}).items():
        assert case.ledger_counts.get(fate) == count


@each_case
def test_every_locus_has_its_answer(results: dict[str, Path], tumour: str) -> None:
    case, wanted = case_of(results, tumour), EXPECTED[tumour]["loci"]
    answers = {locus.locus_id: f"{locus.state} {locus.reason}".strip() for locus in case.loci}
    of_gene: dict[str, set[str]] = {}
    for locus, answer in answers.items():
        gene = locus.partition(":")[0]
        if locus not in wanted and (answer != "not_covered outside_assay" or wanted.get(gene) == answer):
            of_gene.setdefault(gene, set()).add(answer)
    found = {key: answers.get(key) if ":" in key else " or ".join(sorted(of_gene.get(key, ()))) for key in wanted}
    assert found == wanted
    negative = {gene for gene, said in of_gene.items() if "not_detected" in said}
    assert negative <= set(standing.GENES), "a negative where no read was made"


@each_case
def test_holes_are_listed_with_their_reason(results: dict[str, Path], tumour: str) -> None:
    found: dict[str, set[str]] = {}
    for hole in read_rows(results[tumour] / f"interpret/{tumour}.hotspot50.holes.tsv", Hole):
        found.setdefault(hole.gene, set()).add(hole.reason)
    for gene, reason in EXPECTED[tumour].get("holes", {}).items():
        assert reason in found[gene], (gene, found[gene])


@each_case
def test_quality_fails_where_it_must_and_nowhere_else(results: dict[str, Path], tumour: str) -> None:
    failed = {v.sample: v.metric for v in case_of(results, tumour).verdicts if v.verdict == "fail"}
    assert failed == EXPECTED[tumour].get("failed", {})


@each_case
def test_the_report_says_what_it_must(results: dict[str, Path], tumour: str) -> None:
    page = page_of(results, tumour)
    text = " ".join(unescape(re.sub(r"<[^>]+>", "", re.sub(r"(?s)<(style|script).*?</\1>", "", page))).split())
    assert [said for said in EXPECTED[tumour]["says"] if said not in text] == []
    assert [said for said in EXPECTED[tumour].get("never", ()) if said in page] == []
    banner = EXPECTED[tumour].get("banner")
    assert ('<section id="population"' in page) == (banner == "population")
    if banner:
        assert page.index(f'<section id="{banner}"') < page.index('<section id="findings"')
