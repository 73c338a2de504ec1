"""What somebody with a password of the database can try against the trail, and what becomes of it.

`prevented`: the database refuses. `detected`: it happens, and verifying or /readyz names it. `documented`: it happens
and nothing in the portal can show it; the words stand in the decision that says what the trail cannot prove.
"""

from dataclasses import dataclass

APP, OWNER, SUPERUSER = "application", "owner", "superuser"
PREVENTED, DETECTED, DOCUMENTED = "prevented", "detected", "documented"


@dataclass(frozen=True)
class Attack:
    """One attempt: `sql` as that role in the open organization; `words` are said by whoever refuses or finds it."""

    name: str
    role: str
    sql: str
    outcome: str
    words: str

    def __str__(self) -> str:
        return f"{self.role}: {self.name}"


EVENT, HISTORY, SIGNATURE = "audit_auditevent", "studies_historicalstudy", "signatures_signature"
_HERE = "organization_id = current_setting('app.organization')::bigint"
_FIRST = {
    EVENT: f"id = (SELECT min(id) FROM {EVENT} WHERE {_HERE})",
    HISTORY: f"history_id = (SELECT min(history_id) FROM {HISTORY} WHERE {_HERE})",
    SIGNATURE: f"id = (SELECT min(id) FROM {SIGNATURE} WHERE {_HERE})",
}
_COLUMN = {EVENT: "reason", HISTORY: "title", SIGNATURE: "signer_name"}
_FREE = (
    "ALTER EVENT TRIGGER guard_ddl DISABLE; ALTER EVENT TRIGGER guard_drop DISABLE; SET session_replication_role = replica;"
    "DO $$ DECLARE r record; BEGIN FOR r IN SELECT tgrelid::regclass AS t, tgname AS n FROM pg_trigger"
    " WHERE NOT tgisinternal LOOP EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', r.t, r.n); END LOOP; END $$;"
)
_MIGRATION = "SET cqms.migrating = 'yes';"
_AS_DEFINER = "SET ROLE cqms_definer; SELECT set_config('guard.redaction', '1', true);"
_ORGANIZATION = "current_setting('app.organization')::bigint"


def _changed(table: str) -> str:
    return f"UPDATE {table} SET {_COLUMN[table]} = 'bent' WHERE {_FIRST[table]}"


def _gone(table: str) -> str:
    return f"DELETE FROM {table} WHERE {_FIRST[table]}"


def _forged_tombstone(number: str, redaction: str) -> str:
    return (
        'INSERT INTO audit_ledgertombstone (organization_id, "table", layout_id, row_id, old_hash, new_hash, redaction_id,'
        " redaction, asked_by, approved_by, reason, at, request_signature_id, approval_signature_id, transaction_id)"
        f" SELECT l.organization_id, '{EVENT}', l.layout_id, l.row_id, l.hash, guard.leaf_hash(guard.payload(l.layout_id,"
        f" '{EVENT}', to_jsonb(t), '')), {redaction}, '{number}', 'Samuel Mora', 'Quentin Abara', 'x', now(), 1, 2, 0"
        f" FROM audit_ledgerleaf l JOIN {EVENT} t ON t.id = l.row_id JOIN audit_ledgerlayout y ON y.id = l.layout_id"
        f" AND y.\"table\" = '{EVENT}' WHERE l.{_HERE} AND t.{_FIRST[EVENT]}"
    )


def _on_rows(role: str, said: str) -> list[Attack]:
    return [
        attack
        for table in (EVENT, HISTORY, SIGNATURE)
        for attack in (
            Attack(f"change a row of {table}", role, _changed(table), PREVENTED, said),
            Attack(f"delete a row of {table}", role, _gone(table), PREVENTED, said),
            Attack(f"truncate {table}", role, f"TRUNCATE {table} CASCADE", PREVENTED, said),
        )
    ]


_STUDY = f"id = (SELECT min(id) FROM studies_study WHERE {_HERE})"
_AT_DDL = "this is no migration"

