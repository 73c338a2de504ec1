"""Requests made from the description itself: no failure of ours, and no answer that the description does not promise."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cqms.accounts.models import User
from cqms.api.description import document
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from documents.models import Version
from tests.cast import email_of
from tests.platform.asking import asking
from tests.platform.test_api_documents import SOP

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 8
BOUNDED = settings(
    max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
THERE = {"number": "NW-101", "site": "01", "label": "1.0", "step": "submit", "which": "source", "review": "1",
         "kind": "studies.study", "record": "1", "part": "1", "key": "1", "milestone": "report"}  # fmt: skip


@pytest.mark.slow
@pytest.mark.commits
@pytest.mark.parametrize("who", ["reader", "qa", "guest", "author"])
def test_what_the_description_promises_holds_for_made_up_requests(who, monkeypatch):
    monkeypatch.setattr("rest_framework.throttling.UserRateThrottle.THROTTLE_RATES", {"user": "100000/min"})
    ours = Organization.objects.get(slug="northwind")
    asking(User.objects.get(email=email_of("author")), ours).post("documents/", SOP)
    ask = asking(User.objects.get(email=email_of(who)), ours)
    called = 0
    for operation in _operations():
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            for place in ({}, THERE) if "{" in operation.path else ({},):
                called += _call(operation, mode, place, ask.secret)
    assert called > 500
    with scope(ours):
        assert Version.objects.count() >= 1


def _operations() -> Iterator[Any]:
    schema = schemathesis.openapi.from_dict(document())
    schema.app = get_wsgi_application()
    for found in schema.get_all_operations():
        yield found.ok()


def _call(operation: Any, mode: GenerationMode, place: dict[str, str], secret: str) -> int:
    """Send made-up requests, to `place` where it names one; how many they were."""
    numbered = {**place, "number": "SOP-0001"} if place and "/documents/" in operation.path else place
    given_path = {name: value for name, value in numbered.items() if f"{{{name}}}" in operation.path}
    count = 0

    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode, path_parameters=given_path or None))
    def check(case: Any) -> None:
        nonlocal count
        count += 1
        case.call_and_validate(headers={"Authorization": f"Bearer {secret}"}, checks=CHECKS)

    check()
    return count
