"""How a desk makes itself known to the portal.

Each app that adds something to the portal has one ``desk.py`` that registers one ``Desk``. It is
imported when Django is ready (see ``portal.apps``). The portal reads what was registered and names
no desk: a new desk touches nothing outside its folder but ``INSTALLED_APPS``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Label = str | Promise
TITLE = _("Account registration")


def _always(_request: HttpRequest) -> bool:
    return True


@dataclass(frozen=True, eq=False)  # each is itself, and quickly told apart
class NavItem:
    """One entry of the main menu.

    ``url_name`` is reversed without arguments. ``section`` is ``client`` or ``staff``. ``visible``
    answers whether this request's user may go there; ``count`` how many things wait behind it
    (None: not told on this page).
    """

    label: Label
    url_name: str
    icon: str
    section: str
    order: int
    visible: Callable[[HttpRequest], bool]
    count: Callable[[HttpRequest], int | None] | None = None


@dataclass(frozen=True)
class Card:
    """A part of the dashboard: a template and what it shows."""

    order: int
    template: str
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link in the footer, the site map, another shared page or a door of the front page.

    ``text`` says in a sentence what it is for, where the page has room for that.
    """

    label: Label
    url_name: str
    text: Label = ""
    args: Sequence[str] = ()
    icon: str = ""
    order: int = 50
    visible: Callable[[HttpRequest], bool] = _always

    @property
    def url(self) -> str:
        return reverse(self.url_name, args=self.args)


@dataclass(frozen=True, kw_only=True)
class ContactWay:
    """A way to one of the provider's contact desks through the portal, beside its phone and hours."""

    label: Label
    url: str
    icon: str = ""


@dataclass(frozen=True, kw_only=True)
class Door:
    """What the front page says of a desk, and the links by which a stranger goes in.

    ``points``: in a few words each, what one can do there. The first of ``links`` is the way in.
    """

    title: Label
    text: Label
    icon: str
    order: int
    points: Sequence[Label] = ()
    links: Sequence[Link] = ()
    visible: Callable[[HttpRequest], bool] = _always


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """A way to sign in without the password, which the portal's login offers beside it.

    ``text`` says what it takes; ``help_url_name`` is the page that explains it.
    """

    label: Label
    text: Label
    url_name: str
    help_url_name: str
    icon: str
    offered: Callable[[], bool]


@dataclass(frozen=True, kw_only=True)
class Service:
    """Something that a grant may be limited to (``Grant.scopes`` holds names).

    With ``sensitive`` only grants that name it open it: a grant without scopes does not.
    ``operate``: what a grant of that level lets do here ("receives and releases"), said where a
    level is chosen; empty where it lets do no more than consulting does. ``needs_keeper``: of a
    company that uses it somebody must always administer it, for nobody else could let others in.
    ``whole_company``: a grant on a unit opens nothing of it.
    """

    name: str
    label: Label
    operate: Label = ""
    sensitive: bool = False
    needs_keeper: bool = False
    whole_company: bool = False


@dataclass(frozen=True, kw_only=True)
class Registration:
    """How a stranger registers at this desk, at ``/cadastro/<slug>/``.

    ``form``: dotted path of a ``portal.accounts.forms.registration.DetailsForm``, the desk's fields.
    ``link_first``: the link that proves the address comes before that form; else after it.
    ``asks_cpf``: whether a CPF is asked beside the e-mail.
    ``address_form``: dotted path of an ``AddressPart``, where the desk words its first page itself.
    ``reviewed``: with ``link_first``, whether the person confirms what was typed on a page of its own.
    ``first_page``: template of the first page. ``confirmed``: of the page at the end; it knows ``desk``.
    ``filled_in``: for a button of the form that fills fields in: what the form starts with then, with
    all that was typed; None where another button was pressed.
    ``complete``: called with the new user and the form's values, in the same transaction. Only
    here may a desk match what it already has with the address, which is proven now.
    """

    slug: str
    form: str
    link_first: bool = False
    asks_cpf: bool = False
    title: Label = TITLE
    intro: Label = ""
    address_form: str = "portal.accounts.forms.registration.AddressPart"
    reviewed: bool = False
    first_page: str = "accounts/registration/register.html"
    confirmed: str = "accounts/registration/confirmed.html"
    complete: Callable[[Any, dict[str, Any]], None] | None = None
    filled_in: Callable[[HttpRequest], dict[str, Any] | None] | None = None


