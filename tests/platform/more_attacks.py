"""More of what somebody with a password of the database can try: by statements that are rarely thought of."""

from tests.platform.attacks import _AS_DEFINER as AS_DEFINER
from tests.platform.attacks import _AT_DDL as AT_DDL
from tests.platform.attacks import _FIRST as FIRST
from tests.platform.attacks import _FREE as FREE
from tests.platform.attacks import _HERE as HERE
from tests.platform.attacks import _MIGRATION as MIGRATION
from tests.platform.attacks import _ORGANIZATION as ORGANIZATION
from tests.platform.attacks import _STUDY as STUDY
from tests.platform.attacks import (
    APP,
    DETECTED,
    DOCUMENTED,
    EVENT,
    HISTORY,
    OWNER,
    PREVENTED,
    SUPERUSER,
    Attack,
)
from tests.platform.attacks import _changed as changed

_ACTION = "11111111-1111-1111-1111-111111111111"
_OTHER = "(SELECT max(id) FROM organizations_organization)"
_BENT = f"UPDATE studies_study SET title = 'bent' WHERE {STUDY}"
_UNTOLD, _DATED = (
    "changed without a history row",
    "says that it happened at another time than the database wrote it down.",
)
_BEHIND = "differs from its newest history."
_UNSAID, _NOT_KEPT = "changed without an event", "is not what was last kept of it."
_RENAMED = "UPDATE accounts_user SET name = 'Bent'"
_RENAMED_HERE = f"UPDATE organizations_organization SET name = 'Bent' WHERE id = {ORGANIZATION}"
_STATE = (
    'INSERT INTO audit_accountstate (user_id, content, at, transaction_id) SELECT min(id), \'{"name": "Bent"}\', now(), 0'
    " FROM accounts_user"
)


def _saying(kind: str) -> str:
    """An event about every account, for what comes after it in the same transaction."""
    return (
        "INSERT INTO audit_securityevent (at, user_id, email, kind, device, detail, transaction_id)"
        f" SELECT now(), id, email, '{kind}', '', '', 0 FROM accounts_user;"
    )


def _event(row: str = f"nextval('{EVENT}_id_seq')", more: str = "") -> str:
    """An event of the first study, made up from another one."""
    return (
        f"INSERT INTO {EVENT} SELECT (jsonb_populate_record(e, jsonb_build_object('id', {row}, 'action_id', '{_ACTION}',"
        f" 'record_kind', 'studies.study', 'record_id', s.id, 'at', now(), 'sentence', 'did it' {more}))).*"
        f" FROM {EVENT} e, studies_study s WHERE e.{FIRST[EVENT]} AND s.{STUDY};"
    )


def _history(row: str = f"nextval('{HISTORY}_history_id_seq')", more: str = "") -> str:
    """A history row of the first study that says what `more` says."""
    return (
        f"INSERT INTO {HISTORY} SELECT (jsonb_populate_record(h, jsonb_build_object('history_id', {row}, 'action_id',"
        f" '{_ACTION}', 'history_date', now() {more}))).* FROM {HISTORY} h WHERE h.{FIRST[HISTORY]};"
    )


def _in_database(act: str) -> str:
    return f"DO $do$ BEGIN EXECUTE format('{act}', current_database()); END $do$;"


_LONG_AGO = ", '{}', '2020-01-01'"
_MERGED = (
    f"MERGE INTO {EVENT} t USING (SELECT id FROM {EVENT} WHERE {FIRST[EVENT]}) s ON t.id = s.id"
    " WHEN MATCHED THEN UPDATE SET reason = 'bent'"
)
_YES = "".join(
    f"CREATE FUNCTION public.yes({left}, {right}) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';"
    f"CREATE OPERATOR public.= (LEFTARG = {left}, RIGHTARG = {right}, FUNCTION = public.yes);"
    for left in ("text", "name")
    for right in ("text", "name")
)
_LIAR = (
    f"CREATE FUNCTION public.to_jsonb({EVENT}) RETURNS jsonb LANGUAGE sql AS"
    ' $$ SELECT pg_catalog.to_jsonb($1) || \'{"reason": ""}\' $$;'
)
_BLIND_PAYLOAD = (
    "SET ROLE cqms_definer; CREATE OR REPLACE FUNCTION guard.payload(layout bigint, name text, content jsonb, salt bytea)"
    " RETURNS bytea LANGUAGE sql AS $$ SELECT ''::bytea $$"
)
_NEVER = (
    f"{MIGRATION} DROP TRIGGER guard_rows ON {EVENT}; CREATE TRIGGER guard_rows BEFORE UPDATE OR DELETE ON {EVENT} FOR EACH"
    f" ROW WHEN (false) EXECUTE FUNCTION guard.refuse(); ALTER TABLE {EVENT} ENABLE ALWAYS TRIGGER guard_rows"
)
_ONE_COLUMN = (
    f"{MIGRATION} DROP TRIGGER guard_update ON studies_study; CREATE CONSTRAINT TRIGGER guard_update AFTER UPDATE OF number"
    " ON studies_study DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard.row_of_studies_study();"
    " ALTER TABLE studies_study ENABLE ALWAYS TRIGGER guard_update"
)
_SECOND_TRIGGER = (
    f"{MIGRATION} CREATE TRIGGER aside BEFORE INSERT ON {EVENT} FOR EACH ROW EXECUTE FUNCTION"
    " suppress_redundant_updates_trigger()"
)

