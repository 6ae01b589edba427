"""The connector against a server over TLS: what it understands, and what it never does."""

import socket
from threading import Event

import pytest

from portal.fetching import Page
from portal.sandbox import Limits
from proxies import demo_agency
from proxies.models import LoginPage
from proxies.services import connector, pages
from proxies.services.connector import Answer, try_login
from tests.proxies.agency import agency, tls_files

__all__ = ["agency", "tls_files"]

LOGIN = "escritorio"


def page(server, **changes) -> LoginPage:
    facts = {
        "address": server.address, "login_field": demo_agency.LOGIN,
        "password_field": demo_agency.PASSWORD, "opened_texts": demo_agency.OPENED,
        "refused_texts": demo_agency.REFUSED, "expired_texts": demo_agency.EXPIRED,
    }  # fmt: skip
    return LoginPage(**facts | changes)


def told(answer: Answer) -> tuple[str, str, bool]:
    return str(answer.outcome), str(answer.reason), answer.was_sent


@pytest.mark.parametrize(
    ("password", "outcome", "reason"),
    [
        ("certa-ção&=1", "opened", ""),
        ("qualquer", "refused", ""),
        ("vencida", "expired", ""),
        ("fora", "unreachable", "status"),
        ("mudou", "unclear", "text"),
        ("bomba", "unclear", "unusable"),
        ("desvio", "unclear", "unusable"),
    ],
)
def test_each_answer_is_understood(agency, password, outcome, reason):
    assert told(try_login(page(agency), LOGIN, password)) == (outcome, reason, True)
    assert agency.forms == 1


def test_a_slow_one_is_cut_off(agency, settings):
    settings.PROXY_CHECK_SECONDS = 2
    assert told(try_login(page(agency), LOGIN, "lenta")) == ("slow", "", True)
    agency.stop()


def test_the_forms_token_and_the_cookie_go_along_and_nothing_is_sent_twice(agency):
    assert told(try_login(page(agency), LOGIN, "certa"))[0] == "opened"
    assert agency.asked == ["GET /entrar", "POST /entrar", "GET /dentro"]


def test_further_fields_stand_in_for_hidden_ones(agency):
    answer = try_login(page(agency, fixed_fields="csrf = outro"), LOGIN, "certa")
    assert told(answer) == ("unclear", "text", True)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"login_field": "cpf"}, "form"),
        ({"refused_texts": "nada\nÓRGÃO de demonstração"}, "stands"),
    ],
)
def test_a_page_that_is_not_as_described_gets_no_password(agency, changes, reason):
    assert told(try_login(page(agency, **changes), LOGIN, "certa")) == ("unclear", reason, False)
    assert agency.forms == 0


FORM = '<form method="post" {more}><input name="{login}"><input name="{password}"></form>'


@pytest.mark.parametrize(
    ("head", "more", "sent"),
    [
        ('<meta charset="iso-8859-1">', "", "a%E7%E3o%80"),
        ("", 'accept-charset="nada, ISO-8859-1"', "a%E7%E3o%80"),
        ('<meta charset="iso-8859-1">', 'accept-charset="utf-8"', "a%C3%A7%C3%A3o%E2%82%AC"),
        ('<meta charset="iso-8859-2">', "", "a%E7%26%23227%3Bo%26%238364%3B"),
        ("", "", "a%C3%A7%C3%A3o%E2%82%AC"),
    ],
)
def test_a_password_is_sent_in_the_charset_of_its_form(head, more, sent, settings, monkeypatch):
    names = {"login": demo_agency.LOGIN, "password": demo_agency.PASSWORD}
    asked = head + FORM.format(more=more, **names)
    bodies = []

    class Noted:
        def __init__(self, *_arguments, **_options):
            pass

        def get(self, url):
            return Page(url, 200, asked.encode())

        def own(self, url):
            return url

        def post(self, url, body):
            bodies.append(body)
            return Page(url, 200, b"")

    monkeypatch.setattr(connector, "Visit", Noted)
    described = LoginPage(
        address="https://orgao.exemplo.gov.br/", login_field=demo_agency.LOGIN,
        password_field=demo_agency.PASSWORD, opened_texts="sim", refused_texts="errada",
    )  # fmt: skip
    try_login(described, LOGIN, "ação€")
    [body] = bodies
    assert body.decode().rpartition("=")[2] == sent