@dataclass(frozen=True, kw_only=True)
class Manual:
    """The manual of a desk: Markdown in ``<app>/help/<language>.md`` (see ``portal.help``).

    ``text`` says in a sentence what it explains. ``url_name`` is for a desk whose manual is a page
    of its own.
    """

    slug: str
    title: Label
    text: Label
    url_name: str = ""

    @property
    def url(self) -> str:
        return reverse(self.url_name) if self.url_name else reverse("help:manual", args=[self.slug])


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Something found: its name, a second line about it, its page, and of when it is."""

    title: Label
    text: Label = ""
    url: str
    when: str = ""


@dataclass(frozen=True, kw_only=True)
class SearchSource:
    """One kind of thing that the search box over all desks finds.

    ``find``: ``RequestScope``, what was typed, and how many at most -> hits, the newest first, of
    what this person may see. ``list_url``: the address of the desk's own list with that query;
    empty where there is none. ``visible``: whether this request's user may look for it at all.
    """

    label: Label
    icon: str
    order: int
    find: Callable[[Any, str, int], Sequence[Hit]]
    list_url: Callable[[Any, str], str] | None = None
    visible: Callable[[HttpRequest], bool] = _always


@dataclass(frozen=True, kw_only=True)
class FirstStep:
    """Something that a new operator does before this desk can work.

    ``url_name`` is where it is done, by whoever holds ``permission``.
    """

    label: Label
    text: Label
    url_name: str
    permission: str
    order: int
    is_done: Callable[[], bool]


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What one app adds to the portal. Every field but ``name`` and ``label`` may be left out.

    ``name``: the label of its Django app.
    ``urls``: the module of its addresses, included at the root, in the order of ``order``.
    ``nav``, ``front``, ``cards``, ``footer``, ``sitemap``: parts of shared pages.
    ``contact``, ``not_found``: links that these two pages offer.
    ``choice``: links that follow the choice of the company and its inscrição, and the answers on how
    others are let in (the help on certificates).
    ``contact_ways``: key of a contact desk -> the way to it through this desk, for who asks.
    ``sign_in``: ways to sign in beside the password.
    ``services``: what a grant may be limited to.
    ``groups``: name of a staff group -> permissions (``app.codename``) that a new portal gives it.
    ``watches``: what expires (``portal.reminders``).
    ``sealed``: where it keeps sealed bytes (``portal.vault.sealed``).
    ``proofs``: where it keeps MACs by keys of the vault (``portal.vault.sealed``).
    ``files``: the fields that hold keys of stored files, ``app.Model.field``.
    ``personal_data``: section of "my data" (an English msgid) -> what is kept about a user.
    ``on_erasure``: called with a user whose data are erased, inside that transaction: what is found
    by a key of theirs goes.
    ``typed``: model -> its text and JSON fields in which anybody may have named anybody; after an
    erasure a job takes the person out of them (``portal.accounts.services.erasing``).
    ``retyped``: model of ``typed`` -> what is called with the keys of the rows that this changed.
    ``kept_on_erasure``: what an erasure leaves here and why, a sentence each, for that person.
    ``audit_words``: action of the audit -> what a person reads.
    ``job_words``: job of the outbox -> what a person reads.
    ``limits``: action -> ``portal.accounts.limits.Limit``.
    ``beat``: entries of Celery's schedule.
    ``health``: what the portal needs beside the database -> whether it is well now; see
    ``portal.provider.health``.
    ``hooks``: event of ``portal.hooks`` -> who is told; True from one says that it was taken up.
    ``about``: what it shows on the page of another desk's object: of the request and the object's
    ``app.model:key`` a card, or None.
    ``registration``: how strangers register here.
    ``search``: what it adds to the search box over all desks (``portal.search``).
    ``help``: its manual.
    ``first_steps``: what a new operator does before it can work.
    ``demo``: the module that adds its world to the demonstration (``portal.demo``).
    """

    name: str
    label: Label
    order: int = 50
    urls: str = ""
    nav: Sequence[NavItem] = ()
    front: Sequence[Door] = ()
    cards: Sequence[Callable[[HttpRequest], Card | None]] = ()
    footer: Sequence[Link] = ()
    sitemap: Sequence[Link] = ()
    contact: Sequence[Link] = ()
    contact_ways: Sequence[Callable[[HttpRequest], Mapping[int, ContactWay]]] = ()
    not_found: Sequence[Link] = ()
    choice: Sequence[Link] = ()
    sign_in: Sequence[SignIn] = ()
    services: Sequence[Service] = ()
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    watches: Sequence[Any] = ()
    sealed: Sequence[Any] = ()
    proofs: Sequence[Any] = ()
    files: Sequence[str] = ()
    personal_data: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    on_erasure: Sequence[Callable[[Any], None]] = ()
    typed: Mapping[Any, Sequence[str]] = field(default_factory=dict)
    retyped: Mapping[Any, Callable[[Sequence[Any]], None]] = field(default_factory=dict)
    kept_on_erasure: Sequence[Label] = ()
    audit_words: Mapping[str, Label] = field(default_factory=dict)
    job_words: Mapping[str, Label] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    beat: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    health: Mapping[str, Callable[[], bool]] = field(default_factory=dict)
    hooks: Mapping[type, Sequence[Callable[[Any], bool | None]]] = field(default_factory=dict)
    about: Sequence[Callable[[HttpRequest, str], Card | None]] = ()
    registration: Registration | None = None
    search: Sequence[SearchSource] = ()
    help: Manual | None = None
    first_steps: Sequence[FirstStep] = ()
    demo: str = ""


