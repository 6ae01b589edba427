"""No secret of an access is anywhere but in the vault, whichever path it took.

Each field gets a marker of its own. After every path all that the portal keeps, logs, sends and
shows is searched for the markers, as they are and as programs spell them.
"""

import base64
import hashlib
import json
import logging
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.contrib import admin
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.views.debug import get_exception_reporter_class
from django.views.decorators.debug import sensitive_variables

from portal.vault.services import HEADER_BYTES
from proxies.models import Proxy, SecretValue
from proxies.services.values import current_values, open_value
from tests.certificates import authority, pki
from tests.factories.proxies import make_agency, make_proxy, open_proxies
from tests.proxies.showing import ask, proven
from tests.proxies.test_values import swap

pytestmark = pytest.mark.django_db
MARKERS = {
    "login": "marcador-lógin-8d1f", "password": "Marcador#senha=5b77+", "code": "marcador-codigo-91c2",
    "seed": "MZXW6YTBOI4TSMJQGEZDGNBVGY3TQOJQ", "pfx_password": "Marcador-pfx-e0a4",
}  # fmt: skip


def spelt(marker):
    """The marker as texts, addresses, JSON, bytes and Base64 hold it."""
    raw = marker.encode()
    return {
        raw, quote(marker).encode(), quote_plus(marker).encode(), json.dumps(marker)[1:-1].encode(),
        repr(raw)[2:-1].encode(), base64.b64encode(raw).rstrip(b"=")[:-1], raw.hex().encode(),
    }  # fmt: skip


def found_in(content, where, *, but=()):
    return [
        (name, where, content[max(0, content.index(form) - 300) :][:400])
        for name, marker in MARKERS.items()
        if name not in but
        for form in spelt(marker)
        if form in content
    ]


def kept():
    """Every row of every table, as bytes: sessions, outbox, audit, history and search among them."""
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            if table not in connection.introspection.table_names(cursor):
                continue
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    raw = (
                        bytes(value)
                        if isinstance(value, memoryview | bytes)
                        else str(value).encode()
                    )
                    yield table, raw


@pytest.fixture
def logged():
    """Everything that any logger says, with its traceback."""

    class Keeper(logging.Handler):
        def __init__(self):
            super().__init__(logging.DEBUG)
            self.texts = []

        def emit(self, record):
            self.texts.append(logging.Formatter().format(record))
            # What a handler that mails or ships errors is given besides.
            request = getattr(record, "request", None)
            if record.exc_info and request is not None:
                make: Any = get_exception_reporter_class(request)
                reporter = make(request, *record.exc_info, is_email=True)
                self.texts += [reporter.get_traceback_text(), reporter.get_traceback_html()]

    keeper = Keeper()
    loggers = [
        logging.getLogger(),
        *(logging.getLogger(n) for n in logging.root.manager.loggerDict),
    ]
    levels = [(one, one.level) for one in loggers]
    attached = [one for one in loggers if one is logging.root or not one.propagate]
    for one in attached:
        one.addHandler(keeper)
    logging.root.setLevel(logging.DEBUG)
    yield keeper.texts
    for one in attached:
        one.removeHandler(keeper)
    for one, level in levels:
        one.setLevel(level)


@pytest.fixture
def searched(logged, settings):
    """Call it after a path: it searches everything, and the page if there is one."""
    settings.DEBUG = False

    def search(page=None, *, but=()):
        leaks = [leak for text in logged for leak in found_in(text.encode(), "log")]
        for message in mail.outbox:
            leaks += found_in(message.message().as_bytes(), "mail")
        for table, raw in kept():
            leaks += found_in(raw, table)
        if page is not None:
            leaks += found_in(
                page.content if not page.streaming else page.getvalue(), "page", but=but
            )
            leaks += found_in(repr(page.headers).encode() + repr(page.cookies).encode(), "headers")
        assert leaks == []

    return search


@pytest.fixture
def carla(cast, client_of):
    open_proxies(cast.carla, cast.office)
    browser = proven(client_of(cast.carla))
    browser.raise_request_exception = False
    return browser


