"""The house keeps its shape: imports point down, one door for each kind of change, nothing grows too large."""

import ast
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

from cqms.audit.guard import tracked_models
from cqms.instance.entry import ROOT
from tests.contracts.sources import at, functions, model_behind, modules, promises, shipped, tracked_files

PYTHON = Path(sys.executable)
FUNCTION, TEST, FILE, TEMPLATE, ARGUMENTS = 50, 40, 400, 150, 7
BULK = {"update", "bulk_create", "bulk_update", "update_or_create", "get_or_create", "aupdate", "abulk_create"}
NO_RECORD = {"cqms/jobs/services.py": "a job is work for a machine: it has a state and no life that people decide on"}
FROM_ANOTHER_PROCESS = {"cqms/reports/chunk_worker.py": "what fails in the forked child is raised by its parent"}
SPEAKING = ("services", "steps", "reviews", "selectors", "policies", "renditions", "awaiting", "workflow")


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=False)


def tool(name: str, *words: str) -> str:
    """The complaints of a tool of this environment; blank when it has none."""
    done = run(PYTHON.with_name(name), *words)
    return "" if done.returncode == 0 else (done.stdout + done.stderr)[-8000:]


# Tools


def test_imports_point_downwards():
    assert tool("lint-imports", "--no-cache") == ""


def test_ruff_finds_nothing():
    assert tool("ruff", "check", "--no-cache", "--output-format", "concise", ".") == ""


def test_ruff_would_format_nothing():
    assert tool("ruff", "format", "--no-cache", "--check", "--output-format", "concise", ".") == ""


def test_types_are_right():
    assert tool("mypy", "--no-error-summary", "cqms", "studies", "documents", "quality_events") == ""


@pytest.mark.django_db
def test_migrations_say_what_models_say():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


# One door


def test_nobody_assigns_a_state_outside_of_the_engine():
    found = []
    for name, tree in shipped().items():
        if name.startswith("cqms/workflow/") or name in NO_RECORD:
            continue
        for node in ast.walk(tree):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            flat = [each for target in targets for each in (target.elts if isinstance(target, ast.Tuple) else [target])]
            if any(isinstance(each, ast.Attribute) and each.attr == "state" for each in flat):
                found.append(at(name, node, "assigns .state: let Workflow.perform() do it"))
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "setattr"
                and "'state'" in ast.unparse(node)
            ):
                found.append(at(name, node, "assigns the state by setattr: let Workflow.perform() do it"))
    assert found == []


def test_no_bulk_write_touches_a_tracked_model():
    names = {model.__name__ for model in apps.get_models()}
    tracked = {model.__name__ for model in tracked_models()}
    found = []
    for name, tree in shipped().items():
        for scope in [*functions(tree), tree]:
            for node in ast.walk(scope):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                    continue
                if node.func.attr not in BULK or (node.func.attr == "update" and (node.args or not node.keywords)):
                    continue
                model = model_behind(scope, node.func.value, names)
                if isinstance(scope, ast.Module) and not model:
                    continue  # told inside its function
                if model in tracked or not model:
                    found.append(at(name, node, f".{node.func.attr}() on {model or 'what cannot be told'}"))
    assert found == [], "tracked records are saved one by one through audit.save()"


def attributes(wanted: set[str], outside: tuple[str, ...] = ()) -> list[str]:
    return [
        at(name, node, f".{node.attr}")
        for name, tree in shipped().items()
        if not name.startswith(outside or ("-",))
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in wanted
    ]


def test_no_task_is_sent_inside_a_transaction():
    assert attributes({"delay", "apply_async"}) == [], "enqueue a job, or send_after_commit"
    assert attributes({"send_task"}, ("cqms/jobs/broker.py",)) == []


def test_no_shortcut_for_a_superuser():
    assert attributes({"is_superuser"}) == []


def test_history_is_read_by_audit_alone():
    assert attributes({"history"}, ("cqms/audit/", "cqms/history/")) == []


def test_zones_are_looked_up_on_the_disk_once():
    asking = [name for name, tree in shipped().items() if "available_timezones" in ast.unparse(tree)]
    assert asking == ["cqms/accounts/zones.py"], "ask zone_names()"


def test_no_error_is_swallowed():
    found = []
    for name, tree in shipped().items():
        handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
        for node in handlers if name not in FROM_ANOTHER_PROCESS else ():
            caught = ast.unparse(node.type) if node.type else "Exception"
            goes_on = ast.unparse(node.body[-1]) == "raise"
            if re.search(r"\b(Exception|BaseException)\b", caught) and not goes_on:
                found.append(at(name, node, f"except {caught}"))
    assert found == []


