"""Every card of the first page, of every desk: what it counts and names is what its list shows."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certificates.icp import Kind
from certificates.services.known import Origin, record_use
from invoices.models import Batch
from orders.models import Order
from portal import desks
from portal.accounts.models import AccessRequest
from portal.outbox.breaker import note_outage
from proxies.models import Disclosure, Proxy
from tests.certificates.known import a_record
from tests.factories import Cast, a_cpf, make_document, make_notice
from tests.factories.orders import make_order
from tests.factories.proxies import make_office_client, make_proxy, open_proxies
from tests.factories.tickets import make_department, make_ticket, said
from tests.powers.rows import power_row
from tickets.models import Entry, Member, Ticket
from tickets.services import acts, life

pytestmark = [pytest.mark.both, pytest.mark.django_db]
SECTION = re.compile(r"<section\b.*?</section>", re.DOTALL)
FIGURE = re.compile(r'class="figure">([\d.+]+)<')
LINK = re.compile(r'href="(/[^"#]*)"')
COUNT = re.compile(r"<strong>([\d.]+)</strong>")


@pytest.fixture
def world(cast: Cast) -> Cast:
    """Something for every card to say."""
    now = timezone.now()
    make_document(cast.unit_a1)
    make_document(cast.unit_a1, published_at=now - timedelta(days=170), release="released")
    make_document(cast.unit_b1, release="contested")
    Batch.objects.create(name="Outubro", created_by=cast.faturista)
    for number in range(7):
        AccessRequest.objects.create(
            name=f"Pessoa {number}", cpf=a_cpf(), email=f"p{number}@exemplo.com.br",
            phone="31 3555-0100", unit_text=f"A{number}",
        )  # fmt: skip
    record = a_record(Kind.E_CPF, cast.ana.cpf, days=5)
    record_use(record, origin=Origin.LOGIN, user=cast.ana, at=now)
    make_notice("Aviso", audience="everyone")
    power_row(cast.office, cast.ana)
    note_outage(now)
    _orders(cast)
    _accesses(cast)
    make_order(holder=cast.ana, status=Order.Status.AWAITING_PAYMENT)
    cast.office.certificate_only_from = timezone.localdate() + timedelta(days=30)
    cast.office.certificate_only_set_at = now
    cast.office.save()
    return cast


def _orders(cast: Cast) -> None:
    """Six that wait for a client, three for agents: one of an agent's own, one that is late."""
    department, now = make_department(), timezone.now()
    Member.objects.create(department=department, user=cast.atendente)
    for _ in range(6):
        ticket = make_ticket(user=cast.ana, email=cast.ana.email or "", department=department)
        words = said("Qual é a placa?", kind=Entry.Kind.AGENT, user=cast.agente)
        life.agent_answers(ticket, words, to=Ticket.Status.WAITING_CLIENT, at=now)
    acts.assign(make_ticket(department=department), cast.atendente, by=cast.admin, at=now)
    make_ticket(department=department, at=now - timedelta(days=30))
    make_ticket(user=cast.ana, email=cast.ana.email or "", department=department)


def _accesses(cast: Cast) -> None:
    """One of an office that ends soon and that somebody saw who has left; one of a former client."""
    open_proxies(cast.carla, cast.office)
    now = timezone.now()
    soon = timezone.localdate() + timedelta(days=10)
    seen = make_proxy(cast.office)
    Proxy.objects.filter(pk=seen.pk).update(end_is_known=True, ends_on=soon)
    Disclosure.objects.create(
        proxy=seen,
        field="password",
        version=1,
        act="shown",
        user=cast.bruno,
        reason="Teste",
        at=now,
    )
    former = make_office_client(cast.office, ended_on=timezone.localdate())
    make_proxy(cast.office).clients.add(former)


def compare(client: Client, part: str) -> bool:
    """Whether the part leads to a list; it then counts and names what that shows.

    What it names is not opened: that would make it seen, and the list another one. A row whose
    address has a query counts what the list with that query shows.
    """
    rows = re.findall(r"<li>.*?</li>", part, re.DOTALL)
    links = {unescape(href): row for row in rows for href in LINK.findall(row)}
    for href in (link for link in links if "?" in link):
        counted = COUNT.search(links[href])
        assert counted
        assert int(counted[1]) == client.get(href).context["page"].figures.count
    named = {link for link in links if "?" not in link}
    pages = [
        client.get(href)
        for href in dict.fromkeys(map(unescape, LINK.findall(part)))
        if href not in named
    ]
    lists = [
        page for page in pages if page.context and hasattr(page.context.get("page"), "figures")
    ]
    if not lists:
        return False
    shown = "".join(unescape(page.content.decode()) for page in lists)
    shows = re.compile(r'href="([^"?#]*)')  # a row may say from which list it was opened
    assert named - set(map(unescape, shows.findall(shown))) == set()
    if figure := FIGURE.search(part):
        assert int(figure[1]) == sum(page.context["page"].figures.count for page in lists)
    return True


def test_every_card_with_a_list_says_what_the_list_shows(world: Cast, client_of: Any) -> None:
    roles = ["ana", "carla", "faturista", "atendente", "agente", "admin"]
    shown, compared = set(), set()
    for client in (client_of(getattr(world, role)) for role in roles):
        request = client.get(reverse("ui:dashboard")).wsgi_request
        for make in desks.gather("cards"):
            if (card := make(request)) is None:
                continue
            shown.add(make)
            page = render_to_string(card.template, {"card": card.context}, request)
            parts = [compare(client, part) for part in SECTION.findall(page)]
            if any(parts):
                compared.add(make.__name__)
    assert set(desks.gather("cards")) - shown == set(), "give each something to say, in `world`"
    assert compared >= {
        "client_card", "staff_card", "waiting_requests", "card", "agent_card",
    }  # fmt: skip
