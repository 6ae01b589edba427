"""What the tests of the second factor share: a confirmed identity, a code of the app."""

import base64
import hmac
import re
import time
from typing import Any

from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from tests.factories import PASSWORD


def confirm_identity(client: Client, password: str = PASSWORD) -> None:
    """Give the password once more, as is asked before anything that touches safety."""
    response = client.post(reverse("account_reauthenticate"), {"password": password})
    assert response.status_code == 302


def code_for(secret: str, *, steps: int = 0) -> str:
    """What the app shows now, or ``steps`` times 30 seconds from now (RFC 6238)."""
    counter = int(time.time()) // 30 + steps
    digest = hmac.digest(base64.b32decode(secret), counter.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**6:06}"


def activate_app(client: Client) -> str:
    """Go through the page and return the secret that the app was given."""
    confirm_identity(client)
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = secret_on(page)
    response: Any = client.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})
    assert response.status_code == 302
    return secret


def secret_on(page: str) -> str:
    found = re.search(r"data-secret>([A-Z2-7]+)<", page)
    assert found is not None
    return found[1]


def stored(user: User, kind: str) -> Any:
    """What the database holds for this factor."""
    return Authenticator.objects.get(user=user, type=kind).data
