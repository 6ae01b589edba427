"""What the audit shows of proofs that were given before proofs were kept.

E-mail: whoever opened a link that was mailed to them, and staff. CPF: people that a certificate
made and whom nobody enters by a password. A person with a password is asked for it at the next
login with a certificate: a stranger could have chosen it. What a company's administrator gave to
somebody who has not come since ends: an invitation gives nothing before it is accepted.
"""

from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import migrations
from django.db.models import F, Q
from django.utils import timezone

LINKS = [
    "account.invitation_redeemed", "account.recovery_redeemed", "account.email_changed",
    "account.registered",
]  # fmt: skip


def note_proofs(apps: Any, _schema_editor: Any) -> None:
    User, Event = apps.get_model("accounts", "User"), apps.get_model("audit", "AuditEvent")
    now = timezone.now()
    opened = _targets(Event.objects.filter(action__in=LINKS))
    User.objects.filter(Q(pk__in=opened) | Q(is_staff=True) | Q(is_superuser=True)).exclude(
        email=None
    ).update(email_proof="link", email_proven_at=now)
    logins = Event.objects.filter(action="account.login", data__means__in=["e-cpf", "e-cnpj"])
    # Whom somebody invited or registered has an event that names who did it.
    by_others = _targets(Event.objects.filter(action="account.created").exclude(actor=None))
    User.objects.filter(
        pk__in=_targets(logins) - by_others, password__startswith=UNUSABLE_PASSWORD_PREFIX
    ).exclude(cpf=None).update(cpf_proof="certificate", cpf_proven_at=now)


def end_invited(apps: Any, _schema_editor: Any) -> None:
    Grant = apps.get_model("accounts", "Grant")
    invited = Grant.objects.filter(source="invitation", revoked_at=None).exclude(invited_email="")
    came = Q(user__last_login__gt=F("created_at"))
    keys = list(invited.exclude(came).values_list("pk", flat=True))
    Grant.objects.filter(pk__in=keys).update(revoked_at=timezone.now())


def _targets(events: Any) -> set[int]:
    """Keys of the people whom these events are about."""
    names = events.filter(target__startswith="accounts.user:").values_list("target", flat=True)
    return {int(name.rpartition(":")[2]) for name in names.distinct()}


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_proven_identifiers"), ("audit", "0003_by_chain")]

    operations = [
        migrations.RunPython(note_proofs, migrations.RunPython.noop),
        migrations.RunPython(end_invited, migrations.RunPython.noop),
    ]
