"""The conda part of a bundle, with a program that stands in for conda: packages and lists made, installed, used offline.

The stand-in does what conda's documentation says of the few commands in use: it downloads into ``CONDA_PKGS_DIRS``, lists
what an environment holds with the MD5 of each package, and installs a list of files if each has its MD5.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tierline import bundle, bundleconda
from tierline.bundle import INSTALL
from tierline.bundleconda import BASE, CondaError, Package, fetch_conda, has_conda, pip_packages, read_list
from tierline.paths import ROOT
from tierline.tools import ENVS

CONDA = """#!{python}
import hashlib, json, os, pathlib, sys
import yaml

base, words = pathlib.Path(__file__).parents[1], sys.argv[1:]
with open(base / "calls", "a") as calls:
    print(*words, file=calls)

def value(option):
    return words[words.index(option) + 1]

def make(prefix, lines):
    (prefix / "bin").mkdir(parents=True)
    (prefix / "list").write_text("".join(f"{{line}}\\n" for line in lines))
    (prefix / "bin/python").symlink_to(base / "python")

def download(spec):
    name = spec.replace(">=", "-").replace("=", "-") + "-0.conda"
    path = pathlib.Path(os.environ["CONDA_PKGS_DIRS"]) / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(spec)
    md5 = hashlib.md5(spec.encode()).hexdigest()
    if spec in os.environ.get("DAMAGED", ""):
        path.write_text("half")
    return f"https://conda.anaconda.org/bioconda/noarch/{{name}}#{{md5}}"

if words == ["--version"]:
    print("conda 24.9.2")
elif words[:1] == ["info"]:
    print(json.dumps({{"conda_prefix": str(base), "platform": "linux-64"}}))
elif words[:1] == ["config"]:
    print(json.dumps({{"get": {{"channel_priority": "strict"}}}}))
elif words == ["clean", "-y", "--tarballs"]:
    pass  # of the folder where conda downloads to
elif words[:1] == ["list"]:
    print("# platform: linux-64", "@EXPLICIT", (pathlib.Path(value("--prefix")) / "list").read_text(), sep="\\n")
elif words[:2] == ["env", "create"]:
    specs = yaml.safe_load(pathlib.Path(value("--file")).read_text())["dependencies"]
    make(pathlib.Path(value("--prefix")), [download(spec) for spec in specs if isinstance(spec, str)])
elif words[:1] == ["create"] and "--file" in words:
    listed = pathlib.Path(value("--file")).read_text().split()
    assert listed[0] == "@EXPLICIT"
    for line in listed[1:]:
        path, md5 = line.removeprefix("file://").split("#")
        assert hashlib.md5(pathlib.Path(path).read_bytes()).hexdigest() == md5, line
    make(pathlib.Path(value("--prefix").strip("'")), listed[1:])
elif words[:1] == ["create"]:
    make(pathlib.Path(value("--prefix")), [download(spec) for spec in words if spec.startswith(("python=", "conda>"))])
else:
    sys.exit(f"conda: what is {{words}}?")
