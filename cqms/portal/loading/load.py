"""The load as a whole: everything by COPY while the guards are away, then armed, then sealed."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from django.core.management import call_command

from cqms.audit.ledger.sealing import seal
from cqms.numbering.models import Counter
from cqms.organizations.selectors import every_organization
from cqms.portal.loading import people
from cqms.portal.loading.contributions import Load, build
from cqms.portal.loading.tables import Tables, disarmed
from cqms.portal.loading.tales import Teller

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How much is made: records, organizations, studies and people in all, and the seed of everything random."""

    records: int
    organizations: int
    studies: int
    people: int
    seed: int

    def of(self, total: int, number: int) -> int:
        """The part of one organization; the first ones get what is left over."""
        return total // self.organizations + (number < total % self.organizations)


def fill(superuser: str, plan: Plan, say: Say) -> None:
    """Write everything, bring the guards back, and with them a leaf for every row into the queue of the sealer."""
    with disarmed(superuser) as tables:
        for number in range(plan.organizations):
            _organization(tables, plan, number)
            if not (number + 1) % 20:
                say(f"{number + 1} of {plan.organizations} organizations are written")
        say("The rows are written; now the indexes")
    say("The guards come back")
    call_command("migrate", verbosity=0)


def seal_all(say: Say) -> int:
    """Seal what waits in every organization; how many entries."""
    total = 0
    for organization in every_organization():
        heads = seal(organization)
        total += heads[-1].size if heads else 0
    say(f"{total:,} entries are sealed")
    return total


def _organization(tables: Tables, plan: Plan, number: int) -> None:
    made = people.organization(tables, number + 1)
    teller = Teller(tables, made.pk, made.zone, Random(f"{plan.seed}:{number}"))  # noqa: S311 – the same for a seed
    crowd = people.admit(tables, teller, plan.of(plan.people, number))
    load = Load(made, teller, crowd, plan.of(plan.records, number), plan.of(plan.studies, number))
    build(load)
    people.give_roles(tables, load)
    for prefix, last in load.counters.items():
        tables.add(Counter, organization_id=made.pk, kind=prefix, year=0, last=last)
