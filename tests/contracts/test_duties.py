"""Segregation of duties: every rule is used somewhere, and its sentence is read on the page where it bites."""

import ast
import datetime as dt
from collections.abc import Callable

import pytest

from cqms.access import segregation
from cqms.access.models import RoleRequest
from cqms.access.segregation import Rule, rules
from cqms.audit import services as audit
from cqms.configuration.selectors import proposed
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from cqms.redactions import services as redactions
from quality_events import duties
from quality_events.capas import services as capas
from quality_events.capas.models import Capa
from quality_events.capas.selectors import running_deadline
from quality_events.changes.models import ChangeControl
from quality_events.presentation import event_path
from tests.cast import Cast, page
from tests.contracts.events import capas as listed
from tests.contracts.events import changes
from tests.contracts.sources import shipped
from tests.contracts.visiting import changed_since, fingerprint
from tests.platform.browsing import browse, words
from tests.world import building as worlds

_SOON = "2199-06-30"
HOMES = ("access/segregation.py", "quality_events/duties.py")
"""Where rules are written down; policies and services elsewhere ask them."""


def opened(world: Cast, who: str, path: str, **sent: str) -> tuple[int, str]:
    """What somebody is told by a page, or by sending it."""
    browser, place = browse(getattr(world, who)), page(world.ours, path)
    before = fingerprint(world)
    answer = browser.post(place, sent) if sent else browser.get(place)
    assert changed_since(before, world) == []
    return answer.status_code, words(answer)


def give(world: Cast, who: str, role: str, **more: str) -> tuple[int, str]:
    """What an administrator is told who gives a role to somebody, in the whole organization."""
    with scope(world.ours):
        member = Membership.objects.get(user=getattr(world, who)).pk
    place = f"organizations.organization:{world.ours.pk}"
    return opened(world, "administrator", f"/members/{member}/give-role/", role=role, place=place, **more)


def approve_ones_own(world: Cast) -> tuple[int, str]:
    with scope(world.ours):
        number = worlds.version_of(worlds.IN_APPROVAL).document.number
    return opened(world, "author", f"/documents/{number}/1.0/steps/approve/")


def decide_about_ones_own_request(world: Cast) -> tuple[int, str]:
    with scope(world.ours):
        wish = RoleRequest.objects.get().pk
    return opened(world, "administrator", f"/administration/requests/{wish}/grant/")


def review_ones_superior(world: Cast) -> tuple[int, str]:
    with scope(world.ours):
        study = worlds.study_of_world().pk
    sent = {"place": f"studies.study:{study}", "owner": str(world.quality_head.pk), "why_critical": "It decides.",
            "starts_on": "2026-01-01", "ends_on": "2026-01-31", "frequency": "0", "due_on": _SOON}  # fmt: skip
    return opened(world, "qa", "/trail-reviews/new/", **sent)


def allow_oneself_more_time(world: Cast) -> tuple[int, str]:
    with scope(world.ours):
        capa = Capa.objects.get(number=listed.values()["capa_running"])
        due = running_deadline(capa).current_due.date() + dt.timedelta(days=9)
        asked = capas.ask_extension(
            capa, actor=world.qa, due=due, why="Parts are late.", interim_control="Two alarms.", risk="One more night."
        )
        path = event_path(capa, "extension_decide", part=asked.pk)
    return opened(world, "qa", path.removeprefix("/o/northwind"))


def approve_ones_own_settings(world: Cast) -> tuple[int, str]:
    with scope(world.ours):
        number = proposed().number
    return opened(world, "qa", f"/administration/settings/{number}/approve/")


def approve_ones_own_redaction(world: Cast) -> tuple[int, str]:
    with scope(world.ours):
        wish = redactions.Wish(worlds.study_of_world(), ["Heron"], "name", "It names somebody.", world.quality_head)
        made = redactions.prepare(wish, actor=world.qa)
        redactions.ask(made, actor=world.qa, credentials=worlds.credentials(world.qa))
    return opened(world, "qa", f"/redactions/{made.number}/steps/approve/")


def review_what_one_answers_for(world: Cast) -> tuple[int, str]:
    with scope(world.ours):
        capa = Capa.objects.get(number=listed.values()["capa_analysed"])
        capa.owner = world.qa
        audit.save(capa, actor=world.quality_head, reason="The owner left.")
        path = event_path(capa, "step", step="review_cause")
    return opened(world, "qa", path.removeprefix("/o/northwind"))


def approve_ones_own_change(world: Cast) -> tuple[int, str]:
    with scope(world.ours):
        change = ChangeControl.objects.get(number=changes.values()["change_assessed"])
        change.reporter = change.owner = world.author
        audit.save(change, actor=world.quality_head, reason="It was noted wrongly.")
        path = event_path(change, "step", step="approve")
    return opened(world, "author", path.removeprefix("/o/northwind"))


BITES: dict[str, tuple[Callable[[Cast], tuple[int, str]], int]] = {
    "AUTHOR_DOES_NOT_APPROVE": (approve_ones_own, 403),
    "NO_RIGHT_FOR_ONESELF": (lambda world: opened(world, "author", "/administration/requests/new/"), 200),
    "REQUESTER_DOES_NOT_APPROVE": (decide_about_ones_own_request, 403),
    "PROPOSER_DOES_NOT_APPROVE": (approve_ones_own_settings, 403),
    "ADMINISTRATOR_WITHOUT_CONTENT": (lambda world: give(world, "author", "administrator"), 422),
    "INSPECTOR_STANDS_ALONE": (lambda world: give(world, "inspector", "author", until=_SOON), 422),
    "AUDITOR_NOT_IN_OWN_LINE": (review_ones_superior, 422),
    "REVIEWER_NOT_OF_OWN_RIGHTS": (lambda world: opened(world, "administrator", "/administration/reviews/new/"), 200),
    "EXTENSION_BY_TWO": (allow_oneself_more_time, 403),
    "REDACTION_BY_TWO": (approve_ones_own_redaction, 403),
    "OWNER_DOES_NOT_ASSURE": (review_what_one_answers_for, 403),
    "REQUESTER_OF_CHANGE": (approve_ones_own_change, 403),
}
"""Each rule by its name: where it bites, and the status of the answer that says so."""


def names() -> dict[str, Rule]:
    told = {**vars(segregation), **vars(duties)}
    return {name: rule for name, rule in told.items() if isinstance(rule, Rule)}


def test_every_rule_is_on_the_page_of_duties_and_in_this_table():
    assert set(names().values()) == set(rules())
    assert set(names()) == set(BITES), "Say where the rule bites, or take it out."


def test_every_rule_is_used_by_a_policy_or_a_service():
    used = {
        node.id
        for name, tree in shipped().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and (not name.endswith(HOMES) or in_use_at_home(node.id))
    }
    assert set(names()) - used == set(), "A rule that nothing asks is no rule: take it out."


def in_use_at_home(name: str) -> bool:
    """The roles that stand alone are held apart by the module of the rules itself."""
    return names().get(name) in segregation._ALONE.values()


@pytest.mark.parametrize("name", BITES)
def test_the_reason_is_read_where_the_rule_bites(world, name):
    bites, status = BITES[name]
    answered, told = bites(world)
    assert (answered, names()[name].sentence in told) == (status, True), told[:600]
