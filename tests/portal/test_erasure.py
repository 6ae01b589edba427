"""Erasure: asked for by the person, decided by staff, whole where it happens."""

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.jobs import erase_mentions
from portal.accounts.models import AccessLink, AccessRequest, ErasureRequest, Grant, User
from portal.accounts.services import erasure
from portal.audit.models import AuditEvent
from portal.audit.services import record
from portal.audit.verification import verify_chain
from portal.outbox.models import Entry
from portal.outbox.services import enqueue_mail
from portal.transitions import IllegalTransition
from tests.factories import Cast, make_grant
from tests.portal.entrance import mail_text, mails, sign_in, signed_in, text

pytestmark = pytest.mark.both

ClientOf = Callable[..., Client]
Status = ErasureRequest.Status


def ask(client: Client, **values: str) -> None:
    data = {"reason": "Saí da empresa", "understood": "on", **values}
    client.post(reverse("accounts:erasure_ask"), data)


def the_request() -> ErasureRequest:
    return ErasureRequest.objects.latest("pk")


def carry_out(client: Client, row: ErasureRequest) -> None:
    client.post(reverse("accounts:erasure_carry_out", args=[row.pk]))
    erase_mentions(erasure=row.pk)


def test_a_request_waits_can_be_cancelled_and_made_again(cast: Cast, client_of: ClientOf) -> None:
    ana = client_of(cast.ana)
    ask(ana)
    assert "Cancelar o pedido" in text(ana.get(reverse("accounts:my_data")))
    ana.post(reverse("accounts:erasure_cancel", args=[the_request().pk]))
    assert the_request().status == Status.CANCELLED
    ask(ana)
    assert the_request().status == Status.PENDING


def test_only_one_request_waits_at_a_time(cast: Cast, client_of: ClientOf) -> None:
    ana = client_of(cast.ana)
    ask(ana)
    ask(ana)
    assert ErasureRequest.objects.count() == 1
    assert "aguardando resposta" in text(ana.get(reverse("accounts:my_data")))


def test_nothing_is_asked_without_saying_that_it_is_understood(
    cast: Cast, client_of: ClientOf
) -> None:
    ana = client_of(cast.ana)
    response = ana.post(reverse("accounts:erasure_ask"), {"reason": "Saí da empresa"})
    assert "Marque para confirmar." in text(response)
    assert "Saí da empresa" in text(response)
    assert not ErasureRequest.objects.exists()


def test_somebody_elses_request_cannot_be_cancelled(cast: Cast, client_of: ClientOf) -> None:
    ask(client_of(cast.ana))
    url = reverse("accounts:erasure_cancel", args=[the_request().pk])
    assert client_of(cast.bruno).post(url).status_code == 404
    assert the_request().status == Status.PENDING


def test_the_person_is_gone_once_it_is_carried_out(
    cast: Cast, client_of: ClientOf, client: Client
) -> None:
    ana, cpf, email = client_of(cast.ana), cast.ana.cpf or "", cast.ana.email or ""
    make_grant(cast.ana, cast.company_b)
    AccessLink.issue(cast.ana, AccessLink.Kind.RECOVERY, hours=1, at=timezone.now())
    Authenticator.objects.create(user=cast.ana, type="webauthn", data={"name": "Celular de Ana"})
    AccessRequest.objects.create(
        name="Ana", cpf=cpf, email=email, phone="31999990000", unit_text="A1"
    )
    User.objects.filter(pk=cast.ana.pk).update(
        phone="(31) 99999-0000", street="da Bahia", no_number=True
    )
    ask(ana)
    carry_out(client_of(cast.admin), the_request())
    gone = User.objects.get(pk=cast.ana.pk)
    assert (gone.name, gone.cpf, gone.email, gone.phone) == ("Pessoa excluída", None, None, "")
    assert gone.address_lines == []
    assert not gone.no_number
    assert not gone.is_active
    assert gone.erased_at
    assert not gone.has_usable_password()
    assert not Grant.objects.in_force(timezone.now()).filter(user=gone).exists()
    assert not AccessLink.objects.exists()
    assert not AccessRequest.objects.exists()
    assert not Authenticator.objects.exists()
    assert ana.get(reverse("ui:dashboard")).status_code == 302
    sign_in(client, cpf)
    assert not signed_in(client)
    assert the_request().status == Status.DONE
    assert not the_request().reason


def test_the_trail_forgets_who_and_stays_whole(cast: Cast, client_of: ClientOf) -> None:
    record("document.released", target="invoices.document:1", company=1, actor=cast.ana)
    ask(client_of(cast.ana))
    before = AuditEvent.objects.count()
    carry_out(client_of(cast.admin), the_request())
    assert not AuditEvent.objects.filter(actor_id=cast.ana.pk).exists()
    assert AuditEvent.objects.count() > before
    assert verify_chain("company:1").broken_at is None
    assert verify_chain("portal").broken_at is None
    assert AuditEvent.objects.get(action="erasure.done").actor == cast.admin


