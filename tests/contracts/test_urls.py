"""Every address × everybody of the cast × a record of their own organization, and one of another: the exact status.

The table is `pages.py`. A denied call changes nothing, and a foreign record is told apart from a missing one by nobody.
"""

from collections.abc import Callable, Iterator

import pytest
from django.core.mail import EmailMessage, get_connection

from cqms.organizations.scope import scope
from cqms.portal.mails import mails_to
from cqms.portal.selectors import places
from tests.contracts.addresses import known_calls, missing_values, values_of
from tests.contracts.pages import Call, calls
from tests.contracts.visiting import EVERYBODY, Seen, Visits, changed_since, fingerprint
from tests.platform.browsing import same_for_all

CALLS = list(calls())
PARTS = sorted({(call.name.partition(":")[0].partition("_")[0], call.method == "GET") for call in CALLS})
STRONGEST = ("quality_head", "administrator")
OTHERS = tuple(who for who in EVERYBODY if who not in STRONGEST)
FILE_BACKEND = "django.core.mail.backends.filebased.EmailBackend"


def part_id(part: tuple[str, bool]) -> str:
    return f"{part[0]}-{'read' if part[1] else 'act'}"


def calls_of(part: tuple[str, bool]) -> list[Call]:
    name, reads = part
    return [call for call in CALLS if call.name.startswith(name) and (call.method == "GET") == reads]


@pytest.fixture
def visits(request, world, settings, tmp_path, monkeypatch) -> Visits:
    """The world with a mail in it, and no limit to how often one may ask."""
    monkeypatch.setattr("rest_framework.throttling.UserRateThrottle.THROTTLE_RATES", {"user": "1000000/min"})
    settings.EMAIL_BACKEND, settings.MAIL_DIR, settings.EMAIL_FILE_PATH = FILE_BACKEND, tmp_path, str(tmp_path)
    EmailMessage("Hello", "A mail.", to=[world.reader.email], connection=get_connection()).send()
    return Visits(world, request.node.callspec.params.get("people", EVERYBODY))


@pytest.fixture
def own(world, visits) -> dict[str, object]:
    """What stands in the holes of our addresses and inputs."""
    with scope(world.ours):
        place = next(iter(places(world.ours)))
    around = {
        "manager": world.study_manager.pk,
        "owner": world.process_owner.pk,
        "place": place,
        "head": world.quality_head.pk,
    }
    return {**values_of(world.ours, world), **around, "mail": mails_to({world.reader.email})[0].key}


@pytest.fixture
def foreign(world, own) -> dict[str, object]:
    """The same of the other organization; whom an input names stays one of ours."""
    return {**own, **values_of(world.theirs, world)}


def test_every_address_is_in_the_table():
    listed = {(call.name, call.method) for call in CALLS}
    assert known_calls() - listed == set(), (
        "Say in tests/contracts/pages.py who gets what from this address, a row for each method, and give what acts"
        " its input in tests/contracts/inputs.py."
    )
    assert {name for name, _ in listed} - {name for name, _ in known_calls()} == set(), "no such address: take it out"


@pytest.mark.parametrize("part", PARTS, ids=part_id)
def test_everybody_gets_exactly_what_the_table_says(world, visits, own, part):
    wrong, before = {}, fingerprint(world)
    for call in calls_of(part):
        found = {who: visits.call(call, who, own).status_code for who in EVERYBODY}
        wrong |= {f"{call} by {who}": status for who, status in found.items() if status != call.expected(who)}
    again = lambda call: [visits.call(call, who, own) for who in EVERYBODY]  # noqa: E731
    assert wrong | writers(world, before, calls_of(part), again) == {}


def writers(world, before: Seen, calls: list[Call], again: Callable[[Call], object]) -> dict[str, str]:
    """What refused calls wrote: one look after all of them, and if anything changed, one after each, made again."""
    changed, found = changed_since(before, world), {}
    for call in calls if changed else ():
        before = fingerprint(world)
        again(call)
        if by_it := changed_since(before, world):
            found[f"{call}"] = f"a denied call changed {by_it}"
    return found or ({"one of these calls, only once": f"a denied call changed {changed}"} if changed else {})


def foreign_calls(part: tuple[str, bool]) -> list[Call]:
    return [call for call in calls_of(part) if call.names_a_record and "{mail}" not in call.path]


def trespass(visits, call, people, foreign, missing) -> Iterator[tuple[str, object]]:
    """What is wrong when members of ours call an address with ids of the other organization."""
    for who in people:
        if who == "outsider" and call.section.place != "mounted":
            continue  # what is foreign to us is theirs
        answer = visits.call(call, who, foreign)
        if answer.status_code != call.expected_of_foreign(who):
            yield f"{call} by {who}", answer.status_code
        if who in STRONGEST and same_for_all(answer) != same_for_all(visits.call(call, who, missing)):
            yield f"{call} by {who}", "a foreign record is told apart from a missing one"


@pytest.mark.parametrize("people", [STRONGEST, pytest.param(OTHERS, marks=pytest.mark.slow)], ids=["strong", "others"])
@pytest.mark.parametrize("part", [part for part in PARTS if foreign_calls(part)], ids=part_id)
def test_a_record_of_another_organization_is_a_missing_one(world, visits, own, foreign, part, people):
    missing = {**own, **missing_values(values_of(world.theirs, world))}
    before, wrong = fingerprint(world), {}
    again = lambda call: dict(trespass(visits, call, people, foreign, missing))  # noqa: E731
    for call in foreign_calls(part):
        wrong |= again(call)
    assert wrong | writers(world, before, foreign_calls(part), again) == {}
