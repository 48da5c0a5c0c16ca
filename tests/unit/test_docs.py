"""The generated page of tables and vocabularies, and the pages that are written by hand beside it."""

from __future__ import annotations

import ast
import dataclasses
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from tierline import alterations, callability, case, curation, docs, filters, tiers
from tierline.paths import ROOT
from tierline.records import EvidenceMatch, State

sys.path.insert(0, str(Path(__file__).parents[1]))

import report_cases

SCRIPTS = ROOT / "workflow" / "scripts"
PAGES = sorted(
    path
    for path in (ROOT / name for name in ("README.md", "CHANGELOG.md", "docs", "config", "resources"))
    for path in (path.rglob("*.md") if path.is_dir() else [path])
)
TABLES = (*docs.RESULTS, *docs.RESOURCES)


@pytest.mark.parametrize("page", docs.PAGES, ids=lambda path: path.name)
def test_the_generated_pages_are_current(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == docs.PAGES[page](), "python -m tierline.docs writes it anew"


def test_the_page_on_knowledge_shows_levels_and_gaps() -> None:
    assert (docs._levels(["A", "", "", "C"]), docs._levels(None)) == ("`A··C`", "")
    assert docs._genes_by_level(["D", "A", "", "D"]) == "A 1, D 2"
    text = docs.knowledge_page()
    rows = {line.split(" | ")[0].strip("| *"): line for line in text.splitlines() if line.startswith("|")}
    head = rows["gene"].split(" | ")
    skin = rows["BRAF"].split(" | ")[head.index("`SKIN`")]
    assert skin.startswith("`A"), "dabrafenib + trametinib in melanoma is approved"
    assert "`" not in rows["BRAF"].split(" | ")[head.index("`CERVIX`")]
    assert all(f"**{gene}**" in text for gene in ("TP53", "KDR")), "panel genes stand there, with evidence or without"


def test_every_file_of_code_says_what_it_is_for() -> None:
    files = [*docs.rule_files(), *SCRIPTS.rglob("*.py")]
    assert len(files) >= 60
    assert [str(path) for path in files if path.read_text().strip() and not docs.first_line(path)] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.path)
def test_every_column_says_what_it_means(table: docs.Table) -> None:
    names = [field.name for field in dataclasses.fields(table.record) if field.name not in table.without]
    assert names
    assert [name for name in names if not docs.meaning(table, name)] == []


def test_a_comment_is_taken_from_its_own_line() -> None:
    findings = docs.RESULTS[0]
    assert docs.meaning(findings, "tier") == "AMP/ASCO/CAP"
    assert docs.meaning(findings, "exon") == '"15/18", else empty', "Finding has no comment there; the ledger has"
    assert docs.meaning(docs.RESULTS[1], "lod_vaf").startswith("smallest VAF of a single-base change")


def written_records() -> set[str]:
    """The records that some code of ours writes as a table: the second argument of every call of write_rows."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in SCRIPTS.rglob("*.py")]
    rules = "\n".join(path.read_text() for path in [ROOT / "Snakefile", *(ROOT / "workflow" / "rules").rglob("*.smk")])
    calls = [
        node.args[1].id
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "write_rows"
        and isinstance(node.args[1], ast.Name)
    ]
    return {*calls, *re.findall(r"write_rows\([^,]+, (\w+),", rules)}


def test_every_table_that_is_written_is_described() -> None:
    written = written_records()
    assert len(written) >= 8
    assert written <= {table.record.__name__ for table in (*docs.RESULTS, *docs.RESOURCES)}


@pytest.mark.parametrize("table", docs.RESOURCES, ids=lambda table: table.path)
def test_the_resource_tables_have_these_columns(table: docs.Table) -> None:
    files = list(ROOT.glob(re.sub(r"<\w+>", "*", table.path)))
    assert files
    names = [field.name for field in dataclasses.fields(table.record) if field.name not in table.without]
    for path in files:
        header = next(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
        assert header.split("\t") == names, path


# --------------------------------------------------------------------------- vocabularies that docs.py words itself


def test_states_levels_and_matches_are_those_of_the_code() -> None:
    assert list(docs.STATES) == [state.value for state in State]
    assert list(docs.LEVELS) == list(tiers.TIER_OF_LEVEL)
    assert list(docs.MATCH_WORDS) == [*alterations.MATCHES, "context"]
    assert set(docs.TUMOR_MATCH_WORDS) == set(tiers.TUMOR_MATCHES)


def function(module: ModuleType, name: str) -> ast.FunctionDef:
    """The syntax tree of a module's function."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    return next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)


