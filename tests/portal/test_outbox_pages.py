"""Staff see what was sent, what waits and what failed; only some may read the mail itself."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.audit.models import AuditEvent
from portal.outbox import breaker, mail
from portal.outbox.models import Entry, MailPause
from portal.ui.pages import keyset_page
from tests.factories import PASSWORD

pytestmark = [pytest.mark.both, pytest.mark.django_db]
LIST = "/equipe/saida/"


def a_mail(number: int = 0, **values) -> Entry:
    key = f"mail:{number}"
    message = mail.Message(
        "Seu acesso",
        "Entre: http://127.0.0.1/convite/abc\n",
        '<html><head></head>página <a href="http://127.0.0.1/convite/abc">Entrar</a></html>',
    )
    values = {"recipient": f"p{number}@exemplo.com.br", "name": message.subject, **values}
    values.setdefault("sealed", mail.sealed(message, key))
    return Entry.objects.create(kind="mail", key=key, **values)


def a_job(number: int = 0, **values) -> Entry:
    return Entry.objects.create(kind="job", key=f"job:{number}", name="invoices.check", **values)


def url(name: str, entry: Entry) -> str:
    return reverse(f"outbox:{name}", args=[entry.pk])


@pytest.mark.parametrize("who", ["ana", "carla", "agente"])
def test_who_has_no_business_there_is_refused(cast, client_of, who):
    entry = a_mail()
    browser = client_of(getattr(cast, who))
    for address in (LIST, url("entry", entry), url("body", entry)):
        assert browser.get(address).status_code == 403
    assert browser.post(url("retry", entry)).status_code == 403


def test_the_list_shows_what_is_there_and_filters_it(cast, client_of):
    browser = client_of(cast.admin)
    assert "A caixa de saída está vazia" in browser.get(LIST).content.decode()
    a_mail(1)
    a_mail(2, status="failed")
    a_job(3, status="done")
    page = browser.get(LIST).content.decode()
    assert "p1@exemplo.com.br" in page
    assert "Alguns itens foram abandonados" in page

    def found(**filters: str) -> set[str]:
        return {row.key for row in browser.get(LIST, filters).context["page"].rows}

    assert found(kind="job") == {"job:3"}
    assert found(status="failed") == {"mail:2"}
    assert found(recipient="P1@exemplo.com.br") == {"mail:1"}
    assert found(kind="nonsense") == set()
    assert "Limpar os filtros" in browser.get(LIST, {"recipient": "x@y.z"}).content.decode()


def test_a_long_list_is_turned_page_by_page(cast, client_of):
    for number in range(30):
        a_job(number)
    browser = client_of(cast.admin)
    first = browser.get(LIST).context["page"]
    second = browser.get(LIST, {"cursor": first.next}).context["page"]
    assert (len(first.rows), len(second.rows), second.next) == (25, 5, "")


def test_a_page_whose_rows_are_gone_shows_the_first_one(cast, client_of):
    for number in range(30):
        a_job(number)
    browser = client_of(cast.admin)
    second = browser.get(LIST, {"cursor": browser.get(LIST).context["page"].next}).context["page"]
    Entry.objects.filter(pk__lte=second.rows[0].pk).delete()
    shown = browser.get(LIST, {"cursor": second.previous}).context["page"]
    assert len(shown.rows) == 25
    third = keyset_page(Entry.objects.all(), order=("-pk",), cursor="", size=24).next
    Entry.objects.filter(pk=shown.rows[-1].pk).delete()
    shown = browser.get(LIST, {"cursor": third}).context["page"]
    assert (len(shown.rows), shown.previous, shown.next) == (24, "", "")
    Entry.objects.all().delete()
    assert "A caixa de saída está vazia" in browser.get(LIST, {"cursor": third}).content.decode()


def test_the_list_takes_the_same_queries_for_few_and_many(
    cast, client_of, django_assert_max_num_queries
):
    browser = client_of(cast.admin)
    a_mail(0)
    browser.get(LIST)
    for rows in (1, 24):
        for number in range(rows):
            a_job(rows * 100 + number)
        with django_assert_max_num_queries(7):
            browser.get(LIST)


def test_in_the_demonstration_the_mail_is_read_with_its_links(cast, client_of, settings):
    settings.DEMO, settings.EMBEDDED, settings.EMAIL_URL = True, True, ""
    entry = a_mail()
    browser = client_of(cast.admin)
    assert "nenhum e-mail sai desta máquina" in browser.get(LIST).content.decode()
    page = browser.get(url("entry", entry)).content.decode()
    assert 'href="http://127.0.0.1/convite/abc"' in page
    assert not AuditEvent.objects.filter(action="outbox.read").exists()
    frame = browser.get(url("body", entry))
    assert 'href="http://127.0.0.1/convite/abc"' in frame.content.decode()
    assert "sandbox" in frame["Content-Security-Policy"]
    assert "script-src" not in frame["Content-Security-Policy"]
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in frame["Cache-Control"]


def test_where_nothing_leaves_an_administrator_opens_links_after_a_proof_and_on_record(
    cast, client_of, settings
):
    settings.DEMO, settings.EMBEDDED, settings.EMAIL_URL = False, True, ""
    entry, browser = a_mail(), client_of(cast.admin)
    for name in ("entry", "body"):
        assert "convite/abc" not in browser.get(url(name, entry)).content.decode()
    assert "Mostrar os links" in browser.get(url("entry", entry)).content.decode()
    asked = browser.get(url("links", entry))
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    assert not AuditEvent.objects.filter(action="outbox.links_opened").exists()
    page = browser.post(asked["Location"], {"password": PASSWORD}, follow=True)
    assert 'href="http://127.0.0.1/convite/abc"' in page.content.decode()
    event = AuditEvent.objects.get(action="outbox.links_opened")
    assert (event.actor, event.target) == (cast.admin, f"outbox.entry:{entry.pk}")
    cast.atendente.user_permissions.add(permission("view_entry"))
    clerk = client_of(cast.atendente)
    assert clerk.get(url("links", entry)).status_code == 403
    assert "convite" not in clerk.get(url("entry", entry)).content.decode()


@pytest.mark.parametrize("demo", [True, False])
def test_once_a_mail_server_is_set_nobody_is_shown_a_link(cast, client_of, settings, demo):
    settings.DEMO, settings.EMBEDDED, settings.EMAIL_URL = demo, True, "smtp://mail"
    entry, browser = a_mail(), client_of(cast.admin)
    for name in ("entry", "body"):
        page = browser.get(url(name, entry)).content.decode()
        assert "página" in page or "link não mostrado" in page
        assert "convite/abc" not in page
    assert browser.get(url("links", entry)).status_code == 403


def test_in_production_only_an_administrator_reads_mail_and_that_is_on_record(
    cast, client_of, settings
):
    settings.DEMO, settings.EMAIL_URL = False, "smtp://mail"
    entry = a_mail()
    cast.atendente.user_permissions.add(permission("view_entry"))
    clerk = client_of(cast.atendente)
    page = clerk.get(url("entry", entry)).content.decode()
    assert "Só um administrador" in page
    assert "convite" not in page
    assert clerk.get(url("body", entry)).status_code == 404
    page = client_of(cast.admin).get(url("entry", entry)).content.decode()
    assert "Entre:" in page
    assert "convite/abc" not in page
    assert AuditEvent.objects.get(action="outbox.read").target == f"outbox.entry:{entry.pk}"


def test_a_text_that_was_wiped_or_does_not_open_is_said_to_be_gone(cast, client_of):
    browser = client_of(cast.admin)
    for entry in (a_mail(1, sealed=None), a_mail(2, sealed=b"junk")):
        assert "não está mais guardado" in browser.get(url("entry", entry)).content.decode()
        assert browser.get(url("body", entry)).status_code == 404


def test_what_was_given_up_is_tried_again_on_request(cast, client_of):
    entry = a_job(status="failed", attempts=5, error="ValueError: x", done_at=timezone.now())
    browser = client_of(cast.admin)
    assert "Tentar de novo" in browser.get(url("entry", entry)).content.decode()
    answer = browser.post(url("retry", entry), follow=True)
    assert "Será tentado de novo" in answer.content.decode()
    entry.refresh_from_db()
    assert (entry.status, entry.attempts, entry.error, entry.done_at) == ("pending", 0, "", None)
    assert AuditEvent.objects.get(action="outbox.retried").actor == cast.admin


@pytest.mark.parametrize(("entry", "said"), [
    (("job", "WorkerLost: the worker was stopped in the middle of it"), "A máquina parou no meio"),
    (("job", "ValueError: x"), "Um administrador vê o motivo"),
    (("mail", "SMTPRecipientsRefused: {}"), "O servidor de e-mail recusou esta mensagem"),
    (("mail", "TimeoutError: timed out"), "não pôde ser entregue ao servidor de e-mail"),
])  # fmt: skip
def test_why_it_failed_is_said_in_words_and_an_administrator_sees_the_details(
    cast, client_of, entry, said
):
    kind, error = entry
    made = (a_job if kind == "job" else a_mail)(
        status="failed", error=error, done_at=timezone.now()
    )
    cast.atendente.user_permissions.add(permission("view_entry"))
    page = client_of(cast.atendente).get(url("entry", made)).content.decode()
    assert said in page
    for word in (error.partition(":")[0], made.key):
        assert f">{word}" not in page
    page = client_of(cast.admin).get(url("entry", made)).content.decode()
    assert said in page
    assert error in page


@pytest.mark.parametrize("status", ["pending", "running", "done"])
def test_nothing_else_is_tried_again(cast, client_of, status):
    entry = a_job(status=status, attempts=1)
    answer = client_of(cast.admin).post(url("retry", entry), follow=True)
    assert "Só se pode tentar de novo" in answer.content.decode()
    entry.refresh_from_db()
    assert (entry.status, entry.attempts) == (status, 1)


def test_a_retry_is_never_a_get(cast, client_of):
    assert client_of(cast.admin).get(url("retry", a_job(status="failed"))).status_code == 405


@pytest.mark.parametrize("status", ["pending", "failed"])
def test_what_waits_or_was_given_up_is_cancelled_by_staff_who_are_asked_first(
    cast, client_of, status
):
    entry = a_mail(status=status)
    browser = client_of(cast.admin)
    assert url("cancel", entry) in browser.get(url("entry", entry)).content.decode()
    question = browser.get(url("cancel", entry)).content.decode()
    assert "Não enviar este e-mail?" in question
    assert entry.recipient in question
    answer = browser.post(url("cancel", entry), follow=True).content.decode()
    assert "Não será enviado" in answer
    entry.refresh_from_db()
    assert (entry.status, entry.done_at is None) == ("cancelled", False)
    assert AuditEvent.objects.get(action="outbox.cancelled").actor == cast.admin
    for name in ("cancel", "retry"):
        assert url(name, entry) not in answer
        browser.post(url(name, entry))
    entry.refresh_from_db()
    assert entry.status == "cancelled"


@pytest.mark.parametrize("status", ["running", "done"])
def test_what_is_sent_or_being_sent_is_not_cancelled(cast, client_of, status):
    entry = a_job(status=status)
    browser = client_of(cast.admin)
    assert url("cancel", entry) not in browser.get(url("entry", entry)).content.decode()
    browser.post(url("cancel", entry))
    entry.refresh_from_db()
    assert entry.status == status


def test_staff_who_only_look_cannot_cancel(cast, client_of):
    entry = a_job()
    cast.atendente.user_permissions.add(permission("view_entry"))
    assert client_of(cast.atendente).post(url("cancel", entry)).status_code == 403


def test_staff_are_told_since_when_the_mail_server_has_not_answered(cast, client_of):
    browser = client_of(cast.admin)
    said = "O servidor de e-mail não responde desde 05/03/2026 14:30"
    addresses = (LIST, reverse("ui:dashboard"))
    assert not any(said in browser.get(address).content.decode() for address in addresses)
    since = datetime(2026, 3, 5, 17, 30, tzinfo=UTC)
    MailPause.objects.create(pk=1, since=since, until=timezone.now())
    assert all(said in browser.get(address).content.decode() for address in addresses)
    assert browser.get("/saude/pronto").json()["down"] == ["mail"]
    assert said not in client_of(cast.ana).get(reverse("ui:dashboard")).content.decode()


ASK = "/equipe/saida/perguntar/"


def paused(**values) -> MailPause:
    later = timezone.now() + timedelta(minutes=5)
    return MailPause.objects.create(pk=1, since=timezone.now(), until=later, failures=9, **values)


def test_staff_have_a_silent_mail_server_asked_at_once(cast, client_of):
    browser, pause = client_of(cast.admin), paused()
    later = timezone.now() + timedelta(hours=1)
    failed, planned = a_mail(1, attempts=3, due_at=later), a_mail(2, due_at=later)
    assert f'href="{ASK}"' in browser.get(LIST).content.decode()
    assert "Perguntar agora" in browser.get(ASK).content.decode()
    assert breaker.is_paused(timezone.now())
    page = browser.post(ASK, follow=True).content.decode()
    assert "O servidor de e-mail está sendo consultado" in page
    pause.refresh_from_db()
    failed.refresh_from_db()
    planned.refresh_from_db()
    assert breaker.may_try(timezone.now())
    assert not breaker.may_try(timezone.now()), "one mail asks, the others wait for its answer"
    assert (pause.failures, failed.due_at < later, planned.due_at) == (1, True, later)
    assert AuditEvent.objects.get(action="outbox.mail_server_asked").actor_id == cast.admin.pk


def test_a_mail_server_that_answers_again_is_not_asked(cast, client_of):
    browser = client_of(cast.admin)
    assert ASK not in browser.get(LIST).content.decode()
    assert browser.get(ASK).status_code == 302
    page = browser.post(ASK, follow=True).content.decode()
    assert "O servidor de e-mail voltou a responder" in page
    assert not AuditEvent.objects.filter(action="outbox.mail_server_asked").exists()


def test_staff_who_only_look_cannot_have_the_mail_server_asked(cast, client_of):
    paused()
    cast.atendente.user_permissions.add(permission("view_entry"))
    browser = client_of(cast.atendente)
    assert ASK not in browser.get(LIST).content.decode()
    assert browser.post(ASK).status_code == 403


def permission(codename: str):
    from django.contrib.auth.models import Permission

    return Permission.objects.get(codename=codename, content_type__app_label="outbox")
