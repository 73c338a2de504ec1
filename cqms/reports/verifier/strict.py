"""JSON that can be read in one way only. Part of the Python verifier.

Where a name stands twice in an object, or half a character in a text, programs see different things in one file.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

_NUMBER = re.compile("0|[1-9][0-9]{0,15}", re.ASCII)


class Ambiguous(ValueError):
    """A name stands twice in one object."""


def parsed(data: bytes) -> Any:
    """What the file says. Raises Ambiguous, or ValueError for what is no JSON of an export."""
    text = data.decode("utf-8-sig")
    found = json.loads(text, object_pairs_hook=_members, parse_int=_number, parse_float=_number, parse_constant=_number)
    if "\\u" in text:
        json.dumps(found, ensure_ascii=False).encode()  # half a character cannot be written
    return found


def raw_of(text: str) -> bytes:
    """The bytes of base64 that is written in the one usual way. Raises ValueError."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise binascii.Error(text)
    return raw


def has_only(row: Any, *names: str) -> bool:
    """Whether this is an object without any other member than these."""
    return isinstance(row, dict) and set(row) <= set(names)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Ambiguous(sorted(name for name, _ in pairs))
    return found


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return int(text)
