"""The backend that `DATABASES` names. Django looks for it in a module of this name."""

from django.db.backends.postgresql import base

from cqms.audit.postgresql.schema import KeepingSchemaEditor


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL as Django knows it; migrations go through the editor below."""

    SchemaEditorClass = KeepingSchemaEditor
