# Three rules that carry the faults of the tests, of which one goes to the cluster: `work`, where a sample's name says what
# befalls its job.
# Jobs of `work` write on as long as the file `wait` is in the run directory, so that a test has all the time it needs.
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
    localrule: True
    shell:
        """
        produce {log:q} {output:q}
        echo {wildcards.sample} > $part/{output:q}
        """


rule work:
    """plain writes lines; memory takes 500 MB; full writes 4 MB; broken fails; in the first attempt only, time takes an
    hour, tool exits with 137, and late fails after its lines."""
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
        hungry="import time; block = b'x' * 500 * 2**20; time.sleep(8)",
    shell:
        """
        produce {log:q} {output:q}
        case {wildcards.sample}.{resources.attempt} in
            memory*) {sys.executable} -c {params.hungry:q} ;;
            time*.1) sleep 3600 ;;
            tool*.1) exit 137 ;;
            broken*) echo 'Error: the reads are upside down' && exit 1 ;;
            full*) head --bytes=4M /dev/zero > $part/{output:q} ;;
        esac
        number=0
        while ((number < 4)) || [[ -e wait ]]; do
            number=$((number + 1))
            echo "$number attempt {resources.attempt} node ${{SLURMD_NODENAME:-none}} job ${{SLURM_JOB_ID:-none}}"
            sleep 0.5
        done >> $part/{output:q}
        case {wildcards.sample}.{resources.attempt} in
            late*.1) exit 3 ;;
        esac
        """


rule gather:
    input:
        [f"results/work/{sample}.txt" for sample in SAMPLES],
    output:
        "results/gather/all.txt",
    log:
        "logs/gather.log",
    localrule: True
    shell:
        """
        produce {log:q} {output:q}
        cat {input:q} > $part/{output:q}
        """
