"""What in a text may identify a participant: it is questioned before it is saved (GDPR 5(1)(c), ICH E6(R3) 3.16.1)."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

_DAY = r"(?:\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{1,2}\.? ?[A-Z][a-z]{2,8} \d{4})"
_DOUBTS = (
    (re.compile(rf"\b(?:born|birth|DOB|d\.o\.b\.|birthday)\b[^.\n]{{0,20}}?{_DAY}", re.IGNORECASE), "a date of birth"),
    (re.compile(r"(?<![\w.])(?:[A-Z]\.[ ]?){2,3}(?![\w])"), "initials"),
    (re.compile(r"\binitials?:? +[A-Z][A-Z.-]{1,4}\b"), "initials"),
    (re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Herr|Frau|Mme|Sra?)\.? [A-Z]\w+"), "a name"),
    (re.compile(r"\b(?:[Pp]atient|[Pp]articipant|[Ss]ubject) [A-Z][a-z]+ [A-Z][a-z]+"), "a name"),
)
_CODE = re.compile(r"(?=[^\n]*\d)[A-Za-z0-9][A-Za-z0-9._/-]{0,39}")
_LONGEST = 20_000
A_SENTENCE = 250
"""Texts that may have so many characters hold sentences; shorter ones are codes, names of things, who noticed."""
NO_IDENTITY = "no_identity"
"""The name of the answer: somebody looked, and it is no participant."""


def doubts(text: str, saved: str = "") -> list[str]:
    """What looks like a name, initials or a date of birth, each as a sentence; empty when nothing does.

    What stands in the `saved` text in the same words was questioned when that was written.
    """
    known = _doubtful(saved)
    return [f"“{words}” looks like {what}." for words, what in _doubtful(text).items() if words not in known]


def doubts_of(
    values: Mapping[str, Any], names: Iterable[str], saved: Callable[[str], Any] = lambda _: ""
) -> dict[str, list[str]]:
    """What is doubtful in each of these texts; a text without doubts, or that is missing, is left out.

    `saved` gives the text of a name as it was saved before, if it was.
    """
    return {name: said for name in names if (said := doubts(values.get(name) or "", saved(name) or ""))}


def _doubtful(text: str) -> dict[str, str]:
    """The words that are doubtful, and for what they are taken."""
    read = text[:_LONGEST]
    return {match[0].strip(): what for pattern, what in _DOUBTS for match in pattern.finditer(read)}


def is_code(text: str) -> bool:
    """Whether a text can be the code of a participant: no name, no initials, no date."""
    return _CODE.fullmatch(text) is not None and re.fullmatch(_DAY, text) is None
