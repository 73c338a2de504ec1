"""What a person may be allowed to do in an organization, or below one of its anchors such as a study."""

from enum import StrEnum
from typing import Any


class Capability(StrEnum):
    """What a role may allow, in an organization or below one of its anchors."""

    READ = "read"
    CONTRIBUTE = "contribute"
    REVIEW = "review"
    APPROVE = "approve"
    LEAD = "lead"
    ADVISE = "advise"
    ASSURE = "assure"
    CONTROL = "control"
    INSPECT = "inspect"
    HEAD = "head"
    ADMINISTER = "administer"
    SEE_UNBLINDED = "see_unblinded"
    SEE_CONFIDENTIAL = "see_confidential"


WORDS = {
    Capability.READ: "read records",
    Capability.CONTRIBUTE: "draft records and change one's own",
    Capability.REVIEW: "review when named",
    Capability.APPROVE: "approve",
    Capability.LEAD: "lead the study and approve its plans",
    Capability.ADVISE: "approve for one's function",
    Capability.ASSURE: "decide for quality assurance",
    Capability.CONTROL: "control documents: effective dates, issue, retirement",
    Capability.INSPECT: "read and export the audit trail",
    Capability.HEAD: "decide as head of quality",
    Capability.ADMINISTER: "manage members and roles, without seeing content",
    Capability.SEE_UNBLINDED: "see unblinded records",
    Capability.SEE_CONFIDENTIAL: "see confidential records",
}


def anchor_permissions() -> list[tuple[str, Any]]:
    """The `Meta.permissions` of every model that can anchor a role."""
    return [(capability.value, WORDS[capability]) for capability in Capability]
