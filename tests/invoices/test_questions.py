"""\"Dúvidas\": access and amounts go to different desks."""

import pytest
from django.urls import reverse

from portal.outbox.mail import Message, opened
from portal.outbox.models import Entry
from portal.provider.models import ContactDesk
from tests.factories import make_document

pytestmark = pytest.mark.django_db
PAGE = "invoices:questions"
ASKED = "Não consigo ver a fatura de outubro."


@pytest.fixture(autouse=True)
def desks(db):
    for topic, name, people, phone in (
        ("access", "Gerência de Tecnologia", "Juliano ou Gilmar", "(31) 3247-5816"),
        ("amount", "Gerência de Finanças", "Walkíria ou Luiza", "(31) 3247-5819"),
    ):
        ContactDesk.objects.update_or_create(
            topic=topic,
            defaults={
                "name": name, "people": people, "phone": phone,
                "email": f"{topic}@exemplo.com.br", "hours": "das 8h às 18h",
            },
        )  # fmt: skip


def mail_of(entry: Entry) -> Message:
    message = opened(entry)
    assert message is not None
    return message


def html(response) -> str:
    return response.content.decode()


def test_the_page_says_whom_to_call_for_what(cast, client_of):
    page = html(client_of(cast.ana).get(reverse(PAGE)))
    for text in ("Gerência de Tecnologia", "Walkíria ou Luiza", "(31) 3247-5819", "das 8h às 18h"):
        assert text in page


@pytest.mark.parametrize("topic", ["access", "amount"])
def test_a_question_goes_to_its_desk_and_the_answer_to_the_person(cast, client_of, topic):
    response = client_of(cast.ana).post(
        reverse(PAGE), {"topic": topic, "message": ASKED}, follow=True
    )
    assert "Sua pergunta foi enviada" in html(response)
    entry = Entry.objects.get(kind="mail")
    assert entry.recipient == f"{topic}@exemplo.com.br"
    mail = mail_of(entry)
    assert ASKED in mail.text
    assert mail.reply_to == cast.ana.email


def test_a_topic_without_a_desk_goes_to_the_provider(cast, client_of):
    client_of(cast.ana).post(reverse(PAGE), {"topic": "other", "message": ASKED})
    assert Entry.objects.get(kind="mail").recipient == cast.provider.email


def test_a_question_about_a_document_names_it(cast, client_of):
    document = make_document(cast.unit_a1, number="00077")
    client = client_of(cast.ana)
    page = html(client.get(reverse(PAGE), {"topic": "amount", "document": document.pk}))
    assert "Fatura de serviços 00077" in page
    client.post(reverse(PAGE), {"topic": "amount", "message": ASKED, "document": document.pk})
    assert "Fatura de serviços 00077" in mail_of(Entry.objects.get(kind="mail")).text


def test_another_companys_document_cannot_be_asked_about(cast, client_of):
    document = make_document(cast.unit_b1, number="ALHEIO")
    client = client_of(cast.ana)
    for pk in (document.pk, "999999999999999999999", "-1", "x"):
        page = html(client.get(reverse(PAGE), {"document": pk}))
        assert "ALHEIO" not in page
        data = {"topic": "amount", "message": ASKED, "document": pk}
        assert "ALHEIO" not in html(client.post(reverse(PAGE), data))
    assert not Entry.objects.exists()


def test_a_short_message_is_refused_and_kept(cast, client_of):
    response = client_of(cast.ana).post(reverse(PAGE), {"topic": "access", "message": "oi"})
    assert response.context["form"].errors["message"]
    assert "oi</textarea>" in html(response)


def test_a_header_in_the_name_stays_in_the_subject(cast, client_of):
    cast.ana.name = "Ana\r\nBcc: todos@exemplo.com.br"
    cast.ana.save()
    client_of(cast.ana).post(reverse(PAGE), {"topic": "access", "message": ASKED})
    assert "\n" not in mail_of(Entry.objects.get(kind="mail")).subject


def test_five_questions_an_hour_are_enough(cast, client_of):
    client = client_of(cast.ana)
    data = {"topic": "access", "message": ASKED}
    answers = [client.post(reverse(PAGE), data).status_code for _ in range(6)]
    assert answers == [302] * 5 + [429]
    assert client_of(cast.bruno).post(reverse(PAGE), data).status_code == 302
    assert Entry.objects.count() == 6
