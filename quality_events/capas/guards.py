"""What must be there before a CAPA goes on, each gap in a sentence."""

from typing import Any

from cqms.accounts.models import User
from cqms.organizations.scope import today
from quality_events.capas.models import ActionKind, Capa, DataSource, StageKind, Weight
from quality_events.capas.policies import manager_of
from quality_events.capas.selectors import actions_of, causes_of
from quality_events.capas.stages import current_stage
from quality_events.models import Severity
from quality_events.selectors import not_done

HUMAN_ERROR = (
    "Every root cause is a person's error or lack of training. Answer the question: why did the system let it happen,"
    " and what would have stopped it?"
)
TRAINING_ALONE = (
    "Training or reminding is the only action. Answer the question: what makes you sure that people who are trained"
    " will not make the same error again?"
)
_CHANGED = "It was changed after it was handed in, or never was: hand it in first."


def interim_gaps(capa: Capa, _actor: User | None = None) -> list[str]:
    """A critical CAPA needs an interim measure."""
    if capa.severity == Severity.CRITICAL and not capa.interim.strip():
        return ["It is critical: say in the record which interim measure protects participants and data meanwhile."]
    return []


def analysis_gaps(capa: Capa, _actor: User | None = None) -> list[str]:
    """What the root cause analysis lacks."""
    causes = causes_of(capa)
    roots = [each for each in causes if each.weight == Weight.ROOT]
    gaps = interim_gaps(capa)
    if not capa.method or not capa.root_cause.strip():
        gaps.append("Name the method and the root cause in a sentence.")
    if not roots:
        gaps.append("Mark at least one cause as a root cause.")
    gaps += [
        f"Give evidence for: {each}" for each in causes
        if each.weight != Weight.WHY and not each.evidence.strip() and each.file_id is None
    ]  # fmt: skip
    if roots and all(each.human_error for each in roots) and not capa.challenge.strip():
        gaps.append(HUMAN_ERROR)
    return gaps


def plan_gaps(capa: Capa, _actor: User | None = None) -> list[str]:
    """What the plan lacks."""
    actions = actions_of(capa)
    acting = [each for each in actions if each.kind != ActionKind.CORRECTION]
    gaps = interim_gaps(capa)
    if not acting:
        gaps.append("Plan at least one corrective or preventive action: a correction alone mends only this case.")
    if acting and all(each.training for each in acting) and not capa.training_grounds.strip():
        gaps.append(TRAINING_ALONE)
    gaps += criterion_gaps(capa)
    if manager_of(capa.owner) is None:
        gaps.append(f"{capa.owner} has no manager here who could approve: an administrator names one.")
    return gaps


def criterion_gaps(capa: Capa) -> list[str]:
    """What the effectiveness criterion lacks: it is set before the plan is approved."""
    needed = [capa.metric, capa.baseline or capa.before_from, capa.target is not None, capa.sample, capa.data_source,
              capa.check_on]  # fmt: skip
    if not all(needed):
        return ["Set the effectiveness criterion: metric, baseline, target, sample or period, data source and day."]
    if capa.data_source == DataSource.PORTAL:
        counted = (capa.counted, capa.unit, capa.before_from, capa.before_to, capa.after_from)
        return [] if all(counted) else ["Say what the portal counts, before and after, and against what."]
    return [] if capa.data_words.strip() else ["Name the source of the figures."]


def not_handed_in(kind: StageKind) -> Any:
    """Blockers of a signature: what is signed must be what was handed in, and complete."""
    gaps_of = {StageKind.ANALYSIS: analysis_gaps, StageKind.PLAN: plan_gaps}.get(kind)

    def gaps(capa: Capa, actor: User | None) -> list[str]:
        found = gaps_of(capa, actor) if gaps_of else []
        return found or ([] if current_stage(capa, kind) else [_CHANGED])

    return gaps


def open_actions(capa: Capa, _actor: User | None = None) -> list[str]:
    """Rows of the plan that are not done."""
    return not_done(actions_of(capa))


def result_gaps(capa: Capa, actor: User | None = None) -> list[str]:
    """What must be there before the effect is judged good: the whole period, and a result."""
    gaps = not_handed_in(StageKind.EFFECTIVENESS)(capa, actor)
    if capa.check_on is not None and today() <= capa.check_on:
        gaps = [f"The period runs until {capa.check_on:%-d %b %Y}: it is judged when it is over.", *gaps]
    return gaps