def test_no_reason_of_a_person_is_written_by_the_portal():
    """Say it in the sentence, as `deadlines.drop(…, because=…)` does, or let the portal be who acts."""
    found = []
    for name, tree in shipped().items():
        if Path(name).stem in ("demo", "loading") or "demo" in Path(name).parts:
            continue
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            given = {each.arg: each.value for each in call.keywords}
            actor = given.get("actor", ast.Constant(None))
            by_portal = isinstance(actor, ast.Constant) and actor.value is None
            if not by_portal and isinstance(given.get("reason"), ast.Constant | ast.JoinedStr):
                found.append(at(name, call))
    assert found == []


def test_no_serializer_or_form_takes_every_field():
    assert [
        name for name, tree in shipped().items() if re.search(r"""fields = ['"]__all__['"]""", ast.unparse(tree))
    ] == []


def imported(tree: ast.Module) -> list[tuple[ast.stmt, str]]:
    found = [(node, node.module or "") for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    plain = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    return found + [(node, alias.name) for node in plain for alias in node.names]


def test_nothing_is_announced_by_signals_or_edited_in_the_admin():
    unwanted = ("django.dispatch", "django.db.models.signals", "django.contrib.admin")
    assert [
        at(name, node, module)
        for name, tree in shipped().items()
        for node, module in imported(tree)
        if module.startswith(unwanted)
    ] == []


# Sizes


def lines(node: ast.AST) -> int:
    return node.end_lineno - node.lineno + 1


def test_functions_are_small():
    found = []
    for name, tree in modules().items():
        for node in functions(tree):
            most = TEST if name.startswith("tests/") and node.name.startswith("test_") else FUNCTION
            if lines(node) > most:
                found.append(at(name, node, f"{node.name} has {lines(node)} lines, {most} is the most"))
    assert found == []


def test_functions_take_few_arguments():
    found = []
    for name, tree in modules().items():
        for node in functions(tree):
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            count = len([each for each in given if each.arg not in ("self", "cls")])
            if count > ARGUMENTS:
                found.append(at(name, node, f"{node.name} takes {count} arguments, {ARGUMENTS} is the most"))
    assert found == []


def test_files_are_small():
    limits = {".py": FILE, ".html": TEMPLATE}
    found = []
    for path in tracked_files():
        most = limits.get(path.suffix)
        if most and "migrations" not in path.parts:
            count = len((ROOT / path).read_text(encoding="utf-8").splitlines())
            if count > most:
                found.append(f"{path} has {count} lines, {most} is the most")
    assert found == []


# Words


def test_modules_and_public_functions_of_services_say_what_they_promise():
    found = []
    for name, tree in shipped().items():
        if Path(name).name != "__init__.py" and Path(name).stem in SPEAKING:
            if not ast.get_docstring(tree):
                found.append(at(name, tree, "the module has no docstring"))
            silent = [node for node in promises(tree) if not ast.get_docstring(node)]
            found += [at(name, node, f"{node.name} has no docstring") for node in silent]
    assert found == []


def text_files() -> dict[Path, str]:
    found = {}
    for path in tracked_files():
        try:
            found[path] = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a font
    return found


def matches(pattern: str, *, ignoring: tuple[str, ...] = ()) -> list[str]:
    wanted = re.compile(pattern)
    return [
        f"{path}:{number} {line.strip()[:120]}"
        for path, text in text_files().items()
        if str(path) not in ignoring
        for number, line in enumerate(text.splitlines(), 1)
        if wanted.search(line)
    ]


def test_nothing_is_left_to_do():
    words = "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"))
    assert matches(rf"\b({words})\b") == []


def test_no_file_knows_the_machine_it_was_written_on():
    here = [
        re.escape(str(ROOT.parent) + "/"),
        rf"\b{re.escape(socket.gethostname())}\b",
        "/ro" + "ot/",
        "/ho" + r"me/\w+/",
    ]
    assert matches("|".join(here)) == []


def test_no_file_names_a_package_registry():
    hosts = (
        "pypi" + r"\.org",
        "python" + r"hosted\.org",
        "reg" + r"istry\.npmjs",
        "--index" + "-url",
        "--find" + "-links",
    )
    assert matches("|".join(hosts)) == []


def test_every_app_that_is_not_built_is_one_paragraph():
    for name in {"quality_events", "audits", "training"} - set(settings.INSTALLED_APPS):
        tree = shipped()[f"{name}/__init__.py"]
        assert ast.get_docstring(tree)
        files = [each for each in tracked_files() if each.parts[0] == name]
        assert files == [Path(name, "__init__.py")], f"{name} is begun: name it in INSTALLED_APPS"
