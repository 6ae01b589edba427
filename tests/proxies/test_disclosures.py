"""Who saw what, for an office's administrators; and what somebody knows who has left."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.audit.models import AuditEvent
from proxies.models import Disclosure, Proxy
from proxies.services.disclosures import left_behind, who_left
from tests.factories import make_company, make_grant, make_user
from tests.factories.proxies import AT, PASSWORD, make_proxy, open_proxies
from tests.proxies.test_values import renew

pytestmark = pytest.mark.django_db
NOW = AT + timedelta(days=1)


def saw(proxy, user, *, act="shown", field="password", version=1, at=AT, **more):
    values = {"proxy": proxy, "user": user, "act": act, "field": field, "version": version}
    return Disclosure.objects.create(reason="motivo", at=at, **values, **more)


@pytest.fixture
def proxy(cast):
    open_proxies(cast.carla, cast.office)
    return make_proxy(cast.office, name="ACESSO SEFAZ-MT")


@pytest.fixture
def olga(cast):
    """She operates, and will leave."""
    olga = make_user("Olga Opera")
    open_proxies(olga, cast.office, "operate")
    return olga


def url(office, name="disclosures", **query):
    return reverse(f"proxies:{name}", args=[office.pk], query=query)


def test_administrators_see_it_by_person_access_and_day_and_nobody_else_does(
    cast, client_of, proxy, olga, django_assert_max_num_queries
):
    other = make_proxy(cast.office, name="ACESSO SEFAZ-GO")
    saw(proxy, olga)
    saw(other, cast.carla, act="copied", at=AT - timedelta(days=40))
    foreign = make_company("Outro escritório", kind="office")
    saw(make_proxy(foreign, name="ALHEIA"), cast.bruno)
    carla = client_of(cast.carla)
    text = carla.get(url(cast.office)).content.decode()
    assert "Olga Opera" in text
    assert "Mostrado" in text
    assert "No ar" not in text
    assert 'data-label="Procuração"' in text
    assert "ACESSO SEFAZ-GO" in text
    assert "ALHEIA" not in text
    for query, rows in (
        ({"user": olga.pk}, 1), ({"proxy": other.pk}, 1), ({"act": "copied"}, 1),
        ({"since": "01/11/2026"}, 1), ({"until": "31/10/2026"}, 1), ({"user": cast.bruno.pk}, 0),
        ({"since": "x"}, 0), ({}, 2),
    ):  # fmt: skip
        assert len(carla.get(url(cast.office, **query)).context["page"].rows) == rows, query
    assert client_of(olga).get(url(cast.office)).status_code == 403
    assert client_of(cast.bruno).get(url(cast.office)).status_code == 404
    assert client_of(cast.admin).get(url(cast.office)).status_code == 403
    for _ in range(30):
        saw(proxy, olga)
    with django_assert_max_num_queries(30):
        carla.get(url(cast.office))


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_the_list_is_taken_along_with_its_filter_and_that_is_audited(
    cast, client_of, proxy, olga, extension
):
    saw(proxy, olga)
    saw(proxy, cast.carla)
    carla = client_of(cast.carla)
    answer = carla.get(url(cast.office, f"disclosures_{extension}", user=olga.pk))
    assert "no-store" in answer["Cache-Control"]
    body = b"".join(answer.streaming_content)
    if extension == "csv":
        assert b"Olga Opera" in body
        assert b"Carla" not in body
    event = AuditEvent.objects.get(action="proxy.disclosures_exported")
    assert event.data == {"rows": 1, "format": extension}
    wrong = carla.get(url(cast.office, f"disclosures_{extension}", since="x"))
    assert wrong.status_code == 302


def left(office, at=NOW):
    return list(left_behind(office, at))


def test_what_somebody_saw_and_who_has_left_is_to_be_changed_until_it_is(cast, proxy, olga):
    saw(proxy, olga)
    assert left(cast.office) == []  # she is still there
    olga.grants.update(revoked_at=AT)
    assert left(cast.office) == [proxy]
    assert who_left([proxy], NOW) == {proxy.pk: ["Olga Opera"]}
    renew(proxy, cast.carla, b"nova senha")
    assert left(cast.office) == []


def test_whose_grant_ends_by_its_date_has_left_on_that_day(cast, proxy, olga):
    saw(proxy, olga, act="copied")
    olga.grants.update(valid_until=NOW)
    assert left(cast.office, NOW - timedelta(seconds=1)) == []
    assert left(cast.office, NOW) == [proxy]


@pytest.mark.parametrize(
    "how", ["deactivated", "erased", "other service", "other office", "only consults"]
)
def test_who_has_no_access_any_more_has_left(cast, proxy, olga, how):
    saw(proxy, olga)
    if how == "deactivated":
        olga.is_active = False
        olga.save()
    elif how == "erased":
        Disclosure.objects.update(user=None)
    elif how == "only consults":
        olga.grants.update(level="consult")
    elif how == "other service":
        olga.grants.update(scopes=["invoices"])
    else:
        olga.grants.update(company=make_company("Outro", kind="office"))
    assert left(cast.office) == [proxy]


@pytest.mark.parametrize(
    "seen", [{"act": "code", "field": "seed"}, {"act": "former"}, {"opened": False}]
)
def test_a_code_a_former_value_and_what_did_not_open_give_nothing_away(cast, proxy, olga, seen):
    saw(proxy, olga, **seen)
    olga.grants.all().delete()
    assert left(cast.office) == []


def test_who_typed_the_value_knows_it_too(cast, olga):
    open_proxies(cast.carla, cast.office)
    typed = make_proxy(cast.office, by=olga)
    assert left(cast.office) == []
    olga.grants.all().delete()
    assert left(cast.office) == [typed]
    assert who_left([typed], NOW) == {typed.pk: ["Olga Opera"]}


def test_what_is_destroyed_needs_no_change(cast, proxy, olga):
    saw(proxy, olga)
    olga.grants.all().delete()
    proxy.values.update(sealed=None, destroyed_at=AT)
    Proxy.objects.filter(pk=proxy.pk).update(status="destroyed")
    assert left(cast.office) == []


def test_the_list_names_them_and_a_card_leads_there(cast, client_of, proxy, olga):
    carla = client_of(cast.carla)
    assert (
        "em uso é conhecido por quem saiu" in carla.get(url(cast.office, "left")).content.decode()
    )
    saw(proxy, olga, at=timezone.now())
    olga.grants.all().delete()
    text = carla.get(url(cast.office, "left")).content.decode()
    assert "ACESSO SEFAZ-MT" in text
    assert "Olga Opera" in text
    assert reverse("proxies:change", args=[proxy.pk]) in text
    assert PASSWORD not in text
    front = carla.get(reverse("ui:dashboard")).content.decode()
    assert url(cast.office, "left") in front
    clerk = make_user("Otto Opera")
    make_grant(clerk, cast.office, "operate", scopes=["proxies"])
    assert (
        url(cast.office, "left")
        not in client_of(clerk).get(reverse("ui:dashboard")).content.decode()
    )