"""
PYTHON = """#!/bin/bash
echo "python $*" >> {base}/calls
[[ $* == *download* ]] || exit 0
while [[ $1 != --dest ]]; do shift; done
mkdir -p "$2" && for name in "${{@:3}}"; do echo "$name" > "$2/$name.whl"; done
"""
LISTED = """# This file may be used to create an environment using:
# $ conda create --name <env> --file <this file>
# platform: linux-64
@EXPLICIT
https://conda.anaconda.org/conda-forge/linux-64/_libgcc_mutex-0.1-conda_forge.tar.bz2#d7c89558ba9fa0495403155b64376d81
https://conda.anaconda.org/conda-forge/noarch/tzdata-2024a-h0c530f3_0.conda#161081fc7cec0bfda0d86d7cb595f8d8
"""


@pytest.fixture
def conda(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a stand-in for conda that is on PATH; its calls are in ``calls``."""
    base = tmp_path / "conda"
    (base / "bin").mkdir(parents=True)
    for path, text in {
        base / "bin/conda": CONDA.format(python=sys.executable), base / "python": PYTHON.format(base=base),
        base / "bin/activate": 'PATH=$1/bin:$PATH\n',
    }.items():  # fmt: skip
        path.write_text(text)
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{base}/bin{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(bundleconda, "search_path", lambda: os.environ["PATH"])
    return base


def calls(conda: Path) -> list[str]:
    return (conda / "calls").read_text().splitlines()


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


# --------------------------------------------------------------------------- make


def test_a_list_of_conda_is_read_in_its_order() -> None:
    platform, packages = read_list(LISTED)
    assert platform == "linux-64"
    assert packages == [
        Package("conda-forge/linux-64/_libgcc_mutex-0.1-conda_forge.tar.bz2", "d7c89558ba9fa0495403155b64376d81"),
        Package("conda-forge/noarch/tzdata-2024a-h0c530f3_0.conda", "161081fc7cec0bfda0d86d7cb595f8d8"),
    ]


@pytest.mark.parametrize(
    "text",
    ["", LISTED.replace("# platform: linux-64\n", ""), LISTED.partition("https")[0], LISTED.replace("#1610", "#"),
     LISTED.replace("/tzdata", "/$(id)"), "# platform: linux-64\ntzdata 2024a\n"],
)  # fmt: skip
def test_a_list_without_what_is_needed_is_refused(text: str) -> None:
    with pytest.raises(CondaError, match="no list of packages with their MD5"):
        read_list(text)


def test_every_environment_is_taken_along(conda: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "made"
    monkeypatch.chdir(tmp_path)
    fetch_conda(Path("made"), "24.7.1")
    assert f"--prefix {folder}/scratch/gatk" in (conda / "calls").read_text(), "conda is told no relative path"
    environments = {path.stem for path in ENVS.glob("*.yaml")}
    assert len(environments) >= 10
    lists = {path.name.removesuffix(".linux-64.pin.txt") for path in folder.glob("*.pin.txt")}
    assert lists == {BASE, *environments}
    for path in folder.glob("*.pin.txt"):
        first, *lines = path.read_text().splitlines()
        assert first == "@EXPLICIT" and lines
        assert [md5(folder / line.partition("#")[0]) for line in lines] == [line.partition("#")[2] for line in lines]
    gatk = (folder / "gatk.linux-64.pin.txt").read_text()
    assert "packages/bioconda/noarch/gatk4-4.6.2.0-0.conda#" in gatk
    python = f"python-{sys.version_info.major}.{sys.version_info.minor}-0.conda"
    assert python in (folder / f"{BASE}.linux-64.pin.txt").read_text(), "that of the wheels"
    wanted = yaml.safe_load((ENVS / "python.yaml").read_text())["dependencies"][-1]["pip"]
    assert {path.name: path.read_text().split() for path in folder.glob("*.pip.txt")} == {"python.pip.txt": wanted}
    assert {path.name for path in (folder / "pip").iterdir()} == {f"{name}.whl" for name in wanted}
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {"packages", "pip"}


def test_a_damaged_download_makes_no_bundle(conda: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAMAGED", "bcftools=1.16")
    with pytest.raises(CondaError, match=r"bcftools: no bcftools-1.16-0.conda with the MD5 [0-9a-f]{32}"):
        fetch_conda(tmp_path / "made", "24.7.1")


def test_what_conda_says_when_it_fails_is_told(conda: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "envs").mkdir()
    (tmp_path / "envs/odd.yaml").write_text("no: environment\n")
    monkeypatch.setattr(bundleconda, "ENVS", tmp_path / "envs")
    with pytest.raises(CondaError, match=r"(?s)conda env create .*odd.yaml.*failed:.*KeyError: 'dependencies'"):
        fetch_conda(tmp_path / "made", "24.7.1")


def test_whose_packages_are_taken(conda: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a word conda's, where it is on PATH; that the rest of the bundle is there as well needs a network."""
    for name in ("fetch_wheels", "fetch_debian"):
        monkeypatch.setattr(bundle, name, lambda folder, *_: folder.mkdir())
    monkeypatch.setattr(bundle, "gatk_jars", lambda: [])
    monkeypatch.setattr(bundle, "checkout_files", lambda: ["Snakefile"])
    monkeypatch.setattr(bundle, "fetch_conda", lambda folder, oldest: (folder.mkdir(), (folder / oldest).touch()))
    assert has_conda()
    for tools, held, lacks in (("", "conda", "conda itself"), ("debian", "debian", "conda packages")):
        target = tmp_path / f"of {held}"
        assert bundle.make(target, "", print, tools)[0].startswith(lacks)
        told = json.loads((target / "bundle.json").read_text())
        assert {"conda", "debian"} & told["contents"].keys() == {held} and told["lacks"][0].startswith(lacks)
    assert (tmp_path / "of conda/conda/24.7.1").exists(), "the oldest that the set-up takes"
    monkeypatch.setattr(bundle, "has_conda", lambda: False)
    assert bundle.make(tmp_path / "without", "", print)[0].startswith("conda packages")


# --------------------------------------------------------------------------- install, and use


@pytest.fixture
def made(conda: Path, tmp_path: Path) -> Path:
    """A bundle of two environments, and a checkout whose set-up says how it was called."""
    folder = tmp_path / "made"
    fetch_conda(folder / "conda", "24.7.1")
    (folder / "checkout/envs").mkdir(parents=True)
    for name in ("python", "bcftools"):
        shutil.copy(ENVS / f"{name}.yaml", folder / "checkout/envs")
    setup = folder / "checkout/envs/setup.sh"
    setup.write_text('#!/bin/bash\necho "set up with $TIERLINE_TOOLS, pip asks a network: ${PIP_NO_INDEX:-yes}"\n')
    setup.chmod(0o755)
    shutil.copy(ROOT / "envs/install_bundle.sh", folder / INSTALL)
    bundle.write_sums(folder)
    (conda / "calls").unlink()
    return folder


def install(made: Path, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(made / INSTALL), "here"], cwd=made.parent, capture_output=True, text=True, check=False,
        env={"PATH": path, "HOME": str(made.parent), "TIERLINE_CACHE": str(made.parent / "cache")},
    )  # fmt: skip


def test_it_is_installed_without_a_network(made: Path, conda: Path, tmp_path: Path) -> None:
    done = install(made, f"{conda}/bin:/usr/bin:/bin")
    assert done.returncode == 0, done.stderr
    assert "set up with conda, pip asks a network: 1" in done.stdout
    target = tmp_path / "here"
    assert calls(conda) == [
        f"create --yes --quiet --offline --no-default-packages --prefix {target}/.conda --file {target}/.conda.pin.txt"
    ]
    shutil.rmtree(made)  # a disk that is taken away
    pins = sorted(target.glob("envs/*.pin.txt"))
    assert len(pins) == len(list(ENVS.glob("*.yaml"))) and not list(target.glob("envs/base*"))
    for path in pins:
        for line in path.read_text().splitlines()[1:]:
            place, _, digest = line.removeprefix("file://").partition("#")
            assert md5(Path(place)) == digest and Path(place).is_relative_to(tmp_path / "cache")


def test_without_conda_nothing_is_changed(made: Path, tmp_path: Path) -> None:
    done = install(made, "/usr/bin:/bin")
    assert done.returncode == 2 and "conda is not on PATH; nothing was changed" in done.stderr
    assert not (tmp_path / "here").exists() and not (tmp_path / "cache").exists()


def test_snakemake_makes_the_environments_of_these_packages(made: Path, conda: Path, tmp_path: Path) -> None:
    assert install(made, f"{conda}/bin:/usr/bin:/bin").returncode == 0
    (conda / "calls").unlink()
    rule = 'rule {0}:\n    output: "{0}.txt"\n    conda: "envs/{0}.yaml"\n    shell: "touch {{output}}"\n'
    (tmp_path / "here/Snakefile").write_text("".join(map(rule.format, ("python", "bcftools"))))
    command = [str(Path(sys.prefix, "bin", "snakemake")), "--sdm", "conda", "--cores", "1", "python.txt", "bcftools.txt"]
    done = subprocess.run(command, cwd=tmp_path / "here", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = [line for line in calls(conda) if re.match("create|env|python", line)]
    assert sum(line.startswith("create ") and ".pin.txt" in line for line in said) == 2, said
    assert not any(line.startswith("env ") for line in said), "nothing is solved"
    [pip] = [line for line in said if line.startswith("python")]
    assert re.fullmatch(
        r"python -m pip install --quiet --no-index --find-links (\S+)/pip --requirement \1/python.pip.txt", pip
    ), pip
    assert pip_packages(ENVS / "bcftools.yaml") == []
