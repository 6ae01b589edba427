"""After an erasure nothing names the person: not mail about them, not what others typed."""

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from certificates.icp import Kind
from certificates.models.known import KnownCertificate
from certificates.services import known
from invoices.models import Document, DocumentEvent
from invoices.services import questions, release
from portal.accounts.jobs import forget_mail
from portal.accounts.models import AccessRequest, User
from portal.accounts.services import erasure, profile
from portal.accounts.services.mentions import pattern_of
from portal.outbox import mail
from portal.outbox.models import Entry
from portal.outbox.services import enqueue_mail
from portal.provider.models import ContactDesk
from tests.certificates.known import a_record
from tests.factories import Cast, a_cpf, make_document, make_grant, make_invitation
from tests.kept import a_row
from tests.portal.entrance import mail_text, text
from tests.portal.erasing import erase

pytestmark = [pytest.mark.both, pytest.mark.django_db]
ClientOf = Callable[..., Client]
Status = Entry.Status


def kept() -> str:
    """All that the outbox still says, opened."""
    rows = []
    for entry in Entry.objects.filter(kind=Entry.Kind.MAIL):
        message = mail.opened(entry)
        rows.append([entry.name, entry.recipient, entry.error, message and message.text])
    return json.dumps(rows, ensure_ascii=False)


def test_mail_about_the_person_is_wiped_whoever_received_it(cast: Cast) -> None:
    User.objects.filter(pk=cast.ana.pk).update(phone="(31) 98888-7777")
    cast.ana.refresh_from_db()
    questions.ask(cast.ana, ContactDesk.Topic.AMOUNT, None, "Por que mudou?")
    question = Entry.objects.get(key__startswith="question:")
    assert cast.ana.name in question.name
    Entry.objects.update(status=Status.DONE, done_at=timezone.now())
    erase(cast.ana, cast.admin)
    question.refresh_from_db()
    assert (question.recipient, question.name, question.sealed) == ("", "", None)
    assert str(question.label) == "E-mail sobre uma pessoa cujos dados foram excluídos"


def test_a_contestation_that_was_mailed_to_the_desk_names_nobody_any_more(cast: Cast) -> None:
    make_grant(cast.ana, cast.company_a, level="operate")
    document = make_document(cast.unit_a1)
    reason = f"Valor errado, diz {cast.ana.name.upper()} ({cast.ana.email})"
    release.contest(document, reason, cast.ana, timezone.now())
    Entry.objects.update(status=Status.DONE, done_at=timezone.now())
    name, email = cast.ana.name, cast.ana.email or ""
    erase(cast.ana, cast.admin)
    said = Document.objects.get().release_reason
    assert said == "Valor errado, diz Pessoa excluída (Pessoa excluída)"
    notes = list(DocumentEvent.objects.values_list("note", flat=True))
    assert name.upper() not in str(notes)
    Entry.objects.filter(key__startswith="erasure:").delete()
    assert name not in kept()
    assert email not in kept()


def test_the_address_of_a_pending_change_is_wiped(cast: Cast) -> None:
    profile.ask_email_change(cast.ana, "nova@exemplo.com.br", at=timezone.now())
    erase(cast.ana, cast.admin)
    entry = Entry.objects.get(key__startswith="email-change:")
    assert (entry.status, entry.recipient, entry.sealed) == (Status.CANCELLED, "", None)


def test_mail_from_before_it_said_whom_it_is_about_is_found_by_what_it_says(cast: Cast) -> None:
    context = {
        "name": "Bruno",
        "certificate": f"{cast.ana.name}:{cast.ana.cpf}",
        "at": timezone.now(),
    }
    found = enqueue_mail(
        to="bruno@exemplo.com.br", template="certificate_ended", context=context, key="list"
    )
    other = enqueue_mail(
        to="bruno@exemplo.com.br", template="certificate_ended", key="other",
        context={**context, "certificate": "Outra Pessoa"},
    )  # fmt: skip
    assert found
    assert other
    Entry.objects.filter(pk=found.pk).update(status=Status.DONE)
    erase(cast.ana, cast.admin)
    found.refresh_from_db()
    other.refresh_from_db()
    assert found.sealed is None
    assert other.sealed
    assert other.recipient == "bruno@exemplo.com.br"


def test_what_is_on_its_way_is_wiped_by_a_job_once_it_left(cast: Cast) -> None:
    questions.ask(cast.ana, ContactDesk.Topic.AMOUNT, None, "Por que mudou?")
    erase(cast.ana, cast.admin)
    question = Entry.objects.get(key__startswith="question:")
    assert question.status == Status.PENDING  # the desk still reads what it was asked
    forget_mail(user=cast.ana.pk)
    again = Entry.objects.filter(name="accounts.forget_mail").latest("due_at")
    assert again.due_at > timezone.now() + timedelta(hours=23)
    Entry.objects.filter(kind=Entry.Kind.MAIL).update(status=Status.DONE)
    forget_mail(user=cast.ana.pk)
    assert not Entry.objects.exclude(recipient="", sealed=None).filter(kind="mail").exists()


def test_the_persons_certificate_goes_although_a_company_has_it_watched(cast: Cast) -> None:
    cpf = cast.ana.cpf or ""
    for holder in (cpf, a_cpf()):
        known.upload(
            a_record(Kind.E_CPF, holder), company=cast.company_b,
            by=cast.bruno, at=timezone.now(),
        )  # fmt: skip
    erase(cast.ana, cast.admin)
    assert not KnownCertificate.objects.filter(tax_id=cpf).exists()
    assert KnownCertificate.objects.count() == 1


