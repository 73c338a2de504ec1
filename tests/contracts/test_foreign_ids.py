"""A name of something of another organization is one of nothing, in whatever place it is sent.

Paths are told in `test_urls.py`; here are parameters, edges of pages, headers, fields of forms and of bodies. The
answer is that of a missing one to the letter, says no word of theirs, and nothing changed.
"""

import ast
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver

from cqms.instance.entry import ROOT
from cqms.organizations.scope import scope
from cqms.ui.views import StepPage
from tests.cast import Cast, page
from tests.contracts.addresses import ROOTS, entries, values_of
from tests.contracts.filling import (
    PLACES,
    PREPARED,
    REQUESTS,
    Request,
    browser_for,
    filled,
    method_of,
    numbers_of,
    right_answer,
)  # fmt: skip
from tests.contracts.foreign import Foreign, Pair, neutral
from tests.contracts.forms import Place
from tests.contracts.inputs import filled_in
from tests.contracts.pages import Call, calls
from tests.contracts.sources import shipped, tracked_files
from tests.contracts.test_tenancy import THEIRS
from tests.contracts.visiting import changed_since, fingerprint
from tests.platform.asking import Asking, asking
from tests.platform.browsing import browse
from tests.platform.markup import parse

PLAIN = frozenset(
    {"q", "sort", "format", "cols", "since", "until", "shows", "size", "next", "zone", "as_of", "against"}
)
"""Parameters that name no row."""
READ = [
    call for call in calls() if call.method == "GET" and call.section.place != "outside" and "NO_FILE" not in call.path
]
FIRST_ROWS = list({call.name: call for call in reversed(READ)}.values())[::-1]
APPS = sorted({place.name.partition(":")[0] for place in PLACES if place.who and ":" in place.name})
OWN_NAMES = frozenset({"number", "email", "receipt"})
"""Fields of bodies that give a name, or repeat that of somebody outside, instead of asking for one."""
PARTS = sorted({call.name.partition(":")[0] for call in READ})
SAMPLE = ("documents", "redactions", "trail_reviews")
"""The parts whose addresses are tried every day; the others are slow."""
LOOKED_UP = frozenset({"number", "original"})
"""Fields of forms in which the number of something that exists is typed."""


@pytest.fixture
def foreign(world) -> Foreign:
    return Foreign(world)


class Reader:
    """Somebody of ours who reads pages and the API."""

    def __init__(self, world: Cast, who: str) -> None:
        self.world, self.browser = world, browse(getattr(world, who))
        self.ask = asking(getattr(world, who), world.ours)
        self.values = values_of(world.ours, world)

    def get(self, call: Call, query: dict[str, str] | None = None, **headers: str) -> HttpResponse:
        """What is answered; undone unless it was refused, as reading notes that a token was used and a file was taken."""
        path, _, fixed = call.path.format(**{**self.values, "mail": "none"}).partition("?")
        asked = f"{path}?{urlencode({**dict(parse_qsl(fixed)), **(query or {})})}"
        with transaction.atomic():
            if call.section.place == "api":
                answer = self.ask.get(asked.removeprefix("/api/v1/"), **headers)
            else:
                answer = self.browser.get(page(self.world.ours, asked), headers=headers)
            transaction.set_rollback(answer.status_code < 400)
        for close in answer._resource_closers:
            close()
        return answer


def told_apart(one: HttpResponse, other: HttpResponse, *said: str) -> str:
    """What is wrong about an answer to a foreign name beside the one to a missing name; blank when nothing is."""
    first, second = neutral(one, *said), neutral(other, *said)
    if one.status_code != other.status_code:
        return f"{one.status_code} instead of {other.status_code}"
    if found := set(THEIRS.findall(first)):
        return f"it says {found}"
    if first == second:
        return ""
    at = next((at for at, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), 0)
    return f"it is told apart from a missing one: {first[at - 40 : at + 60]!r}, {second[at - 40 : at + 60]!r}"


# Parameters of addresses


def asked_in_code() -> set[str]:
    """Every parameter that the code takes from an address by its name."""
    found = set()
    for tree in shipped().values():
        for node in ast.walk(tree):
            is_get = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "get" and node.args
            if is_get and ast.unparse(node.func.value).endswith((".GET", ".query_params", "asked")):
                found |= {each.value for each in node.args[:1] if isinstance(each, ast.Constant)}
    return found - PLAIN


def offered(answer: HttpResponse) -> set[str]:
    """Every parameter that a page offers by links and fields."""
    if "html" not in answer["Content-Type"]:
        return {"cursor"}
    tags = parse(answer.content.decode()).tags
    links = (each["href"] for tag, each in tags if tag == "a" and each.get("href", "").startswith("?"))
    names = {name for link in links for name, _ in parse_qsl(urlsplit(link).query)}
    return names - PLAIN


