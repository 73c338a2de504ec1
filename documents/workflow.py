"""The life of a version and of a periodic review. Read this table and you know the process (B1 of the SOPs)."""

from typing import Any

from cqms.access.policies import Policy, may
from cqms.access.reach import people_with
from cqms.accounts.models import User
from cqms.organizations.capabilities import Capability
from cqms.signatures.models import Meaning
from cqms.workflow.engine import Step, Workflow
from cqms.workflow.parts import Part, Parts, in_order, side_by_side
from documents.models import Capacity, DocumentType, ReviewState, TrainingImpact, VersionState
from documents.policies import (
    is_author,
    is_named,
    is_person,
    is_quality_assurance,
    leads_the_study,
    may_control,
    owns_the_process,
)
from documents.selectors import participants

_S = VersionState


def missing_content(version: Any, _actor: User | None) -> list[str]:
    """What a draft still lacks before others spend time on it."""
    missing = []
    if version.rendition_id is None:
        missing.append("The PDF of this version is not ready: add the text or a file, or wait until it is made.")
    if not participants(version, Capacity.REVIEWER):
        missing.append("Name at least one reviewer.")
    is_plan = version.document.type == DocumentType.STUDY_PLAN
    if not is_plan and version.document.owner_id == version.author_id:
        missing.append("An author does not approve, and you answer for the process, too: name another process owner.")
    if is_plan and not participants(version, Capacity.FUNCTION_LEAD):
        missing.append("Name the function leads who approve this study plan.")
    if version.training_impact != TrainingImpact.NONE and not version.audience.strip():
        missing.append("Say who must be trained, or choose “No training”.")
    return [*missing, *nobody_else(version)]


def nobody_else(version: Any) -> list[str]:
    """Which approval nobody but the author could give, so that the version would be stuck there; with the cure."""
    places = {Capability.ASSURE: ("decides for quality assurance", "a role that decides for quality assurance")}
    if version.document.type == DocumentType.STUDY_PLAN:
        places[Capability.LEAD] = ("leads this study", "the role study manager in it")
    return [
        f"An author does not approve, and nobody else {does}: let another person write it, or give one {role}."
        for capability, (does, role) in places.items()
        if may(capability)(version.author, version) and people_with(capability, version) == [version.author]
    ]


def named_reviewers(version: Any) -> Parts:
    """Each named reviewer, in any order."""
    return side_by_side(*_named(version, Capacity.REVIEWER))


def approvers(version: Any) -> Parts:
    """Process owner, then QA; a study plan: study manager, then function leads, then QA (QA is always last)."""
    quality = Part("quality_assurance", "quality assurance", is_quality_assurance & ~is_author, Meaning.QA_APPROVED)
    if version.document.type == DocumentType.STUDY_PLAN:
        manager = Part("study_manager", "study manager", leads_the_study & ~is_author)
        return in_order(manager, *_named(version, Capacity.FUNCTION_LEAD), quality)
    return in_order(_owner(version, owns_the_process & ~is_author), quality)


def retirers(version: Any) -> Parts:
    """Process owner, then QA."""
    return in_order(
        _owner(version, owns_the_process),
        Part("quality_assurance", "quality assurance", is_quality_assurance, Meaning.QA_APPROVED),
    )


def _owner(version: Any, allowed: Policy) -> Part:
    return Part("process_owner", "process owner", allowed, holder=version.document.owner_id)


def _named(version: Any, capacity: Capacity) -> list[Part]:
    label = capacity.label.lower()
    return [
        Part(
            f"{capacity}:{row.person_id}",
            f"{label} {row.person.name}",
            is_person(row.person_id, row.person.name),
            named=row.person.name,
            holder=row.person_id,
        )
        for row in participants(version, capacity)
    ]


def next_is_approved(version: Any, _actor: User | None) -> list[str]:
    """A document is not retired while its next version is approved: that one would bring it back by itself."""
    approved = version.document.versions.filter(state=_S.APPROVED)
    sentence = "Version {} is approved and follows this one. Retire it once it is effective."
    return [sentence.format(each.label) for each in approved]


def no_effective_date(version: Any, _actor: User | None) -> list[str]:
    """A version takes effect only on a date that document control set."""
    return [] if version.effective_on else ["Set the effective date first."]


