"""The demonstration: an invented provider, its clients and fourteen months of their documents.

Everything goes the way that real documents go: papers from the generator, a folder and its
manifest per month, checked, signed and published as a batch, seen and released by clients, and in
the end the real removal of what is past its months. Stopped in the middle, it goes on from there.
"""

import csv
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from certificates.demo.signer import demo_pfx
from certificates.demo.watched import remember_cast
from certificates.models import SigningCertificate
from certificates.services import install_pfx
from invoices.demo_papers import Maker, Paper, make, press, printed, random_for, table
from invoices.models import Batch, Document, DocumentEvent, DocumentType, InvoiceDraft
from invoices.services import expiry_notice, folder_publishing
from invoices.services.drafts import Item, save_draft
from invoices.services.history import note
from invoices.services.legal_hold import hold
from invoices.services.release import contest, release
from invoices.services.removal import expire
from portal.accounts.models import AccessRequest, Company, Grant, Unit, User
from portal.accounts.services import create_user, grant_access, request_access
from portal.accounts.services.certificate_only import require_certificate
from portal.audit.models import AuditEvent
from portal.audit.services import record
from portal.money import format_cents
from portal.news.demo import load_notices
from portal.periods import add_months, format_period
from portal.provider.models import ContactDesk, Provider
from portal.provider.services import forget_provider
from portal.reminders.services.daily import remind
from portal.taxid import with_check_digits

PASSWORD = "Demonstra2026"  # noqa: S105 - printed for everybody, in a demonstration only
DOMAIN = "demo.balcao.example"
CNPJ = with_check_digits("481930570001")
MONTHS = 14
LOADED = "demo.loaded"
ZONE = ZoneInfo("America/Sao_Paulo")
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Person:
    """Someone who can log in. ``role`` is shown to whoever tries the demonstration."""

    login: str
    name: str
    role: str
    cpf_body: str
    group: str = ""

    @property
    def cpf(self) -> str:
        return with_check_digits(self.cpf_body)

    @property
    def email(self) -> str:
        return f"{self.login}@{DOMAIN}"


CAST = [
    Person("ana", "Ana Souza", "Cliente: recebe as faturas da secretaria", "318604927"),
    Person("bruno", "Bruno Lima", "Cliente: recebe as faturas da empresa", "527190483"),
    Person("carla", "Carla Dias", "Cliente: administra o escritório", "640281759"),
    Person("diego", "Diego Farias", "Cliente: empresa somente com certificado", "419835206"),
    Person("faturista", "Fábio Rocha", "Equipe: faturamento", "731509264", "Faturamento"),
    Person("atendente", "Teresa Nunes", "Equipe: atendimento", "845267130", "Atendimento"),
    Person("agente", "Artur Melo", "Equipe: agente de registro", "906318472", "Agente de registro"),
    Person("admin", "Alice Campos", "Equipe: administração", "152740938", "Administração"),
]
# Kind, name, tax id without check digits (the office's is an alphanumeric CNPJ).
COMPANIES = [
    ("public_body", "Secretaria de Estado de Obras e Logística", "273948610001"),
    ("company", "Aurora Alimentos e Distribuição Ltda.", "394857200001"),
    ("office", "Horizonte Contabilidade", "12ABC345000A"),
    ("company", "Norte Motores Ltda.", "562817340001"),
]
# Issues NF-e, and so opens only for a certificate.
CERTIFICATE_ONLY = with_check_digits("562817340001")
# Company, code, name, tax id without check digits, time zone, state registration (inscrição).
UNITS = [
    (0, "SEC-01", "Sede, Belo Horizonte", "273948610001", "America/Sao_Paulo", ""),
    (0, "SEC-02", "Regional Juiz de Fora", "273948610002", "America/Sao_Paulo", ""),
    (1, "AUR-03", "Matriz, Contagem", "394857200001", "America/Sao_Paulo", "062.394857.00-18"),
    (1, "AUR-04", "Filial Manaus", "394857200002", "America/Manaus", "04.394.857-2"),
    (2, "HOR-05", "Escritório, Betim", "12ABC345000A", "America/Sao_Paulo", ""),
    (3, "NOR-06", "Fábrica, Manaus", "562817340001", "America/Manaus", "04.562.817-3"),
]
GRANTS = [
    ("ana", "SEC-01", Grant.Level.OPERATE),
    ("ana", "SEC-02", Grant.Level.OPERATE),
    ("bruno", "AUR-03", Grant.Level.OPERATE),
    ("bruno", "AUR-04", Grant.Level.OPERATE),
    ("carla", COMPANIES[2][1], Grant.Level.ADMINISTER),
    ("carla", "AUR-03", Grant.Level.CONSULT),
    ("diego", "NOR-06", Grant.Level.OPERATE),
]
RECEIVERS = {
    "SEC-01": "ana", "SEC-02": "ana", "AUR-03": "bruno", "AUR-04": "bruno", "HOR-05": "carla",
    "NOR-06": "diego",
}  # fmt: skip
# Code, name, kind, how its paper is made, for which units, in which months.
TYPES: list[tuple[str, str, str, Maker, str, set[int]]] = [
    ("fatura-servicos", "Fatura de serviços", "invoice", printed, "12345", set(range(1, 13))),
    ("fatura-complementar", "Fatura complementar", "invoice", printed, "136", {2, 5, 8, 10, 11}),
    ("nota-debito", "Nota de débito", "invoice", printed, "4", {1, 4, 7, 9, 10}),
    ("relatorio-analitico", "Relatório analítico", "report", printed, "13", set(range(1, 13))),
    ("relatorio-postos", "Relatório de postos", "report", table, "12345", set(range(1, 13))),
]


