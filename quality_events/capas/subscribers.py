"""What makes a CAPA: the decision, in another record, that one is needed."""

from cqms.accounts.models import User
from cqms.events import subscribe
from cqms.records.models import find
from quality_events.capas.services import open_for
from quality_events.events import CapaDecided


@subscribe(CapaDecided)
def open_decided_capa(event: CapaDecided) -> None:
    """Open it and link it with where it was decided."""
    open_for(find(event.kind, event.pk), actor=User.objects.get(pk=event.actor_id))
