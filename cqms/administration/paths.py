"""The addresses of records that administration shows."""

from django.urls import reverse

from cqms.configuration.models import VersionOfSettings


def version_path(version: VersionOfSettings, view: str = "administration:settings_version", **more: str) -> str:
    """The address of a version of the settings, or of one of its steps."""
    return reverse(view, kwargs={"number": version.number, **more})
