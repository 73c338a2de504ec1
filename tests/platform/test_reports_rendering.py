"""From HTML to PDF: the portal's own light colours, nothing fetched, nothing invisible, the same bytes again."""

import io
import os
import re
import subprocess
import sys
from datetime import UTC, datetime

import pikepdf
import pytest

from cqms.reports import palette
from cqms.reports.glyphs import visible
from cqms.reports.moments import both_words, local_column, local_words, utc_column, utc_words
from cqms.reports.paper import LETTER
from cqms.reports.rendering import SYSTEM_PACKAGES, AddressRefused, Sheet, render_pdf
from tests.platform.pdf_pages import texts, whole_text
from tests.platform.strings import HOSTILE, UNPAIRED

WITHOUT_PANGO = """
import cffi
found = cffi.FFI.dlopen
def dlopen(self, name, *flags):
    if "pango" in str(name):
        raise OSError(f"cannot load library {name!r}")
    return found(self, name, *flags)
cffi.FFI.dlopen = dlopen
"""
AT = datetime(2026, 8, 28, 23, 12, 9, tzinfo=UTC)


def test_tokens_come_with_their_light_values():
    values = palette.light_values(
        ":root { --ink: light-dark(rgb(1 2 3 / .5), #fff); /* --no: 1; */ --line: 1px solid var(--ink); }"
    )
    assert values == {"ink": "rgb(1 2 3 / .5)", "line": "1px solid rgb(1 2 3 / .5)"}
    assert palette.tokens()["text"] == "#181d25"
    assert not [name for name, value in palette.tokens().items() if "light-dark" in value or "var(" in value]


def test_an_unknown_token_is_an_error():
    with pytest.raises(palette.UnknownToken):
        palette.resolve("p { color: var(--nothing) }", palette.tokens())


@pytest.mark.parametrize("sheet", sorted(palette.STYLES_FOLDER.glob("*.css")), ids=lambda path: path.name)
def test_a_sheet_for_paper_names_no_colour_of_its_own(sheet):
    source = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch|color)a?\(|light-dark", source)
    painted = re.findall(r"(?:color|background|border[\w-]*):([^;}]+)", source)
    assert all("var(--" in value or value.strip() in {"0", "none"} or "separate" in value for value in painted)
    palette.stylesheet(sheet.name)


@pytest.mark.parametrize(
    "body",
    [
        '<img src="file:///etc/hostname">',
        '<img src="https://example.org/a.png">',
        '<link rel="stylesheet" href="http://example.org/a.css">',
        '<link rel="attachment" href="file:///etc/hostname">',
        '<style>@import "file:///etc/hostname";</style>',
        '<p style="background: url(file:///etc/hostname)">x</p>',
    ],
)
def test_nothing_is_fetched(body):
    with pytest.raises(AddressRefused):
        render_pdf(body, Sheet("Fetching"))


def test_a_drawing_shows_no_file():
    picture = palette.PROJECT / "static" / "icons" / "mark.svg"
    inner = f'<image href="file://{picture}" width="90" height="90"/>'
    data = render_pdf(f"<svg width='90' height='90'>{inner}</svg>", Sheet("Drawing"))
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert not pikepdf.parse_content_stream(pdf.pages[0], "Do f f* F S s B sh")


def test_the_same_input_gives_the_same_bytes_in_another_process():
    code = (
        "import hashlib; from cqms.reports.rendering import Sheet, render_pdf;"
        "print(hashlib.sha256(render_pdf('<p>Same <b>again</b> → ñ</p>', Sheet('Same'))).hexdigest())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=palette.PROJECT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]


def test_the_file_says_what_it_is(tmp_path):
    data = render_pdf("<p>Body</p>", Sheet("A title & more", paper=LETTER, author="Northwind", created=AT))
    (tmp_path / "a.pdf").write_bytes(data)
    with pikepdf.open(tmp_path / "a.pdf") as pdf:
        assert (str(pdf.docinfo.Title), str(pdf.docinfo.Author)) == ("A title & more", "Northwind")
        assert str(pdf.docinfo.CreationDate).startswith("D:20260828231209")
        assert [round(float(value)) for value in pdf.pages[0].mediabox] == [0, 0, 612, 792]
        assert bool(pdf.Root.MarkInfo.Marked)


def test_missing_libraries_are_named_with_the_line_that_installs_them():
    code = WITHOUT_PANGO + (
        "from cqms.reports.rendering import LibrariesMissing, Sheet, render_pdf\n"
        "try:\n    render_pdf('<p>x</p>', Sheet('x'))\n"
        "except LibrariesMissing as error:\n    print('CURE', error)\n"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=palette.PROJECT, check=True, capture_output=True, text=True
    ).stdout
    assert f"apt-get install -y {' '.join(SYSTEM_PACKAGES)}" in printed.split("CURE")[1]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – “text” ≤ 2.0 → ü", "plain – “text” ≤ 2.0 → ü"),
        ("a\nb\r\nc\td", "a↵ b↵ c⇥ d"),
        ("bell\x07 null\x00 delete\x7f", "bell‹U+0007› null‹U+0000› delete‹U+007F›"),
        (
            "\u202eevil\u2066 zero\u200bwidth\ufeff soft\u00adhyphen",
            "‹U+202E›evil‹U+2066› zero‹U+200B›width‹U+FEFF› soft‹U+00AD›hyphen",
        ),
        ("half \ud83d", "half ‹U+D83D›"),
        ("\ue000 \u0085", "‹U+E000› ‹U+0085›"),
        ("\u2028\u2029", "‹U+2028›‹U+2029›"),
        ("e\u0301" + "\u0317" * 4, "e\u0301\u0317\u0317\u0317‹U+0317›"),
    ],
)
def test_nothing_stays_invisible(text, shown):
    assert visible(text) == shown


@pytest.mark.parametrize("text", [*HOSTILE, UNPAIRED])
def test_whatever_people_type_can_be_drawn(text):
    assert render_pdf(
        f"<p>{visible(text).replace('&', '&amp;').replace('<', '&lt;')}</p>", Sheet("Hostile")
    ).startswith(b"%PDF")


def test_a_character_without_a_glyph_is_shown_by_its_code():
    shown = visible("\U0001f468\u200d\U0001f469 \U00012345")
    text = whole_text(render_pdf(f"<p>{shown}</p>", Sheet("Glyphs")))
    assert all(char in text or f"‹U+{ord(char):04X}›" in text for char in "\U0001f468\U0001f469\U00012345")


def test_moments_are_said_in_utc_and_in_the_zone():
    assert utc_words(AT) == "28 Aug 2026, 23:12:09 UTC"
    assert local_words(AT, "Europe/Berlin") == "29 Aug 2026, 01:12:09 +02:00 Europe/Berlin"
    assert local_words(AT, "America/New_York") == "19:12:09 -04:00 America/New_York"
    assert both_words(AT, "UTC") == "28 Aug 2026, 23:12:09 UTC"
    assert (utc_column(AT), local_column(AT, "Asia/Kolkata")) == ("2026-08-28 23:12:09 UTC", "08-29 04:42:09 +05:30")


def test_text_beyond_a_page_goes_on_the_next():
    pages = texts(render_pdf("<p>word </p>" * 200, Sheet("Long")))
    assert len(pages) > 1
    assert sum(page.count("word") for page in pages) == 200
