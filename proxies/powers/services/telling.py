"""Mails about powers of attorney: to the grantee at the address that was typed, and to the company."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from portal.accounts.models import Grant, User
from portal.outbox.services import enqueue_mail
from proxies.powers.models import Power


def granted(power: Power, *, at: datetime) -> None:
    """To the address that the company typed. Whose it is nobody knows: it says as little as it can."""
    if power.grantee_email:
        _mail(power, "granted", {power.grantee_email: None}, at=at)


def accepted(power: Power, *, at: datetime) -> None:
    _mail(power, "accepted", company_people(power, at=at), at=at)


def declined(power: Power, *, at: datetime) -> None:
    _mail(power, "declined", company_people(power, at=at), at=at)


def renounced(power: Power, *, at: datetime) -> None:
    _mail(power, "renounced", company_people(power, at=at), at=at)


def revoked(power: Power, *, at: datetime) -> None:
    _mail(power, "revoked", _grantee(power), at=at)


def ended(power: Power, *, at: datetime) -> None:
    """To the grantee while the person is there, and to the company while it is."""
    people = _grantee(power)
    if power.company.is_active:
        people |= company_people(power, at=at)
    _mail(power, "ended", people, at=at)


def company_people(power: Power, *, at: datetime) -> dict[str, int | None]:
    """Address -> user: who administers the whole company, and who granted the power."""
    held = Grant.objects.in_force(at).filter(company=power.company_id, level=Grant.Level.ADMINISTER)
    people = User.objects.filter(Q(pk__in=held.values("user")) | Q(pk=power.signer_id))
    found = people.filter(is_active=True).exclude(email=None).order_by("pk")
    return {user.email or "": user.pk for user in found}


def _grantee(power: Power) -> dict[str, int | None]:
    """The grantee where the person is known here, else the address that was typed."""
    user = power.grantee
    if user is None:
        return {power.grantee_email: None} if power.grantee_email else {}
    return {user.email: user.pk} if user.email and user.is_active else {}


def _mail(power: Power, template: str, people: dict[str, int | None], *, at: datetime) -> None:
    context: dict[str, Any] = {
        "power": power, "company": power.grantor_name, "cnpj": power.shown_cnpj,
        "grantee": power.grantee_name, "grantee_cpf": power.masked_grantee_cpf, "at": at,
        "note": power.status_note,
        "link": settings.BASE_URL + reverse("powers:power", args=[power.code]),
        "verify": settings.BASE_URL + reverse("powers:verify_code", args=[power.code]),
    }  # fmt: skip
    named = User.objects.with_proven_cpf(power.grantee_cpf)
    about = {power.grantee_id, power.signer_id, named.pk if named else None}
    for address, user in people.items():
        enqueue_mail(
            to=address, template=f"powers/mail/{template}", context=context,
            key=f"power-{template}:{power.pk}:{user or 'typed'}",
            about=[pk for pk in {user, *about} if pk],
        )  # fmt: skip
