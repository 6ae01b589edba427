"""Powers that end, for the reminders: which ones, whom to tell, what to do."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import Grant, User
from portal.reminders.registry import ExpiringItem
from proxies.powers.models import Power, PowerQuerySet

CHUNK = 2000


def due(first: date, last: date) -> Iterator[ExpiringItem]:
    """Every accepted power whose last day is among these, the next to end first."""
    yield from _items(_watched(), first, last)


def visible_to(
    user: User, first: date, last: date, keys: Collection[str] | None, *, backwards: bool = False
) -> Iterable[ExpiringItem]:
    """Those that the person has, gave, or whose company the person administers."""
    if user.is_staff:
        return
    mine = _watched().filter(pk__in=_concerning(user).values("pk"))
    if keys is not None:
        mine = mine.filter(pk__in=[key for key in keys if key.isdecimal() and len(key) < 19])
    yield from _items(mine, first, last, backwards=backwards)


def recipients(keys: Collection[str]) -> dict[str, set[int]]:
    """Who is told: the grantee, who granted it, and who administers the whole company."""
    rows: Any = Power.objects.filter(pk__in=list(keys)).values_list(
        "pk", "company", "grantee", "signer"
    )
    found = list(rows)
    admins: dict[int, set[int]] = {}
    held = Grant.objects.in_force(timezone.now()).filter(
        company__in={company for _pk, company, *_people in found}, level=Grant.Level.ADMINISTER
    )
    for company, user in held.values_list("company", "user"):
        admins.setdefault(company or 0, set()).add(user)
    return {
        str(pk): admins.get(company, set()) | {one for one in people if one}
        for pk, company, *people in found
    }


def _watched() -> PowerQuerySet:
    """Those in force that nobody has renewed."""
    kept = [Power.Status.WAITING, Power.Status.ACTIVE]
    renewed = Power.objects.filter(status__in=kept).exclude(renews=None).values("renews")
    return Power.objects.filter(status=Power.Status.ACTIVE).exclude(pk__in=renewed)


def _concerning(user: User) -> PowerQuerySet:
    return Power.objects.visible_to(user) | Power.objects.filter(_given_by(user))


def _given_by(user: User) -> Q:
    return Q(signer=user.pk) & ~Q(status=Power.Status.DRAFT)


def _items(
    powers: PowerQuerySet, first: date, last: date, *, backwards: bool = False
) -> Iterator[ExpiringItem]:
    order = ("-ends_on", "-pk") if backwards else ("ends_on", "pk")
    found = powers.filter(ends_on__gte=first, ends_on__lte=last).order_by(*order)
    for power in found.iterator(chunk_size=CHUNK):
        yield ExpiringItem(
            key=str(power.pk), version=power.ends_on.isoformat(),
            title=_("Power of attorney: %(company)s to %(grantee)s")
            % {"company": power.grantor_name, "grantee": power.grantee_name},
            detail=power.shown_code, expires_on=power.ends_on, url=power.get_absolute_url(),
            advice=_(
                "Who answers for the company renews it with the e-CNPJ; the grantee accepts the new "
                "one before this one ends."
            ),
            rank=f"{power.pk:019d}",
        )  # fmt: skip
