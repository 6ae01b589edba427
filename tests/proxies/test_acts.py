"""What is done with an access: who may, in which state, and what it leaves."""

import pytest
from django.urls import reverse
from django.utils import timezone

from proxies.models import Proxy, SecretValue
from proxies.services.life import destroy
from tests.factories import PASSWORD as OWN_PASSWORD
from tests.factories.proxies import make_proxy, open_proxies
from tests.tickets.clients import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def carla(cast, client_of):
    open_proxies(cast.carla, cast.office)
    return client_of(cast.carla)


def press(browser, proxy, act: str, **values):
    return browser.post(reverse(f"proxies:{act}", args=[proxy.pk]), values, follow=True)


def offered(browser, proxy) -> set[str]:
    body = browser.get(proxy.get_absolute_url()).content.decode()
    acts = ("vencida", "recusada", "liberar", "desativar", "reativar", "destruir", "alterar")
    return {act for act in acts if f"/{proxy.pk}/{act}/" in body}


def test_each_state_offers_its_ways_out_and_they_work(carla, cast):
    proxy = make_proxy(cast.office, at=timezone.now())
    in_use = {"vencida", "recusada", "desativar", "destruir", "alterar"}
    assert offered(carla, proxy) == in_use
    assert "Motivo" in words(press(carla, proxy, "refuse"))  # asked for, and needed
    page = words(press(carla, proxy, "refuse", reason="senha trocada no órgão"))
    assert "Recusada: senha trocada no órgão" in page
    assert offered(carla, proxy) == {"liberar", "desativar", "destruir", "alterar"}
    press(carla, proxy, "release", reason="estava certa")
    assert offered(carla, proxy) == in_use
    press(carla, proxy, "revoke", reason="sem contrato")
    assert offered(carla, proxy) == {"reativar", "destruir", "alterar"}
    press(carla, proxy, "reactivate")
    assert "Vencida" in words(press(carla, proxy, "expire"))
    assert offered(carla, proxy) == in_use - {"vencida"}
    notes = [event.note for event in proxy.events.exclude(kind="value") if event.note]
    assert notes == ["senha trocada no órgão", "estava certa", "sem contrato"]


def test_an_administrator_destroys_after_proving_who_they_are(carla, cast):
    proxy = make_proxy(cast.office)
    address = reverse("proxies:destroy", args=[proxy.pk])
    carla.force_login(cast.carla)
    asked = carla.get(address)
    assert asked.status_code == 302  # to the password
    carla.post(asked["Location"], {"password": OWN_PASSWORD})
    assert "não pode ser desfeito" in words(carla.get(address))
    page = press(carla, proxy, "destroy", reason="fim do contrato")
    assert "Destruída: fim do contrato" in words(page)
    assert not SecretValue.objects.filter(sealed__isnull=False).exists()
    assert offered(carla, proxy) == set()
    # Its name is free again, and nothing else is done with it.
    make_proxy(cast.office, name=proxy.name)
    assert "foi destruída" in words(
        carla.get(reverse("proxies:change", args=[proxy.pk]), follow=True)
    )
    page = press(carla, proxy, "expire")
    assert "não é possível na situação atual" in words(page)


@pytest.mark.parametrize("level", ["consult", "operate"])
def test_who_does_not_administer_destroys_nothing(cast, client_of, level):
    open_proxies(cast.carla, cast.office, level)
    proxy, browser = make_proxy(cast.office), client_of(cast.carla)
    assert press(browser, proxy, "destroy", reason="x").status_code == 403
    assert press(browser, proxy, "refuse", reason="x").status_code == (
        403 if level == "consult" else 200
    )
    assert "destruir" not in offered(browser, proxy)


def test_what_somebody_destroyed_meanwhile_is_not_given_a_new_value(carla, cast):
    proxy = make_proxy(cast.office)
    sent = {
        "sphere": "state", "agency": proxy.agency_id, "name": proxy.name, "holder": proxy.holder,
        "change_password": "on", "password": "Outra#1", "seen": proxy.changes,
    }  # fmt: skip
    destroy(proxy, "antes", by=cast.carla, at=timezone.now())
    page = carla.post(reverse("proxies:change", args=[proxy.pk]), sent, follow=True)
    assert "foi destruída" in words(page)
    assert Proxy.objects.get().values.filter(sealed__isnull=False).count() == 0
