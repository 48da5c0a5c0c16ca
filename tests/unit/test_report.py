"""The case file, its conclusion in words, and the report as HTML text."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from base64 import b64encode
from enum import Enum
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from report_cases import CASES, colorectal, evidence, finding, hostile, lung, match, melanoma, signed, trial
from tierline.case import (
    Case,
    both_ways,
    conclusion,
    from_json,
    json_schema,
    percent,
    percent_up,
    schema_text,
    supports,
    technical_words,
    to_json,
)
from tierline.changes import Change
from tierline.problems import InputError
from tierline.records import Axis, Criterion, LocusAnswer, Oncogenicity, State, Tier, ToolVersion, Verdict
from tierline.report import Since, render
from tierline.report.view import (
    css_string,
    frequency,
    interval,
    measure,
    number,
    short_protein,
    source_link,
    source_words,
    sources,
    words,
)

SCHEMA_FILE = Path(__file__).parents[2] / "workflow" / "schemas" / "case.schema.json"
VOID = {"meta", "br", "input", "img", "link", "use", "path", "line", "circle", "rect"}


class Page(HTMLParser):
    """What a browser would see: elements with their attributes, and the text outside script and style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag in self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self._inside):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


# --------------------------------------------------------------------------- the case file


def test_the_schema_file_is_the_one_of_the_dataclasses() -> None:
    assert SCHEMA_FILE.read_text() == schema_text(), "python -m tierline.case > workflow/schemas/case.schema.json"


@pytest.mark.parametrize("build", CASES.values(), ids=CASES)
def test_a_case_comes_back_from_its_json_byte_for_byte(build) -> None:
    text = to_json(build())
    case = from_json(text)
    assert isinstance(case, Case)
    assert to_json(case) == text == to_json(build())
    assert case.findings[0].trace[0].evidence == build().findings[0].trace[0].evidence
    assert case.loci[0].state is State.NOT_DETECTED and isinstance(case.loci[0].findings, tuple)
    assert json.loads(text) == json.loads(json.dumps(json.loads(text), sort_keys=True))


def test_keys_are_sorted_and_floats_have_six_digits() -> None:
    text = to_json(melanoma())
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert '"vaf": 0.426471\n' in text  # 261 / 612 = 0.42647058...


def test_a_number_that_is_not_finite_is_refused() -> None:
    case = melanoma()
    broken = dataclasses.replace(case, assay=dataclasses.replace(case.assay, expected_depth=float("nan")))
    with pytest.raises(ValueError, match="JSON compliant"):
        to_json(broken)


def test_every_fault_of_a_case_file_is_named_at_once() -> None:
    data = json.loads(to_json(melanoma()))
    data["status"] = "SIGNED"
    data["loci"][2]["state"] = "negative"
    del data["panel"]["digest"]
    data["sample"]["purity"] = "high"
    data["colour"] = "blue"
    with pytest.raises(InputError) as caught:
        from_json(json.dumps(data), "x.json")
    places = {problem.column for problem in caught.value.problems}
    assert places == {"", "status", "loci/2/state", "panel", "sample/purity"}
    assert all(problem.file == "x.json" and problem.message for problem in caught.value.problems)


def test_text_that_is_no_json_names_its_line() -> None:
    with pytest.raises(InputError) as caught:
        from_json('{\n"schema": }', "x.json")
    assert caught.value.problems[0].row == 2


def test_the_schema_closes_every_object() -> None:
    schema = json_schema()
    assert schema["$schema"].endswith("2020-12/schema")
    assert len(schema["$defs"]) >= 15
    assert all(definition["additionalProperties"] is False for definition in schema["$defs"].values())
    assert schema["$defs"]["LocusAnswer"]["properties"]["state"]["enum"] == [str(state) for state in State]


# --------------------------------------------------------------------------- the conclusion


def locus(name: str, state: State, lod: float | None = None, reason: str = "") -> LocusAnswer:
    return LocusAnswer(name, name.split(":")[0], "codon", state, reason, 500 if lod else None, lod, lod, lod, (), "")


def conclude(findings=(), loci=(), genes=(), mode="tumor-normal", purity=0.5, verdicts=()) -> str:
    return "\n".join(
        conclusion(findings, loci, genes=genes, tumor_name="Melanoma", mode=mode, purity=purity, verdicts=verdicts)
    )  # fmt: skip


def test_a_negative_is_bounded_by_its_limit_and_never_called_absent() -> None:
    said = conclude(loci=[locus("A:p.1", State.NOT_DETECTED, 0.041), locus("A:p.2", State.NOT_DETECTED, 0.067)])
    assert "No variant of strong or potential clinical significance (Tier I or II) was detected at the loci that" in said
    assert "At 2 of 2 reportable loci no variant was detected. Not detected is not absent" in said
    assert "4.1 % to 6.7 %, by locus" in said
    assert "purity" not in said and "normal" not in said


def test_a_limit_that_is_not_known_is_said() -> None:
    said = conclude(loci=[locus("A:p.1", State.NOT_DETECTED, 0.05), locus("A:p.2", State.NOT_DETECTED)])
    assert "(5.0 %)" in said and "For 1 locus the limit is not known." in said
    assert "the limit of detection is not known" in conclude(loci=[locus("A:p.1", State.NOT_DETECTED)])


