"""Handing a file to a person: checked, written down, and harmless in their browser."""

import io

from django.http import FileResponse

from cqms.accounts.models import User
from cqms.attachments.kinds import JPEG, PDF, PNG
from cqms.attachments.marking import PREFIX, mark_for, marked
from cqms.attachments.models import StoredFile
from cqms.attachments.services import clean_name, open_checked
from cqms.audit import services as audit
from cqms.organizations.models import TrackedModel

_SEALED = "default-src 'none'; sandbox"
_SHOWN_ALONE = "default-src 'none'"
_SHOWABLE = frozenset({PDF.media_type, PNG.media_type, JPEG.media_type})


def download_response(
    stored: StoredFile,
    name: str,
    *,
    person: User,
    record: TrackedModel,
    inline: bool = False,
    names_reader: bool = False,
) -> FileResponse:
    """The answer that carries a file of a record, after the trail says who took it; policies are the caller's.

    `inline` lets the browser show a PDF or a picture itself; anything else is only saved. An inspector gets a marked
    copy, and the hash of the original beside it, unless the file `names_reader` on its pages already. Raises
    DamagedFile, and a Refused where a copy cannot be marked.
    """
    file = open_checked(stored, record=record)
    shown, inline = clean_name(name), inline and stored.media_type in _SHOWABLE
    audit.append(record, actor=person, verb="download", sentence=f"downloaded {shown}")
    size, mark = stored.size, None if names_reader else mark_for(person, stored)
    if mark is not None:
        with file:
            copy = marked(file.read(), stored.media_type, mark)
        file, size, shown = io.BytesIO(copy), len(copy), clean_name(f"{PREFIX}{shown}")
    charset = "; charset=utf-8" if stored.media_type.startswith("text/") else ""
    media_type = f"{stored.media_type}{charset}"
    response = FileResponse(file, as_attachment=not inline, filename=shown, content_type=media_type)
    response["Content-Length"] = str(size)
    if mark is not None:
        response["X-Original-SHA256"] = mark.sha256
    response["Content-Security-Policy"] = _SHOWN_ALONE if inline else _SEALED
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
