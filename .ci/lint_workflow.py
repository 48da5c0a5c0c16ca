"""`snakemake --lint` over the workflow with the demo's config: fails for every finding that is not tolerated below.

A tolerated finding stands here with its reason, and has to be gone from here once it is gone from the workflow.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOLERATED = {  # (rule or file, title): why
    ("list_versions", "Specify a conda environment or container for each rule."): (
        "it records the Python environment that Tierline itself runs in, so it has to run there"
    ),
}


def main() -> int:
    command = [str(Path(sys.executable).with_name("snakemake")), "--snakefile", str(ROOT / "Snakefile"), "--lint"]
    command += ["--configfile", str(ROOT / "resources" / "demo" / "config.yaml")]
    with tempfile.TemporaryDirectory() as folder:  # away from the config/ of the checkout
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    found = set()
    for part in re.split(r"^Lints for (?:rule|snakefile) ", said, flags=re.MULTILINE)[1:]:
        where = Path(re.split(r"[ :\n]", part, maxsplit=1)[0]).name
        found |= {(where, title) for title in re.findall(r"^    \* (.+):$", part, flags=re.MULTILINE)}
    bad, gone = found - TOLERATED.keys(), TOLERATED.keys() - found
    if bad or (done.returncode and not found):
        print(said)
    for where, title in sorted(gone):
        print(f"{where}: {title} No longer found: take it out of TOLERATED in {Path(__file__).name}.")
    for where, title in sorted(found & TOLERATED.keys()):
        print(f"tolerated: {where}: {title} ({TOLERATED[where, title]})")
    print(f"snakemake --lint: {len(bad)} findings, {len(found) - len(bad)} tolerated")
    return 1 if bad or gone else 0


if __name__ == "__main__":
    sys.exit(main())