def test_without_any_assessed_locus_no_negative_is_claimed() -> None:
    said = conclude(
        loci=[
            locus("A:p.1", State.NOT_ASSESSABLE, reason="depth"),
            locus("B:p.2", State.NOT_COVERED, reason="outside_assay"),
        ]
    )
    assert "No reportable locus could be assessed; this report supports no negative statement." in said
    assert (
        "Of 2 reportable loci, 1 locus could not be assessed: too few usable reads (1: A p.1). 1 locus is not covered: "
        "not among the targets of the assay (1: B p.2). Nothing, neither yes nor no, is said of them."
    ) in said
    assert "Not detected is not absent" not in said


def test_the_reasons_of_many_silent_loci_stand_in_words_with_counts() -> None:
    loci = [locus(f"G{n}:p.1", State.NOT_ASSESSABLE, reason="depth") for n in range(40)]
    loci += [locus(f"H{n % 2}:p.{n}", State.NOT_ASSESSABLE, reason="quality") for n in range(5)]
    said = conclude(loci=loci)
    assert (
        "45 loci could not be assessed: too few usable reads (40: in 40 genes); read or base quality too low (5: H0 and "
        "H1)."
    ) in said


def test_genes_without_a_locus_are_named_and_claim_nothing() -> None:
    loci = [locus("A:p.1", State.NOT_DETECTED, 0.04)]
    said = conclude(loci=loci, genes=("RB1", "A", "APC"))
    assert (
        "2 genes of the panel have no reportable locus (APC, RB1): variants found there are reported, but no negative is "
        "claimed."
    ) in said
    assert "no reportable locus" not in conclude(loci=loci, genes=("A",))


def test_a_limit_is_never_shown_better_than_it_is() -> None:
    assert [percent_up(f) for f in (0.0502, 0.05, 0.041, 0.04101, None)] == [
        "5.1 %",
        "5.0 %",
        "4.1 %",
        "4.2 %",
        "not known",
    ]


def test_the_axis_of_the_best_level_comes_first_and_the_own_tumour_type() -> None:
    """Resistance of level A in the patient's type stands before sensitivity derived from another type."""
    resists = match(evidence(1, "KRAS", "p.Gly12Asp", "COADREAD", Axis.RESISTANCE, "cetuximab", "A"), "COAD")
    helps = match(
        evidence(2, "KRAS", "p.Gly12Asp", "LGSOC", Axis.SENSITIVITY, "drug", "A"), "COAD", tumor="other_type", used="C"
    )
    said = conclude([finding("KRAS", "p.Gly12Asp", "c.35G>A", 100, 30, Tier.I, (helps, resists))])
    assert "links it to resistance to cetuximab (level A)." in said, "C is told with the finding: the tier stands on A"
    helps_more = match(evidence(4, "KRAS", "p.Gly12Asp", "COAD", Axis.SENSITIVITY, "second", "B"), "COAD")
    said = conclude([finding("KRAS", "p.Gly12Asp", "c.35G>A", 100, 30, Tier.I, (helps, helps_more, resists))])
    assert "links it to resistance to cetuximab (level A), and to sensitivity to second (level B)." in said
    own = match(evidence(3, "KRAS", "p.Gly12Asp", "COAD", Axis.SENSITIVITY, "own drug", "C"), "COAD")
    said = conclude([finding("KRAS", "p.Gly12Asp", "c.35G>A", 100, 30, Tier.II, (helps, own))])
    assert "links it to sensitivity to own drug (level C)." in said, "the other type's is not mixed in"


def test_unknown_purity_missing_normal_and_failed_quality_are_said() -> None:
    failed = Verdict("S1", "mean_depth", 20, "fragments", 250, 100, "fail", "negatives")
    said = conclude(loci=[locus("A:p.1", State.NOT_DETECTED, 0.05)], mode="tumor-only", purity=None, verdicts=[failed])
    assert said.startswith(
        "Quality control failed for S1: mean depth 20 fragments, fails below 100 fragments. This withholds: negatives "
        "at reportable loci and negatives elsewhere in the coding sequence."
    )
    assert "purity is not known" in said
    assert "No matched normal was tested" in said


def test_evidence_for_and_against_the_same_therapy_is_pointed_out() -> None:
    case = lung()
    assert both_ways(case.findings) == [
        (("afatinib", "erlotinib", "gefitinib"), ("EGFR p.Glu746_Ala750del",), ("EGFR p.Thr790Met",))
    ]
    assert any(s.startswith("The evidence points both ways for afatinib, erlotinib and gefitinib") for s in case.conclusion)
    assert both_ways(melanoma().findings) == []


def test_evidence_of_another_tumour_type_says_so() -> None:
    (sentence,) = [s for s in colorectal().conclusion if s.startswith("PIK3CA")]
    assert "Tier II, potential clinical significance, level C" in sentence
    assert "sensitivity to alpelisib + fulvestrant (in tumour types other than Colon Adenocarcinoma, level C)" in sentence


