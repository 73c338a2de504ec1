"""Real material: protocols, procedures and strings that others published, from the folder named by CQMS_SAMPLES."""

import io
import os
from pathlib import Path

import pikepdf
import pytest
from django.core.exceptions import ValidationError

from cqms.reports.documents import markdown_to_html
from documents import renditions, services
from documents.models import Version
from documents.services import Draft
from tests.documents.players import begin, fresh
from tests.world import building as worlds
from tests.world.building import our_players

SAMPLES = Path(os.environ.get("CQMS_SAMPLES", "no samples"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason="no real samples: CQMS_SAMPLES names no folder"),
]

PROTOCOLS = sorted((SAMPLES / "study_documents").glob("*.pdf"))
PROCEDURES = sorted((SAMPLES / "sop_docs").glob("*--*.md"))
FIELDS = ("title", "change_summary", "change_reason", "audience", "regulations")


def _strings() -> list[str]:
    lines = (SAMPLES / "strings" / "blns.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("path", PROTOCOLS, ids=lambda path: path.stem)
def test_a_real_protocol_is_signed_and_issued_with_every_page(cast, ours, path):
    data = path.read_bytes()
    version = begin(cast)
    services.change_draft(version, actor=cast.author, revision=None, draft=Draft(file=(path.name, data)))
    version = worlds.carry(fresh(version), our_players(cast), steps_done=4)
    assert version.source == version.rendition
    renditions.issue_copy(version.pk)
    with pikepdf.open(io.BytesIO(data)) as before:
        pages = len(before.pages)
    with pikepdf.open(version.issued_copies.get().file.path) as issued:
        assert len(issued.pages) == pages + 1, "the signature page follows"


@pytest.mark.parametrize("path", PROCEDURES, ids=lambda path: path.stem)
def test_a_real_procedure_is_kept_as_written_or_every_line_that_cannot_stay_is_named(cast, ours, path):
    data, version = path.read_bytes(), begin(cast)
    text = data.decode()
    try:
        services.change_draft(version, actor=cast.author, revision=None, draft=Draft(file=(path.name, data)))
    except ValidationError as error:
        assert {*error.message_dict} == {"file"}
        assert all(line.startswith("Line ") for line in error.message_dict["file"])
        assert fresh(version).markdown == ""
    else:
        assert fresh(version).markdown == text
        assert "<table" in markdown_to_html(text)[0] or "|---" not in text


def test_every_naughty_string_is_kept_as_typed_or_refused_beside_its_field(cast, ours):
    version = begin(cast)
    strings = _strings()
    assert len(strings) > 400
    kept = 0
    for text in strings:
        longest = min(Version._meta.get_field(name).max_length or 2000 for name in FIELDS)
        words = dict.fromkeys(FIELDS, text[:longest])
        try:
            version = services.change_draft(version, actor=cast.author, revision=None, draft=Draft(words))
        except ValidationError as error:
            assert {*error.message_dict} <= {*FIELDS}, text
            assert not text.strip() or "\x00" in text, text
        else:
            kept += 1
            assert {getattr(fresh(version), name) for name in FIELDS} == {text[:longest].strip()}
    assert kept > 400
