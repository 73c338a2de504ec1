"""The API's own promises: who gets in, one organization a token, one shape of error, pages, limits."""

import datetime as dt
import json

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from cqms.access.services import end_membership
from cqms.api import errors, services
from cqms.api.models import ApiToken
from cqms.audit import services as audit
from cqms.audit.models import AuditEvent
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from studies.models import Study
from tests.cast import change_account
from tests.platform.asking import Asking, asking


def shape(answer):
    """Status and error of an answer, after checking that it has the one shape."""
    body = answer.json()
    assert list(body) == ["error"]
    assert sorted(body["error"]) == ["code", "fields", "message"]
    return answer.status_code, body["error"]["code"], body["error"]["fields"]


def test_without_a_good_token_nobody_learns_anything(cast):
    paths = ["studies/", "studies/NW-101/", "studies/NOT-THERE/", "no-such-address/"]
    for header in (
        {},
        {"Authorization": "Bearer cqms_wrong"},
        {"Authorization": "Bearer a b"},
        {"Authorization": "Basic x"},
    ):
        for path in paths:
            answer = Client().get(f"/api/v1/{path}", headers=header)
            assert shape(answer)[0] == 401
            assert answer["WWW-Authenticate"] == "Bearer"


def test_a_token_ends_with_its_time_its_end_its_person_and_their_membership(cast):
    ask = asking(cast.reader, cast.ours)
    assert ask.get("studies/").status_code == 200
    token = ApiToken.objects.get()
    for wrong in ({"expires_at": timezone.now()}, {"ended_at": timezone.now()}):
        ApiToken.objects.update(**wrong)
        assert shape(ask.get("studies/")) == (401, "authentication_failed", {})
        ApiToken.objects.update(expires_at=token.expires_at, ended_at=None)
    change_account(cast.reader, is_active=False)
    assert shape(ask.get("studies/")) == (401, "authentication_failed", {})
    change_account(cast.reader, is_active=True)
    with scope(cast.ours):
        end_membership(Membership.objects.get(user=cast.reader), actor=cast.administrator, reason="left")
    assert shape(ask.get("studies/")) == (401, "authentication_failed", {})


def test_a_token_opens_one_organization_only(cast):
    assert [row["number"] for row in asking(cast.qa, cast.ours).get("studies/").json()["results"]] == [
        "NW-202",
        "NW-101",
    ]
    theirs = asking(cast.outsider, cast.theirs)
    assert [row["number"] for row in theirs.get("studies/").json()["results"]] == ["HR-900"]
    missing, foreign = theirs.get("studies/XX-1/"), theirs.get("studies/NW-101/")
    assert shape(missing) == (404, "not_found", {})
    assert missing.content == foreign.content == theirs.get("nowhere/at/all/").content


def test_a_token_that_only_reads_changes_nothing(cast):
    ask = asking(cast.study_manager, cast.ours, may_write=False)
    assert ask.get("studies/NW-101/").status_code == 200
    for method, path in (("POST", "studies/"), ("PATCH", "studies/NW-101/"), ("DELETE", "studies/NW-101/")):
        answer = ask(method, path, {})
        assert shape(answer) == (403, "denied", {})
        assert answer.json()["error"]["message"] == "This token only reads. Make one that may change records."


