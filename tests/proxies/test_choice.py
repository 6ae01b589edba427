"""The clients that an access serves: chosen among thousands, found by name or number, kept."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from proxies.models import OfficeClient, Proxy
from tests.factories import a_cnpj, make_company
from tests.factories.proxies import make_agency, make_office_client, make_proxy, open_proxies
from tests.tickets.clients import words

pytestmark = pytest.mark.django_db
SECRET = "Segredo#9-inventado"


@pytest.fixture
def carla(cast, client_of):
    open_proxies(cast.carla, cast.office)
    return client_of(cast.carla)


@pytest.fixture
def many(cast) -> list[OfficeClient]:
    """1,100 clients of Carla's office, by name; more than a form may have fields."""
    rows = [
        OfficeClient(office=cast.office, name=f"Cliente {number:04}", tax_id=a_cnpj())
        for number in range(1100)
    ]
    OfficeClient.objects.bulk_create(rows)
    return list(OfficeClient.objects.order_by("name"))


def sent(office: Any, browser: Any, **changes: Any) -> Any:
    agency = changes.pop("agency", None) or make_agency()
    return browser.post(
        reverse("proxies:new", args=[office.pk]),
        {
            "kind": "login", "sphere": agency.sphere, "agency": agency.pk, "name": "ACESSO SEFAZ-MT",
            "holder": office.tax_id, "login": "usuario-9", "password": SECRET, **changes,
        },
    )  # fmt: skip


def boxes(page: Any) -> dict[int, bool]:
    """The clients that are boxes, and whether each is ticked."""
    found = re.findall(r'name="clients" value="(\d+)" id="\w+"( checked)?', page.content.decode())
    return {int(key): bool(ticked) for key, ticked in found}


def hidden(page: Any, name: str) -> str:
    found = re.search(rf'name="clients_{name}" value="([^"]*)"', page.content.decode())
    assert found
    return found[1]


def test_of_thousands_twenty_are_shown_with_their_number_and_found_by_words_or_cnpj(
    carla, cast, many
):
    """Each of them was a box."""
    page = carla.get(
        reverse("proxies:new", args=[cast.office.pk], query={"kind": "login", "sphere": "state"})
    )
    assert boxes(page) == dict.fromkeys([client.pk for client in many[:20]], False)
    assert "Mostrando 20 de 1.100: escreva o começo do nome" in words(page)
    wanted = make_office_client(cast.office, "Padaria São João")
    twin = make_office_client(cast.office, "Padaria São João")
    by_name = sent(cast.office, carla, clients_text="sao joao", clients_act="find")
    assert boxes(by_name) == {wanted.pk: False, twin.pk: False}
    assert {wanted.shown_tax_id, twin.shown_tax_id} <= set(
        re.findall(r"[\w.]+/\w{4}-\d\d", words(by_name))
    )
    number = wanted.shown_tax_id[:12]
    assert wanted.pk in boxes(sent(cast.office, carla, clients_text=number, clients_act="find"))


def test_a_search_saves_nothing_keeps_what_was_chosen_and_typed_and_no_secret(carla, cast, many):
    wanted = make_office_client(cast.office, "Padaria São João")
    page = sent(
        cast.office, carla, clients=[many[500].pk], clients_text="padaria", clients_act="find",
        notes="do contador",
    )  # fmt: skip
    body = page.content.decode()
    assert boxes(page) == {many[500].pk: True, wanted.pk: False}
    assert "do contador" in body
    assert "has-error" not in body
    assert SECRET not in body
    assert "menos o que é secreto" in words(page)
    assert Proxy.objects.count() == 0
    asked = {"clients_text": "padaria", "clients_asked": hidden(page, "asked")}
    sent(cast.office, carla, clients=[many[500].pk, wanted.pk], **asked)
    assert set(Proxy.objects.get().clients.all()) == {many[500], wanted}


