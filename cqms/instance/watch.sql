-- Keeps DDL from removing, disabling, renaming or shadowing a guard, whoever owns the tables. Run by a superuser, who
-- alone can make event triggers; where there is none, /readyz and verify_trail find it afterwards. A migration says
-- that it is one; what it does is written to the server's log.

CREATE SCHEMA IF NOT EXISTS watch;
GRANT USAGE ON SCHEMA watch TO PUBLIC;

-- Whether the role may do what it likes: a superuser, or a migration.
CREATE OR REPLACE FUNCTION watch.is_free() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT coalesce(current_setting('cqms.migrating', true), '') = 'yes'
    OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
$body$;

-- The table that an object is, or belongs to; null for anything else.
CREATE OR REPLACE FUNCTION watch.table_of(class oid, object oid) RETURNS oid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT CASE class
    WHEN 'pg_class'::regclass THEN coalesce(
      (SELECT refobjid FROM pg_depend WHERE classid = class AND objid = object AND refclassid = class
        AND deptype IN ('a', 'i') AND EXISTS (SELECT FROM pg_class WHERE oid = object AND relkind = 'S')), object)
    WHEN 'pg_trigger'::regclass THEN (SELECT tgrelid FROM pg_trigger WHERE oid = object)
    WHEN 'pg_rewrite'::regclass THEN (SELECT ev_class FROM pg_rewrite WHERE oid = object)
    WHEN 'pg_policy'::regclass THEN (SELECT polrelid FROM pg_policy WHERE oid = object)
    WHEN 'pg_constraint'::regclass THEN (SELECT conrelid FROM pg_constraint WHERE oid = object)
  END
$body$;

CREATE OR REPLACE FUNCTION watch.is_guarded(relation oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = relation AND tgname LIKE 'guard\_%')
$body$;

CREATE OR REPLACE FUNCTION watch.shadows(relation oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT EXISTS (SELECT FROM pg_class mine JOIN pg_class theirs ON theirs.relname = mine.relname AND theirs.oid <> mine.oid
    WHERE mine.oid = relation AND watch.is_guarded(theirs.oid))
$body$;

-- Whether a change concerns the guards: what has no schema (rights, schemas, publications) may always, and so may a
-- function, an operator or a cast anywhere, because a search path can put it in the place of PostgreSQL's own. Rows of a
-- child are its parent's, whose triggers do not see them.
CREATE OR REPLACE FUNCTION watch.concerns(class oid, object oid, schema text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT schema IS NULL OR schema IN ('guard', 'watch')
    OR class IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_cast'::regclass)
    OR watch.is_guarded(watch.table_of(class, object)) OR watch.shadows(object)
    OR EXISTS (SELECT FROM pg_inherits WHERE inhrelid = object AND watch.is_guarded(inhparent))
$body$;

CREATE OR REPLACE FUNCTION watch.refuse_ddl() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  done record;
BEGIN
  FOR done IN SELECT * FROM pg_event_trigger_ddl_commands() LOOP
    CONTINUE WHEN NOT watch.concerns(done.classid, done.objid, done.schema_name);
    IF NOT watch.is_free() THEN
      RAISE EXCEPTION '% of % refused: it is guarded, and this is no migration', done.command_tag,
        coalesce(done.object_identity, 'a right') USING ERRCODE = '42501';
    END IF;
    IF NOT coalesce((SELECT rolsuper FROM pg_roles WHERE rolname = current_user), false) THEN
      RAISE LOG 'cqms migration by %: % of %', session_user, done.command_tag, done.object_identity;
    END IF;
  END LOOP;
END $body$;

CREATE OR REPLACE FUNCTION watch.refuse_drop() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  gone record;
BEGIN
  FOR gone IN SELECT * FROM pg_event_trigger_dropped_objects()
    WHERE schema_name IN ('guard', 'watch') OR object_identity IN ('guard', 'watch')
      OR object_type = 'trigger' AND object_identity LIKE 'guard\_%' LOOP
    IF NOT watch.is_free() THEN
      RAISE EXCEPTION '% refused: % guards the trail, and this is no migration', tg_tag, gone.object_identity
        USING ERRCODE = '42501';
    END IF;
  END LOOP;
END $body$;

DROP EVENT TRIGGER IF EXISTS guard_ddl;
DROP EVENT TRIGGER IF EXISTS guard_drop;
CREATE EVENT TRIGGER guard_ddl ON ddl_command_end EXECUTE FUNCTION watch.refuse_ddl();
CREATE EVENT TRIGGER guard_drop ON sql_drop EXECUTE FUNCTION watch.refuse_drop();
ALTER EVENT TRIGGER guard_ddl ENABLE ALWAYS;
ALTER EVENT TRIGGER guard_drop ENABLE ALWAYS;
