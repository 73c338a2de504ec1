"""The life of a version of the settings, and everything that changes it."""

from django.db import transaction
from django.utils import timezone

from cqms.accounts.models import User
from cqms.administration.policies import may_approve_settings, may_decline_settings, may_propose_settings
from cqms.audit import services as audit
from cqms.audit.refusals import Blocked, Changed, refusable
from cqms.configuration.models import VersionOfSettings, VersionOfSettingsState
from cqms.configuration.rules import Settings, as_values
from cqms.configuration.selectors import current_settings, every_version, forget, proposed
from cqms.configuration.words import changes, in_sentence
from cqms.identity.configuring import put_in_force
from cqms.notifications.services import Message, notify
from cqms.organizations.models import Organization
from cqms.organizations.scope import current_organization_id
from cqms.signatures.models import Meaning
from cqms.signatures.services import Credentials
from cqms.workflow.engine import Step, Workflow

_S = VersionOfSettingsState

SETTINGS = Workflow(
    "configuration.versionofsettings",
    states=VersionOfSettingsState,
    tones={_S.PROPOSED: "progress", _S.IN_FORCE: "good", _S.REPLACED: "neutral", _S.DECLINED: "neutral"},
    steps=(
        Step(
            "approve", (_S.PROPOSED,), _S.IN_FORCE, "Approve", "approved the version of the settings",
            "These settings hold from this moment; the version before is replaced.",
            allowed=may_approve_settings, signature=Meaning.APPROVED, kind="primary",
        ),
        Step(
            "decline", (_S.PROPOSED,), _S.DECLINED, "Decline", "declined the version of the settings",
            "Nothing changes. Another version can be proposed.",
            allowed=may_decline_settings, reason=True, kind="danger",
        ),
        Step(
            "replace", (_S.IN_FORCE,), _S.REPLACED, "Replace", "replaced the version of the settings",
            "A later version was approved.",
        ),
        Step(
            "enforce", (_S.PROPOSED,), _S.IN_FORCE, "Enforce", "let it hold at once, because it only stops sign-in",
            "What only takes a way in does not wait for a second person.",
        ),
        Step(
            "set_aside", (_S.PROPOSED,), _S.DECLINED, "Set aside", "was set aside",
            "What it was proposed on holds no longer. It can be proposed again.",
        ),
    ),
)  # fmt: skip


def propose(
    found: Settings, *, reason: str, actor: User, on: int | None = None, sealed_secret: str = ""
) -> VersionOfSettings:
    """Propose settings for the open organization; they hold once somebody else approved them.

    `on` is the version that was on the screen; `sealed_secret` comes with a provider whose secret changes. Raises
    Denied, Changed, and Blocked when nothing would change or another version waits.
    """
    may_propose_settings.demand(actor)
    lock()
    if on is not None and on != current_settings().version:
        raise Changed("Another version has come into force meanwhile. Both are shown below.")
    if proposed() is not None:
        raise Blocked(["Another version waits for its approval. Decide about it first."])
    what = changes(current_settings(), found)
    if not what:
        raise Blocked(["Nothing would change."])
    newest = every_version().first()
    version = VersionOfSettings(
        number=newest.number + 1 if newest else 1,
        values=as_values(found),
        sealed_secret=sealed_secret,
        summary=in_sentence(what),
        reason=reason.strip(),
        proposed_by=actor,
    )
    said = f"proposed version {version.number} of the settings"
    return audit.save(version, actor=actor, verb="propose", sentence=said, reason=reason)


def approve(
    version: VersionOfSettings, *, actor: User, revision: int, credentials: Credentials | None
) -> VersionOfSettings:
    """Let the settings hold from now on; the version before is replaced. Raises a Refused."""
    with refusable(version, actor=actor, attempt=SETTINGS.attempt("approve")):
        lock()
        before = _replaced()
        done = SETTINGS.perform(
            version,
            "approve",
            actor=actor,
            revision=revision,
            credentials=credentials,
            values={"approved_by": actor, "approved_at": timezone.now()},
        )
        _put_in_force(done, before, actor)
    return done


def enforce(version: VersionOfSettings, *, actor: User) -> VersionOfSettings:
    """Let a version hold that only stops what others could do here; who proposed it answers for it alone."""
    before = _replaced()
    done = SETTINGS.perform(version, "enforce", actor=None)
    _put_in_force(done, before, actor)
    return done


def lock() -> None:
    """One decision about the settings at a time, each on what holds now."""
    Organization.objects.select_for_update().get(pk=current_organization_id())
    forget()


def decline(version: VersionOfSettings, *, actor: User, revision: int, reason: str) -> VersionOfSettings:
    """Let everything be as it was. Raises a Refused."""
    return SETTINGS.perform(version, "decline", actor=actor, revision=revision, reason=reason)


def found_settings(found: Settings, *, proposer: User, approver: User, reason: str, credentials: Credentials) -> None:
    """Propose and approve in one go, by two people; for organizations that are set up by a command."""
    with transaction.atomic():
        version = propose(found, reason=reason, actor=proposer)
        approve(version, actor=approver, revision=version.revision, credentials=credentials)


def _replaced() -> Settings:
    """What held until now; its version is replaced."""
    before = VersionOfSettings.objects.filter(state=_S.IN_FORCE).first()
    if before is None:
        return Settings()
    SETTINGS.perform(before, "replace", actor=None)
    return before.settings()


def _put_in_force(version: VersionOfSettings, before: Settings, actor: User) -> None:
    """Let rows that say a setting once more, where others read it, say what the version says."""
    found = version.settings()
    if found.provider != before.provider:
        for person in put_in_force(found.provider, version.sealed_secret, actor=actor, reason=version.reason):
            _tell_signed_out(person, version)
    organization = Organization.objects.get(pk=current_organization_id())
    if organization.zone != found.zone:
        _move(organization, found.zone, actor, version.reason)
    forget()


def _move(organization: Organization, zone: str, actor: User, reason: str) -> None:
    told = [{"field": "zone", "label": "time zone", "old": organization.zone, "new": zone}]
    sentence = "changed the time zone of the organization"
    audit.append(organization, actor=actor, verb="change", sentence=sentence, changes=told, reason=reason)  # type: ignore[arg-type]
    organization.zone = zone
    organization.save(update_fields=["zone"])


def _tell_signed_out(person: User, version: VersionOfSettings) -> None:
    organization = version.organization
    message = Message(
        key=f"sessions_ended:{version.pk}",
        subject=f"{organization} uses the sign-in no longer through which you came in",
        body="The sessions that it had opened were ended. Sign in with your password; who has none sets one under "
        "“I cannot sign in”.",
        path=organization.path("portal:home"),
        stands_alone=True,
    )
    notify(person, message)
