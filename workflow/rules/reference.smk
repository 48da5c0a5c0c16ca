"""reference: genome and annotation as given, checked; their indices; assays and panels on this genome."""

GENOME = "results/reference/genome.fa"
REFERENCE_FILES = ["fasta", "gtf", "transcripts", "population_vcf", "common_sites_vcf", "panel_of_normals", "clinvar_vcf"]
# Files that rules of other stages take. They are named by path, not as rules.<rule>.output: that would bring the rule that
# makes them, and what that needs, into every job of a cluster, which would make them anew where it finds reason to.
BWA_INDEX = multiext(GENOME, ".amb", ".ann", ".bwt", ".pac", ".sa")
GENES = "results/reference/genes.gtf"
SNPEFF_CONFIG = "results/reference/snpeff/snpEff.config"
SNPEFF_DATABASE = "results/reference/snpeff/tierline"
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
        produce {log:q} {output:q}
        case {input:q} in
            *.gz) gzip -dc {input:q} > $part/{output:q} ;;
            /*) ln -s {input:q} $part/{output:q} ;;
            *) ln -s ../../{input:q} $part/{output:q} ;;
        esac
        """


rule digest_reference:
    """SHA-256 of every reference file as given, and of the image of the jobs: it stands on every report."""
    input:
        [REFERENCE[key] for key in REFERENCE_FILES if REFERENCE[key]],
        [CONTAINER] if is_file(CONTAINER) else [],
    output:
        "results/reference/sha256.txt",
    log:
        "logs/digest_reference.log",
    conda:
        "../../envs/samtools.yaml"
    container:
        None  # in which the image itself need not be seen
    resources:
        mem_mb=memory(500),
        runtime=minutes(30, 5),
    shell:
        """
        produce {log:q} {output:q}
        sha256sum {input:q} > $part/{output:q}
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
        runtime=minutes(60),
    shell:
        """
        produce {log:q} {output:q}
        samtools faidx {input:q} --fai-idx $part/{output.fai:q}
        samtools dict --uri genome.fa {input:q} -o $part/{output.dict:q}
        """


rule index_bwa:
    input:
        GENOME,
    output:
        BWA_INDEX,
    log:
        "logs/index_bwa.log",
    cache: "omit-software"
    conda:
        "../../envs/align.yaml"
    resources:
        mem_mb=memory(500, 2.0),
        runtime=minutes(60, 60),
    shell:
        """
        produce {log:q} {output:q}
        bwa index -p $part/{input:q} {input:q}
        """


rule select_annotation:
    """Genes near a target: all that a call can fall on. The whole annotation would cost snpEff gigabytes of memory."""
    input:
        gtf=REFERENCE["gtf"],
        targets=[f"results/reference/assays/{name}.bed" for name in PROJECT.assays],
    output:
        GENES,
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
        gtf=GENES,
    output:
        config=SNPEFF_CONFIG,
        database=directory(SNPEFF_DATABASE),
    log:
        "logs/build_snpeff_database.log",
    benchmark:
        "benchmarks/build_snpeff_database.tsv"
    conda:
        "../../envs/snpeff.yaml"
    resources:
        # the longest contig, and some times the annotation: of a panel a few MB, of an exome all of it
        mem_mb=lambda wildcards, input, attempt: int((2500 + 5e-6 * Path(input.gtf).stat().st_size) * (1 + attempt) / 2),
        runtime=minutes(60),
    shell:
        """
        produce {log:q} {output:q}
        mkdir $part/{output.database:q}
        ln -s "$(realpath {input.gtf:q})" $part/{output.database:q}/genes.gtf
        ln -s "$(realpath {input.fasta:q})" $part/{output.database:q}/sequences.fa
        echo 'tierline.genome : tierline' > $part/{output.config:q}
        snpEff build -Xmx$(({resources.mem_mb} * 8 / 10))m -gtf22 -noCheckCds -noCheckProtein -noLog \
            -c $part/{output.config:q} \
            -dataDir "$(realpath $part/{output.database:q}/..)" \
            tierline
        rm $part/{output.database:q}/genes.gtf $part/{output.database:q}/sequences.fa
        """


rule place_targets:
    input:
        bed=lambda wildcards: from_here(ASSAYS[wildcards.assay].bed),
        primers=lambda wildcards: [from_here(path) for path in [ASSAYS[wildcards.assay].primers] if path],
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


rule place_backbone:
    """The common SNPs of an assay's backbone, as a resource gives such sites."""
    input:
        snps=lambda wildcards: [
            path for path in panel_files(ASSAYS[wildcards.assay].backbone) if Path(path).name.startswith("snps.")
        ],
        fai=f"{GENOME}.fai",
    output:
        multiext("results/reference/assays/{assay}.backbone.vcf.gz", "", ".tbi"),
    log:
        "logs/place_backbone/{assay}.log",
    localrule: True
    conda:
        "../../envs/python.yaml"
    params:
        panel=lambda wildcards: from_here(PROJECT.panel_folder(ASSAYS[wildcards.assay].backbone)),
        build=REFERENCE["build"],
        code=code("reference_backbone"),
    script:
        "../scripts/reference_backbone.py"


rule choose_snps:
    """The common SNPs of an assay that tell people apart (only with a backbone or reference.common_sites_vcf)."""
    input:
        sites=lambda wildcards: common_sites(wildcards.assay),
        targets="results/reference/assays/{assay}.bed",
        fai=f"{GENOME}.fai",
    output:
        "results/reference/assays/{assay}.snps.txt",
    log:
        "logs/choose_snps/{assay}.log",
    conda:
        "../../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(30),
    params:
        code=code("reference_snps"),
    script:
        "../scripts/reference_snps.py"


rule model_genes:
    """The gene models of a panel, for all that follows: a whole annotation takes half a minute to read."""
    input:
        gtf=REFERENCE["gtf"],
        transcripts=REFERENCE["transcripts"],
    output:
        "results/reference/panels/{panel}.genes.tsv",
    log:
        "logs/model_genes/{panel}.log",
    benchmark:
        "benchmarks/model_genes/{panel}.tsv"
    conda:
        "../../envs/python.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(60),
    params:
        # not the panel's files: another threshold or hotspot needs no other gene
        genes=lambda wildcards: sorted(panel_of(wildcards.panel).gene_names),
        every_gene=lambda wildcards: panel_of(wildcards.panel).every_gene,
        code=code("reference_models"),
    script:
        "../scripts/reference_models.py"


rule list_cancer_genes:
    input:
        knowledge=knowledge_files(),
    output:
        "results/reference/panels/{panel}.cancer_genes.txt",
    log:
        "logs/list_cancer_genes/{panel}.log",
    localrule: True
    conda:
        "../../envs/python.yaml"
    params:
        knowledge=PROJECT.config["knowledge"],
        genes=lambda wildcards: sorted(panel_of(wildcards.panel).gene_names),
        code=code("reference_cancer_genes"),
    script:
        "../scripts/reference_cancer_genes.py"


rule resolve_panel:
    input:
        fasta=GENOME,
        fai=f"{GENOME}.fai",
        models="results/reference/panels/{panel}.genes.tsv",
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
        folder=lambda wildcards: from_here(PROJECT.panel_folder(wildcards.panel)),
        gtf=REFERENCE["gtf"],
        code=code("reference_resolve"),
    script:
        "../scripts/reference_resolve.py"
