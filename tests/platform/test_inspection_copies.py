"""What an inspector opens is marked for them and written down: PDFs, other files, lists and answers of the API."""

import hashlib

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cqms.access.services import add_member
from cqms.attachments.downloads import download_response
from cqms.attachments.kinds import CSV
from cqms.attachments.services import store
from cqms.audit.models import AuditEvent
from cqms.notifications.services import Message, notify
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from cqms.reports import inspection
from cqms.reports.inspection import CannotMark
from cqms.reports.models import Report
from tests.cast import page
from tests.documents.players import begin
from tests.platform.asking import asking
from tests.platform.browsing import browse, words
from tests.platform.pdf_pages import texts
from tests.world.building import carry, our_players, pdf

MARK = "Inspection copy for Ines Spector"


@pytest.fixture
def version(cast):
    with scope(cast.ours):
        return carry(begin(cast), our_players(cast), steps_done=2)


def content(answer) -> bytes:
    return b"".join(answer)


def file_of(cast, version, who, which="signed"):
    with scope(cast.ours):
        place = f"/documents/{version.document.number}/{version.label}/files/{which}/"
    return browse(getattr(cast, who)).get(page(cast.ours, place))


def seen(cast) -> list[tuple[str, str]]:
    with scope(cast.ours):
        rows = AuditEvent.objects.filter(actor=cast.inspector).order_by("pk")
        return list(rows.values_list("verb", "sentence"))


def test_every_page_of_a_pdf_names_reader_organization_moment_and_the_original(cast, version):
    original = content(file_of(cast, version, "reader"))
    answer = file_of(cast, version, "inspector")
    copy, digest = content(answer), hashlib.sha256(original).hexdigest()
    assert (answer["X-Original-SHA256"], int(answer["Content-Length"])) == (digest, len(copy))
    assert "Inspection copy" in answer["Content-Disposition"]
    pages = texts(copy)
    assert len(pages) == len(texts(original))
    for text in pages:
        for part in (MARK, "Northwind Therapeutics", " UTC", f"SHA-256 of the original {digest}"):
            assert part in " ".join(text.split()), part
    assert not any(MARK in text for text in texts(original))


def test_the_same_holds_over_the_api(cast, version):
    with scope(cast.ours):
        path = f"documents/{version.document.number}/versions/{version.label}/files/signed/"
    answer = asking(cast.inspector, cast.ours).get(path)
    assert all(MARK in " ".join(text.split()) for text in texts(content(answer)))
    plain = asking(cast.reader, cast.ours).get(path)
    assert (MARK in texts(content(plain))[0], "X-Original-SHA256" in plain) == (False, False)


def test_a_file_that_is_no_pdf_says_it_by_its_name_and_hash(cast, ours):
    stored = store(b"a,b\n1,2\n", name="list.csv", actor=cast.qa, allowed=[CSV])
    mine = Membership.objects.get(user=cast.inspector)
    answer = download_response(stored, "list.csv", person=cast.inspector, record=mine)
    assert content(answer) == b"a,b\n1,2\n"
    assert answer["X-Original-SHA256"] == stored.sha256
    assert answer["Content-Disposition"] == 'attachment; filename="Inspection copy, list.csv"'


def test_each_view_is_written_down_pages_files_and_api(cast, version):
    with scope(cast.ours):
        number = version.document.number
    content(file_of(cast, version, "inspector"))
    ask = asking(cast.inspector, cast.ours)
    before = len(seen(cast))
    ask.get("documents/")
    ask.get(f"documents/{number}/")
    ask.get("documents/NONE-1/")
    assert seen(cast)[before:] == [
        ("view", "viewed the page “/api/v1/documents/”"),
        ("view", f"viewed the page “/api/v1/documents/{number}/”"),
    ]
    assert ("download", f"downloaded {number} {version.label} signed.pdf") in seen(cast)
    with scope(cast.ours):
        assert not AuditEvent.objects.filter(actor=cast.reader, verb="view").exists()
        asking(cast.reader, cast.ours).get("documents/")
        assert not AuditEvent.objects.filter(actor=cast.reader, verb="view").exists()


def test_no_page_outside_of_the_organization_tells_an_inspector_what_is_in_it(cast):
    with scope(cast.theirs):
        add_member(cast.inspector, actor=cast.outsider)
    with scope(cast.ours):
        notify(cast.inspector, Message(key="one", subject="Plover is late", body="x", path="/", stands_alone=True))
    browser = browse(cast.inspector)
    told = [words(browser.get(path)) for path in ("/inbox/", "/", "/account/")]
    assert [text for text in told if "Plover" in text] == []
    assert "Northwind TherapeuticsWhat awaits you there is told inside." in told[1]
    assert "Plover is late" in words(browser.get(page(cast.ours, "/inbox/")))
    assert ("view", "viewed the page “/inbox/”") in seen(cast)


def test_a_report_is_marked_unless_its_pages_name_this_inspector_already(world):
    with scope(world.ours):
        report = Report.objects.get()
        original = report.files()["pdf"].path.read_bytes()
    place = page(world.ours, f"/reports/{report.number}/pdf/")
    copy = content(browse(world.inspector).get(place))
    assert (MARK in " ".join(texts(copy)[0].split()), MARK in " ".join(texts(original)[0].split())) == (True, False)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_pages_of_any_turn_carry_the_mark(cast, ours, turn):
    made = inspection.mark_pdf(_turned(turn), inspection.Mark(cast.inspector, "0" * 64))
    assert MARK in " ".join(texts(made)[0].split())


def test_what_cannot_be_marked_is_not_shown(cast, ours):
    with pytest.raises(CannotMark, match="not shown"):
        inspection.mark_pdf(b"no PDF", inspection.Mark(cast.inspector, "0" * 64))


def _turned(turn: int) -> bytes:
    file = SimpleUploadedFile("a.pdf", pdf("Turned"))
    with pikepdf.open(file) as source:
        source.pages[0].rotate(turn, relative=False)
        target = SimpleUploadedFile("b.pdf", b"")
        source.save(target)
    target.seek(0)
    return target.read()
