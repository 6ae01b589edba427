"""What the portal keeps about a person (LGPD, art. 18 II): the sections of "my data".

``Desk.personal_data`` maps a section's name (an English msgid) to a function that returns plain
JSON: an object, or a list of objects, with keys in the reader's language. A list that grows with
the years is given as ``Rows``.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal import desks
from portal.accounts.labels import instant
from portal.accounts.models import AccessRequest, GuestLink, Invitation, User
from portal.accounts.services.sessions import describe
from portal.audit.labels import action_label, target_label
from portal.audit.models import AuditEvent
from portal.outbox import people
from portal.taxid import format_tax_id

Row = dict[str, Any]
COUNTED = 1000  # the page counts so many rows of a list, the file has them all


@dataclass(frozen=True)
class Rows:
    """A list that may be long: the page reads its first rows, the file all, one after another.

    ``lines`` makes, of one row of ``found``, the lines that the person reads: mostly one.
    """

    found: QuerySet[Any, Any]
    lines: Callable[[Any], list[Row]]

    def __iter__(self) -> Iterator[Row]:
        for one in self.found.iterator(chunk_size=2000):
            yield from self.lines(one)

    def first(self, shown: int) -> list[Row]:
        return [line for one in self.found[:shown] for line in self.lines(one)]

    def more_than(self, shown: int) -> int:
        """How many rows come after the first ``shown``, at most COUNTED + 1."""
        return self.found.order_by()[shown : shown + COUNTED + 1].count()


def profile(user: User) -> Row:
    return {
        _("Name"): user.name,
        _("CPF"): format_tax_id(user.cpf or ""),
        _("E-mail"): user.email or "",
        _("Phone"): user.phone,
        _("Extension"): user.phone_extension,
        _("Address"): ", ".join(user.address_lines),
        _("Registered at"): instant(user.date_joined),
        _("Last sign-in"): instant(user.last_login),
    }


def access(user: User) -> list[Row]:
    grants = user.grants.select_related("company", "unit__company").order_by("pk")
    return [
        {
            _("Company"): str(grant.company or (grant.unit and grant.unit.company) or ""),
            _("Unit"): str(grant.unit or _("All units")),
            _("Level"): grant.get_level_display(),
            _("Services"): grant.services_text,
            _("Given by"): grant.get_source_display(),
            _("Since"): instant(grant.valid_from or grant.created_at),
            _("Until"): instant(grant.revoked_at or grant.valid_until),
        }
        for grant in grants
    ]


def sessions(user: User) -> list[Row]:
    return [
        {
            _("Device"): describe(row.user_agent),
            _("Address"): row.ip,
            _("Started at"): instant(row.created_at),
            _("Last seen at"): instant(row.last_seen_at),
        }
        for row in UserSession.objects.filter(user=user).order_by("-last_seen_at")
    ]


def second_factors(user: User) -> list[Row]:
    return [
        {
            _("Kind"): row.get_type_display(),
            _("Since"): instant(row.created_at),
            _("Last used at"): instant(row.last_used_at),
        }
        for row in Authenticator.objects.filter(user=user).order_by("pk")
    ]


def requests(user: User) -> list[Row]:
    """What the person asked for; for access also as a stranger, by what is proven to be theirs."""
    mine = Q(user=user)
    if user.email and user.email_proof:
        mine |= Q(email__iexact=user.email)
    if user.cpf and user.cpf_proof:
        mine |= Q(cpf=user.cpf)
    asked = AccessRequest.objects.filter(mine).order_by("pk")
    rows = [
        {
            _("Request"): _("Access to %(unit)s") % {"unit": row.unit_text},
            _("Asked at"): instant(row.created_at),
            _("Message"): row.message,
            _("Status"): row.get_status_display(),
            _("Answer"): row.refusal_reason,
        }
        for row in asked
    ]
    return rows + [
        {
            _("Request"): _("Erasure of my data"),
            _("Asked at"): instant(row.created_at),
            _("Message"): row.reason,
            _("Status"): row.get_status_display(),
            _("Answer"): row.answer,
        }
        for row in user.erasure_requests.order_by("pk")
    ]


def invitations_received(user: User) -> Rows:
    """Those that the person accepted, and those sent to their address, if they have proven it."""
    mine = Q(accepted_by=user)
    if user.email and user.email_proof:
        mine |= Q(email=user.email)
    return Rows(_invitations().filter(mine), _invitation)


def invitations_made(user: User) -> Rows:
    """To which companies and what the person invited others. Whom: that is the others' own."""
    return Rows(_invitations().filter(created_by=user), _invitation)


def _invitations() -> QuerySet[Invitation]:
    found = Invitation.objects.select_related("company").prefetch_related("units")
    return found.order_by("-created_at", "-pk")


