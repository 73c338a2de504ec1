"""A pool that hands connections from one transaction to the next carries no organization along."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from django.db import connection, connections
from psycopg2.extensions import parse_dsn

from cqms.audit import services as audit
from cqms.audit.models import AuditEvent
from cqms.organizations.models import Membership
from cqms.organizations.scope import NoScope, scope
from studies.models import Study
from tests.cast import Cast
from tests.platform.committed import at_once
from tests.world import building as worlds

PGBOUNCER = shutil.which("pgbouncer")
SERVERS, CLIENTS, TURNS = 2, 8, 25
PORT = 6432

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is missing: apt-get install pgbouncer"),
]

CONFIGURATION = """
[databases]
pooled = host={host} port={port} dbname={dbname} user={user} password={password}
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = {pool_port}
auth_type = any
pool_mode = transaction
default_pool_size = {servers}
server_reset_query =
ignore_startup_parameters = extra_float_digits,options
"""


@pytest.fixture
def pool(own_world, tmp_path_factory) -> Iterator[None]:
    """Django speaks to pgbouncer, which has fewer connections than there are threads."""
    folder = Path("/tmp", f"pool-{os.getpid()}")
    folder.mkdir()
    folder.chmod(0o777)
    server = {"host": "", "port": "5432", **parse_dsn(own_world.app)}
    file = folder / "pgbouncer.ini"
    file.write_text(CONFIGURATION.format(**server, folder=folder, pool_port=PORT, servers=SERVERS))
    nobody = pwd.getpwnam("nobody").pw_name if os.geteuid() == 0 else None
    process = subprocess.Popen([str(PGBOUNCER), "-q", str(file)], user=nobody, stderr=subprocess.PIPE)
    settings = connections.settings["default"]
    before = {name: settings[name] for name in ("NAME", "HOST", "PORT", "CONN_MAX_AGE")}
    try:
        wait_for(folder, process)
        connections.close_all()
        settings.update(NAME="pooled", HOST=str(folder), PORT=str(PORT), CONN_MAX_AGE=0)
        yield
    finally:
        connections.close_all()
        settings.update(before)
        process.terminate()
        process.wait()
        process.stderr.close()
        shutil.rmtree(folder)


def wait_for(folder: Path, process: subprocess.Popen) -> None:
    for _ in range(600):
        try:
            psycopg2.connect(host=str(folder), port=PORT, dbname="pooled", user="anybody").close()
        except psycopg2.OperationalError:
            assert process.poll() is None, process.stderr.read().decode()
            time.sleep(0.1)
        else:
            return
    pytest.fail("pgbouncer did not answer")


def work(cast: Cast, seed: int) -> list[str]:
    """Alternate between the organizations, also with errors; whatever is seen of the wrong one."""
    wrong = []
    places = [(cast.ours, {"NW-101", "NW-202"}, cast.qa), (cast.theirs, {"HR-900"}, cast.outsider)]
    for turn in range(TURNS):
        organization, numbers, person = places[(seed + turn) % 2]
        try:
            with scope(organization):
                seen = set(Study.objects.values_list("number", flat=True))
                if seen != numbers:
                    wrong.append(f"{organization} saw {sorted(seen)}")
                audit.append(Membership.objects.get(user=person), actor=person, verb="pool", sentence=f"{seed} {turn}")
                _ = 1 / (turn % 5 - 4)
        except ZeroDivisionError:
            pass
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(current_setting('app.organization', true), ''), count(*) FROM studies_study"
            )
            if (left := cursor.fetchone()) != ("", 0):
                wrong.append(f"after the scope: {left}")
        if turn % 7 == 6:
            connection.close()
    return wrong


def test_nothing_leaks_through_a_pool(pool):
    cast = worlds.look_up()
    answers = at_once(*(lambda seed=seed: work(cast, seed) for seed in range(CLIENTS)))
    assert [line for answer in answers for line in answer] == []
    with scope(cast.ours):
        ours = AuditEvent.objects.filter(verb="pool")
        assert set(ours.values_list("actor_name", flat=True)) == {"Quentin Abara"}
        first = ours.count()
    with scope(cast.theirs):
        assert first + AuditEvent.objects.filter(verb="pool").count() == CLIENTS * TURNS * 4 // 5
    with pytest.raises(NoScope):
        Study.objects.count()
