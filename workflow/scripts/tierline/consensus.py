"""Many callers' alleles become one list: one way to write each, changes in phase made one, every read recounted.

Substitutions at most ``PHASE_DISTANCE`` bases apart are taken apart into single bases, and put together again as the
reads carry them: each haplotype that enough fragments show becomes one record, so that it does not matter which caller
wrote an MNV, which wrote its parts, and which wrote both. No base that a caller named is lost on the way.

Where there are no reads (a tumour that came as a VCF), ``as_called`` keeps each allele as it was written, and joins only
what a caller's own phasing puts on one haplotype.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from tierline.alleles import Fetch, classify, normalise, substitutions
from tierline.pileup import Observation
from tierline.records import Call, VariantClass

PHASE_DISTANCE = 2  # bases between two changes of one haplotype, by position: 1 is adjacent
LONGEST_CLUSTER = 20  # bases; a longer chain of changes is cut, since few fragments span it
LEAST_FRAGMENTS, LEAST_SHARE = 2, 0.1  # of the most frequent haplotype: below, it is read error on a real one

Allele = tuple[int, str, str]  # pos1, ref, alt
Observe = Callable[[int, int], Iterable[Observation]]  # over a contig's 0-based half-open interval


def unify(calls: Iterable[Call], fetch: Fetch, observe: Observe) -> Iterator[tuple[Allele, tuple[Call, ...]]]:
    """Yield each allele of ONE contig once, by position, with the calls that name it or all of its parts.

    ``calls`` are of one contig, in any order and notation. Within a caller the calls of a composed allele are joined:
    the lowest counts, the filters of any part.
    """
    by_allele: dict[Allele, list[Call]] = {}
    single: dict[Allele, list[Call]] = {}
    for call in calls:
        pos1, ref, alt = normalise(fetch, call.chrom, call.pos1, call.ref, call.alt)
        if classify(ref, alt) is VariantClass.INDEL:
            by_allele.setdefault((pos1, ref, alt), []).append(call)
        else:
            for part in substitutions(pos1, ref, alt):
                single.setdefault(part, []).append(call)
    chrom = next((c.chrom for group in (*single.values(), *by_allele.values()) for c in group), "")
    for cluster in _clusters(sorted(single)):
        for parts in _haplotypes(cluster, observe):
            allele = _compose(parts, chrom, fetch)
            by_allele[allele] = [call for part in parts for call in single[part]]
            if len(parts) > 1:  # a caller must have named every part
                named = [{call.caller for call in single[part]} for part in parts]
                everywhere = set.intersection(*named) or set.union(*named)
                by_allele[allele] = [call for call in by_allele[allele] if call.caller in everywhere]
    for allele in sorted(by_allele):
        yield allele, _one_per_caller(by_allele[allele], chrom, allele)


def as_called(calls: Iterable[Call], fetch: Fetch) -> Iterator[tuple[Allele, tuple[Call, ...], bool]]:
    """Yield each allele of ONE contig once, by position, with the calls that name it, where no reads can be asked.

    Substitutions at most ``PHASE_DISTANCE`` bases apart become one where a caller wrote them as one, or its phasing says
    that they lie on one haplotype; callers that named every part are joined for it. True stands beside an allele where
    such a neighbour remains, and nothing says on which haplotype: its protein change may be another.
    """
    by_allele: dict[Allele, list[Call]] = {}
    chrom = ""
    for call in calls:
        chrom = call.chrom
        by_allele.setdefault(normalise(fetch, chrom, call.pos1, call.ref, call.alt), []).append(call)
    single = sorted(allele for allele in by_allele if classify(*allele[1:]) is not VariantClass.INDEL)
    unsettled: set[Allele] = set()
    for cluster in _neighbours(single):
        for parts in _one_haplotype(cluster, by_allele):
            whole = _compose([base for part in parts for base in substitutions(*part)], chrom, fetch)
            named = set.intersection(*({call.caller for call in by_allele[part]} for part in parts))
            named -= {call.caller for call in by_allele.get(whole, ())}
            for part in parts:
                by_allele.setdefault(whole, []).extend(c for c in by_allele[part] if c.caller in named)
                by_allele[part] = [c for c in by_allele[part] if c.caller not in named]
        left = [allele for allele in cluster if by_allele[allele]]
        unsettled.update(a for a in left if any(_may_share_haplotype(a, other, by_allele) for other in left))
    for allele in sorted(allele for allele, named_by in by_allele.items() if named_by):
        yield allele, _one_per_caller(by_allele[allele], chrom, allele), allele in unsettled


def _neighbours(alleles: Sequence[Allele]) -> Iterator[list[Allele]]:
    """Runs of substitutions, each at most ``PHASE_DISTANCE`` bases behind the end of the one before."""
    cluster: list[Allele] = []
    for allele in alleles:
        if cluster and allele[0] - max(_last(before) for before in cluster) > PHASE_DISTANCE:
            yield cluster
            cluster = []
        cluster.append(allele)
    if cluster:
        yield cluster


def _last(allele: Allele) -> int:
    return allele[0] + len(allele[1]) - 1


def _one_haplotype(cluster: Sequence[Allele], by_allele: dict[Allele, list[Call]]) -> Iterator[list[Allele]]:
    """The alleles of a cluster, two or more, that a caller wrote as one allele, or that one of its phase sets holds."""
    groups = [
        list(parts) for allele in cluster if len(parts := parts_of(allele)) > 1 and all(p in by_allele for p in parts)
    ]
    by_phase: dict[tuple[str, str], list[Allele]] = {}
    for allele in cluster:
        for call in by_allele[allele]:
            if call.phase_set:
                by_phase.setdefault((call.caller, call.phase_set), []).append(allele)
    done: set[Allele] = set()
    for group in (*groups, *by_phase.values()):
        left = [allele for allele in group if allele not in done]
        near = all(0 < after[0] - _last(before) <= PHASE_DISTANCE for before, after in pairwise(left))
        if len(left) > 1 and near:
            done.update(left)
            yield left


def _may_share_haplotype(one: Allele, other: Allele, by_allele: dict[Allele, list[Call]]) -> bool:
    """True for two changes at most ``PHASE_DISTANCE`` bases apart that no caller puts on two haplotypes."""
    first, second = sorted((one, other))
    if first == second or not 0 < second[0] - _last(first) <= PHASE_DISTANCE:
        return False
    sets = [{c.caller: c.phase_set for c in by_allele[allele] if c.phase_set} for allele in (first, second)]
    return not any(sets[0][c].split(":")[0] == sets[1][c].split(":")[0] for c in sets[0].keys() & sets[1].keys())


def parts_of(allele: Allele) -> tuple[Allele, ...]:
    """The single substitutions of an MNV; () for everything else."""
    return substitutions(*allele) if classify(*allele[1:]) is VariantClass.MNV else ()


def _clusters(alleles: Sequence[Allele]) -> Iterator[list[Allele]]:
    cluster: list[Allele] = list(alleles[:1])
    for before, here in pairwise(alleles):
        near = here[0] - before[0] <= PHASE_DISTANCE and here[0] - cluster[0][0] < LONGEST_CLUSTER
        if not near:
            yield cluster
            cluster = []
        cluster.append(here)
    if cluster:
        yield cluster


def _haplotypes(cluster: Sequence[Allele], observe: Observe) -> Iterator[tuple[Allele, ...]]:
    """The sets of the cluster's changes that fragments carry together; every change stands in at least one."""
    first, last = cluster[0][0], cluster[-1][0]
    if first == last:
        yield from ((allele,) for allele in cluster)
        return
    carried: Counter[tuple[Allele, ...]] = Counter()
    for seen in observe(first - 1, last):
        together = tuple(a for a in cluster if seen.sequence[a[0] - first] == a[2])
        if together:
            carried[together] += 1
    most = max(carried.values(), default=0)
    kept = [h for h, n in sorted(carried.items()) if n >= max(LEAST_FRAGMENTS, LEAST_SHARE * most)]
    yield from kept
    for allele in cluster:
        if not any(allele in haplotype for haplotype in kept):
            yield (allele,)


def _compose(parts: Sequence[Allele], chrom: str, fetch: Fetch) -> Allele:
    start1, end1 = parts[0][0], parts[-1][0]
    ref = fetch(chrom, start1 - 1, end1).upper()
    alt = list(ref)
    for pos1, _, base in parts:
        alt[pos1 - start1] = base
    return start1, ref, "".join(alt)


def _one_per_caller(calls: Iterable[Call], chrom: str, allele: Allele) -> tuple[Call, ...]:
    by_caller: dict[str, list[Call]] = {}
    for call in calls:
        by_caller.setdefault(call.caller, []).append(call)
    joined = []
    for group in by_caller.values():
        fewest = min(group, key=lambda c: (c.alt_depth is None, c.alt_depth or 0))
        # the same allele written twice: passed once is passed; parts of one allele: every part must pass
        passed = any(not c.filters and (c.pos1, c.ref, c.alt) == allele for c in group)
        filters = () if passed else tuple(dict.fromkeys(f for c in group for f in c.filters))
        joined.append(replace(fewest, chrom=chrom, pos1=allele[0], ref=allele[1], alt=allele[2], filters=filters))
    return tuple(sorted(joined, key=lambda c: c.caller))