def _invitation(row: Invitation) -> list[Row]:
    line = {
        _("Company"): str(row.company),
        _("Units"): row.units_text,
        _("Level"): row.get_level_display(),
        _("Services"): row.services_text,
        _("Sent at"): instant(row.created_at),
        _("Accepted at"): instant(row.accepted_at),
        _("Cancelled at"): instant(row.cancelled_at),
        _("Link valid until"): instant(row.expires_at),
    }
    return [line]


def guest_links(user: User) -> Rows:
    """Links by which the person's address, if they have proven it, opens something without the
    account."""
    mine = GuestLink.objects.filter(email=user.email).order_by("-pk")
    return Rows(
        mine if user.email and user.email_proof else mine.none(),
        lambda row: [
            {
                _("About"): row.title,
                _("Sent at"): instant(row.created_at),
                _("Opened at"): instant(row.used_at),
            }
        ],
    )


def events(user: User) -> Rows:
    words, me = desks.merged("audit_words"), f"{user._meta.label_lower}:{user.pk}"
    found = AuditEvent.objects.filter(actor_id=user.pk).order_by("-pk")
    return Rows(
        found.only("at", "action", "target", "address"),
        lambda event: [
            {
                _("When"): instant(event.at),
                _("What"): action_label(event.action, words),
                _("About"): _("My registration")
                if event.target == me
                else target_label(event.target),
                _("Address"): event.address or "",
            }
        ],
    )


def done_to_account(user: User) -> Rows:
    """What others did with the person's registration: what and when. Who, the law does not ask."""
    words = desks.merged("audit_words")
    found = AuditEvent.objects.filter(target=f"{user._meta.label_lower}:{user.pk}")
    return Rows(
        found.exclude(actor_id=user.pk).order_by("-pk").only("at", "action"),
        lambda event: [
            {_("When"): instant(event.at), _("What"): action_label(event.action, words)}
        ],
    )


def mails(user: User) -> Rows:
    """Mail to the person and about them, as long as the outbox keeps it. Texts may hold links."""
    return Rows(
        people.about(user.pk).order_by("-pk").defer("sealed"),
        lambda entry: [
            {
                _("Subject"): entry.label,
                _("Sent to"): entry.recipient
                if entry.recipient == user.email
                else _("Somebody else"),
                _("When"): instant(entry.done_at or entry.created_at),
                _("Status"): entry.get_status_display(),
            }
        ],
    )


SECTIONS: dict[str, Callable[[Any], Any]] = {
    gettext_noop("Registration"): profile,
    gettext_noop("Access to companies and units"): access,
    gettext_noop("Where I am signed in"): sessions,
    gettext_noop("Two-step verification"): second_factors,
    gettext_noop("My requests"): requests,
    gettext_noop("Invitations that I received"): invitations_received,
    gettext_noop("Invitations that I made"): invitations_made,
    gettext_noop("Links sent to me"): guest_links,
    gettext_noop("What I did in the portal"): events,
    gettext_noop("What others did with my registration"): done_to_account,
    gettext_noop("Mail to me and about me"): mails,
}


def collect(user: User) -> dict[str, Any]:
    """Every section of every app, by its name in the reader's language."""
    return {_(name): section(user) for name, section in desks.merged("personal_data").items()}


def as_json(value: Any) -> Iterator[str]:
    """What ``collect`` gives as JSON, piece by piece: no list is held in memory."""
    if isinstance(value, dict):
        yield "{"
        for number, (name, part) in enumerate(value.items()):
            yield (",\n" if number else "\n") + json.dumps(name, ensure_ascii=False) + ": "
            yield from as_json(part)
        yield "\n}"
    elif isinstance(value, Rows):
        yield "["
        for number, row in enumerate(value):
            yield (",\n" if number else "\n") + json.dumps(row, ensure_ascii=False, indent=2)
        yield "\n]"
    else:
        yield json.dumps(value, ensure_ascii=False, indent=2)


@dataclass
class Section:
    """One section as the page shows it: facts, or the first rows of a list."""

    name: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[list[tuple[str, str]]] = field(default_factory=list)
    more: int = 0
    is_counted: bool = True


def sections(user: User, *, shown: int) -> list[Section]:
    """What the page shows: every section, its lists cut to ``shown`` rows; inner lists become their own."""
    found: list[Section] = []
    for name, value in collect(user).items():
        if not isinstance(value, dict):
            found.append(_table(name, value, shown))
            continue
        inner = {key: part for key, part in value.items() if isinstance(part, list | Rows)}
        facts = [(key, _text(part)) for key, part in value.items() if key not in inner]
        if facts:
            found.append(Section(name, facts=facts))
        found += [_table(key, part, shown) for key, part in inner.items()]
    return found


def _table(name: str, value: list[Row] | Rows, shown: int) -> Section:
    if isinstance(value, Rows):
        first, more = value.first(shown), value.more_than(shown)
    else:
        first, more = value[:shown], max(0, len(value) - shown)
    return Section(
        name,
        columns=list(first[0]) if first else [],
        rows=[[(key, _text(part)) for key, part in row.items()] for row in first],
        more=min(more, COUNTED),
        is_counted=more <= COUNTED,
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value)
