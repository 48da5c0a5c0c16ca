"""The table of tools, how versions are read, and that the conda files pin what the table and the lock file name."""

import os
import re
import shutil
import stat
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
import yaml
from tierline import tools
from tierline.records import ToolVersion

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
LOCK = dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))


@pytest.fixture
def only_here(tmp_path, monkeypatch):
    """A function that makes a command of the given name; nothing else is on the search path."""
    monkeypatch.setattr(tools, "search_path", lambda: str(tmp_path))
    monkeypatch.setattr(tools, "deployment", lambda: "path")

    def make(name: str, body: str) -> Path:
        command = tmp_path / name
        command.write_text(f"#!/bin/sh\n{body}\n")
        command.chmod(command.stat().st_mode | stat.S_IXUSR)
        return command

    return make


def row(name: str, **options) -> ToolVersion:
    return next(found for found in tools.find_tools(**options) if found.tool == name)


@pytest.mark.parametrize(
    ("name", "printed", "version"),
    [
        ("bwa", "\nProgram: bwa (alignment)\nVersion: 0.7.17-r1188\n", "0.7.17"),
        ("samtools", "samtools 1.16.1\nUsing htslib 1.16\n", "1.16.1"),
        ("tabix", "tabix (htslib) 1.16\nCopyright (C) 2022\n", "1.16"),
        ("freebayes", "version:  v1.3.6\n", "1.3.6"),
        ("snpEff", "SnpEff\t5.1d\t2023-01-20 19:55\n", "5.1d"),
        ("snpEff", "Picked up JAVA_TOOL_OPTIONS: -XX:TieredStopAtLevel=1\nSnpEff\t5.1d\t2023-01-20 19:55\n", "5.1d"),
        ("gatk", "The Genome Analysis Toolkit (GATK) v4.6.2.0\nHTSJDK Version: 4.2.0\n", "4.6.2.0"),
        ("java", 'openjdk version "17.0.21.1" 2026-11-17\n', "17.0.21.1"),
        ("java", 'openjdk version "21" 2023-09-19\n', "21"),
    ],
)
def test_version_is_read_from_what_the_tool_prints_whatever_its_exit_code(only_here, name, printed, version):
    command = only_here(name, f"cat >&2 <<'END'\n{printed}END\nexit 1")
    found = row(name)
    assert (found.version, found.found) == (version, str(command))


def test_a_tool_that_is_absent_is_missing(only_here):
    found = row("samtools")
    assert (found.version, found.found, tools.remark(found)) == ("", "missing", "missing")


def test_a_tool_that_hangs_is_given_up(only_here):
    only_here("fastp", "exec sleep 30")
    started = time.monotonic()
    found = row("fastp", timeout=0.3)
    assert time.monotonic() - started < 10
    assert (found.version, tools.remark(found)) == ("", "no answer")


def test_gatk_version_comes_from_the_jar_without_starting_java(only_here, tmp_path):
    lib = tmp_path / "jars" / "lib"
    lib.mkdir(parents=True)
    for name in ("gatk-native-bindings-1.0.0.jar", "gatk-4.6.2.0.jar", "gatk-bwamem-jni-1.0.4.jar"):
        (lib / name).touch()
    only_here("gatk", f"lib={lib}\nexit 9")
    assert row("gatk").version == "4.6.2.0"


def test_gatk_without_its_jars_gives_no_version(only_here, tmp_path):
    only_here("gatk", f"lib={tmp_path}/gone\nexit 9")
    assert tools.remark(row("gatk")) == "no answer"


@pytest.mark.parametrize(
    ("version", "needed", "expected"),
    [
        ("1.16", "1.16", True),
        ("5.1d", "5.1", True),
        ("17.0.21", "17", True),
        ("1.16.1", "1.16", True),
        ("1.161", "1.16", False),
        ("1.17", "1.16", False),
        ("1.1", "1.16", False),
        ("21", "17", False),
    ],
)
def test_agrees(version, needed, expected):
    assert tools.agrees(version, needed) is expected


