"""“My data” and an erasure: accesses in a person's name, what others noted, what they saw."""

import json

import pytest

from portal.accounts.models import User
from proxies.models import Disclosure, OfficeClient, Proxy, ProxyEvent
from proxies.services.personal import personal_proxies
from tests.factories import make_user
from tests.factories.proxies import AT, PASSWORD, make_office_client, make_proxy
from tests.portal.erasing import erase

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def shown(user: User) -> str:
    found = {section: list(rows) for section, rows in personal_proxies(user).items()}
    return json.dumps(found, ensure_ascii=False)


def see(user: User, proxy: Proxy, reason: str = "Declaração anual") -> None:
    Disclosure.objects.create(
        proxy=proxy, field="password", version=1, act="shown", user=user, reason=reason, at=AT
    )


@pytest.fixture
def rita() -> User:
    return make_user("Rita Quintela Reis")


def test_a_person_reads_what_is_kept_in_their_name_and_what_they_saw(cast, rita):
    make_proxy(cast.office, holder=rita.cpf, name="GOV DA RITA", notes="Nota do escritório")
    make_office_client(cast.office, "Rita Reis", tax_id=rita.cpf)
    see(rita, make_proxy(cast.company_a, name="ACESSO VISTO"))
    text = shown(rita)
    for mine in ("GOV DA RITA", "ACESSO VISTO", "Declaração anual", str(cast.office)):
        assert mine in text, mine
    for other in (PASSWORD, "Nota do escritório"):
        assert other not in text, other
    assert "GOV DA RITA" not in shown(cast.carla)


def test_a_cpf_that_was_only_typed_shows_and_destroys_nothing(cast):
    typed = make_user("Rui Quintela", typed=True)
    proxy = make_proxy(cast.office, holder=typed.cpf)
    assert proxy.name not in shown(typed)
    erase(typed, cast.admin)
    proxy.refresh_from_db()
    assert proxy.status == Proxy.Status.ACTIVE


def test_an_erasure_destroys_the_accesses_in_the_person_s_name(cast, rita):
    proxy = make_proxy(
        cast.office, holder=rita.cpf, holder_name=rita.name, name=f"GOV {rita.name}", by=rita
    )
    client = make_office_client(cast.office, rita.name, tax_id=rita.cpf)
    kept = make_proxy(cast.office)
    erase(rita, cast.admin)
    proxy.refresh_from_db()
    client.refresh_from_db()
    kept.refresh_from_db()
    assert proxy.status == Proxy.Status.DESTROYED
    assert not proxy.values.filter(sealed__isnull=False).exists()
    assert (proxy.holder, client.tax_id) == ("", "")
    assert kept.status == Proxy.Status.ACTIVE
    rows = [*Proxy.objects.values(), *OfficeClient.objects.values(), *ProxyEvent.objects.values()]
    assert "Quintela" not in repr(rows)


def test_two_erased_clients_of_one_office_stand_side_by_side(cast, rita):
    other = make_user("Raul Quintela Sá")
    for person in (rita, other):
        make_office_client(cast.office, person.name, tax_id=person.cpf)
        erase(person, cast.admin)
    assert list(OfficeClient.objects.values_list("tax_id", flat=True)) == ["", ""]


def test_two_accesses_named_after_people_keep_names_of_their_own_once_these_are_erased(cast, rita):
    other = make_user("Raul Quintela Sá")
    made = [make_proxy(cast.office, name=f"ACESSO {person.name}") for person in (rita, other)]
    for person in (rita, other):
        erase(person, cast.admin)
    names = {proxy.pk: Proxy.objects.get(pk=proxy.pk).name for proxy in made}
    assert len(set(names.values())) == 2
    assert "Quintela" not in repr(names)


def test_what_an_erased_person_saw_is_still_known_without_who(cast, rita):
    proxy = make_proxy(cast.office)
    see(rita, proxy, reason=f"Pedido de {rita.name}")
    erase(rita, cast.admin)
    row = Disclosure.objects.select_related("user").get()
    assert "Quintela" not in f"{row.reason} {row.user.name if row.user else ''}"
    assert (row.proxy, row.field) == (proxy, "password")
