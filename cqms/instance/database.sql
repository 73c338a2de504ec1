-- Who may what in the portal's database. Run in it by the superuser, as often as one likes; {database} is its name.

REVOKE ALL ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT ON DATABASE {database} TO cqms_app;

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS citext;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO cqms_app, cqms_definer;

ALTER DEFAULT PRIVILEGES FOR ROLE cqms_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO cqms_app;
ALTER DEFAULT PRIVILEGES FOR ROLE cqms_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO cqms_app;
ALTER DEFAULT PRIVILEGES FOR ROLE cqms_owner IN SCHEMA public
    GRANT SELECT ON TABLES TO cqms_definer;

CREATE SCHEMA IF NOT EXISTS guard AUTHORIZATION cqms_definer;
GRANT USAGE ON SCHEMA guard TO cqms_owner, cqms_app;