def test_every_slip_has_the_one_shape(cast, ours):
    ask = asking(cast.study_manager, ours)
    assert shape(ask("POST", "studies/", "{not json")) == (400, "parse_error", {})
    assert shape(ask("POST", "studies/", "[" * 200_000)) == (400, "parse_error", {})
    assert shape(ask("POST", "studies/", "[]"))[:2] == (422, "invalid")
    assert shape(ask("POST", "studies/", '{"number": NaN}')) == (400, "parse_error", {})
    assert shape(ask("DELETE", "studies/", "")) == (405, "method_not_allowed", {})
    assert shape(ask("OPTIONS", "studies/", "")) == (405, "method_not_allowed", {})
    assert ask.get("studies/", Accept="text/html")["Content-Type"] == "application/json"
    assert shape(ask.get("studies/?stauts=open")) == (422, "invalid", {"stauts": ["There is no such filter here."]})
    assert shape(ask.get("studies/?size=0")) == (422, "invalid", {"size": ["Ask for 1 to 200 rows."]})
    assert shape(ask.get("studies/?size=٣"))[:2] == (422, "invalid")
    for cursor in ("x", "cD1hYmM=", "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "🦆", "cD0lMDA="):
        assert shape(ask.get(f"studies/?cursor={cursor}"))[0::2] == (
            422, {"cursor": ["Follow `next` and `previous` as they are."]},
        )  # fmt: skip
    answer = Client().post(
        "/api/v1/studies/", "x", content_type="text/plain", headers={"Authorization": f"Bearer {ask.secret}"}
    )
    assert shape(answer) == (415, "unsupported_media_type", {})


def test_too_much_is_refused_before_it_is_read(cast, ours, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    ask = asking(cast.study_manager, ours)
    assert shape(ask.post("studies/", {"title": "x" * 1000})) == (413, "too_large", {})


def test_unknown_fields_are_refused_by_name(cast, ours):
    answer = asking(cast.study_manager, ours).patch("studies/NW-101/", {"titel": "x", "revision": 1})
    assert shape(answer) == (422, "invalid", {"titel": ["There is no such field here."]})


def test_too_many_requests_wait(cast, ours, settings, monkeypatch, redis_url):
    cache.clear()
    monkeypatch.setattr("rest_framework.throttling.UserRateThrottle.THROTTLE_RATES", {"user": "2/min"})
    ask = asking(cast.reader, ours)
    answers = [ask.get("studies/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert shape(answers[-1]) == (429, "throttled", {})
    assert 0 < int(answers[-1]["Retry-After"]) <= 60


def test_a_database_that_is_away_is_a_503_that_says_so(cast, ours, monkeypatch):
    def away(*_):
        raise OperationalError("gone")

    ask = asking(cast.reader, ours)
    monkeypatch.setattr("studies.api.studies_for", away)
    answer = ask.get("studies/")
    assert shape(answer) == (503, "unavailable", {})
    assert answer["Retry-After"] == errors.WAIT_SECONDS


def test_what_nobody_foresaw_undoes_everything_and_tells_nothing(cast, ours, monkeypatch, caplog):
    def broken(facts, *, actor):
        study = Study.objects.get(number="NW-101")
        study.title = "half done"
        audit.save(study, actor=actor)
        raise RuntimeError("secret detail")

    ask = asking(cast.study_manager, ours)
    monkeypatch.setattr("studies.services.create_study", broken)
    client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {ask.secret}"})
    body = {"number": "NW-1", "title": "x", "phase": "2", "sponsor": "y", "countries": ["DE"], "manager": cast.qa.email}
    answer = client.post("/api/v1/studies/", json.dumps(body), content_type="application/json")
    assert shape(answer) == (500, "failed", {})
    assert "secret" not in answer.content.decode()
    assert "secret detail" in caplog.text
    assert Study.objects.get(number="NW-101").title != "half done"


def test_a_refusal_keeps_its_trace(cast, ours):
    answer = asking(cast.reader, ours).patch("studies/NW-101/", {"title": "Mine", "revision": 1})
    assert shape(answer) == (403, "denied", {})
    event = AuditEvent.objects.order_by("-pk").first()
    assert (event.verb, event.actor, event.record_label[:6]) == ("refuse", cast.reader, "NW-101")


def test_pages_follow_one_another_and_say_no_more_than_there_is(cast, ours):
    ask = asking(cast.reader, ours)
    first = ask.get("studies/?size=1").json()
    assert ([row["number"] for row in first["results"]], first["previous"]) == (["NW-202"], None)
    second = Client().get(first["next"], headers={"Authorization": f"Bearer {ask.secret}"}).json()
    assert ([row["number"] for row in second["results"]], second["next"]) == (["NW-101"], None)
    back = Client().get(second["previous"], headers={"Authorization": f"Bearer {ask.secret}"}).json()
    assert [row["number"] for row in back["results"]] == ["NW-202"]


def test_making_and_ending_a_token_is_in_the_trail_and_the_secret_is_nowhere(cast, ours):
    until = timezone.now() + dt.timedelta(days=30)
    given = {"person": cast.reader, "organization": ours, "may_write": False, "expires_at": until}
    token, secret = services.make_token(name="Nightly <b>export</b>", **given)
    assert secret.startswith("cqms_")
    assert secret not in str(vars(token))
    made = AuditEvent.objects.order_by("-pk").first()
    words = f"made the API token Nightly <b>export</b>, which only reads and holds until {until:%Y-%m-%d}"
    assert (made.verb, made.sentence, made.actor) == ("make token", words, cast.reader)
    with pytest.raises(ApiToken.DoesNotExist):
        services.end_token(token, person=cast.qa)
    services.end_token(token, person=cast.reader)
    assert services.end_token(token, person=cast.reader).ended_at is not None
    ended = AuditEvent.objects.filter(verb="end token")
    assert [event.sentence for event in ended] == ["ended the API token Nightly <b>export</b>"]
    assert Asking(secret).get("studies/").status_code == 401


@pytest.mark.parametrize("days", [-1, 367])
def test_a_token_never_holds_longer_than_a_year(cast, ours, days):
    end = timezone.now() + dt.timedelta(days=days)
    with pytest.raises(ValidationError, match="within a year"):
        services.make_token(person=cast.reader, organization=ours, name="x", may_write=False, expires_at=end)


def test_who_is_no_member_makes_no_token(cast, ours):
    with pytest.raises(ValidationError, match="Only a member"):
        asking(cast.outsider, ours)


def test_a_failure_outside_of_any_view_has_the_one_shape_too(cast, ours, monkeypatch):
    ask = asking(cast.reader, ours)
    client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {ask.secret}"})
    for error, expected in ((OperationalError("gone"), (503, "unavailable", {})), (KeyError("x"), (500, "failed", {}))):

        def broken(_cause=error):
            raise _cause

        with monkeypatch.context() as patched:
            patched.setattr("cqms.portal.middleware.transaction.atomic", broken)
            assert shape(client.get("/api/v1/studies/")) == expected
