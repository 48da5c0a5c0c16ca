"""The README as a newcomer follows it: its commands run, its samples check, every word in `code` is something there is."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
import yaml
from runs import DEMO, ROOT, Run, read_sheet
from tierline import case, docs, reasons, records, tiers, tiertable, withholding
from tierline.cli import app
from tierline.tools import TOOLS, search_path
from typer.main import get_command

README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
PROSE = re.sub(r"^```.*?^```", "", TEXT, flags=re.MULTILINE | re.DOTALL)
COMMANDS = get_command(app).commands  # type: ignore[attr-defined]
NOT_RUN_HERE = {"make demo", "make test", "tierline run"}  # the demo runs once for all tests; a dry-run stands for a run
MAY_END_WITH = {"tierline status": 1, "tierline check": 2}  # nothing has run yet; the disk may be too small for GRCh38


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def sh(line: str) -> str:
    """A line of the README as a line of the test's script."""
    if line in NOT_RUN_HERE:
        return ""
    return f"{line} || [ $? = {MAY_END_WITH[line]} ]" if line in MAY_END_WITH else line


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of which all but the config is a link to this one, and the Python environment is the one that runs."""
    folder = tmp_path_factory.mktemp("checkout")
    for path in ROOT.iterdir():
        if path.name in ("Snakefile", "Makefile", "workflow", "resources", "profiles", "envs", "docs"):
            (folder / path.name).symlink_to(path)
    (folder / "config").mkdir()
    for path in (ROOT / "config").iterdir():
        (folder / "config" / path.name).write_bytes(path.read_bytes())
    activate = folder / ".venv/bin/activate"
    activate.parent.mkdir(parents=True)
    activate.write_text(f"export PATH={shlex.quote(search_path())}\n")
    return folder


@pytest.fixture(scope="module")
def followed(checkout: Path) -> Run:
    """All that the README says, done in its order: files written where it says, commands typed."""
    written = {
        "yaml": iter(["config/assays/my_assay/assay.yaml"]),
        "tsv": iter(["config/samples.tsv", "config/units.tsv", "told.tsv"]),
    }
    script = ["set -e"]
    for language, text in BLOCKS:
        if language == "sh":
            script += [f"echo {shlex.quote(f'$ {line}')}\n{sh(line)}" for line in text.splitlines()]
        elif language in written:
            path = next(written[language])
            script.append(f"mkdir -p {os.path.dirname(path) or '.'}\ncat > {path} <<'END'\n{text}END")
            if path.endswith("assay.yaml"):
                script.append(r"printf 'chr7\t140753300\t140753400\n' > config/assays/my_assay/targets.bed")
            if path.endswith("units.tsv"):
                script += reads(text)
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=checkout, env={**os.environ, "COLUMNS": "200"}, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        check=False,
    )  # fmt: skip
    return Run(checkout / "my_run", done.returncode, done.stdout)


def reads(units: str) -> list[str]:
    """The FASTQ files of the README's units are the demo's melanoma."""
    header, *rows = (line.split("\t") for line in units.splitlines())
    lines = ["mkdir -p reads"]
    for row in (dict(zip(header, cells, strict=True)) for cells in rows):
        kind = "T" if row["sample"].endswith("-T") else "N"
        for mate in (1, 2):
            lines.append(f"ln -s {shlex.quote(str(DEMO / f'fastq/MEL01{kind}_L1_R{mate}.fastq.gz'))} {row[f'fq{mate}']}")
    return lines


def test_the_commands_run_as_they_stand(followed: Run) -> None:
    assert followed.code == 0, followed.output[-6000:]
    lines = [line for text in blocks("sh") for line in text.splitlines()]
    ran = [line for line in lines if line not in NOT_RUN_HERE]
    for line in ran:
        assert f"$ {line}\n" in followed.output
    print(f"{len(ran)} commands run, {len(lines) - len(ran)} skipped: {', '.join(sorted(NOT_RUN_HERE))}")
    assert len(ran) >= 12
    assert not re.search(r"^problem +(?!disk )", followed.output, re.MULTILINE), followed.output


def test_the_five_steps_give_the_stated_samples(followed: Run) -> None:
    samples = read_sheet(followed.folder / "config/samples.tsv")
    assert [row["kind"] for row in samples] == ["tumor", "normal"]
    assert "1 tumour (0 without a normal), 1 normal, 2 units, 1 report owed" in followed.output


def test_the_panel_of_your_own_is_one(followed: Run) -> None:
    sheet = followed.folder / "config/samples.tsv"
    sheet.write_text(sheet.read_text().replace("hotspot50_tert", "hotspot50_tert;my_panel"))
    done = subprocess.run(
        [str(Path(sys.prefix, "bin", "tierline")), "check"],
        cwd=followed.folder, text=True, capture_output=True, check=False, env={**os.environ, "PATH": search_path()},
    )  # fmt: skip
    assert not re.search(r"^problem +(?!disk )", done.stdout, re.MULTILINE), done.stdout
    assert "my_panel 1.0.0" in done.stdout and "2 reports owed" in done.stdout


# --------------------------------------------------------------------------- what it names exists


def schema_words(name: str) -> set[str]:
    """Every key of a schema, inner ones with their outer key before a dot too, and every allowed value."""
    document = yaml.safe_load((ROOT / f"workflow/schemas/{name}.schema.yaml").read_text())
    found: set[str] = set()

    def walk(node: object, at: str) -> None:
        if isinstance(node, dict):
            found.update(str(value) for value in node.get("enum", ()))
            for key, inner in (node.get("properties") or {}).items():
                found.update({key, f"{at}{key}"})
                walk(inner, f"{at}{key}.")

    walk(document, "")
    return found


def known_words() -> set[str]:
    tables = {field.name for table in (*docs.RESULTS, *docs.RESOURCES) for field in dataclasses.fields(table.record)}
    case_keys = {field.name for cls in (case.Case, case.CaseFinding) for field in dataclasses.fields(cls)}
    schemas = set().union(*(schema_words(name) for name in ("config", "samples", "units", "assay", "panel")))
    vocabularies = {
        *docs.STATES,
        *get_args(case.Status),
        *case.REASONS,
        *reasons.LABELS,
        *reasons.TECHNICAL,
        *records.Tier,
        *records.Judgement,
        *withholding.VERDICTS,
        *tiers.RULES,
    }
    options = {name for parameter in COMMANDS["tier"].params for name in parameter.opts}
    return (
        options
        | tiertable.COLUMNS.keys()
        | tables
        | case_keys
        | schemas
        | vocabularies
        | {tool.name for tool in TOOLS}
        | {'""', ";"}
    )


def workflow_text() -> str:
    """All that says what a run writes."""
    rules = [ROOT / "Snakefile", *sorted((ROOT / "workflow/rules").rglob("*.smk"))]
    modules = [ROOT / "workflow/scripts/tierline" / name for name in ("run.py", "completeness.py")]
    return "\n".join(path.read_text(encoding="utf-8") for path in [*rules, *modules])


def is_there(word: str) -> bool:
    """Whether a path of the README is in the checkout, made by its own steps, or written by a run."""
    if word.startswith("results/"):
        pattern = re.escape(re.sub(r"<(\w+)>", r"{\1}", word)).replace(re.escape("{build}"), ".+")
        generic = re.sub(r"mutect2|freebayes", "{caller}", word)
        return bool(re.search(pattern, workflow_text())) or re.sub(r"<(\w+)>", r"{\1}", generic) in workflow_text()
    if "<" in word:
        return bool(list(ROOT.glob(re.sub(r"<\w+>", "*", word))))
    own = {
        "config/assays/my_assay/",
        "config/panels/",
        "config/assays/",
        "logs/",
        "benchmarks/",
        "targets.bed",
        "assay.yaml",
    }
    inside = ("findings.tsv", "samples.tsv", "units.tsv", "config.yaml", "panel.yaml", "genes.tsv", "hotspots.tsv")
    return word in own or word in inside or (ROOT / word).exists()


def test_every_word_in_code_is_something_there_is() -> None:
    words = known_words()
    unknown, looked_at = [], 0
    for code in dict.fromkeys(re.findall(r"`([^`]+)`", PROSE)):
        looked_at += 1
        program, *rest = code.split()
        if program == "tierline":
            known = not rest or (rest[0] in COMMANDS or rest[0].startswith("-"))
        elif program == "make" and rest:
            known = re.search(rf"^{rest[0]}:", (ROOT / "Makefile").read_text(), re.MULTILINE) is not None
        else:
            known = code in words or is_there(code)
        if not known:
            unknown.append(code)
    print(f"{looked_at} words looked at, 0 skipped")
    assert looked_at >= 60
    assert unknown == []


def test_every_file_of_the_results_tree_is_written_by_a_rule() -> None:
    tree = next(text for name, text in BLOCKS if text.startswith("results/"))
    paths = [line.split()[0] for line in tree.splitlines()[1:]]
    assert len(paths) >= 15
    assert [path for path in paths if not is_there(f"results/{path}")] == []


def test_the_files_of_the_results_tree_stand_in_a_finished_run(demo_run: Run) -> None:
    tree = next(text for name, text in BLOCKS if text.startswith("results/"))
    for line in tree.splitlines()[1:]:
        pattern = re.sub(r"<\w+>", "*", line.split()[0])
        if pattern == "report/archive":  # a first run has no earlier report; test_reruns.py has
            continue
        assert list((demo_run.folder / "results").glob(pattern)), pattern


def test_the_findings_shown_are_the_demos(demo_run: Run) -> None:
    shown = [line.split("\t") for line in blocks("tsv")[2].splitlines()]
    made = read_sheet(demo_run.folder / "results/interpret/LUAD01T.hotspot50_tert.findings.tsv")
    found = [[row[name] for name in shown[0]] for row in made]
    assert len(shown) >= 3
    assert [row for row in shown[1:] if row not in found] == []


def test_the_picture_is_of_the_templates_as_they_are() -> None:
    place = ROOT / "docs" / "draw_pages.py"
    spec = importlib.util.spec_from_file_location("draw_pages", place)
    assert spec and spec.loader
    drawing = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(drawing)
    recorded = (ROOT / "docs" / "report.png.sha256").read_text().strip()
    assert recorded == drawing.digest(), f"the report looks different now: python {place} (see its head)"


def test_the_picture_is_small() -> None:
    data = (ROOT / "docs/report.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) <= 300_000
    assert int.from_bytes(data[16:20], "big") == 1200, "pixels wide"


# --------------------------------------------------------------------------- the help


def test_help_names_every_command_and_every_exit_code(followed: Run) -> None:
    done = subprocess.run([str(Path(sys.prefix, "bin", "tierline")), "--help"], text=True, capture_output=True, check=True)
    for name in COMMANDS:
        assert name in done.stdout
    assert "0 done, 1 incomplete, 2 bad input, 3 a tool failed" in " ".join(done.stdout.split())


def small_bundle(folder: Path) -> Path:
    """What `tierline bundle verify` takes for a bundle; the real one is made in test_bundle.py."""
    folder.mkdir()
    (folder / "file").write_text("text")
    (folder / "SHA256SUMS").write_text(f"{hashlib.sha256(b'text').hexdigest()}  file\n")
    return folder


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_a_commands_help_works(name: str, followed: Run, demo_run: Run, tmp_path: Path) -> None:
    """As it stands in the help: the README has it too, the demo ran for all tests, else it is typed in a run folder."""
    (tmp_path / "results").symlink_to(demo_run.folder / "results")
    epilog = re.sub(r"\[/?bold\]", "", COMMANDS[name].epilog or "")
    assert epilog.startswith("Example: tierline "), epilog
    line = epilog.removeprefix("Example: ")
    if name == "demo":
        assert line.startswith("tierline demo --folder ") and demo_run.code == 0, demo_run.output[-3000:]
    elif f"$ {line}\n" in followed.output:
        assert followed.code == 0
    else:
        words = shlex.split(line.replace("/media/disk/tierline.tar", str(small_bundle(tmp_path / "bundle"))))
        folder = tmp_path if name == "cohort" else followed.folder  # it wants a run that is done
        done = subprocess.run([str(Path(sys.prefix, "bin", words[0])), *words[1:]], cwd=folder, check=False)
        assert done.returncode == 0
