"""Browsers of both sides of a power, in sessions that certificates opened."""

import re
import time
from html import unescape
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client

from portal.accounts.models import User
from portal.accounts.opening import SESSION_KEY
from portal.step_up import CERTIFICATE


def browser_of(user: User, *, proven_ago: int = 0) -> Client:
    """A browser in the session that ``tests.factories.powers.in_session`` says, begun so many
    seconds ago."""
    client = Client()
    client.force_login(user)
    session = client.session
    if user.opening is not None and user.opening.by_certificate:
        session[SESSION_KEY] = user.opening.as_json()
        proof = {"method": CERTIFICATE, "at": time.time() - proven_ago}
        session["account_authentication_methods_user"] = str(user.pk)
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [proof]
    session.save()
    return client


def words(answer: Any) -> str:
    """What a person reads on a page."""
    page = re.sub(r"(?s)<(script|style)\b.*?</\1>|<[^>]+>", " ", answer.content.decode())
    return " ".join(unescape(page).split())
