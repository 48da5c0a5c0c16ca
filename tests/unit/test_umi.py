"""The ``umi`` part of an assay: its defaults, what is refused, and the tool that it needs."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from tierline import tools, umi
from tierline.assays import Umi, load_assay, read_umi
from tierline.documents import SCHEMAS
from tierline.problems import InputError

ROOT = Path(__file__).parents[2]
STRUCTURE = ["3M2S+T", "3M2S+T"]
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A function that writes an assay with the given ``umi`` part; returns its folder."""

    def _write(umi: object, **keys: object) -> Path:
        folder = tmp_path / "mine"
        folder.mkdir(exist_ok=True)
        (folder / "t.bed").write_text("chr1\t5\t9\n")
        document = {"assay": "mine", "version": "1.0", "title": "T", "chemistry": "capture", "targets": {"x": "t.bed"}}
        (folder / "assay.yaml").write_text(yaml.safe_dump(document | {"umi": umi} | keys))
        return folder

    return _write


def faults(folder: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(InputError) as caught:
        load_assay(folder, "x")
    return [(p.column, p.value, p.message) for p in caught.value.problems]


def test_defaults(write: Write) -> None:
    assert load_assay(write("none"), "x").umi is None
    assert load_assay(write({"read_structure": STRUCTURE}), "x").umi == Umi(
        read_structure=("3M2S+T", "3M2S+T"),
        consensus="simplex",
        strategy="adjacency",
        max_mismatches=1,
        min_reads=2,
        min_strand_reads=1,
        min_base_quality=10,
        min_consensus_base_quality=30,
        max_base_error_rate=0.2,
    )
    duplex = load_assay(write({"read_structure": STRUCTURE, "consensus": "duplex"}), "x").umi
    assert duplex and (duplex.strategy, duplex.min_reads, duplex.min_strand_reads) == ("paired", 2, 1)


def test_defaults_are_those_of_the_schema() -> None:
    keys = yaml.safe_load((SCHEMAS / "assay.schema.yaml").read_text())["$defs"]["umi"]["properties"]
    umi = read_umi({"read_structure": STRUCTURE})
    written = {name: key["default"] for name, key in keys.items() if "default" in key}
    assert set(keys) == set(Umi.__dataclass_fields__) and len(written) == len(keys) - 2
    assert {name: getattr(umi, name) for name in written} == written


@pytest.mark.parametrize("structures", [["8M+T", "+T"], ["3M2S146T", "+T"], ["100T8M", "2S+T"], ["4M4M+T", "10S+T"]])
def test_read_structures(write: Write, structures: list[str]) -> None:
    umi = load_assay(write({"read_structure": structures}), "x").umi
    assert umi and list(umi.read_structure) == structures


@pytest.mark.parametrize(
    ("umi", "column", "value", "message"),
    [
        ("inline", "umi", "inline", "the value is not known"),
        ({}, "umi.read_structure", "", "the key is missing"),
        ({"read_structure": STRUCTURE, "edits": 1}, "umi.edits", "", "the key is not known"),
        ({"read_structure": ["+T3M", "+T"]}, "umi.read_structure.0", "+T3M", "does not match"),
        ({"read_structure": ["0M+T", "+T"]}, "umi.read_structure.0", "0M+T", "does not match"),
        ({"read_structure": ["3M+T", "8B+T"]}, "umi.read_structure.1", "8B+T", "does not match"),
        ({"read_structure": ["3M+T"]}, "umi.read_structure", "['3M+T']", "too short"),
        ({"read_structure": ["+T", "+T"]}, "umi.read_structure", "+T +T", "neither read has a UMI"),
        ({"read_structure": ["3M", "+T"]}, "umi.read_structure", "3M", "a read has exactly one stretch of template"),
        ({"read_structure": STRUCTURE, "strategy": "paired"}, "umi.strategy", "paired", "paired is for duplex only"),
        ({"read_structure": STRUCTURE, "min_strand_reads": 2}, "umi.min_strand_reads", "2", "it is for duplex only"),
        ({"read_structure": STRUCTURE, "min_reads": 0}, "umi.min_reads", "0", "less than the minimum"),
        ({"read_structure": STRUCTURE, "max_base_error_rate": 20}, "umi.max_base_error_rate", "20", "greater than"),
    ],
)  # fmt: skip
def test_faults(write: Write, umi: object, column: str, value: str, message: str) -> None:
    found = faults(write(umi))
    assert [(c, v) for c, v, _ in found] == [(column, value)]
    assert message in found[0][2]


def test_faults_of_duplex_are_named_at_once(write: Write) -> None:
    umi = {"read_structure": ["8M+T", "+T"], "consensus": "duplex", "strategy": "edit", "min_strand_reads": 3}
    assert faults(write(umi, qc={"duplicate_fraction": {"warn": 0.1, "fail": 0.2}})) == [
        ("umi.read_structure", "8M+T +T", "duplex needs a UMI in each read"),
        ("umi.strategy", "edit", "duplex pairs the UMIs of both strands"),
        ("umi.min_reads", "2", "both strands need 6 reads"),
        ("qc.duplicate_fraction", "", "an assay with UMIs has no duplicates: they are collapsed"),
    ]


@pytest.mark.parametrize(
    ("bam", "handling", "has_fgumi", "columns"),
    [
        ("", "realign", True, []),
        ("", "realign", False, ["umi"]),
        ("x.bam", "realign", False, ["umi", "bam"]),
        ("x.bam", "realign", True, ["bam"]),
        ("x.bam", "as_is", False, []),
    ],
)
def test_what_a_project_lacks(
    write: Write, monkeypatch: pytest.MonkeyPatch, bam: str, handling: str, has_fgumi: bool, columns: list[str]
) -> None:
    monkeypatch.setattr(umi, "has_tool", lambda name: has_fgumi and name == "fgumi")
    assay = load_assay(write({"read_structure": STRUCTURE}), "x")
    project = SimpleNamespace(
        config={"align": {"bam": handling}, "units": "units.tsv", "run": {"container": ""}},
        samples=[SimpleNamespace(sample="A", assay="mine"), SimpleNamespace(sample="B", assay="other")],
        units=[SimpleNamespace(sample="A", bam=bam, vcf=""), SimpleNamespace(sample="B", bam="b.bam", vcf="")],
    )
    assert [problem.column for problem in umi.umi_problems(assay, project)] == columns
    project.config["run"]["container"] = "image.sif"
    within = [problem.column for problem in umi.umi_problems(assay, project)]
    assert within == [column for column in columns if column != "umi"], "what an image has is not known here"


def test_fgumi_is_listed_only_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "search_path", lambda: str(tmp_path))
    monkeypatch.setattr(tools, "deployment", lambda: "path")
    assert not tools.has_tool("fgumi")
    assert "fgumi" not in {row.tool for row in tools.find_tools()}
    command = tmp_path / "fgumi"
    command.write_text("#!/bin/sh\necho fgumi 0.9.0\n")
    command.chmod(0o755)
    assert tools.has_tool("fgumi")
    assert {row.tool: row.version for row in tools.find_tools()}["fgumi"] == "0.9.0"


def test_set_up_builds_the_version_of_the_table() -> None:
    script = (ROOT / "envs" / "setup.sh").read_text()
    needed = next(tool for tool in tools.TOOLS if tool.name == "fgumi").needed
    assert re.search(r"^fgumi_version=(\S+)", script, re.MULTILINE)[1] == needed


def test_set_up_refuses_a_word_that_it_does_not_know() -> None:
    done = subprocess.run([ROOT / "envs" / "setup.sh", "umis"], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "'umis' is not known" in done.stderr
