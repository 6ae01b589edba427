"""Who may reach what: every named address, for every role, by GET and by POST.

What each role may use stands in the tables of the apps (``tests/<app>/access.py``). An address that
is in none of them fails the first test: whoever adds one says there who may use it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.urls import reverse

from portal import desks
from portal.outbox.registry import jobs
from tests.access import (
    NOT_FOUND,
    Own,
    Visitor,
    World,
    guest_of,
    limited_to,
    merged,
    named_addresses,
    signed_in,
    stranger,
    tables,
)

TABLE = merged()
OWN = {name: own for own in TABLE.own for name in own.names}
PEOPLE = ["ana", "bruno", "carla", "faturista", "atendente", "agente", "admin"]
ROLES = {
    "stranger": stranger,
    # A guest of something that no address of the portal shows.
    "guest": guest_of(lambda world: world.cast.company_a),
    **{person: signed_in(person) for person in PEOPLE},
    # One for each service, of which the others' desks must show nothing.
    **{f"only_{service}": limited_to(service) for service in desks.services()},
    **TABLE.roles,
}
SERVICE_OF = {name: table.service for table in tables() for name in table.member if table.service}
# An attribute with "4.001" where a key was meant (tests/database.py, FIRST_KEY).
SPOILED_KEY = re.compile(
    r"""\b(?:value|href|action|id|for|name|hx-[a-z]+|data-(?!label)[a-z-]+)="""
    r'"(?:[^"]*[^"\d.,])?\d{1,3}\.\d{3}(?![\d.,])[^"]*"'
)
# What nobody reads on a page, and where technical details are meant to be.
NOT_READ = re.compile(r"(?s)<(script|style)\b.*?</\1>|<details data-technical.*?</details>|<[^>]+>")
CODED_WORD = re.compile(r"\b[a-z]+(?:[._][a-z]+)+\b")
# Clients who may see nothing of company A.
OUTSIDERS = {"bruno", "carla"}


def test_every_address_stands_in_one_table():
    listed = [name for table in tables() for name in table.names]
    names = set(named_addresses())
    assert names - set(listed) == set(), "say in tests/<app>/access.py who may use these"
    assert set(listed) - names == set(), "these are gone"
    assert len(listed) == len(set(listed)), "an address stands in two tables"
    assert TABLE.public >= TABLE.first_step
    for own in OWN.values():
        assert own.names >= own.opens
        assert ROLES.keys() >= {*own.owners, *own.readers}


@pytest.mark.parametrize("method", [pytest.param("get", marks=pytest.mark.both), "post"])
@pytest.mark.parametrize("role", ROLES)
def test_each_address_answers_a_role_as_its_table_says(world: World, role: str, method: str):
    visitor = ROLES[role](world)
    wrong = {}
    for name in named_addresses():
        if method == "post" and name in TABLE.public and role != "stranger":
            continue  # anybody may, and the stranger has tried
        with unnoticed(visitor):
            answer = getattr(visitor.browser, method)(world.url(name))
            body = b"" if answer.streaming else answer.content
        if not as_expected(name, role, visitor, answer):
            wrong[name] = f"{answer.status_code} {answer.headers.get('Location', '')}"
        elif closed_to(role, name) and world.cast.unit_a1.code.encode() in body:
            wrong[name] = "names a unit that is closed to this role"
        elif may_be_kept(name, visitor, answer):
            wrong[name] = f"a browser may keep it: {answer.headers.get('Cache-Control')}"
        elif spoiled := SPOILED_KEY.search(body.decode("utf-8", "ignore")):
            wrong[name] = f"a key printed like an amount: {spoiled[0]}"
        elif coded := machine_words(answer, body.decode("utf-8", "ignore")):
            wrong[name] = f"machine words: {coded}"
    assert wrong == {}


def machine_words(answer: Any, page: str) -> set[str]:
    """Names of audit actions, of jobs and of permissions that are read on a page."""
    if not answer.headers.get("Content-Type", "").startswith("text/html"):
        return set()
    return {*CODED_WORD.findall(NOT_READ.sub(" ", page))} & coded_names()


@cache
def coded_names() -> set[str]:
    permissions = {
        codename
        for model in apps.get_models()
        for codename in [
            *(f"{kind}_{model._meta.model_name}" for kind in model._meta.default_permissions),
            *(codename for codename, _label in model._meta.permissions),
        ]
    }
    return {*desks.merged("audit_words"), *jobs, *permissions}


def test_a_machine_word_on_a_page_is_noticed(cast, client_of):
    page = client_of(cast.admin).get(reverse("accounts:profile"))
    spoiled = "<p>account.login, view_entry</p><script>invoices.document</script>"
    assert machine_words(page, spoiled) == {"account.login", "view_entry"}
    assert machine_words(page, page.content.decode()) == set()


def closed_to(role: str, name: str) -> bool:
    """Whether this page of every client must say nothing about Ana's unit to this role."""
    if role.startswith("only_"):
        return SERVICE_OF.get(name, role) not in role
    return name in TABLE.member and role in OUTSIDERS