_desks: dict[str, Desk] = {}


def register(desk: Desk) -> None:
    """Make a desk known. Raises ValueError for a second one of the same name."""
    if _desks.get(desk.name, desk) is not desk:
        raise ValueError(f"Two desks are called {desk.name!r}.")
    _desks[desk.name] = desk


def unregister(name: str) -> None:
    """Forget a desk. For tests that bring one of their own."""
    del _desks[name]


def registered() -> list[Desk]:
    """Every desk, by ``order`` and then in the order of ``INSTALLED_APPS``."""
    return sorted(_desks.values(), key=attrgetter("order"))


def installed() -> list[Desk]:
    """Every desk, in the order of ``INSTALLED_APPS``."""
    return list(_desks.values())


def gather(part: str) -> Iterator[Any]:
    """The items of one list-like field, of every desk: ``gather("cards")``."""
    for desk in registered():
        yield from getattr(desk, part)


def merged(part: str) -> dict[Any, Any]:
    """One dict-like field of every desk in one dict. Raises ValueError where two share a key."""
    found: dict[str, Any] = {}
    for desk in registered():
        mapping = getattr(desk, part)
        if twice := found.keys() & mapping.keys():
            raise ValueError(f"{desk.name}.{part} repeats {sorted(map(str, twice))}.")
        found.update(mapping)
    return found


def services() -> dict[str, Service]:
    """What a grant may be limited to, of every desk, by name. ValueError where two share one."""
    found: dict[str, Service] = {}
    for service in gather("services"):
        if found.setdefault(service.name, service) is not service:
            raise ValueError(f"Two services are called {service.name!r}.")
    return found


def nav_items() -> list[NavItem]:
    """Every entry of the main menu, in order."""
    return sorted(gather("nav"), key=attrgetter("order"))


def links(part: str, request: HttpRequest) -> list[Link]:
    """The links of ``footer``, ``sitemap``, ``contact``, ``not_found`` or ``choice`` for this
    request's user."""
    return _visible(sorted(gather(part), key=attrgetter("order")), request)


def doors(request: HttpRequest) -> list[Door]:
    """The doors of the front page, in order, each with the links for this request's user."""
    found: list[Door] = [door for door in gather("front") if door.visible(request)]
    return [
        replace(door, links=_visible(door.links, request))
        for door in sorted(found, key=attrgetter("order"))
    ]


def _visible(found: Sequence[Link], request: HttpRequest) -> list[Link]:
    return [link for link in found if link.visible(request)]


def listeners(event: type) -> Iterator[Callable[[Any], bool | None]]:
    """Who is told of this kind of event."""
    for desk in registered():
        yield from desk.hooks.get(event, ())


def by_registration(slug: str) -> Desk | None:
    """The desk whose registration has this slug."""
    return next((d for d in registered() if d.registration and d.registration.slug == slug), None)


def permissions_of_groups() -> dict[str, list[str]]:
    """Name of a staff group -> the permissions that all desks give it in a new portal."""
    found: dict[str, list[str]] = {}
    for desk in registered():
        for group, permissions in desk.groups.items():
            found.setdefault(group, []).extend(permissions)
    return found
