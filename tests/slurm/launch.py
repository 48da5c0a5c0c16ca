"""``tierline run --profile slurm`` around the workflow of three rules: all that it does but for sheets and reports."""

from __future__ import annotations

import argparse
import json
import os
import sys
import uuid
from dataclasses import asdict
from pathlib import Path

from tierline import cluster
from tierline.progress import EVENTS, load_progress
from tierline.run import failures

QUICK = [
    "--tierline-slurm-init-seconds-before-status-checks=1", "--latency-wait=5", "--tierline-slurm-patience=5",
    "--default-resources", "mem_mb=400", "runtime=5",
]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--adopt", default="")
    parser.add_argument(
        "--hangs", type=float, default=cluster.HANGS, help="seconds, after which Snakemake is taken to hang"
    )
    known, options = parser.parse_known_args()
    cluster.HANGS = known.hangs
    slurm = cluster.load_cluster("slurm")
    assert slurm
    run_id = uuid.uuid4().hex[:12]
    command = [
        str(Path(sys.executable).with_name("snakemake")),
        "--snakefile",
        str(Path(__file__).with_name("three_rules.smk")),
    ]
    command += ["--local-cores", "1", "--logger", "tierline", *slurm.options(), *QUICK, *options]
    environment = {**os.environ, "TIERLINE_EVENTS": str(EVENTS.absolute())}
    with cluster.held(run_id, "launch.py", slurm, known.adopt, take_over=False, say=lambda text: print(text, flush=True)):
        for path in (EVENTS, cluster.OUTPUT):
            path.write_bytes(b"")
        code, ended = cluster.launch(command, environment, run_id, slurm, lambda: None)
    for row in failures(load_progress(Path.cwd()), Path.cwd()):
        print(json.dumps(asdict(row)))
    print("ended:", *(process.name for process in ended))
    return code


if __name__ == "__main__":
    sys.exit(main())
