"""A sealer or a database that dies in the middle: nothing is lost, nothing is sealed twice, the trail holds."""

import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings as portal

from cqms.audit import services as audit
from cqms.audit.ledger.models import LedgerLeaf, LedgerQueue
from cqms.audit.ledger.sealing import seal
from cqms.audit.ledger.verifying import verify
from cqms.organizations.scope import scope
from studies.models import Study
from tests.platform.instances import Run, eventually, free_port, open_folder, running
from tests.platform.waiting import leaves_to_come

pytestmark = pytest.mark.slow

SEAL = """
import django
django.setup()
from cqms.audit.ledger.sealing import seal
from cqms.organizations.models import Organization
seal(Organization.objects.get(slug="northwind"), at_most=2)
"""
KILLS = 3


def leaves(company) -> int:
    with scope(company.ours):
        return LedgerLeaf.objects.count()


@pytest.mark.commits
def test_a_sealer_that_is_killed_seals_nothing_twice(company, clone, tmp_path):
    told = {"DATABASE_URL": clone.app, "CQMS_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "cqms.settings_test"}
    with scope(company.ours):
        study = Study.objects.get(number="NW-101")
        for number in range(600):
            audit.append(study, actor=company.qa, verb="note", sentence=f"noted number {number}")
        written = leaves_to_come()
    sealed = [0]
    for _ in range(KILLS):
        sealer = subprocess.Popen([sys.executable, "-c", SEAL], cwd=portal.BASE_DIR, env={**os.environ, **told})
        eventually(lambda: leaves(company) > sealed[-1], 60)
        sealer.kill()
        sealer.wait()
        sealed.append(leaves(company))
        with scope(company.ours):
            assert sealed[-1] + LedgerQueue.objects.count() == written + 2  # two rows of the key
        assert verify(company.ours).differences == []
    assert 0 < sealed[1] < written
    seal(company.ours)
    with scope(company.ours):
        assert LedgerLeaf.objects.count() == written + 2
    assert verify(company.ours).differences == []


def test_a_database_that_is_killed_while_it_seals_loses_nothing():
    with open_folder() as folder, Run("--data", folder / "data", "--port", free_port()) as run:
        run.until("Ctrl-C stops everything")
        before = running(folder / "data")["pids"]["postgres"]
        os.kill(before, signal.SIGKILL)
        eventually(lambda: running(folder / "data")["pids"]["postgres"] not in (before, None), 60)

        def holds() -> bool:
            with Run("--data", folder / "data", "verify_trail", command="manage") as verifying:
                return verifying.end() == 0 and "not sealed yet" not in verifying.output

        eventually(holds, 90)
