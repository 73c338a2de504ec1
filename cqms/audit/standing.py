"""Whether the guards stand in the database as this portal made them, and whether somebody put something beside them.

A trigger that is there proves little: its function may be another one, its condition false, its table may have a rule
or a second trigger that works before it. So everything is compared word by word with what would be armed today, and
whatever else could bend a write, or the reading of a verification, is named.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models

from cqms.audit import guard
from cqms.audit.ledger import arming as ledger
from cqms.audit.ledger.models import LedgerLayout

EVENT_TRIGGERS = {"guard_ddl": "watch.refuse_ddl", "guard_drop": "watch.refuse_drop"}
_FUNCTION = re.compile(
    r"CREATE (?:OR REPLACE )?FUNCTION ([\w.\"]+)\s*\((.*?)AS \$body\$(.*?)\$body\$", re.DOTALL | re.ASCII
)
_TRIGGER = re.compile(r"CREATE (?:CONSTRAINT )?TRIGGER (\w+) .*? ON \"(\w+)\"")
_FUNCTIONS = """
    SELECT nspname || '.' || proname, prosrc, prosecdef, coalesce(cardinality(proconfig), 0), p.oid::regprocedure::text
    FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
    WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND NOT EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
"""
_OPERATORS = "the operator {}"
_BESIDE = {
    _OPERATORS: """
        SELECT oid::regoperator::text FROM pg_operator o WHERE oprnamespace <> 'pg_catalog'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_operator'::regclass AND d.objid = o.oid
          AND d.deptype = 'e')""",
    "the rule {}": """
        SELECT format('%s on %s', rulename, ev_class::regclass) FROM pg_rewrite JOIN pg_class c ON c.oid = ev_class
        WHERE relnamespace = 'public'::regnamespace AND rulename <> '_RETURN'""",
    "the child {}": """
        SELECT format('%s of %s', inhrelid::regclass, inhparent::regclass) FROM pg_inherits JOIN pg_class c
        ON c.oid = inhparent WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'""",
    "the second relation {}": """
        SELECT c.oid::regclass::text FROM pg_class c JOIN pg_class o ON o.relname = c.relname
        AND o.relnamespace = 'public'::regnamespace JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE nspname <> 'public' AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'""",
    "the right of the application to {}": """
        SELECT format('%%s %%s', lower(act), t) FROM unnest(%s) t,
          unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) act
        WHERE has_table_privilege('cqms_app', quote_ident(t), act)
        UNION ALL SELECT 'make tables'
        WHERE has_database_privilege('cqms_app', current_database(), 'CREATE, TEMPORARY')
        UNION ALL SELECT format('be %%s', roleid::regrole) FROM pg_auth_members WHERE member = 'cqms_app'::regrole""",
}
"""What could bend a write or a verification, each in a query for its names."""


@dataclass(frozen=True)
class Function:
    """What makes a function what it is; `settings` is how many it fixes for itself."""

    body: str
    is_definer: bool
    settings: int


@dataclass(frozen=True)
class Standing:
    """How the guards stand: those that are away, switched off or other ones, and what stands beside them."""

    missing: list[str]
    beside: list[str]


def look() -> Standing:
    """Compare the database with what would be armed today; guards are named as `table.trigger`, others by kind."""
    with connection.cursor() as cursor:
        armed = [*guard.statements(cursor), *ledger.statements(), *ledger.leaf_triggers(cursor)]
        functions, there = _known_functions(armed), _functions(cursor)
        triggers, present = _wanted_triggers(armed), _triggers(cursor)
        lost = [".".join(name) for name, words in triggers.items() if present.get(name) != ("A", words)]
        missing = sorted(lost) + [f"function {name}" for name in _changed(functions, there)] + _unwatched(cursor)
        strange = {name: words for name, (_, words) in present.items() if name not in triggers}
        beside = [
            f"the trigger {name} on {table}"
            for (table, name), words in strange.items()
            if not _is_ours(words, functions)
        ]
        beside += [f"the function {words}" for words in _unknown(functions, there)]
        beside += _beside(cursor)
    return Standing(missing, sorted(beside))


def what_bends_a_verification() -> Iterator[str]:
    """Sentences about functions and operators that a verification would believe although they are not the portal's."""
    with connection.cursor() as cursor:
        known, there = _known_functions([*guard.statements(cursor), *ledger.statements()]), _functions(cursor)
        cursor.execute(_BESIDE[_OPERATORS])
        operators = [words for (words,) in cursor.fetchall()]
    for name in _changed(known, there):
        yield f"The function {name} of the database is not the one of this portal."
    for words in _unknown(known, there):
        yield f"The function {words} of the database is none of this portal's."
    for words in operators:
        yield f"The operator {words} of the database is none of this portal's."


