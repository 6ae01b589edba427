"""Keys that do not exist, belong to others, come twice or are none: refused, never an error of ours.

The addresses and what names their rows come from the tables of the apps (``tests/<app>/access.py``);
the parameters that a page knows are learned from the page itself (``tests/asking.py``).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db import models, transaction
from django.http import QueryDict
from django.urls import NoReverseMatch, reverse

from tests.access import Visitor, World, as_user, make_world, named_addresses
from tests.asking import Noted, first_keys_are, noting, rows_of
from tests.factories import make_company, make_grant, make_unit, make_user
from tests.portal.second_factor import confirm_identity
from tests.portal.test_access import OWN, TABLE, unnoticed

UNKNOWN = 987654321
THEIRS = 600613  # the neighbour's key, whatever it is a key of
NEIGHBOURS = ("Companhia Vizinha", "Zenaide Vizinha", "Galpão Vizinho")
JUNK = ("\0", "[]é'\"%_\\", "\u200b", "-1", "9" * 40)
# A page that takes one value takes the last one.
JUNK_THAT_ENDS = tuple(
    (*(other for other in JUNK if other != last), last) for last in ("\0", "\u200b", "9" * 40)
)
METHODS = ("get", "post")
REFUSED = {403, 404, 405}
# A body without any parameter is not looked at.
BARE = {"unheard_of": ["1"]}
Sent = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Told:
    """What came back for one request; which parameters it read; which tables it wrote.

    ``harmed``: whether a row of the neighbour's is other than before, or a new one names it.
    """

    status: int
    text: str
    noted: Noted
    harmed: bool


def sure(world: World, person: str) -> Visitor:
    visitor = as_user(getattr(world.cast, person))
    confirm_identity(visitor.browser)
    return visitor


def pages_of(person: str) -> Iterator[str]:
    """What this person may use. What anybody may is Ana's to try, and Carla tries her own alone."""
    shared = {"ana": TABLE.public | TABLE.member, "admin": TABLE.member | TABLE.staff.keys()}
    for name in named_addresses():
        people = {*OWN[name].owners, *OWN[name].readers} if name in OWN else set()
        if person in people or name in shared.get(person, ()):
            yield name


def ask(visitor: Visitor, method: str, address: str, sent: Sent | None = None) -> Told:
    """Asks with these parameters in the address, and in the body too; then undoes what was done."""
    parameters = QueryDict(mutable=True)
    for name, values in (sent or BARE).items():
        parameters.setlist(name, list(values))
    query = parameters.urlencode()
    body = {"content_type": "application/x-www-form-urlencoded", "data": query}
    browser, options = visitor.browser, body if method == "post" else {}
    with unnoticed(visitor):
        mark = transaction.savepoint()
        with noting() as noted:
            answer = getattr(browser, method)(f"{address}?{query}", **options)
        texts = [str(message) for message in get_messages(answer.wsgi_request)]
        texts.append("" if answer.streaming else answer.content.decode(errors="replace"))
        if answer.status_code == 302 and noted.tables and sent:  # what was chosen shows there
            texts.append(browser.get(answer.url).content.decode(errors="replace"))
        after = rows_of(THEIRS, noted.tables)
        transaction.savepoint_rollback(mark)
        harmed = after != rows_of(THEIRS, noted.tables)
    noted.names.difference_update(BARE)
    return Told(answer.status_code, " ".join(texts), noted, harmed)


def problem_of(told: Told, *, sees_all: bool = False) -> str:
    """What nobody may meet, whatever the key; some of the staff may see every company's."""
    if told.status >= 500:
        return str(told.status)
    if not sees_all and any(name in told.text for name in NEIGHBOURS):
        return "shows what is the neighbour's"
    return "changes what is the neighbour's" if told.harmed else ""


def each_key_replaced(name: str, world: World, other: Any) -> Iterator[str]:
    """The address with one of its keys replaced; ``other`` gives what may stand for it."""
    arguments = world.arguments.get(name, {})
    for part, own in arguments.items():
        for value in other(name, part, own):
            with suppress(NoReverseMatch):  # no such address: nothing to ask
                if value != own:
                    yield reverse(name, kwargs={**arguments, part: value})


def of_nobody(_name: str, _part: str, own: Any) -> tuple[Any, ...]:
    return (UNKNOWN, "9" * 40) if isinstance(own, int) else ("nada-disso", "é'\"%_")


@pytest.mark.both
@pytest.mark.parametrize("person", ["admin", "ana", "carla"])
def test_an_address_with_a_key_that_no_row_has_is_not_found(world: World, person: str) -> None:
    visitor, wrong = sure(world, person), {}
    for name in pages_of(person):
        has_number = any(isinstance(own, int) for own in world.arguments.get(name, {}).values())
        for address in each_key_replaced(name, world, of_nobody):
            for method in METHODS:
                told = ask(visitor, method, address)
                problem = problem_of(told)
                if has_number and (told.status not in REFUSED or told.noted.tables):
                    problem = f"{told.status}, writes into {told.noted.tables}"
                if problem:
                    wrong[f"{method} {address}"] = problem
    assert wrong == {}


