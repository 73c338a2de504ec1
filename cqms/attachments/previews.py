"""A picture as a page shows it: small, upright, and without what the camera wrote down about place and owner."""

from io import BytesIO
from typing import BinaryIO

from django.http import HttpResponse
from PIL import Image, ImageOps

from cqms.access.reach import reach_of
from cqms.accounts.models import User
from cqms.attachments.kinds import JPEG, PNG
from cqms.attachments.models import StoredFile
from cqms.attachments.services import open_checked
from cqms.organizations.models import TrackedModel

SIDE = 480  # pixels: sharp on the screen of a phone, some twenty kilobytes
_MOST_PIXELS = 60_000_000
_PICTURES = {JPEG.media_type, PNG.media_type}


def is_shown_small(stored: StoredFile, reader: User) -> bool:
    """Whether pages show it: a picture. An inspector opens each file, which marks it and is written down."""
    return stored.media_type in _PICTURES and not reach_of(reader).is_inspector


def preview_response(stored: StoredFile, *, record: TrackedModel) -> HttpResponse | None:
    """The answer that carries it small, None for what no program can draw; the caller asked who may see it.

    It is a part of the page on which it stands, and no more written down than that. Raises DamagedFile.
    """
    with open_checked(stored, record=record) as file:
        content = _small(file)
    if content is None:
        return None
    response = HttpResponse(content, content_type=JPEG.media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _small(file: BinaryIO) -> bytes | None:
    try:
        with Image.open(file, formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return None
            picture.draft("RGB", (SIDE, SIDE))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((SIDE, SIDE))
            drawn, target = Image.new("RGB", upright.size, "white"), BytesIO()
            shown = upright.convert("RGBA")
            drawn.paste(shown, mask=shown)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    drawn.save(target, "JPEG", quality=75)
    return target.getvalue()
