"""The fixed set of roles and what each allows, in one readable table."""

from dataclasses import dataclass

from cqms.organizations.capabilities import Capability


@dataclass(frozen=True)
class Role:
    """A role: its key, its name on screen, what it is for, and what it allows."""

    key: str
    label: str
    purpose: str
    allows: frozenset[Capability]

    @property
    def has_weight(self) -> bool:
        """Whether somebody else than who asks for it must agree before it is given."""
        return bool(self.allows & WEIGHTY)

    @property
    def is_for_a_time(self) -> bool:
        """Whether it always ends on a day."""
        return self.key in TIMED


def _role(key: str, label: str, purpose: str, *allows: Capability) -> Role:
    return Role(key, label, purpose, frozenset(allows))


_C = Capability
_EXPERT = (_C.READ, _C.CONTRIBUTE, _C.REVIEW, _C.APPROVE)

WEIGHTY = frozenset({_C.ADMINISTER, _C.ASSURE, _C.CONTROL, _C.HEAD, _C.SEE_UNBLINDED, _C.SEE_CONFIDENTIAL})
"""What makes a role one that two people give: deciding for quality, controlling, administering, closed lanes."""
TIMED = frozenset({"inspector"})
"""Roles that are given until a day only (ICH E6(R3) 3.16: access for an inspection)."""

ROLES: dict[str, Role] = {
    role.key: role
    for role in (
        _role("administrator", "Administrator", "Lets people in and gives roles; sees no content.", _C.ADMINISTER),
        _role("quality_head", "Quality head", "Answers for the quality system.",
              *_EXPERT, _C.ASSURE, _C.CONTROL, _C.INSPECT, _C.HEAD, _C.SEE_CONFIDENTIAL),
        _role("qa", "Quality assurance", "Decides for quality assurance.",
              *_EXPERT, _C.ASSURE, _C.INSPECT, _C.SEE_CONFIDENTIAL),
        _role("document_control", "Document control", "Issues, dates and retires documents.",
              _C.READ, _C.CONTRIBUTE, _C.CONTROL, _C.INSPECT),
        _role("study_manager", "Study manager", "Leads studies.", *_EXPERT, _C.LEAD, _C.INSPECT),
        _role("author", "Author", "Writes and owns records.", _C.READ, _C.CONTRIBUTE, _C.REVIEW),
        _role("approver", "Approver", "Owns processes and approves.", *_EXPERT),
        _role("medical_monitor", "Medical monitor", "Decides on medical questions.", *_EXPERT, _C.ADVISE),
        _role("statistician", "Statistician", "Decides on statistics, unblinded.",
              *_EXPERT, _C.ADVISE, _C.SEE_UNBLINDED),
        _role("auditor", "Auditor", "Audits, never their own line.", _C.READ, _C.REVIEW, _C.INSPECT),
        _role("training_coordinator", "Training coordinator", "Plans and follows training.", _C.READ),
        _role("site_staff", "Site staff", "Works at a site, in a study.", _C.READ),
        _role("vendor", "Vendor", "Works for a service provider, in a study.", _C.READ),
        _role("reader", "Reader", "Reads.", _C.READ),
        _role("inspector", "Inspector", "Inspects for an authority: reads, watermarked, each view written down.",
              _C.READ, _C.INSPECT),
    )
}  # fmt: skip


def role_choices() -> list[tuple[str, str]]:
    """The roles as (key, label), for forms and labels."""
    return [(role.key, role.label) for role in ROLES.values()]