def words(value: ast.expr) -> set[str]:
    """The texts that an expression can be."""
    if isinstance(value, ast.IfExp):
        return words(value.body) | words(value.orelse)
    return {value.value} if isinstance(value, ast.Constant) and isinstance(value.value, str) else set()


def test_fates_are_those_of_the_code() -> None:
    returned = [node.value for node in ast.walk(function(filters, "_fate")) if isinstance(node, ast.Return)]
    assert set().union(*(words(value.elts[0]) for value in returned)) == set(docs.FATES)  # type: ignore[union-attr]
    ledger = next(table for table in docs.RESULTS if table.path.endswith(".ledger.tsv"))
    assert docs.meaning(ledger, "fate").split(" | ") == list(docs.FATES)


def test_reasons_of_an_answer_are_those_of_the_code() -> None:
    """callability._assess returns state, reason, note; a review gives one more."""
    returned = [node.value for node in ast.walk(function(callability, "_assess")) if isinstance(node, ast.Return)]
    reasons = set().union(*(words(value.elts[1]) for value in returned)) - {""}  # type: ignore[union-attr]
    assert reasons | {curation.HELD} == set(case.REASONS)


def test_labels_of_the_tier_engine_are_all_worded() -> None:
    source = Path(tiers.__file__).read_text(encoding="utf-8")
    written = set(re.findall(r'labels(?:\.append\(|, )"(\w+)"', source))
    assert written == set(docs.TIER_LABELS)


# --------------------------------------------------------------------------- pages written by hand


CASE_PAGE = ROOT / "docs" / "case.md"


def test_the_page_of_the_case_file_names_every_key() -> None:
    head, _, trace = CASE_PAGE.read_text(encoding="utf-8").partition("## The trace")
    assert keys_told(head) == [field.name for field in dataclasses.fields(case.Case)]
    assert sorted(keys_told(trace)) == sorted(field.name for field in dataclasses.fields(EvidenceMatch))


def keys_told(text: str) -> list[str]:
    """The keys in the first column of a page's tables."""
    return [key for cell in re.findall(r"^\| (`.+?) \|", text, re.MULTILINE) for key in re.findall(r"`(\w+)`", cell)]


def test_the_example_of_the_case_page_runs(tmp_path, monkeypatch, capsys) -> None:
    example = re.search(r"```python\n(.*?)```", CASE_PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert example
    path = re.search(r'open\("(.+?)"', example[1])
    assert path
    given = report_cases.lung()
    (tmp_path / path[1]).parent.mkdir(parents=True)
    (tmp_path / path[1]).write_text(case.to_json(given), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec(example[1], {})
    assert len(capsys.readouterr().out.splitlines()) == len(given.findings) > 0


def test_the_page_for_developers_names_files_that_are_there() -> None:
    text = (ROOT / "docs" / "develop.md").read_text(encoding="utf-8")
    names = {name for name in re.findall(r"`([\w./-]+\.(?:py|smk|md|yaml|xml|lock|png|json|tsv|toml))`", text)}
    places = (ROOT, ROOT / "workflow/rules", SCRIPTS, SCRIPTS / "tierline", ROOT / "resources/knowledge")
    print(f"{len(names)} names looked at, 0 skipped")
    assert len(names) >= 40
    assert [name for name in names if not any((place / name).exists() for place in places)] == []


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        linked = page if not name else (page.parent / name)
        assert linked.exists(), f"{target} is not there"
        assert not anchor or anchor in anchors(linked), f"{target}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_name_no_folder_of_this_machine(page: Path) -> None:
    assert str(ROOT) not in page.read_text(encoding="utf-8")
