"""What CAPAs put into the Inbox besides their deadlines: extensions to decide, and plans that wait for the manager."""

from cqms.accounts.models import User
from cqms.inbox.rows import Row, first
from cqms.organizations.models import Membership, Organization
from cqms.organizations.scope import current_organization
from cqms.workflow.parts import done_parts, with_done_parts
from quality_events.capas.models import Capa, CapaState, ExtensionRequest, StageKind
from quality_events.capas.policies import manages_owner, may_decide_extension
from quality_events.capas.selectors import handed_in
from quality_events.selectors import events_for


def waiting_here(person: User) -> list[Row]:
    """Extensions this person decides, and plans that wait for them as the owner's manager."""
    seen = events_for(Capa, person)
    undecided = ExtensionRequest.objects.filter(decided_at__isnull=True, capa__in=seen)
    asked = undecided.select_related("capa__organization", "capa__owner")
    extensions = [_extension(each) for each in asked.order_by("pk") if may_decide_extension(person, each)]
    plans = with_done_parts(seen.filter(state=CapaState.PLAN, owner__in=_led_by(person)).order_by("pk"))
    approvals = [_plan(each) for each in plans if _waits_for_manager(each, person)]
    organization: Organization = current_organization()
    place = organization.path("capas:list")
    planned = f"{place}?state={CapaState.PLAN}"
    return [*first(extensions, "Extensions of CAPAs", place), *first(approvals, "Plans of CAPAs", planned)]


def _led_by(person: User) -> list[int]:
    return list(Membership.objects.filter(manager=person).values_list("user_id", flat=True))


def _waits_for_manager(capa: Capa, person: User) -> bool:
    if handed_in(capa, StageKind.PLAN) is None or done_parts(capa, "approve_plan"):
        return False
    return manages_owner(person, capa)


def _extension(asked: ExtensionRequest) -> Row:
    capa = asked.capa
    return Row(
        kind="capas.extension", title=str(capa), sentence=f"{asked.asked_by} asks for more time.",
        late="Undecided, the original day holds.", due=asked.due_before,
        path=capa.organization.path("capas:extension_decide", number=capa.number, part=asked.pk), action="Decide",
        icon="calendar", tone="warn",
    )  # fmt: skip


def _plan(capa: Capa) -> Row:
    return Row(
        kind="capas.approve_plan", title=str(capa), sentence=f"The plan of {capa.owner} waits for your approval.",
        late="Nothing is done before it is approved.", due=None,
        path=capa.organization.path("capas:step", number=capa.number, step="approve_plan"), action="Approve",
        icon="sign", tone="progress",
    )  # fmt: skip
