"""The image of the jobs: how it may be named, what must be there for it, and how it is told."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from test_refuse import build_base
from tierline import container as module
from tierline import tools
from tierline.check import CheckRow, run_check
from tierline.container import container_problems
from tierline.inputfiles import Cell
from tierline.problems import InputError
from tierline.sheets import load_project

CELL = Cell("config/config.yaml", 9, "run.container", "as written")


@pytest.fixture
def apptainer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.shutil, "which", lambda name: f"/usr/bin/{name}" if name == "singularity" else None)


def messages(image: str, folder: Path) -> list[str]:
    return [problem.message for problem in container_problems(image, folder, CELL)]


@pytest.mark.usefixtures("apptainer")
def test_what_an_image_may_be(tmp_path: Path) -> None:
    (tmp_path / "a.sif").write_text("image")
    sound = ["", "a.sif", str(tmp_path / "a.sif"), "docker://ghcr.io/a/b@sha256:0f", "oras://registry.example:5000/a/b:1.0"]
    assert {image: messages(image, tmp_path) for image in sound} == {image: [] for image in sound}
    assert messages("b.sif", tmp_path) == messages(".", tmp_path) == ["there is no such file"]
    assert messages("https://example.org/a.sif", tmp_path) == ["images do not come from there"]
    for image in ("a b.sif", "$(id).sif", "docker://a;b", "a'.sif", "größe.sif"):
        [said] = messages(image, tmp_path)
        assert "characters that a shell" in said, image


def test_without_apptainer_there_are_no_jobs_in_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    [said] = messages("docker://a/b", tmp_path)
    assert "apptainer and singularity are not on PATH" in said
    assert messages("", tmp_path) == []


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A valid project as working directory, whose jobs are to work in an image beside its config."""
    build_base(tmp_path / "run")
    with open(tmp_path / "run/config/config.yaml", "a") as config:
        config.write("run: {container: image.sif}\n")
    monkeypatch.chdir(tmp_path / "run")
    return tmp_path / "run"


@pytest.mark.usefixtures("apptainer")
def test_an_image_beside_the_config_is_found(run: Path) -> None:
    with pytest.raises(InputError, match=r"config/config.yaml, row \d+, column run.container: there is no such file"):
        load_project("config/config.yaml", run)
    (run / "config/image.sif").write_text("image")
    assert load_project("config/config.yaml", run).config["run"]["container"] == "config/image.sif"


@pytest.mark.usefixtures("apptainer")
def test_the_check_does_not_look_at_the_tools_of_this_machine(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "search_path", lambda: "")
    (run / "config/image.sif").write_text("image")
    told = [row for row in run_check("config/config.yaml", run) if row.what == "tools"]
    said = "of the image config/image.sif, in which every job works: they are not looked at"
    assert told == [CheckRow("tools", "ok", said)]


def test_the_image_is_a_tool_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIERLINE_TOOLS", "conda")  # what is said outside does not hold within
    monkeypatch.setattr(tools, "search_path", lambda: str(tmp_path))
    first, *others = tools.find_tools(container="docker://ghcr.io/a/tierline:0.1.0")
    assert (first.tool, first.version, first.found) == ("container", "tierline:0.1.0", "docker://ghcr.io/a/tierline:0.1.0")
    assert tools.remark(first) == ""
    assert {row.found for row in others if row.tool in ("bwa", "gatk")} == {"missing"}


def test_another_image_of_the_same_name_is_noticed(tmp_path: Path) -> None:
    image = tmp_path / "a.sif"
    image.write_bytes(b"x" * 100_000)
    before = tools.fingerprint(str(image))
    assert before == tools.fingerprint(str(image)) and set(before) == {"container"}
    shutil.copy(image, tmp_path / "b.sif")
    os.utime(image, (1, 1))
    assert len({str(mark) for mark in (before, tools.fingerprint(str(image)), tools.fingerprint("docker://a/b"))}) == 3
