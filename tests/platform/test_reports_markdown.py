"""Markdown of a controlled document: safe HTML, and every thing it may not hold named with its line."""

import re

import pytest

from cqms.reports.documents import MarkdownProblem, markdown_to_html
from tests.platform.strings import HOSTILE, UNPAIRED


def html_of(source: str) -> str:
    html, problems = markdown_to_html(source)
    assert not problems
    return html.strip()


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("*a* **b** `c` ~~d~~", "<p><em>a</em> <strong>b</strong> <code>c</code> <s>d</s></p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("a\n\n---", "<p>a</p>\n<hr>"),
        ("1 < 2 & 3 > 2", "<p>1 &lt; 2 &amp; 3 &gt; 2</p>"),
        ("# Purpose & scope", '<h1 id="section-purpose-scope">Purpose &amp; scope</h1>'),
        ("## ***", '<h2 id="section-heading">***</h2>'),
    ],
)
def test_what_a_document_is_made_of(source, html):
    assert html_of(source) == html


def test_tables_are_aligned_by_class_not_by_style():
    html = html_of("|a|b|c|\n|:-|-:|:-:|\n|1|2|3|")
    assert "style" not in html
    assert re.findall(r'<t[hd](?: class="([\w-]+)")?>', html) == ["", "align-right", "align-center"] * 2


def test_links_lead_out_or_to_a_heading():
    html = html_of(
        "# Zweck & Ziel\n\n# Zweck & Ziel\n\n[a](#zweck-ziel-2) [b](https://example.org/ä?b=c) [c](mailto:qa@example.org)"
    )
    assert re.findall(r'href="([^"]+)"', html) == [
        "#section-zweck-ziel-2",
        "https://example.org/%C3%A4?b=c",
        "mailto:qa@example.org",
    ]
    assert re.findall(r'id="([^"]+)"', html) == ["section-zweck-ziel", "section-zweck-ziel-2"]
    assert html_of("# Größe\n\n[a](#größe)").endswith('<a href="#section-größe" rel="noopener noreferrer">a</a></p>')


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("a\n\nb <b>bold</b>", 3, "HTML is not used in documents: <b>"),
        ("a\nb <b>bold", 2, "HTML is not used in documents: <b>"),
        ("a\n\n<script>alert(1)</script>\n\nb", 3, "HTML is not used in documents: <script>alert(1)</script>"),
        ("a\n\n<!-- secret -->", 3, "HTML is not used in documents: <!-- secret -->"),
        ("|a|\n|-|\n|<i>|", 3, "HTML is not used in documents: <i>"),
        ("- a\n- b\n  <u>", 3, "HTML is not used in documents: <u>"),
        (
            "a\n![b](https://example.org/a.png)",
            2,
            "Images cannot be shown in a document written here; upload it as PDF instead.",
        ),
        ("[a](javascript:alert(1))", 1, "A link starts with https://, http://, mailto: or #, not javascript:alert(1)"),
        ("[a](../other)", 1, "A link starts with https://, http://, mailto: or #, not ../other"),
        ("[a]()", 1, "A link starts with https://, http://, mailto: or #, not (empty)"),
        ("[a](data:text/html,x)", 1, "A link starts with https://, http://, mailto: or #, not data:text/html,x"),
        ("# A\n\n[a](#b)", 3, "There is no heading for the link #b"),
        ("a\r\n\r\nb\x07", 3, "The line holds an invisible control character (U+0007)."),
        ("a\u202eb", 1, "The line holds an invisible control character (U+202E)."),
        ("a\x00", 1, "The line holds an invisible control character (U+0000)."),
        (UNPAIRED, 1, "The line holds an invisible control character (U+D83D)."),
        ("a\n\nb \U00012345", 3, "No font of this portal can print \U00012345 (U+12345); replace it."),
        (" \n", 1, "The document holds no text."),
    ],
)
def test_what_a_document_may_not_hold_is_named_with_its_line(source, line, message):
    assert markdown_to_html(source)[1][0] == MarkdownProblem(line, message)


def test_problems_come_in_the_order_of_lines():
    problems = markdown_to_html("[a](b)\n\n<i>\n\n\x07 ![c](d)")[1]
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems) == [1, 3, 5, 5]
    assert str(problems[0]).startswith("Line 1: A link")


@pytest.mark.parametrize(
    "text", [*HOSTILE, UNPAIRED, "<svg/onload=alert(1)>", '[x](https://a"onclick=alert(1))', "<https://a.b/<script>>"]
)
def test_the_html_is_safe_with_problems_too(text):
    for source in (
        text,
        f"# {text}",
        f"[{text}]({text})",
        f"- {text}\n  - {text}",
        f"|{text}|\n|-|\n|{text}|",
        f"```\n{text}\n```",
    ):
        html = markdown_to_html(source)[0]
        assert not re.search(
            r"<(?!/?(?:h[1-6]|p|ul|ol|li|table|thead|tbody|tr|th|td|blockquote|pre|hr|br|code|em|strong|s|a)\b)", html
        )
        assert not re.search(r"<[^>]*\s(?:on\w+|style|src)\s*=", html)
        assert not re.search(r'href="(?!https?://|mailto:|#)', html)


def test_a_table_with_a_word_too_long_to_measure_has_equal_columns():
    assert "wide-words" in html_of("|a|b|\n|-|-|\n|1|" + "x" * 30 + "|")
    assert "wide-words" not in html_of("|a|b|\n|-|-|\n|1|" + "x" * 29 + "|")


def test_deep_nesting_ends_somewhere():
    html, _problems = markdown_to_html("> " * 500 + "deep")
    assert html.count("<blockquote>") < 100
