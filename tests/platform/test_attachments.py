"""Files are kept as they came, once, and are given out unchanged or not at all."""

import hashlib
import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from cqms.attachments import scan as scanning
from cqms.attachments.downloads import download_response
from cqms.attachments.kinds import EXCEL, JPEG, KINDS, MARKDOWN, PDF, PNG, TEXT, WORD
from cqms.attachments.models import StoredFile, folder_of
from cqms.attachments.services import (
    DamagedFile,
    UnusableFile,
    attach,
    attachments_of,
    clean_name,
    open_checked,
    store,
)
from cqms.audit.models import AuditEvent, kind_of
from cqms.organizations.scope import scope
from studies.models import Study

PDF_BYTES = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF\n"


def office(part: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr(part, "<x/>")
    return file.getvalue()


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"
    return settings.FILES_DIR


@pytest.fixture
def study(ours) -> Study:
    return Study.objects.get(number="NW-101")


def events_of(record) -> list[tuple[str, str, str]]:
    rows = AuditEvent.objects.filter(record_kind=kind_of(record), record_id=record.pk).order_by("id")
    return [(each.actor_name, each.verb, each.sentence) for each in rows]


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("sop.pdf", PDF_BYTES, PDF),
        ("SOP.PDF", b"\n\n" + PDF_BYTES, PDF),
        ("text.md", "# Größe\n".encode(), MARKDOWN),
        ("text.txt", b"plain", TEXT),
        ("picture.png", b"\x89PNG\r\n\x1a\n....", PNG),
        ("picture.jpeg", b"\xff\xd8\xff\xe0....", JPEG),
        ("form.docx", office("word/document.xml"), WORD),
        ("list.xlsx", office("xl/workbook.xml"), EXCEL),
    ],
)
def test_a_file_is_kept_under_its_hash(ours, cast, name, content, kind):
    stored = store(content, name=name, actor=cast.author, allowed=KINDS)
    digest = hashlib.sha256(content).hexdigest()
    assert (stored.sha256, stored.size, stored.media_type) == (digest, len(content), kind.media_type)
    assert stored.path == folder_of(ours.pk) / digest[:2] / digest
    assert stored.path.read_bytes() == content
    assert [each.name for each in folder_of(ours.pk).joinpath("incoming").iterdir()] == []


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.pdf", b"", "“empty.pdf” is empty. Choose the file again."),
        ("tool.exe", b"MZ...", "“tool.exe” is of a kind that cannot be used here. Choose PDF (.pdf) or Markdown text (.md, .markdown)."),
        ("no ending", PDF_BYTES, "“no ending” is of a kind that cannot be used here. Choose PDF (.pdf) or Markdown text (.md, .markdown)."),
        ("sheet.xlsx", office("xl/workbook.xml"), "“sheet.xlsx” is of a kind that cannot be used here. Choose PDF (.pdf) or Markdown text (.md, .markdown)."),
        ("a.pdf", office("x"), "“a.pdf” is named like a PDF, but it seems to be a zip or Office file. Save it as PDF and try again."),
        ("a.pdf", b"MZ\x90", "“a.pdf” is named like a PDF, but it seems to be a program. Save it as PDF and try again."),
        ("a.pdf", b"hello", "“a.pdf” is named like a PDF, but its content is something else. Save it as PDF and try again."),
        ("a.md", b"\xff\xfe\x00", "“a.md” is named like a Markdown text, but its content is something else. Save it as Markdown text and try again."),
        ("a.md", b"bell \x07", "“a.md” is named like a Markdown text, but its content is something else. Save it as Markdown text and try again."),
        ("a.md", "cut in two: ü".encode()[:-1], "“a.md” is named like a Markdown text, but its content is something else. Save it as Markdown text and try again."),
        ("a.md", PDF_BYTES + b"\x80", "“a.md” is named like a Markdown text, but it seems to be a PDF. Save it as Markdown text and try again."),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("ours")
def test_what_cannot_be_used_is_refused_in_one_sentence(cast, name, content, sentence):
    with pytest.raises(UnusableFile) as refusal:
        store(content, name=name, actor=cast.author, allowed=(PDF, MARKDOWN))
    assert refusal.value.messages == [sentence]
    assert list(StoredFile.objects.all()) == []
    assert list(scanning.unknown_files()) == []


@pytest.mark.parametrize("kind", [WORD, EXCEL])
@pytest.mark.parametrize("content", [b"PK\x03\x04 broken", office("something/else.xml"), b"PK\x05\x06" + b"\0" * 18])
def test_a_zip_is_no_office_file(ours, cast, kind, content):
    with pytest.raises(UnusableFile):
        store(content, name=f"a{kind.suffixes[0]}", actor=cast.author, allowed=KINDS)


def test_a_file_over_the_limit_is_refused_while_it_is_read(ours, cast, files, settings):
    settings.FILE_LIMIT = 2 * 1024**2
    upload = SimpleUploadedFile("big.txt", b"x" * (settings.FILE_LIMIT + 1))
    with pytest.raises(UnusableFile) as refusal:
        store(upload, name=upload.name, actor=cast.author, allowed=KINDS)
    assert refusal.value.messages == ["“big.txt” is larger than 2 MB. Make it smaller or split it."]
    assert [path for path in files.rglob("*") if path.is_file()] == []
    exactly = store(b"x" * settings.FILE_LIMIT, name="big.txt", actor=cast.author, allowed=KINDS)
    assert exactly.size == settings.FILE_LIMIT


