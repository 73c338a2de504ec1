"""Files and comments of records as the API shows and takes them."""

from rest_framework import serializers

from cqms.api.serializers import Input, PersonSerializer
from cqms.attachments.models import Attachment
from cqms.audit.models import Lane
from cqms.comments.models import LONGEST, Comment

_LANE_HELP = "Who may know of it: everybody who sees the record, or only who sees that lane."


class RemarkSerializer(serializers.ModelSerializer[Comment]):
    """What somebody said about a record."""

    author = PersonSerializer(read_only=True)
    lane = serializers.ChoiceField(choices=Lane.choices, read_only=True)

    class Meta:
        model = Comment
        fields = ("id", "text", "author", "written_at", "lane", "revision")


class AttachedFileSerializer(serializers.ModelSerializer[Attachment]):
    """A file of a record; its bytes stand at its own address."""

    size = serializers.IntegerField(source="file.size", read_only=True, help_text="In bytes.")
    sha256 = serializers.CharField(source="file.sha256", read_only=True)
    media_type = serializers.CharField(source="file.media_type", read_only=True)
    added_by = PersonSerializer(read_only=True, allow_null=True)
    lane = serializers.ChoiceField(choices=Lane.choices, read_only=True)

    class Meta:
        model = Attachment
        fields = ("id", "name", "label", "size", "sha256", "media_type", "added_by", "lane", "revision")


class RemarkInput(Input):
    """A comment on a record."""

    text = serializers.CharField(max_length=LONGEST)
    lane = serializers.ChoiceField(choices=Lane.choices, default=Lane.GENERAL, help_text=_LANE_HELP)


class FileInput(Input):
    """A file for a record."""

    file = serializers.FileField(allow_empty_file=True, max_length=200)
    label = serializers.CharField(max_length=200, allow_blank=True, default="", help_text="What it is.")
    lane = serializers.ChoiceField(choices=Lane.choices, default=Lane.GENERAL, help_text=_LANE_HELP)


class LeaveInput(Input):
    """Why something leaves the page of a record."""

    reason = serializers.CharField(max_length=2000)