def is_loaded() -> bool:
    """Whether the demonstration came to its end once."""
    return AuditEvent.objects.filter(chain="portal", action=LOADED).exists()


def is_real_portal() -> bool:
    """Whether somebody set up a provider of their own here."""
    return Provider.objects.exclude(cnpj=CNPJ).exists()


def load(
    *, at: datetime, tell: Tell, ages: Sequence[int] = range(MONTHS, 0, -1), processes: int = 1
) -> None:
    """Make the demonstration as of ``at``; ``ages`` are the months to publish, counted back.

    Its papers are printed in so many ``processes``; with more than one, in no transaction.
    """
    _provider()
    people = {person.login: _person(person) for person in CAST}
    units = _clients(people)
    types = {code: _type(code, name, kind) for code, name, kind, *_rest in TYPES}
    _certificate()
    load_notices(at=at)
    tell(_("People, companies and units are there."))
    months = _months(ages, at=at, units=units, types=types)
    with press(processes) as contents_of:
        contents = contents_of([paper for month in months for paper in month.papers])
        for month in months:
            _publish_month(month, contents, at=at, people=people, tell=tell)
    _correction(at=at, people=people, units=units)
    _what_waits(at=at, people=people, units=units, types=types)
    _certificate_only(at=at)
    remember_cast(at=at)
    run = expire(as_of=at)
    expiry_notice.announce(at=at)
    remind(at=at)
    shutil.rmtree(_folder(), ignore_errors=True)
    left = Document.objects.count()
    tell(
        _("Removed as past their end: %(gone)d; still there: %(left)d.")
        % {"gone": run.removed, "left": left}
    )
    record(LOADED, data={"documents": left})


def _provider() -> None:
    Provider(
        name="Serviços do Estado S.A.", short_name="Serviços do Estado", cnpj=CNPJ,
        address="Avenida dos Andradas, 1000 – Centro\nBelo Horizonte/MG – 30120-010",
        email=f"contato@{DOMAIN}", phone="(31) 3555-0100",
        # So that the company's e-CNPJ has a head office and a branch to choose from.
        certificate_opens_root=True,
    ).save()  # fmt: skip
    forget_provider()
    desks = [
        ("access", "Gerência de Tecnologia da Informação", "Marina ou Otávio", "0116", "acesso"),
        ("amount", "Gerência de Controladoria e Finanças", "Helena ou Ricardo", "0119", "valores"),
    ]
    for topic, name, people, number, box in desks:
        ContactDesk.objects.update_or_create(
            topic=topic,
            defaults={
                "name": name, "people": people, "phone": f"(31) 3555-{number}",
                "email": f"{box}@{DOMAIN}", "hours": _("Monday to Friday, 8 am to 5 pm"),
            },
        )  # fmt: skip


