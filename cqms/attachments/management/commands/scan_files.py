"""Hash every stored file again and say which are not what was stored."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cqms.attachments.models import StoredFile
from cqms.attachments.scan import scan, unknown_files
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from cqms.organizations.selectors import every_organization


class Command(BaseCommand):
    """`manage.py scan_files`: exit code 1 and one line for each difference, else a count."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Scan the files of every organization."""
        differing = sum(self._scan(organization) for organization in every_organization())
        if differing:
            raise CommandError(f"{differing} files are not what was stored.")

    def _scan(self, organization: Organization) -> int:
        with scope(organization):
            found, unknown, count = scan(), unknown_files(), StoredFile.objects.count()
        for difference in found:
            self.stdout.write(f"{organization.slug} {difference.sha256}: {difference.problem}")
        self.stdout.write(
            f"{organization.name}: {count} files, {len(found)} differences, {len(unknown)} left over from undone work."
        )
        return len(found)
