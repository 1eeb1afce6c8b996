"""JSON that others wrote, as values that can be stored."""

from __future__ import annotations

import json
from typing import Any


def read_json(text: str) -> Any:
    r"""As `json.loads`, with U+FFFD in the place of half a surrogate pair: JSON may name one (`"\ud800"`, RFC 8259
    section 8.2), and no database or file takes it. Raises `ValueError` or `RecursionError`."""
    found = json.loads(text)
    if "\\ud" not in text and "\\uD" not in text:
        return found
    said = json.dumps(found, ensure_ascii=False).encode("utf-16-le", "surrogatepass")
    return json.loads(said.decode("utf-16-le", "replace"))
