"""No template, of whatever app, holds what the content policy refuses, names what is missing, or lies unused."""

import ast
import fnmatch
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template

from cqms.ui import story  # noqa: F401 - holds a component of its own
from cqms.ui.component import Component
from tests.contracts.sources import shipped

TEMPLATES = Path(settings.BASE_DIR) / "templates"
TEMPLATE = re.compile(r"(?:[\w-]+/)*[\w-]+\.(?:html|txt)")
NAMED = re.compile(rf"""["']({TEMPLATE.pattern})["']""")
STATIC = re.compile(r"""{%\s*static ["']([^"']+)["']""")
FOUND_BY_NAME = ("account/", "mfa/", "400", "403", "404", "429", "500")
"""What Django and allauth look for themselves."""
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


def test_the_patterns_see_what_they_look_for() -> None:
    bad = '<p style="x"><style></style><script>x</script><a onclick="x" href="javascript:x" fill="red">{{ x|safe }}</a>'
    assert [words for words, pattern in REFUSED.items() if not pattern.search(bad)] == []
    assert not REFUSED["a script without src"].search('<script type="module" src="x"></script>')


@pytest.mark.parametrize("page", sorted((TEMPLATES / "pdf").glob("*.html")), ids=lambda path: path.name)
def test_a_template_of_a_pdf_runs_nothing(page: Path) -> None:
    source = COMMENT.sub("", page.read_text())
    runs = ("a script without src", "an event attribute", "a javascript address")
    assert [words for words in runs if REFUSED[words].search(source)] == []
    get_template(f"pdf/{page.name}")


def named_in_code() -> set[str]:
    """Every template that a module or another template names."""
    values = [node.value for tree in shipped().values() for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    included = {name for path in TEMPLATES.rglob("*.*") for name in NAMED.findall(path.read_text())}
    return {each for each in values if isinstance(each, str) and TEMPLATE.fullmatch(each)} | included


def made_in_code() -> Iterator[str]:
    """The names that modules put together, with a star for each part that is known later."""
    joined = (node for tree in shipped().values() for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
    for node in joined:
        name = "".join(part.value if isinstance(part, ast.Constant) else "*" for part in node.values)
        if name.endswith((".html", ".txt")) and name != "components/*.html":
            yield name


def kinds_of(component: type[Component]) -> Iterator[type[Component]]:
    for each in component.__subclasses__():
        yield each
        yield from kinds_of(each)


def test_every_template_that_is_named_exists_and_every_other_is_used() -> None:
    there = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.*") if path.suffix != ".css"}
    named, components = named_in_code(), {f"components/{each.tag()}.html" for each in kinds_of(Component)}
    for name in {name for name in named - there if "/" in name}:
        get_template(name)
    left = {name for name in there - named - components if not name.startswith(FOUND_BY_NAME)}
    assert left - {name for made in made_in_code() for name in fnmatch.filter(left, made)} == set(), "nobody shows it"


def test_every_static_file_that_a_template_names_exists() -> None:
    named = {name for path in TEMPLATES.rglob("*.html") for name in STATIC.findall(path.read_text())}
    assert named
    assert [name for name in sorted(named) if finders.find(name) is None] == []