OF_APP = (
    *_on_rows(APP, "permission denied"),
    Attack("change a record without history", APP, f"UPDATE studies_study SET title = 'bent' WHERE {_STUDY}", PREVENTED,
           "changed without a history row"),
    Attack("delete a record", APP, f"DELETE FROM studies_study WHERE {_STUDY}", PREVENTED, "DELETE refused"),
    Attack("write history without an event", APP, f"INSERT INTO {HISTORY} SELECT (jsonb_populate_record(h,"
           f" '{{\"history_id\": 987654}}')).* FROM {HISTORY} h WHERE {_FIRST[HISTORY]}", PREVENTED, "history without an event"),
    Attack("change a leaf", APP, "UPDATE audit_ledgerleaf SET hash = sha256('x')", PREVENTED, "permission denied"),
    Attack("empty the queue", APP, "DELETE FROM audit_ledgerqueue", PREVENTED, "permission denied"),
    Attack("queue a leaf of one's own", APP, "INSERT INTO audit_ledgerqueue (organization_id, layout_id, row_id, hash,"
           f" queued_at) VALUES ({_ORGANIZATION}, 1, 1, sha256('x'), now())", PREVENTED, "permission denied"),
    Attack("change a checkpoint", APP, "UPDATE audit_ledgercheckpoint SET size = 1", PREVENTED, "permission denied"),
    Attack("change a security event", APP, "UPDATE audit_securityevent SET email = 'x'", PREVENTED, "permission denied"),
    Attack("write a tombstone", APP, _forged_tombstone("RED-0009", "9"), PREVENTED, "permission denied"),
    Attack("redact without an approval", APP, "SELECT guard.redact(987654, '[]')", PREVENTED, "not approved by two people"),
    Attack("redact again what was redacted", APP, "SELECT guard.redact(max(id), '[]') FROM redactions_redaction", PREVENTED,
           "or done already"),
    Attack("keep a column that no migration removes", APP, f"SELECT guard.keep_column('{EVENT}', 1, 'id', 'reason')",
           PREVENTED, "permission denied"),
    Attack("switch guards off", APP, f"ALTER TABLE {EVENT} DISABLE TRIGGER ALL", PREVENTED, "must be owner"),
    Attack("drop a guard", APP, f"DROP TRIGGER guard_rows ON {EVENT}", PREVENTED, "must be owner"),
    Attack("be a replica, for which triggers rest", APP, "SET session_replication_role = replica", PREVENTED, "permission denied"),
    Attack("become the owner", APP, "SET ROLE cqms_owner", PREVENTED, "permission denied"),
    Attack("become the definer", APP, "SET ROLE cqms_definer", PREVENTED, "permission denied"),
    Attack("shadow a table", APP, f"CREATE TEMP TABLE {EVENT} (id bigint)", PREVENTED, "permission denied"),
    Attack("replace a function of the guard", APP, "CREATE OR REPLACE FUNCTION guard.refuse() RETURNS trigger LANGUAGE plpgsql"
           " AS 'BEGIN RETURN NEW; END'", PREVENTED, "permission denied"),
    Attack("switch the walls off", APP, f"ALTER TABLE {EVENT} DISABLE ROW LEVEL SECURITY", PREVENTED, "must be owner"),
    Attack("say that it migrates", APP, f"{_MIGRATION} ALTER TABLE {EVENT} DISABLE TRIGGER ALL", PREVENTED, "must be owner"),
    Attack("write a new entry in the name of somebody else", APP, f"INSERT INTO {EVENT} SELECT (jsonb_populate_record(e,"
           f" jsonb_build_object('id', nextval('{EVENT}_id_seq'), 'sentence', 'said nothing'))).* FROM {EVENT} e"
           f" WHERE {_FIRST[EVENT]}", DOCUMENTED, "a new entry in anybody's name"),
)  # fmt: skip

