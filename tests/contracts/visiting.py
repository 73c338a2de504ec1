"""Everybody of the cast, and a visitor, in front of every address; each call stands alone and is undone."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone

from cqms.accounts.models import User
from cqms.api.models import ApiToken
from cqms.audit.ledger.models import LedgerQueue
from cqms.audit.models import AuditEvent, SecurityEvent
from cqms.identity.models import SignedInSession
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from tests.cast import PEOPLE, Cast, page
from tests.contracts.inputs import input_of
from tests.contracts.pages import Call
from tests.platform.asking import asking

EVERYBODY = (*PEOPLE, "visitor")
REFUSALS = {AuditEvent: " WHERE verb <> 'refuse'"}
"""What may be written while an act is denied."""
FOLLOWING = (SecurityEvent, LedgerQueue, Session, SignedInSession)
"""Where a refusal is noted and waits to be sealed, and where a session notes when it was seen."""
Seen = set[tuple[str, str, int, int]]
"""Organization, table, count and sum of row versions."""


class Visits:
    """Some of the cast, or all, with their browsers and tokens. `values` fill the holes of paths and inputs."""

    def __init__(self, world: Cast, people: Iterable[str] = PEOPLE) -> None:
        self.world, known = world, [who for who in people if who != "visitor"]
        self.sessions = {who: _signed_in(getattr(world, who)) for who in known}
        self.tokens = {
            who: asking(getattr(world, who), world.theirs if who == "outsider" else world.ours).secret for who in known
        }
        ApiToken.objects.update(last_used_at=timezone.now() + timedelta(days=1))  # the next use is not noted
        self.client = Client()

    def call(self, call: Call, who: str, values: dict[str, Any]) -> HttpResponse:
        """What somebody is answered. It is undone unless it was refused: whatever that wrote is there to be found."""
        with transaction.atomic():
            answer = self._send(call, who, values)
            transaction.set_rollback(answer.status_code < 400)
        for close in answer._resource_closers:
            close()
        return answer

    def _send(self, call: Call, who: str, values: dict[str, Any]) -> HttpResponse:
        path, sent = call.path.format(**values), {}
        if call.method != "GET":
            email = getattr(self.world, who).email if who != "visitor" else "nobody@cast.test"
            place = self.world.theirs if who == "outsider" else self.world.ours
            sent = input_of(call.name, call.path, {**values, "email": email, "organization": place.slug})
        return self._ask(call, who, path, sent) if call.section.place == "api" else self._open(call, who, path, sent)

    def _open(self, call: Call, who: str, path: str, sent: dict[str, Any]) -> HttpResponse:
        self.client.cookies.clear()
        if who != "visitor":
            self.client.cookies["sessionid"] = self.sessions[who]
        address = page(self.world.ours, path) if call.section.place == "mounted" else path
        return self.client.post(address, sent) if call.method == "POST" else self.client.get(address)

    def _ask(self, call: Call, who: str, path: str, sent: dict[str, Any]) -> HttpResponse:
        self.client.cookies.clear()
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who != "visitor" else {}
        body, kind = _body(sent) if call.method != "GET" else ("", "application/json")
        return self.client.generic(call.method, path, body, content_type=kind, headers=headers)


def _signed_in(person: User) -> str:
    client = Client()
    client.force_login(person)
    return client.cookies["sessionid"].value


def _body(sent: dict[str, Any]) -> tuple[bytes | str, str]:
    if "file" not in sent:
        return json.dumps(sent), "application/json"
    name = "text.md" if sent["file"].startswith(b"#") else "text.csv" if b"," in sent["file"] else "text.txt"
    file = SimpleUploadedFile(name, sent["file"])
    return encode_multipart(BOUNDARY, {**sent, "file": file}), MULTIPART_CONTENT


def fingerprint(world: Cast) -> Seen:
    """Count and row versions of every table, as each organization sees them: any write but a refusal shows."""
    return {(each.slug, *row) for each in (world.ours, world.theirs) for row in _seen_by(each)}


def changed_since(before: Seen, world: Cast) -> list[str]:
    """The tables that differ from their fingerprint."""
    return sorted({table for _, table, _, _ in before ^ fingerprint(world)})


def _seen_by(organization: Organization) -> list[tuple[str, int, int]]:
    models = [model for model in apps.get_models(include_auto_created=True) if model not in FOLLOWING]
    asked = [
        f"SELECT '{model._meta.db_table}', count(*), coalesce(sum(xmin::text::bigint), 0)"
        f' FROM "{model._meta.db_table}"{REFUSALS.get(model, "")}'
        for model in models
    ]
    with scope(organization), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        return cursor.fetchall()
