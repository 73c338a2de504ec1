"""Renditions and issued copies: what was signed stays, what changed since is added to every page, nothing is covered."""

import io
from datetime import UTC, datetime

import pikepdf
import pytest
from pikepdf import Array

from cqms.reports.documents import (
    DocumentFacts,
    SignatureBlock,
    SignaturePage,
    Stamp,
    UnusableMarkdown,
    check_uploaded_pdf,
    issued_copy,
    rendition_from_markdown,
)
from cqms.reports.palette import tokens
from cqms.reports.paper import LETTER, Paper, points
from cqms.reports.rendering import Sheet, render_pdf
from cqms.reports.stamps import View
from tests.platform.pdf_pages import colours, ink, pictures, squeezed, texts, whole_text
from tests.platform.strings import HOSTILE

TEXT = "# Purpose\n\nThis procedure protects **participants**.\n\n| Step | Days |\n|--|--:|\n| Report | 7 |\n\n" + (
    "The sponsor notifies the Member States concerned about a serious breach without undue delay.\n\n" * 40
)
FACTS = DocumentFacts(
    "SOP-QA-001", "Handling of serious breaches", "2.0", "Standard operating procedure", "Tomás Berger", "Northwind"
)
STAMP = Stamp("SOP-QA-001", "2.0", "Effective", "since 1 Nov 2026", "Copy made for Amara Okafor on 12 Nov 2026")
SIGNATURE = SignatureBlock(
    name="Tomás Berger",
    meaning="I have reviewed this version and approve it for use. (Approved)",
    at=datetime(2026, 8, 28, 23, 12, 9, tzinfo=UTC),
    zone="Europe/Berlin",
    method="e-mail address and password",
    digest="0123456789abcdef" * 4,
    role="QA manager",
)
PAGE = SignaturePage("SOP-QA-001 version 2.0: Handling of serious breaches", "Northwind", (SIGNATURE,))


@pytest.fixture(scope="module")
def rendition() -> bytes:
    return rendition_from_markdown(TEXT, FACTS)


@pytest.fixture(scope="module")
def copy(rendition) -> bytes:
    return issued_copy(rendition, STAMP, PAGE)


def test_every_page_of_a_rendition_carries_number_version_and_title(rendition):
    pages = texts(rendition)
    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        assert squeezed("SOP-QA-001 · Version 2.0 · Handling of serious breaches") in squeezed(page)
        assert f"Text page {number} of {len(pages)}" in page
    assert squeezed("Standard operating procedure") in squeezed(pages[0])
    assert whole_text(rendition).count("undue") == 40


def test_a_rendition_says_nothing_that_changes_after_signing_and_comes_out_the_same(rendition):
    assert "Effective" not in whole_text(rendition)
    assert rendition_from_markdown(TEXT, FACTS) == rendition
    assert check_uploaded_pdf(rendition).pages == len(texts(rendition))


def test_a_rendition_with_problems_is_not_made():
    with pytest.raises(UnusableMarkdown) as refused:
        rendition_from_markdown("Text\n\n<b>bold</b>", FACTS)
    assert [problem.line for problem in refused.value.problems] == [3, 3]
    assert str(refused.value).startswith("Line 3: HTML is not used in documents: <b>")


def test_every_page_of_a_copy_carries_the_stamp(rendition, copy):
    pages = [squeezed(page) for page in texts(copy)]
    assert len(pages) == len(texts(rendition)) + 1
    for number, page in enumerate(pages, start=1):
        assert squeezed("SOP-QA-001 · Version 2.0 · Effective · since 1 Nov 2026") in page
        assert squeezed("Copy made for Amara Okafor on 12 Nov 2026") in page
        assert f"Page{number}of{len(pages)}" in page


def test_a_copy_ends_with_the_manifestation_of_each_signature(copy):
    last = squeezed(texts(copy)[-1])
    for said in (
        "Tomás Berger, QA manager",
        SIGNATURE.meaning,
        "28 Aug 2026, 23:12:09 UTC, 29 Aug 2026, 01:12:09 +02:00 Europe/Berlin",
        "e-mail address and password",
        SIGNATURE.digest,
        "Nothing that was signed has changed.",
    ):
        assert squeezed(said) in last


