"""Passwords that nobody may have: common ones and what people make of them, and those known from breaches.

Nothing leaves this machine. Breached passwords stand in a file that whoever runs the portal provides: the published
lists of SHA-1 hashes, one in a line, sorted, are searched as they are, whatever their size.
"""

import hashlib
import re
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from cqms.accounts.models import User

_LOOKS_LIKE = str.maketrans("013457@$!", "oieastasi")
_ENDS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_LONGEST_LINE = 128


class Common(CommonPasswordValidator):
    """Refuses the common passwords, also with figures and signs around them, figures for letters, or said twice."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError."""
        plain = password.lower().strip()
        bare, read = _ENDS.sub("", plain), plain.translate(_LOOKS_LIKE)
        for form in (plain, bare, bare.translate(_LOOKS_LIKE), _ENDS.sub("", read)):
            if form in self.passwords or _once(form) in self.passwords:
                raise ValidationError("Many people have this password, or one much like it. Choose several words.")


class Breached:
    """Refuses passwords that stand in the file of the setting `BREACHED_PASSWORDS`; without a file it refuses none."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError."""
        if not settings.BREACHED_PASSWORDS:
            return
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
        with Path(settings.BREACHED_PASSWORDS).open("rb") as file:
            if _stands_in(file, digest):
                raise ValidationError("This password was found in a theft of passwords elsewhere. Choose another one.")

    def get_help_text(self) -> str:
        return "Passwords known from thefts elsewhere are refused."


def trouble_with_breached() -> str:
    """Why the file of breached passwords cannot be used, in words; blank when all is well."""
    if settings.BREACHED_PASSWORDS and not Path(settings.BREACHED_PASSWORDS).is_file():
        return "The file of breached passwords is not there: see CQMS_BREACHED_PASSWORDS. Passwords cannot be set."
    return ""


def _once(word: str) -> str:
    """A word that is said twice or more, once."""
    parts = re.fullmatch(r"(.+?)[\W\d_]*(?:\1[\W\d_]*)+", word)
    return parts[1] if parts else word


def _stands_in(file: BinaryIO, digest: bytes) -> bool:
    """Whether a line of a sorted file begins with this, found by halving: some thirty reads in any file."""
    low, high = 0, file.seek(0, 2)
    while low < high:
        middle = (low + high) // 2
        at = _line_at(file, middle)
        line = file.readline(_LONGEST_LINE).strip().upper()[: len(digest)]
        if line == digest:
            return True
        if line and line < digest:
            low = file.tell()
        else:
            high = min(at, middle)
    return False


def _line_at(file: BinaryIO, place: int) -> int:
    """Go to where the line around a place begins."""
    start = max(place - _LONGEST_LINE, 0)
    file.seek(start)
    before = file.read(place - start)
    begin = start + before.rfind(b"\n") + 1
    return file.seek(begin)
