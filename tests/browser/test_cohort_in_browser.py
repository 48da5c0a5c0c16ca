"""The page of a cohort and the dashboard in Chromium, offline, with hundreds of cases: they load, scroll and respond."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from chromium import ASKED, BROWSER, Browse, console, with_script
from report_cases import colorectal, hostile, lung, melanoma, signed
from tierline import dashboard
from tierline.case import Case
from tierline.cohort import ANSWERS, KINDS, Row, gene_rows, render, row_of, unfinished_row
from tierline.paths import RESOURCES
from tierline.records import SamplePair, Tier

pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="no Chromium on PATH: cohort and dashboard are not tried in a browser"
)

MANY, MOST = 200, 1000  # cases
PATIENCE = 60  # seconds for Chromium to start and a page of that many to be ready, on a machine that is busy


def cohort(number: int) -> list[Row]:
    """As many cases: three invented ones by turns, under names of their own, and one that is not finished."""
    rows = [row_of(case) for case in (lung(), melanoma(), colorectal())]
    named = [replace(rows[n % 3], sample=f"S{n:04d}", link=f"report/S{n:04d}.html") for n in range(number - 1)]
    return [*named, unfinished_row(dashboard.unfinished_results("T9", "mini", []))]


def after(browse: Browse, page: str, script: str) -> dict[str, str]:
    """What a script leaves in ``told`` after it ran on the page, that asked for nothing and left the console empty."""
    script = f"const told = {{}}; {script} told.asked = {ASKED}.join(); document.body.dataset.told = JSON.stringify(told);"
    result = browse(with_script(page, script), "--dump-dom", "--window-size=1400,1000")
    assert console(result) == []
    [told] = re.findall(r'data-told="(.*?)"', result.stdout)
    found: dict[str, str] = json.loads(told.replace("&quot;", '"').replace("&amp;", "&"))
    assert found.pop("asked") == ""
    return found


def test_a_request_that_leaves_would_be_noticed(browse: Browse) -> None:
    late = f"addEventListener('load', () => {{ document.body.dataset.asked = {ASKED}; }});"
    page = f'<body><img src="https://example.org/a.png"><script>{late}</script></body>'
    assert 'data-asked="https://example.org/a.png"' in browse(page, "--dump-dom").stdout


@pytest.mark.parametrize(
    "rows",
    [
        lambda: [row_of(lung(), "report/a.html")],
        lambda: [row_of(hostile()), row_of(signed())],
        lambda: cohort(1),
        lambda: cohort(MOST),
        list,
    ],
    ids=["one", "hostile", "unfinished", "many", "none"],
)
def test_the_page_runs_offline_without_errors_under_its_policy(browse: Browse, rows: Callable[[], list[Row]]) -> None:
    result = browse(render(rows()), "--dump-dom")
    assert console(result) == []
    assert '<html lang="en" class="js">' in result.stdout, "the page's own script ran"


def test_no_two_answers_kinds_or_tiers_look_alike(browse: Browse) -> None:
    """Above all, nothing looks like a gene where nothing was found. Also in a small picture, and in shades of grey."""
    script = """
      const grey = (paint, side) => {
        const sign = document.createElement("canvas");
        const pen = pencil(sign, 30, 30);
        pen.fillStyle = "#fff";
        pen.fillRect(0, 0, 30, 30);
        paint(pen, side);
        const {data: p} = pen.getImageData(0, 0, 30, 30);
        return Array.from({length: 900}, (_, n) => Math.round(0.3 * p[4 * n] + 0.59 * p[4 * n + 1] + 0.11 * p[4 * n + 2]));
      };
      for (const side of [7, 16]) {
        told["answers" + side] = data.states.map((_, n) => grey((pen) => drawAnswer(pen, 1, 1, side, n), side));
        told["lower" + side] = [() => {}, (pen) => drawLower(pen, 1, 1, side)].map((paint) =>
          grey((pen) => { drawAnswer(pen, 1, 1, side, 0); paint(pen); }, side));
        told["tiers" + side] = data.tiers.map((_, n) => grey((pen) => drawFinding(pen, 1, 1, side, n, 0, false), side));
        told["kinds" + side] = data.kinds.map((_, n) => grey((pen) => drawFinding(pen, 1, 1, side, 0, n, false), side));
      }
    """
    told = after(browse, render([row_of(lung())]), script)
    assert [len(told[f"{what}16"]) for what in ("answers", "tiers", "kinds")] == [len(ANSWERS), len(Tier), len(KINDS)]
    compared = 0
    for name, drawn in told.items():
        for (a, one), (b, other) in combinations(enumerate(drawn), 2):
            unlike = sum(abs(int(x) - int(y)) > 12 for x, y in zip(one, other, strict=True))
            assert unlike >= 4, (name, a, b, unlike)
            compared += 1
    print(f"{compared} pairs compared, 0 skipped")


def test_filters_choose_cases_and_the_counts_follow(browse: Browse) -> None:
    rows = cohort(MANY)
    script = """
      const set = (id, value) => { byId(id).value = value; byId(id).dispatchEvent(new Event("input")); };
      const shown = () => rows.filter((row) => !row.hidden).length;
      told.all = shown();
      set("type", "LUAD");
      told.lung = shown();
      told.count = byId("count").textContent;
      told.genes = Object.fromEntries(geneRows.map((row) =>
        [row.cells[0].textContent, Array.from(row.cells).slice(1).map((cell) => Number(cell.textContent))]));
      set("words", "egfr s0003");
      told.words = shown();
      set("type", ""); set("words", ""); set("verdict", "fail");
      told.failed = rows.filter((row) => !row.hidden).map((row) => row.dataset.case).join(",");
      told.cases = cases.length;
    """
    told = after(browse, render(rows), script)
    lungs = [row for row in rows if row.tumor_type == "LUAD"]
    assert (told["all"], told["lung"], told["words"]) == (MANY, len(lungs), 1)
    assert str(told["count"]).startswith(f"{len(lungs)} of {MANY} cases, ")
    counted = {row.gene: [row.tiers.get(tier, 0) for tier in Tier] + [row.answers.get(state, 0) for state in ANSWERS]
               for row in gene_rows(lungs)}  # fmt: skip
    shown = {gene: told["genes"][gene] for gene in counted}  # type: ignore[index]
    assert shown == counted
    assert told["failed"] == ",".join(row.name for row in rows if row.verdict == "fail")
    assert "T9.mini" in str(told["failed"])


def test_orders_of_cases_and_genes(browse: Browse) -> None:
    script = """
      const set = (id, value) => { byId(id).value = value; byId(id).dispatchEvent(new Event("input")); };
      told.stairs = cases.map((one) => rows[one].dataset.type).join(" ");
      set("cases-by", "verdict");
      told.verdicts = cases.map((one) => rows[one].dataset.verdict).join(" ");
      set("cases-by", "name");
      told.names = cases.map((one) => names[one]).join(" ");
      set("genes-by", "name"); set("which", "all");
      told.genes = genes.map((gene) => data.genes[gene]).join(" ");
      document.querySelector("#genes thead button").click();
      set("which", "found");
      told.sorted = Array.from(document.querySelectorAll("#genes tbody th"), (cell) => cell.textContent).join(" ");
    """
    rows = cohort(10)
    told = after(browse, render(rows), script)
    stairs = told["stairs"].split(" ")
    assert sum(a != b for a, b in pairwise(stairs)) == 3, "cases with the same findings stand together"
    order = ["fail", "warn", "not_given", "pass"]
    assert told["verdicts"].split() == sorted(told["verdicts"].split(), key=order.index)
    assert told["names"].split() == sorted(row.name for row in rows)
    everything = sorted(row.gene for row in gene_rows(rows))
    assert told["genes"].split() == everything and told["sorted"].split() == everything


def test_the_keyboard_reads_cells_and_opens_reports(browse: Browse) -> None:
    script = """
      const press = (key) => byId("scroll").dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
      const said = () => byId("said").textContent;
      byId("cases-by").value = "name";
      choose();
      press("ArrowRight");
      told.first = said();
      press("ArrowRight");
      told.second = said();
      press("End");
      told.last = said();
      told.link = byId("said").querySelector("a")?.getAttribute("href") ?? "none";
      press("Home");
      for (let n = 0; n < 99; n += 1) press("PageDown");
      told.lowest = String(at);
      told.end = String([0, genes.length - 1]);
      rows[0].querySelector("a").addEventListener("click", (event) => { event.preventDefault(); told.opened = names[0]; });
      press("Enter");
    """
    told = after(browse, render(cohort(MANY)), script)
    assert re.match(r"\w+ in S0000\.hotspot50_tert \(LUAD\): ", told["first"]), told["first"]
    assert re.match(r"\w+ in S0001\.hotspot50_tert \(MEL\): ", told["second"]), told["second"]
    assert "in T9.mini" in told["last"] and "not finished" in told["last"] and told["link"] == "none"
    assert told["lowest"] == told["end"] and told["opened"] == "S0000.hotspot50_tert"


def test_a_thousand_cases_load_and_scroll(browse: Browse) -> None:
    script = """
      const dark = () => {
        const pen = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height })
          .getContext("2d", { willReadFrequently: true });
        pen.drawImage(canvas, 0, 0);
        const {data: p} = pen.getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let n = 0; n < p.length; n += 4) count += p[n] < 180 && p[n + 3] > 0;
        return count;
      };
      byId("which").value = "all";
      choose();
      told.start = dark();
      scroll.scrollLeft = 1e9;
      scroll.scrollTop = 1e9;
      const began = performance.now();
      draw();
      told.drawn = performance.now() - began;
      told.end = dark();
      told.wide = canvas.width;
      told.view = scroll.clientWidth;
    """
    page = render(cohort(MOST))
    began = time.monotonic()
    told = {name: float(value) for name, value in after(browse, page, script).items()}
    took = time.monotonic() - began
    print(f"{len(page.encode()):,} bytes, in and out of Chromium in {took:.1f} s, drawn again in {told['drawn']:.0f} ms")
    assert told["start"] > 2000 and told["end"] > 2000, "something is drawn at both ends"
    assert told["wide"] <= told["view"], "only what is in view"
    assert took < PATIENCE and told["drawn"] < 2000
    assert len(page.encode()) < 3_000_000


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext on PATH: the printed page is not read")
def test_it_prints(browse: Browse, tmp_path: Path) -> None:
    pdf = tmp_path / "cohort.pdf"
    browse(render(cohort(30)), f"--print-to-pdf={pdf}", "--no-pdf-header-footer")
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
    for n in range(29):
        assert f"S{n:04d}.hotspot50_tert" in text
    assert "SYNTHETIC" in text and 2 <= text.count("\f") <= 6


# --------------------------------------------------------------------------- the dashboard


@pytest.fixture(scope="module")
def dashboard_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The dashboard of our own sections, of MANY samples."""
    folder = tmp_path_factory.mktemp("dashboard")
    cases = [named(case, f"S{n:04d}") for n in range(MANY) for case in [(lung(), melanoma(), colorectal())[n % 3]]]
    samples = [case.sample.sample for case in cases]
    pairs = [SamplePair(a, b, False, 40, -9.0, "pass", None) for a in samples for b in samples if a != b]
    patients = {name: name for name in samples}
    summaries = list(map(dashboard.summary, cases))
    sections = {
        "results": dashboard.result_table([case.results for case in cases]),
        "holes": dashboard.hole_map(summaries),
        "states": dashboard.state_table(samples, (), ()),
        "samples": dashboard.sample_table(summaries, ()),
        "identity": dashboard.identity_table(patients, pairs),
        "lods": dashboard.lod_map(patients, pairs),
        "verdicts": dashboard.verdict_table(summaries),
        "reasons": dashboard.reason_table(summaries),
        "versions": dashboard.version_table(summaries),
    }
    for name, text in sections.items():
        (folder / f"tierline_{name}_mqc.json").write_text(text, encoding="utf-8")
    command = [str(Path(sys.executable).with_name("multiqc")), "--no-ansi", "--config", str(RESOURCES / "multiqc.yaml")]
    command += ["--cl-config", f"custom_css_files: ['{RESOURCES / 'multiqc.css'}']", "--filename", "multiqc.html", "."]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=600)
    return (folder / "multiqc.html").read_text(encoding="utf-8")


