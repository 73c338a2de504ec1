"""Initial reports of the demo world: one that waits for triage, one that became an issue."""

from cqms.accounts.models import User
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from cqms.portal.demo import register
from quality_events.intake import services
from studies.models import Study

People = dict[str, User]


def build(organization: Organization, people: People) -> None:
    """Two reports, one of them triaged."""
    with scope(organization):
        study = Study.objects.order_by("pk")[0]
        told = {"study": study, "noticed_by": "Study nurse", "place": "Pharmacy"}
        services.send_report(
            {**told, "description": "Two kits were given out in the wrong order. Nobody took the second one yet."},
            actor=people["author"],
        )
        report = services.send_report(
            {**told, "description": "The scale of the clinic was not calibrated since March. Doses depend on weight."},
            actor=people["reviewer"],
        )
        issues = next(each for each in services.offered_types() if each.space == "issues")
        services.take_step(report, "triage", actor=people["qa"], values={"type": issues, "owner": people["author"]})


register(36, build)