def test_what_changed_since_signing_is_listed(rendition):
    page = SignaturePage(
        PAGE.title, "Northwind", (SIGNATURE,), (("Source", "SHA-256 ab"),), ("The owner changed on 1 Nov.",)
    )
    last = texts(issued_copy(rendition, STAMP, page))[-1]
    assert "The owner changed on 1 Nov." in last
    assert "SHA-256 ab" in last
    assert "Nothing that was signed" not in last


def test_a_version_nobody_signed_says_so(rendition):
    last = texts(issued_copy(rendition, STAMP, SignaturePage(PAGE.title, "Northwind", ())))[-1]
    assert "Nobody has signed this version yet." in last


def test_a_copy_comes_out_the_same_and_leaves_the_rendition_alone(rendition, copy):
    before = bytes(rendition)
    assert issued_copy(rendition, STAMP, PAGE) == copy
    assert rendition == before


def test_the_foot_a_rendition_leaves_free_is_used(copy):
    with pikepdf.open(io.BytesIO(copy)) as pdf:
        for page in pdf.pages:
            assert View.of(page).seen == pytest.approx((595.2756, 841.8898), abs=0.01)


def test_a_copy_keeps_links_and_is_read_aloud_to_its_end(rendition, copy):
    with pikepdf.open(io.BytesIO(copy)) as pdf:
        numbers = pdf.Root.StructTreeRoot.ParentTree.Nums
        keys = [int(number) for number in list(numbers)[::2]]
        assert sorted(keys) == keys
        assert len(set(keys)) == len(keys)
        assert [int(page.obj.StructParents) for page in pdf.pages] == keys[: len(pdf.pages)]
        assert int(pdf.Root.StructTreeRoot.ParentTreeNextKey) > max(keys)
        assert len(list(pdf.Root.StructTreeRoot.K)) == 1
        assert not pdf.check_pdf_syntax()


def test_only_colours_of_the_portal_are_printed(rendition, copy):
    allowed = {value for value in tokens().values() if value.startswith("#")} | {"#000000"}
    assert colours(rendition) | colours(copy) <= allowed


def turned(rotation: int, crop: list[int] | None = None, unit: float = 1, shift: int = 0) -> bytes:
    with pikepdf.open(io.BytesIO(render_pdf("<h1>Top of page</h1>", Sheet("Upload")))) as pdf:
        page = pdf.pages[0]
        page.obj.MediaBox = Array([shift, shift, 595 + shift, 842 + shift])
        page.contents_add(f"1 0 0 1 {shift} {shift} cm\n".encode(), prepend=True)
        page.obj.Rotate = rotation
        if crop:
            page.obj.CropBox = Array([side + shift for side in crop])
        if unit != 1:
            page.obj.UserUnit = unit
        saved = io.BytesIO()
        pdf.save(saved)
    return saved.getvalue()


@pytest.mark.parametrize("rotation", [0, 90, 180, 270, -90, 450])
@pytest.mark.parametrize("shape", [{}, {"crop": [30, 200, 560, 800]}, {"shift": 300}, {"shift": -421}])
def test_a_turned_page_gets_a_foot_below_what_is_seen(rotation, shape, tmp_path):
    upload = turned(rotation, **shape)
    copy = issued_copy(upload, STAMP, PAGE)
    with pikepdf.open(io.BytesIO(upload)) as before, pikepdf.open(io.BytesIO(copy)) as after:
        (width, height), (new_width, new_height) = View.of(before.pages[0]).seen, View.of(after.pages[0]).seen
    assert new_width == pytest.approx(width, abs=0.01)
    assert new_height == pytest.approx(height + points(13), abs=0.01)
    old, new = pictures(upload, tmp_path)[0], pictures(copy, tmp_path)[0]
    band = round(13 / 25.4 * 50)
    page = new.crop((0, 0, new.width, new.height - band - 1))
    assert _difference(page, old) < 8  # what was there is there, unmoved
    foot = ink(new.crop((0, new.height - band, new.width, new.height)))
    assert foot
    assert foot[0] == pytest.approx(new.width * 0.095, abs=3)
    assert foot[1] > 3  # nothing of it stands on the page
    assert foot[2] == pytest.approx(new.width * 0.905, abs=3)


