"""What makes a CAPA: the decision, in another record, that one is needed."""

from cqms.accounts.models import User
from cqms.events import subscribe
from cqms.records.models import find
from quality_events.capas.models import Source
from quality_events.capas.services import open_for
from quality_events.events import CapaDecided

_SOURCES = {"complaints.complaint": Source.COMPLAINT, "process_deviations.processdeviation": Source.PROCESS}


@subscribe(CapaDecided)
def open_decided_capa(event: CapaDecided) -> None:
    """Open it and link it with where it was decided."""
    source = _SOURCES.get(event.kind, Source.ISSUE)
    open_for(find(event.kind, event.pk), actor=User.objects.get(pk=event.actor_id), kind=source)
