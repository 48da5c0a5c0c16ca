"""What VEP is told, and why it is refused before a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tierline import vep
from tierline.inputfiles import Cell
from tierline.vep import vep_models, vep_problems


def test_the_models_are_those_of_the_annotation_unless_a_cache_is_named() -> None:
    assert vep_models("", 0, "demo", "genes.gtf.gz") == ["--gtf", "genes.gtf.gz"]
    of_cache = ["--cache", "--dir_cache", "/c", "--species", "homo_sapiens", "--assembly", "GRCh38"]
    assert vep_models("/c", 0, "GRCh38", "genes.gtf.gz") == of_cache
    assert vep_models("/c", 110, "GRCh37", "genes.gtf.gz")[3:5] == ["--cache_version", "110"]


def problems(
    folder: Path, tool: str = "vep", cache: str = "", build: str = "GRCh38", container: str = ""
) -> list[tuple[str, str]]:
    config: dict[str, Any] = {"annotate": {"tool": tool, "vep_cache": cache}, "reference": {"build": build}}
    config["run"] = {"container": container}
    cells = (Cell("config.yaml", 1, f"annotate.{name}", "") for name in ("tool", "vep_cache"))
    return [(problem.column, problem.message) for problem in vep_problems(config, folder, *cells)]


def test_vep_has_to_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vep, "has_tool", lambda name: False)
    assert problems(tmp_path) == [("annotate.tool", "VEP is not on PATH")]
    assert problems(tmp_path, tool="snpeff", cache="absent") == [] == problems(tmp_path, container="image.sif")


def test_a_cache_has_to_be_one_and_of_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vep, "has_tool", lambda name: True)
    assert problems(tmp_path) == []
    assert problems(tmp_path, cache="cache") == [("annotate.vep_cache", "there is no cache of VEP in this folder")]
    (tmp_path / "cache/homo_sapiens/116_GRCh38").mkdir(parents=True)
    assert problems(tmp_path, cache="cache") == []
    assert problems(tmp_path, cache="cache", build="mine") == [
        ("annotate.vep_cache", "VEP has no cache for the build mine")
    ]
