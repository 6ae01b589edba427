"""Production code knows nothing of the demonstration, which registers what it brings."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("portal", "certificates", "invoices", "orders", "tickets", "proxies")
DEMO_MODULE = re.compile(r"(^|\.)demo(_\w+)?(\.|$)")
# What joins the demonstration to the portal: an app's registration, and the settings.
JOINS = {"apps.py", "desk.py", "settings.py"}
# Pages and mails that say that they are a demonstration's.
MARKED = {"portal/provider/context.py", "portal/outbox/mail.py", "portal/outbox/services.py"}


def in_production() -> Iterator[Path]:
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if path.name not in JOINS and not any(DEMO_MODULE.search(part) for part in parts):
                yield path


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def asks_for_demo(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr == "DEMO" for node in ast.walk(tree))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("from certificates import demo", True),
        ("from certificates.demo.cast import CAST", True),
        ("import invoices.demo_papers", True),
        ("from certificates.icp.demonstration import is_demo as issued", False),
    ],
)
def test_an_import_of_the_demonstration_is_recognised(line, found):
    assert any(DEMO_MODULE.search(name) for name in imported(ast.parse(line))) is found


def test_no_production_module_imports_the_demonstration():
    found = {
        str(path.relative_to(ROOT)): name
        for path in in_production()
        for name in imported(ast.parse(path.read_text()))
        if DEMO_MODULE.search(name)
    }
    assert found == {}


def test_only_pages_and_mails_ask_whether_this_is_a_demonstration():
    asking = {
        str(path.relative_to(ROOT))
        for path in in_production()
        if asks_for_demo(ast.parse(path.read_text()))
    }
    assert asking == MARKED