@pytest.mark.parametrize(
    "beside",
    [
        '<script src="https://www.google.com/recaptcha/api.js"></script>',
        '<iframe src="https://challenges.cloudflare.com/turnstile/v0/"></iframe>',
    ],
)
def test_a_captcha_that_stands_beside_the_form_is_seen(beside):
    form = FORM.format(more="", login="u", password="s")
    for body in (beside + form, form + beside):
        found = pages.read_form(body.encode(), "", "https://orgao.exemplo.gov.br/", "u", "s")
        assert found
        assert found.has_captcha


def test_a_captcha_gets_no_password(agency):
    agency.login_page = '<div class="g-recaptcha" data-sitekey="x"></div>'
    assert told(try_login(page(agency), LOGIN, "certa")) == ("unclear", "captcha", False)
    assert agency.forms == 0


def test_an_answer_that_says_both_is_not_believed(agency):
    both = page(agency, opened_texts="Bem-vindo\nusuário", refused_texts="bem-vindo ao ÓRGÃO")
    both.opened_texts = demo_agency.OPENED
    assert told(try_login(both, LOGIN, "certa")) == ("unclear", "texts", True)


def test_a_form_that_leads_to_another_host_gets_no_password(agency):
    agency.login_page = (
        '</form><form method="post" action="https://127.0.0.1:9/x"><input name="u"><input name="s">'
    )
    elsewhere = page(agency, login_field="u", password_field="s")
    assert told(try_login(elsewhere, LOGIN, "certa")) == ("unclear", "unusable", False)
    assert agency.forms == 0
    assert agency.asked == ["GET /entrar"]


def test_an_untrusted_certificate_gets_no_password(agency, settings):
    settings.PROXY_CHECK_CA_FILE = ""
    assert told(try_login(page(agency), LOGIN, "certa")) == ("unreachable", "tls", False)
    assert agency.asked == []


def test_a_private_host_that_the_operator_did_not_name_is_not_asked(agency, settings):
    settings.PROXY_CHECK_PRIVATE_HOSTS = []
    assert told(try_login(page(agency), LOGIN, "certa"))[0] == "unreachable"
    assert agency.asked == []


@pytest.mark.parametrize(
    "address", ["http://localhost/entrar", "file:///etc/passwd", "https://", "x"]
)
def test_what_is_no_https_address_is_not_asked(agency, address):
    answer = try_login(page(agency, address=address), LOGIN, "certa")
    assert answer.outcome != "opened"
    assert not answer.was_sent


def test_one_that_is_down_is_unreachable(agency):
    asked = page(agency)
    agency.stop()
    assert told(try_login(asked, LOGIN, "certa")) == ("unreachable", "", False)


def test_a_page_that_is_too_dear_to_read_is_not_understood(agency, monkeypatch):
    monkeypatch.setattr(connector, "LIMITS", Limits(answer=1))
    assert told(try_login(page(agency), LOGIN, "certa")) == ("unclear", "unreadable", False)


def test_a_resolver_that_hangs_holds_no_worker_beyond_the_deadline(agency, settings, monkeypatch):
    """The name was looked up outside the deadline: as long as the system's resolver took."""
    settings.PROXY_CHECK_SECONDS = 0.1
    asked, released = [], Event()

    def hang(host, *_args, **_kwargs):
        asked.append(host)
        released.wait(10)
        asked.append("answered")
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    answer = told(try_login(page(agency), LOGIN, "certa"))
    assert asked == ["localhost"]
    released.set()
    assert answer == ("slow", "", False)
    assert agency.asked == []
