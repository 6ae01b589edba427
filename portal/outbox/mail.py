"""Mail: rendered and sealed when it is queued, sent as it was."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from email.utils import formataddr
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, TemplateDoesNotExist
from django.template.loader import get_template
from django.utils import translation
from django.utils.translation import gettext

from portal.outbox.models import Entry
from portal.provider.services import current_provider
from portal.vault.services import VaultError, open_sealed, seal

__all__ = [
    "Message",
    "VaultError",
    "is_final",
    "opened",
    "render",
    "sealed",
    "send",
    "without_links",
]
LABEL = "outbox.mail"
AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
_ADDRESS = re.compile(r"https?://[^\s<>\"']+")
_REFERENCE = re.compile(r"""\s(?:href|src|action)\s*=\s*(?:"[^"]*"|'[^']*')""", re.IGNORECASE)


@dataclass(frozen=True)
class Message:
    """What a person reads: the subject, the plain text and the page; and whom an answer reaches.

    ``headers``: more of them. ``automatic``: no person wrote it, and it says so (RFC 3834).
    ``invite``: a calendar's event, which mail programs offer to accept; ``invite_method`` is the
    METHOD that it names (RFC 6047).
    """

    subject: str
    text: str
    html: str
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    automatic: bool = True
    invite: str = ""
    invite_method: str = ""


def render(template: str, context: dict[str, Any], **others: Any) -> Message:
    """The mail that ``template`` names, in the portal's language.

    ``recovery`` is ``templates/mail/recovery.txt`` and ``.html``; a desk's ``invoices/mail/released``
    is the path itself, below ``templates``. The text's first line is ``Subject: …``. Without a page of its own the mail gets one made of
    its text. Templates also know ``provider``, ``base_url`` and ``demo``. ``others``: see Message.
    """
    path = template if "/" in template else f"mail/{template}"
    provider = current_provider()
    shared = {
        "provider": provider, "base_url": settings.BASE_URL, "BASE_URL": settings.BASE_URL,
        "demo": settings.DEMO, **context,
    }  # fmt: skip
    with translation.override(settings.LANGUAGE_CODE):
        first, _, text = _plain(f"{path}.txt", shared).lstrip().partition("\n")
        if not first.startswith("Subject:"):
            raise ValueError(f"{path}.txt must start with “Subject:”.")
        subject = " ".join(first.removeprefix("Subject:").split())
        text = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
        html = _page(path, {**shared, "subject": subject, "text": text})
    return Message(subject, text, html, **others)


def sealed(message: Message, key: str) -> bytes:
    """The message for its row; mails hold links that open accounts."""
    plain = json.dumps(list(asdict(message).values())).encode()
    return seal(plain, label=LABEL, tenant="portal", row=key, field="sealed")


def opened(entry: Entry) -> Message | None:
    """The message of a row; None once its text was wiped. Raises VaultError."""
    if not entry.sealed:
        return None
    plain = open_sealed(entry.sealed, label=LABEL, tenant="portal", row=entry.key, field="sealed")
    return Message(*json.loads(plain))


def without_links(message: Message) -> Message:
    """The message as who is not its reader may see it: links open accounts."""
    hidden = gettext("[link not shown]")
    text, html = (
        _ADDRESS.sub(hidden, part) for part in (message.text, _REFERENCE.sub("", message.html))
    )
    return replace(message, text=text, html=html)


def send(entry: Entry) -> None:
    """Hand the mail to the server, under the row's Message-ID: sent twice, it is the same mail."""
    message, provider = opened(entry), current_provider()
    if message is None:
        raise ValueError("The text of this mail was wiped.")
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=formataddr((provider.short_name, settings.DEFAULT_FROM_EMAIL)),
        to=[entry.recipient],
        reply_to=[message.reply_to or provider.email],
        headers={
            "Message-ID": entry.message_id, "Content-Language": "pt-BR",
            **(AUTOMATIC if message.automatic else {}), **message.headers,
        },
    )  # fmt: skip
    mail.attach_alternative(message.html, "text/html")
    if message.invite:
        kind = f"text/calendar; method={message.invite_method}"
        mail.attach_alternative(message.invite, kind)
        mail.attach("invite.ics", message.invite.encode(), "application/ics")
    mail.send()


def is_final(error: Exception) -> bool:
    """Whether the server refused this very mail for good (5xx), so that trying again is no use."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, SMTPDataError | SMTPSenderRefused) and error.smtp_code >= 500


def _plain(template: str, context: dict[str, Any]) -> str:
    """Rendered without HTML escapes: an & is an &."""
    found: Any = get_template(template)
    return str(found.template.render(Context(context, autoescape=False)))


def _page(path: str, context: dict[str, Any]) -> str:
    try:
        return get_template(f"{path}.html").render(context)
    except TemplateDoesNotExist as error:
        if error.args and error.args[0] != f"{path}.html":
            raise
        return get_template("mail/_text.html").render(context)
