"""Draw ``docs/report.png``: the first screen of the demo's lung report, and beside it what it was drawn from.

``python docs/draw_report.py demo/results/report/LUAD01T.hotspot50_tert.html`` after ``tierline demo --folder demo``.
Needs Chromium on PATH. ``docs/report.png.sha256`` is the digest of the templates of that screen: a test compares it.
"""

import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).parent
TEMPLATES = DOCS.parent / "workflow" / "scripts" / "tierline" / "report" / "templates"
DRAWN = (
    "report.html",
    "report.css",
    "macros.html",
    *(f"sections/{n}.html" for n in ("verdict", "case_head", "conclusion", "findings")),
)
WIDTH, HEIGHT, COLOURS = 1200, 1700, 128


def digest() -> str:
    """SHA-256 over the templates that the picture shows."""
    return sha256(b"\0".join((TEMPLATES / name).read_bytes() for name in DRAWN)).hexdigest()


def main(page: str) -> None:
    """Draw the page, in Chromium without a network."""
    browser = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    picture = DOCS / "report.png"
    with tempfile.TemporaryDirectory() as folder:
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking"]
        options += ["--disable-component-update", "--disable-sync", f"--user-data-dir={folder}/profile"]
        options += [f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={folder}/page.png"]
        subprocess.run([browser, *options, Path(page).resolve().as_uri()], check=True, capture_output=True)
        Image.open(f"{folder}/page.png").convert("RGB").quantize(COLOURS).save(picture, optimize=True)
    picture.with_name("report.png.sha256").write_text(digest() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