@pytest.fixture
def neighbour(world: World) -> World:
    """Somebody of another company, with the same objects; the first of each kind has one key."""
    with first_keys_are(THEIRS):
        company = make_company(NEIGHBOURS[0])
        unit = make_unit(company, NEIGHBOURS[2])
        person = make_user(NEIGHBOURS[1])
        make_grant(person, company, "administer")
        cast = replace(
            world.cast, company_a=company, company_b=company, office=company, unit_a1=unit,
            unit_a2=unit, unit_b1=unit, unit_office=unit, ana=person, bruno=person, carla=person,
        )  # fmt: skip
        return make_world(cast)


@pytest.mark.parametrize("person", ["ana", "carla"])
def test_an_address_with_a_key_of_others_is_not_found(
    world: World, neighbour: World, person: str
) -> None:
    """Also where only one of two keys is another's: the own company, and somebody else's person."""

    def of_neighbour(name: str, part: str, _own: Any) -> tuple[Any, ...]:
        return (neighbour.arguments[name][part],)

    visitor, wrong, tried = sure(world, person), {}, 0
    for name in pages_of(person):
        if name not in OWN:
            continue
        for address in each_key_replaced(name, world, of_neighbour):
            tried += 1
            for method in METHODS:
                told = ask(visitor, method, address)
                if told.status not in REFUSED or told.noted.tables or problem_of(told):
                    wrong[f"{method} {address}"] = (
                        problem_of(told) or f"{told.status}, writes into {told.noted.tables}"
                    )
    assert tried > 4
    assert wrong == {}


@pytest.mark.parametrize("person", ["admin", "ana", "carla"])
def test_parameters_that_are_junk_come_twice_or_name_what_is_of_others(
    world: World, neighbour: World, person: str
) -> None:
    """They are no error of ours, show nothing of the neighbour's and change nothing there.

    A page says itself which parameters it knows: those that it reads. Proven before: a NUL in the
    search of the drafts was an error 500.
    """
    visitor, wrong, tried = sure(world, person), {}, set()
    sendings: list[tuple[str, ...]] = [*JUNK_THAT_ENDS]
    if person != "admin":
        sendings += of_the_neighbour(neighbour)
    for name in pages_of(person):
        for method in METHODS:
            address = world.url(name)
            names = ask(visitor, method, address).noted.names
            for values in sendings if names else ():
                try:
                    told = ask(visitor, method, address, dict.fromkeys(sorted(names), values))
                except Exception as error:  # noqa: BLE001 - told with the address
                    wrong[f"{method} {address} {values[-1]}"] = repr(error)[:200]
                    continue
                names |= told.noted.names  # what it asks for next
                if problem := problem_of(told, sees_all=person == "admin"):
                    wrong[f"{method} {address} {values[-1]}"] = problem
            tried |= names
    assert person == "carla" or tried >= {"next", "cursor", "unit"}
    assert wrong == {}


def of_the_neighbour(neighbour: World) -> list[tuple[str, ...]]:
    """What may stand for the neighbour's rows in a parameter."""
    cast = neighbour.cast
    values = (f"c{THEIRS}", f"u{THEIRS}", str(cast.ana.email), cast.unit_a1.code, str(THEIRS))
    return [values, values[::-1][:-1]]


# The administration


def _of_the_administration(model: type[models.Model], page: str, *keys: str) -> str:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    return reverse(name, args=keys or None)


@pytest.mark.both
def test_the_administration_knows_no_row_by_an_unknown_key(world: World) -> None:
    """Django sends staff to the front page of the administration and says there what is missing."""
    visitor, wrong = sure(world, "admin"), {}
    for model in admin.site._registry:
        for page in ("change", "delete", "history"):
            for key in (str(UNKNOWN), "9" * 40, "x"):
                address = _of_the_administration(model, page, key)
                for method in METHODS if key == str(UNKNOWN) else ("get",):
                    told = ask(visitor, method, address)
                    is_said = told.status == 302 and "não existe" in told.text
                    if not (is_said or told.status in REFUSED):
                        wrong[f"{method} {address}"] = str(told.status)
    assert wrong == {}


@pytest.mark.both
def test_every_action_of_the_administration_takes_any_key(world: World, rf: Any) -> None:
    """Proven before: "decide" with an unknown key answered 500."""
    visitor, wrong, request = sure(world, "admin"), {}, rf.get("/")
    request.user = world.cast.admin
    for model, registered in admin.site._registry.items():
        address = _of_the_administration(model, "changelist")
        for action in [*registered.get_actions(request), "nothing"]:
            for keys in ([str(UNKNOWN)], ["x", "\0", "9" * 40], ["1", "1"]):
                data = {"action": action, "_selected_action": keys, "index": "0"}
                with unnoticed(visitor):
                    status = visitor.browser.post(address, data).status_code
                if status not in {200, 302, 403}:
                    wrong[f"{action} {keys}"] = str(status)
    assert wrong == {}
