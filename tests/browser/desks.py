"""Whose pages the walk visits: of every desk, of one, or of those that have changed."""

import subprocess
from collections.abc import Set
from functools import cache

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import Resolver404, resolve

ALWAYS = {"stranger", "ana", "faturista"}  # a client, and one of the staff: they walk everything
TRUNK = ["origin/HEAD", "origin/main", "main"]


def add_options(parser: pytest.Parser) -> None:
    parser.addoption(
        "--roles", choices=["changed", "all"], default="changed",
        help="who walks everything: stranger, client and clerk (default), or every role",
    )  # fmt: skip
    parser.addoption("--desk", default="", help="every role walks this desk's pages alone")


def to_walk(role: str, config: pytest.Config) -> Set[str] | None:
    """The desks whose pages this role visits; None for all of them."""
    if only := config.getoption("--desk"):
        return {only}
    if role in ALWAYS or config.getoption("--roles") == "all":
        return None
    return changed()


@cache
def changed() -> Set[str] | None:
    """The folders that differ from where the branch left the trunk; None if git cannot say."""
    for trunk in TRUNK:
        base = _git("merge-base", "HEAD", trunk)
        if base is not None and (files := _git("diff", "--name-only", base.strip())) is not None:
            parts = [file.removeprefix("templates/").split("/")[0] for file in files.split()]
            return set(parts) & {_folder(app.name) for app in apps.get_app_configs()}
    return None


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *words], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return None
    return None if done.returncode else done.stdout


def of_page(path: str) -> str:
    """The folder of the desk whose page this is; the portal's for what is nobody's."""
    try:
        match = resolve(path)
    except Resolver404:
        return "portal"
    folder = _folder(getattr(match.func, "__module__", ""))
    if match.app_name == "admin":
        label = path.strip("/").split("/")[1:2]
        folder = next((_folder(a.name) for a in apps.get_app_configs() if [a.label] == label), "")
    return folder if (settings.BASE_DIR / folder).is_dir() and folder else "portal"


def _folder(dotted: str) -> str:
    return dotted.partition(".")[0]