OF_APP = (
    Attack("merge into the trail", APP, _MERGED, PREVENTED, "permission denied"),
    Attack("insert a record that is there, and update it on conflict", APP, "INSERT INTO studies_study SELECT * FROM"
           f" studies_study WHERE {STUDY} ON CONFLICT (id) DO UPDATE SET title = 'bent'", PREVENTED, _UNTOLD),
    Attack("update inside a query", APP, f"WITH done AS ({_BENT} RETURNING id) SELECT * FROM done", PREVENTED, _UNTOLD),
    Attack("open another organization before the commit", APP,
           f"{_BENT}; SELECT set_config('app.organization', {_OTHER}::text, true)", PREVENTED, _UNTOLD),
    Attack("close the organization before the commit", APP, f"{_BENT}; SELECT set_config('app.organization', '', true)",
           PREVENTED, _UNTOLD),
    Attack("ask for the checks first and defer them again", APP,
           f"SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; {_BENT}", PREVENTED, _UNTOLD),
    Attack("commit in two phases", APP, f"{_BENT}; PREPARE TRANSACTION 'later'", PREVENTED, _UNTOLD),
    Attack("write history in a savepoint and go back behind it", APP, f"{_event()} {_BENT}; SAVEPOINT one;"
           f" {_history(more=', $$title$$, $$bent$$')} ROLLBACK TO one", PREVENTED, _UNTOLD),
    Attack("swallow errors on the way", APP, f"DO $$ BEGIN BEGIN {_BENT}; EXCEPTION WHEN OTHERS THEN NULL; END; END $$",
           PREVENTED, _UNTOLD),
    Attack("change a record twice with history of the first time", APP, f"{_event()} {_BENT};"
           f" {_history(more=', $$title$$, $$bent$$')} UPDATE studies_study SET title = 'bent more' WHERE {STUDY}", PREVENTED,
           "differs from its newest history row"),
    Attack("move a record to another organization", APP, f"UPDATE studies_study SET organization_id = {_OTHER} WHERE {STUDY}",
           PREVENTED, "row-level security"),
    Attack("write an event into another organization", APP, _event(more=f", 'organization_id', {_OTHER}"), PREVENTED,
           "row-level security"),
    Attack("write history into another organization", APP, _event() + _history(more=f", 'organization_id', {_OTHER}"),
           PREVENTED, "row-level security"),
    Attack("make a function for the session", APP, "CREATE FUNCTION pg_temp.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT 1'",
           PREVENTED, "permission denied"),
    Attack("set the numbers of entries back", APP, f"SELECT setval('{EVENT}_id_seq', 1)", PREVENTED, "permission denied"),
    Attack("say that a redaction is going on", APP, f"SELECT set_config('guard.redaction', '1', true); {changed(EVENT)}",
           PREVENTED, "permission denied"),
    Attack("be a replica from the next session on", APP, "ALTER ROLE cqms_app SET session_replication_role = replica", PREVENTED,
           "permission denied"),
    Attack("run a program of the server", APP, f"COPY {EVENT} FROM PROGRAM 'true'", PREVENTED, "permission denied"),
    Attack("give its own rights away", APP, "DROP OWNED BY cqms_app", PREVENTED, AT_DDL),
    Attack("write history of a record that does not change", APP, _event() + _history(more=", 'title', 'bent'"), DETECTED,
           _BEHIND),
    Attack("write history that stays the newest for ever", APP, _event() + _history("9000000000000000000", ", 'title', 'bent'"),
           DETECTED, _BEHIND),
    Attack("tell the past anew by an entry that is dated back", APP, _event("-1", _LONG_AGO.format("at"))
           + _history("-1", _LONG_AGO.format("history_date")), DETECTED, f"in row -1 of {HISTORY} {_DATED}"),
    Attack("date an event back", APP, _event(more=_LONG_AGO.format("at")), DETECTED, f"of {EVENT} {_DATED}"),
    Attack("seal without a signature", APP, "SELECT guard.seal_queue(1)", DETECTED, "no checkpoint covers it."),
    Attack("store a tile before its time", APP, "INSERT INTO audit_ledgertile (organization_id, level, position, hashes, root)"
           f" VALUES ({ORGANIZATION}, 0, 77, 'x', 'y')", DETECTED, "Tile 77 of level 0 stands for entries that"),
    Attack("write a checkpoint without the key", APP, "INSERT INTO audit_ledgercheckpoint (organization_id, key_id, size, root,"
           " note, sealed_at) SELECT organization_id, key_id, 1000000, root, note, sealed_at FROM audit_ledgercheckpoint WHERE"
           f" {HERE} LIMIT 1", DETECTED, "Checkpoint at 1000000 entries: the signed text says something else than the row."),
    Attack("say that the witness holds what it never got", APP, "INSERT INTO audit_ledgerhandover (organization_id,"
           ' checkpoint_id, kind, "to", token, at) SELECT c.organization_id, c.id, h.kind, h."to", h.token, now() FROM'
           f" audit_ledgercheckpoint c, audit_ledgerhandover h WHERE c.{HERE} AND h.{HERE} AND h.checkpoint_id <> c.id LIMIT 1",
           DETECTED, "was given to the witness, who does not hold it."),
    Attack("give somebody another password", APP, "UPDATE accounts_user SET password = 'x'", DOCUMENTED,
           "change the password of an account"),
    Attack("call the organization by another name", APP, _RENAMED_HERE, PREVENTED, _UNSAID),
    Attack("suspend the organization", APP, f"UPDATE organizations_organization SET suspended_at = now() WHERE"
           f" id = {ORGANIZATION}", PREVENTED, _UNSAID),
    Attack("call a person by another name", APP, _RENAMED, PREVENTED, _UNSAID),
    Attack("let a person sign in with another address", APP, "UPDATE accounts_user SET email = 'x' || email", PREVENTED, _UNSAID),
    Attack("close an account", APP, "UPDATE accounts_user SET is_active = false", PREVENTED, _UNSAID),
    Attack("delete an account", APP, "DELETE FROM accounts_user", PREVENTED, "DELETE refused"),
    Attack("delete an organization", APP, "DELETE FROM organizations_organization", PREVENTED, "DELETE refused"),
    Attack("give somebody the rights of a role that nobody gave them", APP, "INSERT INTO accounts_user_groups (user_id, group_id)"
           " SELECT u.id, g.id FROM accounts_user u, auth_group g WHERE u.email = 'outsider@cast.test' AND g.name ="
           f" {ORGANIZATION} || ':quality_head:organizations.organization:' || {ORGANIZATION}", DETECTED,
           "which no role of theirs gives."),
    Attack("give a role a right that it does not have", APP, "INSERT INTO access_organizationgrant (organization_id,"
           f" content_object_id, group_id, permission_id) SELECT {ORGANIZATION}, {ORGANIZATION}, g.id, p.id FROM auth_group g,"
           f" auth_permission p WHERE g.name = {ORGANIZATION} || ':reader:organizations.organization:' || {ORGANIZATION} AND"
           " p.codename = 'assure'", DETECTED, "which no role gives it."),
    Attack("found an organization that takes the place of the first one", APP, "INSERT INTO organizations_organization (id, name,"
           " slug, zone, created_at) VALUES (-1, 'Bent', 'bent', 'UTC', now())", PREVENTED, "takes the place of the first"),
    Attack("write down another state of a person", APP, _STATE, PREVENTED, "permission denied"),
    Attack("call a person by another name, telling of a sign-in", APP, _saying("signed_in") + _RENAMED, PREVENTED,
           _UNSAID),
    Attack("call a person by another name, and say so in a new entry", APP, _saying("account_changed") + _RENAMED,
           DOCUMENTED, "a new entry in anybody's name"),
)  # fmt: skip

