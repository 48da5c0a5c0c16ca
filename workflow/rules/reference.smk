"""reference: genome and annotation as given, checked; their indices; assays and panels on this genome."""

GENOME = "results/reference/genome.fa"
REFERENCE_FILES = ["fasta", "gtf", "transcripts", "population_vcf", "common_sites_vcf", "panel_of_normals", "clinvar_vcf"]
GENOME_INDICES = [f"{GENOME}.fai", "results/reference/genome.dict"]


rule place_genome:
    input:
        REFERENCE["fasta"],
    output:
        GENOME,
    log:
        "logs/place_genome.log",
    localrule: True
    conda:
        "../../envs/samtools.yaml"
    shell:
        """
        exec 2> {log:q}
        case {input:q} in
            *.gz) gzip -dc {input:q} > {output:q} ;;
            *) ln -sf "$(realpath {input:q})" {output:q} ;;
        esac
        """


rule digest_reference:
    """SHA-256 of every reference file as given: it stands on every report."""
    input:
        [REFERENCE[key] for key in REFERENCE_FILES if REFERENCE[key]],
    output:
        "results/reference/sha256.txt",
    log:
        "logs/digest_reference.log",
    conda:
        "../../envs/samtools.yaml"
    shell:
        """
        sha256sum {input:q} > {output:q} 2> {log:q}
        """


rule index_genome:
    input:
        GENOME,
    output:
        fai=f"{GENOME}.fai",
        dict="results/reference/genome.dict",
    log:
        "logs/index_genome.log",
    conda:
        "../../envs/samtools.yaml"
    resources:
        mem_mb=memory(1000),
    shell:
        """
        exec 2> {log:q}
        samtools faidx {input:q} --fai-idx {output.fai:q}
        samtools dict --uri genome.fa {input:q} -o {output.dict:q}
        """


rule index_bwa:
    input:
        GENOME,
    output:
        multiext(GENOME, ".amb", ".ann", ".bwt", ".pac", ".sa"),
    log:
        "logs/index_bwa.log",
    cache: "omit-software"
    conda:
        "../../envs/align.yaml"
    resources:
        mem_mb=memory(500, 2.0),
    shell:
        """
        bwa index {input:q} 2> {log:q}
        """


rule select_annotation:
    """Genes near a target: all that a call can fall on. The whole annotation would cost snpEff gigabytes of memory."""
    input:
        gtf=REFERENCE["gtf"],
        targets=[f"results/reference/assays/{name}.bed" for name in PROJECT.assays],
    output:
        "results/reference/genes.gtf",
    log:
        "logs/select_annotation.log",
    localrule: True
    conda:
        "../../envs/python.yaml"
    params:
        margin=10_000,  # bases; more than snpEff looks up- and downstream of a gene
        code=code("reference_annotation"),
    script:
        "../scripts/reference_annotation.py"


rule build_snpeff_database:
    input:
        fasta=GENOME,
        gtf=rules.select_annotation.output[0],
    output:
        config="results/reference/snpeff/snpEff.config",
        database="results/reference/snpeff/tierline/snpEffectPredictor.bin",
    log:
        "logs/build_snpeff_database.log",
    benchmark:
        "benchmarks/build_snpeff_database.tsv"
    conda:
        "../../envs/snpeff.yaml"
    resources:
        # the longest contig, and some times the annotation: of a panel a few MB, of an exome all of it
        mem_mb=lambda wildcards, input, attempt: int((2500 + 5e-6 * Path(input.gtf).stat().st_size) * (1 + attempt) / 2),
    params:
        folder=lambda wildcards, output: str(Path(output.database).parent),
    shell:
        """
        exec > {log:q} 2>&1
        ln -sf "$(realpath {input.gtf:q})" {params.folder:q}/genes.gtf
        ln -sf "$(realpath {input.fasta:q})" {params.folder:q}/sequences.fa
        echo 'tierline.genome : tierline' > {output.config:q}
        snpEff build -Xmx$(({resources.mem_mb} * 8 / 10))m -gtf22 -noCheckCds -noCheckProtein -noLog \
            -c {output.config:q} \
            -dataDir "$(realpath {params.folder:q}/..)" \
            tierline
        rm -f {params.folder:q}/genes.gtf {params.folder:q}/sequences.fa
        """


rule place_targets:
    input:
        bed=lambda wildcards: ASSAYS[wildcards.assay].bed,
        primers=lambda wildcards: [path for path in [ASSAYS[wildcards.assay].primers] if path],
        fai=f"{GENOME}.fai",
    output:
        "results/reference/assays/{assay}.bed",
    log:
        "logs/place_targets/{assay}.log",
    localrule: True
    conda:
        "../../envs/python.yaml"
    params:
        code=code("reference_targets"),
    script:
        "../scripts/reference_targets.py"


rule resolve_panel:
    input:
        fasta=GENOME,
        fai=f"{GENOME}.fai",
        gtf=REFERENCE["gtf"],
        transcripts=REFERENCE["transcripts"],
        targets="results/reference/assays/{assay}.bed",
        panel=lambda wildcards: panel_files(wildcards.panel),
    output:
        loci="results/reference/panels/{panel}.{assay}.loci.tsv",
    log:
        "logs/resolve_panel/{panel}.{assay}.log",
    localrule: True
    conda:
        "../../envs/python.yaml"
    params:
        folder=lambda wildcards: str(PROJECT.panel_folder(wildcards.panel)),
        code=code("reference_resolve"),
    script:
        "../scripts/reference_resolve.py"
