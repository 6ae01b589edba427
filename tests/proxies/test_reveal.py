"""A secret is shown to who may see it, proven and with a reason, once that is written down."""

import base64
import json

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from portal.audit.models import AuditEvent
from proxies.models import Disclosure, SecretValue
from proxies.services import disclosures
from proxies.services.disclosures import NotShown, disclose
from proxies.services.values import current_values
from proxies.views import reveal
from tests.factories import make_grant, make_user
from tests.factories.proxies import AT, LOGIN, PASSWORD, make_proxy, open_proxies
from tests.proxies.showing import REASON, ask, proven
from tests.proxies.test_values import renew, swap
from tests.tickets.clients import words

pytestmark = pytest.mark.django_db
SEED = b"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.fixture
def proxy(cast):
    open_proxies(cast.carla, cast.office)
    return make_proxy(cast.office)


@pytest.fixture
def carla(cast, client_of, proxy):
    return proven(client_of(cast.carla))


def noted():
    return [(d.field, d.act, d.version, d.opened) for d in Disclosure.objects.order_by("pk")]


def test_the_page_asks_first_and_shows_nothing_by_get(carla, proxy):
    page = carla.get(reverse("proxies:reveal", args=[proxy.pk]), {"field": "password"})
    assert page.status_code == 200
    assert PASSWORD not in page.content.decode()
    assert noted() == []


def test_with_a_reason_it_is_shown_noted_and_never_stored(carla, proxy, cast):
    page = ask(carla, proxy)
    text = page.content.decode()
    assert PASSWORD in text
    assert f'url={proxy.get_absolute_url()}"' in text  # without scripts it goes away too
    assert 'data-seconds="30"' in text
    assert "no-store" in page["Cache-Control"]
    note = Disclosure.objects.get()
    assert (note.user, note.reason, note.act, note.version) == (cast.carla, REASON, "shown", 1)
    event = AuditEvent.objects.get(action="proxy.disclosed")
    assert event.data == {"field": "password", "version": 1, "act": "shown"}
    assert event.actor_id == cast.carla.pk


@pytest.mark.parametrize(("seconds", "said"), [(1, "1 segundo."), (2, "2 segundos.")])
def test_one_second_is_said_as_one(carla, proxy, monkeypatch, seconds, said):
    monkeypatch.setattr(reveal, "SECONDS", seconds)
    page = ask(carla, proxy)
    assert f"Fica aqui por {said}" in words(page)
    assert 'data-last="Fica aqui por 1 segundo."' in page.content.decode()  # for the script


def test_without_a_reason_nothing_is_opened(carla, proxy):
    for reason in ("", " ", "oi", "x" * 201):
        page = ask(carla, proxy, reason=reason)
        assert page.status_code == 200
        assert PASSWORD not in page.content.decode()
    assert noted() == []


def test_a_copy_is_noted_as_a_copy_and_comes_as_plain_text(carla, proxy):
    answer = ask(carla, proxy, "login", act="copy")
    assert answer.content.decode() == LOGIN
    assert answer["Content-Type"].startswith("text/plain")
    assert "no-store" in answer["Cache-Control"]
    assert noted() == [("login", "copied", 1, True)]


def test_who_has_not_just_proven_who_they_are_sees_nothing(cast, client_of, proxy):
    browser = client_of(cast.carla)
    asked = ask(browser, proxy)
    assert asked.status_code == 302
    assert "/conta/" in asked["Location"] or "reauth" in asked["Location"]
    # A copy is not put aside either: answered later it would stand on a page.
    assert ask(browser, proxy, act="copy").status_code == 403
    assert noted() == []


def test_levels_and_services_decide(cast, client_of, proxy):
    reader, stranger = make_user("Rita Leitora"), make_user("Saulo Sem")
    open_proxies(reader, cast.office, "consult")
    make_grant(stranger, cast.office, "administer")  # does not name the service
    assert ask(proven(client_of(reader)), proxy).status_code == 403
    assert ask(proven(client_of(stranger)), proxy).status_code == 404
    assert ask(proven(client_of(cast.admin)), proxy).status_code == 403
    assert ask(proven(client_of(cast.bruno)), proxy, act="copy").status_code == 404
    assert noted() == []


