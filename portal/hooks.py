"""The few things that one part of the portal tells another, registered in ``AppConfig.ready()``."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise

Label = str | Promise


@dataclass(frozen=True, eq=False)  # each is itself, and quickly told apart
class NavItem:
    """One entry of the top menu.

    ``url_name`` is reversed without arguments; ``visible`` answers whether this request's user
    may go there; ``section`` is ``client`` or ``staff``.
    """

    label: Label
    url_name: str
    icon: str
    section: str
    order: int
    visible: Callable[[HttpRequest], bool]


@dataclass(frozen=True)
class Card:
    """A part of the dashboard: a template and what it shows."""

    order: int
    template: str
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DocumentContested:
    """A client contested a document; whoever handles questions of amount may open a ticket."""

    document_pk: int
    user_pk: int
    reason: str


nav_items: list[NavItem] = []
dashboard_cards: list[Callable[[HttpRequest], Card | None]] = []
document_contested: list[Callable[[DocumentContested], None]] = []
# Told when a person's data are erased (LGPD), inside that transaction; called with the user.
person_erased: list[Callable[[Any], None]] = []
# Sections of "my data" (LGPD): name -> what the portal keeps about this user, JSON-ready.
personal_data: dict[str, Callable[[Any], Any]] = {}
