"""What tests of invitations share: sending one, and accepting it as somebody new."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from portal.outbox.models import Entry
from tests.portal.entrance import NEW_PASSWORD, mail_text, mails

NEW = "davi@exemplo.com.br"


def invite(client: Client, company: Any, **values: Any) -> Any:
    """Fill in the form of the company's administrator."""
    data = {"name": "Davi Rocha", "email": NEW, "level": "consult", "reach": "all", **values}
    return client.post(reverse("accounts:team_invite", args=[company.pk]), data)


def invitation_in(entry: Entry) -> str:
    """The path of the link in an invitation's mail."""
    found = re.search(r"https?://[^/\s]+(/convite/\S+)", mail_text(entry))
    assert found is not None
    return found[1]


def open_link(client: Client, path: str) -> Any:
    return client.get(path, follow=True)


def accept_as_new(client: Client, email: str = NEW, **values: Any) -> Any:
    """Open the last link that was mailed to this address, and make a registration by it."""
    open_link(client, invitation_in(mails(email)[-1]))
    both = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    data = {"name": "Davi Rocha", "cpf": "", **both, **values}
    return client.post(reverse("accounts:invitation"), data)
