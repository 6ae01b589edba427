"""Companies that accept only digital certificates: what that closes, from when, and who is told."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.accounts.models import Company, User

TOLD = 3


def refused_companies(user: User, *, at: datetime) -> list[Company]:
    """The companies for whose sake a password does not let this person in at all.

    Empty where one of theirs is open to a password, or where they have none yet.
    """
    closed, others = closed_companies(user, at=at), Company.objects.granted_to(user, at=at)
    if not closed or others.exclude(pk__in=[company.pk for company in closed]).exists():
        return []
    return closed


def closed_companies(user: User, *, at: datetime) -> list[Company]:
    """This person's companies that a password does not open today, by name."""
    mine = Company.objects.granted_to(user, at=at)
    return list(mine.certificate_only(on=timezone.localdate(at)).order_by("name", "pk"))


def announced_companies(user: User, *, at: datetime) -> list[Company]:
    """This person's companies that a password opens still, but not for long: the soonest first."""
    mine = Company.objects.granted_to(user, at=at)
    coming = mine.filter(certificate_only_from__gt=timezone.localdate(at))
    return list(coming.order_by("certificate_only_from", "name", "pk"))


def tell_at_login(request: HttpRequest, user: User, *, at: datetime) -> None:
    """Say to who came with a password what that does not open, or soon will not."""
    if user.is_staff:
        return
    mine = Company.objects.granted_to(user, at=at).filter(certificate_only_from__isnull=False)
    today = timezone.localdate(at)
    for company in mine.order_by("certificate_only_from", "name")[:TOLD]:
        values = {"company": company.name, "day": date_format(company.certificate_only_from)}
        if company.requires_certificate(today):
            text = _(
                "%(company)s opens only with a digital certificate, no longer with a password."
            )
        else:
            text = _("From %(day)s on %(company)s opens only with a digital certificate.")
        messages.warning(request, text % values)
