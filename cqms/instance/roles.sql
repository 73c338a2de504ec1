-- Who may what in a cluster. Run by the superuser, as often as one likes; `owner` and `app` are encrypted passwords.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cqms_owner') THEN CREATE ROLE cqms_owner; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cqms_app') THEN CREATE ROLE cqms_app; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cqms_definer') THEN CREATE ROLE cqms_definer; END IF;
END
$$;

-- Migrates and owns the tables; row-level security is forced on it too.
ALTER ROLE cqms_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD %(owner)s;
-- What the portal runs as: it owns nothing.
ALTER ROLE cqms_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD %(app)s;
-- Reading a page by an index costs hardly more than the next page in turn (flash, or memory): with the server's 4 a list
-- of a small organization would walk through everybody's rows by the primary key instead of through its own by its index.
ALTER ROLE cqms_app SET random_page_cost = 1.1;
-- Nobody can sign in as it; its functions see all rows and filter by themselves.
ALTER ROLE cqms_definer NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS;
GRANT cqms_definer TO cqms_owner WITH INHERIT FALSE, SET TRUE;
