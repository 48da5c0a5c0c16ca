# Three rules that carry the faults of the tests: config says what happens to which sample.
#   samples  comma-separated; the name's first part is what its job does (see work)
#   lines    that a job of `work` writes, two a second
import shlex
import sys
from pathlib import Path

from tierline.paths import ROOT

shell.prefix(f"set -euo pipefail; source {shlex.quote(str(ROOT / 'workflow/scripts/job.sh'))}; ")

SAMPLES = config["samples"].split(",")


rule all:
    default_target: True
    input:
        "results/gather/all.txt",


rule prepare:
    output:
        "results/prepare/{sample}.txt",
    log:
        "logs/prepare/{sample}.log",
    shell:
        """
        produce {log:q} {output:q}
        echo {wildcards.sample} > $part/{output:q}
        """


rule work:
    """plain writes lines; memory takes 500 MB, time an hour, tool exits with 137, each in its first attempt only;
    broken always fails."""
    input:
        "results/prepare/{sample}.txt",
    output:
        "results/work/{sample}.txt",
    log:
        "logs/work/{sample}.log",
    resources:
        mem_mb=lambda wildcards, attempt: 400 * attempt,
        runtime=lambda wildcards, attempt: 1 if (wildcards.sample[:4], attempt) == ("time", 1) else 10,
        attempt=lambda wildcards, attempt: attempt,
    params:
        lines=config["lines"],
        hungry="import time; block = b'x' * 500 * 2**20; time.sleep(8)",
    shell:
        """
        produce {log:q} {output:q}
        case {wildcards.sample}.{resources.attempt} in
            memory*) {sys.executable} -c {params.hungry:q} ;;
            time*.1) sleep 3600 ;;
            tool*.1) exit 137 ;;
            broken*) echo 'Error: the reads are upside down' && exit 1 ;;
        esac
        for number in $(seq {params.lines}); do
            echo "$number attempt {resources.attempt} node ${{SLURMD_NODENAME:-none}} job ${{SLURM_JOB_ID:-none}}"
            sleep 0.5
        done > $part/{output:q}
        """


rule gather:
    input:
        [f"results/work/{sample}.txt" for sample in SAMPLES],
    output:
        "results/gather/all.txt",
    log:
        "logs/gather.log",
    shell:
        """
        produce {log:q} {output:q}
        cat {input:q} > $part/{output:q}
        """
