"""Django's PostgreSQL backend with a schema editor that keeps sealed rows checkable."""
