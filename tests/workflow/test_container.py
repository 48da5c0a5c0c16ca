"""Jobs in an image: every rule carries it, and `tierline run` has Apptainer start each job in it.

There is no Apptainer here: one that notes what it is told and runs the command outside stands in for it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from runs import BIN, CORES, DEMO, demo_samples, demo_units, snakemake, tierline, write_project
from tierline.paths import ROOT
from tierline.records import ToolVersion
from tierline.tables import read_rows
from tierline.tools import search_path

pytestmark = pytest.mark.slow

STAND_IN = """#!/bin/bash
[[ $1 == --version ]] && echo 'apptainer version 1.3.4' && exit
printf '%s\\n' "$*" >> "$CALLS"
while [[ $1 != *image.sif ]]; do shift; done
exec "${@:2}"
"""

IMAGES = """
import json, sys
from pathlib import Path
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, DeploymentMethod, DeploymentSettings, OutputSettings, ResourceSettings

with SnakemakeApi(OutputSettings()) as api:
    workflow = api.workflow(
        ResourceSettings(cores=1),
        config_settings=ConfigSettings(configfiles=[Path("config/config.yaml")]),
        deployment_settings=DeploymentSettings(deployment_method={DeploymentMethod.APPTAINER}),
        snakefile=Path(sys.argv[1]),
    )._workflow
    print(json.dumps({rule.name: rule.container_img for rule in workflow.rules}))
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo's samples, and an image; a stand-in for Apptainer on PATH."""
    commands = tmp_path / "commands"
    commands.mkdir()
    (commands / "apptainer").write_text(STAND_IN)
    (commands / "apptainer").chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    folder = write_project(tmp_path / "run", demo_samples(), demo_units(), run={"container": "config/image.sif"})
    (folder / "config/image.sif").write_text("an image")
    return folder


def images(folder: Path) -> dict[str, str]:
    """Rule to its image, as Snakemake has read them."""
    command = [str(BIN / "python"), "-c", IMAGES, str(ROOT / "Snakefile")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_every_rule_carries_the_image(project: Path) -> None:
    found = images(project)
    assert {name for name, image in found.items() if image != "config/image.sif"} == {"digest_reference"}
    assert len(found) > 30
    write_project(project, demo_samples(), demo_units())
    assert set(images(project).values()) <= {None, False}, "nobody asked for one"


def test_snakemake_that_would_leave_the_image_out_is_refused(project: Path) -> None:
    done = snakemake(project, "--dry-run")
    assert done.code == 1 and "jobs are to work in config/image.sif (run.container): say --sdm apptainer" in done.output


def test_tierline_run_starts_jobs_in_the_image(project: Path, tmp_path: Path) -> None:
    wanted = ["results/run/versions.tsv", "results/reference/genome.dict", "results/reference/sha256.txt"]
    environment = {**os.environ, "PATH": search_path(), "TIERLINE_TOOLS": "conda"}
    done = subprocess.run(
        [str(BIN / "tierline"), "run", "--cores", CORES, "--", *wanted], cwd=project, env=environment,
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout  # the reports are not there
    assert all((project / name).is_file() for name in wanted)
    calls = (tmp_path / "calls").read_text()
    assert calls.count(f"exec --home {project} ") == calls.count("config/image.sif bash -c ") == 3, calls
    assert "samtools dict" in calls and "python" in calls, calls
    assert "sha256sum" not in calls, "the image need not be seen from within"
    image, *others = read_rows(project / wanted[0], ToolVersion)
    assert (image.tool, image.found) == ("container", "config/image.sif")
    assert next(row for row in others if row.tool == "python").found == sys.executable
    digests = (project / wanted[2]).read_text()
    assert "config/image.sif" in digests and str(DEMO / "genome.fa") in digests


def test_the_plan_says_so(project: Path) -> None:
    done = tierline(project, "run", "--plan")
    assert done.code == 0 and "Every job works in the image config/image.sif." in done.output, done.output
