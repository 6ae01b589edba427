"""Mails a client's question to the desk that answers for it."""

import uuid

from django.db import transaction

from invoices.models import Document
from invoices.services.release import desk_address
from portal.accounts.models import User
from portal.outbox.services import enqueue_mail
from portal.provider.models import ContactDesk


def ask(user: User, topic: str, document: Document | None, message: str) -> None:
    """Mail the question to the topic's desk, so that an answer goes to the person who asks."""
    with transaction.atomic():
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
