"""Whether an old page of the trail costs what the newest costs: `bin/bench trail-timeline [entries]`.

Fills a trail by SQL before its guards and indexes are there, then asks for page 1 and page 1,000 of each way to read
it, as somebody of quality assurance. Prints the processor time of portal and database for a request; ends with 1 when
the database works more for the old page, or reads the trail from end to end.
"""

import os
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tests.bench import _ledger, _load

ENTRIES = 5_000_000
PAGE = 1_000
ROUNDS = 20
MOST_TIMES, SPARE = 1.5, 1.0
"""How many times the database may work for the old page, and milliseconds that the clock may be wrong by."""
PAST = 5_000
"""Rows that a page may pass by: what is rare in a trail is looked for among its neighbours."""
_FILL = """
    INSERT INTO audit_auditevent (organization_id, action_id, transaction_id, at, actor_id, actor_name, zone, verb,
      sentence, record_kind, record_id, record_label, subject_kind, subject_id, anchor_kind, anchor_id, lane, changes, reason)
    SELECT CASE WHEN g %% 10 = 0 THEN %(other)s ELSE %(ours)s END, gen_random_uuid(), 1,
      timestamptz '2021-01-01 00:00+00' + g * (interval '5 years' / %(count)s), (%(people)s)[1 + g %% %(many)s], 'Amara Osei', '',
      (ARRAY['change', 'create', 'approve', 'download'])[1 + g %% 4], 'changed the record',
      (ARRAY['documents.version', 'issues.qualityissue', 'capas.capa', 'deviations.protocoldeviation', 'studies.site'])[1 + g %% 5],
      g %% 40000, 'Record ' || g %% 40000, 'documents.document', g %% 2000,
      CASE WHEN g %% 3 = 0 THEN 'studies.study' ELSE '' END, CASE WHEN g %% 3 = 0 THEN %(study)s END,
      CASE WHEN g %% 50 = 0 THEN 'unblinded' ELSE 'general' END,
      jsonb_build_array(jsonb_build_object('field', (ARRAY['state', 'title'])[1 + g %% 2], 'label', 'State', 'old', 'Approved',
        'new', 'Effective')), 'Periodic review'
    FROM generate_series(1, %(count)s) g
"""


def fill(superuser: str, count: int) -> None:
    """Write the entries without guard and index, then make the indexes again."""
    from cqms.instance.database import connected  # noqa: PLC0415

    with connected(superuser) as link, link.cursor() as cursor:
        cursor.execute("SET cqms.migrating = 'yes'; SET maintenance_work_mem = '512MB'")
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = 'audit_auditevent'::regclass AND NOT indisprimary AND NOT EXISTS"
            " (SELECT FROM pg_constraint WHERE confrelid = indrelid AND conindid = indexrelid)"
        )
        made = cursor.fetchall()
        for name, _ in made:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute(_FILL, {**vars(_who(cursor)), "count": count})
        for _, how in made:
            cursor.execute(how)
        cursor.execute("VACUUM ANALYZE audit_auditevent")


def _who(cursor: Any) -> SimpleNamespace:
    cursor.execute(
        "SELECT max(id) FILTER (WHERE slug = 'northwind'), max(id) FILTER (WHERE slug <> 'northwind'),"
        " (SELECT max(id) FROM studies_study WHERE number = 'NW-101'), (SELECT array_agg(id) FROM accounts_user)"
        " FROM organizations_organization"
    )
    ours, other, study, people = cursor.fetchone()
    return SimpleNamespace(ours=ours, other=other, study=study, people=people, many=len(people))


def ways(who: SimpleNamespace) -> dict[str, str]:
    """The pages: everything, one person, one study, a kind of record, a field, a period."""
    home = "/o/northwind"
    return {
        "the organization": f"{home}/timeline/?",
        "a person": f"{home}/people/{who.people[0]}/timeline/?",
        "a study": f"{home}/timeline/?study={who.study}",
        "a kind of record": f"{home}/timeline/?about=capas.capa",
        "a field": f"{home}/timeline/?field=title",
        "a year": f"{home}/timeline/?since=2022-01-01&until=2022-12-31",
        "signed steps": f"{home}/timeline/?shows=signed",
    }


def older_than(path: str, organization: Any, who: SimpleNamespace) -> int:
    """The entry after which page 1,000 begins."""
    from django.http import QueryDict  # noqa: PLC0415

    from cqms.organizations.scope import scope  # noqa: PLC0415
    from cqms.ui.story import SIZE, selection_of  # noqa: PLC0415

    with scope(organization):
        chosen = selection_of(QueryDict(path.partition("?")[2]), organization)
        rows = chosen.events().filter(actor=who.people[0]) if "/people/" in path else chosen.events()
        return int(chosen.newest_first(rows).values_list("pk", flat=True)[(PAGE - 1) * SIZE])


def measure(count: int) -> list[str]:
    """The ways in which the old page costs more than it may."""
    with _ledger.session() as services:
        addresses = services.clone("bench_timeline")
        _ledger.disarm(addresses, "guard_%")
        fill(addresses.superuser, count)
        os.environ["REDIS_URL"] = f"{services.redis}?db=0"
        _ledger.django(addresses.app, services.data.path / "portal")
        from cqms.instance.database import connected  # noqa: PLC0415

        with connected(addresses.superuser) as link, link.cursor() as cursor:
            who = _who(cursor)
        organization, client = _ledger.first_organization().ours, _load.browser("qa@cast.test")
        return [name for name, path in ways(who).items() if not _kept(name, path, client, organization, who)]


def _kept(name: str, path: str, client: Any, organization: Any, who: SimpleNamespace) -> bool:
    def asks(address: str) -> Callable[[], Any]:
        return lambda: client.get(address)

    first, old = asks(path), asks(f"{path}&older={older_than(path, organization, who)}")
    for ask in (first, old):
        if ask().status_code != 200:
            raise SystemExit(f"{name}: answered with {ask().status_code}")
    costs = [_load.cost_of(ask, ROUNDS) for ask in (first, old)]
    vain = _load.wasted(_load.asked(old), organization.pk, large=100_000, past=PAST)
    print(f"{name:18} page 1 {costs[0]}; page {PAGE:,} {costs[1]}{'; '.join(['', *vain])}", flush=True)
    return costs[1].database <= MOST_TIMES * costs[0].database + SPARE and not vain


def main(count: int) -> int:
    """1 when an old page costs more."""
    dear = measure(count)
    print(
        f"promised: page {PAGE:,} of {count:,} entries as fast as page 1"
        + (f": BROKEN by {', '.join(dear)}" if dear else ": kept")
    )
    return int(bool(dear))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES))