def test_keys_and_seeds_are_shown_to_nobody(carla, cast):
    proxy = make_proxy(cast.office, secrets={"password": b"x", "key": b"chave", "seed": SEED})
    for field in ("key", "seed", "x", ""):
        assert ask(carla, proxy, field).status_code == 404
        assert ask(carla, proxy, field, act="copy").status_code == 404
    page = ask(carla, proxy, "seed", act="code")
    text = page.content.decode()
    assert SEED.decode() not in text
    assert len(str(page.context["secret"])) == 6
    assert str(page.context["secret"]) in text
    assert 5 <= page.context["seconds"] <= 34
    assert noted() == [("seed", "code", 1, True)]


def test_without_a_seed_there_is_no_code(carla, proxy):
    assert carla.get(reverse("proxies:code", args=[proxy.pk])).status_code == 404


def test_a_former_value_is_for_who_holds_that_service(carla, cast, client_of, proxy):
    renew(proxy, cast.carla, b"segundo")
    clerk = make_user("Olga Opera")
    make_grant(clerk, cast.office, "operate", scopes=["proxies"])
    assert ask(proven(client_of(clerk)), proxy, version=1, former=1).status_code == 403
    versions = reverse("proxies:versions", args=[proxy.pk])
    assert client_of(clerk).get(versions).status_code == 403
    assert "version=1" in carla.get(versions).content.decode()
    assert PASSWORD in ask(carla, proxy, version=1, former=1).content.decode()
    assert "segundo" in ask(carla, proxy, version=2).content.decode()
    assert noted() == [("password", "former", 1, True), ("password", "shown", 2, True)]
    for junk in ("0", "9", "x", "²", "9" * 30):
        assert ask(carla, proxy, version=junk).status_code == 404


def test_a_former_value_says_on_both_pages_that_it_is_one(carla, cast, proxy):
    renew(proxy, cast.carla, b"segundo")
    said = f"Senha anterior, versão 1, de {AT:%d/%m/%Y}"
    query = {"field": "password", "version": 1}
    question = carla.get(reverse("proxies:reveal", args=[proxy.pk]), query)
    assert said in question.content.decode()
    assert question.context["form"].initial["former"] is True
    assert said in ask(carla, proxy, version=1, former=True).content.decode()
    assert "Senha anterior" not in ask(carla, proxy, version=2).content.decode()


def test_what_was_renewed_since_the_page_was_opened_is_not_shown(carla, cast, client_of, proxy):
    clerk = make_user("Olga Opera")
    make_grant(clerk, cast.office, "operate", scopes=["proxies"])
    renew(proxy, cast.carla, b"segundo")
    for browser in (carla, proven(client_of(clerk))):
        page = browser.post(
            reverse("proxies:reveal", args=[proxy.pk]),
            {"field": "password", "version": 1, "reason": REASON}, follow=True,
        )  # fmt: skip
        assert page.redirect_chain[-1][0] == proxy.get_absolute_url()
        assert "Outra pessoa informou" in page.content.decode()
        copied = ask(browser, proxy, act="copy", version=1)
        assert copied.status_code == 409
        assert "Outra pessoa informou" in copied.content.decode()
    assert noted() == []


@pytest.mark.parametrize("ring", ["{", "[]", '{"uma": "curta"}'])
def test_with_a_broken_keyring_it_is_said_and_nothing_is_opened(carla, proxy, settings, ring):
    settings.VAULT_KEYRING = ring
    page = ask(carla, proxy)
    assert page.status_code == 503
    assert "Falta ao cofre a chave" in page.content.decode()
    assert ask(carla, proxy, act="copy").status_code == 503
    assert noted() == []


def test_more_than_thirty_in_ten_minutes_are_too_many(carla, proxy):
    for _ in range(15):
        assert ask(carla, proxy).status_code == 200
        assert ask(carla, proxy, act="copy").status_code == 200
    assert ask(carla, proxy).status_code == 429
    answer = ask(carla, proxy, act="copy")
    assert answer.status_code == 429
    assert PASSWORD not in answer.content.decode()
    assert len(noted()) == 30


@pytest.mark.parametrize("broken", ["record", "Disclosure.objects.create"])
def test_what_cannot_be_noted_is_not_opened(carla, proxy, monkeypatch, broken):
    def fail(*_args, **_more):
        raise DatabaseError("disk I/O error")

    opened = []
    monkeypatch.setattr(disclosures, "open_value", lambda *a, **_k: opened.append(a))
    if broken == "record":
        monkeypatch.setattr(disclosures, "record", fail)
    else:
        monkeypatch.setattr(type(Disclosure.objects), "create", fail)
    page = ask(carla, proxy)
    assert page.status_code == 503
    assert "não foi possível registrar quem pediu" in page.content.decode()
    assert ask(carla, proxy, act="copy").status_code == 503
    assert opened == []
    assert noted() == []