def queried(reader: Reader, call: Call, foreign: Foreign) -> Iterator[tuple[str, str]]:
    """What is wrong with the parameters of a page: each that it offers by itself, all that the code knows together."""
    opened = reader.get(call)
    if opened.status_code != 200 or opened.streaming:
        return
    pairs = {name: foreign.of_parameter(name)[:1] for name in sorted(offered(opened) | {"after"})}
    asked: list[tuple[dict[str, str], dict[str, str]]] = [
        ({name: theirs}, {name: nobodys}) for name, found in pairs.items() for theirs, nobodys in found
    ]
    known = {name: foreign.of_parameter(name)[0] for name in sorted(ASKED)}
    asked.append(({name: pair[0] for name, pair in known.items()}, {name: pair[1] for name, pair in known.items()}))
    for theirs, nobodys in asked:
        answers = reader.get(call, theirs), reader.get(call, nobodys)
        if problem := told_apart(*answers, *theirs.values(), *nobodys.values()):
            yield f"{call} with {sorted(theirs)}", problem


ASKED = asked_in_code()


def test_parameters_are_found_in_the_code():
    assert {"by", "older", "view", "event", "study", "kind", "id"} <= ASKED


def told_of(part: str, world: Cast, foreign: Foreign) -> dict[str, str]:
    """What is wrong with the parameters of the pages of a part."""
    reader, wrong = Reader(world, "quality_head"), {}
    before = fingerprint(world)
    for call in (each for each in FIRST_ROWS if each.name.startswith(f"{part}:")):
        wrong |= dict(queried(reader, call, foreign))
    changed = [table for table in changed_since(before, world) if table != "api_apitoken"]  # when it was used
    return wrong | ({"changed": str(changed)} if changed else {})


@pytest.mark.parametrize("part", [
    pytest.param(part, marks=[] if part in SAMPLE else pytest.mark.slow) for part in PARTS
])  # fmt: skip
def test_a_parameter_that_names_something_foreign_names_nothing(world, foreign, part):
    assert told_of(part, world, foreign) == {}


# Headers of requests

HEADERS = {
    "cqms/api/views.py": {"If-Match"},
    "cqms/identity/where.py": {"user-agent", "x-forwarded-for"},
    "cqms/settings.py": {"HTTP_X_FORWARDED_PROTO"},
    "cqms/portal/views/search.py": {"HX-Target"},
    "cqms/ui/views/page.py": {"HX-Target", "referer"},
}
"""Which headers the portal reads, and where: what a browser says it looks at is read in two places alone."""


def headers_read() -> dict[str, set[str]]:
    """Each header that the code reads by its name, by module; what htmx's own reader knows counts by its attribute."""
    found: dict[str, set[str]] = {}
    for name, tree in shipped().items():
        read = {each for node in ast.walk(tree) if (each := _header(node))}
        found |= {name: read} if read else {}
    return found


def _header(node: ast.AST) -> str:
    """The header that a piece of code reads: `….headers.get("x")`, `….headers["x"]`, `META["HTTP_X"]`, `….htmx.x`."""
    if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith(".htmx"):
        return f"htmx.{node.attr}"
    if isinstance(node, ast.Constant) and str(node.value).startswith("HTTP_"):
        return str(node.value)
    of, key = None, None
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "get" and node.args:
        of, key = node.func.value, node.args[0]
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        of, key = node.value, node.slice
    is_read = of is not None and ast.unparse(of).endswith("request.headers")
    return (key.value if isinstance(key, ast.Constant) else ast.unparse(key)) if is_read else ""


def test_headers_are_read_where_it_is_known():
    assert headers_read() == HEADERS, "a header that names what somebody looks at is fuzzed below: name its reader"
    assert not [name for name in tracked_files() if name.suffix == ".html" and "htmx." in (ROOT / name).read_text()]


def readers_of_headers() -> list[str]:
    """The pages whose code reads what htmx says: those of steps, the search, those that show how far a job is."""
    views = {name: getattr(entry.callback, "view_class", object) for name, entry in known_entries()}
    by_step = {name for name, view in views.items() if issubclass(view, StepPage)}
    return sorted({call.name for call in READ} & (by_step | {"portal:search", "portal:job"}))


def known_entries() -> Iterator[tuple[str, Any]]:
    """Every address of the portal with its view."""
    return (each for root in ROOTS for each in entries(get_resolver(root)))


