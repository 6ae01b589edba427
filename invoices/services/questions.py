"""A client's question: to who takes up what is asked about a document, else by mail to its desk."""

import uuid
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from invoices.models import Document
from invoices.services.release import about, desk_address
from portal import hooks
from portal.accounts.labels import instant
from portal.accounts.models import User
from portal.outbox import mail, people
from portal.outbox.services import enqueue_mail
from portal.provider.models import ContactDesk


def ask(user: User, topic: str, document: Document | None, message: str) -> bool:
    """Hand the question on; whether somebody took it up. Else it is mailed to the topic's desk, so
    that an answer goes to the person who asks."""
    with transaction.atomic():
        if document and hooks.tell(
            hooks.DocumentAsked(document=about(document), user_pk=user.pk, question=message)
        ):
            return True
        enqueue_mail(
            to=desk_address(topic),
            template="invoices/mail/question",
            context={
                "topic": str(ContactDesk.Topic(topic).label),
                "person": user.name,
                "person_email": user.email or "",
                "person_phone": user.phone,
                "document": str(document) if document else "",
                "unit": str(document.unit) if document else "",
                "path": document.get_absolute_url() if document else "",
                "message": message,
            },
            key=f"question:{user.pk}:{uuid.uuid4().hex}",
            reply_to=user.email or "",
            about=[user.pk],
        )
    return False


def personal_questions(user: User) -> list[dict[str, Any]]:
    """For "my data": the questions of this person that the outbox still holds."""
    asked = people.about(user.pk).filter(key__startswith=f"question:{user.pk}:").order_by("-pk")
    found = []
    for entry in asked:
        message = mail.opened(entry)
        text = message.text if message else _("The text was removed a week after it was sent.")
        found.append(
            {_("When"): instant(entry.created_at), _("Subject"): entry.label, _("Text"): text}
        )
    return found