def test_another_version_is_marked_and_no_error(only_here):
    only_here("samtools", "echo samtools 1.21")
    found = row("samtools")
    assert tools.remark(found) == "differs"
    assert re.search(r"^samtools +1\.21 +1\.16\.1 .* differs$", tools.format_table([found]), re.MULTILINE)


def test_deployment_is_the_environment_variable_then_what_set_up_recorded_then_path(tmp_path, monkeypatch):
    monkeypatch.setattr(tools.sys, "prefix", str(tmp_path))
    monkeypatch.delenv("TIERLINE_TOOLS", raising=False)
    assert tools.deployment() == "path"
    (tmp_path / "tierline-deployment").write_text("conda\n")
    assert tools.deployment() == "conda"
    monkeypatch.setenv("TIERLINE_TOOLS", "path")
    assert tools.deployment() == "path"


def test_with_conda_the_pinned_versions_are_named_with_their_file(monkeypatch):
    monkeypatch.setenv("TIERLINE_TOOLS", "conda")
    found = row("gatk")
    assert (found.version, found.found) == ("4.6.2.0", "conda: envs/gatk.yaml")
    assert "java" not in {row.tool for row in tools.find_tools()}


def test_tools_are_asked_side_by_side(only_here):
    commands = {tool.command[0] for tool in tools.TOOLS if tool.command}
    for name in commands:
        only_here(name, "sleep 1; echo 9.9")
    started = time.monotonic()
    rows = tools.find_tools()
    assert time.monotonic() - started < len(commands) / 2
    assert [row.tool for row in rows] == [tool.name for tool in tools.TOOLS]
    assert {row.tool for row in rows if row.version == "9.9"} >= {"samtools", "fastp", "mosdepth"}


# --------------------------------------------------------------------------- conda files


def pins(path: Path) -> dict[str, str]:
    """Package to version of one file of ``envs/``; fails where a dependency is not pinned exactly."""
    conda = yaml.safe_load(path.read_text())["dependencies"]
    pip = [spec for entry in conda if isinstance(entry, dict) for spec in entry["pip"]]
    found = {}
    for specs, sign in (([s for s in conda if isinstance(s, str)], "="), (pip, "==")):
        for spec in specs:
            match = re.fullmatch(rf"([\w.-]+){sign}(\d[\w.]*)", spec)
            assert match, f"{path.name}: {spec!r} is not pinned exactly"
            found[match[1]] = match[2]
    return found


def test_there_are_environments():
    assert len(ENVIRONMENTS) >= 10


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_environment_is_pinned_and_agrees_with_table_and_lock(path):
    loaded = yaml.safe_load(path.read_text())
    channels = [c for c in loaded["channels"] if c != "bioconda"]
    assert channels == ["conda-forge", "nodefaults"], "conda-forge, bioconda, nodefaults in this order"
    needed = {tool.package or tool.name: tool.needed for tool in tools.TOOLS} | LOCK
    compared = 0
    for package, version in pins(path).items():
        if package not in needed:
            assert package == "pip", f"{package} is in neither the table of tools nor requirements.lock"
            continue
        assert tools.agrees(version, needed[package]), f"{package} {version} against {needed[package]}"
        compared += 1
    assert compared >= 1


@pytest.mark.parametrize("tool", [t for t in tools.TOOLS if t.environment], ids=lambda tool: tool.name)
def test_every_tool_is_in_the_environment_that_the_table_names(tool):
    assert pins(ROOT / "envs" / f"{tool.environment}.yaml")[tool.package or tool.name] == tool.needed


@pytest.mark.parametrize("name", ["snakemake", "pysam", "multiqc"])
def test_python_packages_of_the_table_are_those_of_the_lock(name):
    assert next(tool for tool in tools.TOOLS if tool.name == name).needed == LOCK[name]


