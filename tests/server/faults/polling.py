"""Asks a mailbox once, in a process of its own that kills itself before a chosen step."""

import json
import os
import signal
import sys
from typing import Any

import django

django.setup()

from django.core.files.storage import FileSystemStorage  # noqa: E402
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402
from django.utils import timezone  # noqa: E402

from portal.outbox import delivery  # noqa: E402
from portal.provider.models import ContactDesk  # noqa: E402
from tickets.models import Department, Entry, IncomingMail, Mailbox  # noqa: E402
from tickets.services import mail_tokens, mailboxes  # noqa: E402


def build(port: str, password: str) -> None:
    desk = ContactDesk.objects.create(name="Atendimento", email="os@provedor.example")
    box = Mailbox(
        department=Department.objects.create(desk=desk), address="os@provedor.example",
        host="127.0.0.1", port=int(port), security="none", username="os@provedor.example",
    )  # fmt: skip
    mail_tokens.set_secrets(box, secret=password)
    box.save()


def poll(step: str) -> None:
    """Killed before that step: a commit, or a file that is stored. Step 0: never."""
    box = Mailbox.objects.get()
    Mailbox.objects.update(leased_until=None, due_at=None)  # the dead one's time is over
    left = int(step)

    def count(real: Any) -> Any:
        def counted(*args: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **options)

        return counted

    for owner, name in ((BaseDatabaseWrapper, "_commit"), (FileSystemStorage, "_save")):
        setattr(owner, name, count(getattr(owner, name)))
    mailboxes.poll(box, at=timezone.now())


def report() -> None:
    """What is there once the jobs are done."""
    delivery.sweep()
    rows = IncomingMail.objects.order_by("uid").values_list("uid", "status")
    sys.stdout.write(json.dumps({"mails": list(rows), "entries": Entry.objects.count()}))


if __name__ == "__main__":
    acts: dict[str, Any] = {"build": build, "poll": poll, "report": report}
    acts[sys.argv[1]](*sys.argv[2:])
