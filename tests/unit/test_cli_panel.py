"""``tierline panel``: what it makes, what it finds wrong, what it shows; on the demo's annotation."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
import typer.main
from tierline import cli_panel, cli_rows
from tierline.cli import app
from tierline.panels import load_panel
from tierline.panelview import GeneRow, PanelChange
from tierline.paths import RESOURCES
from tierline.problems import InputError, Problem
from tierline.records import Hotspot
from typer.testing import CliRunner

COMMANDS = typer.main.get_command(cli_panel.app).commands  # type: ignore[attr-defined]
DEMO = str(RESOURCES / "demo" / "config.yaml")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run directory without a config."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def say(*words: str) -> tuple[int, list[list[str]], str]:
    """Exit code, the cells of what was printed, and what was said on the side."""
    done = CliRunner().invoke(app, ["panel", *words], env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})
    if isinstance(done.exception, InputError):
        raise done.exception
    return done.exit_code, [line.split("\t") for line in done.stdout.splitlines()], done.stderr


def faults(*words: str) -> list[Problem]:
    with pytest.raises(InputError) as caught:
        say(*words)
    return list(caught.value.problems)


def cells(rows: list[list[str]], record: type) -> list[dict[str, str]]:
    assert rows[0] == [field.name for field in fields(record)]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_an_example_that_is_understood(name: str) -> None:
    done = CliRunner().invoke(app, ["panel", name, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})
    [example] = re.findall(r"Example: tierline panel (.+?)\s*$", done.output, re.MULTILINE)
    words = example.split()
    assert (done.exit_code, words[0]) == (0, name)
    COMMANDS[name].make_context(name, words[1:])  # raises for an option that is not there


# --------------------------------------------------------------------------- new


def test_a_panel_from_a_list_of_genes(here: Path) -> None:
    (here / "genes.txt").write_text("gene,why\n# of the board\nBRAF,melanoma\nHER2\nerbb2\n\nCSF1R\t\n")
    code, rows, _ = say("new", "mine", "--genes", "genes.txt", "--loci-of", "hotspot50")
    said = [row[0] for row in rows]
    assert code == 0
    assert said[:3] == [
        "note: row 4: ERBB2 replaces HER2",
        "note: row 5: erbb2 stands in the list already, as ERBB2; it counts once",
        "note: no negative is claimed for genes without a locus: CSF1R",
    ]
    panel, shipped = load_panel(here / "config/panels/mine"), load_panel(RESOURCES / "panels/hotspot50")
    assert [(g.gene, g.scope, g.note, g.source) for g in panel.genes] == [
        ("BRAF", "coding", "", "genes.txt, row 3"),
        ("CSF1R", "coding", "", "genes.txt, row 7"),
        ("ERBB2", "coding", "listed as HER2", "genes.txt, row 4"),
    ]
    assert panel.hotspots == tuple(h for h in shipped.hotspots if h.gene in ("BRAF", "ERBB2"))
    assert (panel.thresholds, panel.claims) == (shipped.thresholds, shipped.claims)
    assert say("validate", "mine")[0] == 0


def test_every_gene_that_cannot_be_taken_is_named_at_once(here: Path) -> None:
    (here / "genes.txt").write_text("MLL2\nBRAF\nNOTCHX\n")
    found = faults("new", "mine", "--genes", "genes.txt", "--loci-of", "hotspot50")
    assert [(p.file, p.row, p.column, p.value) for p in found] == [
        ("genes.txt", 1, "gene", "MLL2"), ("genes.txt", 3, "gene", "NOTCHX"),
    ]  # fmt: skip
    assert "it is KMT2D" in found[0].message and "Did you mean 'NOTCH1'?" in found[1].remedy
    assert not (here / "config").exists()


def test_a_panel_from_a_bed_asks_its_bases_only(here: Path) -> None:
    """ABL1 exon 4 of the demo (2033-2108, its targets) holds codons 244 to 255; nothing of chr1:2-20 is coding."""
    (here / "t.bed").write_text("chr1\t2032\t2070\nchr1\t2060\t2108\nchr1\t1\t20\n")
    code, rows, _ = say("new", "mine", "--bed", "t.bed", "--loci-of", "hotspot50", "-c", DEMO)
    assert code == 0
    assert [row[0] for row in rows][:2] == [
        "note: 2 regions, 95 bases, 1 genes",
        "note: no coding base and no hotspot lies in 1 regions: chr1:2-20",
    ]
    panel = load_panel(here / "config/panels/mine")
    assert [(g.gene, g.scope) for g in panel.genes] == [("ABL1", "regions")]
    assert panel.regions_on("demo") == (("chr1", 1, 20), ("chr1", 2032, 2108))
    assert {h.locus for h in panel.hotspots} == {"p.244", "p.248", "p.250", "p.252", "p.253", "p.255"}
    [row] = cells(say("show", "mine", "-c", DEMO)[1], GeneRow)
    assert row["bases"] == "95"
    assert "none on this genome build" in faults("validate", "mine")[0].message  # GRCh38, without a config


def test_a_bed_needs_an_annotation_and_something_to_ask(here: Path) -> None:
    (here / "t.bed").write_text("chr1\t1\t20\n")
    assert "none is at hand" in faults("new", "mine", "--bed", "t.bed", "--loci-of", "hotspot50")[0].message
    [fault] = faults("new", "mine", "--bed", "t.bed", "--loci-of", "hotspot50", "-c", DEMO)
    assert "no region touches a coding base" in fault.message


def test_a_panel_from_part_of_another(here: Path) -> None:
    assert say("new", "part", "--from", "hotspot50_tert", "--only", "TERT, HER2")[0] == 0
    panel, source = load_panel(here / "config/panels/part"), load_panel(RESOURCES / "panels/hotspot50_tert")
    assert panel.genes == tuple(g for g in source.genes if g.gene in ("ERBB2", "TERT"))
    assert panel.hotspots == tuple(h for h in source.hotspots if h.gene in ("ERBB2", "TERT"))
    assert faults("new", "part", "--from", "hotspot50_tert", "--only", "TERT")[0].message == "it is there already"
    [fault] = faults("new", "other", "--from", "hotspot50", "--only", "TERT")
    assert (fault.column, fault.value, fault.message) == ("--only", "TERT", "hotspot50 does not have the gene")


@pytest.mark.parametrize(
    "words",
    [(), ("--from", "hotspot50"), ("--only", "BRAF"), ("--genes", "g", "--bed", "b"), ("--genes", "g", "--only", "BRAF")],
)
def test_a_panel_is_made_from_one_thing(words: tuple[str, ...]) -> None:
    assert faults("new", "mine", *words)[0].remedy == "Give one of the three."


# --------------------------------------------------------------------------- validate, show, diff


def part(here: Path, **replaced: str) -> Path:
    """A copy of part of hotspot50, with texts replaced in its hotspots."""
    say("new", "part", "--from", "hotspot50", "--only", "BRAF,ABL1,FGFR2")
    path = here / "config/panels/part/hotspots.tsv"
    text = path.read_text()
    for old, new in replaced.items():
        assert old.replace("_", "\t") in text
        text = text.replace(old.replace("_", "\t"), new.replace("_", "\t"))
    path.write_text(text)
    return path


def test_loci_that_are_not_what_the_panel_says_are_faults(here: Path) -> None:
    """A residue that the genome does not have, an exon and a codon that the gene does not have, each with its row."""
    path = part(here, **{"BRAF_p.600_V": "BRAF_p.600_K", "BRAF_e15_": "BRAF_e25_"})
    lines = path.read_text().split("\n")
    rows = {
        name: 1 + next(n for n, line in enumerate(lines) if line.startswith(name)) for name in ("BRAF\tp.600", "BRAF\te25")
    }
    found = faults("validate", "part", "-c", DEMO)
    assert [(Path(p.file).name, p.row, p.column, p.value, p.message) for p in found] == [
        ("hotspots.tsv", rows["BRAF\tp.600"], "locus", "p.600", "codon 600 is V in the genome, K in the panel"),
        ("hotspots.tsv", rows["BRAF\te25"], "locus", "e25", "exon 25 does not exist: BRAF has 18 exons"),
    ]
    path.write_text(path.read_text().replace("BRAF\tp.600\tK", "BRAF\tp.767\tK"))
    [fault] = faults("validate", "part")
    assert fault.message == "the codon lies beyond the 766 amino acids of ENST00000646891.2"


def test_a_gene_that_the_annotation_lacks_is_no_fault(here: Path) -> None:
    """FGFR2 is not in the demo: its loci will be not covered, and the note says so."""
    path = part(here)
    total = len(path.read_text().splitlines()) - 1
    of_fgfr2 = path.read_text().count("FGFR2\t")
    code, rows, _ = say("validate", "config/panels/part", "-c", DEMO)
    assert code == 0
    assert [row[0] for row in rows] == [
        "note: FGFR2: the gene is not in the annotation",
        f"part 1.0.0 is sound on demo: 3 genes, {total - of_fgfr2} of {total} loci resolved and held against the genome",
    ]


def test_a_panel_shown(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bases are counted here one by one, from the BED that it writes and that of the assay."""
    part(here)
    rows = cells(say("show", "part", "-c", DEMO, "--assay", "demo", "--bed", "asked.bed")[1], GeneRow)
    by_gene = {row["gene"]: row for row in rows}
    assert (by_gene["BRAF"]["transcript"], by_gene["BRAF"]["loci"]) == ("DEMO_BRAF.1", "12")
    assert (by_gene["FGFR2"]["bases"], by_gene["FGFR2"]["problem"]) == ("0", "not in the annotation")
    asked = [line.split("\t") for line in (here / "asked.bed").read_text().splitlines()]
    for gene in ("BRAF", "ABL1"):
        own = {(c, p) for c, s, e, g in asked if g == gene for p in range(int(s), int(e))}
        targets = [line.split("\t") for line in (RESOURCES / "assays/demo/targets.demo.bed").read_text().splitlines()]
        held = {(c, p) for c, s, e, *_ in targets for p in range(int(s), int(e))}
        assert (len(own), len(own - held)) == (int(by_gene[gene]["bases"]), int(by_gene[gene]["not_covered"]))
    assert {row["locus"] for row in cells(say("show", "part", "--loci")[1], Hotspot) if row["gene"] == "ABL1"} >= {"p.315"}
    monkeypatch.setattr(cli_rows, "plain", lambda tsv: False)
    text = "\n".join(" ".join(row) for row in say("show", "part")[1])
    assert re.search(r"answers for +single-base changes, multi-base changes, short insertions and deletions", text)
    assert re.search(r"claimed limit, single base +5 %\n", text) and re.search(r"least depth +20 fragments\n", text)
    assert re.search(r"intended use +Small somatic variants in genes from hotspot50", text)


