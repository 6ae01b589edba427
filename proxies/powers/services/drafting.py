"""Drafting a power of attorney: who may, over which places, for which services, within which limits."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.services.signers import NoSigner, current_signer
from portal import desks
from portal.accounts.models import Company, Grant, Unit, User
from portal.accounts.opening import Means, Opening
from portal.audit.services import record
from portal.taxid import is_cnpj, is_cpf, normalise
from proxies.powers.models import Power, company_session_of
from proxies.powers.services import records
from proxies.powers.services.refusals import CannotGrant
from proxies.powers.services.terms import Terms, latest_end

LEVELS = (Grant.Level.CONSULT, Grant.Level.OPERATE)


@dataclass(frozen=True)
class GrantablePlaces:
    """What the session's e-CNPJ may give a power over: whole companies, and single units."""

    companies: list[Company]
    units: list[Unit]


def may_grant(user: User, *, at: datetime) -> bool:
    """Whether this session may give a power of attorney: an e-CNPJ opened it, and it opens places."""
    places = grantable_places(user, at=at)
    return bool(places.companies or places.units)


def grantable_places(user: User, *, at: datetime) -> GrantablePlaces:  # noqa: ARG001
    """Whole companies of exactly this CNPJ, and the units that it opens. Two queries."""
    cnpj = company_session_of(user)
    if not (cnpj and user.is_active):
        return GrantablePlaces([], [])
    units = Unit.objects.opened_by(cnpj).select_related("company").order_by("code")
    companies = Company.objects.filter(tax_id=cnpj, is_active=True)
    return GrantablePlaces(list(companies), list(units))


def check_signer(at: datetime) -> None:
    """Raises CannotGrant where the provider has nothing to seal records with."""
    try:
        current_signer(at)
    except NoSigner as error:
        raise CannotGrant(
            _(
                "The provider has no certificate in use to seal powers of attorney with. Nothing "
                "was granted. Try again later, or write to us."
            )
        ) from error


def offered_services(whole: bool) -> list[desks.Service]:
    """What a power may name: over single units not what only a whole company has."""
    return [one for one in desks.services().values() if whole or not one.whole_company]


def similar(terms: Terms, *, at: datetime) -> QuerySet[Power]:
    """Powers that wait or are in force and say the same: of this, too, people are warned.

    Same company, places and services, for the same person.
    """
    live = Power.objects.live(timezone.localdate(at)).filter(
        company=terms.company, grantee_cpf=normalise(terms.grantee_cpf),
        services=sorted(set(terms.services)),
    )  # fmt: skip
    wanted = {unit.pk for unit in terms.units}
    found: dict[int, set[int]] = defaultdict(set)
    places: Any = live.values_list("pk", "units")
    for pk, unit in places:
        found[pk] |= {unit} - {None}
    return live.filter(pk__in=[pk for pk, units in found.items() if units == wanted])


def draft(terms: Terms, *, by: User, at: datetime, request: HttpRequest | None = None) -> Power:
    """A draft of a power with its record, for the person to read and confirm.

    Raises CannotGrant where this session may not grant, or there is no signer; ValidationError by
    field for what the terms say.
    """
    places = grantable_places(by, at=at)
    if not (places.companies or places.units):
        raise CannotGrant(
            _("A power of attorney is given only in a session opened with the company's e-CNPJ.")
        )
    check_signer(at)
    _check(terms, places, by=by, on=timezone.localdate(at))
    opening = by.opening or Opening(Means.PASSWORD)  # never: see grantable_places
    power = Power(
        company=terms.company, cnpj=opening.cnpj, certificate_sha256=opening.sha256,
        grantor_name=(opening.company_name or terms.company.name)[:200],
        signer=by, signer_cpf=by.cpf, signer_name=by.name,
        grantee_cpf=normalise(terms.grantee_cpf), grantee_name=" ".join(terms.grantee_name.split()),
        grantee_email=terms.grantee_email.strip().lower(),
        office_cnpj=normalise(terms.office_cnpj), services=sorted(set(terms.services)),
        level=terms.level, starts_on=terms.starts_on, ends_on=terms.ends_on, renews=terms.renews,
        created_at=at,
    )  # fmt: skip
    power.record = records.of_power(power, sorted(terms.units, key=lambda unit: unit.code), at=at)
    power.record_sha256 = hashlib.sha256(power.record).hexdigest()
    with transaction.atomic():
        power.save(force_insert=True)
        power.units.set(terms.units)
        record(
            "power.drafted", target=power, company=power.company_id, actor=by, request=request,
            at=at, data={"sha256": power.record_sha256},
        )  # fmt: skip
    return power


