"""Inspection copies: who marks a file before an inspector sees it. The app that draws registers itself here."""

from collections.abc import Callable
from dataclasses import dataclass

from cqms.access.reach import reach_of
from cqms.accounts.models import User
from cqms.attachments.kinds import PDF
from cqms.attachments.models import StoredFile

PREFIX = "Inspection copy, "


@dataclass(frozen=True)
class Mark:
    """What an inspection copy says: for whom it was made, and the SHA-256 of the original, which stays as it is."""

    reader: User
    sha256: str


Draw = Callable[[bytes, Mark], bytes]

_drawers: dict[str, Draw] = {}


def register(media_type: str, draw: Draw) -> None:
    """Name who marks files of this kind; called when its app is ready."""
    _drawers[media_type] = draw


def mark_for(person: User, stored: StoredFile) -> Mark | None:
    """The mark of a file for this reader; None for everybody who does not inspect."""
    return Mark(person, stored.sha256) if reach_of(person).is_inspector else None


def marked(content: bytes, media_type: str, mark: Mark) -> bytes:
    """The content with its mark. What is no PDF cannot carry one inside: its name does, and the answer's headers."""
    return _drawers[PDF.media_type](content, mark) if media_type == PDF.media_type else content
