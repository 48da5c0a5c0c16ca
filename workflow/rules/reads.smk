"""reads: a BAM or CRAM unit gives its reads back as FASTQ. Trimming is the first part of aligning (align.smk, umi.smk)."""


rule extract_reads:
    input:
        bam=lambda wildcards: find_unit(wildcards.sample, wildcards.unit).bam,
        fasta=GENOME,
        fai=f"{GENOME}.fai",
    output:
        fq1=temp("results/reads/{sample}.{unit}.raw_R1.fastq.gz"),
        fq2=temp("results/reads/{sample}.{unit}.raw_R2.fastq.gz"),
    log:
        "logs/extract_reads/{sample}.{unit}.log",
    benchmark:
        "benchmarks/extract_reads/{sample}.{unit}.tsv"
    conda:
        "../../envs/samtools.yaml"
    threads: 2
    resources:
        mem_mb=memory(2000),
        runtime=minutes(60, 30, of="bam"),
    shell:
        """
        produce {log:q} {output:q}
        samtools collate -O -u -@ {threads} --reference {input.fasta:q} {input.bam:q} $part/collate |
            samtools fastq -@ {threads} -n -F 0x900 -0 /dev/null -s /dev/null \
                -1 $part/{output.fq1:q} -2 $part/{output.fq2:q} -
        """
