"""Golden files: what was made is compared with what was accepted. GOLDEN=write accepts a change; its diff is reviewed
like a change of the product. HTML is written one tag a line, so that a diff shows what changed."""

from __future__ import annotations

import os
import re
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"
_TAG = re.compile(r"(?<!\n)(?=<)")


def is_golden(made: str, name: str) -> bool:
    path = GOLDEN / name
    if name.endswith(".html"):
        made = _TAG.sub("\n", made).lstrip("\n")
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made)
    assert made == path.read_text()
    return True