def test_all_are_chosen_at_once_shown_in_part_and_taken_out_one_by_one_or_together(
    carla, cast, many
):
    """More than a thousand boxes are more fields than a form may have."""
    page = sent(cast.office, carla, clients_act="all")
    assert [*boxes(page).values()] == [True] * 20
    assert "Mostrando 20 de 1.100 escolhidos" in words(page)
    assert len(hidden(page, "kept").split(",")) == 1080
    # The first is taken out, and another one sought among those that are chosen.
    kept = {"clients": [*boxes(page)][1:], "clients_kept": hidden(page, "kept")}
    page = sent(cast.office, carla, **kept, clients_text="cliente 0777", clients_act="find")
    assert boxes(page) == {many[777].pk: True}
    kept = {"clients_kept": hidden(page, "kept"), "clients_text": "", "clients_asked": ""}
    sent(cast.office, carla, **kept)
    assert set(Proxy.objects.get().clients.all()) == {*many[1:777], *many[778:]}
    assert not any(boxes(sent(cast.office, carla, **kept, clients_act="none")).values())


def test_a_refused_form_keeps_the_choice(carla, cast, many):
    page = sent(
        cast.office, carla, clients=[many[5].pk], clients_kept=str(many[900].pk), holder="1"
    )
    assert [key for key, is_ticked in boxes(page).items() if is_ticked] == [
        many[5].pk,
        many[900].pk,
    ]
    few = make_company("Outro", kind="office")
    open_proxies(cast.carla, few)
    one, other = make_office_client(few), make_office_client(few)
    page = sent(few, carla, clients=[other.pk], holder="1")
    assert boxes(page) == {one.pk: False, other.pk: True}
    assert one.shown_tax_id in words(page)


@pytest.mark.parametrize("size", ["few", "many"])
def test_a_client_of_another_office_is_refused_and_nothing_saved(carla, cast, size, request):
    own = request.getfixturevalue("many")[0] if size == "many" else make_office_client(cast.office)
    stranger = make_office_client(make_company("Outro", kind="office"))
    for key in (stranger.pk, 2**62, "x"):
        page = sent(cast.office, carla, clients=[own.pk, key])
        assert "não é, ou já não é, cliente deste escritório" in words(page), key
        assert boxes(page)[own.pk]
        assert stranger.pk not in boxes(page)
        page = sent(cast.office, carla, clients=[own.pk], clients_kept=str(key))
        assert "não é, ou já não é, cliente deste escritório" in words(page), key
    assert Proxy.objects.count() == 0


def test_a_text_that_was_typed_and_not_searched_saves_nothing(carla, cast, many):
    """Enter in the field sends the form; so does who forgets the button."""
    wanted = make_office_client(cast.office, "Padaria Sol")
    page = sent(cast.office, carla, clients_text="padaria")
    assert "Você digitou “padaria” para procurar um cliente" in words(page)
    assert boxes(page) == {wanted.pk: False}
    assert Proxy.objects.count() == 0


def test_the_form_and_the_page_of_an_access_cost_the_same_with_many_clients(carla, cast, many):
    proxy = make_proxy(cast.office, clients=many[:2])
    address = reverse("proxies:change", args=[proxy.pk])
    carla.get(address)  # what is asked once for all
    costs = []
    for count in (2, 1100):
        proxy.clients.set(many[:count])
        for asked in (address, proxy.get_absolute_url()):
            with CaptureQueriesContext(connection) as queries:
                page = carla.get(asked)
            costs.append(len(queries))
            assert page.content.decode().count("Cliente 0") <= 40
    assert costs[:2] == costs[2:]
    assert "ver todos os 1.100" in words(page)
    listed = carla.get(f"/escritorios/{cast.office.pk}/clientes/", {"access": proxy.pk})
    assert len(listed.context["page"].rows) == 25


def test_the_list_of_a_large_office_filters_by_the_client_whose_page_led_there(carla, cast, many):
    proxy = make_proxy(cast.office, clients=[many[700]])
    make_proxy(cast.office)
    address = f"/escritorios/{cast.office.pk}/certificados/"
    assert "client" not in carla.get(address).context["page"].form.fields
    asked = carla.get(address, {"client": many[700].pk})
    assert [row["proxy"] for row in asked.context["page"].rows] == [proxy]
    assert f"{many[700].name} · {many[700].shown_tax_id}" in words(asked)
    assert carla.get(address, {"client": "x"}).context["page"].rows == []