VERSION = Workflow(
    "documents.version",
    states=VersionState,
    tones={
        _S.DRAFT: "neutral", _S.IN_REVIEW: "progress", _S.IN_APPROVAL: "progress", _S.APPROVED: "progress",
        _S.EFFECTIVE: "good", _S.SUPERSEDED: "neutral", _S.RETIRED: "neutral", _S.VOIDED: "neutral",
    },
    steps=(
        Step("submit", (_S.DRAFT,), _S.IN_REVIEW, "Submit for review", "submitted for review",
             "The named reviewers are asked to review. You can recall it until it is approved.",
             allowed=is_author, blockers=missing_content, signature=Meaning.AUTHORED, kind="primary"),
        Step("review", (_S.IN_REVIEW,), _S.IN_APPROVAL, "Sign as reviewed", "reviewed",
             "Once every reviewer has signed, the version goes to approval.",
             allowed=is_named(Capacity.REVIEWER) & ~is_author, parts=named_reviewers, signature=Meaning.REVIEWED,
             kind="primary"),
        Step("send_back", (_S.IN_REVIEW,), _S.DRAFT, "Send back to the author", "sent back from review",
             "The version becomes a draft again. Reviews signed so far do not count for the next round.",
             allowed=is_named(Capacity.REVIEWER) & ~is_author, signature=Meaning.REJECTED, reason=True, kind="danger"),
        Step("approve", (_S.IN_APPROVAL,), _S.APPROVED, "Approve", "approved",
             "With the last approval the content is final. It takes effect on the date document control sets.",
             allowed=~is_author, parts=approvers, signature=Meaning.APPROVED, kind="primary"),
        Step("reject", (_S.IN_APPROVAL,), _S.DRAFT, "Reject", "rejected",
             "The version becomes a draft again, and review and approval start anew.",
             allowed=(owns_the_process | leads_the_study | is_quality_assurance | is_named(Capacity.FUNCTION_LEAD))
             & ~is_author, signature=Meaning.REJECTED, reason=True, kind="danger"),
        Step("recall", (_S.IN_REVIEW, _S.IN_APPROVAL), _S.DRAFT, "Recall", "recalled",
             "The version becomes a draft again. Signatures so far stay in the trail and do not count any more.",
             allowed=is_author, reason=True),
        Step("schedule", (_S.APPROVED,), _S.APPROVED, "Set the effective date", "set the effective date",
             "The version takes effect at the start of that day in the zone of the organization.",
             allowed=may_control, kind="primary"),
        Step("take_effect", (_S.APPROVED,), _S.EFFECTIVE, "Take effect", "became effective",
             "The version before it is superseded at the same moment.", blockers=no_effective_date),
        Step("supersede", (_S.EFFECTIVE,), _S.SUPERSEDED, "Supersede", "was superseded",
             "The version after it is effective."),
        Step("retire", (_S.EFFECTIVE,), _S.RETIRED, "Retire", "retired",
             "Nobody works to this document any more. It stays readable; this cannot be undone.",
             allowed=owns_the_process | is_quality_assurance, blockers=next_is_approved, parts=retirers,
             signature=Meaning.APPROVED, reason=True, kind="danger"),
        Step("void", (_S.DRAFT, _S.IN_REVIEW, _S.IN_APPROVAL), _S.VOIDED, "Void", "voided",
             "The version ends without ever taking effect. It stays in the trail; this cannot be undone.",
             allowed=is_quality_assurance, signature=Meaning.QA_APPROVED, reason=True, kind="danger"),
    ),
)  # fmt: skip

PERIODIC_REVIEW = Workflow(
    "documents.periodicreview",
    states=ReviewState,
    tones={ReviewState.OPEN: "progress", ReviewState.CONCLUDED: "good", ReviewState.LAPSED: "neutral"},
    steps=(
        Step("conclude", (ReviewState.OPEN,), ReviewState.CONCLUDED, "Sign the verdict", "concluded the review",
             "The verdict is final. “No change” sets the date of the next review.",
             allowed=owns_the_process, signature=Meaning.REVIEWED, kind="primary"),
        Step("lapse", (ReviewState.OPEN,), ReviewState.LAPSED, "Lapse", "lapsed",
             "The version ended before the verdict."),
    ),
)  # fmt: skip
