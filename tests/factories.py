"""Makes people, companies and documents. Every CPF and CNPJ is generated."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import count

import pikepdf
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from invoices.models import Document, DocumentType, InvoiceDraft, InvoiceItem
from invoices.models.documents import new_code, retention_end
from portal.accounts.models import Company, Grant, Unit, User
from portal.files import services as files
from portal.news.models import Notice
from portal.provider.models import Provider
from portal.taxid import with_check_digits

PASSWORD = "Balcao2026x"
STAFF = {
    "Fabio Faturista": "Faturamento",
    "Teresa Atendente": "Atendimento",
    "Artur Agente": "Agente de registro",
}
_numbers = count(1)


def a_cpf() -> str:
    return with_check_digits(f"{700_000_000 + next(_numbers):09d}")


def a_cnpj(root: str = "") -> str:
    return with_check_digits((root or f"{70_000_000 + next(_numbers):08d}") + "0001")


def _email(name: str) -> str:
    return f"{name.split(maxsplit=1)[0].lower()}{next(_numbers)}@exemplo.com.br"


def make_user(name: str, *, group: str = "", **values: object) -> User:
    values.setdefault("cpf", a_cpf())
    values.setdefault("email", _email(name))
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
            Unit(company=company, name=name, code=f"U{next(_numbers):04d}", cnpj=a_cnpj())
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
            Grant(user=ana, unit=unit_a1, level=Grant.Level.RECEIVER),
            Grant(user=bruno, company=company_b, level=Grant.Level.RECEIVER),
            Grant(user=carla, company=office, level=Grant.Level.ADMIN),
        ]
    )
    _put_into_groups([admin, faturista, atendente, agente], ["Administração", *STAFF.values()])
    return Cast(
        provider, company_a, company_b, office, unit_a1, unit_a2, unit_b1, unit_office,
        ana, bruno, carla, faturista, atendente, agente, admin,
    )  # fmt: skip


def _person(name: str, **values: object) -> User:
    """A user that is not saved yet, as create_user makes them."""
    user = User(name=name, cpf=a_cpf(), email=_email(name), **values)
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


@cache
def small_pdf(pages: int = 1, text: str = "Fatura") -> bytes:
    """A real PDF of a few hundred bytes a page."""
    pdf = pikepdf.new()
    for number in range(1, pages + 1):
        page = pdf.add_blank_page(page_size=(595, 842))
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = pdf.make_stream(f"BT /F1 24 Tf 72 720 Td ({text} {number}) Tj ET".encode())
    output = io.BytesIO()
    pdf.save(output, deterministic_id=True)
    return output.getvalue()


def make_type(
    code: str = "fatura-servicos", name: str = "Fatura de serviços", kind: str = "invoice"
) -> DocumentType:
    return DocumentType.objects.get_or_create(code=code, defaults={"name": name, "kind": kind})[0]


def make_report_type() -> DocumentType:
    return make_type("relatorio-ponto", "Relatório de ponto", "report")


def make_document(
    unit: Unit,
    *,
    type: DocumentType | None = None,  # noqa: A002
    period: date = date(2026, 10, 1),
    number: str = "",
    published_at: datetime | None = None,
    content: bytes | None = None,
    file_name: str = "fatura.pdf",
    months: int = 6,
    **values: object,
) -> Document:
    """A published document with its bytes in the store, as publishing leaves it, but not signed."""
    type = type or make_type()  # noqa: A001
    number = number or f"{next(_numbers):05d}"
    published_at = published_at or timezone.now()
    content = small_pdf() if content is None else content
    last_day, end = retention_end(published_at.astimezone(unit.zone).date(), months, unit.timezone)
    stored = files.store(content, prefix="invoices/documents", name=file_name)
    values = {
        "amount_cents": 123_456 if type.kind == "invoice" else None,
        "due_date": date(2026, 11, 20) if type.kind == "invoice" else None,
        "release": "pending" if type.kind == "invoice" else "not_asked",
        "signature": "pades" if stored.content_type == "application/pdf" else "cms",
        "signed_by": "Serviços do Estado S.A.",
        "signed_at": published_at,
        "content_type": stored.content_type,
        "size": stored.size,
        "sha256": stored.sha256,
        "source_sha256": hashlib.sha256(content).hexdigest(),
        "verification_code": new_code(),
        "available_until": last_day,
        "expires_at": end,
        **values,
    }
    with transaction.atomic():
        files.claim(stored.key)
        return Document.objects.create(
            unit=unit, type=type, period=period, number=number, published_at=published_at,
            file_key=stored.key, file_name=file_name, **values,
        )  # fmt: skip


def make_draft(unit: Unit, *, items: int = 2, number: str = "", **values: object) -> InvoiceDraft:
    """The data of an invoice; each of its lines is 2,5 × R$ 10,01."""
    values.setdefault("type", make_type())
    values.setdefault("period", date(2026, 10, 1))
    values.setdefault("due_date", date(2026, 11, 20))
    draft = InvoiceDraft.objects.create(
        unit=unit, number=number or f"R{next(_numbers):05d}", **values
    )
    InvoiceItem.objects.bulk_create(
        InvoiceItem(
            draft=draft, position=i, description=f"Serviço {i + 1}", quantity_milli=2500,
            price_cents=1001,
        )
        for i in range(items)
    )  # fmt: skip
    return draft


def make_notice(title: str = "Aviso", **values: object) -> Notice:
    """A published notice for everyone, an hour old."""
    values.setdefault("publish_from", timezone.now() - timedelta(hours=1))
    values = {"summary": "Resumo.", "body": "Texto.", "is_published": True, **values}
    return Notice.objects.create(title=title, **values)
