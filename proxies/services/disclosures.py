"""Showing a secret: who, what and why is written down first, and only then does the vault open.

And what is read of that afterwards: who saw what, and what somebody saw who has left since.
"""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from portal.accounts.models import Company, Grant, User
from portal.audit.services import record
from portal.vault.services import KeyMissing, KeyringBroken, VaultError
from proxies.models import Disclosure, Proxy, SecretValue
from proxies.models.offices import SERVICE
from proxies.services.codes import Code, read_seed, usable_code
from proxies.services.values import open_value

logger = logging.getLogger(__name__)
Act, Field = Disclosure.Act, SecretValue.Field
SHOWN_FIELDS = (Field.LOGIN, Field.PASSWORD, Field.CODE)  # a key never leaves, a seed gives codes
LEVELS = (Grant.Level.OPERATE, Grant.Level.ADMINISTER)  # that see values
KNOWN_SINCE = (Act.SHOWN, Act.COPIED)  # after these the person knows the value


class NotShown(Exception):
    """Nothing was shown; the message says why and what to do. ``passing``: it is worth a try later."""

    def __init__(self, text: str, *, passing: bool) -> None:
        super().__init__(text)
        self.passing = passing


@sensitive_variables("opened")
def disclose(
    value: SecretValue, act: str, *, reason: str, by: User, at: datetime, request: HttpRequest
) -> str:
    """What the value says. Never call it inside a transaction: see ``_opened``. Raises NotShown."""
    opened = _opened(value, act, reason=reason, by=by, at=at, request=request)
    return opened.decode()


@sensitive_variables("opened")
def disclose_code(
    value: SecretValue, *, reason: str, by: User, at: datetime, request: HttpRequest
) -> Code:
    """The code to type now, from the seed; the seed itself is shown to nobody. Raises NotShown."""
    opened = _opened(value, Act.CODE, reason=reason, by=by, at=at, request=request)
    try:
        return usable_code(read_seed(opened.decode()), at)
    except ValidationError as error:  # what was sealed before seeds were checked
        raise NotShown(" ".join(error.messages), passing=False) from None


@sensitive_variables("opened")
def _opened(
    value: SecretValue, act: str, *, reason: str, by: User, at: datetime, request: HttpRequest
) -> bytes:
    """The note is committed before the vault opens: ``durable`` refuses to run inside another
    transaction, whose end could still undo it."""
    try:
        with transaction.atomic(durable=True):
            note = _note(value, act, reason=reason, by=by, at=at, request=request)
    except DatabaseError as error:
        logger.error(
            "A disclosure could not be noted (%s): nothing was opened", type(error).__name__
        )
        text = _(
            "Nothing was shown, because it could not be written down who asks. Try again in a moment."
        )
        raise NotShown(text, passing=True) from None
    except VaultError as error:  # the audit's own proofs need the keyring
        logger.error("A disclosure could not be noted (%s): nothing was opened", error)
        raise NotShown(_why(error), passing=True) from None
    try:
        return open_value(value, newest=act != Act.FORMER)
    except VaultError as error:
        logger.error("Value %s of access %s does not open: %s", value.pk, value.proxy_id, error)
        _note_closed(note, value, by=by, at=at, request=request)
        raise NotShown(_why(error), passing=_is_passing(error)) from None


def _note(
    value: SecretValue, act: str, *, reason: str, by: User, at: datetime, request: HttpRequest
) -> Disclosure:
    note = Disclosure.objects.create(
        proxy=value.proxy, field=value.field, version=value.version, act=act, user=by,
        reason=reason, at=at,
    )  # fmt: skip
    # The reason may name people, and what is in the audit is never erased.
    record(
        "proxy.disclosed", target=value.proxy, company=value.proxy.office_id, actor=by,
        request=request, at=at,
        data={"field": value.field, "version": value.version, "act": str(act)},
    )  # fmt: skip
    return note


def _note_closed(
    note: Disclosure, value: SecretValue, *, by: User, at: datetime, request: HttpRequest
) -> None:
    """It was asked for, but nobody saw it."""
    with transaction.atomic():
        Disclosure.objects.filter(pk=note.pk).update(opened=False)
        record(
            "proxy.unreadable", target=value.proxy, company=value.proxy.office_id, actor=by,
            request=request, at=at, data={"field": value.field, "version": value.version},
        )  # fmt: skip


def _is_passing(error: VaultError) -> bool:
    return isinstance(error, KeyMissing | KeyringBroken)


def _why(error: VaultError) -> str:
    """What the person does about it: a missing key comes back, a changed value does not."""
    if _is_passing(error):
        return _(
            "The vault lacks the key for this value, so it stays closed. Nothing is lost: tell the "
            "provider, who has to bring the key back."
        )
    return _(
        "This value cannot be read: it was changed outside of the portal, or another one was put "
        "into its place. Do not use what you may have of it. Set a new value at the agency and then "
        "here, and tell the provider."
    )


def left_behind(office: Company, at: datetime) -> QuerySet[Proxy]:
    """The accesses with a value in use that somebody knows who has no access to them any more.

    Known is what a person was shown, copied or typed. Whose grants ended, were revoked, name
    another service or let only consult has left; so has who was deactivated or erased. A new value
    takes the access off this list.
    """
    seen = gone_with(at).filter(proxy=OuterRef("pk"))
    typed = typed_by_gone(at).filter(proxy=OuterRef("pk"))
    kept = Proxy.objects.filter(office=office).exclude(status=Proxy.Status.DESTROYED)
    return kept.filter(Exists(seen) | Exists(typed))


def who_left(proxies: Iterable[Proxy], at: datetime) -> dict[int, list[str]]:
    """Key of each access -> the names of those who know a value of it and have left; an erased
    person has none (``""``). Two queries."""
    names: dict[int, list[str]] = {proxy.pk: [] for proxy in proxies}
    seen = gone_with(at).filter(proxy__in=names).order_by("user__name")
    typed = typed_by_gone(at).filter(proxy__in=names).order_by("set_by__name")
    for pk, name in (
        *seen.values_list("proxy", "user__name").distinct(),
        *typed.values_list("proxy", "set_by__name").distinct(),
    ):
        if (name or "") not in names[pk]:
            names[pk].append(name or "")
    return names


def gone_with(at: datetime) -> QuerySet[Disclosure]:
    """What somebody saw or copied of a value in use, who has left since."""
    newest = _newest(OuterRef("proxy"), OuterRef("field"))
    found = Disclosure.objects.filter(opened=True, act__in=KNOWN_SINCE, version=Subquery(newest))
    return found.filter(Q(user=None) | _has_left("user", "proxy__office", at))


def typed_by_gone(at: datetime) -> QuerySet[SecretValue]:
    """The values in use that were set by somebody who has left since."""
    newest = _newest(OuterRef("proxy"), OuterRef("field"))
    found = SecretValue.objects.filter(
        version=Subquery(newest), sealed__isnull=False, set_by__isnull=False, set_by__is_staff=False
    ).exclude(field=Field.KEY)
    return found.filter(_has_left("set_by", "proxy__office", at))


def _newest(proxy: OuterRef, field: OuterRef) -> QuerySet[SecretValue, int]:
    values = SecretValue.objects.filter(proxy=proxy, field=field)
    return values.order_by("-version").values_list("version", flat=True)[:1]


def _has_left(user: str, office: str, at: datetime) -> Q:
    held = Grant.objects.in_force(at).opening(SERVICE)
    held = held.filter(
        user=OuterRef(user), company=OuterRef(office), user__is_active=True, level__in=LEVELS
    )
    return ~Q(Exists(held))
