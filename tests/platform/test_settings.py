"""What a machine's environment makes of the settings."""

import json
import subprocess
import sys
from typing import Any

import pytest

from cqms.instance.entry import ROOT
from tests.platform.instances import clean_environment

READ = "import json, sys, cqms.settings as s; print(json.dumps({n: getattr(s, n, None) for n in sys.argv[1:]}))"


def settings_of(*names: str, **environment: str) -> list[Any]:
    words = [sys.executable, "-c", READ, *names]
    told = clean_environment(**environment)
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, env=told, check=True)
    read = json.loads(done.stdout)
    return [read[name] for name in names]


@pytest.mark.parametrize(
    ("url", "server", "tls"),
    [
        ("smtp://mail:1025", ["mail", 1025, "", ""], [False, False]),
        ("smtp://us%40er:p%3A%2Fs@mx.example", ["mx.example", 587, "us@er", "p:/s"], [False, True]),
        ("smtp://user:secret@mx.example:25", ["mx.example", 25, "user", "secret"], [False, True]),
        ("smtps://user:secret@mx.example", ["mx.example", 465, "user", "secret"], [True, False]),
    ],
)
def test_a_mail_password_never_travels_in_the_clear(url, server, tls):
    names = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "EMAIL_USE_SSL", "EMAIL_USE_TLS")
    assert settings_of(*names, CQMS_EMAIL_URL=url) == [*server, *tls]


@pytest.mark.parametrize(
    ("url", "cookies", "seconds", "proxies"),
    [
        ("http://127.0.0.1:8000", False, 0, 0),
        ("https://localhost", True, 0, 1),
        ("https://quality.example.org", True, 31_536_000, 1),
    ],
)
def test_https_is_held_to_but_never_forced_on_its_neighbours(url, cookies, seconds, proxies):
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "ALLAUTH_TRUSTED_PROXY_COUNT")
    assert settings_of(*names, CQMS_URL=url) == [cookies, cookies, seconds, proxies]
    assert settings_of("SECURE_HSTS_INCLUDE_SUBDOMAINS", CQMS_URL=url) == [None]


def test_what_the_compose_file_tells_the_portal_is_explained_in_the_readme():
    table = (ROOT / "README.md").read_text().splitlines()
    explained = {line.split("`")[1] for line in table if line.startswith("| `CQMS_")}
    compose = (ROOT / "docker-compose.yml").read_text().splitlines()
    told = {line.split(":")[0].strip() for line in compose if line.startswith("    CQMS_")}
    assert (told - explained, "CQMS_URL" in told) == (set(), True)
