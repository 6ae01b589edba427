"""Filters of the queue that are saved by a name, and shared with a department."""

import pytest
from django.urls import reverse

from tests.factories import Cast
from tests.factories.tickets import make_agent, make_department
from tickets.models import SavedQueue

pytestmark = pytest.mark.django_db
QUERY = "?queue=answer&priority=4-urgent&cursor=x&evil=1&q="


@pytest.fixture
def agent(cast: Cast):
    return make_agent(make_department())


def save(browser, name: str = "Urgentes", **values: object):
    return browser.post(reverse("tickets:save_queue") + QUERY, {"name": name, **values})


def test_a_filter_is_saved_by_a_name_and_opened_by_it(agent, client_of):
    browser = client_of(agent)
    page = browser.get(reverse("tickets:save_queue") + QUERY).content.decode()
    assert "Precisa de resposta" in page
    assert "Urgente" in page
    answer = save(browser)
    assert answer.url == reverse("tickets:queue") + "?queue=answer&priority=4-urgent"
    assert "Urgentes" in browser.get(answer.url).content.decode()


@pytest.mark.both
def test_the_same_name_twice_is_told(agent, client_of):
    browser = client_of(agent)
    save(browser)
    assert save(browser).context["form"].errors.keys() == {"name"}
    save(browser, "Outra")
    other = SavedQueue.objects.get(name="Outra")
    again = browser.post(reverse("tickets:saved_queue", args=[other.pk]), {"name": "Urgentes"})
    assert again.context["form"].errors.keys() == {"name"}
    assert SavedQueue.objects.count() == 2


@pytest.mark.both
def test_a_shared_queue_is_seen_by_the_department_and_changed_by_who_saved_it(agent, client_of):
    colleague, stranger = make_agent(make_department()), make_agent(make_department("Suporte"))
    save(client_of(agent), department=make_department().pk)
    (queue,) = SavedQueue.objects.for_agent(colleague)
    assert not SavedQueue.objects.for_agent(stranger).exists()
    for name in ("saved_queue", "saved_queue_delete"):
        address = reverse(f"tickets:{name}", args=[queue.pk])
        assert client_of(colleague).post(address, {"name": "Minha"}).status_code == 404
    refused = save(client_of(agent), "Alheia", department=make_department("Suporte").pk)
    assert refused.context["form"].errors.keys() == {"department"}


def test_it_is_renamed_and_deleted_after_a_question(agent, client_of):
    browser = client_of(agent)
    save(browser)
    queue = SavedQueue.objects.get()
    browser.post(reverse("tickets:saved_queue", args=[queue.pk]), {"name": "Para hoje"})
    assert SavedQueue.objects.get().name == "Para hoje"
    address = reverse("tickets:saved_queue_delete", args=[queue.pk])
    assert "Para hoje" in browser.get(address).content.decode()
    browser.post(address)
    assert not SavedQueue.objects.exists()


def test_a_wrong_filter_is_not_saved(agent, client_of):
    answer = client_of(agent).post(reverse("tickets:save_queue") + "?since=x", {"name": "A"})
    assert answer.url == reverse("tickets:queue") + "?since=x"
    assert not SavedQueue.objects.exists()
