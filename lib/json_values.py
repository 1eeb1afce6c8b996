"""JSON that others wrote, as values that can be stored."""

from __future__ import annotations

import json
import re
from typing import Any

_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")  # and not behind a backslash that stands for itself


def read_json(text: str) -> Any:
    r"""As `json.loads`, without NUL and with U+FFFD in the place of half a surrogate pair: JSON may name both
    (`"\u0000"`, `"\ud800"`, RFC 8259 section 8.2), and a database takes neither. Raises `ValueError` or
    `RecursionError`."""
    if "\\u0000" in text:
        text = _NUL.sub(r"\1", text)
    found = json.loads(text)
    if "\\ud" not in text and "\\uD" not in text:
        return found
    said = json.dumps(found, ensure_ascii=False).encode("utf-16-le", "surrogatepass")
    return json.loads(said.decode("utf-16-le", "replace"))