def test_a_cpf_and_an_e_mail_that_were_only_typed_erase_nothing_of_others(cast: Cast) -> None:
    cpf, email = a_cpf(), "vitima@exemplo.com.br"
    thief = User.objects.create(name="Outro Nome", cpf=cpf, email=email)
    known.upload(
        a_record(Kind.E_CPF, cpf), company=cast.company_b, by=cast.bruno, at=timezone.now()
    )
    AccessRequest.objects.create(
        name="Vítima", cpf=cpf, email=email, phone="31999990000", unit_text="A1"
    )
    context = {"name": "Vítima", "at": timezone.now()}
    enqueue_mail(to=email, template="email_changed", context=context, key="of the victim")
    erase(thief, cast.admin)
    assert KnownCertificate.objects.filter(tax_id=cpf).exists()
    assert AccessRequest.objects.filter(cpf=cpf).exists()
    assert Entry.objects.get(key="of the victim").sealed


@pytest.mark.parametrize("field", ["message", "refusal_reason"])
def test_what_others_typed_about_the_person_no_longer_names_them(cast: Cast, field: str) -> None:
    first, last = cast.ana.name.split()[0], cast.ana.name.split()[-1]
    row = AccessRequest.objects.create(
        name="Zeca", cpf=a_cpf(), email="zeca@exemplo.com.br", phone="31999990000", unit_text="A1",
        **{field: f"Indicado por {first} {last}, CPF {cast.ana.cpf}. Anabela não sabia."},
    )  # fmt: skip
    LogEntry.objects.create(
        user=cast.admin, action_flag=2, object_repr=f"{cast.ana.name}: Secretaria A"
    )
    erase(cast.ana, cast.admin)
    assert (
        _values(row)[field]
        == "Indicado por Pessoa excluída, CPF Pessoa excluída. Anabela não sabia."
    )
    assert LogEntry.objects.get().object_repr == "Pessoa excluída: Secretaria A"


PLACES = [
    "accounts.AccessRequest.unit_text", "accounts.GuestLink.title", "accounts.Invitation.name",
    "accounts.PendingRegistration.values", "help.Answer.comment", "invoices.Batch.warnings",
    "invoices.BatchRow.errors", "invoices.BatchRow.file_name", "invoices.BatchRow.values",
    "invoices.InvoiceDraft.notes", "invoices.InvoiceItem.description",
    "invoices.Tombstone.contest_reason", "invoices.Tombstone.release_reason",
    "news.Notice.body", "provider.ContactDesk.people", "ui.SentForm.message",
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_in_each_place_the_name_goes_and_the_rest_of_the_text_stays(cast: Cast, place: str) -> None:
    label, _dot, field = place.rpartition(".")
    model = apps.get_model(label)
    row = a_row(model)
    is_json = model._meta.get_field(field).get_internal_type() == "JSONField"
    said, stays = f"Combinado com {cast.ana.name}.", "Combinado com Pessoa excluída."
    model._base_manager.filter(pk=row.pk).update(**{field: [said] if is_json else said})
    erase(cast.ana, cast.admin)
    assert _values(row)[field] == ([stays] if is_json else stays)


def test_a_cpf_typed_into_anothers_invitation_goes_and_the_invitation_stays(cast: Cast) -> None:
    row = make_invitation(cast.company_b, cast.bruno, cpf=cast.ana.cpf)
    erase(cast.ana, cast.admin)
    assert (_values(row)["cpf"], _values(row)["name"]) == ("", "Davi Rocha")


@pytest.mark.parametrize(
    "written",
    [
        "joao araujo de sa", "JOÃO ARAÚJO DE SÁ", "Joa\u0303o  Sá", "boleto_joão_sá.pdf", "123.456.789-09",
        "12345678909", "123 456 789 09", "JOAO.SA@exemplo.com.br", "31 98888-7777", "(31)988887777",
    ],
)  # fmt: skip
def test_the_person_is_found_however_they_were_written(written: str) -> None:
    assert re.search(pattern_of(a_joao()), written, re.IGNORECASE)


@pytest.mark.parametrize(
    "written",
    ["São João Sabará", "Anjoão Sá", "João", "1123.456.789-09", "123456789091", "3198888777", "bjoao.sa@exemplo.com.br"],
)  # fmt: skip
def test_others_of_a_similar_name_or_number_are_left_alone(written: str) -> None:
    assert not re.search(pattern_of(a_joao()), written, re.IGNORECASE)


def a_joao() -> User:
    """Nobody's data: the CPF is the one that everybody takes as an example."""
    return User(
        name="João Araújo de Sá", cpf="12345678909", phone="(31) 98888-7777",
        email="joao.sa@exemplo.com.br", cpf_proof="certificate", email_proof="link",
    )  # fmt: skip


def _values(row: Model) -> dict[str, object]:
    return dict(type(row)._default_manager.filter(pk=row.pk).values()[0])


def test_the_page_says_what_stays_and_why(cast: Cast, client_of: ClientOf) -> None:
    page = text(client_of(cast.ana).get(reverse("accounts:erasure_ask")))
    for said in (
        "também onde uma empresa os acompanha",
        "e-CNPJ",
        "cópias de segurança",
        "sem o seu nome",
        "contatos públicos",
    ):
        assert said in page


def test_the_receipt_says_the_same(cast: Cast) -> None:
    with translation.override("pt-br"):
        erase(cast.ana, cast.admin)
        told = mail_text(Entry.objects.get(key__startswith="erasure:"))
        for line in erasure.kept():
            assert f"- {line}" in told
