"""The serious breach as a type of event, and its table of duties in the settings."""

from cqms.configuration.rules import register_table
from quality_events.breaches import duties, services
from quality_events.breaches.forms import STEPS
from quality_events.breaches.models import BreachState, SeriousBreach
from quality_events.breaches.presentation import facts, sections, words
from quality_events.breaches.reports import report
from quality_events.breaches.workflow import ENDS, SERIOUS_BREACH
from quality_events.forms import asked_by
from quality_events.registrations import register_type
from quality_events.types import EventType, Task

_S = BreachState
_LATE = "Late, it is reported to your manager, then to quality assurance. The legal clock runs beside it."
TASKS = (
    Task(_S.SUSPECTED, "assess", "Assess", 2, _LATE, working=True),
    Task(_S.ASSESSING, "confirm", "Sign the assessment", 1, _LATE, by_quality=True, working=True),
    Task(_S.CONFIRMED, "draft", "Draft the notification", 1, _LATE, working=True),
    Task(_S.QUESTIONS, "reply", "Answer the authority", 5, _LATE, working=True),
    Task(_S.FINAL, "link_capa", "Link the CAPA", 20, _LATE, working=True),
    Task(_S.CAPA_LINKED, "close", "Close", 10, "Until then it stays open.", by_quality=True, working=True),
)


def register() -> None:
    """Called once when the app is ready."""
    register_table(duties.TABLE)
    register_type(
        EventType(
            SeriousBreach, SERIOUS_BREACH, prefix="SB", noun="Serious breach", plural="Serious breaches",
            space="breaches", order=50, ends=ENDS, tasks=TASKS, words=words, facts=facts, texts=sections,
            take_step=services.take_step, asks=asked_by(STEPS), watched=True, report=report,
        )
    )  # fmt: skip
