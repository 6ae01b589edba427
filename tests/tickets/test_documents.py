"""A document that is contested or asked about opens an order, which its page then shows."""

import pytest
from django.urls import reverse

from portal.provider.models import ContactDesk
from tests.factories import Cast, make_document
from tests.factories.tickets import make_topic
from tests.portal.entrance import mail_text, mails
from tests.tickets.clients import words
from tickets.models import Ticket, Topic

pytestmark = pytest.mark.django_db
TEXT = "Quantidade de postos diferente da contratada."
FINANCE = "financas@exemplo.com.br"


@pytest.fixture
def document(cast: Cast):
    ContactDesk.objects.update_or_create(topic="amount", defaults={"name": "X", "email": FINANCE})
    return make_document(cast.unit_a1)


def contest(browser, document) -> None:
    browser.post(reverse("invoices:contest", args=[document.pk]), {"reason": TEXT})


def ask(browser, document=None):
    form = {"topic": "amount", "message": TEXT, "document": document.pk if document else ""}
    return browser.post(reverse("invoices:questions"), form)


@pytest.mark.parametrize("event", Topic.Event.values)
def test_it_opens_an_order_of_its_topic_which_the_page_shows(
    cast: Cast, client_of, document, event
):
    topic = make_topic(event=event, name="Valores")
    browser = client_of(cast.ana)
    (contest if event == Topic.Event.CONTESTED else ask)(browser, document)
    ticket = Ticket.objects.get()
    assert (ticket.topic, ticket.unit, ticket.company) == (topic, cast.unit_a1, cast.company_a)
    assert ticket.subject == f"Valores: {document}"
    assert ticket.entries.get().text == TEXT
    assert ticket.participants.get().user == cast.ana
    page = browser.get(document.get_absolute_url())
    assert f"{ticket.number} Aberta Atendimento" in words(page)
    assert ticket.get_absolute_url() in page.content.decode()
    order = browser.get(ticket.get_absolute_url()).content.decode()
    assert document.get_absolute_url() in order
    assert not mails(FINANCE)
    assert any(ticket.number in mail_text(mail) for mail in mails(str(cast.ana.email)))
    assert ticket.number not in words(client_of(cast.faturista).get(document.get_absolute_url()))
    assert (
        ticket.desk_url in client_of(cast.admin).get(document.get_absolute_url()).content.decode()
    )


@pytest.mark.parametrize("why", ["no topic", "closed", "no document", "no e-mail"])
def test_where_no_order_can_be_opened_the_desk_gets_a_mail_as_before(
    cast: Cast, client_of, document, why
):
    if why != "no topic":
        make_topic(event=Topic.Event.QUESTION, is_active=why != "closed")
    if why == "no e-mail":
        cast.ana.email = None
        cast.ana.unprove({"email"})
        cast.ana.save()
    answer = ask(client_of(cast.ana), None if why == "no document" else document)
    assert answer["Location"] == reverse("invoices:questions")
    assert not Ticket.objects.exists()
    assert TEXT in mail_text(mails(FINANCE)[0])
