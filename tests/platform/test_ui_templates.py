"""No template, of whatever app, holds what the content policy refuses."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

TEMPLATES = Path(settings.BASE_DIR) / "templates"
PAGES = sorted(path.relative_to(TEMPLATES) for path in TEMPLATES.rglob("*.html") if "pdf" not in path.parts)
COMMENT = re.compile(r"{%\s*comment\s*%}.*?{%\s*endcomment\s*%}", re.DOTALL)
REFUSED = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a script without src": re.compile(r"<script\b(?![^>]*\bsrc=)", re.IGNORECASE),
    "an event attribute": re.compile(r"""\s(?:on[a-z]+|hx-on[:\w-]*)\s*=\s*["']""", re.IGNORECASE),
    "a javascript address": re.compile(r"javascript:", re.IGNORECASE),
    "a fill or stroke value": re.compile(r"\b(?:fill|stroke)\s*=\s*[\"']", re.IGNORECASE),
    "text that is not escaped": re.compile(r"\|\s*safe\b|\{%\s*autoescape off"),
}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_template_holds_nothing_the_content_policy_refuses(page: Path) -> None:
    source = COMMENT.sub("", (TEMPLATES / page).read_text())
    assert [words for words, pattern in REFUSED.items() if pattern.search(source)] == []
    get_template(str(page))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_template_fits_on_a_screen_or_two(page: Path) -> None:
    assert len((TEMPLATES / page).read_text().splitlines()) <= 150


def test_the_patterns_see_what_they_look_for() -> None:
    bad = '<p style="x"><style></style><script>x</script><a onclick="x" href="javascript:x" fill="red">{{ x|safe }}</a>'
    assert [words for words, pattern in REFUSED.items() if not pattern.search(bad)] == []
    assert not REFUSED["a script without src"].search('<script type="module" src="x"></script>')
