"""The two-part code with which a holder has the certificate issued.

The first part stands on the order's page, the second goes to the holder's e-mail: who has one of
the two has nothing. Wrong ones are counted before they are compared.
"""

import re
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certificates.issuing import current_authority
from orders.models import Emission, Order
from orders.services import life, telling
from orders.services.life import NotPossible, note_event, refuse_unless
from portal.accounts.models import User
from portal.audit.services import record
from portal.vault.services import VaultError, open_sealed, seal

# Without those that are taken for one another: 0 O, 1 I L.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
JUST_NOW = timedelta(minutes=1)  # a second click makes no other code
SCREEN, MAIL = 6, 8  # characters of each part
_BETWEEN = re.compile(r"[\s.\-–]")


class WrongCode(NotPossible):
    """The code is not right, is over, or was typed wrongly too often."""


def open_emission(order: Order) -> Emission | None:
    """The emission under way, or the one for which the order has its code."""
    return order.emissions.open().first()


def make(order: Order, *, by: User | None, at: datetime, reason: str = "") -> Emission | None:
    """A new code for an approved renewal, in place of the one before; its second part is mailed.

    None where no authority issues here: staff do it by hand. In the order's lock, of which the
    caller takes care.
    """
    if not order.is_renewal or current_authority() is None:
        return None
    close(order, at=at, reason=reason)
    mailed = _random(MAIL)
    try:
        with transaction.atomic():
            emission = Emission.objects.create(
                order=order, made_at=at, code_made_by=by, code_until=at + Emission.LIFE,
                mail_hash=make_password(mailed),
            )  # fmt: skip
    except IntegrityError:  # another was made at this moment, and mailed
        return open_emission(order)
    emission.screen_sealed = seal(_random(SCREEN).encode(), **emission.vault_context())
    emission.save(update_fields=["screen_sealed"])
    note_event(order, "code", by=by, at=at, note=reason)
    telling.code(order, shown(mailed), emission=emission)
    return emission


def close(order: Order, *, at: datetime, reason: str = "") -> None:
    """End the code that is under way, if there is one and no request was made with it."""
    waiting = order.emissions.open().filter(csr=None)
    waiting.update(closed_at=at, reason=reason, screen_sealed=None)


@transaction.atomic
def ask(order: Order, *, by: User, at: datetime, request: HttpRequest | None = None) -> None:
    """The client asks for the code of an order that was approved before codes were made here."""
    life.lock(order)
    refuse_unless(order.status == Order.Status.APPROVED and order.is_renewal)
    refuse_unless(
        open_emission(order) is None, _("The code was made already: look into your mail.")
    )
    _make(order, "", by=by, at=at, request=request)


@transaction.atomic
def reissue(
    order: Order, *, by: User, at: datetime, note: str, request: HttpRequest | None = None
) -> None:
    """Staff make a new code, for this reason; the one before is worth nothing."""
    life.lock(order)
    refuse_unless(order.status == Order.Status.APPROVED and order.is_renewal)
    before = open_emission(order)
    is_new = before is not None and not before.tries and at - before.made_at < JUST_NOW
    refuse_unless(not is_new, _("A code was made just now."))
    _make(order, note, by=by, at=at, request=request)


def _make(
    order: Order, reason: str, *, by: User, at: datetime, request: HttpRequest | None
) -> None:
    made = make(order, by=by, at=at, reason=reason)
    refuse_unless(
        made, _("No certification authority is connected: certificates are issued by hand.")
    )
    record(
        "order.code", target=order, company=order.audit_company, actor=by, request=request, at=at
    )


def screen_part(emission: Emission) -> str:
    """The first part, as the order's page shows it; empty once it is over."""
    if not emission.screen_sealed:
        return ""
    try:
        return shown(open_sealed(emission.screen_sealed, **emission.vault_context()).decode())
    except VaultError:  # the key is gone: staff make another code
        return ""


def first_part(order: Order) -> str:
    """The same, while it may be used; empty for an order without a code."""
    if order.status != Order.Status.APPROVED or not order.is_renewal:
        return ""
    emission = open_emission(order)
    return screen_part(emission) if emission else ""


def check(emission: Emission, first: str, second: str, *, at: datetime) -> None:
    """Raises WrongCode. A wrong one is counted, in a transaction of its own: call it outside of any.

    Each try is counted before it is compared, so that many at once are not more than five.
    """
    if not emission.takes_code(at):
        raise WrongCode(_over(emission))
    rows = Emission.objects.filter(pk=emission.pk, closed_at=None, csr=None)
    if not rows.filter(tries__lt=Emission.MOST_TRIES).update(tries=F("tries") + 1):
        emission.refresh_from_db()
        raise WrongCode(_over(emission))
    right = constant_time_compare(_bare(screen_part(emission)), _bare(first))
    if check_password(_bare(second), emission.mail_hash) and right and _bare(first):
        rows.filter(tries__gt=0).update(tries=F("tries") - 1)
        return
    emission.refresh_from_db(fields=["tries"])
    raise WrongCode(_wrong(emission))


def _wrong(emission: Emission) -> str:
    left = emission.tries_left
    if left <= 0:
        return _over(emission)
    return ngettext(
        "The code is not right. %(n)d try is left.", "The code is not right. %(n)d tries are left.",
        left,
    ) % {"n": left}  # fmt: skip


def _over(emission: Emission) -> str:
    if emission.is_locked:
        return _("The code was typed wrongly five times: ask us for a new one.")
    return _("The code is over: ask us for a new one.")


def shown(code: str) -> str:
    """In groups, as people read and type it."""
    half = len(code) // 2
    return f"{code[:half]}-{code[half:]}"


def _bare(code: str) -> str:
    return _BETWEEN.sub("", code).upper()


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _n in range(length))
