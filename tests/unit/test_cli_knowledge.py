"""``tierline knowledge``: its output, its help, its exit codes; and the folders that it makes."""

from __future__ import annotations

import json
import re
import shutil
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest
import typer.main
from test_interpret import EXACT, V600E, case_of
from tierline import cli, cli_knowledge, cli_rows
from tierline.case import to_json
from tierline.cli import app
from tierline.knowledge import KNOWLEDGE, Unread
from tierline.knowledgebase import SourceCount, load_folder
from tierline.knowledgebuild import build_folder, changed_reports
from tierline.knowledgediff import CaseChange, FactChange
from tierline.oncotree import ONCOTREE_TSV, OncoTree
from tierline.problems import InputError
from tierline.records import Evidence
from typer.testing import CliRunner

COMMANDS = typer.main.get_command(cli_knowledge.app).commands  # type: ignore[attr-defined]
CURATED_HEADER = "\t".join(f.name for f in fields(Evidence) if f.name not in ("knowledge", "supports"))


def say(*words: str) -> tuple[int, list[list[str]], str]:
    """Exit code, the cells of what was printed, and what was said on the side."""
    done = CliRunner().invoke(app, ["knowledge", *words], env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})
    return done.exit_code, [line.split("\t") for line in done.stdout.splitlines()], done.stderr


