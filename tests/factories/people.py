"""People, companies, units and grants; and the cast that nearly every test asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from portal.accounts.models import Company, Grant, Invitation, Unit, User
from portal.provider.models import Provider
from tests.factories.numbers import a_cnpj, a_cpf, next_number

PASSWORD = "Balcao2026x"
STAFF = {
    "Fabio Faturista": "Faturamento",
    "Teresa Atendente": "Atendimento",
    "Artur Agente": "Agente de registro",
}


def _email(name: str) -> str:
    return f"{name.split(maxsplit=1)[0].lower()}{next_number()}@exemplo.com.br"


def make_user(name: str, *, group: str = "", typed: bool = False, **values: object) -> User:
    """A person who has proven CPF and e-mail; with ``typed`` neither."""
    values.setdefault("cpf", a_cpf())
    values.setdefault("email", _email(name))
    user = User(name=name, **values, **({} if typed else proven(values)))
    user.set_password(PASSWORD)
    user.save()
    if group:
        user.is_staff = True
        user.save()
        user.groups.add(Group.objects.get_or_create(name=group)[0])
    return user


def proven(known_by: Mapping[str, object]) -> dict[str, Any]:
    """Proofs of a CPF and an e-mail, where they are there."""
    values: dict[str, Any] = {}
    now = timezone.now()
    if known_by.get("cpf"):
        values |= {"cpf_proof": User.CpfProof.CERTIFICATE, "cpf_proven_at": now}
    if known_by.get("email"):
        values |= {"email_proof": User.EmailProof.LINK, "email_proven_at": now}
    return values


def make_company(name: str, **values: object) -> Company:
    values.setdefault("tax_id", a_cnpj())
    return Company.objects.create(name=name, **values)


def make_unit(company: Company, name: str = "Matriz", **values: object) -> Unit:
    values.setdefault("code", f"U{next_number():04d}")
    values.setdefault("cnpj", a_cnpj())
    return Unit.objects.create(company=company, name=name, **values)


def make_grant(
    user: User, on: Company | Unit, level: str = Grant.Level.OPERATE, **values: object
) -> Grant:
    field = "company" if isinstance(on, Company) else "unit"
    return Grant.objects.create(user=user, level=level, **{field: on}, **values)


def make_invitation(company: Company, by: User, **values: Any) -> Invitation:
    """One that waits; nobody knows its link."""
    now = timezone.now()
    defaults = {
        "name": "Davi Rocha", "email": _email("Davi"), "level": Grant.Level.CONSULT,
        "digest": f"{next_number():064d}", "expires_at": now + timedelta(hours=48),
    }  # fmt: skip
    return Invitation.objects.create(company=company, created_by=by, **(defaults | values))


@dataclass
class Cast:
    provider: Provider
    company_a: Company
    company_b: Company
    office: Company
    unit_a1: Unit
    unit_a2: Unit
    unit_b1: Unit
    unit_office: Unit
    ana: User
    bruno: User
    carla: User
    faturista: User
    atendente: User
    agente: User
    admin: User


def make_cast() -> Cast:
    """Ana receives for unit A1 only; Bruno for all of company B; Carla administers the office.

    Nearly every test asks for them: rows of a kind go in together.
    """
    provider = Provider(
        name="Serviços do Estado S.A.", short_name="Serviços do Estado",
        cnpj=a_cnpj(), email="contato@exemplo.com.br",
    )  # fmt: skip
    provider.save()
    company_a, company_b, office = Company.objects.bulk_create(
        [
            Company(name="Secretaria A", kind="public_body", tax_id=a_cnpj()),
            Company(name="Empresa B", tax_id=a_cnpj()),
            Company(name="Escritório C", kind="office", tax_id=a_cnpj()),
        ]
    )
    unit_a1, unit_a2, unit_b1, unit_office = Unit.objects.bulk_create(
        [
            Unit(company=company, name=name, code=f"U{next_number():04d}", cnpj=a_cnpj())
            for company, name in (
                (company_a, "Sede"), (company_a, "Filial"), (company_b, "Matriz"),
                (office, "Matriz"),
            )
        ]
    )  # fmt: skip
    ana, bruno, carla, admin, faturista, atendente, agente = User.objects.bulk_create(
        [
            _person("Ana Souza"),
            _person("Bruno Lima"),
            _person("Carla Dias"),
            _person("Alice Admin", is_staff=True, is_superuser=True),
            *(_person(name, is_staff=True) for name in STAFF),
        ]
    )
    Grant.objects.bulk_create(
        [
            Grant(user=ana, unit=unit_a1, level=Grant.Level.OPERATE),
            Grant(user=bruno, company=company_b, level=Grant.Level.OPERATE),
            Grant(user=carla, company=office, level=Grant.Level.ADMINISTER),
        ]
    )
    _put_into_groups([admin, faturista, atendente, agente], ["Administração", *STAFF.values()])
    return Cast(
        provider, company_a, company_b, office, unit_a1, unit_a2, unit_b1, unit_office,
        ana, bruno, carla, faturista, atendente, agente, admin,
    )  # fmt: skip


def _person(name: str, **values: object) -> User:
    """A user that is not saved yet, as create_user makes them."""
    known_by = {"cpf": a_cpf(), "email": _email(name)}
    user = User(name=name, **known_by, **proven(known_by), **values)
    user.set_password(PASSWORD)
    return user


def _put_into_groups(people: Sequence[User], names: Sequence[str]) -> None:
    groups = {group.name: group for group in Group.objects.filter(name__in=names)}
    for name in set(names) - set(groups):  # tests with transactions begin on an empty database
        groups[name] = Group.objects.create(name=name)
    membership = User.groups.through
    membership.objects.bulk_create(
        membership(user=person, group=groups[name])
        for person, name in zip(people, names, strict=True)
    )