def test_a_possible_germline_origin_is_not_settled() -> None:
    item = finding("BRCA2", "p.Lys5Ter", "c.13A>T", 100, 50, Tier.II, (), labels=("likely_germline",))
    assert "Origin: likely germline; this assay alone does not settle it." in conclude([item])


def test_context_and_spent_evidence_support_nothing() -> None:
    found = supports(melanoma().findings[0].trace)
    assert [(s.axis, s.subject, s.level) for s in found] == [
        (Axis.SENSITIVITY, "dabrafenib + trametinib", "A"),
        (Axis.SENSITIVITY, "encorafenib + binimetinib", "A"),
        (Axis.SENSITIVITY, "vemurafenib", "A"),
        (Axis.SENSITIVITY, "vemurafenib + cobimetinib", "A"),
    ]
    assert [s.approved_test for s in found] == ["yes", "yes", "unknown", "yes"]


def test_the_best_level_of_a_therapy_carries_it_and_its_approvals_add_up() -> None:
    items = [
        match(evidence(1, "BRAF", "p.Val600Glu", "MEL", Axis.SENSITIVITY, "drug", "C", jurisdictions=("XX",)), "MEL"),
        match(evidence(2, "BRAF", "p.Val600Glu", "MEL", Axis.SENSITIVITY, "drug", "A", jurisdictions=("FDA",)), "MEL"),
        match(evidence(3, "BRAF", "p.Val600Glu", "MEL", Axis.SENSITIVITY, "drug", "A", jurisdictions=("EMA",)), "MEL"),
    ]
    (only,) = supports(items)
    assert (only.level, only.jurisdictions, [m.evidence.id for m in only.matches]) == (
        "A",
        ("EMA", "FDA"),
        ["EX:0002", "EX:0003"],
    )


# --------------------------------------------------------------------------- short forms


@pytest.mark.parametrize(
    ("full", "short"),
    [("p.Val600Glu", "V600E"), ("p.Glu746_Ala750del", "E746_A750del"), ("p.Arg1450Ter", "R1450*"), ("", ""), ("p.?", "")],
)
def test_the_spoken_form_of_a_protein_change(full: str, short: str) -> None:
    assert short_protein(full) == short