def test_two_panels_compared(here: Path) -> None:
    path = part(here, **{"BRAF_p.600_V": "BRAF_p.599_T"})
    (path.parent / "panel.yaml").write_text(
        (path.parent / "panel.yaml").read_text().replace("min_vaf: 0.02", "min_vaf: 0.01")
    )
    code, rows, _ = say("diff", "hotspot50", "part", "-c", DEMO, "--assay", "demo")
    found = cells(rows, PanelChange)
    assert code == 0
    assert found[0] == {"what": "version", "name": "version", "old": "hotspot50 1.1.0", "new": "part 1.0.0"}
    assert [row for row in found if row["what"] == "threshold"] == [
        {"what": "threshold", "name": "min_vaf", "old": "2 %", "new": "1 %"}
    ]
    names = {
        what: {row["name"] for row in found if row["what"] == what} for what in ("gene", "locus", "bases", "not covered")
    }
    assert len(names["gene"]) == 47 and not names["gene"] & {"BRAF", "ABL1", "FGFR2"}
    assert {"BRAF:p.599", "BRAF:p.600", "KRAS:p.12"} <= names["locus"] and "BRAF:p.601" not in names["locus"]
    assert {"KRAS", "all"} <= names["bases"] and "BRAF" not in names["bases"]
    assert {"FGFR2:p.252", "BRAF", "ABL1"} <= names["not covered"]
    assert say("diff", "part", "part", "-c", DEMO)[1] == [[field.name for field in fields(PanelChange)]]


def test_what_cannot_be_said_without_an_annotation_is_refused() -> None:
    assert "none is at hand" in faults("show", "hotspot50", "--assay", "colo829")[0].message
    assert "none is at hand" in faults("diff", "hotspot50", "hotspot50_tert", "--assay", "colo829")[0].message
    assert faults("show", "hotspot50", "--build", "GRCh39")[0].column == "--build"
    assert faults("validate", "hotspot51")[0].remedy.startswith("Did you mean 'hotspot50'?")