@pytest.mark.django_db(transaction=True)
def test_the_note_is_committed_before_the_vault_opens(cast, proxy, rf, monkeypatch):
    request = rf.post("/")
    request.user = cast.carla
    seen = []

    def look(*_args, **_more):
        seen.append((connection.in_atomic_block, Disclosure.objects.count()))
        return b"aberto"

    monkeypatch.setattr(disclosures, "open_value", look)
    value = current_values(proxy)["password"]
    asked = {"reason": REASON, "by": cast.carla, "at": AT, "request": request}
    assert disclose(value, "shown", **asked) == "aberto"
    assert seen == [(False, 1)]
    # Inside of another transaction, which could still undo the note, it refuses.
    with pytest.raises(RuntimeError), transaction.atomic():
        disclose(value, "shown", **asked)
    assert len(seen) == 1


@pytest.mark.parametrize("which", ["fields", "rows"])
def test_swapped_values_are_said_to_be_unreadable_and_nothing_else_breaks(
    carla, cast, proxy, which
):
    sound = make_proxy(cast.office)
    other = proxy if which == "fields" else make_proxy(cast.office)
    pair = (
        current_values(proxy)["password"],
        current_values(other)["login" if which == "fields" else "password"],
    )
    swap(*pair)
    for value in pair:
        page = ask(carla, value.proxy, value.field)
        text = page.content.decode()
        assert page.status_code == 409
        assert "não pode ser lido" in text
        assert PASSWORD not in text
        assert LOGIN not in text
        assert ask(carla, value.proxy, value.field, act="copy").status_code == 409
    assert {opened for *_rest, opened in noted()} == {False}
    assert AuditEvent.objects.filter(action="proxy.unreadable").count() == 4
    assert PASSWORD in ask(carla, sound).content.decode()
    # A new value is the way out.
    renew(proxy, cast.carla, b"outra senha")
    assert "outra senha" in ask(carla, proxy).content.decode()


def test_an_older_value_in_the_newest_one_s_place_is_said_to_be_unreadable(carla, cast, proxy):
    renew(proxy, cast.carla, b"segundo")
    SecretValue.objects.filter(proxy=proxy, field="password", version=2).delete()
    page = ask(carla, proxy)
    assert page.status_code == 409
    assert PASSWORD not in page.content.decode()


def test_an_older_value_s_bytes_in_the_newest_row_do_not_open(carla, cast, proxy):
    renew(proxy, cast.carla, b"segundo")
    old, new = SecretValue.objects.filter(proxy=proxy, field="password").order_by("version")
    SecretValue.objects.filter(pk=new.pk).update(sealed=old.sealed)
    assert ask(carla, proxy).status_code == 409


def test_a_value_that_is_replaced_while_it_is_opened_was_no_fraud(cast, proxy, rf):
    request = rf.post("/")
    request.user = cast.carla
    value = current_values(proxy)["password"]
    renew(proxy, cast.carla, b"segundo")
    asked = {"reason": REASON, "by": cast.carla, "at": AT, "request": request}
    assert disclose(value, "shown", **asked) == PASSWORD


def test_without_its_key_the_vault_stays_closed_and_the_rest_works(carla, cast, proxy, settings):
    settings.VAULT_KEYRING = json.dumps({"outra": base64.b64encode(bytes(32)).decode()})
    page = ask(carla, proxy)
    assert page.status_code == 503
    assert "Falta ao cofre a chave" in page.content.decode()
    assert ask(carla, proxy, act="copy").status_code == 503
    assert noted()[0] == ("password", "shown", 1, False)
    for name, key in (("versions", proxy.pk), ("disclosures", cast.office.pk)):
        assert carla.get(reverse(f"proxies:{name}", args=[key])).status_code == 200
    # What is sealed from now on opens with the key that is there.
    renew(proxy, cast.carla, b"segundo")
    assert "segundo" in ask(carla, proxy).content.decode()


def test_a_destroyed_value_is_not_there(carla, proxy):
    SecretValue.objects.filter(proxy=proxy).update(sealed=None, destroyed_at=AT)
    assert ask(carla, proxy).status_code == 404


def test_not_shown_carries_no_secret(cast, proxy, rf):
    request = rf.post("/")
    request.user = cast.carla
    one, other = current_values(proxy).values()
    swap(one, other)
    one.refresh_from_db()
    with pytest.raises(NotShown) as caught:
        disclose(one, "shown", reason=REASON, by=cast.carla, at=AT, request=request)
    assert caught.value.__cause__ is None
