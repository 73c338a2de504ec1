"""Bad input: refused in words with nothing stored, or kept exactly as it was typed."""

import io
import json
import os
import zipfile

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from cqms.attachments.models import StoredFile
from cqms.audit.models import AuditEvent
from cqms.jobs.models import Job
from cqms.reports.glyphs import undrawable
from cqms.signatures.content import canonical
from documents import renditions, services
from documents.models import Document, DocumentType, Version
from documents.services import Draft
from tests.documents.players import begin, fresh, sign
from tests.platform.strings import KEPT, REFUSED
from tests.world import building as worlds
from tests.world.building import our_players, pdf

FIELDS = ("title", "change_summary", "change_reason", "audience", "regulations")


def zipped() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("a.txt", "a")
    return content.getvalue()


def altered(**save) -> bytes:
    made = pikepdf.open(io.BytesIO(pdf("altered")))
    content = io.BytesIO()
    made.save(content, **save)
    return content.getvalue()


def with_script() -> bytes:
    made = pikepdf.open(io.BytesIO(pdf("script")))
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


BAD_FILES = {
    "empty": ("plan.pdf", b"", "is empty"),
    "zip named pdf": ("plan.pdf", zipped(), "it seems to be a zip or Office file"),
    "web page named pdf": ("plan.pdf", b"<html></html>", "web page"),
    "random bytes": ("plan.pdf", os.urandom(2000), "something else"),
    "truncated": ("plan.pdf", pdf("truncated")[:300], "damaged"),
    "damaged in the middle": ("plan.pdf", pdf("d")[:200] + b"\0" * 300 + pdf("d")[200:], "damaged"),
    "only the header": ("plan.pdf", b"%PDF-1.7\n", "damaged"),
    "encrypted": ("plan.pdf", altered(encryption=pikepdf.Encryption(owner="o", user="u")), "asks for a password"),
    "protected": ("plan.pdf", altered(encryption=pikepdf.Encryption(owner="o", user="")), "protected"),
    "with a script": ("plan.pdf", with_script(), "a script"),
    "program": ("plan.exe", b"MZ" + b"\0" * 100, "Choose PDF"),
    "no ending": ("plan", pdf("x"), "Choose PDF"),
    "double ending": ("plan.pdf.exe", pdf("x"), "Choose PDF"),
    "word": ("plan.docx", zipped(), "Choose PDF"),
    "pdf named markdown": ("plan.md", os.urandom(2000), "something else"),
    "latin markdown": ("plan.md", "Größe".encode("latin-1"), "something else"),
    "markdown with html": ("plan.md", b"# A\n\n<script>alert(1)</script>\n", "HTML is not used"),
    "markdown with a bad link": ("plan.md", b"[x](javascript:alert(1))", "A link starts with"),
}


def stored() -> tuple[int, int, int, int, int]:
    return (
        StoredFile.objects.count(), Version.objects.count(), Document.objects.count(), AuditEvent.objects.count(),
        Job.objects.count(),
    )  # fmt: skip


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_refused_beside_its_field_and_nothing_is_stored(cast, ours, case):
    name, data, words = BAD_FILES[case]
    version = begin(cast)
    before = stored()
    with pytest.raises(ValidationError) as refused:
        services.change_draft(version, actor=cast.author, revision=None, draft=Draft(file=(name, data)))
    assert list(refused.value.message_dict) == ["file"]
    assert words in " ".join(refused.value.message_dict["file"])
    assert stored() == before
    assert fresh(version).rendition == version.rendition


def test_a_file_above_the_limit_is_refused(cast, ours, settings):
    settings.FILE_LIMIT = 1024 * 1024
    version = begin(cast)
    data = pdf("large") + b"%" + os.urandom(settings.FILE_LIMIT)
    with pytest.raises(ValidationError, match="larger than 1 MB"):
        services.change_draft(version, actor=cast.author, revision=None, draft=Draft(file=("large.pdf", data)))