def test_what_is_recorded_about_an_erasure_names_nobody(cast: Cast, client_of: ClientOf) -> None:
    ask(client_of(cast.ana))
    carry_out(client_of(cast.admin), the_request())
    kept = str(list(AuditEvent.objects.values_list("data", "target")))
    assert (cast.ana.email or "?") not in kept
    assert (cast.ana.cpf or "?") not in kept


def test_the_person_is_told_at_the_address_that_was_theirs(cast: Cast, client_of: ClientOf) -> None:
    email = cast.ana.email or ""
    old = enqueue_mail(
        to=email, template="email_changed", context={"name": "Ana", "at": timezone.now()}, key="old"
    )
    assert old is not None
    Entry.objects.update(status=Entry.Status.DONE)
    ask(client_of(cast.ana))
    carry_out(client_of(cast.admin), the_request())
    assert "foram excluídos" in mail_text(mails(email)[0])
    assert len(mails(email)) == 1
    old.refresh_from_db()
    assert (old.recipient, old.sealed) == ("", None)


def test_a_refusal_needs_an_answer_which_the_person_gets(cast: Cast, client_of: ClientOf) -> None:
    ana, admin = client_of(cast.ana), client_of(cast.admin)
    ask(ana)
    url = reverse("accounts:erasure", args=[the_request().pk])
    assert "obrigatório" in text(admin.post(url, {"answer": ""}))
    admin.post(url, {"answer": "Há processo em curso."})
    assert the_request().status == Status.REFUSED
    assert "Há processo em curso." in mail_text(mails(cast.ana.email or "")[0])
    assert "Há processo em curso." in text(ana.get(reverse("accounts:my_data")))
    assert User.objects.get(pk=cast.ana.pk).is_active


def test_the_confirmation_page_changes_nothing(cast: Cast, client_of: ClientOf) -> None:
    ask(client_of(cast.ana))
    page = text(
        client_of(cast.admin).get(reverse("accounts:erasure_carry_out", args=[the_request().pk]))
    )
    assert "Isto não pode ser desfeito." in page
    assert "O que fica, e por quê" in page
    assert User.objects.get(pk=cast.ana.pk).cpf


def test_a_request_is_decided_once(cast: Cast, client_of: ClientOf) -> None:
    ana, admin = client_of(cast.ana), client_of(cast.admin)
    ask(ana)
    row = the_request()
    stale = the_request()
    erasure.cancel(row, at=timezone.now())
    with pytest.raises(IllegalTransition):
        erasure.carry_out(stale, by=cast.admin, at=timezone.now())
    carry_out(admin, row)
    admin.post(reverse("accounts:erasure", args=[row.pk]), {"answer": "Tarde demais"})
    assert the_request().status == Status.CANCELLED
    assert User.objects.get(pk=cast.ana.pk).cpf


def test_nobody_decides_their_own_request(cast: Cast, client_of: ClientOf) -> None:
    admin = client_of(cast.admin)
    ask(admin)
    for url, data in (
        (reverse("accounts:erasure_carry_out", args=[the_request().pk]), {}),
        (reverse("accounts:erasure", args=[the_request().pk]), {"answer": "Não"}),
    ):
        assert admin.post(url, data).status_code == 403
    assert the_request().status == Status.PENDING


def test_the_pages_are_for_staff_who_decide(cast: Cast, client_of: ClientOf) -> None:
    ask(client_of(cast.ana))
    pk = the_request().pk
    urls = [
        reverse("accounts:erasures"),
        reverse("accounts:erasure", args=[pk]),
        reverse("accounts:erasure_carry_out", args=[pk]),
    ]
    for user in (cast.ana, cast.faturista, cast.agente):
        assert {client_of(user).get(url).status_code for url in urls} == {403}
        assert {client_of(user).post(url).status_code for url in urls} == {403}
    assert {client_of(cast.admin).get(url).status_code for url in urls} == {200}


def test_the_list_shows_what_waits_and_on_request_what_was_answered(
    cast: Cast, client_of: ClientOf
) -> None:
    ask(client_of(cast.ana))
    admin, url = client_of(cast.admin), reverse("accounts:erasures")
    assert cast.ana.name in text(admin.get(url))
    carry_out(admin, the_request())
    assert "Nenhum pedido aguardando" in text(admin.get(url))
    assert "Pessoa excluída" in text(admin.get(url, {"todos": "1"}))
