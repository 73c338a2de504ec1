"""Asking the API in tests: as a person of the cast, with a token of theirs."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from cqms.accounts.models import User
from cqms.api.services import make_token
from cqms.organizations.models import Organization


@dataclass(frozen=True)
class Asking:
    """A client of the API with one token."""

    secret: str

    def __call__(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        """Send JSON to a path below /api/v1/."""
        return Client().generic(
            method,
            f"/api/v1/{path}",
            data if isinstance(data, str | bytes) else _json(data),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.secret}", **headers},
        )

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, "", **headers)

    def post(self, path: str, data: Any, **headers: str) -> Any:
        return self("POST", path, data, **headers)

    def patch(self, path: str, data: Any, **headers: str) -> Any:
        return self("PATCH", path, data, **headers)


def asking(person: User, organization: Organization, *, may_write: bool = True) -> Asking:
    """A client of this person in this organization."""
    tomorrow = timezone.now() + timedelta(days=1)
    _, secret = make_token(
        person=person, organization=organization, name="test", may_write=may_write, expires_at=tomorrow
    )
    return Asking(secret)


def _json(data: Any) -> str:
    return "" if data is None else json.dumps(data)
