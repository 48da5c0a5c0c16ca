"""Draft the source columns of a curated fact from the rows it is read in; the curator writes and checks the rest.

Usage: python resources/knowledge/draft_fact.py 'ind:fda.tagrisso:1' EID238 'assertion 245' ...

Prints one line per reference: what the row says, then ``source``, ``source_url``, ``source_date`` and ``looked_up``
for the table. Facts that rest on several rows join their sources by ``; ``.
"""

from __future__ import annotations

import sys

from check_sources import DEFAULT_SHARED, Reference, Shared

RELEASES = {"ind:": "moalmanac-db 2026-05 approvals", "ass": "moalmanac-db 2026-05 assertions", "EID": "CIViC 2026-05"}


def provenance(found: list[Reference]) -> dict[str, str]:
    """``source``, ``source_url``, ``source_date`` and ``looked_up`` of a fact that rests on ``found``."""
    release = next(words for start, words in RELEASES.items() if found[0].name.startswith(start))
    dates = sorted(item.date for item in found)
    newest = next(item for item in found if item.date == dates[-1])
    return {
        "source": "; ".join(dict.fromkeys(part for item in found for part in item.source.split("; "))),
        "source_url": newest.url,
        "source_date": newest.date,
        "looked_up": f"via {release}, {' '.join(item.name for item in found)}",
    }


def main(names: list[str]) -> None:
    shared = Shared(DEFAULT_SHARED)
    for name in names:
        item = shared.reference(name)
        if item is None:
            print(f"{name}: no such row")
            continue
        therapies = " / ".join(sorted(" + ".join(sorted(names)) for names in item.therapies))
        meaning = ", ".join(f"{axis} {effect}".strip() for axis, effect in sorted(item.meanings))
        print(f"{name} | {item.text} | {';'.join(sorted(item.tumor_types))} | {meaning} | {therapies} | {item.level}")
        print("\t".join(provenance([item]).values()))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
