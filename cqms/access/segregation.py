"""Segregation of duties: every rule with its reason. Policies take their sentences from here; apps add their own."""

from dataclasses import dataclass

from cqms.access.models import RoleAssignment
from cqms.access.roles import ROLES
from cqms.accounts.models import User
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope_cache

_HEIGHT = 12


@dataclass(frozen=True)
class Rule:
    """Two things that one person does not do together, why, the source, and where the portal refuses it."""

    title: str
    reason: str
    source: str
    where: str

    @property
    def sentence(self) -> str:
        """What is said where the rule bites."""
        return f"{self.reason} (segregation of duties, {self.source})."


AUTHOR_DOES_NOT_APPROVE = Rule(
    "Who writes does not approve",
    "The author of a version does not approve it: four eyes see more than two",
    "ICH E6(R3) 3.10",
    "Review, approval and rejection of a version of a document",
)
NO_RIGHT_FOR_ONESELF = Rule(
    "Nobody gives a right to themselves",
    "Nobody gives a role to themselves",
    "EMA A3.3",
    "Asking for a role, giving, inviting, importing members, prolonging a stay",
)
REQUESTER_DOES_NOT_APPROVE = Rule(
    "Who asks for a right does not approve it",
    "Who asked for a role, and who would receive it, does not decide about it",
    "EMA A3.3",
    "Requests for a role with weight, and every request for oneself",
)
PROPOSER_DOES_NOT_APPROVE = Rule(
    "Who proposes settings does not approve them",
    "Who proposed a version of the settings does not approve it",
    "21 CFR 11.10(k)",
    "Approval of a version of the settings",
)
ADMINISTRATOR_WITHOUT_CONTENT = Rule(
    "Who administers does not decide about content",
    "An administrator has no interest in content: the role is not held together with another",
    "EMA A3.3",
    "Giving a role",
)
INSPECTOR_STANDS_ALONE = Rule(
    "Who inspects does nothing else",
    "An inspector reads and holds no other role here",
    "ICH E6(R3) 3.16",
    "Giving a role",
)
AUDITOR_NOT_IN_OWN_LINE = Rule(
    "Who audits does not audit their own line",
    "Nobody reviews the trail of what their own line answers for: their department, those above and those below them",
    "ICH E6(R3) 3.11.1, EMA 6.2.2",
    "Naming who reviews a trail, and beginning the review",
)
REVIEWER_NOT_OF_OWN_RIGHTS = Rule(
    "Nobody reviews their own rights",
    "Nobody confirms their own rights in an access review",
    "EMA A3.2",
    "Choosing the reviewers of a campaign",
)
EXTENSION_BY_TWO = Rule(
    "Who asks for more time does not allow it",
    "Who asks for more time does not allow it themselves",
    "EU Annex 11 12",
    "Moving a deadline",
)
REDACTION_BY_TWO = Rule(
    "Who asks for a redaction does not approve it",
    "Who asks for a redaction does not approve it: nobody takes words out of the trail alone",
    "ICH E6(R3) 4.2.2(b)",
    "Approving and declining a redaction",
)

_rules: list[Rule] = [
    AUTHOR_DOES_NOT_APPROVE, NO_RIGHT_FOR_ONESELF, REQUESTER_DOES_NOT_APPROVE, PROPOSER_DOES_NOT_APPROVE,
    ADMINISTRATOR_WITHOUT_CONTENT, INSPECTOR_STANDS_ALONE, AUDITOR_NOT_IN_OWN_LINE, REVIEWER_NOT_OF_OWN_RIGHTS,
    EXTENSION_BY_TWO, REDACTION_BY_TWO,
]  # fmt: skip

_ALONE = {"administrator": ADMINISTRATOR_WITHOUT_CONTENT, "inspector": INSPECTOR_STANDS_ALONE}


def register(*rules: Rule) -> None:
    """Let the page of duties tell rules that an app keeps in its policies."""
    _rules.extend(rule for rule in rules if rule not in _rules)


def rules() -> tuple[Rule, ...]:
    """Every rule, in the order of registering."""
    return tuple(_rules)


def conflict(person: User, role: str) -> str:
    """Why a person who holds other roles now must not receive this one; empty when they may."""
    held = {row.role for row in RoleAssignment.objects.filter(user=person) if row.is_current()} - {role}
    for alone, rule in _ALONE.items():
        if held and role == alone:
            return rule.sentence
        if alone in held:
            return rule.sentence
    return ""


def is_in_own_line(auditor: User, audited: User) -> bool:
    """Whether two people stand in one line: the same person or department, or one above the other."""
    if auditor.pk == audited.pk:
        return True
    rows = _lines()
    mine, theirs = rows.get(auditor.pk, ("", None)), rows.get(audited.pk, ("", None))
    if mine[0] and mine[0] == theirs[0]:
        return True
    return audited.pk in _above(auditor.pk, rows) or auditor.pk in _above(audited.pk, rows)


def roles_held_together(roles: set[str]) -> list[Rule]:
    """The rules that a set of roles of one person breaks; for the matrix and the access review."""
    return [rule for alone, rule in _ALONE.items() if alone in roles and len(roles) > 1]


def weighty_roles() -> list[str]:
    """The labels of the roles that two people give."""
    return [role.label for role in ROLES.values() if role.has_weight]


def _lines() -> dict[int, tuple[str, int | None]]:
    cache = scope_cache()
    if "lines" not in cache:
        rows = Membership.objects.values_list("user_id", "department", "manager_id")
        cache["lines"] = {pk: (department.strip().lower(), manager) for pk, department, manager in rows}
    found: dict[int, tuple[str, int | None]] = cache["lines"]
    return found


def _above(person: int, rows: dict[int, tuple[str, int | None]]) -> set[int]:
    found: set[int] = set()
    at: int | None = person
    for _ in range(_HEIGHT):
        at = rows.get(at, ("", None))[1] if at is not None else None
        if at is None or at in found:
            break
        found.add(at)
    return found
