"""A person is erased: figures stay, and nothing says who it was."""

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.personal_data import collect
from portal.files.services import store
from tests.factories import Cast
from tests.factories.tickets import make_ticket, said
from tests.portal.erasing import erase
from tickets.models import Entry, EntryText, Ticket
from tickets.services import clients, life
from tickets.services.thread import NewFile

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


@pytest.fixture
def person(cast: Cast) -> User:
    return cast.ana


def of(person: User, **values: Any) -> Ticket:
    return make_ticket(user=person, email=person.email or "", name=person.name, **values)


def test_an_order_of_the_persons_own_keeps_its_figures_and_no_word(person: User, cast: Cast):
    made = store(b"%PDF-1.4 rg", prefix="tickets", name="rg.pdf")
    file = NewFile(key=made.key, name="rg.pdf", content_type=made.content_type, size=made.size,
                   sha256=made.sha256)  # fmt: skip
    ticket = of(person, said=said("Meu RG segue.", author=person.name, files=[file]),
                subject="Segunda via", values={"placa": "AAA-1234"})  # fmt: skip
    words = said(
        f"Olá, {person.name}.", kind=Entry.Kind.AGENT, user=cast.atendente, author="Teresa"
    )
    life.agent_answers(ticket, words, to=Ticket.Status.RESOLVED, at=timezone.now())
    clients.rate(ticket, 5, f"Sou {person.name}", by=person, at=timezone.now())
    opened_at, name, email = ticket.created_at, person.name, person.email or ""
    erase(person, cast.admin)
    ticket.refresh_from_db()
    assert (ticket.created_at, ticket.rating, ticket.status) == (opened_at, 5, "closed")
    assert ticket.first_answer_at
    assert (ticket.email, ticket.phone, ticket.values, ticket.rating_comment) == ("", "", {}, "")
    first, answer = ticket.entries.all()
    assert (first.author, first.text) == ("Pessoa excluída", "O texto foi excluído.")
    assert (answer.author, answer.text) == ("Teresa", "Olá, Pessoa excluída.")
    assert not default_storage.exists(made.key)
    everything = [*Ticket.objects.values_list(), *Entry.objects.values_list(),
                  *ticket.participants.values_list(), *ticket.events.values_list(),
                  *EntryText.objects.values_list()]  # fmt: skip
    assert name not in str(everything)
    assert email not in str(everything)
    for gone in (name, "meu rg segue", email):
        assert not EntryText.objects.matching(gone).exists()


def test_an_order_of_a_company_keeps_its_text_without_the_name(person: User, cast: Cast):
    ticket = of(person, company=cast.company_a,
                said=said(f"A fatura veio sem desconto. {person.name}", author=person.name))  # fmt: skip
    erase(person, cast.admin)
    entry = ticket.entries.get()
    assert entry.text == "A fatura veio sem desconto. Pessoa excluída"
    assert entry.author == "Pessoa excluída"
    assert EntryText.objects.matching("fatura desconto").exists()
    assert not EntryText.objects.matching(cast.ana.name).exists()


def test_who_only_typed_an_address_erases_nothing_of_its_owner(cast: Cast):
    ticket = make_ticket(email="vitima@exemplo.com.br", name="Vítima")
    thief = User.objects.create(name="Outro Nome", email="vitima@exemplo.com.br")
    erase(thief, cast.admin)
    ticket.refresh_from_db()
    assert (ticket.name, ticket.email) == ("Vítima", "vitima@exemplo.com.br")


def test_my_data_show_my_orders_and_what_i_wrote_and_nobody_elses(person: User, cast: Cast):
    mine = of(person, said=said("Quero a segunda via."))
    make_ticket(said=said("De outra pessoa."))
    found = str({name: list(rows) for name, rows in collect(person)["O.S."].items()})
    assert mine.number in found
    assert "Quero a segunda via." in found
    assert "De outra pessoa." not in found
