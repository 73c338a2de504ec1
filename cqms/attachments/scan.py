"""Proving that the files are still what was stored."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from cqms.attachments.models import StoredFile, folder_of
from cqms.attachments.services import check
from cqms.organizations.scope import current_organization_id

_HASH_LENGTH = 64


@dataclass(frozen=True)
class Difference:
    """A file that is not what the database says, in words."""

    sha256: str
    problem: str


def scan() -> list[Difference]:
    """Hash every file of the open organization again; what differs, by hash. Minutes for gigabytes.

    A file that was taken away must not be there.
    """
    rows = StoredFile.objects.filter(taken_away__isnull=True).order_by("sha256")
    problems = ((stored.sha256, check(stored)) for stored in rows.iterator(chunk_size=500))
    gone = StoredFile.objects.filter(taken_away__isnull=False).order_by("sha256")
    left = [Difference(stored.sha256, "It was redacted and is still there.") for stored in gone if stored.path.exists()]
    return [*left, *(Difference(sha256, problem) for sha256, problem in problems if problem)]


def unknown_files() -> list[str]:
    """Hashes of files of the open organization that no row names: left by work that was undone, harmless."""
    known = set(StoredFile.objects.values_list("sha256", flat=True))
    return sorted(set(_files_on_disk()) - known)


def _files_on_disk() -> Iterator[str]:
    for _folder, _folders, names in os.walk(folder_of(current_organization_id())):
        yield from (name for name in names if len(name) == _HASH_LENGTH)
