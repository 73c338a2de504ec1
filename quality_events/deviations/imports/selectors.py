"""Reads of imports: which exist for a person, the file of one, and what was chosen the last time."""

from django.db.models import Q, QuerySet

from cqms.access.reach import narrowings, visible
from cqms.accounts.models import User
from cqms.attachments.models import Attachment
from cqms.attachments.services import open_checked
from cqms.audit.models import kind_of
from cqms.lists.tables import Table, read_table
from quality_events.deviations.imports.columns import remembered
from quality_events.deviations.models import DeviationImport, ProtocolDeviation
from studies.models import STUDY, Study


def imports_for(person: User) -> QuerySet[DeviationImport]:
    """The imports that exist for this person: a file tells of all sites, so who sees some finds their own only."""
    rows = DeviationImport.objects.select_related("study", "asked_by", "organization")
    rows = visible(rows, person, anchor=STUDY, column="study_id")
    return rows.exclude(_of_all_sites(person)).order_by("-pk")


def entries_of_unseen_imports(reader: User) -> Q:
    """The entries of the trail about imports that do not exist for a reader who sees some sites only."""
    if not narrowings(reader):
        return Q(pk__in=())
    kind = kind_of(DeviationImport)
    unseen = DeviationImport.objects.filter(_of_all_sites(reader)).values("pk")
    files = Attachment.objects.filter(record_kind=kind, record_id__in=unseen).values("pk")
    return Q(record_kind=kind, record_id__in=unseen) | Q(record_kind=kind_of(Attachment), record_id__in=files)


def file_of(record: DeviationImport) -> Attachment:
    """The file as it came."""
    rows = Attachment.objects.filter(record_kind=kind_of(record), record_id=record.pk, removed_at__isnull=True)
    found: Attachment = rows.select_related("file").earliest("pk")
    return found


def table_of(record: DeviationImport) -> Table:
    """What stands in the file. Raises DamagedFile, RedactedFile or ValidationError."""
    with open_checked(file_of(record).file, record=record) as file:
        return read_table(file)


def columns_for(record: DeviationImport, heads: list[str]) -> dict[str, str]:
    """What was chosen for this file, else the last time for its study and source, else for the source, else a guess."""
    others = DeviationImport.objects.filter(source_system=record.source_system, lane=record.lane).exclude(columns="")
    of_study = others.filter(study=record.study).order_by("-pk").first()
    last = None if record.columns else of_study or others.order_by("-pk").first()
    return remembered(last.columns if last else record.columns, heads)


def known_name(source_system: str) -> str:
    """The name of a source system as it was written the first time, so that one system has one name."""
    name = " ".join(source_system.split())
    found = DeviationImport.objects.filter(source_system__iexact=name).order_by("pk").first()
    made = None if found else ProtocolDeviation.objects.filter(source_system__iexact=name).order_by("pk").first()
    return found.source_system if found else made.source_system if made else name


def _of_all_sites(person: User) -> Q:
    studies = [pk for kind, pk in narrowings(person) if kind == STUDY]
    return Q(study__in=Study.objects.filter(pk__in=studies).values("pk")) & ~Q(asked_by=person)