def headed(reader: Reader, call: Call, foreign: Foreign) -> Iterator[tuple[str, str]]:
    """What is wrong when a page is told that somebody looks at something foreign."""
    for target in ("step-dialog", "suggestions", f"document-{foreign.ids['document']}"):
        answers = [
            reader.get(call, **{
                "HX-Request": "true", "HX-Target": target.replace(str(foreign.ids["document"]), where),
                "HX-Current-URL": f"http://testserver/o/{slug}/documents/{where}/", "HX-Trigger": where, "HX-Prompt": where,
                "HX-Trigger-Name": where, "Referer": f"http://testserver/o/{slug}/documents/{where}/",
            })
            for slug, where in (("harbour", foreign.values["effective"]), ("nowhere", "NO-4711"))
        ]  # fmt: skip
        if answers[0].status_code == 200 and answers[0].streaming:
            return
        if problem := told_apart(*answers, foreign.values["effective"], "NO-4711", "harbour", "nowhere"):
            yield f"{call} for {target}", problem


def test_each_type_of_record_has_a_page_that_reads_headers():
    assert {"documents:step", "capas:step", "deviations:step", "portal:search", "portal:job"} <= set(
        readers_of_headers()
    )


@pytest.mark.parametrize("name", [*readers_of_headers(), "portal:timeline", "documents:list"])
def test_a_header_that_names_something_foreign_changes_nothing(world, foreign, name):
    wrong = {}
    for who in ("quality_head", "administrator"):
        reader = Reader(world, who)
        for call in (each for each in READ if each.name == name):
            wrong |= dict(headed(reader, call, foreign))
    assert wrong == {}


# Fields of forms


def pairs_of(form: forms.BaseForm, foreign: Foreign, *, gives_numbers: bool) -> Iterator[tuple[str, Pair]]:
    """The fields of a form in which something is named, each with what is sent."""
    for name, field in form.fields.items():
        pair = foreign.of_field(field)
        if pair is None and name in LOOKED_UP and not gives_numbers and isinstance(field, forms.CharField):
            pair = foreign.values["effective"], "NO-4711"
        if pair is not None:
            yield form.add_prefix(name), pair


def sent(client: Client, path: str, data: dict[str, Any]) -> HttpResponse:
    """What a form is answered; undone only if it was taken, so that whatever a refusal wrote is there to be found."""
    for each in data.values():
        if hasattr(each, "seek"):
            each.seek(0)
    with transaction.atomic():
        answer = client.post(path, data)
        transaction.set_rollback(answer.status_code < 400)
    return answer


def spoiled(world: Cast, place: Place, foreign: Foreign) -> Iterator[tuple[str, str]]:
    """What is wrong when each field of a form that names something names something foreign."""
    client = browser_for(world, place)
    path = filled(world, place)
    form, right = right_answer(world, place, client, path)
    for name, pair in pairs_of(form, foreign, gives_numbers=place.name.startswith("studies:")):
        is_list = isinstance(form.fields.get(name), forms.MultipleChoiceField | forms.ModelMultipleChoiceField)
        answers = [sent(client, path, {**right, name: [each] if is_list else each}) for each in pair]
        if problem := told_apart(*answers, *pair):
            yield f"{place} {name}", problem
        if answers[0].status_code < 400:
            yield f"{place} {name}", f"{pair[0]} is taken: {answers[0].status_code}"


@pytest.mark.parametrize("app", APPS)
def test_a_field_that_names_something_foreign_names_nothing(world, foreign, app):
    wrong = {}
    for place in PLACES:
        if place.name.startswith(f"{app}:") and place.who:
            with transaction.atomic():
                wrong |= dict(spoiled(world, place, foreign))
                transaction.set_rollback(True)
    assert wrong == {}


# Bodies of the API


def spoiled_bodies(ask: Asking, request: Request, body: dict[str, Any], numbers: dict[str, Any], foreign: Foreign):
    """What is wrong when each field of a body that names something names something foreign."""
    path, method = request.path.format(**numbers), method_of(request.operation)
    for name, value in body.items():
        pair = None if name in OWN_NAMES else foreign.of_value(name, value)
        if pair is None:
            continue
        answers = []
        for each in pair:
            with transaction.atomic():
                answers.append(ask(method, path, {**body, name: [each] if isinstance(value, list) else each}))
                transaction.set_rollback(answers[-1].status_code < 400)
        if problem := told_apart(*answers, *pair):
            yield f"{request} {name}", problem
        if answers[0].status_code not in (404, 422):
            yield f"{request} {name}", f"{pair[0]} is answered {answers[0].status_code}"


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_a_body_that_names_something_foreign_names_nothing(world, foreign, request_):
    ask = asking(getattr(world, request_.who), world.ours)
    with scope(world.ours):
        PREPARED.get(request_.operation, lambda _: None)(world)
        numbers = numbers_of(world)
    body = filled_in(request_.body, numbers)
    if request_.seen:
        body["revision"] = ask.get(request_.seen.format(**numbers)).json()["revision"]
    before = fingerprint(world)
    wrong = dict(spoiled_bodies(ask, request_, body, numbers, foreign))
    assert (wrong, [table for table in changed_since(before, world) if table != "api_apitoken"]) == ({}, [])
