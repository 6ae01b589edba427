"""“Esqueci a senha”: the same for everybody outside; a link that opens once, for an hour."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts import jobs, services
from portal.accounts.models import AccessLink, User
from portal.accounts.services.links import LinkOver
from portal.audit.models import AuditEvent
from portal.outbox.models import Entry
from portal.taxid import format_tax_id
from tests.factories import Cast, make_user
from tests.portal.entrance import (
    NEW_PASSWORD,
    code,
    link_in,
    mail_text,
    mails,
    sign_in,
    signed_in,
    text,
    without_keys,
)

ASK = "/esqueci-a-senha/"


def ask(cpf: str, email: str, client: Client | None = None) -> None:
    """Fill the form in and let the worker do its part."""
    response = (client or Client()).post(ASK, {"cpf": cpf, "email": email, **code()})
    assert response.status_code == 302, text(response)
    work()


def work() -> None:
    for entry in Entry.objects.filter(kind=Entry.Kind.JOB, status=Entry.Status.PENDING):
        jobs.send_recovery(**entry.arguments)
        Entry.objects.filter(pk=entry.pk).update(status=Entry.Status.DONE)


def test_the_link_of_the_mail_leads_to_a_new_password_and_in(cast: Cast) -> None:
    ana = cast.ana
    ask(format_tax_id(str(ana.cpf)), str(ana.email).upper())
    [mail] = mails(str(ana.email))
    assert mail.name == "Senha nova"
    client = Client()
    page = client.get(link_in(mail), follow=True)
    assert "escolha a sua senha" in text(page)
    response = client.post(
        page.request["PATH_INFO"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    )
    assert response.status_code == 302
    assert signed_in(client)
    ana.refresh_from_db()
    assert ana.check_password(NEW_PASSWORD)


def test_everybody_gets_the_same_answer_and_only_the_right_person_a_mail(cast: Cast) -> None:
    ana, bruno = cast.ana, cast.bruno
    User.objects.filter(pk=bruno.pk).update(is_active=False)
    asked = [
        (str(ana.cpf), str(ana.email)), ("52998224725", "x@exemplo.com.br"), (str(ana.cpf), "x@exemplo.com.br"),
        ("52998224725", str(ana.email)), ("", str(ana.email)), (str(bruno.cpf), str(bruno.email)),
    ]  # fmt: skip
    answers = set()
    for cpf, email in asked:
        client = Client()
        response = client.post(ASK, {"cpf": cpf, "email": email, **code()})
        page = without_keys(client.get(response["Location"]))
        answers.add((response.status_code, response["Location"], page))
    assert len(answers) == 1
    assert Entry.objects.filter(kind=Entry.Kind.JOB).count() == len(asked)
    work()
    assert [entry.recipient for entry in mails()] == [ana.email]


def test_the_same_is_done_for_a_stranger_as_for_a_known_person(
    cast: Cast, django_assert_num_queries: object
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def statements(cpf: str, email: str) -> list[str]:
        with CaptureQueriesContext(
            connection,
        ) as found:
            Client().post(ASK, {"cpf": cpf, "email": email, **code()})
        return [re.sub(r"'[^']*'|\d+", "?", q["sql"])[:60] for q in found.captured_queries]

    statements(str(cast.bruno.cpf), str(cast.bruno.email))  # fills the caches
    known = statements(str(cast.ana.cpf), str(cast.ana.email))
    assert known == statements("52998224725", "ninguem@exemplo.com.br")


def test_who_has_no_cpf_asks_by_e_mail_alone(db: None) -> None:
    user = make_user("Otto Semcpf", cpf=None)
    ask("", str(user.email))
    assert len(mails(str(user.email))) == 1


def test_a_link_opens_once(cast: Cast) -> None:
    ask(str(cast.ana.cpf), str(cast.ana.email))
    path, data = link_in(mails()[0]), {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    client = Client()
    client.get(path)
    client.post("/acesso/", data)
    again = Client().get(path)
    assert again.status_code == 410
    assert "não funciona mais" in text(again)


def test_two_who_hold_the_link_at_once_do_not_both_use_it(cast: Cast) -> None:
    ask(str(cast.ana.cpf), str(cast.ana.email))
    path = link_in(mails()[0])
    first, second = Client(), Client()
    first.get(path)
    second.get(path)
    first.post("/acesso/", {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    late = second.post("/acesso/", {"password1": "Segundo8Novo", "password2": "Segundo8Novo"})
    assert late.status_code == 410
    cast.ana.refresh_from_db()
    assert cast.ana.check_password(NEW_PASSWORD)


def test_looking_at_the_link_does_not_use_it_up(cast: Cast) -> None:
    ask(str(cast.ana.cpf), str(cast.ana.email))
    for _ in range(3):
        client = Client()
        client.head(link_in(mails()[0]))
        assert client.get(link_in(mails()[0])).status_code == 302


def test_the_token_leaves_the_address_bar_and_no_referer(cast: Cast) -> None:
    ask(str(cast.ana.cpf), str(cast.ana.email))
    response = Client().get(link_in(mails()[0]))
    assert response["Location"] == "/acesso/"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(("late", "opens"), [(-1, True), (0, False), (1, False)])
def test_a_link_lives_one_hour_to_the_second(cast: Cast, late: int, opens: bool) -> None:
    at = timezone.now()
    token = services.send_recovery(cast.ana, ticket="t", at=at)
    when = at + timedelta(hours=1, seconds=late)
    if opens:
        assert services.redeem(token, NEW_PASSWORD, at=when) == cast.ana
    else:
        with pytest.raises(LinkOver):
            services.redeem(token, NEW_PASSWORD, at=when)


def test_an_hour_passing_over_the_open_form_is_noticed(cast: Cast) -> None:
    ask(str(cast.ana.cpf), str(cast.ana.email))
    client = Client()
    client.get(link_in(mails()[0]))
    AccessLink.objects.update(expires_at=timezone.now())
    response = client.post("/acesso/", {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert response.status_code == 410


def test_a_newer_link_replaces_the_older_one(cast: Cast) -> None:
    for _ in range(2):
        ask(str(cast.ana.cpf), str(cast.ana.email))
    old, new = mails()
    assert Client().get(link_in(old)).status_code == 410
    assert Client().get(link_in(new)).status_code == 302


def test_a_new_password_ends_open_sessions_and_links_and_is_told(cast: Cast) -> None:
    ana, elsewhere = cast.ana, Client()
    sign_in(elsewhere, str(ana.cpf))
    invitation = services.invite(ana, by=None)
    token = services.send_recovery(ana, ticket="t", at=timezone.now())
    services.redeem(token, NEW_PASSWORD, at=timezone.now())
    assert elsewhere.get("/painel/").status_code == 302
    with pytest.raises(LinkOver):
        services.open_link(invitation, at=timezone.now())
    assert "foi alterada em" in mail_text(mails(str(ana.email))[-1])


def test_a_weak_password_is_refused_and_the_link_stays_open(cast: Cast) -> None:
    ask(str(cast.ana.cpf), str(cast.ana.email))
    client = Client()
    client.get(link_in(mails()[0]))
    response = client.post("/acesso/", {"password1": "curta", "password2": "curta"})
    assert response.status_code == 200
    assert "field-error" in text(response)
    assert client.get("/acesso/").status_code == 200


def test_without_a_link_the_form_is_not_shown(db: None) -> None:
    assert Client().get("/acesso/").status_code == 410
    assert Client().get("/acesso/made-up-token/").status_code == 410


def test_a_link_of_another_kind_does_not_set_a_password(cast: Cast) -> None:
    token = AccessLink.issue(
        cast.ana, AccessLink.Kind.EMAIL, hours=1, at=timezone.now(), email="n@exemplo.com.br"
    )
    assert Client().get(reverse("accounts:accept_link", args=[token])).status_code == 410


def test_three_mails_an_hour_and_the_answer_stays_the_same(cast: Cast) -> None:
    for _ in range(5):
        ask(str(cast.ana.cpf), str(cast.ana.email))
    assert len(mails(str(cast.ana.email))) == 3


def test_an_address_asks_ten_times_an_hour(cast: Cast) -> None:
    data = {"cpf": "52998224725", "email": "x@exemplo.com.br"}
    found = [Client().post(ASK, {**data, **code()}).status_code for _ in range(11)]
    assert found == [302] * 10 + [429]


def test_a_job_that_runs_twice_for_nobody_does_nothing(db: None) -> None:
    jobs.send_recovery(user=0, ticket="t")
    assert not mails()


def test_the_audit_knows_that_somebody_asked_and_names_nobody(cast: Cast) -> None:
    ask(str(cast.ana.cpf), str(cast.ana.email))
    event = AuditEvent.objects.get(action="account.recovery_requested")
    assert (event.target, event.data, event.actor) == ("", {}, None)


def test_the_token_itself_is_kept_nowhere(cast: Cast) -> None:
    token = services.send_recovery(cast.ana, ticket="t", at=timezone.now())
    assert AccessLink.objects.get().digest != token
    assert token not in str(Entry.objects.values_list("sealed", "arguments", "key"))


def test_what_is_no_cpf_or_e_mail_is_said_at_once(db: None) -> None:
    page = text(Client().post(ASK, {"cpf": "123", "email": "x", **code()}))
    assert "CPF válido" in page
    assert not Entry.objects.exists()