OF_OWNER = (
    Attack("call a person by another name", OWNER, _RENAMED, PREVENTED, _UNSAID),
    Attack("call the organization by another name", OWNER, _RENAMED_HERE, PREVENTED, _UNSAID),
    Attack("let the guard of names rest", OWNER, "ALTER TABLE accounts_user DISABLE TRIGGER guard_update", PREVENTED, AT_DDL),
    Attack("write down another state of a person", OWNER, _STATE, DETECTED, _NOT_KEPT),
    Attack("merge into the trail", OWNER, _MERGED, PREVENTED, "append-only"),
    Attack("insert an entry that is there, and update it on conflict", OWNER, f"INSERT INTO {EVENT} SELECT * FROM {EVENT} e WHERE"
           f" e.{FIRST[EVENT]} ON CONFLICT (id) DO UPDATE SET reason = 'bent'", PREVENTED, "append-only"),
    Attack("update the table alone, without children", OWNER, changed(EVENT).replace("UPDATE", "UPDATE ONLY"), PREVENTED,
           "append-only"),
    Attack("find an operator of its own before PostgreSQL's", OWNER, f"{_YES} SET search_path = public, pg_catalog;"
           f" SELECT set_config('guard.redaction', '1', true); {changed(EVENT)}", PREVENTED, AT_DDL),
    Attack("choose the number of the transaction by a function of that name", OWNER, "CREATE FUNCTION"
           " public.pg_current_xact_id() RETURNS xid8 LANGUAGE sql AS $$ SELECT '1'::xid8 $$", PREVENTED, AT_DDL),
    Attack("let rows look as they were to who verifies", OWNER, f"{_LIAR} {AS_DEFINER} {changed(EVENT)}", PREVENTED, AT_DDL),
    Attack("cast text its own way", OWNER, "CREATE CAST (text AS bigint) WITH INOUT", PREVENTED, "must be owner"),
    Attack("add rows by a child of the trail", OWNER, f"CREATE TABLE child () INHERITS ({EVENT})", PREVENTED, AT_DDL),
    Attack("make a table a child of the trail", OWNER, f"CREATE TABLE child (LIKE {EVENT}); ALTER TABLE child INHERIT {EVENT}",
           PREVENTED, AT_DDL),
    Attack("make the trail a child of another table", OWNER, f"CREATE TABLE parent (id bigint); ALTER TABLE {EVENT} INHERIT parent",
           PREVENTED, AT_DDL),
    Attack("make the trail a partition", OWNER, f"CREATE TABLE parted (LIKE {EVENT}) PARTITION BY RANGE (id); ALTER TABLE parted"
           f" ATTACH PARTITION {EVENT} DEFAULT", PREVENTED, "contains an identity column"),
    Attack("move the trail to another schema", OWNER, f"ALTER TABLE {EVENT} SET SCHEMA watch", PREVENTED, "permission denied"),
    Attack("rename the schema of the trail", OWNER, "ALTER SCHEMA public RENAME TO hidden", PREVENTED, AT_DDL),
    Attack("rename the schema of the guards", OWNER, _in_database("GRANT CREATE ON DATABASE %I TO cqms_definer")
           + "SET ROLE cqms_definer; ALTER SCHEMA guard RENAME TO loose", PREVENTED, AT_DDL),
    Attack("move a function of the guards away", OWNER, "CREATE SCHEMA pit AUTHORIZATION cqms_definer", PREVENTED, AT_DDL),
    Attack("let a function of the guards find other ones", OWNER,
           "SET ROLE cqms_definer; ALTER FUNCTION guard.refuse() SET search_path = public", PREVENTED, AT_DDL),
    Attack("put a second function beside one of the guards", OWNER, "SET ROLE cqms_definer; CREATE FUNCTION guard.leaf_hash(text)"
           " RETURNS bytea LANGUAGE sql AS $$ SELECT ''::bytea $$", PREVENTED, AT_DDL),
    Attack("number entries below the first", OWNER, f"ALTER SEQUENCE {EVENT}_id_seq MINVALUE -1000 RESTART WITH -1000", PREVENTED,
           AT_DDL),
    Attack("write an entry under the number of another one", OWNER, _event(f"(SELECT min(id) FROM {EVENT})"), PREVENTED,
           "duplicate key"),
    Attack("turn a table it has into one of that name", OWNER, f"CREATE TEMP TABLE mine (id int); ALTER TABLE mine RENAME TO {EVENT}",
           PREVENTED, AT_DDL),
    Attack("divert updates of a record by a rule", OWNER, "CREATE RULE away AS ON UPDATE TO studies_study DO INSTEAD NOTHING",
           PREVENTED, AT_DDL),
    Attack("give a column a type of its own", OWNER, f"CREATE DOMAIN public.told AS text; ALTER TABLE {EVENT} ALTER reason TYPE told",
           PREVENTED, AT_DDL),
    Attack("call a column otherwise", OWNER, f"ALTER TABLE {EVENT} RENAME COLUMN reason TO remark", PREVENTED, AT_DDL),
    Attack("open a second door in the wall", OWNER, f"CREATE POLICY door ON {EVENT} USING (true)", PREVENTED, AT_DDL),
    Attack("allow two leaves at one position", OWNER, "ALTER TABLE audit_ledgerleaf DROP CONSTRAINT ledger_leaf_position_once",
           PREVENTED, AT_DDL),
    Attack("truncate what the trail points to", OWNER, "TRUNCATE accounts_user CASCADE", PREVENTED, "append-only"),
    Attack("drop all it owns", OWNER, "DROP OWNED BY cqms_owner CASCADE", PREVENTED, AT_DDL),
    Attack("hand all it owns to the definer", OWNER, "REASSIGN OWNED BY cqms_owner TO cqms_definer", PREVENTED, "permission denied"),
    Attack("make the application the definer", OWNER, "GRANT cqms_definer TO cqms_app", PREVENTED, "permission denied"),
    Attack("let every session be a replica", OWNER, _in_database("ALTER DATABASE %I SET session_replication_role = replica"),
           PREVENTED, "permission denied"),
    Attack("let every session migrate", OWNER, _in_database("ALTER DATABASE %I SET cqms.migrating = yes"), PREVENTED,
           "permission denied"),
    Attack("let the application make tables of its own", OWNER, _in_database("GRANT ALL ON DATABASE %I TO cqms_app"), DETECTED,
           "the right of the application to make tables"),
    Attack("empty the queue as the definer", OWNER, "SET ROLE cqms_definer; DELETE FROM audit_ledgerqueue", DETECTED,
           "stands in no log."),
    Attack("append a leaf as the definer", OWNER, "SET ROLE cqms_definer; INSERT INTO audit_ledgerleaf (id, organization_id,"
           " layout_id, row_id, salt, hash, queued_at, position) SELECT 999999, organization_id, layout_id, 424242, salt, hash,"
           f" queued_at, 999999 FROM audit_ledgerleaf WHERE {HERE} LIMIT 1", DETECTED, "Entry 999999: no checkpoint covers it."),
    Attack("queue a leaf of no row as the definer", OWNER, "SET ROLE cqms_definer; INSERT INTO audit_ledgerqueue (organization_id,"
           f" layout_id, row_id, salt, hash, queued_at) VALUES ({ORGANIZATION}, 1, 424242, 'x', 'y', now())", DETECTED,
           "Not sealed yet:"),
    Attack("say that it migrates and empty the function of a guard", OWNER, f"{MIGRATION} SET ROLE cqms_definer; CREATE OR REPLACE"
           " FUNCTION guard.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'", DETECTED,
           "function guard.refuse"),
    Attack("say that it migrates and let every row have the same hash", OWNER, f"{MIGRATION} {_BLIND_PAYLOAD}", DETECTED,
           "The function guard.payload of the database is not the one of this portal."),
    Attack("say that it migrates and let a guard never fire", OWNER, _NEVER, DETECTED, f"{EVENT}.guard_rows"),
    Attack("say that it migrates and let a guard watch one column", OWNER, _ONE_COLUMN, DETECTED, "studies_study.guard_update"),
    Attack("say that it migrates and rewrite what is written", OWNER, _SECOND_TRIGGER, DETECTED, f"the trigger aside on {EVENT}"),
    Attack("say that it migrates and divert what is written", OWNER,
           f"{MIGRATION} CREATE RULE away AS ON INSERT TO {EVENT} DO INSTEAD NOTHING", DETECTED, f"the rule away on {EVENT}"),
    Attack("say that it migrates and add a child", OWNER, f"{MIGRATION} CREATE TABLE child () INHERITS ({EVENT})", DETECTED,
           f"the child child of {EVENT}"),
    Attack("say that it migrates and shadow the trail", OWNER, f"{MIGRATION} CREATE SCHEMA cqms_app; CREATE VIEW cqms_app.{EVENT} AS"
           f" SELECT * FROM public.{EVENT}", DETECTED, f"the second relation cqms_app.{EVENT}"),
    Attack("say that it migrates and let rows look as they were", OWNER, f"{MIGRATION} {_LIAR}", DETECTED,
           f"to_jsonb({EVENT}) of the database is none of this portal's."),
    Attack("say that it migrates and let all texts be equal", OWNER, f"{MIGRATION} {_YES}", DETECTED, "The operator"),
    Attack("say that it migrates and give the application more rights", OWNER, f"{MIGRATION} GRANT ALL ON {EVENT} TO cqms_app",
           DETECTED, f"the right of the application to update {EVENT}"),
)  # fmt: skip

