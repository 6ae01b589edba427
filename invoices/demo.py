"""The demonstration's invoices and reports: fourteen months of them.

Everything goes the way that real documents go: papers from the generator, a folder and its
manifest per month, checked, signed and published as a batch, seen and released by clients, and in
the end the real removal of what is past its months. Stopped in the middle, it goes on from there.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from invoices.demo_papers import Maker, Paper, make, press, printed, random_for, table
from invoices.models import Batch, Document, DocumentEvent, DocumentType, InvoiceDraft
from invoices.services import expiry_notice, folder_publishing
from invoices.services.drafts import Item, save_draft
from invoices.services.history import note
from invoices.services.legal_hold import hold
from invoices.services.manifest import COLUMNS
from invoices.services.release import contest, release
from invoices.services.removal import expire
from portal.accounts.models import Unit, User
from portal.demo.world import World
from portal.periods import add_months, format_period
from portal.sheets.writing import write_csv

ZONE = ZoneInfo("America/Sao_Paulo")
HELD = 8  # so many months ago was published what is on legal hold
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


def load(world: World) -> None:
    """Publish the world's months, correct one invoice, and leave a draft."""
    types = {code: _type(code, name, kind) for code, name, kind, *_rest in TYPES}
    months = _months(world, types)
    with press(world.processes) as contents_of:
        contents = contents_of([paper for month in months for paper in month.papers])
        for month in months:
            _publish_month(month, contents, world)
    _correction(world)
    _draft(world, types)


def finish(world: World) -> None:
    """Remove what is past its months, and tell of what soon will be."""
    run = expire(as_of=world.at)
    expiry_notice.announce(at=world.at)
    shutil.rmtree(_folder(), ignore_errors=True)
    world.tell(
        _("Removed as past their end: %(gone)d; still there: %(left)d.")
        % {"gone": run.removed, "left": Document.objects.count()}
    )


def _type(code: str, name: str, kind: str) -> DocumentType:
    return DocumentType.objects.get_or_create(code=code, defaults={"name": name, "kind": kind})[0]


@dataclass(frozen=True)
class Month:
    """One month's batch, to be published at ``at``; ``age`` counts back from now."""

    age: int
    name: str
    at: datetime
    papers: list[Paper]


def _months(world: World, types: Mapping[str, DocumentType]) -> list[Month]:
    """Those that are not published yet."""
    months = []
    for age in world.ages:
        period = add_months(date(world.at.year, world.at.month, 1), -age)
        published = min(
            _morning(add_months(period, 1).replace(day=5)), world.at - timedelta(hours=2)
        )
        name = _("Invoices of %(period)s") % {"period": format_period(period)}
        if not Batch.objects.filter(name=name, status=Batch.Status.APPLIED).exists():
            months.append(Month(age, name, published, _papers(period, world.units, types)))
    return months


def _publish_month(month: Month, contents: Iterator[bytes], world: World) -> None:
    """The month's publication, and what the clients did with its documents."""
    # The papers come first: zip must not take the next month's content.
    files = list(zip(month.papers, contents, strict=False))
    batch = _publish(month.name, files, as_of=month.at, by=world.people["faturista"])
    documents = Document.objects.filter(batch_row__batch=batch).select_related("unit", "type")
    for document in documents.order_by("pk"):
        _clients_read(document, month.age, world.at, world.people[RECEIVERS[document.unit.code]])
    if month.age == HELD:
        _hold_one(documents, month.at, world.people["admin"])
    world.tell(_("%(name)s: %(n)d documents.") % {"name": month.name, "n": batch.total})


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(9), ZONE)


def _papers(
    period: date, units: Mapping[str, Unit], types: Mapping[str, DocumentType]
) -> list[Paper]:
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
    rows = []
    for paper, content in files:
        (folder / paper.name).write_bytes(content)
        due = None if paper.amount_cents is None else paper.due
        rows.append([
            paper.unit.code, paper.type.code, paper.period, paper.number, paper.amount_cents, due,
            paper.name,
        ])  # fmt: skip
    part = folder / "manifesto.part"
    part.write_bytes(b"".join(write_csv(COLUMNS, rows)))
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


def _correction(world: World) -> None:
    """A contested invoice comes again, corrected: version 2."""
    contested = Document.objects.filter(
        release=Document.Release.CONTESTED,
        status=Document.Status.PUBLISHED,
        unit=world.units["AUR-03"],
    ).first()
    name = _("Corrected invoice")
    if contested is None or Batch.objects.filter(name=name).exists():
        return
    due = contested.due_date or world.at.date()
    paper = printed(
        contested.unit, contested.type, contested.period, contested.number, due, without=1
    )
    _publish(
        name,
        [(paper, make(paper))],
        as_of=world.at - timedelta(days=1),
        by=world.people["faturista"],
    )


def _draft(world: World, types: Mapping[str, DocumentType]) -> None:
    """An invoice that is being written."""
    if not InvoiceDraft.objects.exists():
        period = date(world.at.year, world.at.month, 1)
        values = {
            "unit": world.units["AUR-04"], "type": types["nota-debito"], "period": period,
            "number": f"{period:%Y%m}901", "due_date": add_months(period, 1).replace(day=20),
            "notes": "",
        }  # fmt: skip
        lines = [Item("Reposição de uniforme", 12_000, 18_950), Item("Frete", 1_000, 8_400)]
        save_draft(values, lines, by=world.people["faturista"])
