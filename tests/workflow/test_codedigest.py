"""Which edits of our modules rerun which rules: the digests of the scripts, on a copy of the package."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tierline import codedigest
from tierline.codedigest import code_digest, code_files
from tierline.paths import ROOT

RULES = ROOT / "workflow/rules"
WITHOUT = {"fetch_reference", "fetch_resource"}  # an edit of ours is no reason to download a genome again


@pytest.fixture(scope="module")
def before() -> dict[str, str]:
    """The digests of the package as it is."""
    return digests(ROOT / "workflow/scripts")


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of ``workflow/scripts`` in whose place the digests are taken."""
    folder = tmp_path / "scripts"
    shutil.copytree(ROOT / "workflow/scripts", folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(codedigest, "PACKAGE", folder / "tierline")
    yield folder


def digests(scripts: Path) -> dict[str, str]:
    """The digest of every script, with nothing remembered."""
    codedigest._read.cache_clear()
    return {path.stem: code_digest(path) for path in sorted(scripts.glob("*.py"))}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    assert before.keys() == after.keys() and len(before) >= 8
    return {name for name in before if before[name] != after[name]}


def append(path: Path, text: str) -> None:
    with open(path, "a", encoding="utf-8") as handle:
        handle.write(text)


def test_every_script_rule_passes_the_digest_of_its_script() -> None:
    compared = 0
    for path in sorted(RULES.rglob("*.smk")):
        for rule in re.split(r"^rule ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            script = re.search(r'script:\n(?: +#.*\n)* +"[./]*scripts/(\w+)\.py"', rule)
            assert bool(script) == ("script:" in rule), rule
            if script and rule.split(":")[0] not in WITHOUT:
                assert f'code=code("{script[1]}")' in rule, f"{path.name}: {rule.split(':')[0]}"
                compared += 1
    print(f"{compared} script rules compared, {len(WITHOUT)} skipped (downloads)")
    assert compared >= len(list((ROOT / "workflow/scripts").glob("*.py"))) - len(WITHOUT) >= 8


def test_a_digest_is_the_same_in_every_process(before: dict[str, str]) -> None:
    """Sets are ordered anew in each process; the digest must not follow."""
    code = "import sys; from tierline.codedigest import code_digest; print(*map(code_digest, sys.argv[1:]))"
    command = [sys.executable, "-c", code, *(str(ROOT / f"workflow/scripts/{name}.py") for name in before)]
    for seed in ("1", "2", "3"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT / "workflow/scripts")}
        done = subprocess.run(command, env=environment, text=True, capture_output=True, check=True)
        assert dict(zip(before, done.stdout.split(), strict=True)) == before
    print(f"{len(before)} digests compared in 3 processes, 0 skipped")


def test_comments_and_docstrings_rerun_nothing(scripts: Path, before: dict[str, str]) -> None:
    edited = 0
    for path in scripts.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if text.startswith('"""'):
            text = text.replace('"""', '"""In other words. ', 1)
        path.write_text(f"# a remark\n{text}\n\n# the end\n", encoding="utf-8")
        edited += 1
    assert changed(before, digests(scripts)) == set()
    print(f"{edited} files edited, {len(before)} digests compared, 0 skipped")
    assert edited >= 40


@pytest.mark.parametrize(
    "part", ["view.py", "sections/limits.py", "templates/report.css", "templates/sections/limits.html"]
)
def test_the_report_reruns_reports_alone(scripts: Path, before: dict[str, str], part: str) -> None:
    append(scripts / "tierline/report" / part, "\nADDED = 1\n")
    assert changed(before, digests(scripts)) == {"report_render"}


@pytest.mark.parametrize("part", ["__init__.py", "templates/cohort.css", "templates/cohort.html", "templates/cohort.js"])
def test_the_page_of_the_cohort_reruns_no_report(scripts: Path, before: dict[str, str], part: str) -> None:
    append(scripts / "tierline/cohort" / part, "\nADDED = 1\n")
    assert changed(before, digests(scripts)) == {"multiqc_tabulate"}


def test_how_tables_sort_concerns_report_and_cohort(scripts: Path, before: dict[str, str]) -> None:
    append(scripts / "tierline/pages/sort.js", "\nADDED = 1\n")
    assert changed(before, digests(scripts)) == {"report_render", "multiqc_tabulate"}


def test_how_a_value_is_written_concerns_report_and_dashboard(scripts: Path, before: dict[str, str]) -> None:
    append(scripts / "tierline/figures.py", "\nADDED = 1\n")
    rerun = changed(before, digests(scripts))
    assert {"report_render", "multiqc_tabulate"} <= rerun
    assert not {"consensus_merge", "filter_mark", "reference_resolve"} & rerun


def test_a_caller_reruns_no_report(scripts: Path, before: dict[str, str]) -> None:
    append(scripts / "tierline/callers/freebayes.py", "\nADDED = 1\n")
    rerun = changed(before, digests(scripts))
    assert "consensus_merge" in rerun
    assert not {"report_render", "reference_resolve", "multiqc_judge"} & rerun


def test_the_tier_engine_reruns_no_calls(scripts: Path, before: dict[str, str]) -> None:
    append(scripts / "tierline/tiers.py", "\nADDED = 1\n")
    assert changed(before, digests(scripts)) == {"interpret_case"}


def test_a_section_more_reruns_the_reports(scripts: Path, before: dict[str, str]) -> None:
    (scripts / "tierline/report/sections/added.py").write_text("TITLE = 'Added'\n", encoding="utf-8")
    assert changed(before, digests(scripts)) == {"report_render"}


def test_an_import_inside_a_function_counts(scripts: Path) -> None:
    (scripts / "probe.py").write_text("def late():\n    from tierline.quality import judge\n    return judge\n")
    reached = {path.name for path in code_files(scripts / "probe.py")}
    assert {"probe.py", "quality.py", "records.py"} <= reached