def may_be_kept(name: str, visitor: Visitor, answer: Any) -> bool:
    """Whether a browser may show this again after its reader has left. Pictures and feeds are
    anybody's, and say so."""
    policy = answer.headers.get("Cache-Control", "")
    if visitor.user is None and not visitor.is_guest:
        return False
    if name in TABLE.public and "public" in policy:
        return False
    return "no-store" not in policy


@contextmanager
def unnoticed(visitor: Visitor) -> Iterator[None]:
    """Whatever is done inside, also signing out, is undone, so that each address is met alike."""
    cookies = deepcopy(visitor.browser.cookies)
    mark = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(mark)
        visitor.browser.cookies = cookies


def as_expected(name: str, role: str, visitor: Visitor, answer: Any) -> bool:
    status, user = answer.status_code, visitor.user
    if status >= 500:
        return False
    if name in TABLE.public:
        return not asks_for_login(answer) or name in TABLE.first_step
    if name in OWN and (user or role in OWN[name].owners):
        return as_its_owner_wants(OWN[name], name, role, answer)
    if user is None:
        return asks_for_login(answer) or (visitor.is_guest and status in NOT_FOUND)
    if name in TABLE.member:
        return not asks_for_login(answer)
    may = user.is_staff and user.has_perm(TABLE.staff[name])
    return status != 403 if may else status in {403, 405}


def as_its_owner_wants(own: Own, name: str, role: str, answer: Any) -> bool:
    if role in own.owners:
        opens = name in own.opens and answer.request["REQUEST_METHOD"] == "GET"
        return answer.status_code == 200 if opens else not asks_for_login(answer)
    if role in own.readers:
        return not asks_for_login(answer)
    return answer.status_code in own.others or asks_for_password(answer)


def asks_for_login(answer: Any) -> bool:
    return answer.status_code == 302 and answer.url.startswith(reverse("account_login"))


def asks_for_password(answer: Any) -> bool:
    return answer.status_code == 302 and "confirmar-identidade" in answer.url


def admin_addresses() -> Iterator[str]:
    yield reverse("admin:index")
    for model in admin.site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{base}_changelist")
        yield reverse(f"{base}_add")
        if first := model._default_manager.first():
            yield reverse(f"{base}_change", args=[first.pk])
            yield reverse(f"{base}_delete", args=[first.pk])
            yield reverse(f"{base}_history", args=[first.pk])


@pytest.mark.both
@pytest.mark.parametrize("role", ROLES)
def test_the_administration_is_closed_to_clients_and_shows_nobody_a_secret(world: World, role: str):
    visitor = ROLES[role](world)
    is_staff = visitor.user is not None and visitor.user.is_staff
    expected = {302, 403, 404} | ({200} if is_staff else set())
    wrong = {}
    for address in admin_addresses():
        answer = visitor.browser.get(address)
        page = answer.content.decode() if answer.status_code == 200 else ""
        if answer.status_code not in expected:
            wrong[address] = str(answer.status_code)
        elif may_be_kept("", visitor, answer):
            wrong[address] = "a browser may keep it"
        elif world.cast.ana.password in page or "md5$" in page:
            wrong[address] = "shows a password"
    assert wrong == {}