OF_OWNER = (
    *_on_rows(OWNER, "append-only"),
    Attack("change a record without history", OWNER, f"UPDATE studies_study SET title = 'bent' WHERE {_STUDY}", PREVENTED,
           "changed without a history row"),
    Attack("change a leaf", OWNER, f"UPDATE audit_ledgerleaf SET hash = sha256('x') WHERE {_HERE}", PREVENTED, "append-only"),
    Attack("empty the queue", OWNER, f"DELETE FROM audit_ledgerqueue WHERE {_HERE}", PREVENTED, "emptied by the sealer alone"),
    Attack("switch guards off", OWNER, f"ALTER TABLE {EVENT} DISABLE TRIGGER ALL", PREVENTED, "denied"),
    Attack("switch one guard off", OWNER, f"ALTER TABLE {EVENT} DISABLE TRIGGER guard_rows", PREVENTED, _AT_DDL),
    Attack("let a guard rest for replicas", OWNER, f"ALTER TABLE {EVENT} ENABLE TRIGGER guard_rows", PREVENTED, _AT_DDL),
    Attack("drop a guard", OWNER, f"DROP TRIGGER guard_rows ON {EVENT}", PREVENTED, _AT_DDL),
    Attack("rename a guard", OWNER, f"ALTER TRIGGER guard_rows ON {EVENT} RENAME TO resting", PREVENTED, _AT_DDL),
    Attack("rename a guarded table", OWNER, f"ALTER TABLE {EVENT} RENAME TO old_events", PREVENTED, _AT_DDL),
    Attack("drop a guarded table", OWNER, f"DROP TABLE {EVENT} CASCADE", PREVENTED, _AT_DDL),
    Attack("shadow a guarded table", OWNER, f"CREATE TEMP TABLE {EVENT} (id bigint)", PREVENTED, _AT_DDL),
    Attack("shadow it in another schema", OWNER, f"CREATE SCHEMA other CREATE TABLE {EVENT} (id bigint)", PREVENTED, _AT_DDL),
    Attack("divert what is written by a rule", OWNER, f"CREATE RULE away AS ON INSERT TO {EVENT} DO INSTEAD NOTHING", PREVENTED,
           _AT_DDL),
    Attack("rewrite what is written by a trigger", OWNER, f"CREATE TRIGGER aside BEFORE INSERT ON {EVENT} FOR EACH ROW EXECUTE"
           " FUNCTION suppress_redundant_updates_trigger()", PREVENTED, _AT_DDL),
    Attack("drop a column", OWNER, f"ALTER TABLE {HISTORY} DROP COLUMN title", PREVENTED, _AT_DDL),
    Attack("switch the walls off", OWNER, f"ALTER TABLE {EVENT} NO FORCE ROW LEVEL SECURITY", PREVENTED, _AT_DDL),
    Attack("give the application more rights", OWNER, f"GRANT ALL ON {EVENT} TO cqms_app", PREVENTED, _AT_DDL),
    Attack("replace a function of the guard", OWNER, "SET ROLE cqms_definer; CREATE OR REPLACE FUNCTION guard.refuse() RETURNS"
           " trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'", PREVENTED, _AT_DDL),
    Attack("drop the functions of the guard", OWNER, "SET ROLE cqms_definer; DROP SCHEMA guard CASCADE", PREVENTED, "DROP SCHEMA"),
    Attack("drop an event trigger", OWNER, "DROP EVENT TRIGGER guard_ddl", PREVENTED, "must be owner"),
    Attack("be a replica, for which triggers rest", OWNER, "SET session_replication_role = replica", PREVENTED,
           "permission denied"),
    Attack("say that it migrates, switch a guard off, change an entry", OWNER,
           f"{_MIGRATION} ALTER TABLE {EVENT} DISABLE TRIGGER guard_rows; {_changed(EVENT)}", DETECTED, "is not what was sealed."),
    Attack("say that it migrates and drop a guard", OWNER, f"{_MIGRATION} DROP TRIGGER guard_leaf ON {EVENT}", DETECTED,
           f"{EVENT}.guard_leaf"),
    Attack("say that it migrates and put another function behind a guard", OWNER,
           f"{_MIGRATION} DROP TRIGGER guard_truncate ON {EVENT}; CREATE FUNCTION public.nothing() RETURNS trigger LANGUAGE"
           f" plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON {EVENT} EXECUTE FUNCTION"
           f" public.nothing(); ALTER TABLE {EVENT} ENABLE ALWAYS TRIGGER guard_truncate", DETECTED, f"{EVENT}.guard_truncate"),
    Attack("redact as the definer", OWNER, f"{_AS_DEFINER} {_changed(EVENT)}", DETECTED, "is not what was sealed."),
    Attack("redact as the definer, with a tombstone of no redaction", OWNER,
           f"{_AS_DEFINER} {_changed(EVENT)}; {_forged_tombstone('RED-0009', '9')}", DETECTED,
           "There is no approved redaction RED-0009."),
    Attack("redact as the definer, in the name of a real redaction", OWNER,
           f"{_AS_DEFINER} {_changed(EVENT)}; {_forged_tombstone('RED-0001', '(SELECT min(id) FROM redactions_redaction)')}",
           DETECTED, "The redaction RED-0001 covers other entries than those with its tombstones."),
    Attack("erase a salt as the definer", OWNER, f"{_AS_DEFINER} UPDATE audit_ledgerleaf SET salt = '' WHERE position = 3 AND"
           f" {_HERE}", DETECTED, "is not what was sealed."),
)  # fmt: skip

_SWAP = (
    f"UPDATE audit_ledgerleaf SET position = 1000000 - position WHERE position IN (3, 4) AND {_HERE};"
    f"UPDATE audit_ledgerleaf SET position = position - 999993 WHERE position > 900000 AND {_HERE}"
)
_CUT = (
    f"DELETE FROM audit_ledgerhandover WHERE {_HERE}; DELETE FROM audit_ledgercheckpoint WHERE {_HERE} AND size > 10;"
    f"DELETE FROM audit_ledgerleaf WHERE {_HERE} AND position >= 10"
)
_QUIET, _LOUD = (
    f"ALTER TABLE {EVENT} {act} TRIGGER guard_rows; ALTER TABLE audit_ledgerqueue {act} TRIGGER guard_rows;"
    for act in ("DISABLE", "ENABLE ALWAYS")
)
_BEFORE_SEALING = (
    f'INSERT INTO {EVENT} SELECT (jsonb_populate_record(e, \'{{"id": 987654, "sentence": "said the truth"}}\')).* FROM'
    f" {EVENT} e WHERE {_FIRST[EVENT]}; SET CONSTRAINTS ALL IMMEDIATE; {_QUIET} UPDATE {EVENT} SET sentence = 'lied' WHERE id = 987654;"
    " UPDATE audit_ledgerqueue q SET hash = guard.leaf_hash(guard.payload(q.layout_id, 'audit_auditevent', to_jsonb(e), q.salt))"
    f" FROM {EVENT} e WHERE e.id = 987654 AND q.row_id = 987654; {_LOUD}"
)

