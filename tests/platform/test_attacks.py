"""Every attack on the trail that we could think of, as each role of the database: prevented, detected, or documented."""

import uuid
from types import SimpleNamespace

import psycopg2
import pytest
from django.test import override_settings

from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.ledger.sealing import seal
from cqms.audit.ledger.verifying import verify
from cqms.audit.ledger.witnesses import hand_over
from cqms.audit.models import SecurityEventKind
from cqms.audit.standing import look
from cqms.instance.entry import ROOT
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from tests.cast import PEOPLE, Cast, email_of
from tests.platform import attacks
from tests.platform.attacks import APP, DETECTED, DOCUMENTED, OWNER, PREVENTED, SUPERUSER, Attack
from tests.platform.more_attacks import MORE_ATTACKS
from tests.platform.test_redactions import approved, slip
from tests.world.fixtures import inside

ATTACKS = (*attacks.ATTACKS, *MORE_ATTACKS)
_DECISION = ROOT / "cqms" / "decisions" / "0024-what-the-trail-cannot-prove.md"


@pytest.fixture(scope="module")
def sealed(services, django_db_setup, django_db_blocker, tmp_path_factory):
    """A committed database with everything there is to bend: entries, signatures, a redaction, seals and witnesses."""
    name, folder = f"attacked_{uuid.uuid4().hex[:8]}", tmp_path_factory.mktemp("attacked")
    addresses = services.clone(name)
    told = {"KEYS_DIR": folder / "keys", "WITNESS_FOLDER": folder / "witness"}
    with override_settings(**told):
        with inside(name), django_db_blocker.unblock():
            users = {user.email: user for user in User.objects.all()}
            ours = Organization.objects.get(slug="northwind")
            cast = Cast(SimpleNamespace(**{who: users[email_of(who)] for who in PEOPLE}), ours, ours)
            audit.note_security(SecurityEventKind.LOCKED, user=cast.reader)
            with scope(ours):
                study = slip(cast)
                approved(cast, study)
            seal(ours, at_most=10)
            hand_over(ours)
            with scope(ours):
                audit.append(study, actor=cast.qa, verb="note", sentence="noted what still waits for the sealer")
            assert verify(ours).differences == []
        yield SimpleNamespace(
            services=services, name=name, addresses=addresses, ours=ours, unblock=django_db_blocker.unblock
        )
    services.drop(name)


def attempt(addresses, attack: Attack, organization: int) -> str:
    """Do it and commit; why it was refused, blank when it was not."""
    dsn = {APP: addresses.app, OWNER: addresses.owner, SUPERUSER: addresses.superuser}[attack.role]
    link = psycopg2.connect(dsn)
    try:
        with link, link.cursor() as cursor:
            cursor.execute("SELECT set_config('app.organization', %s, true)", [str(organization)])
            cursor.execute(attack.sql)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg2.Error as error:
        return str(error)
    finally:
        link.close()
    return ""


def by_outcome(outcome: str) -> list[Attack]:
    return [attack for attack in ATTACKS if attack.outcome == outcome]


@pytest.mark.parametrize("attack", by_outcome(PREVENTED), ids=str)
def test_it_is_prevented(sealed, attack):
    said = attempt(sealed.addresses, attack, sealed.ours.pk)
    assert attack.words in said, said or "nobody refused"


def found_after(sealed, attack: Attack) -> list[str]:
    """What verifying and /readyz say once it was done, in a database of its own."""
    name = f"bent_{uuid.uuid4().hex[:8]}"
    addresses = sealed.services.clone(name, of=sealed.name)
    try:
        assert attempt(addresses, attack, sealed.ours.pk) == ""
        with inside(name), sealed.unblock():
            stand = look()
            return [each.sentence for each in verify(sealed.ours).differences] + stand.missing + stand.beside
    finally:
        sealed.services.drop(name)


@pytest.mark.parametrize("attack", by_outcome(DETECTED), ids=str)
def test_it_is_detected(sealed, attack):
    found = found_after(sealed, attack)
    assert [sentence for sentence in found if attack.words in sentence] != [], found or "nobody noticed"


@pytest.mark.parametrize("attack", by_outcome(DOCUMENTED), ids=str)
def test_it_cannot_be_seen_and_a_decision_says_so(sealed, attack):
    assert found_after(sealed, attack) == []
    assert attack.words in " ".join(_DECISION.read_text(encoding="utf-8").split())


def test_the_table_of_attacks(capsys):
    rows = [f"{attack.role:12} {attack.outcome:11} {attack.name}" for attack in ATTACKS]
    with capsys.disabled():
        print("\n" + "\n".join(rows))
    assert len(set(rows)) == len(rows) >= 160
    assert {attack.role for attack in ATTACKS} == {APP, OWNER, SUPERUSER}
