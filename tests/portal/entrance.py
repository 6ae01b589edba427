"""What the tests of the entrance share: a picture's answer, the link of a mail, a filled-in login."""

import re
from typing import Any

from captcha.models import CaptchaStore
from django.test import Client
from django.urls import reverse

from portal.outbox.mail import opened
from portal.outbox.models import Entry
from tests.factories import PASSWORD

NEW_PASSWORD = "Caminho7Novo"


def code() -> dict[str, str]:
    """A security code that was just drawn, and its answer, as a form sends them."""
    store = CaptchaStore.objects.get(hashkey=CaptchaStore.generate_key())
    return {"captcha_0": store.hashkey, "captcha_1": store.response.upper()}


def sign_in(client: Client, login: str, password: str = PASSWORD, **values: Any) -> Any:
    """Send the login form with a right security code."""
    data = {"login": login, "password": password, **code(), **values}
    return client.post(reverse("account_login"), data)


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def mails(to: str = "") -> list[Entry]:
    rows = Entry.objects.filter(kind=Entry.Kind.MAIL).order_by("pk")
    return list(rows.filter(recipient=to) if to else rows)


def mail_text(entry: Entry) -> str:
    message = opened(entry)
    assert message is not None
    return message.text


def link_in(entry: Entry) -> str:
    """The path of the link that lets somebody choose a password."""
    found = re.search(r"https?://[^/\s]+(/acesso/\S+)", mail_text(entry))
    assert found is not None
    return found[1]


def text(response: Any) -> str:
    return str(response.content.decode())


def without_keys(response: Any) -> str:
    """The page without what is another at every request: tokens and pictures."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text(response))
    return re.sub(r"[0-9a-f]{40}|data:image/png;base64,[^\"]+", "", page)