def _person(person: Person) -> User:
    found = User.objects.filter(cpf=person.cpf).first()
    return found or create_user(
        name=person.name, cpf=person.cpf, email=person.email, password=PASSWORD,
        groups=[person.group] if person.group else [], is_superuser=person.login == "admin",
    )  # fmt: skip


def _clients(people: dict[str, User]) -> dict[str, Unit]:
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
            grant_access(people[login], places[place], level=level, by=people["admin"])
    return units


def _on(place: Company | Unit) -> dict[str, Company | Unit]:
    return {"company" if isinstance(place, Company) else "unit": place}


def _type(code: str, name: str, kind: str) -> DocumentType:
    return DocumentType.objects.get_or_create(code=code, defaults={"name": name, "kind": kind})[0]


def _certificate() -> None:
    if not SigningCertificate.objects.exists():
        pfx, password = demo_pfx()
        install_pfx(pfx, password, label=_("Demonstration"), by=None)


def _certificate_only(*, at: datetime) -> None:
    """One company's people are refused with a password from today on."""
    companies = Company.objects.filter(tax_id=CERTIFICATE_ONLY, certificate_only_from=None)
    if companies:
        require_certificate(companies, localdate(at), by=None, at=at)


@dataclass(frozen=True)
class Month:
    """One month's batch, to be published at ``at``; ``age`` counts back from now."""

    age: int
    name: str
    at: datetime
    papers: list[Paper]


def _months(
    ages: Sequence[int], *, at: datetime, units: dict[str, Unit], types: dict[str, DocumentType]
) -> list[Month]:
    """Those that are not published yet."""
    months = []
    for age in ages:
        period = add_months(date(at.year, at.month, 1), -age)
        published = min(_morning(add_months(period, 1).replace(day=5)), at - timedelta(hours=2))
        name = _("Invoices of %(period)s") % {"period": format_period(period)}
        if not Batch.objects.filter(name=name, status=Batch.Status.APPLIED).exists():
            months.append(Month(age, name, published, _papers(period, units, types)))
    return months


def _publish_month(
    month: Month, contents: Iterator[bytes], *, at: datetime, people: dict[str, User], tell: Tell
) -> None:
    """The month's publication, and what the clients did with its documents."""
    # The papers come first: zip must not take the next month's content.
    files = list(zip(month.papers, contents, strict=False))
    batch = _publish(month.name, files, as_of=month.at, by=people["faturista"])
    documents = Document.objects.filter(batch_row__batch=batch).select_related("unit", "type")
    for document in documents.order_by("pk"):
        _clients_read(document, month.age, at, people[RECEIVERS[document.unit.code]])
    if month.age == MONTHS - 6:
        _hold_one(documents, month.at, people["admin"])
    tell(_("%(name)s: %(n)d documents.") % {"name": month.name, "n": batch.total})


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(9), ZONE)


def _papers(period: date, units: dict[str, Unit], types: dict[str, DocumentType]) -> list[Paper]:
    due = add_months(period, 1).replace(day=20)
    wanted = [
        (units[code], types[kind], maker)
        for kind, _name, _kind, maker, whose, months in TYPES
        if period.month in months
        for code in units
        if code[-1] in whose
    ]
    return [
        maker(unit, kind, period, f"{period:%Y%m}{i:03d}", due)
        for i, (unit, kind, maker) in enumerate(wanted, 1)
    ]


Files = Iterable[tuple[Paper, bytes]]


