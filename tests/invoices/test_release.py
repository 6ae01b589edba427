"""\"Recebida e liberada\", \"Contestada\" and the receipt."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from invoices.models import Document, DocumentEvent
from invoices.services.release import NotReleasable, contest, release
from portal import desks, hooks
from portal.audit.models import AuditEvent
from portal.outbox.mail import Message, opened
from portal.outbox.models import Entry
from portal.provider.models import ContactDesk
from portal.transitions import IllegalTransition
from tests.factories import make_document, make_grant, make_report_type, make_user
from tests.racing import at_once

REASON = "O valor das horas extras está errado."


@pytest.fixture
def desk(db):
    return ContactDesk.objects.update_or_create(
        topic="amount", defaults={"name": "Finanças", "email": "financas@exemplo.com.br"}
    )[0]


def mail_of(entry: Entry) -> Message:
    message = opened(entry)
    assert message is not None
    return message


def html(response) -> str:
    return response.content.decode()


def test_the_person_responsible_releases_after_confirming(cast, client_of):
    document = make_document(cast.unit_a1)
    client, address = client_of(cast.ana), reverse("invoices:release", args=[document.pk])
    assert address in html(client.get(document.get_absolute_url()))
    assert "Não é possível desfazer" in html(client.get(address))
    document.refresh_from_db()
    assert document.release == "pending"
    response = client.post(address, follow=True)
    assert "Documento recebido e liberado." in html(response)
    document.refresh_from_db()
    assert (document.release, document.release_by) == ("released", cast.ana)
    assert [e.user for e in document.events.filter(kind="released")] == [cast.ana]
    audit = AuditEvent.objects.get(action="document.released")
    assert audit.target == f"invoices.document:{document.pk}"
    assert audit.chain == f"company:{cast.company_a.pk}"
    assert Entry.objects.get(kind="mail").recipient == cast.ana.email


def test_contesting_asks_for_a_reason_and_tells_the_desk_for_amounts(cast, client_of, desk):
    heard: list[hooks.DocumentContested] = []
    desks.register(
        desks.Desk(name="listener", label="", hooks={hooks.DocumentContested: [heard.append]})
    )
    try:
        document = make_document(cast.unit_a1)
        client, address = client_of(cast.ana), reverse("invoices:contest", args=[document.pk])
        short = client.post(address, {"reason": "não"})
        assert short.status_code == 200
        assert short.context["form"].errors["reason"]
        assert "não</textarea>" in html(short)
        client.post(address, {"reason": REASON})
    finally:
        desks.unregister("listener")
    document.refresh_from_db()
    assert (document.release, document.release_reason) == ("contested", REASON)
    (event,) = heard
    assert (event.document.key, event.document.unit_pk) == (
        f"invoices.document:{document.pk}", cast.unit_a1.pk,
    )  # fmt: skip
    assert (event.user_pk, event.reason) == (cast.ana.pk, REASON)
    mails = {e.recipient: mail_of(e) for e in Entry.objects.filter(kind="mail")}
    assert REASON in mails["financas@exemplo.com.br"].text
    assert "Ana Souza" in mails["financas@exemplo.com.br"].text
    assert cast.ana.email in mails
    assert REASON in html(client.get(document.get_absolute_url()))


def test_a_listener_that_fails_leaves_nothing_half_done(cast, desk):
    def fail(event):
        raise RuntimeError

    document = make_document(cast.unit_a1)
    desks.register(desks.Desk(name="listener", label="", hooks={hooks.DocumentContested: [fail]}))
    try:
        with pytest.raises(RuntimeError):
            contest(document, REASON, cast.ana, timezone.now())
    finally:
        desks.unregister("listener")
    document.refresh_from_db()
    assert document.release == "pending"
    assert not document.events.exists()
    assert not Entry.objects.exists()


def test_what_was_contested_can_still_be_released_but_not_contested_again(cast, client_of, desk):
    document = make_document(cast.unit_a1)
    contest(document, REASON, cast.ana, timezone.now())
    client = client_of(cast.ana)
    again = client.post(reverse("invoices:contest", args=[document.pk]), {"reason": REASON})
    assert again.status_code == 302
    client.post(reverse("invoices:release", args=[document.pk]))
    document.refresh_from_db()
    assert document.release == "released"
    assert [e.note for e in document.events.filter(kind="contested")] == [REASON]


@pytest.mark.parametrize("level", ["consult", None])
def test_who_only_consults_or_is_staff_cannot_release(cast, client_of, level):
    document = make_document(cast.unit_a1)
    user = cast.faturista
    if level:
        user = make_user("Vera Leitora")
        make_grant(user, cast.unit_a1, level)
    client = client_of(user)
    assert "Recebida e liberada" not in html(client.get(document.get_absolute_url()))
    for name in ("release", "contest"):
        address = reverse(f"invoices:{name}", args=[document.pk])
        assert client.get(address).status_code == 403
        assert client.post(address, {"reason": REASON}).status_code == 403
    document.refresh_from_db()
    assert document.release == "pending"


def test_reports_are_not_subject_to_release(cast, client_of):
    document = make_document(cast.unit_a1, type=make_report_type())
    assert (
        client_of(cast.ana).post(reverse("invoices:release", args=[document.pk])).status_code == 403
    )


@pytest.mark.parametrize("case", ["expired", "withdrawn", "revoked"])
def test_the_services_refuse_what_is_no_longer_releasable(cast, case):
    document, at = make_document(cast.unit_a1), timezone.now()
    if case == "expired":
        at = document.expires_at
    elif case == "withdrawn":
        Document.objects.update(status="withdrawn")
    else:
        cast.ana.grants.update(revoked_at=at - timedelta(seconds=1))
    with pytest.raises(NotReleasable):
        release(document, cast.ana, at)
    assert not DocumentEvent.objects.exists()


def test_who_comes_second_is_told_who_was_first(cast, client_of):
    make_grant(cast.carla, cast.unit_a1)
    document = make_document(cast.unit_a1)
    release(document, cast.carla, timezone.now())
    response = client_of(cast.ana).post(
        reverse("invoices:release", args=[document.pk]), follow=True
    )
    assert "Carla Dias já respondeu" in html(response)
    document.refresh_from_db()
    assert document.release_by == cast.carla


def test_the_reason_of_who_contests_too_late_stays(cast, client_of):
    make_grant(cast.carla, cast.unit_a1)
    document = make_document(cast.unit_a1)
    release(document, cast.carla, timezone.now())
    address = reverse("invoices:contest", args=[document.pk])
    response = client_of(cast.ana).post(address, {"reason": REASON})
    assert response.status_code == 409
    assert "Carla Dias já respondeu" in html(response)
    assert REASON in html(response)


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_exactly_one_wins(cast, desk):
    make_grant(cast.carla, cast.unit_a1)
    document = make_document(cast.unit_a1)
    now = timezone.now()
    outcomes = at_once(
        *(
            lambda user=user: release(Document.objects.get(pk=document.pk), user, now)
            for user in (cast.ana, cast.carla)
        )
    )
    late = [outcome for outcome in outcomes if isinstance(outcome, IllegalTransition)]
    assert len(late) == 1, outcomes
    assert document.events.filter(kind="released").count() == 1


def test_the_receipt_says_who_when_and_what(cast, client_of):
    document = make_document(cast.unit_a1)
    client, address = client_of(cast.ana), reverse("invoices:receipt", args=[document.pk])
    assert client.get(address).status_code == 404
    release(document, cast.ana, timezone.now())
    page = html(client.get(address))
    for text in (
        "Recibo de liberação", "Ana Souza", cast.ana.masked_cpf, document.sha256,
        document.verification_code, "Brasília", "data-print",
    ):  # fmt: skip
        assert text in page
    assert cast.ana.cpf not in page
    assert client_of(cast.bruno).get(address).status_code == 404