def test_the_interval_of_a_fraction() -> None:
    assert interval(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    low, high = interval(0, 50)
    assert low == pytest.approx(0, abs=1e-12) and high == pytest.approx(0.0714, abs=1e-4)


def test_filters() -> None:
    assert [percent(0.68), percent(None)] == ["68.0 %", "not known"]
    assert [number(None), number(0), number(11.0), number(12345)] == ["–", "0", "11", "12\u202f345"]
    assert [measure(0.41, "fraction"), measure(250, "reads"), measure(None, "reads")] == ["41.0 %", "250 reads", "–"]
    assert words("missense_variant&splice_region_variant") == "missense variant, splice region variant"
    assert source_link("<b>", "javascript:alert(1)") == "&lt;b&gt;"
    assert source_link("a", 'https://x.org/"><b>').count("<") == 2
    assert source_link("<i> 2024-09-25", "") == '&lt;i&gt; <span class="whole">2024-09-25</span>'
    assert css_string('a"</style>') == "a\\000022\\00003c\\00002fstyle\\00003e"


# --------------------------------------------------------------------------- the report


@pytest.mark.parametrize("build", CASES.values(), ids=CASES)
def test_the_same_case_gives_the_same_bytes_also_after_its_json(build) -> None:
    html = render(build(), generated_on="2026-02-01")
    assert html == render(build(), generated_on="2026-02-01")
    once = from_json(to_json(build()))
    assert render(once) == render(from_json(to_json(once)))
    assert "2026-02-01" in html and "2026-02-01" not in render(build())


@pytest.mark.parametrize("build", [*CASES.values(), hostile], ids=[*CASES, "hostile"])
def test_the_page_needs_nothing_from_elsewhere(build) -> None:
    html = render(build())
    page = Page(html)
    sources = {match.evidence.source_url for item in build().findings for match in item.trace}
    assert len(page.elements) > 500
    for _, attributes in page.elements:
        assert not set(attributes) & {"src", "srcset", "style", "onclick", "onerror", "onload", "data", "action"}
    links = [a["href"] for a in page.all("a")]
    assert links and all(link.startswith("#") or link in sources for link in links)
    assert {a["href"] for a in page.all("use")} == {f"#{state}" for state in State}
    assert page.all("link") == page.all("img") == page.all("iframe") == []
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    assert "url(" not in style and "@import" not in style
    assert set(re.findall(r"url\((.*?)\)", html)) == {"#hatch"}


@pytest.mark.parametrize("build", [*CASES.values(), hostile], ids=[*CASES, "hostile"])
def test_ids_are_unique_and_links_within_the_page_arrive(build) -> None:
    page = Page(render(build()))
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    inner = [a["href"][1:] for a in page.all("a") if a["href"].startswith("#")]
    assert len(inner) >= 3 and set(inner) <= set(ids)


def test_hostile_text_comes_out_as_text() -> None:
    html = render(hostile())
    page = Page(html)
    bad = hostile().sample.sample
    assert page.text.count(bad) >= 25
    assert len(page.all("script")) == len(page.all("style")) == 1
    assert not page.all("img") and len(page.all("body")) == 1
    assert not any("javascript:" in (a.get("href") or "") for a in page.all("a"))
    assert "alert('x')" not in html, "the quote must be escaped wherever it stands"


def with_text(value: Any, bad: str) -> Any:
    """``value`` with ``bad`` before every text in it, at any depth; words of closed lists are left."""
    if isinstance(value, str) and not isinstance(value, Enum):
        return bad + value
    if isinstance(value, tuple):
        return tuple(with_text(part, bad) for part in value)
    if isinstance(value, dict):
        return {with_text(key, bad): with_text(part, bad) for key, part in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: with_text(getattr(value, field.name), bad) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **parts)
    return value


@pytest.mark.parametrize("build", CASES.values(), ids=CASES)
def test_no_text_whatever_its_field_is_carried_out(build) -> None:
    """Not only the fields that a user fills: all of them, those that knowledge, VCF and tools fill too."""
    bad = "<script>alert('x')</script>\"'</style></title><img src=x onerror=alert(1)>{{ 7*7 }}{x}$(id)"
    html = render(with_text(build(), bad))
    page = Page(html)
    assert page.text.count(bad) > 100
    assert len(page.all("script")) == len(page.all("style")) == len(page.all("body")) == 1
    assert not page.all("img") and "49" not in re.findall(r"onerror=alert\(1\)>(\d+)", page.text)
    links = [a["href"] for a in page.all("a") if not a["href"].startswith("#")]
    assert links == []  # an address that begins with another word is none


def test_the_script_is_the_one_that_the_policy_allows() -> None:
    html = render(melanoma())
    script = re.search(r"<script>(.*?)</script>", html, re.DOTALL)[1]
    assert len(script) > 1000
    (policy,) = [a["content"] for a in Page(html).all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy


def section(html: str, name: str) -> str:
    return re.search(rf'<(details|section) id="{name}".*?\n</\1>|<(details|section) id="{name}".*?</\2>', html, re.DOTALL)[
        0
    ]


def test_all_four_answers_are_told_apart_by_shape_and_word() -> None:
    case = lung()
    html = render(case)
    table = Page(section(html, "loci"))
    for state in State:
        expected = sum(answer.state is state for answer in case.loci)
        assert expected > 0
        assert sum(a["href"] == f"#{state}" for a in table.all("use")) == expected
        assert str(state).replace("_", " ") in table.text
        assert sum(a["href"] == f"#{state}" for a in Page(section(html, "coverage")).all("use")) == expected + 1  # the key


def test_what_has_no_answer_is_named_with_its_reason() -> None:
    text = Page(section(render(lung()), "not_assessed")).text
    assert "12 of 228 reportable loci have no answer" in text
    for said in ("MET all 6 14×", "KRAS p.146 0×", "SMO all 3", "NPM1 p.288", "neither confirmed nor excluded"):
        assert said in re.sub(r"\s+", " ", text)
    assert "1 gene of the panel has no reportable locus (SILENT1)" in text


def test_two_hundred_shallow_loci_make_one_range_for_each_gene() -> None:
    case = lung()
    limits = [0.0502 + n / 1000 for n in range(len(case.loci))]
    shallow = [
        dataclasses.replace(
            a, state=State.NOT_ASSESSABLE, reason="depth", depth=100 + n, lod_vaf=f, note=f"only {f}", findings=()
        )
        for n, (a, f) in enumerate(zip(case.loci, limits, strict=True))
    ]
    html = section(render(dataclasses.replace(case, loci=tuple(shallow))), "not_assessed")
    text = re.sub(r"\s+", " ", Page(html).text)
    assert len(Page(html).all("tr")) == 2, "the head, and one reason"
    assert len(Page(html).all("li")) == len({a.gene for a in case.loci})
    assert "ABL1 all 8 100–107×, 5.1–5.8 %" in text, "5.02 % is more than the claimed 5 %, and is shown so"
    assert "100–327×, 5.1–27.8 %; the panel claims 5 %" in text
    assert text.count("claims") == 1 and "only" not in text


def test_a_gene_without_a_locus_stands_in_every_account_of_the_genes() -> None:
    html = render(lung())
    for name in ("conclusion", "not_assessed", "negatives", "coverage"):
        assert "SILENT1" in Page(section(html, name)).text, name


def test_the_note_of_a_missing_gene_does_not_repeat_its_reason() -> None:
    case = lung()
    loci = [
        dataclasses.replace(a, note="gene not in the annotation") if a.reason == "gene_not_in_annotation" else a
        for a in case.loci
    ]
    html = render(dataclasses.replace(case, loci=tuple(loci)))
    assert "the gene is not in the annotation in use" in html and "gene not in the annotation" not in html


@pytest.mark.parametrize("by_class", [False, True])
def test_every_gene_of_the_negatives_shows_its_limits(by_class: bool) -> None:
    case, times = colorectal(), 2 if by_class else 1
    limits_of = ((a, a.lod_vaf, a.lod_vaf and times * a.lod_vaf) for a in case.loci)
    loci = (dataclasses.replace(a, lod_vaf_mnv=limit, lod_vaf_indel=of_indels) for a, limit, of_indels in limits_of)
    case = dataclasses.replace(case, loci=tuple(loci))
    shown = re.findall(r"<li><strong>([^<]+)</strong><span>([^<]*)</span>", section(render(case), "negatives"))
    genes = {a.gene for a in case.loci if a.state is State.NOT_DETECTED}
    assert {gene for gene, _ in shown} == genes and len(genes) > 2
    for gene, limits in shown:
        assert [limit.endswith(" %") for limit in limits.split(" / ")] == [True] * (3 if by_class else 1), (gene, limits)


def test_negatives_leave_out_what_was_not_seen_and_show_the_worst_limit() -> None:
    case = lung()
    text = re.sub(r"\s+", " ", Page(section(render(case), "negatives")).text)
    worst = max(a.lod_vaf for a in case.loci if a.gene == "KRAS" and a.state is State.NOT_DETECTED)
    assert f"KRAS{percent_up(worst)} / " in text
    assert "p.12, p.13, p.59, p.61, p.117 (5 of 6 loci)" in text
    assert "MET" not in text and "SMO" not in text
    assert "Not detected is not absent" in text


def test_sensitivity_and_resistance_stand_apart_and_the_approved_test_is_noted() -> None:
    text = section(render(lung()), "findings")
    assert text.index("T790M") < text.index("▲ Sensitivity") < text.index("osimertinib<sup>†") < text.index("▼ Resistance")
    assert "A label asks for an approved test" in text
    assert "Evidence points both ways" in text
    assert "unresectable or metastatic" in text and "FDA" in text


def approved(*answers: str) -> str:
    """The findings of one variant with one therapy for each answer to whether its label asks for an approved test."""
    items = tuple(
        match(evidence(n, "BRAF", "p.Val600Glu", "MEL", Axis.SENSITIVITY, f"drug{n}", "A", approved_test=answer), "MEL")
        for n, answer in enumerate(answers)
    )
    item = finding("BRAF", "p.Val600Glu", "c.1799T>A", 612, 261, Tier.I, items)
    return section(render(dataclasses.replace(melanoma(), findings=(item,))), "findings")


def test_whether_a_label_asks_for_a_test_has_three_answers() -> None:
    text = approved("yes", "unknown", "no")
    assert "drug0<sup>†</sup>" in text and "drug1<sup>‡</sup>" in text and "drug2<sup>" not in text
    assert "A label asks" in text and "Not stated, or not known" in text
    assert "A label asks" not in approved("unknown") and "Not stated" in approved("unknown")
    assert "<sup>" not in approved("no")


def findings_of(*items) -> str:
    """The text of the section of findings of a lung cancer with one variant and this evidence."""
    case = dataclasses.replace(lung(), findings=(finding("EGFR", "p.A1B", "c.1A>T", 100, 30, Tier.I, items),))
    return re.sub(r"\s+", " ", Page(section(render(case), "findings")).text)


def test_every_own_therapy_of_level_a_is_listed_with_its_source_and_the_rest_by_name() -> None:
    own = [evidence(n, "EGFR", "codon 746", "NSCLC", Axis.SENSITIVITY, f"own{n}", "A") for n in range(9)]
    other = [evidence(20 + n, "EGFR", "codon 746", "BRCA", Axis.SENSITIVITY, f"other{n}", "A") for n in range(9)]
    weak = [evidence(40 + n, "EGFR", "codon 746", "NSCLC", Axis.SENSITIVITY, f"weak{n}", "D") for n in range(4)]
    text = findings_of(
        *(match(e, "LUAD", tumor="descendant") for e in (*own, *weak)),
        *(match(e, "LUAD", tumor="other_type", used="C") for e in other),
    )
    for n in range(9):
        assert f"Aown{n}" in text and f"Invented source {n}," in text
        assert (f"other{n}† (BRCA; EMA, FDA)" in text) == (n < 6)
    assert "and 3 more" in text, "of the nine therapies of level C"
    assert "weak" not in text and "+ 4 of level D" in text


def test_labels_stand_before_papers_and_further_papers_are_counted() -> None:
    def items(*sources: str):
        for n, source in enumerate(sources):
            e = evidence(n, "EGFR", "x", "NSCLC", Axis.SENSITIVITY, "drug", "A", source=source, source_date="2024")
            yield match(e, "LUAD", tumor="descendant")

    label = "Tagrisso (osimertinib) label, EMA, 2024"
    text = findings_of(*items("PMID 1", "PMID 2", label, "PMID 3"))
    assert "Tagrisso label, EMA, 2024 and 3 more" in text and "PMID" not in text
    text = findings_of(*items("PMID 1", "PMID 2", "PMID 3"))
    assert "PMID 1, 2024; PMID 2, 2024 and 1 more" in text and "PMID 3" not in text


def test_a_source_is_named_once_and_never_as_a_file() -> None:
    given = {"source": "NCCN guideline nscl_blocks.pdf, 2017", "source_date": "2017"}
    items = [match(evidence(n, "EGFR", "x", "NSCLC", Axis.RESISTANCE, "drug", "A", **given), "LUAD") for n in (1, 1)]
    assert [text for text, _ in sources(items)] == ["NCCN guideline, NSCLC, 2017"]
    label = {"source": "Tagrisso (osimertinib) label, FDA application 208065, 2024-09-25", "source_date": "2024-09-25"}
    item = evidence(1, "EGFR", "x", "NSCLC", Axis.SENSITIVITY, "drug", "A", **label)
    assert source_words(item) == label["source"]
    assert [text for text, _ in sources([match(item, "LUAD")])] == ["Tagrisso label, FDA 208065, 2024-09-25"]
    paper = evidence(1, "EGFR", "x", "NSCLC", Axis.SENSITIVITY, "drug", "A", source="PMID 1", source_date="2015")
    assert source_words(paper) == "PMID 1, 2015"
    file = evidence(1, "E", "x", "BRCA", Axis.SENSITIVITY, "d", "A", source="FDA label 103792s5345lbl.pdf, 2018-11-01")
    assert source_words(dataclasses.replace(file, source_date="2018-11-01")) == "label, FDA application 103792, 2018-11-01"


def test_codes_come_out_as_words() -> None:
    assert technical_words("artefact:mutect2_strand_bias,freebayes_x") == (
        "an artefact by a caller's model (mutect2: strand bias, freebayes: x)"
    )
    assert [technical_words("low_vaf"), technical_words("not_passed:mutect2_a_b")] == [
        "low vaf",
        "passed by no caller (mutect2: a b)",
    ]
    assert words("disruptive_inframe_deletion") == "in-frame deletion"
    html = render(melanoma())
    assert "promoter variant" in html and "upstream gene variant" not in html
    assert "non-Finnish European" in render(lung()) and "East Asian" in render(lung())
    text = re.sub(r"\s+", " ", Page(section(html, "methods")).text)
    assert "claimed limit, insertion or deletion 7.0 %" in text and "fewest variant fragments 8" in text
    assert "The panel answers forshort insertions and deletions, multi-base changes, single-base changes" in text


def test_the_tools_are_remarked_as_in_the_terminal() -> None:
    tools = (
        ToolVersion("python", "3.11.7", "3.11", "/bin/python", "all"),
        ToolVersion("bwa", "0.8", "0.7.17", "/bin/bwa", "reference;align"),
        ToolVersion("fastp", "", "0.23.2", "/bin/fastp", "reads"),
    )
    html = render(dataclasses.replace(melanoma(), tools=tools))
    text = re.sub(r"\s+", " ", Page(section(html, "methods")).text)
    assert "python3.11.73.11/bin/pythonall " in text, "3.11.7 is the tested 3.11"
    assert "bwa0.80.7.17/bin/bwareference; aligndiffers" in text
    assert "fastp–0.23.2/bin/fastpreadsno answer" in text
    assert "Tools to check: bwa (differs) and fastp (no answer)." in Page(section(html, "brief")).text


def test_what_the_sheets_leave_empty_is_left_out_of_the_head_and_the_date_is_in_it() -> None:
    case = melanoma()
    bare = dataclasses.replace(case, sample=dataclasses.replace(case.sample, accession="", collected=""))
    text = Page(section(render(bare, generated_on="2026-02-01"), "case_head")).text
    assert "Accession" not in text and "Collected" not in text and "–" not in text
    assert "Reported2026-02-01" in text and "Reported" not in Page(section(render(bare), "case_head")).text


def test_the_config_decides_which_tiers_stand_open() -> None:
    def opened(*tiers: str) -> set[str]:
        return {a["id"] for a in Page(render(lung(), tiers)).all("section")} & {"findings", "uncertain", "benign"}

    assert opened("I", "II", "III") == {"findings", "uncertain"}
    assert opened("I") == {"findings"}
    assert opened("I", "II", "III", "IV") == {"findings", "uncertain", "benign"}
    assert opened() == set()
    assert "p.Pro72Arg" in render(lung(), ()), "folded, never left out"


def test_a_real_case_carries_no_synthetic_mark_and_a_draft_says_so() -> None:
    real = dataclasses.replace(melanoma(), synthetic=False)
    assert "SYNTHETIC" not in render(real)
    assert render(melanoma()).count("SYNTHETIC") == 3  # first page, watermark, page margin
    assert "draft until it is reviewed and signed" in render(real)
    assert "draft until" not in render(dataclasses.replace(real, status="FINAL"))


def test_the_head_carries_case_and_digest_for_the_completeness_check() -> None:
    html = render(melanoma())
    assert '<meta name="tierline:case" content="MEL-01.hotspot50_tert">' in html
    assert f'<meta name="tierline:panel-digest" content="{melanoma().panel.digest}">' in html


def test_the_head_says_which_report_it_is_and_of_which_case_file() -> None:
    html = render(melanoma(), generated_on="2026-01-20", number=3)
    assert '<meta name="tierline:number" content="3">' in html
    assert '<meta name="tierline:made-on" content="2026-01-20">' in html
    digest = sha256(to_json(melanoma()).encode()).hexdigest()
    assert f'<meta name="tierline:case-file" content="{digest}">' in html


def test_what_changed_stands_below_the_findings_and_is_named_on_top() -> None:
    row = Change("tier", "BRAF p.Val600Glu", "", "II C", "I A")
    since = (Since(2, "2026-01-21", "DRAFT", ()), Since(1, "2026-01-20", "FINAL", (row,)), Since(0, "", "DRAFT", None))
    page = render(melanoma(), number=3, since=since)
    top = words_of(page).partition("Tumour type")[0]
    assert "Report 3 of this case. What changed since report 2 (DRAFT, 2026-01-21), and since report 1" in top
    said = words_of(page, "changes")
    assert "Since report 2, DRAFT, made on 2026-01-21 Nothing that the report says." in said
    assert "Since report 1, FINAL, made on 2026-01-20 What Of From To tier BRAF p.Val600Glu II C I A" in said
    assert said.endswith("what changed cannot be told.")
    assert page.index('id="findings"') < page.index('id="changes"') < page.index('id="negatives"')
    first = render(melanoma())
    assert words_of(first, "changes") == "" and "What changed" not in words_of(first)


def test_clinvar_says_what_it_holds_of_the_line_and_of_tumours() -> None:
    case = lung()
    rows = [row for row in case.findings if row.finding.clinvar]
    [row] = rows
    seen = dataclasses.replace(row.finding, clinvar_oncogenicity="Likely_benign|1|Lung_neoplasm")
    changed = tuple(dataclasses.replace(item, finding=seen) if item is row else item for item in case.findings)
    text = " ".join(Page(render(dataclasses.replace(case, findings=changed))).text.split())
    assert "ClinVar Benign, 2 stars" in text and "ClinVar, in tumours: Likely benign, 1 stars (Lung neoplasm)" in text
    assert "in tumours" not in Page(render(case)).text


def test_clinvar_clinical_impact_is_shown_with_the_working_and_does_not_count() -> None:
    case = lung()
    first = case.findings[0]
    impact = "Tier_I_-_Strong|criteria_provided,_single_submitter|Lung_cancer,Melanoma"
    seen = dataclasses.replace(first, finding=dataclasses.replace(first.finding, clinvar_impact=impact))
    text = " ".join(Page(render(dataclasses.replace(case, findings=(seen, *case.findings[1:])))).text.split())
    assert (
        "ClinVar, clinical impact in tumours: Tier I - Strong (Lung cancer, Melanoma; criteria provided, single submitter)"
        "; shown, not counted." in text
    )
    assert "clinical impact" not in Page(render(case)).text


def test_one_caller_and_the_normal_are_named_at_the_finding() -> None:
    assert "one caller only (mutect2)" in render(lung())
    assert "in the normal 0 of 288" in re.sub(r"\s+", " ", Page(render(melanoma())).text)


@pytest.mark.parametrize(
    ("role", "source", "said"),
    [
        ("oncogene", "PMID 1", "· oncogene (PMID 1)"),
        ("", "no source read states it", "· role of the gene not known: no source read states it"),
        ("", "", "· role of the gene not known"),
    ],
)
def test_the_trace_tells_the_role_with_its_source_or_that_it_is_not_known(role: str, source: str, said: str) -> None:
    case = melanoma()
    first = dataclasses.replace(case.findings[0], gene_role=role, gene_role_source=source)
    page = render(dataclasses.replace(case, findings=(first, *case.findings[1:])))
    assert said in words_of(page, "trace")


def test_the_trace_tells_oncogenicity_by_its_criteria() -> None:
    """Met criteria with points and reason; those not met by name; those not assessed once for each reason."""
    criteria = (
        Criterion("OS2", "met", 4, "gain of function: PMID 1"),
        Criterion("OS3", "not_met", 0, "at no recurrent residue"),
        Criterion("SBS1", "met", -4, "above 1 %"),
        Criterion("OP1", "not_assessed", 0, "no prediction"),
        Criterion("SBP1", "not_assessed", 0, "no prediction"),
    )
    case = melanoma()
    first = dataclasses.replace(case.findings[0], oncogenicity=Oncogenicity(0, "vus", criteria))
    page = render(dataclasses.replace(case, findings=(first, *case.findings[1:])))
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert (
        "Oncogenicity: vus , 0 points (ClinGen/CGC/VICC standard). OS2 +4: gain of function: PMID 1 SBS1 -4: above 1 %"
        in text
    )
    assert "Not met: OS3. Not assessed: OP1, SBP1 (no prediction)." in text
    assert "Oncogenicity" not in render(case)  # where it was not assessed


# --------------------------------------------------------------------------- reviews, trials, frequencies


def words_of(page: str, name: str = "") -> str:
    """The words of a page or of one of its sections, with a blank between elements; "" where it is left out."""
    inner = re.search(rf'<(section|details) id="{name}" class="section">(.*?)</\1>', page, re.DOTALL) if name else None
    shown = inner[2] if inner else "" if name else page
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", shown)).split())


def test_a_review_is_seen_beside_the_engines_word() -> None:
    page = render(signed())
    said = "Tier I by the reviewer, Tier II by the engine (Dr Example, 2026-01-20: Criterion of the local guideline)"
    findings = words_of(page, "findings")
    assert said in findings and said in words_of(page, "trace")
    assert "I engine: II level C PIK3CA p.Glu545Lys" in findings and findings.count("engine: II") == 1
    assert "The engine: Tier II by level C evidence" in findings
    assert "comment: Seen in the primary too (Dr Example, 2026-01-20)" in findings
    rows = words_of(page, "review")
    assert "PIK3CA p.Glu545Lys tier II I Criterion of the local guideline Dr Example 2026-01-20" in rows
    assert "the case comment – Discussed in the tumour board – Dr Example 2026-01-20" in rows


def test_what_is_held_back_stands_only_where_it_says_so() -> None:
    page = render(signed())
    held = "held back by the reviewer, Tier III by the engine (Dr Example, 2026-01-20: One caller, 27 fragments"
    assert held in words_of(page, "withheld") and "TP53 p.Arg175His R175H" in words_of(page, "withheld")
    for name in ("conclusion", "findings", "uncertain", "fractions", "reads", "trace", "benign"):
        assert words_of(page, name) and "Arg175His" not in words_of(page, name) and "R175H" not in words_of(page, name)
    assert "p.175" in words_of(page, "not_assessed") and "held back by the reviewer" in words_of(page, "not_assessed")
    of_tp53 = re.search(r"TP53 [^T]*?\(31 of 32 loci\)", words_of(page, "negatives"))
    assert of_tp53 and "p.175" not in of_tp53[0]


def test_who_signed_stands_at_both_ends_and_the_digest_at_the_last() -> None:
    case = signed()
    page = render(case)
    text = words_of(page)
    assert "FINAL signed by Dr Example, 2026-01-21" in text and "not signed" not in text
    use = words_of(page, "use")
    assert f"Status FINAL. Digest of its content, under which it is signed: {case.content}" in use
    assert "Reviewed and signed by Dr Example Date 2026-01-21" in use
    assert f'<meta name="tierline:content" content="{case.content}">' in page
    assert '<meta name="tierline:status" content="FINAL">' in page
    draft = render(dataclasses.replace(case, status="DRAFT"))  # the signature was withdrawn
    assert "Reviewed and signed by Date" in words_of(draft, "use") and "DRAFT not signed" in words_of(draft)


def test_without_a_review_nothing_speaks_of_one() -> None:
    page = render(colorectal())
    assert words_of(page, "review") == words_of(page, "withheld") == words_of(page, "trials") == ""
    assert "eviewer" not in Page(page).text


def test_trials_of_counting_evidence_of_level_c_are_named_with_their_dates() -> None:
    text = words_of(render(trial()), "trials")
    assert text.count("NCT00000001") == 2, "once as trial, once in its source; not for level A"
    assert (
        "NCT00000001 TERT c.-124C>T TERT c.-124C>T MEL prognostic (worse) PMID 1; NCT00000001, 2024-05 2026-01-15" in text
    )
    assert "may have closed" in text and "who is eligible is the trial’s to judge" in text
    case = trial()
    tert = case.findings[1]
    spent = dataclasses.replace(tert, trace=(dataclasses.replace(tert.trace[0], level_used=""),))
    assert words_of(render(dataclasses.replace(case, findings=(spent,))), "trials") == ""


@pytest.mark.parametrize(
    ("af", "group", "alleles", "said"),
    [
        (None, "", None, "frequency not looked up"),
        (0.0, "", None, "not in the population data"),
        (0.004, "eas", 2000, "0.4 % in East Asian, 2\u202f000 alleles"),
        (0.004, "eas", 1999, "0.4 % in East Asian, 1\u202f999 alleles: too few to call it rare"),
        (0.0001, "", 152000, "0.01 % in the population, 152\u202f000 alleles"),
        (0.71, "nfe", None, "71 % in non-Finnish European, number of alleles not given"),
    ],
)
def test_a_frequency_has_its_group_and_its_alleles(af: float | None, group: str, alleles: int | None, said: str) -> None:
    f = lung().findings[0].finding
    f = dataclasses.replace(f, population_af=af, population_group=group, population_an=alleles)
    assert frequency(f) == said
    item = dataclasses.replace(lung().findings[0], finding=f)
    page = words_of(render(dataclasses.replace(lung(), findings=(item,))), "findings")
    assert (" ".join(said.split()) in page) == bool(af)


def test_the_coding_sequence_is_drawn_with_its_holes_named() -> None:
    html = render(melanoma())
    text = html.partition('id="coding"')[2].partition("</details>")[0]
    assert (
        "Of the coding bases of the panel's genes, 150 are among the assay's targets. At 120 of them a variant of 5 %"
        in text
    )
    assert "exon 1, codons 41–50" in text and "chr7:1120–1149, 30×" in text
    assert "outside the assay: exon 2" in text and "outside the assay: all" in text
    assert text.count("<svg") == 2 and '<td class="n">50.0 %</td><td' in text.replace("\n", "")
