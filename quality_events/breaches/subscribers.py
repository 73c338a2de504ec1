"""What serious breaches do when something happens elsewhere: a suspicion at a screen opens one."""

from django.apps import apps

from cqms.accounts.models import User
from cqms.events import subscribe
from quality_events import services as events
from quality_events.breaches import services
from quality_events.events import BreachSuspected


@subscribe(BreachSuspected)
def open_suspected(fact: BreachSuspected) -> None:
    """Open a suspected breach for the record whose screen said yes or unclear, and link the two."""
    source = apps.get_model(fact.kind)._default_manager.select_related("owner", "study", "site").get(pk=fact.pk)
    actor = User.objects.get(pk=fact.actor_id)
    names = ("title", "description", "study", "site", "owner", "occurred_on", "discovered_on", "aware_at", "zone")
    values = {name: getattr(source, name) for name in (*names, "noticed_by", "lane")}
    breach = services.open_breach({**values, "aware_evidence": f"{source.number}: when we knew of it"}, actor=actor)
    events.link(breach, source, actor=actor, why="Its screen could not rule a serious breach out.")
