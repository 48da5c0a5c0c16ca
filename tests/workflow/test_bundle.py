"""A bundle made here, and installed and run where there is no network: in a network namespace without routes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from runs import CORES, Run, differences, tierline
from tierline.bundle import debian_packages, verify

pytestmark = pytest.mark.slow

OF_THE_PLACE = (
    re.compile(  # tools and checkout by their path; the pages are made from the case files, compared by themselves
        r"reference/sha256\.txt|run/(versions|made_by)\.tsv|multiqc/tierline_versions_mqc\.json|reads/.*\.fastp\.json"
        r"|interpret/[^/]*\.json|report/[^/]*\.html"
    )
)
ALONE = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle, of what this machine offers; 1.1 GB, most of it fetched anew."""
    if not shutil.which("apt-get") or subprocess.run([*ALONE, "true"], check=False).returncode:
        message = "bundles need Debian, and these tests the right to a network namespace"
        pytest.fail(message) if "TIERLINE_CI" in os.environ else pytest.skip(message)
    folder = tmp_path_factory.mktemp("bundle")
    done = tierline(folder, "bundle", "make", "made", "--tools", "debian")
    assert done.code == 0, done.output
    return folder / "made"


def without_network(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command with no network and no home folder of before; nothing of the running environment is on PATH."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return subprocess.run(
        [*ALONE, *command], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(home), "LC_ALL": "C.UTF-8",
             "TIERLINE_CACHE": str(folder / "cache")},
    )  # fmt: skip


def test_every_file_is_as_it_was_made(made: Path) -> None:
    files, problems = verify(made)
    assert files > 1500 and not problems


def test_a_bare_debian_finds_all_packages_in_it(made: Path, tmp_path: Path) -> None:
    """apt, to which nothing is installed and which knows no other source, can install every package of the set-up."""
    (tmp_path / "lists/partial").mkdir(parents=True)
    (tmp_path / "status").touch()
    (tmp_path / "sources.list").write_text(f"deb [trusted=yes] file:{made}/debian ./\n")
    settings = {
        "Dir::Etc::SourceList": tmp_path / "sources.list", "Dir::Etc::SourceParts": "-", "Dir::State": tmp_path,
        "Dir::State::Status": tmp_path / "status", "Dir::State::Lists": tmp_path / "lists", "Dir::Cache": tmp_path,
        "Debug::NoLocking": "1", "APT::Sandbox::User": "",
    }  # fmt: skip
    apt = ["apt-get", "--yes", *(f"--option={key}={value}" for key, value in settings.items())]
    done = without_network(tmp_path, *apt, "update")
    assert done.returncode == 0, done.stdout
    done = without_network(tmp_path, *apt, "--no-install-recommends", "--simulate", "install", *debian_packages())
    assert done.returncode == 0, done.stdout
    assert sum(line.startswith("Inst ") for line in done.stdout.splitlines()) == len([*made.glob("debian/*.deb")]) > 100


def test_installed_without_a_network_the_demo_gives_the_same(made: Path, demo_run: Run, tmp_path: Path) -> None:
    assert demo_run.code == 0, demo_run.output[-3000:]
    network = without_network(tmp_path, sys.executable, "-c", "import socket; socket.create_connection(('1.1.1.1', 53), 3)")
    assert network.returncode and "Network is unreachable" in network.stdout, network.stdout
    done = without_network(tmp_path, str(made / "install.sh"), "here")
    assert done.returncode == 0, done.stdout
    assert "setup: ready" in done.stdout and (tmp_path / "cache").is_dir()
    done = without_network(tmp_path / "here", ".venv/bin/tierline", "demo", "--cores", CORES)
    assert done.returncode == 0 and "Complete." in done.stdout, done.stdout[-5000:]
    first, second = demo_run.folder / "results", tmp_path / "here/demo/results"
    compared, _, differ = differences(first, second)
    assert compared > 100 and not [name for name in differ if not OF_THE_PLACE.fullmatch(name)], differ
    cases = [path.relative_to(first) for path in first.glob("interpret/*.json")]
    assert len(cases) == 3
    for case in cases:
        one, other = (json.loads((folder / case).read_text()) | {"tools": None} for folder in (first, second))
        assert one == other, case
    print(f"{compared} files compared, {len(differ)} of them name folders or versions of the place")
