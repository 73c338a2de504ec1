"""Who judges or moves deviations of a study and who signs its freeze wait for each other.

It is held before any row is locked, the studies in the order of their keys, until the transaction ends.
"""

from collections.abc import Iterable

from django.db import connection

_SHARED = "SELECT pg_advisory_xact_lock_shared(hashtext('deviations.freeze'), %s)"
_ALONE = "SELECT pg_advisory_xact_lock(hashtext('deviations.freeze'), %s)"


def hold_open(studies: Iterable[int]) -> None:
    """Wait until nobody signs a freeze of these studies, then keep them from it; others go on judging meanwhile."""
    _wait(_SHARED, studies)


def hold_still(study: int) -> None:
    """Wait until nobody judges or moves a deviation of the study, then keep everybody from it."""
    _wait(_ALONE, [study])


def _wait(statement: str, studies: Iterable[int]) -> None:
    with connection.cursor() as cursor:
        for study in sorted(set(studies)):
            cursor.execute(statement, [study])