def named(case: Case, sample: str) -> Case:
    """A case under another name, wherever the dashboard reads it."""
    return replace(
        case,
        sample=replace(case.sample, sample=sample),
        results=tuple(replace(row, sample=sample) for row in case.results),
        verdicts=tuple(replace(row, sample=sample) for row in case.verdicts),
    )


def test_the_dashboard_of_many_samples_loads_scrolls_and_asks_nothing_of_the_network(
    browse: Browse, dashboard_page: str
) -> None:
    script = """
      const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      addEventListener("load", async () => {
        const told = {};
        await wait(1000);
        document.getElementById("tierline_holes_plot").scrollIntoView({ behavior: "instant" });
        await wait(2000); // a map is drawn when it comes into view
        told.map = document.querySelectorAll("#tierline_holes_plot .main-svg").length;
        const top = (id) => document.getElementById(`mqc-module-section-${id}`)?.getBoundingClientRect().top ?? -1;
        told.order = ["tierline_results", "tierline_holes", "tierline_states"].map(top);
        scrollTo({ top: document.body.scrollHeight, behavior: "instant" });
        told.scrolled = scrollY;
        told.rows = document.querySelectorAll("#tierline_results_table_table tbody tr").length;
        told.asked = ASKED;
        document.body.dataset.told = JSON.stringify(told);
      });
    """
    head, _, tail = dashboard_page.rpartition("</body>")
    page = f"{head}<script>{script.replace('ASKED', ASKED)}</script></body>{tail}"
    result = browse(page, "--dump-dom", "--window-size=1400,1000", "--virtual-time-budget=20000")
    assert console(result) == []
    told = json.loads(re.findall(r'data-told="(.*?)"', result.stdout)[0].replace("&quot;", '"'))
    print(f"{len(page.encode()):,} bytes, {told}")
    assert told["asked"] == []
    assert told["rows"] == MANY and told["scrolled"] > 3000
    assert told["order"][0] < told["order"][1] < told["order"][2]
    assert told["map"] >= 1
