"""Asking for a secret as a person does: signed in, proven a moment ago, with a reason."""

import time
from typing import Any

from django.test import Client
from django.urls import reverse

REASON = "entrega de outubro"


def proven(client: Client) -> Client:
    """The same browser, whose person has just proven who they are."""
    session = client.session
    session["account_authentication_methods_user"] = str(session["_auth_user_id"])
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session.save()
    return client


def ask(
    client: Client, proxy: Any, field: str = "password", act: str = "reveal", **more: Any
) -> Any:
    data = {"field": field, "reason": REASON, **more}
    return client.post(reverse(f"proxies:{act}", args=[proxy.pk]), data)