def filled(office, kind="login", **changes):
    agency = make_agency()
    typed = {
        name: MARKERS[name]
        for name in {"login": ("login", "password", "seed"), "code": ("code", "seed")}.get(kind, ())
    }
    return {
        "kind": kind, "sphere": "state", "agency": agency.pk, "name": "ACESSO", "holder": office.tax_id,
        **typed, **changes,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["login", "code"])
def test_saved_or_refused_the_form_leaves_nothing(carla, cast, kind, searched):
    new = reverse("proxies:new", args=[cast.office.pk])
    for wrong in ({"name": ""}, {"holder": "1"}, {"agency": ""}, {"last_day": "01/01/2020"}):
        page = carla.post(new, filled(cast.office, kind, **wrong))
        assert page.status_code == 200
        searched(page)
    page = carla.post(new, filled(cast.office, kind), follow=True)
    proxy = Proxy.objects.get()
    searched(page)
    searched(carla.get(reverse("proxies:change", args=[proxy.pk])))
    changed = {f"change_{name}": "on" for name in MARKERS} | filled(cast.office, kind, name="")
    searched(carla.post(reverse("proxies:change", args=[proxy.pk]), changed))


def test_a_certificate_and_its_password_leave_nothing(carla, cast, searched, settings, tmp_path):
    root = pki.an_authority()
    (tmp_path / "roots.pem").write_bytes(root.pem)
    settings.TRUST_ROOTS_FILE = str(tmp_path / "roots.pem")
    made = pki.a_person(pki.an_authority("AC", issuer=root), names=pki.a_cnpj_name())
    packed = authority.pfx(password=MARKERS["pfx_password"], key=made.key, leaf=made.certificate)
    for holder, password, is_kept in (
        (pki.CNPJ, "outra", False), (cast.office.tax_id, MARKERS["pfx_password"], False),
        (pki.CNPJ, MARKERS["pfx_password"], True),
    ):  # fmt: skip
        form = filled(cast.office, "certificate", holder=holder, pfx_password=password)
        form["pfx"] = SimpleUploadedFile("a.pfx", packed)
        page = carla.post(reverse("proxies:new", args=[cast.office.pk]), form, follow=True)
        searched(page)
        assert Proxy.objects.exists() is is_kept
    # Neither the file nor the key is anywhere, whole or as its number.
    key = made.key.private_numbers()
    numbers = {key.d.to_bytes(256, "big"), key.p.to_bytes(128, "big"), packed[:64]}
    assert [table for table, raw in kept() if any(number in raw for number in numbers)] == []


@pytest.mark.parametrize("where", ["set_value", "seal", "record"])
def test_an_error_page_and_its_technical_report_show_nothing(
    carla, cast, searched, monkeypatch, where
):
    @sensitive_variables()
    def fail(*_args, **_more):
        raise RuntimeError("falhou")

    places = {
        "set_value": "proxies.services.life.set_value", "seal": "proxies.services.values.seal",
        "record": "proxies.services.values.record",
    }  # fmt: skip
    monkeypatch.setattr(places[where], fail)
    page = carla.post(reverse("proxies:new", args=[cast.office.pk]), filled(cast.office))
    assert page.status_code == 500
    searched(page)


@pytest.mark.parametrize("where", ["_judge", "_read_certificate", "_renews", "_clean_fields"])
def test_an_error_while_the_form_is_judged_shows_nothing(carla, cast, searched, monkeypatch, where):
    def fail(*_args, **_more):
        raise RuntimeError("falhou")

    monkeypatch.setattr(f"proxies.forms.proxy.ProxyForm.{where}", fail)
    form = filled(cast.office, last_day="01/01/2099")
    page = carla.post(reverse("proxies:new", args=[cast.office.pk]), form)
    assert page.status_code == 500
    searched(page)


@pytest.mark.parametrize("where", [
    "portal.sheets.reading._parse", "portal.sheets.reading._at",
    "proxies.services.import_columns._of_secrets", "proxies.services.importing._compare",
])  # fmt: skip
def test_an_error_while_a_spreadsheet_is_read_shows_nothing(
    carla, cast, searched, monkeypatch, where
):
    def fail(*_args, **_more):
        raise RuntimeError("falhou")

    monkeypatch.setattr(where, fail)
    head = "esfera;orgao;tipo;nome;titular;login;senha"
    row = f"Estadual;{make_agency().name};Login;A;{cast.office.tax_id};{MARKERS['login']};{MARKERS['password']}"
    file = SimpleUploadedFile("a.csv", f"{head}\n{row}\n".encode())
    page = carla.post(reverse("proxies:new_batch", args=[cast.office.pk]), {"file": file})
    assert page.status_code == 500
    searched(page)


