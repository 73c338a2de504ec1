"""The same portal in containers: valid files, the same processes, no more rights than needed, no password in sight."""

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cqms.instance.compose import make_env
from cqms.instance.entry import ROOT
from cqms.instance.postgres import _SHAPE

TOOLS = Path(sys.executable).parent
TEXT = (ROOT / "docker-compose.yml").read_text()
PORTAL = ("web", "worker", "beat", "migrate")


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load(TEXT)["services"]


def test_the_compose_file_keeps_the_specification():
    command = [TOOLS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", ROOT / "docker-compose.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ok -- validation done\n", "")


def test_the_dockerfile_is_without_a_complaint():
    done = subprocess.run([TOOLS / "hadolint", ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_everything_of_the_issue_is_there(services):
    assert sorted(services) == ["beat", "mail", "migrate", "postgres", "proxy", "valkey", "web", "worker"]
    assert services["postgres"]["image"] == "postgres:18"
    assert all(service.get("image") for service in services.values())


def test_the_portal_s_processes_have_no_more_rights_than_they_need(services):
    for name in PORTAL:
        service = services[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.search(r"^USER \d+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


def test_only_the_migration_knows_who_owns_the_database(services):
    knowing = {name for name, service in services.items() if "DATABASE_OWNER_URL" in service.get("environment", {})}
    assert knowing == {"migrate"}
    for name in ("web", "worker", "beat"):
        assert "cqms_app" in services[name]["environment"]["DATABASE_URL"]
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_nothing_but_the_proxy_is_open_to_the_world(services):
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published == {"mail": ["127.0.0.1:8025:8025"], "proxy": ["80:80", "443:443"]}


def test_the_database_is_shaped_like_the_embedded_one(services):
    arguments = services["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()
    assert set(arguments) <= set(_SHAPE)
    assert {"--locale-provider=builtin", "--builtin-locale=C.UTF-8"} <= set(arguments)


def test_the_commands_are_those_of_the_embedded_run(services):
    assert "--config cqms/instance/gunicorn_settings.py" in services["web"]["command"]
    assert "celery -A cqms worker --concurrency 2 --without-gossip --without-mingle" in services["worker"]["command"]
    assert "celery -A cqms beat --schedule" in services["beat"]["command"]
    steps = re.findall(r"python (\S+ ?\S+)", services["migrate"]["command"])
    assert steps == ["-m cqms.instance.database;", "manage.py migrate;", "manage.py collectstatic"]


def test_every_password_comes_from_the_env_file(tmp_path, capsys):
    needed = set(re.findall(r"\$\{(\w+):\?", TEXT))
    assert make_env.main(tmp_path / ".env") == 0
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    made = dict(line.split("=") for line in (tmp_path / ".env").read_text().split())
    assert set(made) == needed
    assert len(set(made.values())) == len(needed)
    before = (tmp_path / ".env").read_text()
    assert make_env.main(tmp_path / ".env") == 2
    assert (tmp_path / ".env").read_text() == before
    assert "keep it" in capsys.readouterr().err


def test_the_proxy_speaks_tls_and_passes_everything_to_the_portal():
    lines = [line.strip() for line in (ROOT / "cqms/instance/compose/Caddyfile").read_text().splitlines()]
    assert "{$CQMS_HOST:localhost} {" in lines
    assert "reverse_proxy web:8000" in lines
    assert not any("http://" in line for line in lines)


def test_what_the_image_copies_exists():
    wanted = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert [name for name in wanted if not (ROOT / name).exists()] == []
