"""The pages of mail that is in no order, and the administration of mailboxes."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from portal import sandbox
from portal.audit.models import AuditEvent
from portal.files.services import delete
from portal.outbox.models import Entry as Outbox
from tests.tickets.posting import a_mail, make_mailbox, take
from tickets.models import IncomingMail, Mailbox, Ticket
from tickets.services import incoming, mail_tokens
from tickets.views import mails

pytestmark = pytest.mark.django_db
LIST = "/equipe/os/correio/"


@pytest.fixture
def staff(cast, client_of):
    named = Permission.objects.get(codename="change_incomingmail")
    cast.atendente.user_permissions.add(named)
    return client_of(cast.atendente)


@pytest.fixture
def unreadable(monkeypatch) -> IncomingMail:
    def refuses(_raw):
        raise sandbox.TooCostly

    monkeypatch.setattr(incoming, "examine", refuses)
    row = take(a_mail(subject="Ilegível <b>"), make_mailbox())
    monkeypatch.undo()
    return row


def test_what_could_not_be_read_is_listed_first_and_the_rest_by_choice(staff, unreadable):
    ignored = take(a_mail(subject="Férias", Auto_Submitted="auto-replied"), unreadable.mailbox)
    taken = take(a_mail(subject="Normal"), unreadable.mailbox)
    first = staff.get(LIST).content.decode()
    assert reverse("tickets:mail", args=[unreadable.pk]) in first
    assert "Férias" not in first
    every = staff.get(LIST, {"status": ""}).content.decode()
    assert reverse("tickets:mail", args=[ignored.pk]) in every
    assert reverse("tickets:mail", args=[taken.pk]) not in every


def test_a_list_costs_the_same_with_few_and_many(staff, django_assert_max_num_queries):
    def measure() -> int:
        with django_assert_max_num_queries(40) as counted:
            staff.get(LIST)
        return len(counted)

    box, at = make_mailbox(), timezone.now()
    IncomingMail.objects.create(mailbox=box, size=1, fetched_at=at, status="unreadable")
    measure()  # what is kept from then on
    few = measure()
    IncomingMail.objects.bulk_create(
        IncomingMail(mailbox=box, size=1, fetched_at=at, status="unreadable") for _ in range(20)
    )
    assert measure() == few


def test_one_mail_shows_its_headers_and_gives_the_original(staff, unreadable):
    page = staff.get(reverse("tickets:mail", args=[unreadable.pk])).content.decode()
    assert "Ilegível &lt;b&gt;" in page
    assert "eliane@exemplo.com.br" in page
    answer = staff.get(reverse("tickets:mail_raw", args=[unreadable.pk]))
    assert b"".join(answer.streaming_content) == a_mail(subject="Ilegível <b>")
    assert answer["Content-Disposition"].startswith("attachment")


def test_what_lost_its_bytes_or_whose_headers_cannot_be_read_has_a_page_too(
    staff, unreadable, monkeypatch
):
    def refuses(_raw):
        raise sandbox.Unreadable

    monkeypatch.setattr(mails, "examine_headers", refuses)
    assert staff.get(reverse("tickets:mail", args=[unreadable.pk])).status_code == 200
    delete(unreadable.file_key)
    assert staff.get(reverse("tickets:mail", args=[unreadable.pk])).status_code == 200
    assert staff.get(reverse("tickets:mail_raw", args=[unreadable.pk])).status_code == 404


def test_it_is_tried_again_once(staff, unreadable):
    address = reverse("tickets:mail_retry", args=[unreadable.pk])
    before = Outbox.objects.filter(name="tickets.take_mail").count()
    for _ in range(2):
        assert staff.post(address).status_code == 302
    assert Outbox.objects.filter(name="tickets.take_mail").count() == before + 1
    unreadable.refresh_from_db()
    incoming.take(unreadable, at=timezone.now())
    assert Ticket.objects.count() == 1


def test_it_is_discarded_after_a_question(staff, unreadable):
    address = reverse("tickets:mail_discard", args=[unreadable.pk])
    assert staff.get(address).status_code == 200
    unreadable.refresh_from_db()
    assert unreadable.status == "unreadable"
    staff.post(address)
    unreadable.refresh_from_db()
    assert unreadable.status == "discarded"
    assert staff.post(reverse("tickets:mail_retry", args=[unreadable.pk])).status_code == 302
    unreadable.refresh_from_db()
    assert unreadable.status == "discarded"


def test_a_box_that_is_not_asked_is_said_above_the_list(staff):
    make_mailbox(paused_at=timezone.now(), error="O servidor recusa o usuário.")
    assert "O servidor recusa o usuário." in staff.get(LIST).content.decode()


def form_of(box: Mailbox, **values: str) -> dict[str, str]:
    return {
        "department": str(box.department_id), "address": box.address, "is_active": "on",
        "host": box.host, "port": "143", "security": "none", "folder": "INBOX", "auth": "password",
        "username": box.username, **values,
    }  # fmt: skip


@pytest.fixture
def admin(cast, client_of, monkeypatch):
    monkeypatch.setattr("portal.step_up.has_stepped_up", lambda _request: True)
    return client_of(cast.admin)


def test_a_secret_is_written_never_shown_and_stays_where_the_field_is_empty(admin):
    box = make_mailbox()
    address = reverse("admin:tickets_mailbox_change", args=[box.pk])
    assert admin.post(address, form_of(box)).status_code == 200  # none was ever entered
    assert admin.post(address, form_of(box, password="Segredo9")).status_code == 302
    box.refresh_from_db()
    assert mail_tokens.secrets_of(box)["secret"] == "Segredo9"
    assert "Segredo9" not in admin.get(address).content.decode()
    assert admin.post(address, form_of(box, address="outro@provedor.example")).status_code == 302
    box.refresh_from_db()
    assert mail_tokens.secrets_of(box)["secret"] == "Segredo9"
    assert b"Segredo9" not in bytes(box.sealed)
    assert "Segredo9" not in str(list(AuditEvent.objects.values_list("data", flat=True)))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"host": "imap.exemplo.com.br"}, "security"),
        ({"auth": "xoauth2", "client_id": "app", "token_url": "http://exemplo.com.br/t"}, "token_url"),
        ({"auth": "refresh", "client_id": "app", "token_url": "https://exemplo.com.br/t"}, "password_refresh"),
        ({"auth": "xoauth2"}, "client_id"),
    ],
)  # fmt: skip
def test_what_cannot_work_or_is_not_safe_is_refused(admin, values, field):
    box = make_mailbox()
    data = form_of(box, **{"password": "x", **values})
    answer = admin.post(reverse("admin:tickets_mailbox_change", args=[box.pk]), data)
    assert field in answer.context["adminform"].form.errors


def test_a_box_that_moved_is_read_anew_and_loses_no_mail(admin):
    box = make_mailbox(uid_validity=7, last_uid=9, paused_at=timezone.now())
    row = incoming.keep(a_mail(), at=timezone.now(), mailbox=box, uid_validity=7, uid=1)
    data = form_of(box, password="x", folder="Chamados")
    admin.post(reverse("admin:tickets_mailbox_change", args=[box.pk]), data)
    box.refresh_from_db()
    assert (box.uid_validity, box.last_uid, box.paused_at) == (0, 0, None)
    other = incoming.keep(a_mail("Outra."), at=timezone.now(), mailbox=box, uid_validity=7, uid=1)
    assert other != row


def test_it_is_tested_paused_and_resumed(admin):
    box = make_mailbox()

    def press(act: str) -> None:
        address = reverse("admin:tickets_mailbox_act", args=[box.pk, act])
        assert admin.get(address).status_code == 405
        assert admin.post(address).status_code == 302
        box.refresh_from_db()

    press("testar")
    assert Outbox.objects.get(name="tickets.test_mailbox").arguments == {"mailbox": box.pk}
    press("pausar")
    assert not box.is_active
    Mailbox.objects.update(paused_at=timezone.now(), error="recusado")
    press("retomar")
    assert (box.is_active, box.paused_at, box.error) == (True, None, "")
