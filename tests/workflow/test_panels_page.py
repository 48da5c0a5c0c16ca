"""docs/panels.md as a researcher follows it: its commands run as they stand, on the demo's reference."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
from runs import ROOT, Run, demo_samples, demo_units, write_project
from tierline.panels import load_panel
from tierline.sheets import load_project
from tierline.tools import search_path

PAGE = (ROOT / "docs/panels.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run folder in which every command of the page was typed; the disk may be too small for tierline check."""
    folder = write_project(tmp_path_factory.mktemp("panels"), demo_samples(), demo_units())
    script = "set -ex\n" + "".join(BLOCKS).replace("tierline check", "tierline check || [ $? = 2 ]")
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        env={**os.environ, "COLUMNS": "200", "PATH": search_path()}, timeout=600,
    )  # fmt: skip
    return Run(folder, done.returncode, done.stdout)


def test_the_commands_run_as_they_stand(followed: Run) -> None:
    assert followed.code == 0, followed.output[-6000:]
    assert len(re.findall(r"^\+ tierline ", followed.output, re.MULTILINE)) == PAGE.count("\ntierline ") >= 8
    assert not re.search(r"^problem +(?!disk )", followed.output, re.MULTILINE), followed.output


def test_the_panels_are_what_the_page_says(followed: Run) -> None:
    folder = followed.folder / "config/panels"
    melanoma = load_panel(folder / "melanoma")
    assert [(gene.gene, gene.scope) for gene in melanoma.genes] == [
        ("BRAF", "coding"), ("ERBB2", "coding"), ("KIT", "coding"), ("NRAS", "coding"),
    ]  # fmt: skip
    assert "row 5: ERBB2 replaces HER2" in followed.output
    assert {"BRAF:p.600", "NRAS:p.61", "KIT:e11"} <= {hotspot.locus_id for hotspot in melanoma.hotspots}
    assert load_panel(folder / "ras_raf").gene_names == {"BRAF", "HRAS", "KRAS", "NRAS"}
    [gene] = load_panel(folder / "my_bed").genes
    assert (gene.gene, gene.scope) == ("PIK3CA", "regions")
    assert "melanoma 1.0.0 is sound on demo: 4 genes" in followed.output
    asked = (followed.folder / "asked.bed").read_text().splitlines()
    assert {line.split("\t")[3] for line in asked} == melanoma.gene_names


def test_the_new_panel_is_owed_for_every_tumour_that_had_the_old_one(followed: Run) -> None:
    project = load_project(followed.folder / "config/config.yaml", followed.folder)
    assert {panel for _, panel in project.cases} == {"hotspot50", "hotspot50_tert", "melanoma"}
    assert "5 reports owed" in followed.output
    assert re.search(r"demo 1\.\d+, \d+ bases; covers all \d+ loci of melanoma; \d+ of the \d+ bases", followed.output)


def test_what_ships_is_named() -> None:
    shipped = {path.parent.name for path in (ROOT / "resources/panels").glob("*/panel.yaml")}
    assert set(re.findall(r"^\| `(\w+)` \| (?!name)", PAGE[PAGE.index("## What ships") :], re.MULTILINE)) == shipped
