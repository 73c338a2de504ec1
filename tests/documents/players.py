"""The people of the document stories, a draft of theirs, and the steps as they take them."""

from documents import services, steps
from documents.models import DocumentType, Version
from documents.services import Draft
from tests.cast import Cast
from tests.world.building import carry, credentials, draft, our_players

TITLE = "Archiving of essential records"


def begin(cast: Cast, *, kind=DocumentType.SOP, study=None, title=TITLE, **content) -> Version:
    """A new document with a complete first draft."""
    made = draft(our_players(cast), title, **content)
    if study is not None:
        made = Draft(made.content, made.reviewers, [cast.medical_monitor, cast.statistician], made.file)
    return services.open_document(
        actor=cast.author, type=kind, title=made.content["title"], owner=cast.process_owner, study=study, draft=made
    )


def sign(version: Version, key: str, person, reason: str = "Because.", **more) -> Version:
    """One signed step."""
    return steps.take_step(version, key, actor=person, credentials=credentials(person), reason=reason, **more)


def effective(cast: Cast, **options) -> Version:
    """A version that is effective today."""
    return carry(begin(cast, **options), our_players(cast), steps_done=4)


def following(cast: Cast, version: Version, *, minor=False, title=TITLE, **content) -> Version:
    """The next version of a document, as a complete draft."""
    made = draft(our_players(cast), title, **content)
    return services.begin_version(version.document, actor=cast.author, minor=minor, draft=made)


def fresh(version: Version) -> Version:
    """The version as it is in the database."""
    return Version.objects.get(pk=version.pk)
