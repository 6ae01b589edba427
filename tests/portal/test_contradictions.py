"""Settings that exclude each other keep the portal from starting, and the error says which."""

import os
import subprocess
import sys
from email.utils import formataddr, getaddresses
from typing import Any

import pytest
from django.conf import settings

from portal.contradictions import address_of, contradictions

FINE: dict[str, Any] = {
    "DEMO": False, "PROXY_CHECK_SECONDS": 30, "PROXY_CHECK_CA_FILE": "",
    "EMAIL_TOKEN_BY": "", "ISSUING_EST_URL": "", "ORDERS_RENEWAL_CONFIRMED_BY": "session",
    "POWERS_CONFIRMED_BY": "session",
    "EMBEDDED": False, "BASE_URL": "https://portal.exemplo.com.br",
    "ALLOWED_HOSTS": ["portal.exemplo.com.br"], "TRUSTED_PROXIES": 1, "S3_BUCKET": "",
    "PRIVATE_ACCEL_PREFIX": "/privado/", "DEFAULT_FROM_EMAIL": "portal@exemplo.com.br",
}  # fmt: skip


ISSUING: dict[str, Any] = {
    "ISSUING_EST_URL": "https://ac.exemplo.com.br/.well-known/est/ra", "ISSUING_EST_USER": "ra",
    "ISSUING_EST_PASSWORD": "senha", "ISSUING_EST_CERT_FILE": "", "ISSUING_EST_KEY_FILE": "",
    "ISSUING_EST_CA_FILE": "", "ISSUING_EST_SECONDS": 30,
}  # fmt: skip


@pytest.mark.parametrize("text", [
    "portal@exemplo.com.br", "Portal <portal@exemplo.com.br>", '"Portal, o nosso" <portal@exemplo.com.br>',
])  # fmt: skip
def test_a_sender_is_one_bare_address_that_mail_can_name(text: str) -> None:
    address = address_of(text)
    assert address == "portal@exemplo.com.br"
    assert getaddresses([formataddr(("Balcão", address))])[0][1] == address


@pytest.mark.parametrize("text", ["", "Portal", "Portal <portal>", "a b@exemplo.com.br", "@x.br"])
def test_what_is_no_address_is_refused(text: str) -> None:
    assert contradictions({**FINE, "DEFAULT_FROM_EMAIL": address_of(text)})


def test_a_way_to_confirm_powers_that_nobody_knows_is_refused() -> None:
    assert contradictions({**FINE, "POWERS_CONFIRMED_BY": "signature"}) == []
    (problem,) = contradictions({**FINE, "POWERS_CONFIRMED_BY": "password"})
    assert "POWERS_CONFIRMED_BY" in problem


def test_settings_that_go_together_are_not_refused() -> None:
    assert contradictions(FINE) == []
    assert contradictions({**FINE, "PRIVATE_ACCEL_PREFIX": "", "S3_BUCKET": "balcao"}) == []
    assert contradictions({**FINE, **ISSUING}) == []
    assert contradictions({**FINE, "ALLOWED_HOSTS": [".exemplo.com.br"]}) == []
    assert contradictions({**FINE, "BASE_URL": "http://127.0.0.1:8000", "TRUSTED_PROXIES": 0}) == []


@pytest.mark.parametrize(("changes", "says"), [
    ({"S3_BUCKET": "balcao"}, "S3_BUCKET and PRIVATE_ACCEL_PREFIX exclude each other"),
    ({"PRIVATE_ACCEL_PREFIX": "/privado"}, "begin and end with a slash"),
    ({"TRUSTED_PROXIES": 0}, "redirect for ever"),
    ({"ORDERS_RENEWAL_CONFIRMED_BY": "mail"}, "ORDERS_RENEWAL_CONFIRMED_BY must be"),
    ({"PROXY_CHECK_SECONDS": 241}, "PROXY_CHECK_SECONDS must be"),
    ({"PROXY_CHECK_SECONDS": 0}, "PROXY_CHECK_SECONDS must be"),
    ({"PROXY_CHECK_CA_FILE": "/nao/existe.pem"}, "PROXY_CHECK_CA_FILE names a file"),
    ({**ISSUING, "ISSUING_EST_URL": "http://ac.exemplo.com.br/.well-known/est"}, "must be https"),
    ({**ISSUING, "ISSUING_EST_URL": "https://ac.exemplo.com.br/est"}, "must be https"),
    ({**ISSUING, "ISSUING_EST_URL": "https://ra@ac.exemplo.com.br/.well-known/est"}, "must be https"),
    ({**ISSUING, "ISSUING_EST_PASSWORD": ""}, "ISSUING_EST_USER and ISSUING_EST_PASSWORD go"),
    ({**ISSUING, "ISSUING_EST_KEY_FILE": __file__}, "ISSUING_EST_CERT_FILE and ISSUING_EST_KEY"),
    ({**ISSUING, "ISSUING_EST_USER": "", "ISSUING_EST_PASSWORD": ""}, "must be set with ISSUING_EST"),
    ({**ISSUING, "ISSUING_EST_SECONDS": 0}, "ISSUING_EST_SECONDS must be"),
    ({**ISSUING, "ISSUING_EST_CA_FILE": "/nao/existe.pem"}, "ISSUING_EST_CA_FILE names a file"),
    ({"ALLOWED_HOSTS": ["outro.exemplo.com.br"]}, "does not name portal.exemplo.com.br"),
])  # fmt: skip
def test_settings_that_exclude_each_other_are_named(changes: dict[str, Any], says: str) -> None:
    [problem] = contradictions({**FINE, **changes})
    assert says in problem


def test_a_portal_with_such_settings_does_not_start() -> None:
    env = os.environ | {
        "S3_BUCKET": "balcao", "S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "b",
        "PRIVATE_ACCEL_PREFIX": "/privado/", "DEFAULT_FROM_EMAIL": "Portal",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", "import portal.settings"], cwd=settings.BASE_DIR, env=env,
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode
    assert "ImproperlyConfigured: DEFAULT_FROM_EMAIL holds no e-mail address" in done.stderr
    assert "S3_BUCKET and PRIVATE_ACCEL_PREFIX exclude each other" in done.stderr
