"""The page of a cohort: what it says of each gene of each case, and that what could not be seen is no negative."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from report_cases import colorectal, hostile, lung, melanoma, signed
from tierline.case import Case, CaseFinding, to_json
from tierline.cohort import (
    ANSWERS,
    KINDS,
    NO_NEGATIVE,
    NOT_ASKED,
    TERMS,
    Answer,
    answer_of,
    gene_rows,
    kind_of,
    picture_data,
    render,
    row_of,
    unfinished_row,
)
from tierline.cohort.runs import read_runs
from tierline.dashboard import unfinished_results
from tierline.maf import RANKS
from tierline.problems import InputError
from tierline.records import Expected, Failed, LocusAnswer, State, Statement, Tier
from tierline.tables import write_rows
from tierline.withholding import overall

LUNG, MEL, CRC = lung(), melanoma(), colorectal()


def loci(**answers: int) -> list[LocusAnswer]:
    """As many loci of one gene as are named by reason; ``found`` and ``clean`` are answers."""
    known = {"found": State.DETECTED, "clean": State.NOT_DETECTED, "outside_assay": State.NOT_COVERED}
    rows = []
    for word, number in answers.items():
        reason = "" if word in ("found", "clean") else word
        rows += [replace(LUNG.loci[0], state=known.get(word, State.NOT_ASSESSABLE), reason=reason)] * number
    return rows


@pytest.mark.parametrize(
    ("answers", "state", "said"),
    [
        ({"clean": 3}, "answered", "all 3 loci answered"),
        ({"clean": 1, "found": 1}, "answered", "all 2 loci answered"),
        ({"clean": 1}, "answered", "its locus answered"),
        ({"clean": 2, "depth": 1}, "partly", "1 of 3 loci not assessable: too few usable reads"),
        ({"clean": 2, "outside_assay": 1}, "partly", "1 of 3 loci not covered: not among the targets of the assay"),
        ({"depth": 1, "outside_assay": 1}, "not_assessable", "1 of 2 loci not assessable: too few usable reads; 1 of 2 "
         "loci not covered: not among the targets of the assay"),
        ({"failed_qc": 2}, "not_assessable", "2 of 2 loci not assessable: the sample failed quality control"),
        ({"no_coverage_known": 1}, "not_assessable", "1 of 1 loci not assessable: the calls came as a VCF without "
         "coverage: that nothing was called there says nothing"),
        ({"outside_assay": 2}, "not_covered", "2 of 2 loci not covered: not among the targets of the assay"),
        ({}, "no_negative", "no reportable locus: no negative is claimed"),
    ],
)  # fmt: skip
def test_only_a_gene_whose_loci_are_all_answered_is_answered(answers: dict[str, int], state: str, said: str) -> None:
    assert answer_of(loci(**answers)) == Answer(state, said)


@pytest.mark.parametrize("answers", [{"clean": 2}, {}])
def test_a_gene_with_a_finding_held_back_is_not_answered(answers: dict[str, int]) -> None:
    answer = answer_of(loci(**answers), held=True)
    assert (answer.state, answer.words) == ("partly", "a finding in it is held back by the reviewer")


def test_a_gene_with_a_finding_held_back_is_no_better_for_it() -> None:
    answer = answer_of(loci(failed_qc=2), held=True)
    assert answer.state == "not_assessable" and answer.words.endswith("; a finding in it is held back by the reviewer")
    case = replace(LUNG, findings=(), withheld=(changed("missense_variant", gene="FAR1"),))
    assert row_of(case).answers["FAR1"].state == "partly", "a gene that the panel does not list"


def test_a_case_held_back_shows_so() -> None:
    case = signed()
    [held] = {item.finding.gene for item in case.withheld}
    row = row_of(case)
    assert "held back by the reviewer" in row.answers[held].words and row.answers[held].state == "partly"
    assert (row.status, row.verdict) == ("FINAL", overall(case.results))


def test_every_gene_of_a_case_has_its_answer() -> None:
    row = row_of(LUNG, "report/x.html")
    assert set(row.answers) == {*LUNG.panel.genes, *(locus.gene for locus in LUNG.loci)}
    for gene in row.answers:
        states = [locus.state for locus in LUNG.loci if locus.gene == gene]
        answered = bool(states) and all(state in (State.DETECTED, State.NOT_DETECTED) for state in states)
        assert (row.answers[gene].state == "answered") == answered, gene
    assert (row.otherwise, row.name, row.link) == (NOT_ASKED, "LUAD-02.hotspot50_tert", "report/x.html")
    open_ = sum(locus.state in (State.NOT_ASSESSABLE, State.NOT_COVERED) for locus in LUNG.loci)
    assert (row.open_loci, row.loci) == (open_, len(LUNG.loci)) and open_ > 0
    exome = replace(LUNG, panel=replace(LUNG.panel, every_gene=True))
    assert row_of(exome).otherwise == NO_NEGATIVE, "it asked the gene, and claims nothing"


def changed(consequence: str, **more: object) -> CaseFinding:
    item = LUNG.findings[0]
    return replace(item, statement=None, finding=replace(item.finding, consequence=consequence, **more))


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (changed("missense_variant"), "missense"),
        (changed("missense_variant&splice_region_variant"), "missense"),
        (changed("stop_gained"), "truncating"),
        (changed("splice_region_variant&frameshift_variant"), "truncating"),
        (changed("start_lost"), "truncating"),
        (changed("splice_donor_variant&intron_variant"), "splice"),
        (changed("disruptive_inframe_deletion"), "inframe"),
        (changed("upstream_gene_variant", locus_ids=("TERT:c.-124",)), "promoter"),
        (changed("upstream_gene_variant", locus_ids=()), "other"),
        (changed("synonymous_variant", locus_ids=()), "other"),
    ],
)
def test_kinds_of_change(item: CaseFinding, kind: str) -> None:
    assert kind_of(item) == kind


@pytest.mark.parametrize(
    ("alteration", "kind"),
    [("amplification", "gain"), ("deletion", "loss"), ("fusion EML4", "fusion"), ("high", "other")],
)
def test_kinds_of_what_the_laboratory_states(alteration: str, kind: str) -> None:
    assert kind_of(replace(changed(""), statement=Statement("T", "ALK", alteration, "detected"))) == kind


def test_terms_are_those_of_the_ontology_and_of_one_kind() -> None:
    terms = [term for words in TERMS.values() for term in words.split()]
    assert set(terms) <= RANKS.keys() and len(terms) == len(set(terms))
    assert TERMS.keys() <= KINDS.keys()


def test_genes_are_counted_by_their_highest_tier_and_by_answers() -> None:
    rows = [row_of(case) for case in (LUNG, MEL, CRC)]
    rows.append(unfinished_row(unfinished_results("T9", "mini", [])))
    counted = {row.gene: row for row in gene_rows(rows)}
    for gene, row in counted.items():
        assert sum(row.tiers.values()) + sum(row.answers.values()) == 4, "every case once"
        assert row.answers["unfinished"] == 1, gene
    tiers = sorted(item.finding.tier for item in LUNG.findings if item.finding.gene == "EGFR")
    others = sum(item.finding.gene == "EGFR" for case in (MEL, CRC) for item in case.findings)
    assert len(tiers) > 1 and others == 0
    assert counted["EGFR"].tiers == {tiers[0]: 1}
    strong = [row.tiers.get(Tier.I, 0) + row.tiers.get(Tier.II, 0) for row in gene_rows(rows)]
    assert strong == sorted(strong, reverse=True)


def test_the_picture_has_every_finding_and_every_answer() -> None:
    rows = [row_of(LUNG), row_of(CRC)]
    genes = [row.gene for row in gene_rows(rows)]
    data = json.loads(picture_data(rows, genes))
    for row, drawn in zip(rows, data["cases"], strict=True):
        said = [(data["genes"][g], data["tiers"][t], data["kinds"][k], words) for g, t, k, words in drawn["f"]]
        assert said == [(f.gene, f.tier, f.kind, f.words) for f in row.findings]
        for gene, number in zip(data["genes"], drawn["a"], strict=True):
            state, words = data["answers"][number]
            answer = row.answers.get(gene, row.otherwise)
            assert (data["states"][state], words) == (answer.state, answer.words)
    assert len(data["answers"]) < 40, "told once"
    assert set(data["said"]) == {*KINDS, *ANSWERS}


def test_the_page_names_every_case_and_links_its_report() -> None:
    rows = [row_of(LUNG, "report/a.html"), row_of(CRC), unfinished_row(unfinished_results(
        "T9", "mini", [Failed("T9", "align_reads", "", "words", "log")]))]  # fmt: skip
    page = render(rows)
    assert re.findall(r'data-case="(.*?)"', page) == sorted(row.name for row in rows)
    assert '<a href="report/a.html">LUAD-02.hotspot50_tert</a>' in page
    assert "not finished: align_reads failed" in page and "of these 1 not finished" in page
    assert "2 of these cases are invented" in page
    assert page == render(reversed(rows)), "the same cases give the same bytes"


def test_nothing_on_the_page_is_taken_for_markup() -> None:
    bad = "</script><img src=x onerror=alert(1)>"
    case = hostile()
    item = replace(case.findings[0], finding=replace(case.findings[0].finding, gene=bad, hgvsp=bad))
    page = render([row_of(replace(case, findings=(item, *case.findings)), f'report/"{bad}.html', bad)])
    assert "<img" not in page
    assert page.count("</script>") == 2
    assert "http" not in page.replace("http-equiv", "")


# --------------------------------------------------------------------------- runs on disk


def run_of(folder: Path, *cases: Case, owed: tuple[tuple[str, str], ...] = ()) -> Path:
    """A run directory with these cases and their reports; ``owed`` are those of its list, where it has one."""
    for name in ("interpret", "report", "run"):
        (folder / "results" / name).mkdir(parents=True)
    for case in cases:
        name = f"{case.sample.sample}.{case.panel.id}"
        (folder / f"results/interpret/{name}.json").write_text(to_json(case))
        (folder / f"results/report/{name}.html").write_text("</html>")
    if owed:
        expected = [Expected(f"results/interpret/{s}.{p}.json", s, p, "json") for s, p in owed]
        write_rows(folder / "results/run/expected.tsv", Expected, expected)
    return folder


def name_of(case: Case) -> tuple[str, str]:
    return case.sample.sample, case.panel.id


def test_a_run_is_read_with_links_from_the_page(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run 42", LUNG)
    rows, notes = read_runs([run], tmp_path / "pages/cohort.html")
    assert (rows, notes) == ([row_of(LUNG, "../run%2042/results/report/LUAD-02.hotspot50_tert.html")], [])
    (run / "results/report/LUAD-02.hotspot50_tert.html").unlink()
    assert read_runs([run / "results"], tmp_path / "cohort.html")[0] == [row_of(LUNG)], "a link to nothing is none"


def test_what_a_run_owes_is_shown_and_nothing_else(tmp_path: Path) -> None:
    run = run_of(tmp_path / "a", LUNG, CRC, owed=(name_of(LUNG), ("T9", "mini")))
    write_rows(run / "results/run/failed.tsv", Failed, [Failed("T9", "align_reads", "", "words", "log")])
    rows, notes = read_runs([run], tmp_path / "cohort.html")
    assert [(row.name, row.status, row.why) for row in rows] == [
        ("LUAD-02.hotspot50_tert", "DRAFT", row_of(LUNG).why), ("T9.mini", "", "not finished: align_reads failed")
    ]  # fmt: skip
    [note] = notes
    assert note.endswith("/interpret/{}.{}.json".format(*name_of(CRC)))


def test_several_runs_are_told_apart(tmp_path: Path) -> None:
    runs = [run_of(tmp_path / "2025/run1", LUNG), run_of(tmp_path / "2026/run1", LUNG), run_of(tmp_path / "b", CRC)]
    rows, _ = read_runs(runs, tmp_path / "cohort.html")
    assert [row.run for row in rows] == ["2025/run1", "2026/run1", f"{tmp_path.name}/b"]
    page = render(rows)
    assert page.count("<th>Run</th>") == 1 and page.count('data-run="2025/run1"') == 1


def test_what_cannot_be_read_is_refused_all_at_once(tmp_path: Path) -> None:
    good, bad = run_of(tmp_path / "good", LUNG), run_of(tmp_path / "bad", LUNG)
    next((bad / "results/interpret").iterdir()).write_text("{")
    with pytest.raises(InputError) as error:
        read_runs([good, good / "results", tmp_path / "none", bad], tmp_path / "cohort.html")
    said = "\n".join(map(str, error.value.problems))
    assert "named twice" in said and "no interpret/" in said and "not JSON" in said and len(error.value.problems) == 3