def _publish(name: str, files: Files, *, as_of: datetime, by: User) -> Batch:
    """Through the folder path of the product: manifest, check, publication."""
    folder = _folder() / name.replace("/", "-")
    if not (folder / "manifesto.csv").exists():
        _write_folder(folder, files)
    batch = folder_publishing.check_folder(folder, None, by=by, publish_as_of=as_of)
    folder_publishing.publish_here(batch, by=by, at=as_of)
    Batch.objects.filter(pk=batch.pk).update(name=name)
    shutil.rmtree(folder)
    return batch


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "demo"


def _write_folder(folder: Path, files: Files) -> None:
    """The manifest comes last: a folder that has one is complete."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [["unidade", "tipo", "periodo", "numero", "valor", "vencimento", "arquivo"]]
    for paper, content in files:
        (folder / paper.name).write_bytes(content)
        amount = "" if paper.amount_cents is None else format_cents(paper.amount_cents)
        rows.append([
            paper.unit.code, paper.type.code, format_period(paper.period), paper.number, amount,
            f"{paper.due:%d/%m/%Y}" if amount else "", paper.name,
        ])  # fmt: skip
    part = folder / "manifesto.part"
    with part.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    part.rename(folder / "manifesto.csv")


def _clients_read(document: Document, age: int, at: datetime, reader: User) -> None:
    """Most is opened within days, most invoices older than a month are released."""
    chance = random_for(document.number, "read")
    seen = document.published_at + timedelta(days=chance.randint(0, 5), hours=chance.randint(0, 8))
    if seen > at or chance.random() < (0.5 if age == 1 else 0.1):
        return
    kinds = DocumentEvent.Kind
    for kind in [kinds.SEEN, kinds.OPENED, *([kinds.DOWNLOADED] if chance.random() < 0.6 else [])]:
        note(document, kind, reader, seen)
        seen += timedelta(minutes=1)
    if document.release == Document.Release.PENDING and age > 1 and seen < at:
        if age == 3 and document.unit.code in ("SEC-01", "AUR-03"):
            contest(document, "Quantidade de postos diferente da contratada.", reader, seen)
        else:
            release(document, reader, seen)


def _hold_one(documents: Iterable[Document], published: datetime, admin: User) -> None:
    """One document outlives its months."""
    document = next(iter(documents))
    if not document.legal_hold:
        reason = "Processo administrativo 0042 (auditoria de contratos)"
        hold(document, reason=reason, by=admin, at=published + timedelta(days=40))


def _correction(*, at: datetime, people: dict[str, User], units: dict[str, Unit]) -> None:
    """A contested invoice comes again, corrected: version 2."""
    contested = Document.objects.filter(
        release=Document.Release.CONTESTED, status=Document.Status.PUBLISHED, unit=units["AUR-03"]
    ).first()
    name = _("Corrected invoice")
    if contested is None or Batch.objects.filter(name=name).exists():
        return
    due = contested.due_date or at.date()
    paper = printed(
        contested.unit, contested.type, contested.period, contested.number, due, without=1
    )
    _publish(name, [(paper, make(paper))], as_of=at - timedelta(days=1), by=people["faturista"])


def _what_waits(
    *, at: datetime, people: dict[str, User], units: dict[str, Unit], types: dict[str, DocumentType]
) -> None:
    """A request for access, and an invoice being written."""
    if not AccessRequest.objects.exists():
        request_access({
            "name": "Daniel Prado", "cpf": with_check_digits("263719405"),
            "email": f"daniel@{DOMAIN}", "phone": "(31) 98555-0147",
            "unit_text": "Regional Juiz de Fora (SEC-02)",
            "message": "Passo a receber as faturas da regional a partir deste mês.",
        })  # fmt: skip
    if not InvoiceDraft.objects.exists():
        period = date(at.year, at.month, 1)
        values = {
            "unit": units["AUR-04"], "type": types["nota-debito"], "period": period,
            "number": f"{period:%Y%m}901", "due_date": add_months(period, 1).replace(day=20),
            "notes": "",
        }  # fmt: skip
        lines = [Item("Reposição de uniforme", 12_000, 18_950), Item("Frete", 1_000, 8_400)]
        save_draft(values, lines, by=people["faturista"])