def _known_functions(armed: Iterable[str]) -> dict[str, Function]:
    """Every function of the portal by its name with schema, as code, migrations and watch make it."""
    return {**_migrated_functions(), **_read(sql for sql in armed if "FUNCTION" in sql)}


@cache
def _migrated_functions() -> dict[str, Function]:
    """Those that migrations make, the last one counting, and those that watch over DDL."""
    folders = [Path(config.path) / "migrations" for config in apps.get_app_configs()]
    ours = [folder for folder in folders if folder.is_relative_to(settings.BASE_DIR / "cqms")]
    files = [file for folder in ours for file in sorted(folder.glob("0*.*")) if file.suffix in (".py", ".sql")]
    watch = settings.BASE_DIR / "cqms" / "instance" / "watch.sql"
    return _read(file.read_text(encoding="utf-8") for file in (*files, watch))


def _read(texts: Iterable[str]) -> dict[str, Function]:
    found = {}
    for text in texts:
        for name, head, body in _FUNCTION.findall(text):
            plain = name.replace('"', "")
            whole = plain if "." in plain else f"public.{plain}"
            fixed = len(re.findall(r"\bSET [\w.]+\s*(?:=|TO)", head))
            found[whole] = Function(body, "SECURITY DEFINER" in head, fixed)
    return found


def _functions(cursor: Any) -> list[tuple[str, Function, str]]:
    cursor.execute(_FUNCTIONS)
    return [(name, Function(body, definer, fixed), words) for name, body, definer, fixed, words in cursor.fetchall()]


def _changed(known: dict[str, Function], there: list[tuple[str, Function, str]]) -> list[str]:
    present = {(name, told) for name, told, _ in there}
    return sorted(name for name, told in known.items() if (name, told) not in present)


def _unknown(known: dict[str, Function], there: list[tuple[str, Function, str]]) -> list[str]:
    """Functions of no name of ours, and second ones of a name: a call may mean either."""
    found, seen = [], set()
    for name, _, words in sorted(there, key=lambda each: (each[0], each[1] != known.get(each[0]))):
        if name not in known or name in seen:
            found.append(words)
        seen.add(name)
    return found


def _unwatched(cursor: Any) -> list[str]:
    cursor.execute("SELECT evtname, evtfoid::regproc::text FROM pg_event_trigger WHERE evtenabled = 'A'")
    watching = set(cursor.fetchall())
    return [f"event trigger {name}" for name, function in EVENT_TRIGGERS.items() if (name, function) not in watching]


def _beside(cursor: Any) -> Iterator[str]:
    for sentence, query in _BESIDE.items():
        cursor.execute(query, [_written_once()] if "unnest(%s)" in query else None)
        yield from (sentence.format(name) for (name,) in cursor.fetchall())


def _wanted_triggers(armed: Iterable[str]) -> dict[tuple[str, str], str]:
    """Each trigger by table and name, in the words in which PostgreSQL tells it."""
    made = ((_TRIGGER.match(sql), sql) for sql in armed)
    return {(found[2], found[1]): _as_told(sql) for found, sql in made if found}


def _as_told(sql: str) -> str:
    told = re.sub(r' ON "(\w+)"', r" ON public.\1", sql).replace("UPDATE OR DELETE", "DELETE OR UPDATE")
    told = re.sub(r"WHEN \((.*?)\) EXECUTE", lambda found: f"WHEN (({found[1].lower()})) EXECUTE", told)
    return told.replace('"', "")


def _triggers(cursor: Any) -> dict[tuple[str, str], tuple[str, str]]:
    """Each trigger by table and name: when it fires, and its words."""
    cursor.execute(
        "SELECT relname, tgname, tgenabled, pg_get_triggerdef(t.oid) FROM pg_trigger t"
        " JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal AND relnamespace = 'public'::regnamespace"
    )
    return {(table, name): (fires, words) for table, name, fires, words in cursor.fetchall()}


def _is_ours(words: str, known: dict[str, Function]) -> bool:
    """Whether a trigger that no guard is calls a function of the public schema that a migration made."""
    called = words.rpartition("EXECUTE FUNCTION ")[2].partition("(")[0]
    return f"public.{called}" in known


def _written_once() -> list[str]:
    closed: list[type[models.Model]] = [*guard.append_only_models(), *ledger.salted_models(), LedgerLayout]
    return sorted({model._meta.db_table for model in closed})
