"""What names something of the other organization, beside what names nothing at all, in the shape of each place."""

import base64
import datetime as dt
import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from django import forms
from django.http import HttpResponse

from cqms.accounts.models import User
from cqms.attachments.models import StoredFile
from cqms.audit.models import AuditEvent
from cqms.lists.models import SavedView
from cqms.organizations.scope import scope
from tests.cast import Cast
from tests.contracts.addresses import missing_values, values_of
from tests.platform.browsing import same_for_all

Pair = tuple[str, str]

NO_ID = 7_788_888
"""An id between those of both organizations that nobody has, so that an order by ids tells nothing either."""
NO_NUMBER, NO_MAIL, NO_HASH = "NO-4711", "nobody@cast.test", "0" * 64
_ANCHOR, _NUMBER = re.compile(r"^[a-z_]+\.[a-z]+:\d+$"), re.compile(r"^[A-Z]{2,4}-\d+$")
_CLOCK = re.compile(r"<time.*?</time>|\d\d(:|%3A)\d\d(\1\d\d(\.\d+)?)?", re.DOTALL)


class Foreign:
    """The values of the other organization, each with one that is missing."""

    def __init__(self, world: Cast) -> None:
        self.world = world
        self.values = values_of(world.theirs, world)
        with scope(world.theirs):
            self.ids = {
                "view": SavedView.objects.earliest("pk").pk, "entry": AuditEvent.objects.earliest("pk").pk,
                "person": world.outsider.pk, "study": self.values["study_id"], "document": self.values["document"],
            }  # fmt: skip
            self.sha256 = StoredFile.objects.earliest("pk").sha256

    def paths(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What stands in the holes of addresses: theirs, and nobody's."""
        return self.values, missing_values(self.values)

    def of_parameter(self, name: str) -> list[Pair]:
        """What a parameter of an address might take."""
        if name in ("after", "before"):
            return [(cursor(self.ids["study"]), cursor(NO_ID)), (str(self.ids["entry"]), str(NO_ID))]
        if name == "cursor":
            return [(api_cursor(self.ids["document"]), api_cursor(NO_ID))]
        if name == "place":
            return [(f"studies.study:{self.ids['study']}", f"studies.study:{NO_ID}")]
        kinds = {
            "by": "person",
            "owner": "person",
            "older": "entry",
            "event": "entry",
            "view": "view",
            "study": "study",
        }
        kind = kinds.get(name, "document")  # an id that is like no choice of ours
        return [(str(self.ids[kind]), str(NO_ID)), (self.values["study"], NO_NUMBER)]

    def of_field(self, field: forms.Field) -> Pair | None:
        """What a field of a form might take; None where it takes no name of anything."""
        if isinstance(field, forms.ModelChoiceField):
            return str(self._pk_of(field.queryset.model)), str(NO_ID)
        if not isinstance(field, forms.ChoiceField):
            return None
        offered = [str(value) for value, _ in field.choices if value and not isinstance(value, dict)]
        return self._like(offered[-1]) if offered else None

    def of_value(self, name: str, value: Any) -> Pair | None:
        """What a field of a body might take instead of a right value; None where that names nothing."""
        text = value[0] if isinstance(value, list) and value else value
        if name == "files":
            return self.sha256, NO_HASH
        return self._like(text) if isinstance(text, str) else None

    def _like(self, text: str) -> Pair | None:
        if text.endswith("@cast.test"):
            return self.world.outsider.email, NO_MAIL
        if _ANCHOR.match(text):
            kind = text.partition(":")[0]
            pk = self.ids["document"] if kind == "documents.document" else self.ids["study"]
            return f"{kind}:{pk}", f"{kind}:{NO_ID}"
        if text.isdecimal():
            return str(self.ids["person"]), str(NO_ID)
        return (self.values["study"], NO_NUMBER) if _NUMBER.match(text) else None

    def _pk_of(self, model: Any) -> Any:
        if model is User:
            return self.world.outsider.pk
        with scope(self.world.theirs):
            return model.objects.earliest("pk").pk


def cursor(pk: int) -> str:
    """The edge of a page of a list whose last row was this one."""
    packed = json.dumps([dt.date(2026, 1, 1).isoformat(), pk, 50], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def api_cursor(pk: int) -> str:
    """The same of a list of the API."""
    return base64.b64encode(urlencode({"p": pk}).encode()).decode()


def neutral(answer: HttpResponse, *said: str) -> str:
    """The words of an answer without what it repeats of the question, and without the time of day."""
    text = answer["Location"] if answer.status_code in (301, 302) else same_for_all(answer)
    for each in sorted({way for one in said for way in _ways(one)}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(each)}(?!\w)", "", text)
    return _CLOCK.sub("", text)


def _ways(text: str) -> Iterator[str]:
    for each in (text, *_way_back(text)):
        yield from (each, escape(each), quote(each), quote(each, safe=""), each.lower())


def _way_back(text: str) -> Iterator[str]:
    """How an empty page of the API leads back to the edge that was asked for."""
    try:
        edge = base64.b64decode(text, validate=True).decode()
    except ValueError:
        return
    if edge.startswith("p="):
        yield base64.b64encode(f"r=1&{edge}".encode()).decode()
