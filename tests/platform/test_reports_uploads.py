"""An uploaded PDF is usable, or refused with one plain sentence that says what to do."""

import io
import zipfile

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from cqms.reports.documents import UnusablePdf, check_uploaded_pdf
from cqms.reports.paper import LETTER
from cqms.reports.rendering import Sheet, render_pdf

DAMAGED = "This PDF is damaged and cannot be opened safely. Save or print it to a new PDF and try again."
ACTIVE = "This PDF holds {}. Print it to a new PDF, so that it only shows text and pictures."


@pytest.fixture(scope="module")
def plain() -> bytes:
    return render_pdf("<h1>Protocol</h1><p>Text</p>" * 30, Sheet("Protocol", paper=LETTER))


def saved(pdf: pikepdf.Pdf, **how) -> bytes:
    target = io.BytesIO()
    pdf.save(target, **how)
    return target.getvalue()


def changed(data: bytes, change) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        change(pdf)
        return saved(pdf)


def refusal(data: bytes) -> str:
    with pytest.raises(UnusablePdf) as refused:
        check_uploaded_pdf(data)
    return str(refused.value)


def zipped() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return target.getvalue()


def test_a_usable_file_is_measured(plain):
    facts = check_uploaded_pdf(plain)
    assert (facts.pages, facts.width, facts.height, facts.size, facts.signed) == (2, 215.9, 279.4, len(plain), False)


def test_a_turned_page_is_measured_as_it_is_seen(plain):
    def turn(pdf):
        pdf.pages[0].obj.Rotate = 270
        pdf.pages[0].obj.CropBox = Array([0, 0, 612, 500])

    facts = check_uploaded_pdf(changed(plain, turn))
    assert (facts.width, facts.height) == (176.4, 215.9)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "This file is empty. Choose the PDF again."),
        (zipped(), "This is a zip or Office file, not a PDF. Save it as PDF and upload that file."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "This is an Office file, not a PDF. Save it as PDF and upload that file."),
        (b"\x89PNG\r\n\x1a\n", "This is a picture, not a PDF. Save it as PDF and upload that file."),
        (b"  <!doctype html><html>", "This is a web page or XML file, not a PDF. Save it as PDF and upload that file."),
        (b"Dear reader,", "This is not a PDF. Save the document as PDF and upload that file."),
        (b"%PDF-1.7", DAMAGED),
        (b"%PDF-1.7\n" + b"\x00" * 5000, DAMAGED),
    ],
    ids=["empty", "zip", "doc", "png", "html", "text", "only a header", "zeros"],
)
def test_what_is_no_pdf_is_told_apart(data, sentence):
    assert refusal(data) == sentence


def test_a_pdf_inside_an_archive_is_an_archive(plain):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.pdf", plain)
    assert refusal(target.getvalue()).startswith("This is a zip or Office file")


@pytest.mark.parametrize("kept", [0.2, 0.6, 0.95])
def test_a_cut_file_is_refused(plain, kept):
    assert refusal(plain[: int(len(plain) * kept)]) == DAMAGED


@pytest.mark.parametrize("place", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_file_with_a_hole_is_judged_without_an_error(plain, place):
    start = int(len(plain) * place)
    try:
        check_uploaded_pdf(plain[:start] + b"\x00" * 300 + plain[start + 300 :])
    except UnusablePdf as refused:
        assert str(refused) == DAMAGED


def test_a_password_is_asked_away(plain):
    locked = changed_encryption(plain, user="secret", owner="secret")
    assert refusal(locked) == "This PDF asks for a password. Save it without protection and upload it again."
    protected = changed_encryption(plain, user="", owner="secret")
    assert refusal(protected) == "This PDF is protected. Save it without protection and upload it again."


def changed_encryption(data: bytes, user: str, owner: str) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return saved(pdf, encryption=pikepdf.Encryption(user=user, owner=owner))


def test_pages_are_needed(plain):
    def clear(pdf):
        del pdf.pages[:]

    assert refusal(changed(plain, clear)) == "This PDF has no pages."


def test_a_broken_page_tree_is_damage(plain):
    def loop(pdf):
        pdf.Root.Pages.Kids = Array([pdf.Root.Pages])

    assert refusal(changed(plain, loop)) == DAMAGED


@pytest.mark.parametrize(
    ("box", "sentence"),
    [
        ([0, 0, 100, 100], "Page 2 measures 35 × 35 mm, which cannot be printed. Change the page size."),
        ([0, 0, 9000, 800], "Page 2 measures 3175 × 282 mm, which cannot be printed. Change the page size."),
        ([0, 0, 0, 0], "Page 2 measures 0 × 0 mm, which cannot be printed. Change the page size."),
    ],
)
def test_a_page_must_fit_on_paper(plain, box, sentence):
    def resize(pdf):
        pdf.pages[1].obj.MediaBox = Array(box)

    assert refusal(changed(plain, resize)) == sentence


def script(pdf):
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="app.alert(1)")


def named_script(pdf):
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array(["a", Dictionary(S=Name.JavaScript, JS="x")])))


def launch(pdf):
    note = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=Dictionary(S=Name.Launch, F="calc.exe"))
    pdf.pages[0].obj.Annots = Array([note])


def attachment(pdf):
    pdf.attachments["a.exe"] = b"MZ"


def film(pdf):
    pdf.pages[0].obj.Annots = Array(
        [pdf.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=[0, 0, 9, 9]))]
    )


def changing_form(pdf):
    pdf.Root.AcroForm = Dictionary(Fields=Array(), XFA=pdf.make_stream(b"<xdp/>"))


@pytest.mark.parametrize(
    ("add", "found"),
    [
        (script, "a script"),
        (named_script, "a script"),
        (launch, "an action that starts a program"),
        (attachment, "an embedded file"),
        (film, "sound or film"),
        (changing_form, "a form that changes what it shows (XFA)"),
    ],
)
def test_a_file_that_does_more_than_show_is_refused(plain, add, found):
    assert refusal(changed(plain, add)) == ACTIVE.format(found)


def test_links_bookmarks_and_forms_are_welcome(plain):
    def add(pdf):
        link = Dictionary(S=Name.URI, URI="https://example.org")
        pdf.pages[0].obj.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=link)])
        pdf.Root.AcroForm = Dictionary(Fields=Array(), SigFlags=3)
        with pdf.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("Start", 0))

    assert check_uploaded_pdf(changed(plain, add)).signed


def test_a_packed_bomb_is_refused_before_it_is_unpacked(plain):
    def pack(pdf):
        pdf.pages[0].obj.Contents = pdf.make_stream(b" " * 320_000_000)

    bomb = changed(plain, pack)
    assert len(bomb) < 1_000_000
    assert refusal(bomb) == "This PDF unpacks to an unreasonable size. Print it to a new PDF and try again."
