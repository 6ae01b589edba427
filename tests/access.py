"""What the access walk reads: the table of addresses that each app keeps, and the roles.

The table of an app is ``ACCESS`` in ``tests/<app>/access.py``. Folders of tests are found by the
apps that are installed, so a new desk adds its table and changes nothing else.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.visits import KEY, LENGTH, Visit
from tests.factories import Cast, make_grant, make_user

NOT_FOUND = frozenset({404, 405})
REFUSED = NOT_FOUND | {403}


@dataclass(frozen=True)
class Own:
    """Addresses of an object that belongs to one person, unit or company.

    ``owners`` are the roles for which each address in ``opens`` answers GET with 200. ``readers``
    see the object, but may not do all that its owners may. For every other role it does not
    exist: the answer is one of ``others``, or the page that asks for the password again.
    """

    names: Set[str]
    owners: Sequence[str] = ()
    opens: Set[str] = frozenset()
    readers: Sequence[str] = ()
    others: Set[int] = NOT_FOUND


@dataclass(frozen=True)
class Visitor:
    """A browser and the account that is signed in there; a stranger and a guest have none."""

    browser: Client
    user: User | None = None
    is_guest: bool = False


@dataclass
class World:
    """The people, and the arguments of each address that needs some."""

    cast: Cast
    arguments: dict[str, dict[str, Any]] = field(default_factory=dict)

    def url(self, name: str) -> str:
        return reverse(name, kwargs=self.arguments.get(name))


Role = Callable[[World], Visitor]
Arguments = Mapping[str, dict[str, Any]]


@dataclass(frozen=True)
class Access:
    """Who may use the addresses of an app. Each address stands in one of the tables.

    ``public``: anyone, signed in or not; of these, ``first_step`` go back to the login when
    nothing was begun there. ``member``: anyone who is signed in; they show what is the person's
    own. ``staff``: staff with the permission named, 403 for everyone else. ``own``: an object's
    people. ``arguments`` makes one object of each kind and gives the arguments of the addresses.
    ``roles`` are tried beside the common ones of the walk: a desk that lets guests in adds one by
    ``guest_of`` and makes it an owner. ``service``: what a grant must open
    for these pages to show anything of a company.
    """

    public: Set[str] = frozenset()
    first_step: Set[str] = frozenset()
    member: Set[str] = frozenset()
    staff: Mapping[str, str] = field(default_factory=dict)
    own: Sequence[Own] = ()
    arguments: Callable[[Cast], Arguments] = lambda _cast: {}
    roles: Mapping[str, Role] = field(default_factory=dict)
    service: str = ""

    @property
    def names(self) -> list[str]:
        """Every address, once for each table in which it stands."""
        own = [name for one in self.own for name in one.names]
        return [*self.public, *self.member, *self.staff, *own]


def stranger(_world: World) -> Visitor:
    return Visitor(Client())


def signed_in(person: str) -> Role:
    """This person of the cast."""

    def enter(world: World) -> Visitor:
        return as_user(getattr(world.cast, person))

    return enter


def guest_of(find: Callable[[World], Model], email: str = "participante@exemplo.com.br") -> Role:
    """Somebody without an account whom a link let in to one object."""

    def enter(world: World) -> Visitor:
        obj, browser = find(world), Client()
        visit = Visit(
            email=email, name="", model=obj._meta.label_lower, object_pk=str(obj.pk),
            until=timezone.now() + LENGTH,
        )  # fmt: skip
        session = browser.session
        session[KEY] = visit.as_json()
        session.save()
        return Visitor(browser, is_guest=True)

    return enter


def limited_to(service: str) -> Role:
    """A client whose one grant, on Ana's unit, opens this service and no other."""

    def enter(world: World) -> Visitor:
        person = make_user(f"Lia {service.title()}")
        make_grant(person, world.cast.unit_a1, scopes=[service])
        return as_user(person)

    return enter


def as_user(user: User) -> Visitor:
    browser = Client()
    browser.force_login(user)
    return Visitor(browser, user)


def tables() -> list[Access]:
    """The tables of the apps that are installed: of ``invoices``, ``tests.invoices.access``; of a desk
    inside of another's folder by its label."""
    folders = {app.name.removeprefix("tests.").partition(".")[0] for app in apps.get_app_configs()}
    folders |= {app.label for app in apps.get_app_configs() if app.name.startswith("proxies.")}
    modules = [
        f"tests.{name}.access" for name in sorted(folders) if find_spec(f"tests.{name}") is not None
    ]
    return [import_module(module).ACCESS for module in modules if find_spec(module) is not None]


def merged() -> Access:
    """One table of all."""
    found = tables()
    return Access(
        public={name for table in found for name in table.public},
        first_step={name for table in found for name in table.first_step},
        member={name for table in found for name in table.member},
        staff={name: may for table in found for name, may in table.staff.items()},
        own=[own for table in found for own in table.own],
        roles={name: role for table in found for name, role in table.roles.items()},
    )


def make_world(cast: Cast) -> World:
    """The objects of every app."""
    world = World(cast)
    for table in tables():
        world.arguments |= table.arguments(cast)
    return world


def named_addresses(resolver: Any = None, namespace: str = "") -> Iterator[str]:
    """The full name of every address outside the admin site."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                yield from named_addresses(pattern, inner)
        else:
            assert pattern.name, f"{pattern.pattern} has no name"
            yield namespace + pattern.name