def discard(power: Power, *, by: User, at: datetime, request: HttpRequest | None = None) -> None:
    """Throw a draft away. Raises CannotGrant where it is none any more, or not this session's."""
    if not power.can_be_discarded_by(by):
        raise CannotGrant(_("This draft is not yours, or it was confirmed meanwhile."))
    with transaction.atomic():
        if not Power.objects.filter(pk=power.pk).discard_drafts():
            raise CannotGrant(_("This draft is no longer there, or it was confirmed meanwhile."))
        record(
            "power.discarded", target=f"powers.power:{power.pk}", company=power.company_id,
            actor=by, request=request, at=at,
        )  # fmt: skip


def _check(terms: Terms, places: GrantablePlaces, *, by: User, on: date) -> None:
    found: dict[str, str] = {}
    found |= _wrong_with_grantee(terms, by)
    found |= _wrong_with_places(terms, places)
    found |= _wrong_with_services(terms)
    found |= _wrong_with_days(terms, on)
    if terms.renews is not None and terms.renews.company_id != terms.company.pk:
        found["company"] = _("The power that this one renews is of another company.")
    if found:
        raise ValidationError(found)


def _wrong_with_grantee(terms: Terms, by: User) -> dict[str, str]:
    found, cpf = {}, normalise(terms.grantee_cpf)
    if not is_cpf(cpf):
        found["grantee_cpf"] = _("Enter a valid CPF.")
    elif cpf == by.cpf:
        found["grantee_cpf"] = _(
            "This is your own CPF: you answer for the company already. Name somebody else."
        )
    if not 0 < len(" ".join(terms.grantee_name.split())) <= 120:
        found["grantee_name"] = _("Enter the name, with at most 120 characters.")
    if terms.grantee_email.strip():
        try:
            validate_email(terms.grantee_email.strip())
        except ValidationError as error:
            found["grantee_email"] = " ".join(error.messages)
    if terms.office_cnpj.strip() and not is_cnpj(normalise(terms.office_cnpj)):
        found["office_cnpj"] = _("Enter a valid CNPJ.")
    return found


def _wrong_with_places(terms: Terms, places: GrantablePlaces) -> dict[str, str]:
    if not terms.units:
        if terms.company.pk in {company.pk for company in places.companies}:
            return {}
        return {
            "company": _(
                "Over the whole company a power is given only with its own e-CNPJ. Choose units."
            )
        }
    open_units = {unit.pk: unit.company_id for unit in places.units}
    if all(open_units.get(unit.pk) == terms.company.pk for unit in terms.units):
        return {}
    return {"units": _("Choose units of one company that your certificate opens.")}


def _wrong_with_services(terms: Terms) -> dict[str, str]:
    found, offered = {}, {one.name for one in offered_services(not terms.units)}
    if not terms.services:
        found["services"] = _("Choose at least one service.")
    elif not set(terms.services) <= desks.services().keys():
        found["services"] = _("One of these services is not known here.")
    elif not set(terms.services) <= offered:
        found["services"] = _("One of these services can be given for the whole company only.")
    if terms.level not in LEVELS:
        found["level"] = _("A power of attorney lets consult or operate, never administer.")
    return found


def _wrong_with_days(terms: Terms, on: date) -> dict[str, str]:
    found = {}
    if terms.starts_on < on:
        found["starts_on"] = _("The first day must not have passed.")
    if terms.ends_on < terms.starts_on:
        found["ends_on"] = _("The last day must not come before the first.")
    elif terms.ends_on > latest_end(terms.starts_on):
        found["ends_on"] = _("A power of attorney lasts at most five years: to %(day)s.") % {
            "day": f"{latest_end(terms.starts_on):%d/%m/%Y}"
        }
    return found
