"""The portal names no desk, and no app of the certificates: each registers itself in its ``desk.py``."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ABOVE = ("invoices", "orders", "tickets", "proxies", "certificates", "trust", "entrance")
APPS = "|".join(ABOVE)
# A module, model, permission, task or job; an address; a path of a template.
NAMED = re.compile(rf"^({APPS})([.:][a-z_.]+|/[a-z_/]+(\.\w+)?)?$", re.IGNORECASE)
TAG = re.compile(r"{%\s*(\w+)([^%]*)%}")
IN_TAG = re.compile(rf"""["'](?:{APPS})[:/]|\b(?:load|from|include)\s[^%]*\b(?:{APPS})\b""")
# The list of installed apps is the one place that names them.
APART = {"portal/settings.py"}
FOLDERS = ("site", "ui", "errors", "mail", "account", "accounts", "mfa", "usersessions",
           "outbox", "reminders", "news", "help")  # fmt: skip


def modules() -> Iterator[Path]:
    for path in sorted((ROOT / "portal").rglob("*.py")):
        if str(path.relative_to(ROOT)) not in APART and "migrations" not in path.parts:
            yield path


def templates() -> Iterator[Path]:
    yield ROOT / "templates" / "base.html"
    for folder in FOLDERS:
        yield from sorted((ROOT / "templates" / folder).rglob("*.*"))


def names_in_code(text: str) -> Iterator[str]:
    """What names a desk in a module; docstrings may."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names if name.name.split(".")[0] in ABOVE)
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in ABOVE:
                yield module
            case ast.Constant(value=str(value)) if NAMED.match(value):
                yield value


def names_in_template(text: str) -> Iterator[str]:
    for tag in TAG.finditer(text):
        if tag[1] not in {"translate", "blocktranslate", "comment"} and IN_TAG.search(tag[0]):
            yield tag[0]


def test_no_module_of_the_portal_names_a_desk() -> None:
    named = {
        str(path.relative_to(ROOT)): found
        for path in modules()
        if (found := [*names_in_code(path.read_text())])
    }
    assert named == {}


def test_no_shared_template_names_a_desk() -> None:
    named = {
        str(path.relative_to(ROOT)): found
        for path in templates()
        if (found := [*names_in_template(path.read_text())])
    }
    assert named == {}


@pytest.mark.parametrize(
    "code",
    [
        "import invoices.models", "from certificates.trust import jobs",
        "x = include('tickets.urls')", "url = reverse('invoices:list')",
        "may = has_perm('orders.view_order')", "apps.is_installed('proxies')",
        "apps.get_model('invoices.Document')", "render(request, 'invoices/list.html')", "f'{reverse(\"entrance:start\")}'",
    ],
)  # fmt: skip
def test_the_test_sees_each_way_to_name_one_in_code(code: str) -> None:
    assert [*names_in_code(code)]


@pytest.mark.parametrize(
    "tag",
    [
        "{% url 'invoices:list' %}", '{% include "tickets/_row.html" %}', "{% load entrance %}",
        '{% extends "orders/base.html" %}', "{% load certificate_login from entrance %}",
    ],
)  # fmt: skip
def test_the_test_sees_each_way_to_name_one_in_a_template(tag: str) -> None:
    assert [*names_in_template(tag)]
    assert not [*names_in_template("{% url 'accounts:profile' %} {% translate 'invoices: all' %}")]
