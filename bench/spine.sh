#!/usr/bin/env bash
# The tools of a tumour-normal run with the options of the workflow, chained by hand; bench/spine times it.
# SET: a folder with genome.fa, genes.gtf, config/assays/bench/targets.bed, TUMOUR and NORMAL reads. CORES: processors.
set -euo pipefail
cd "$SET"
mkdir -p out/snpeff/bench
targets=config/assays/bench/targets.bed
java() { gatk --java-options "-Xmx$1" "${@:2}"; }

# reference
samtools faidx genome.fa
samtools dict --uri genome.fa genome.fa -o genome.dict
sha256sum genome.fa genes.gtf >out/sha256.txt
bwa index genome.fa &
(
    cp genes.gtf out/snpeff/bench/genes.gtf
    cp genome.fa out/snpeff/bench/sequences.fa
    echo 'bench.genome : bench' >out/snpeff/snpEff.config
    snpEff build -Xmx2g -gtf22 -noCheckCds -noCheckProtein -noLog -c out/snpeff/snpEff.config -dataDir "$PWD/out/snpeff" bench
) &
wait

# reads to BAMs, one sample after the other with all processors
for sample in TUMOUR NORMAL; do
    fastp --thread 1 --in1 ${sample}_R1.fastq.gz --in2 ${sample}_R2.fastq.gz --stdout --detect_adapter_for_pe \
        --length_required 30 --json out/$sample.fastp.json --html /dev/null |
        bwa mem -p -K 100000000 -Y -t "$CORES" -R "@RG\tID:$sample.L1\tSM:$sample\tLB:lib\tPU:FC.1\tPL:ILLUMINA" genome.fa - |
        samtools sort -@ 1 -m 512M -T out/$sample.sort -o out/$sample.unit.bam -
    java 3200m MarkDuplicates --INPUT out/$sample.unit.bam --OUTPUT out/$sample.bam --METRICS_FILE out/$sample.duplicates.txt \
        --ASSUME_SORT_ORDER coordinate --CREATE_INDEX true --VALIDATION_STRINGENCY SILENT
    mv out/$sample.bai out/$sample.bam.bai
    rm out/$sample.unit.bam
done

# coverage
depth() { samtools mpileup -aa -B -A -d 0 -l $targets "${@:2}" out/"$1".bam | cut -f 1,2,4; }
for sample in TUMOUR NORMAL; do
    (
        mosdepth --threads 2 --no-per-base --flag 3844 --by $targets --thresholds 1,20,100,250,500 out/$sample out/$sample.bam
        samtools stats -@ 2 out/$sample.bam >out/$sample.stats.txt
        samtools flagstat -@ 2 out/$sample.bam >out/$sample.flagstat.txt
        samtools view -c -F 0x904 out/$sample.bam >out/$sample.on_target.txt
        samtools view -c -F 0x904 -L $targets -M out/$sample.bam >>out/$sample.on_target.txt
    ) &
done
wait
paste <(depth TUMOUR --ff 3844 -q 20 -Q 20) <(depth TUMOUR --ff 3844 -q 0 -Q 1 | cut -f 3) | bgzip -c >out/depth.tsv.gz
tabix -f -s 1 -b 2 -e 2 out/depth.tsv.gz

# calls, both callers at once
(
    java 3200m Mutect2 --reference genome.fa --input out/TUMOUR.bam --input out/NORMAL.bam --normal-sample NORMAL \
        --intervals $targets --interval-padding 50 --max-reads-per-alignment-start 50 --max-mnp-distance 2 \
        --f1r2-tar-gz out/f1r2.tar.gz --native-pair-hmm-threads 2 --output out/raw.vcf.gz
    java 1500m LearnReadOrientationModel --input out/f1r2.tar.gz --output out/orientation.tar.gz
    java 2400m FilterMutectCalls --reference genome.fa --variant out/raw.vcf.gz --stats out/raw.vcf.gz.stats \
        --orientation-bias-artifact-priors out/orientation.tar.gz --threshold-strategy CONSTANT --output out/mutect2.vcf.gz
) &
(
    freebayes --fasta-reference genome.fa --targets $targets --pooled-continuous --min-alternate-fraction 0.01 \
        --min-alternate-count 3 --min-mapping-quality 20 --min-base-quality 20 out/TUMOUR.bam out/NORMAL.bam |
        bgzip -c >out/freebayes.vcf.gz
    tabix -f -p vcf out/freebayes.vcf.gz
) &
wait

# annotation, and the tools' dashboard
for caller in mutect2 freebayes; do
    snpEff ann -Xmx2g -noLog -nodownload -csvStats out/$caller.snpeff.csv -htmlStats out/$caller.html \
        -c out/snpeff/snpEff.config -dataDir "$PWD/out/snpeff" -upDownStreamLen 1000 bench out/$caller.vcf.gz |
        sed '1{/^##/!d}' | bcftools view -Oz -o out/$caller.annotated.vcf.gz - &
done
wait
multiqc --force --no-ansi --outdir out/multiqc out