def test_the_same_content_is_kept_once_in_an_organization_and_apart_in_two(cast, files):
    with scope(cast.ours):
        first = store(PDF_BYTES, name="a.pdf", actor=cast.author, allowed=KINDS)
        second = store(io.BytesIO(PDF_BYTES), name="b.pdf", actor=cast.qa, allowed=KINDS)
        assert first == second
    with scope(cast.theirs):
        other = store(PDF_BYTES, name="a.pdf", actor=cast.outsider, allowed=KINDS)
    assert other != first
    assert other.path.read_bytes() == first.path.read_bytes()
    assert len([path for path in files.rglob("*") if path.is_file()]) == 2


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("..\\..\\windows\\a.pdf", "a.pdf"),
        ("/etc/passwd", "passwd"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("a\r\nSet-Cookie: b.pdf", "aSet-Cookie: b.pdf"),
        ("  .. ", "file"),
        ("", "file"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("Prüfplan „Süd“.pdf", "Prüfplan „Süd“.pdf"),
    ],
)
def test_a_name_is_harmless_and_readable(name, shown):
    assert clean_name(name) == shown


def test_an_attachment_is_told_on_the_page_of_its_record(cast, study):
    attachment = attach(study, PDF_BYTES, name="Plan.pdf", actor=cast.study_manager, allowed=KINDS, label="Plan")
    assert attachments_of(study, cast.reader) == [attachment]
    event = AuditEvent.objects.get(record_kind="attachments.attachment")
    assert (event.subject_kind, event.subject_id, event.anchor_id) == ("studies.study", study.pk, study.pk)
    assert (event.actor_name, event.sentence) == ("Samuel Mora", "attached Plan.pdf")


def test_a_download_is_logged_and_cannot_do_harm(cast, study):
    stored = store("# Größe\n".encode(), name="a.md", actor=cast.author, allowed=KINDS)
    response = download_response(stored, "Größe „1“.md", person=cast.reader, record=study)
    assert b"".join(response.streaming_content) == "# Größe\n".encode()
    response.file_to_stream.close()
    assert {name: response[name] for name in ("Content-Type", "Content-Length", "Content-Disposition")} == {
        "Content-Type": "text/markdown; charset=utf-8",
        "Content-Length": "10",
        "Content-Disposition": "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe%20%E2%80%9E1%E2%80%9C.md",
    }
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert events_of(study)[-1] == ("Rita Edwards", "download", "downloaded Größe „1“.md")


@pytest.mark.parametrize(
    ("name", "content", "headers"),
    [
        ("a.pdf", PDF_BYTES, ('inline; filename="a.pdf"', "default-src 'none'")),
        ("a.txt", b"<script>", ('attachment; filename="a.txt"', "default-src 'none'; sandbox")),
    ],
)
def test_a_browser_shows_a_pdf_itself_and_saves_what_it_might_run(cast, study, name, content, headers):
    stored = store(content, name=name, actor=cast.author, allowed=KINDS)
    response = download_response(stored, name, person=cast.reader, record=study, inline=True)
    response.file_to_stream.close()
    assert (response["Content-Disposition"], response["Content-Security-Policy"]) == headers


def test_changed_bytes_are_not_given_out(cast, study):
    stored = store(PDF_BYTES, name="a.pdf", actor=cast.author, allowed=KINDS)
    _overwrite(stored, PDF_BYTES.replace(b"1.7", b"1.6"))
    with pytest.raises(DamagedFile) as refusal:
        download_response(stored, "a.pdf", person=cast.reader, record=study)
    assert refusal.value.sentence == (
        "The stored file is not the one that was stored: its SHA-256 differs."
        " It is not handed out. Tell your administrator: a backup holds the original."
    )
    told = events_of(study)[-1]
    assert told == ("System", "damage", f"found file with SHA-256 {stored.sha256} damaged and did not hand it out")


def test_a_missing_file_is_not_given_out_and_storing_it_again_mends_it(cast, study):
    stored = store(PDF_BYTES, name="a.pdf", actor=cast.author, allowed=KINDS)
    stored.path.unlink()
    with pytest.raises(DamagedFile):
        open_checked(stored)
    assert events_of(stored) == [("System", "damage", f"found {stored} damaged and did not hand it out")]
    store(PDF_BYTES, name="a.pdf", actor=cast.author, allowed=KINDS)
    with open_checked(stored) as file:
        assert file.read() == PDF_BYTES


def test_the_scan_finds_every_file_that_differs(cast, ours, capsys):
    good, changed, missing = (
        store(text, name="a.txt", actor=cast.author, allowed=KINDS) for text in (b"good", b"changed", b"missing")
    )
    assert scanning.scan() == []
    _overwrite(changed, b"forged!")
    missing.path.unlink()
    found = {each.sha256: each.problem for each in scanning.scan()}
    assert found == {
        changed.sha256: "The stored file is not the one that was stored: its SHA-256 differs.",
        missing.sha256: "The stored file is missing.",
    }
    assert good.sha256 not in found
    with pytest.raises(CommandError, match=r"^2 files are not what was stored\."):
        call_command("scan_files")


def test_bytes_without_a_row_are_known_as_left_over(cast, ours):
    stored = store(b"good", name="a.txt", actor=cast.author, allowed=KINDS)
    left = stored.path.with_name("ab" * 32)
    left.write_bytes(b"left")
    assert scanning.unknown_files() == ["ab" * 32]


def _overwrite(stored: StoredFile, content: bytes) -> None:
    stored.path.chmod(0o600)
    stored.path.write_bytes(content)
