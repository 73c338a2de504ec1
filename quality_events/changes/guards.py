"""What must be there before a change goes on, each gap in a sentence."""

from cqms.accounts.models import User
from cqms.organizations.scope import today
from cqms.workflow.engine import Blockers
from quality_events.changes.models import AssessmentState, ChangeControl, ChangeKind, Function, StageKind, Verdict
from quality_events.changes.selectors import assessments_of, counting, tasks_of
from quality_events.changes.stages import current_stage
from quality_events.selectors import not_done

_CHANGED = "It was changed after it was handed in, or never was: hand it in first."


def nobody_asked(change: ChangeControl, _actor: User | None = None) -> list[str]:
    """An assessment begins with the functions that are asked."""
    return [] if assessments_of(change) else ["Ask at least one function what the change does to its part."]


def functions_left(change: ChangeControl) -> list[str]:
    """The functions that are not asked, in words."""
    asked = {each.function for each in assessments_of(change)}
    return [function.label for function in Function if function not in asked]


def assessment_gaps(change: ChangeControl) -> list[str]:
    """What is open or objected to in the assessments."""
    said = counting(assessments_of(change))
    open_ = [each for each in said if each.state == AssessmentState.ASKED]
    against = [each for each in said if each.verdict == Verdict.NOT_ACCEPTABLE]
    return [
        *nobody_asked(change),
        *(f"Not assessed yet: {each.get_function_display()}, asked of {each.owner}." for each in open_),
        *(f"{each.get_function_display()} does not accept it: change the plan and ask again." for each in against),
    ]


def plan_gaps(change: ChangeControl, _actor: User | None = None) -> list[str]:
    """What is missing before the plan of a change can be approved."""
    gaps = assessment_gaps(change)
    if not change.approach.strip():
        gaps.append("Say how it is done.")
    if not tasks_of(change):
        gaps.append("Plan at least one task, with who does it until when.")
    system = (change.risk_class, change.regression_scope.strip(), change.rollback_plan.strip())
    if change.kind == ChangeKind.SYSTEM and not all(system):
        gaps.append("A computerised system is changed: name risk class, what is tested again, and how it is undone.")
    if change.temporary and change.expires_on is not None and change.expires_on <= today():
        gaps.append("It is temporary, and its end has come already: set a later day.")
    if change.owner_id == change.reporter_id:
        gaps.append("Its owner requested it, and nobody approves their own request: name another owner.")
    return gaps


def not_handed_in(kind: StageKind) -> Blockers:
    """Blockers of a signature: what is signed must be what was handed in, and complete."""

    def gaps(change: ChangeControl, actor: User | None) -> list[str]:
        found = plan_gaps(change, actor) if kind == StageKind.PLAN else []
        return found or ([] if current_stage(change, kind) else [_CHANGED])

    return gaps


def open_before_release(change: ChangeControl, _actor: User | None = None) -> list[str]:
    """Tasks that must be done before the change is released."""
    return not_done(each for each in tasks_of(change) if not each.after_release)


def open_tasks(change: ChangeControl, _actor: User | None = None) -> list[str]:
    """Every task that is not done."""
    return not_done(tasks_of(change))
