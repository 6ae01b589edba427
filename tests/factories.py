"""Makes people, companies and documents. Every CPF and CNPJ is generated."""

from dataclasses import dataclass
from itertools import count

from django.contrib.auth.models import Group

from portal.accounts.models import Company, Grant, Unit, User
from portal.provider.models import Provider
from portal.taxid import with_check_digits

PASSWORD = "Balcao2026x"
_numbers = count(1)


def a_cpf() -> str:
    return with_check_digits(f"{700_000_000 + next(_numbers):09d}")


def a_cnpj(root: str = "") -> str:
    return with_check_digits((root or f"{70_000_000 + next(_numbers):08d}") + "0001")


def make_user(name: str, *, group: str = "", **values: object) -> User:
    number = next(_numbers)
    values.setdefault("cpf", a_cpf())
    values.setdefault("email", f"{name.split()[0].lower()}{number}@exemplo.com.br")
    user = User.objects.create_user(PASSWORD, name=name, **values)
    if group:
        user.is_staff = True
        user.save()
        user.groups.add(Group.objects.get_or_create(name=group)[0])
    return user


def make_company(name: str, **values: object) -> Company:
    values.setdefault("tax_id", a_cnpj())
    return Company.objects.create(name=name, **values)


def make_unit(company: Company, name: str = "Matriz", **values: object) -> Unit:
    values.setdefault("code", f"U{next(_numbers):04d}")
    values.setdefault("cnpj", a_cnpj())
    return Unit.objects.create(company=company, name=name, **values)


def make_grant(user: User, on: Company | Unit, level: str = Grant.Level.RECEIVER) -> Grant:
    field = "company" if isinstance(on, Company) else "unit"
    return Grant.objects.create(user=user, level=level, **{field: on})


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
    """Ana receives for unit A1 only; Bruno for all of company B; Carla administers the office."""
    provider = Provider(
        name="Serviços do Estado S.A.", short_name="Serviços do Estado",
        cnpj=a_cnpj(), email="contato@exemplo.com.br",
    )  # fmt: skip
    provider.save()
    company_a, company_b = make_company("Secretaria A", kind="public_body"), make_company("Empresa B")
    office = make_company("Escritório C", kind="office")
    units = [
        make_unit(company_a, "Sede"), make_unit(company_a, "Filial"),
        make_unit(company_b), make_unit(office),
    ]  # fmt: skip
    ana, bruno, carla = make_user("Ana Souza"), make_user("Bruno Lima"), make_user("Carla Dias")
    make_grant(ana, units[0])
    make_grant(bruno, company_b)
    make_grant(carla, office, Grant.Level.ADMIN)
    admin = make_user("Alice Admin", group="Administração")
    admin.is_superuser = True
    admin.save()
    return Cast(
        provider, company_a, company_b, office, *units, ana, bruno, carla,
        make_user("Fabio Faturista", group="Faturamento"),
        make_user("Teresa Atendente", group="Atendimento"),
        make_user("Artur Agente", group="Agente de registro"),
        admin,
    )  # fmt: skip