OF_SUPERUSER = (
    Attack("be a replica and change an entry", SUPERUSER, f"SET session_replication_role = replica; {_changed(EVENT)}",
           PREVENTED, "append-only"),
    *(Attack(f"switch guards off and change a row of {table}", SUPERUSER, _FREE + _changed(table), DETECTED,
             "is not what was sealed.") for table in (EVENT, HISTORY, SIGNATURE)),
    *(Attack(f"switch guards off and delete a row of {table}", SUPERUSER, _FREE + _gone(table), DETECTED, "is gone.")
      for table in (EVENT, HISTORY, SIGNATURE)),
    Attack("change a record alone", SUPERUSER, f"{_FREE} UPDATE studies_study SET title = 'bent' WHERE {_STUDY}", DETECTED,
           "differs from its newest history."),
    Attack("change a security event", SUPERUSER, f"{_FREE} UPDATE audit_securityevent SET email = 'bent'", DETECTED,
           "of audit_securityevent is not what was sealed."),
    Attack("change an entry and its leaf", SUPERUSER, f"{_FREE} {_changed(EVENT)}; UPDATE audit_ledgerleaf l SET hash ="
           f" guard.leaf_hash(guard.payload(l.layout_id, '{EVENT}', to_jsonb(e), l.salt)) FROM {EVENT} e WHERE e.id = l.row_id"
           f" AND l.{_HERE} AND e.{_FIRST[EVENT]}", DETECTED, "The leaves do not lead to the checkpoint"),
    Attack("swap two leaves", SUPERUSER, f"{_FREE} {_SWAP}", DETECTED, "do not lead to the checkpoint"),
    Attack("take a leaf out", SUPERUSER, f"{_FREE} DELETE FROM audit_ledgerleaf WHERE position = 5 AND {_HERE}", DETECTED,
           "positions are missing or double."),
    Attack("smuggle a row in", SUPERUSER, f"{_FREE} INSERT INTO {HISTORY} SELECT (jsonb_populate_record(h, '{{\"history_id\":"
           f" 987654}}')).* FROM {HISTORY} h WHERE {_FIRST[HISTORY]}", DETECTED, "stands in no log."),
    Attack("cut the end of the log with its checkpoints", SUPERUSER, f"{_FREE} {_CUT}", DETECTED,
           "A witness holds a checkpoint at"),
    Attack("change the text of a checkpoint", SUPERUSER, f"{_FREE} UPDATE audit_ledgercheckpoint SET note ="
           f" replace(note, E'\\n10\\n', E'\\n11\\n') WHERE size = 10 AND {_HERE}", DETECTED, "does not fit the text."),
    Attack("change the root of a checkpoint", SUPERUSER, f"{_FREE} UPDATE audit_ledgercheckpoint SET root = sha256('x') WHERE"
           f" size = 10 AND {_HERE}", DETECTED, "the signed text says something else than the row."),
    Attack("exchange the key", SUPERUSER, f"{_FREE} UPDATE audit_ledgerkey SET public_key = repeat('ab', 32) WHERE {_HERE}",
           DETECTED, "was never made by this installation"),
    Attack("change a tombstone", SUPERUSER, f"{_FREE} UPDATE audit_ledgertombstone SET approved_by = 'Nobody' WHERE {_HERE}",
           DETECTED, "names other people than the signatures"),
    Attack("take the approval of a redaction away", SUPERUSER, f"{_FREE} UPDATE redactions_redaction SET state = 'declined'"
           f" WHERE {_HERE}", DETECTED, "There is no approved redaction"),
    Attack("delete a tombstone", SUPERUSER, f"{_FREE} DELETE FROM audit_ledgertombstone WHERE {_HERE}", DETECTED,
           "is not what was sealed."),
    Attack("switch the event triggers off", SUPERUSER, "ALTER EVENT TRIGGER guard_ddl DISABLE", DETECTED,
           "event trigger guard_ddl"),
    Attack("change an entry in the seconds before it is sealed", SUPERUSER, _BEFORE_SEALING, DOCUMENTED,
           "before it was sealed"),
)  # fmt: skip

ATTACKS = (*OF_APP, *OF_OWNER, *OF_SUPERUSER)
