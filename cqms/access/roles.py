"""The fixed set of roles and what each allows, in one readable table."""

from dataclasses import dataclass

from cqms.organizations.capabilities import Capability


@dataclass(frozen=True)
class Role:
    """A role: its key, its name on screen, and what it allows."""

    key: str
    label: str
    allows: frozenset[Capability]


def _role(key: str, label: str, *allows: Capability) -> Role:
    return Role(key, label, frozenset(allows))


_C = Capability
_EXPERT = (_C.READ, _C.CONTRIBUTE, _C.REVIEW, _C.APPROVE)

ROLES: dict[str, Role] = {
    role.key: role
    for role in (
        _role("administrator", "Administrator", _C.ADMINISTER),
        _role(
            "quality_head", "Quality head", *_EXPERT, _C.ASSURE, _C.CONTROL, _C.INSPECT, _C.HEAD, _C.SEE_CONFIDENTIAL
        ),
        _role("qa", "Quality assurance", *_EXPERT, _C.ASSURE, _C.INSPECT, _C.SEE_CONFIDENTIAL),
        _role("document_control", "Document control", _C.READ, _C.CONTRIBUTE, _C.CONTROL, _C.INSPECT),
        _role("study_manager", "Study manager", *_EXPERT, _C.LEAD, _C.INSPECT),
        _role("author", "Author", _C.READ, _C.CONTRIBUTE, _C.REVIEW),
        _role("approver", "Approver", *_EXPERT),
        _role("medical_monitor", "Medical monitor", *_EXPERT, _C.ADVISE),
        _role("statistician", "Statistician", *_EXPERT, _C.ADVISE, _C.SEE_UNBLINDED),
        _role("auditor", "Auditor", _C.READ, _C.REVIEW, _C.INSPECT),
        _role("training_coordinator", "Training coordinator", _C.READ),
        _role("site_staff", "Site staff", _C.READ),
        _role("vendor", "Vendor", _C.READ),
        _role("reader", "Reader", _C.READ),
        _role("inspector", "Inspector", _C.READ, _C.INSPECT),
    )
}


def role_choices() -> list[tuple[str, str]]:
    """The roles as (key, label), for forms and labels."""
    return [(role.key, role.label) for role in ROLES.values()]
