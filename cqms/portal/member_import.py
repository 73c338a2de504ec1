"""Members from a file: one way of doing it, tried first and undone again for the preview, then done by a job.

Each line stands for itself: what one refuses, the others do not suffer. A line whose wish is true already changes
nothing, so the same file can be sent again.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import TextChoices
from django.utils import timezone

from cqms.access.models import RoleAssignment, RoleRequest, RoleRequestState
from cqms.access.roles import ROLES
from cqms.accounts.models import User
from cqms.audit.models import kind_of
from cqms.audit.refusals import Refused
from cqms.lists.reading import Line
from cqms.organizations.models import MemberKind, Membership, Organization
from cqms.organizations.scope import current_organization_id, scope
from cqms.portal import people, services
from cqms.portal.member_lines import Reader, Unknown, Wanted
from cqms.portal.policies import may_administer
from cqms.portal.role_requests import Wish, ask_for_role

IMPORT = "portal.import_members"
Tell = Callable[[str, int, int], None]


class Fate(TextChoices):
    """What becomes of a line."""

    INVITED = "invited", "Invited"
    CHANGED = "changed", "Changed"
    SAME = "same", "As it is"
    UNKNOWN = "unknown", "Unknown"
    CONFLICT = "conflict", "Conflict"


@dataclass(frozen=True)
class Outcome:
    """A line, what became of it, and what was done or what is wrong, in words."""

    line: Line
    fate: Fate
    words: str


class _TriedOnly(Exception):
    """Undoes everything that was tried."""


def try_lines(lines: Sequence[Line], *, actor: User, reason: str = "") -> list[Outcome]:
    """What would become of each line now: it is done and undone again, so that every rule has spoken."""
    found: list[Outcome] = []
    organization = Organization.objects.get(pk=current_organization_id())
    with suppress(_TriedOnly), scope(organization):
        found = do_lines(lines, actor=actor, reason=reason)
        raise _TriedOnly
    return found


def do_lines(lines: Sequence[Line], *, actor: User, reason: str, tell: Tell | None = None) -> list[Outcome]:
    """Let in and change as the lines say; first everybody, then who manages whom. Raises Denied."""
    may_administer.demand(actor)
    organization = Organization.objects.get(pk=current_organization_id())
    reader, found, managed = Reader(organization, lines), [], []
    for count, line in enumerate(lines, 1):
        outcome, wanted = _one(reader, line, actor, reason)
        if wanted is not None and wanted.manager:
            managed.append((len(found), wanted))
        found.append(outcome)
        if tell:
            tell(f"Line {count} of {len(lines)}", count, len(lines))
    for place, wanted in managed:
        found[place] = _tried(found[place].line, lambda each=wanted: _manage(each, actor, reason), found[place])
    return found


def counted(outcomes: Iterable[Outcome]) -> dict[Fate, int]:
    """How many lines have each fate."""
    fates = [each.fate for each in outcomes]
    return {fate: fates.count(fate) for fate in Fate}


def _one(reader: Reader, line: Line, actor: User, reason: str) -> tuple[Outcome, Wanted | None]:
    try:
        wanted = reader.wanted(line)
        if wanted.manager and wanted.manager not in reader.emails and not _belongs(_member(wanted.manager)):
            raise Unknown(f"{wanted.manager} is no member and not in the file (manager).")
    except ValueError as problem:
        fate = Fate.UNKNOWN if isinstance(problem, Unknown) else Fate.CONFLICT
        return Outcome(line, fate, _sentence(str(problem))), None
    outcome = _tried(line, lambda: _let_in_or_change(wanted, actor, reason))
    return outcome, wanted if outcome.fate != Fate.CONFLICT else None


def _tried(line: Line, act: Callable[[], tuple[Fate, str]], before: Outcome | None = None) -> Outcome:
    try:
        with transaction.atomic():
            fate, words = act()
    except (Refused, ValidationError) as problem:
        said = problem.sentence if isinstance(problem, Refused) else " ".join(problem.messages)
        return Outcome(line, Fate.CONFLICT, said)
    if before is not None and fate == Fate.SAME:
        return before
    if before is None or before.fate == Fate.SAME:
        return Outcome(line, fate, words)
    return replace(before, words=f"{before.words} {words}")


def _let_in_or_change(wanted: Wanted, actor: User, reason: str) -> tuple[Fate, str]:
    member = _member(wanted.email)
    if member is None or not _belongs(member):
        return _let_in(wanted, member, actor)
    if wanted.kind and wanted.kind != member.kind:
        raise ValidationError(f"{member.user} is here as {member.get_kind_display().lower()} already.")
    done = []
    if wanted.department and wanted.department != member.department:
        _change(member, wanted.department, member.manager, actor, reason)
        done.append(f"Department: {member.department or 'none'} → {wanted.department}.")
    done += _give(wanted, member.user, actor) if wanted.role else []
    return (Fate.CHANGED, " ".join(done)) if done else (Fate.SAME, "Nothing changes.")


def _let_in(wanted: Wanted, former: Membership | None, actor: User) -> tuple[Fate, str]:
    """Let somebody in, said alike whether or not they have an account: a file may be only tried."""
    if not wanted.role:
        raise ValidationError("Who is let in needs a role.")
    if former is None and not wanted.name:
        raise ValidationError("A new person needs a name.")
    given = services.Invitation(
        email=wanted.email, name=wanted.name, role=wanted.role, at=wanted.at, department=wanted.department,
        kind=wanted.kind or MemberKind.MEMBER, ends_at=wanted.ends_at, starts_at=wanted.starts_at,
    )  # fmt: skip
    person = services.invite(given, actor=actor).user
    begins = f" from {wanted.starts_at:%-d %b %Y}" if wanted.starts_at else ""
    return Fate.INVITED, f"{former.user if former else wanted.name} is invited{begins}. {_role_words(wanted, person)}"


def _give(wanted: Wanted, person: User, actor: User) -> list[str]:
    place = wanted.at or Organization.objects.get(pk=current_organization_id())
    same = {"user": person, "role": wanted.role, "anchor_kind": kind_of(place), "anchor_id": place.pk}
    held = RoleAssignment.objects.filter(**same).exclude(ends_at__lte=timezone.now()).first()
    if held is not None:
        if wanted.ends_at and wanted.ends_at != held.ends_at:
            raise ValidationError(f"{person} holds this role with another end: end it first, then give it anew.")
        return []
    if RoleRequest.objects.filter(state=RoleRequestState.REQUESTED, **same).exists():
        return []
    ask_for_role(Wish(person, wanted.role, wanted.at, wanted.ends_at, starts_at=wanted.starts_at), actor=actor)
    return [_role_words(wanted, person)]


def _role_words(wanted: Wanted, person: User) -> str:
    label, where = ROLES[wanted.role].label, f" in {wanted.at}" if wanted.at else ""
    waits = RoleRequest.objects.filter(user=person, role=wanted.role, state=RoleRequestState.REQUESTED).exists()
    if waits:
        return f"{label}{where} is asked for; somebody else decides."
    return f"{label}{where}."


def _manage(wanted: Wanted, actor: User, reason: str) -> tuple[Fate, str]:
    member, manager = _member(wanted.email), _member(wanted.manager)
    if member is None or manager is None or not _belongs(manager):
        raise ValidationError(f"{wanted.manager} was not let in (manager).")
    if member.manager_id == manager.user_id:
        return Fate.SAME, ""
    before = member.manager
    _change(member, member.department, manager.user, actor, reason)
    return Fate.CHANGED, f"Manager: {before or 'nobody'} → {wanted.manager}."


def _change(member: Membership, department: str, manager: User | None, actor: User, reason: str) -> None:
    people.change_member(
        member, department=department, manager=manager, actor=actor, revision=member.revision, reason=reason,
        source="a file of members",
    )  # fmt: skip


def _member(email: str) -> Membership | None:
    rows = Membership.objects.select_related("user", "manager")
    found: Membership | None = rows.filter(user__email=email).first()
    return found


def _belongs(member: Membership | None) -> bool:
    """Whether they are here now or will be."""
    return member is not None and (member.ends_at is None or member.ends_at > timezone.now())


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
