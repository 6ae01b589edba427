"""Keys that do not exist, belong to others, come twice or are none: refused, never an error of ours."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.http import QueryDict
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access import Visitor, World, as_user, named_addresses
from tests.portal.second_factor import confirm_identity
from tests.portal.test_access import OWN, TABLE, unnoticed

UNKNOWN: dict[str, Any] = {"pk": 987654321, "company": 987654321, "number": 987654321}
# What pages are asked by, in addresses and in bodies.
ASKED_BY = (
    "action", "bilhete", "busca", "company", "cursor", "desde", "document", "documents", "end", "ids",
    "index", "key", "kind", "level", "n", "next", "outcome", "page", "period", "places", "pk", "q",
    "reason", "scopes", "select_across", "sort", "start", "status", "to", "todos", "token", "topic",
    "type", "unit", "units", "until", "v", "version", "watch", "_selected_action",
)  # fmt: skip
JUNK = {"numbers": ("-1", "9" * 40), "words": ("\0", "[]é'\"%_\\", "\u200b")}


def keyed_addresses() -> Iterator[tuple[str, str]]:
    """The addresses with keys of rows, each with keys that no row has."""
    for name in named_addresses():
        for pattern in _patterns(name):
            if pattern and set(pattern) <= UNKNOWN.keys():
                yield name, reverse(name, kwargs={part: UNKNOWN[part] for part in pattern})


def _patterns(name: str) -> list[set[str]]:
    namespace, _, bare = name.rpartition(":")
    return [
        set(one.pattern.converters)
        for space, one in _all(get_resolver(), "")
        if space == namespace and one.name == bare
    ]


def _all(resolver: Any, namespace: str) -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            inner = ":".join(filter(None, [namespace, one.namespace or ""]))
            yield from _all(one, inner)
        else:
            yield namespace, one


def sure(world: World, person: str) -> Visitor:
    visitor = as_user(getattr(world.cast, person))
    confirm_identity(visitor.browser)
    return visitor


@pytest.mark.both
@pytest.mark.parametrize("person", ["admin", "ana"])
def test_a_key_that_no_row_has_is_not_found(world: World, person: str) -> None:
    visitor, wrong = sure(world, person), {}
    for name, address in keyed_addresses():
        for method in ("get", "post"):
            with unnoticed(visitor):
                status = getattr(visitor.browser, method)(address).status_code
            staff_only = name in TABLE.staff and person == "ana"
            if status not in ({403, 405} if staff_only else {403, 404, 405}):
                wrong[f"{method} {name}"] = status
    assert wrong == {}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("person", "junk"), [("admin", "numbers"), ("admin", "words"), ("ana", "words")]
)
def test_parameters_that_come_twice_or_are_junk_are_no_error(
    world: World, person: str, method: str, junk: str
) -> None:
    visitor, wrong, status = sure(world, person), {}, 0
    sent = QueryDict(mutable=True)
    for name in ASKED_BY:
        sent.setlist(name, list(JUNK[junk]))
    body = sent.urlencode()
    form: dict[str, Any] = {"content_type": "application/x-www-form-urlencoded", "data": body}
    for name in named_addresses():
        address = f"{world.url(name)}?{body}"
        with unnoticed(visitor):
            try:
                if method == "get":
                    status = visitor.browser.get(address).status_code
                else:
                    status = visitor.browser.post(address, **form).status_code
            except Exception as error:  # noqa: BLE001 - told with the address
                wrong[name] = repr(error)[:200]
        if status >= 500:
            wrong[name] = str(status)
    assert wrong == {}


@pytest.mark.parametrize("method", ["get", "post"])
def test_keys_of_others_in_addresses_and_bodies_show_nothing_of_theirs(
    world: World, method: str
) -> None:
    """Ana names what is Bruno's wherever a key may be named."""
    visitor, wrong, cast = sure(world, "ana"), {}, world.cast
    sent: dict[str, Any] = dict.fromkeys(ASKED_BY, cast.unit_b1.pk)
    sent |= {"company": cast.company_b.pk, "places": [f"c{cast.company_b.pk}"], "next": "/painel/"}
    for name in named_addresses():
        if name in OWN and "ana" not in OWN[name].owners:
            continue
        with unnoticed(visitor):
            answer = getattr(visitor.browser, method)(world.url(name), sent, follow=True)
            page = b"" if answer.streaming else answer.content
        if answer.status_code >= 500:
            wrong[name] = str(answer.status_code)
        elif cast.unit_b1.code.encode() in page or cast.company_b.name.encode() in page:
            wrong[name] = "names what is closed"
    assert wrong == {}


def object_pages(model: type[models.Model]) -> Iterator[str]:
    base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    for page in ("change", "delete", "history"):
        for key in ("987654321", "9" * 40, "x"):
            yield reverse(f"{base}_{page}", args=[key])


@pytest.mark.both
@pytest.mark.parametrize("model", admin.site._registry, ids=str)
def test_the_administration_knows_no_row_by_an_unknown_key(
    world: World, model: type[models.Model]
) -> None:
    visitor, wrong = sure(world, "admin"), {}
    for address in object_pages(model):
        for method in ("get", "post") if "987654321" in address else ("get",):
            with unnoticed(visitor):
                status = getattr(visitor.browser, method)(address).status_code
            if status not in {302, 403, 404, 405}:
                wrong[f"{method} {address}"] = status
    assert wrong == {}


@pytest.mark.both
@pytest.mark.parametrize("model", admin.site._registry, ids=str)
def test_every_action_of_the_administration_takes_any_key(
    world: World, rf: Any, model: type[models.Model]
) -> None:
    """Proven before: "decide" with an unknown key answered 500."""
    visitor, wrong = sure(world, "admin"), {}
    request = rf.get("/")
    request.user = world.cast.admin
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    for action in [*admin.site._registry[model].get_actions(request), "nothing"]:
        for keys in (["987654321"], ["x", "\0", "9" * 40], ["1", "1"]):
            data = {"action": action, "_selected_action": keys, "index": "0"}
            with unnoticed(visitor):
                status = visitor.browser.post(address, data).status_code
            if status not in {200, 302, 403}:
                wrong[f"{action} {keys}"] = status
    assert wrong == {}
