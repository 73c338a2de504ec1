"""bin/manage verify_trail: whether every entry of the trail is still what was sealed."""

import datetime as dt
import sys
import time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_date, parse_datetime

from cqms.audit.ledger.verifying import Verdict, verify
from cqms.organizations.models import Organization
from cqms.organizations.selectors import every_organization, organization_named

_PAUSE_SECONDS = 5


class Command(BaseCommand):
    """Re-hashes rows, tree and checkpoints; ends with 1 and names the first difference when there is one."""

    help = "Verify the audit trail: every row, proof and checkpoint, in all organizations or one."

    _said = 0.0

    def add_arguments(self, parser: CommandParser) -> None:
        """--organization and --since narrow what is looked at."""
        parser.add_argument("--organization", metavar="NAME", help="its short name in addresses; without: all")
        parser.add_argument(
            "--since",
            metavar="MOMENT",
            type=_moment,
            help="only what was sealed since then: 2026-11-28 or with time, UTC",
        )

    def handle(self, *, organization: str | None, since: dt.datetime | None, **options: Any) -> None:
        """Verify one organization after the other and say what was found."""
        broken = 0
        for each in _chosen(organization):
            verdict = verify(each, since=since, say=self._progress)
            self._tell(verdict)
            broken += not verdict.holds
        if broken:
            self.stderr.write(f"The trail does not hold in {broken} organization{'s' if broken > 1 else ''}.")
            sys.exit(1)

    def _progress(self, what: str, done: int, of: int) -> None:
        """One line that is written over on a terminal; elsewhere a line now and then."""
        words = f"{what}{f' {100 * done // of} %' if of else ''}"
        if self.stderr.isatty():
            self.stderr.write(f"\r{words}".ljust(40), ending="")
            self.stderr.flush()
        elif time.monotonic() - self._said > _PAUSE_SECONDS:
            self._said = time.monotonic()
            self.stderr.write(words)

    def _tell(self, verdict: Verdict) -> None:
        entries = f"{verdict.entries} entries under {verdict.checkpoints} checkpoints"
        waiting = f", {verdict.waiting} not sealed yet" if verdict.waiting else ""
        word = "holds" if verdict.holds else "DOES NOT HOLD"
        self.stdout.write(f"{verdict.organization}: {entries}{waiting}: the trail {word}.")
        for remark in verdict.remarks:
            self.stdout.write(f"  Note: {remark}")
        for redaction in verdict.redactions:
            self.stdout.write(f"  Redacted, which is no difference: {redaction}")
        if not verdict.holds:
            first, *others = verdict.differences
            self.stdout.write(f"  First difference: {first.sentence}")
            for difference in others:
                self.stdout.write(f"  Also: {difference.sentence}")


def _chosen(slug: str | None) -> list[Organization]:
    if slug is None:
        return every_organization()
    try:
        return [organization_named(slug)]
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error


def _moment(text: str) -> dt.datetime:
    """A day begins at midnight UTC; a moment without a zone is UTC."""
    day = parse_date(text) if len(text) == len("2026-11-28") else None
    moment = dt.datetime.combine(day, dt.time()) if day else parse_datetime(text)
    if moment is None:
        raise ValueError(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
