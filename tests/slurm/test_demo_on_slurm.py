"""The demo on a cluster: the same results as on one machine, jobs spread over nodes, bwa's index copied once."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cluster import PATIENCE, Cluster, lacking
from runs import BIN, QUICK_JAVA, Run, demo_samples, demo_units, differences, write_project
from tierline.runfolder import MADE_BY

pytestmark = [pytest.mark.slow, pytest.mark.slurm]

OPTIONS = ("--tierline-slurm-init-seconds-before-status-checks=1", "--latency-wait=10")


def test_the_demo_gives_the_results_of_a_local_run(demo_run: Run, tmp_path: Path) -> None:
    lacking(accounting=True)
    assert demo_run.code == 0, demo_run.output[-5000:]
    (tmp_path / "node").mkdir()  # both nodes of the test are this machine
    folder = write_project(tmp_path / "run", demo_samples(), demo_units(), run={"node_folder": str(tmp_path / "node")})
    cluster = Cluster(accounting=True, cpus=16, memory=32000)
    try:
        cluster.start()
        done = subprocess.run(
            [str(BIN / "tierline"), "run", "--profile", "slurm", "--partition", "short", "--yes", *OPTIONS],
            cwd=folder, env={**cluster.environment, "JAVA_TOOL_OPTIONS": QUICK_JAVA},
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=3 * PATIENCE,
        )  # fmt: skip
        print(done.stdout[-5000:])
        assert done.returncode == 0
        nodes = cluster.ask("sacct", "--allocations", "--noheader", "--parsable2", "--format=NodeList").splitlines()
    finally:
        cluster.stop()
    assert "Complete." in done.stdout
    compared, _, differ = differences(demo_run.folder / "results", folder / "results")
    assert compared > 100 and [f"results/{name}" for name in differ] == [str(MADE_BY)], differ  # it names the config
    said = [path.read_text() for path in folder.glob("logs/align_reads/*.log")]
    assert len(said) == 5 and sum(" is made: " in text for text in said) == 1 and "read instead" not in "".join(said)
    assert set(nodes) == {"n1", "n2"}
    print(f"{compared} files compared; {len(nodes)} jobs of Slurm")