OF_SUPERUSER = (
    Attack("call a person by another name", SUPERUSER, FREE + _RENAMED, DETECTED, f"of accounts_user {_NOT_KEPT}"),
    Attack("call the organization by another name", SUPERUSER, FREE + _RENAMED_HERE, DETECTED,
           f"of organizations_organization {_NOT_KEPT}"),
    Attack("call a person by another name since long ago", SUPERUSER, f"{FREE} {_RENAMED}; UPDATE audit_accountstate SET content ="
           " content || '{\"name\": \"Bent\"}'", DETECTED, "of audit_accountstate is not what was sealed."),
    Attack("open an account behind everybody's back", SUPERUSER, f"{FREE} INSERT INTO accounts_user SELECT (jsonb_populate_record(u,"
           " '{\"id\": 987654, \"email\": \"bent@example.org\"}')).* FROM accounts_user u ORDER BY id LIMIT 1", DETECTED,
           f"row 987654 of accounts_user {_NOT_KEPT}"),
    Attack("drop the event triggers", SUPERUSER, "DROP EVENT TRIGGER guard_ddl; DROP EVENT TRIGGER guard_drop", DETECTED,
           "event trigger guard_drop"),
    Attack("let everybody be free to migrate", SUPERUSER, "CREATE OR REPLACE FUNCTION watch.is_free() RETURNS boolean LANGUAGE sql"
           " AS 'SELECT true'", DETECTED, "function watch.is_free"),
    Attack("write into the catalogue that a guard rests", SUPERUSER, "UPDATE pg_trigger SET tgenabled = 'D' WHERE tgname ="
           f" 'guard_rows' AND tgrelid = '{EVENT}'::regclass", DETECTED, f"{EVENT}.guard_rows"),
    Attack("write another body into the catalogue", SUPERUSER, "UPDATE pg_proc SET prosrc = ' BEGIN RETURN NEW; END ' WHERE proname ="
           " 'refuse'", DETECTED, "function guard.refuse"),
    Attack("say that an entry was queued a day before", SUPERUSER, f"{FREE} UPDATE audit_ledgerleaf l SET queued_at = queued_at -"
           f" interval '1 day' FROM audit_ledgerlayout y WHERE y.id = l.layout_id AND y.source = '{EVENT}' AND l.{HERE}", DETECTED,
           f"of {EVENT} {_DATED}"),
    Attack("say that a checkpoint was sealed a day before", SUPERUSER, f"{FREE} UPDATE audit_ledgercheckpoint SET sealed_at ="
           f" sealed_at - interval '1 day' WHERE {HERE}", DETECTED, "the signed text says something else than the row."),
    Attack("let the ledger look into another table", SUPERUSER, f'{FREE} UPDATE audit_ledgerlayout SET "table" ='
           f" 'audit_securityevent' WHERE source = '{EVENT}'", DETECTED, f"The ledger knows other columns of {EVENT} than there are"),
    Attack("let the ledger forget a column", SUPERUSER, f"{FREE} UPDATE audit_ledgerlayout SET columns = columns - 0 WHERE source ="
           f" '{EVENT}'", DETECTED, f"The ledger knows other columns of {EVENT} than there are"),
    Attack("take the whole log away", SUPERUSER, f"{FREE} DELETE FROM audit_ledgerhandover WHERE {HERE}; DELETE FROM"
           f" audit_ledgercheckpoint WHERE {HERE}; DELETE FROM audit_ledgerleaf WHERE {HERE}", DETECTED,
           "A witness holds a checkpoint at"),
)  # fmt: skip

MORE_ATTACKS = (*OF_APP, *OF_OWNER, *OF_SUPERUSER)