def header(record: type) -> list[str]:
    return [field.name for field in fields(record)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A knowledge folder of one curated fact, and none of the other sources."""
    return knowledge(tmp_path / "knowledge", "A")


def knowledge(where: Path, level: str, **more: str) -> Path:
    cells = dict.fromkeys(CURATED_HEADER.split("\t"), "")
    cells |= dict(id="x1", gene="BRAF", alteration="p.Val600Glu", tumor_types="MEL", axis="sensitivity", therapy="drug")
    cells |= dict(level=level, source="made up", source_date="2026", looked_up="invented", read_on="2026-01-01", **more)
    (where / "curated").mkdir(parents=True)
    (where / "curated" / "t.tsv").write_text(f"{CURATED_HEADER}\n" + "\t".join(cells.values()) + "\n", encoding="utf-8")
    return where


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_an_example_that_is_understood(name: str) -> None:
    done = CliRunner().invoke(app, ["knowledge", name, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})
    [example] = re.findall(r"Example: tierline knowledge (.+?)\s*$", done.output, re.MULTILINE)
    words = example.split()
    assert (done.exit_code, words[0]) == (0, name)
    COMMANDS[name].make_context(name, words[1:])  # raises for an option that is not there


def test_the_shipped_knowledge_is_counted() -> None:
    code, rows, _ = say("show")
    assert (code, rows[0]) == (0, header(SourceCount))
    assert {row[0] for row in rows[1:]} >= {"curated", "moalmanac"}


def test_facts_of_a_gene_in_a_tumour_type() -> None:
    code, rows, said = say("show", "--gene", "BRAF", "--tumor-type", "melanoma", "--tsv")
    assert (code, rows[0]) == (0, header(Evidence))
    cells = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    assert {"vemurafenib + cobimetinib", "dabrafenib + trametinib"} <= {row["therapy"].lower() for row in cells}
    assert "melanoma is MEL (Melanoma)" in said


def test_every_fact_is_listed_with_its_source() -> None:
    code, rows, _ = say("show", "--facts")
    cells = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    assert (code, len(cells)) == (0, len(load_folder(KNOWLEDGE).evidence))
    assert all(row["source"] and row["knowledge"] for row in cells)


def test_a_gene_without_facts_says_so(folder: Path) -> None:
    code, rows, said = say("show", "--gene", "NOSUCH", "--knowledge", str(folder))
    assert (code, rows, "No fact" in said) == (0, [header(Evidence)], True)


def test_what_is_not_read(folder: Path) -> None:
    (folder / "moalmanac").mkdir()
    row = {"feature_type": "Knockdown", "gene": "ATM", "therapy_sensitivity": 1, "oncotree_code": "MEL"}
    text = json.dumps([{**row, "therapy_name": "x", "predictive_implication": "Preclinical"}])
    (folder / "moalmanac" / "a.json").write_text(text, encoding="utf-8")
    code, rows, _ = say("show", "--unread", "--knowledge", str(folder))
    assert (code, rows[0]) == (0, header(Unread))
    assert [cells[:2] for cells in rows[1:]] == [["moalmanac", "1"]]
    assert say("show", "--unread", "--gene", "BRAF", "--knowledge", str(folder))[1] == [header(Unread)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "--tumor-type", "ALL"), "BLL"),
        (("show", "--unread", "--tumor-type", "MEL"), "Leave it out"),
        (("show", "--unread", "--facts"), "Leave it out"),
        (("show", "--knowledge", "nowhere"), "there is no such folder"),
        (("build", "--out", "x"), "nothing to build from"),
        (("build", "--out", "x", "--civic", "nowhere.tsv"), "there is no such file"),
        (("build", "--out", str(KNOWLEDGE), "--oncotree", __file__), "not overwritten"),
        (("build", "--out", "x", "--oncotree", __file__), "not what distil_oncotree.py reads"),
        (("diff", "nowhere", str(KNOWLEDGE)), "there is no such folder"),
        (("diff", str(KNOWLEDGE), str(KNOWLEDGE), "--results", "nowhere"), "no case file"),
    ],
)
def test_a_users_fault_is_told_in_words(
    words: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["tierline", "knowledge", *words])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []  # nothing is left behind


def test_on_a_terminal_it_is_a_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    monkeypatch.setattr(cli_rows, "plain", lambda tsv: False)
    monkeypatch.setenv("COLUMNS", "120")
    cli_knowledge.show(gene="BRAF", knowledge=folder)
    lines = capsys.readouterr().out.splitlines()
    assert any(re.search(r"\bBRAF\s+p\.Val600Glu\s+MEL\s+sensitivity\s+drug\s+A\s+yes", line) for line in lines)
    cli_knowledge.show(knowledge=folder)
    assert re.search(r"moalmanac\s+not installed", capsys.readouterr().out)


# --------------------------------------------------------------------------- diff


def test_facts_of_two_folders(folder: Path, tmp_path: Path) -> None:
    newer = knowledge(tmp_path / "newer", "C")
    code, rows, said = say("diff", str(folder), str(newer))
    assert (code, rows[0]) == (0, header(FactChange))
    assert rows[1][:4] == ["level", "curated", "x1", "BRAF"]
    assert "0 facts came, 0 went, 1 changed level, 0 changed otherwise." in said


def test_reports_that_would_change(folder: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    (results / "interpret").mkdir(parents=True)
    case = case_of((V600E,), (replace(EXACT, id="x1", therapy="drug", knowledge="curated"),))
    (results / "interpret" / "T1.mini.json").write_text(to_json(case), encoding="utf-8")
    newer = knowledge(tmp_path / "newer", "C")
    code, rows, said = say("diff", str(folder), str(newer), "--results", str(results))
    assert (code, rows[0]) == (0, header(CaseChange))
    assert dict(zip(rows[0], rows[1], strict=True)) == {
        "sample": "T1", "panel": "mini", "gene": "BRAF", "variant": "p.Val600Glu", "tumor_type": "MEL", "reported": "",
        "tier_from": "I A", "tier_to": "II C", "why": "x1 changed level A -> C (C sensitivity drug)",
    }  # fmt: skip
    assert "1 of 1 reports would change, in 1 findings." in said
    assert changed_reports(folder, folder, results) == ([], 1)
    (results / "interpret" / "T2.mini.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match=r"T2\.mini\.json"):
        changed_reports(folder, newer, results)


# --------------------------------------------------------------------------- build


def tree_json(where: Path, *left_out: str) -> Path:
    """The shipped OncoTree in the form of its download, without the codes ``left_out`` and what lies under them."""
    tree = OncoTree.load()
    nodes: dict[str, dict[str, object]] = {}
    root: dict[str, dict[str, object]] = {}
    for code in sorted(tree.codes, key=lambda code: (len(tree.ancestors(code)), code)):
        way = tree.ancestors(code)
        if not set(way).isdisjoint(left_out):
            continue
        parent = way[1] if len(way) > 1 else "TISSUE"
        about = {"code": code, "name": tree.name(code), "parent": parent, "mainType": "x", "tissue": way[-1]}
        nodes[code] = about | {"level": len(way), "history": [], "revocations": [], "precursors": [], "children": {}}
        home = nodes[way[1]]["children"] if len(way) > 1 else root
        home[code] = nodes[code]  # type: ignore[index]
    where.write_text(json.dumps({"TISSUE": {"children": root}}), encoding="utf-8")
    return where


def test_a_folder_is_made_whole_and_then_refreshed(tmp_path: Path) -> None:
    out = tmp_path / "own"
    download = tree_json(tmp_path / "oncotree_2030.json")
    facts = build_folder(out, civic=None, civic_release="", oncotree=download, hotspots=None)
    assert facts == len(load_folder(KNOWLEDGE).evidence)
    assert "Release: oncotree_2030" in (out / ONCOTREE_TSV.name).read_text(encoding="utf-8")
    assert (out / "gene_roles.tsv").read_bytes() == (KNOWLEDGE / "gene_roles.tsv").read_bytes()
    assert not list(out.rglob("*.py")) and not (tmp_path / "own.part").exists()
    shutil.rmtree(out / "curated")
    knowledge(out / "mine", "A")
    (out / "mine" / "curated").rename(out / "curated")
    refreshed = build_folder(out, civic=None, civic_release="", oncotree=download, hotspots=None)
    assert refreshed < facts  # its own curated table stays: what is refreshed is the folder, not the shipped one


def test_a_tumour_type_that_is_gone_keeps_the_folder_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "own"
    download = tree_json(tmp_path / "t.json", "MEL")
    with pytest.raises(InputError) as error:
        build_folder(out, civic=None, civic_release="", oncotree=download, hotspots=None)
    assert any(problem.value == "MEL" for problem in error.value.problems)
    assert not out.exists()