def test_versions_of_set_up_are_those_of_the_table():
    script = (ROOT / "envs" / "setup.sh").read_text()
    pom = (ROOT / "envs" / "gatk-pom.xml").read_text()
    jars = (ROOT / "envs" / "gatk-jars.sha256").read_text().splitlines()
    needed = next(tool for tool in tools.TOOLS if tool.name == "gatk").needed
    assert re.search(r"^gatk_version=(\S+)", script, re.MULTILINE)[1] == needed
    assert f"<artifactId>gatk</artifactId>\n      <version>{needed}</version>" in pom
    assert len(jars) == 363
    assert any(line.endswith(f"  gatk-{needed}.jar") for line in jars)


def test_an_exchanged_tool_is_noticed_and_a_launcher_written_anew_is_not(only_here):
    samtools, gatk = only_here("samtools", "echo samtools 1.16.1"), only_here("gatk", "exec java")
    before = tools.fingerprint()
    assert {"samtools", "gatk", "pysam", "python"} <= before.keys() and "bwa" not in before
    os.utime(gatk, ns=(1, 1))
    assert tools.fingerprint() == before
    only_here("samtools", "echo samtools 1.17")
    assert {name for name, mark in tools.fingerprint().items() if mark != before[name]} == {"samtools"}
    big = samtools.with_name("bwa")
    big.write_bytes(bytes(1 << 17))
    big.chmod(0o755)
    before = tools.fingerprint()
    os.utime(big, ns=(1, 1))
    assert {name for name, mark in tools.fingerprint().items() if mark != before[name]} == {"bwa"}


# --------------------------------------------------------------------------- set-up


def set_up(
    tmp_path: Path, stubs: Mapping[str, str] = MappingProxyType({}), **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a copy of the set-up script where there are only the commands that the script itself needs, and ``stubs``."""
    (tmp_path / "checkout" / "envs").mkdir(parents=True)
    shutil.copy(ROOT / "envs" / "setup.sh", tmp_path / "checkout" / "envs")
    (tmp_path / "bin").mkdir()
    for name in ("bash", "env", "readlink", "dirname", "tr", "grep", "paste", "sort", "head", "mkdir", "flock"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    for name, script in stubs.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    return subprocess.run(
        [tmp_path / "checkout" / "envs" / "setup.sh"],
        env={"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path / "home"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


@pytest.mark.parametrize("choice", ["", "path"])
def test_set_up_that_is_impossible_names_both_ways_and_changes_nothing(tmp_path, choice):
    done = set_up(tmp_path, TIERLINE_TOOLS=choice)
    assert done.returncode == 3
    assert "conda, mamba or micromamba" in done.stderr
    assert re.search(r"apt-get install .*\bbwa\b.*\bmosdepth\b.*\bmaven\b", done.stderr)
    assert files(tmp_path / "checkout") == ["envs/setup.sh"]
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(("candidate", "installs"), [("1.2.3-4", True), ("(none)", False)])
def test_set_up_installs_what_the_distribution_offers_and_names_what_it_does_not(tmp_path, candidate, installs):
    stubs = {
        "sudo": '[ "$1" = -v ] || exec "$@"',
        "apt-get": f'echo "$@" >> {tmp_path}/asked',
        # a package with a long history: who stops reading after the second line breaks apt-cache's pipe
        "apt-cache": f"echo '  Candidate: {candidate}'; i=0; while [ $i -lt 20000 ]; do echo 1.2.2; i=$((i+1)); done",
        "tail": "exit 0",
    }
    done = set_up(tmp_path, stubs, TIERLINE_TOOLS="path")
    assert ("does not offer: " in done.stderr) is not installs
    assert (" install --no-install-recommends " in (tmp_path / "asked").read_text()) is installs
    assert done.returncode == 3  # nothing of it was installed for real


def test_set_up_refuses_a_choice_that_it_does_not_know_or_cannot_follow(tmp_path):
    assert "'docker'" in set_up(tmp_path / "a", TIERLINE_TOOLS="docker").stderr
    assert "none of conda, mamba, micromamba is on PATH" in set_up(tmp_path / "b", TIERLINE_TOOLS="conda").stderr
