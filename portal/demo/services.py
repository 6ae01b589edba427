"""Making the demonstration, once. Stopped in the middle, it goes on from there."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from importlib import import_module
from types import ModuleType
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from portal import desks
from portal.accounts.models import AccessRequest, Company, Grant, Unit, User
from portal.accounts.services import create_user, grant_access, request_access
from portal.accounts.services.certificate_only import require_certificate
from portal.audit.models import AuditEvent
from portal.audit.services import record
from portal.demo.cast import (
    CAST,
    CERTIFICATE_ONLY,
    CNPJ,
    COMPANIES,
    DOMAIN,
    GRANTS,
    PASSWORD,
    UNITS,
    Person,
    person,
)  # fmt: skip
from portal.demo.world import World
from portal.periods import add_months
from portal.provider.models import ContactDesk, Provider
from portal.provider.services import forget_provider
from portal.taxid import with_check_digits

LOADED = "demo.loaded"
MONTHS = 14


def is_loaded() -> bool:
    """Whether the demonstration came to its end once."""
    return AuditEvent.objects.filter(chain="portal", action=LOADED).exists()


def is_real_portal() -> bool:
    """Whether somebody set up a provider of their own here."""
    return Provider.objects.exclude(cnpj=CNPJ).exists()


def load(
    *,
    at: datetime,
    tell: Callable[[str], None],
    ages: Sequence[int] = range(MONTHS, 0, -1),
    processes: int = 1,
) -> None:
    """Make the demonstration as of ``at``; ``ages``: see ``World``.

    What takes long is made in so many ``processes``; with more than one, in no transaction.
    """
    world = _people_and_companies(at=at, tell=tell, ages=ages, processes=processes)
    tell(_("People, companies and units are there."))
    modules = list(_modules())
    for module in modules:
        if hasattr(module, "load"):
            module.load(world)
    _certificate_only(at=at)
    for module in reversed(modules):
        if hasattr(module, "finish"):
            module.finish(world)
    record(LOADED)


def logins() -> Iterator[str]:
    """What each desk says to who tries the demonstration, beside the logins."""
    for module in _modules():
        if hasattr(module, "logins"):
            yield from module.logins()


def _modules() -> Iterator[ModuleType]:
    """Those of the desks, in the order of ``INSTALLED_APPS``: a desk finds what it stands on."""
    return (import_module(desk.demo) for desk in desks.installed() if desk.demo)


def _people_and_companies(
    *, at: datetime, tell: Callable[[str], None], ages: Sequence[int], processes: int
) -> World:
    _provider(first_month=add_months(date(at.year, at.month, 1), -max(ages, default=0)))
    people = {person.login: _user(person, at=at) for person in CAST}
    units = _clients(people, at=at)
    _request()
    return World(at=at, tell=tell, people=people, units=units, ages=ages, processes=processes)


def _provider(*, first_month: date) -> None:
    Provider(
        name="Serviços do Estado S.A.", short_name="Serviços do Estado", cnpj=CNPJ,
        address="Avenida dos Andradas, 1000 – Centro\nBelo Horizonte/MG – 30120-010",
        email=f"contato@{DOMAIN}", phone="(31) 3555-0100",
        # So that the company's e-CNPJ has a head office and a branch to choose from.
        certificate_opens_root=True, first_month=first_month,
    ).save()  # fmt: skip
    forget_provider()
    contacts = [
        ("access", "Gerência de Tecnologia da Informação", "Marina ou Otávio", "0116", "acesso"),
        ("amount", "Gerência de Controladoria e Finanças", "Helena ou Ricardo", "0119", "valores"),
    ]
    for topic, name, people, number, box in contacts:
        ContactDesk.objects.update_or_create(
            topic=topic,
            defaults={
                "name": name, "people": people, "phone": f"(31) 3555-{number}",
                "email": f"{box}@{DOMAIN}", "hours": _("Monday to Friday, 8 am to 5 pm"),
            },
        )  # fmt: skip


def _user(person: Person, *, at: datetime) -> User:
    found = User.objects.filter(cpf=person.cpf).first()
    # As if nearly everybody had signed in with a certificate, and all had opened a link before.
    proof: dict[str, Any] = {"cpf_proof": User.CpfProof.CERTIFICATE, "cpf_proven_at": at}
    return found or create_user(
        name=person.name, cpf=person.cpf, email=person.email, password=PASSWORD,
        groups=[person.group] if person.group else [], is_superuser=person.login == "admin",
        email_proof=User.EmailProof.LINK, email_proven_at=at,
        **(proof if person.has_proven_cpf else {}),
    )  # fmt: skip


def _clients(people: dict[str, User], *, at: datetime) -> dict[str, Unit]:
    companies = [
        Company.objects.get_or_create(
            tax_id=with_check_digits(body), defaults={"kind": kind, "name": name}
        )[0]
        for kind, name, body in COMPANIES
    ]
    units = {
        code: Unit.objects.get_or_create(
            code=code,
            defaults={
                "company": companies[i], "name": name, "timezone": zone,
                "cnpj": with_check_digits(body), "state_registration": registration,
            },
        )[0]
        for i, code, name, body, zone, registration in UNITS
    }  # fmt: skip
    places: dict[str, Company | Unit] = {**{c.name: c for c in companies}, **units}
    for login, place, level in GRANTS:
        if not Grant.objects.filter(user=people[login], **_on(places[place])).exists():
            grant_access(people[login], places[place], level=level, by=people["admin"], at=at)
    return units


def _on(place: Company | Unit) -> dict[str, Company | Unit]:
    return {"company" if isinstance(place, Company) else "unit": place}


def _certificate_only(*, at: datetime) -> None:
    """One company's people are refused with a password from today on."""
    companies = Company.objects.filter(tax_id=CERTIFICATE_ONLY, certificate_only_from=None)
    if companies:
        require_certificate(companies, localdate(at), by=None, at=at)


def _request() -> None:
    """A request for access waits for its answer."""
    if not AccessRequest.objects.exists():
        daniel = person("daniel")
        request_access({
            "name": daniel.name, "cpf": daniel.cpf, "email": daniel.email,
            "phone": "(31) 98555-0147",
            "unit_text": "Regional Juiz de Fora (SEC-02)",
            "message": "Passo a receber as faturas da regional a partir deste mês.",
        })  # fmt: skip
