"""`manage.py export_organization`: everything that one organization holds, in one archive, and nothing of another."""

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from cqms.portal.organization_export import export_organization

_PAUSE_SECONDS = 5


class Command(BaseCommand):
    """Ends with 1 when a stored file is damaged or gone; the archive then says which."""

    help = "Write everything that one organization holds to one archive: records, history, trail, ledger, files."

    _said = 0.0

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the organization's short name in addresses, such as alder")
        parser.add_argument("--to", required=True, type=Path, metavar="FILE", help="the archive to write: a new file")
        parser.add_argument("--reason", default="", help="why; it becomes part of the trail")

    def handle(self, *, slug: str, to: Path, reason: str, **options: Any) -> None:
        try:
            made = export_organization(slug, to, reason=reason, tell=self._progress)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(
            f"{to} holds everything of {made.organization}: {sum(made.rows.values()):,} rows of {len(made.rows)} tables"
            f" and {made.files:,} files.\nIts SHA-256 is {made.sha256}. Keep it as secret as the portal itself."
        )
        for line in made.damaged:
            self.stderr.write(f"Not in it: the file {line}")
        if made.damaged:
            sys.exit(1)

    def _progress(self, what: str, done: int, of: int) -> None:
        """One line that is written over on a terminal; elsewhere a line now and then."""
        words = f"{done} of {of}: {what}"
        if self.stderr.isatty():
            self.stderr.write(f"\r{words}".ljust(80), ending="" if done < of else "\n")
            self.stderr.flush()
        elif done == of or time.monotonic() - self._said > _PAUSE_SECONDS:
            self._said = time.monotonic()
            self.stderr.write(words)