def test_an_error_while_a_secret_is_shown_tells_nothing(carla, cast, searched, monkeypatch):
    proxy = make_proxy(
        cast.office, secrets={n: MARKERS[n].encode() for n in ("login", "password", "seed")}
    )

    @sensitive_variables()
    def fail(*_args, **_more):
        raise RuntimeError("falhou")

    with monkeypatch.context() as patch:
        patch.setattr("proxies.views.reveal.render", fail)
        page = ask(carla, proxy)
    assert page.status_code == 500
    searched(page)
    with monkeypatch.context() as patch:
        patch.setattr("proxies.services.disclosures.usable_code", fail)
        page = ask(carla, proxy, "seed", act="code")
    assert page.status_code == 500
    searched(page)


def test_shown_copied_refused_and_swapped_it_stands_on_that_one_page_alone(carla, cast, searched):
    secrets = {n: MARKERS[n].encode() for n in ("login", "password", "code", "seed")}
    proxy = make_proxy(cast.office, secrets=secrets)
    for field in ("login", "password", "code"):
        searched(ask(carla, proxy, field), but={field})
        searched(ask(carla, proxy, field, act="copy"), but={field})
        searched(ask(carla, proxy, field, reason=""))
    searched(ask(carla, proxy, "seed", act="code"))
    values = current_values(proxy)
    swap(values["login"], values["password"])
    for field in ("login", "password"):
        searched(ask(carla, proxy, field))


def test_lists_exports_search_history_and_staff_see_nothing(carla, cast, client_of, searched):
    secrets = {n: MARKERS[n].encode() for n in ("login", "password", "code", "seed")}
    proxy = make_proxy(cast.office, secrets=secrets)
    ask(carla, proxy)
    office, one = [cast.office.pk], [proxy.pk]
    for name, args in (
        ("proxies:proxy", one), ("proxies:versions", one), ("proxies:list", office),
        ("proxies:export", office), ("proxies:disclosures", office), ("proxies:left", office),
        ("proxies:disclosures_csv", office), ("proxies:disclosures_xlsx", office),
        ("ui:dashboard", []),
    ):  # fmt: skip
        searched(carla.get(reverse(name, args=args)))
    for marker in ("marcador", MARKERS["login"]):
        page = carla.get(reverse("search:results"), {"q": marker})
        text = page.content.replace(marker.encode(), b"")  # the box says what was typed
        assert found_in(text, "search") == []
    staff = client_of(cast.admin)
    searched(staff.get(reverse("proxies:proxy", args=one)))
    assert SecretValue not in admin.site._registry


def test_a_dump_and_the_secret_key_reveal_nothing(cast, settings):
    """What opens the values is in the keyring alone: nothing is derived from SECRET_KEY."""
    secrets = {n: MARKERS[n].encode() for n in ("login", "password", "code", "seed")}
    proxy = make_proxy(cast.office, secrets=secrets)
    assert [leak for table, raw in kept() for leak in found_in(raw, table)] == []
    key = settings.SECRET_KEY.encode()
    guesses = {
        hashlib.sha256(key).digest(),
        hashlib.blake2b(key, digest_size=32).digest(),
        key.ljust(32)[:32],
    }
    for value in proxy.values.all():
        sealed = bytes(value.sealed or b"")
        head, nonce, wrapped = (
            sealed[:HEADER_BYTES],
            sealed[HEADER_BYTES:][:12],
            sealed[HEADER_BYTES + 12 :][:48],
        )
        for guess in guesses:
            with pytest.raises(InvalidTag):
                AESGCM(guess).decrypt(nonce, wrapped, head)
    settings.SECRET_KEY = "outra" * 20  # and without it they open all the same
    assert open_value(current_values(proxy)["password"]) == secrets["password"]