def test_a_bad_file_opens_no_document_and_takes_no_number(cast, ours):
    with pytest.raises(ValidationError):
        made = Draft({**worlds.draft(our_players(cast), "X").content}, file=("x.pdf", b""))
        services.open_document(
            actor=cast.author, type=DocumentType.SOP, title="X", owner=cast.process_owner, draft=made
        )
    assert not Document.objects.exists()
    assert begin(cast).document.number == "SOP-0001"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.pdf", "a\r\nb.pdf", "a\u202efdp.pdf", "x" * 400 + ".pdf", "C:\\x\\y.pdf"]
)
def test_a_hostile_file_name_is_shown_harmlessly(cast, ours, name):
    version = begin(cast)
    row = services.change_draft(version, actor=cast.author, revision=None, draft=Draft(file=(name, pdf(repr(name)))))
    assert len(row.source_name) <= 200
    assert not set("/\\\r\n\u202e") & set(row.source_name)
    assert row.source_name.endswith(".pdf")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# A\n\n<script>alert(1)</script>", 3),
        ("Text <b>bold</b>", 1),
        ("# A\n\n![x](https://example.com/x.png)", 3),
        ("[x](javascript:alert(1))", 1),
        ("[x](data:text/html,<b>)", 1),
        ("[x](#nowhere)", 1),
        ("a\u202eb", 1),
        ("a\n\nb\x07c", 3),
    ],
)
def test_what_a_document_may_not_hold_is_named_with_its_line(cast, ours, text, line):
    version = begin(cast)
    with pytest.raises(ValidationError) as refused:
        services.change_draft(version, actor=cast.author, revision=None, draft=Draft({"markdown": text}))
    assert refused.value.message_dict["markdown"][0].startswith(f"Line {line}: ")
    assert fresh(version).markdown == ""


@pytest.mark.parametrize("field", FIELDS)
def test_hostile_words_are_kept_exactly_as_typed(cast, ours, field):
    version = begin(cast)
    for words in KEPT.values():
        longest = Version._meta.get_field(field).max_length or 2000
        text = words[:longest].strip()
        version = services.change_draft(
            version, actor=cast.author, revision=None, draft=Draft({field: words[:longest]})
        )
        assert getattr(fresh(version), field) == text
        assert json.loads(canonical(fresh(version)))["fields"][field] == text
        event = AuditEvent.objects.filter(record_id=version.pk, verb="change").latest("pk")
        assert event.changes[0]["new"] == text


@pytest.mark.parametrize("field", ["title", "change_summary"])
@pytest.mark.parametrize("case", REFUSED)
def test_what_no_database_takes_is_refused_in_words(cast, ours, field, case):
    version = begin(cast)
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        services.change_draft(version, actor=cast.author, revision=None, draft=Draft({field: REFUSED[case]}))
    assert list(refused.value.message_dict) == [field]
    assert getattr(fresh(version), field) == getattr(version, field)


@pytest.mark.parametrize("field", ["title", "audience", "regulations"])
def test_what_is_too_long_is_refused_in_words(cast, ours, field):
    version = begin(cast)
    text = "x" * (Version._meta.get_field(field).max_length + 1)
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        services.change_draft(version, actor=cast.author, revision=None, draft=Draft({field: text}))
    assert list(refused.value.message_dict) == [field]


@pytest.mark.parametrize("field", ["title", "change_summary", "change_reason", "training_impact"])
def test_what_a_version_must_say_is_never_blank(cast, ours, field):
    version = begin(cast)
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        services.change_draft(version, actor=cast.author, revision=None, draft=Draft({field: "  "}))
    assert list(refused.value.message_dict) == [field]


def test_an_unknown_choice_is_refused(cast, ours):
    version = begin(cast)
    with pytest.raises(ValidationError), transaction.atomic():
        services.change_draft(version, actor=cast.author, revision=None, draft=Draft({"training_impact": "magic"}))
    with pytest.raises(ValidationError), transaction.atomic():
        services.open_document(
            actor=cast.author,
            type="spell",
            title="X",
            owner=cast.process_owner,
            draft=worlds.draft(our_players(cast), "X"),
        )


@pytest.mark.parametrize(
    "field", ["state", "rendition_id", "author_id", "author", "effective_on", "number", "revision"]
)
def test_a_draft_sets_only_what_an_author_writes(cast, ours, field):
    version = begin(cast)
    before = fresh(version)
    with pytest.raises((ValidationError, TypeError)), transaction.atomic():
        services.change_draft(version, actor=cast.author, revision=None, draft=Draft({field: 1}))
    assert fresh(version).state == before.state


@pytest.mark.slow
def test_hostile_words_come_through_rendition_and_issued_copy(cast, ours):
    version = begin(cast)
    words = " ".join(text for name, text in KEPT.items() if name not in ("markdown", "xml"))
    plain = words.translate(dict.fromkeys(map(ord, ["<", "\u202e", "\ufeff", *undrawable(words)])))
    content = {"markdown": f"# Purpose\n\n{plain}\n", "change_summary": words[:1900], "title": KEPT["closing"]}
    services.change_draft(version, actor=cast.author, revision=None, draft=Draft(content))
    renditions.render_version(version.pk)
    version = fresh(version)
    assert version.rendition is not None
    sign(version, "submit", cast.author)
    sign(version, "review", cast.reviewer, KEPT["closing"])
    sign(version, "approve", cast.process_owner)
    sign(version, "approve", cast.qa)
    renditions.issue_copy(version.pk)
    assert version.issued_copies.count() == 1
