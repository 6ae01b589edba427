"""One language at a time: commands speak the portal's, English pages write one order of dates."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import formats, translation

from tests.factories import make_notice

FILES = [
    path
    for app in ("portal", "certificates", "invoices")
    for path in (settings.BASE_DIR / app).rglob("management/commands/*.py")
]
FRAMED = [
    settings.BASE_DIR / "portal/contradictions.py",
    *(
        path
        for app in ("portal", "certificates", "invoices")
        for path in (settings.BASE_DIR / app).rglob("*.py")
        if "from django.core.checks import" in path.read_text()
    ),
]
SPEAKING = {"write", "CommandError", "ERROR", "SUCCESS", "WARNING"}
TRANSLATED = {"_", "gettext", "ngettext"}


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _literals(node: ast.AST) -> Iterator[str]:
    """Literal words below a node, outside of what is handed to gettext."""
    if isinstance(node, ast.Call) and _name(node) in TRANSLATED:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from _literals(child)


def _said(path: Path) -> Iterator[str]:
    """What a command says: its help, its output, its errors."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and _name(node) in SPEAKING and node.args:
            yield from _literals(node.args[0])
        if isinstance(node, ast.keyword) and node.arg == "help":
            yield from _literals(node.value)
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "help":
            yield from _literals(node.value)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_commands_say_nothing_that_is_not_translated(path: Path) -> None:
    sentences = [text for text in _said(path) if re.search(r"[A-Za-z]{2} [a-z]{2}", text)]
    assert sentences == []


@pytest.mark.parametrize("path", FRAMED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_checks_and_start_up_errors_speak_the_language_of_django_around_them(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    assert [_name(call) for call in calls if _name(call) in TRANSLATED] == []


def test_english_pages_write_the_day_first_wherever_a_date_stands() -> None:
    day, at = date(2026, 2, 11), datetime(2026, 2, 11, 9, 5, tzinfo=UTC)
    with translation.override("en"):
        assert {
            formats.date_format(day, form) for form in ("DATE_FORMAT", "SHORT_DATE_FORMAT")
        } == {"11/02/2026"}
        assert formats.date_format(at, "SHORT_DATETIME_FORMAT") == "11/02/2026 09:05"
        assert formats.get_format("DATE_INPUT_FORMATS")[0] == "%d/%m/%Y"


@pytest.mark.django_db
def test_a_notice_says_its_language_on_an_english_page(client, cast) -> None:
    notice = make_notice("Mudança de endereço", audience="everyone")
    client.cookies["idioma"] = "en"
    page = client.get(notice.get_absolute_url()).content.decode()
    assert '<html lang="en"' in page
    assert '<h1 lang="pt-BR">Mudança de endereço</h1>' in page
    assert '<div class="article-body" lang="pt-BR">' in page