def _difference(one, other) -> float:
    boxes = (ink(one), ink(other))
    assert all(boxes)
    return max(abs(left - right) for left, right in zip(*boxes, strict=True))


def test_a_user_unit_scales_the_stamp_to_true_size():
    copy = issued_copy(turned(0, unit=2), STAMP, PAGE)
    with pikepdf.open(io.BytesIO(copy)) as pdf:
        assert View.of(pdf.pages[0]).seen == pytest.approx((1190, 1684 + points(13)), abs=0.01)
        assert b"0.50000 0.00000" in pdf.pages[0].Contents[-1].read_bytes()


@pytest.mark.parametrize(
    "left_open", [b"q 5 0 0 5 99 99 cm\n", b"q q q\n", b"Q Q\n", b"0 0 1 rg q 2 0 0 2 0 0 cm BT\n"]
)
def test_what_a_page_leaves_open_does_not_reach_the_stamp(left_open, tmp_path):
    def leave(data: bytes) -> bytes:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            pdf.pages[0].contents_add(left_open)
            saved = io.BytesIO()
            pdf.save(saved)
        return saved.getvalue()

    clean, open_ = (pictures(issued_copy(data, STAMP, PAGE), tmp_path)[0] for data in (turned(0), leave(turned(0))))
    assert list(clean.get_flattened_data()) == list(open_.get_flattened_data())


def test_letter_stays_letter_and_gets_a_letter_signature_page():
    upload = render_pdf("<p>Letter</p>", Sheet("Upload", paper=LETTER))
    with pikepdf.open(io.BytesIO(issued_copy(upload, STAMP, PAGE))) as pdf:
        assert [round(View.of(page).seen[0]) for page in pdf.pages] == [612, 612]
        assert round(View.of(pdf.pages[-1]).seen[1]) == 792
    letter = rendition_from_markdown("Text", FACTS, paper=LETTER)
    with pikepdf.open(io.BytesIO(issued_copy(letter, STAMP, PAGE))) as pdf:
        assert {tuple(round(side) for side in View.of(page).seen) for page in pdf.pages} == {(612, 792)}


def test_the_smallest_page_still_shows_the_whole_statement():
    card = render_pdf("<p>Card</p>", Sheet("Upload", paper=Paper("A6", 105, 148)))
    first = squeezed(texts(issued_copy(card, STAMP, PAGE))[0])
    assert squeezed("SOP-QA-001 · Version 2.0 · Effective · since 1 Nov 2026") in first
    assert "Page1of2" in first


def test_pages_that_share_resources_share_them_no_longer():
    with pikepdf.open(io.BytesIO(render_pdf("<p>a</p>" * 200, Sheet("Upload")))) as pdf:
        pdf.Root.Pages.Resources = pdf.pages[0].obj.Resources
        for page in pdf.pages:
            del page.obj.Resources
        saved = io.BytesIO()
        pdf.save(saved)
    copy = issued_copy(saved.getvalue(), STAMP, PAGE)
    assert whole_text(copy).count("SOP-QA-001·") == len(texts(copy))


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_stands_in_the_facts_is_printed_and_harms_nothing(text):
    facts = DocumentFacts(text, text, text, text, text, text, more=((text, text),))
    block = SignatureBlock(text, text, SIGNATURE.at, "UTC", text, "00", text)
    page = SignaturePage(text, text, (block,), ((text, text),), (text,))
    copy = issued_copy(rendition_from_markdown("Text", facts), Stamp(text, text, text, text, text), page)
    assert check_uploaded_pdf(copy).pages >= 2
    assert "Text" in texts(copy)[0] or len(text) > 1000
