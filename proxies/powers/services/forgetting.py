"""How long powers are kept, and what an erasure of a person (LGPD) does to them.

A power is evidence of what was done in a company's name: the record stays as it is, with names and
CPFs, until five years after its end (Código Civil, art. 206, § 5º). An erasure ends a person's powers.
See docs/decisions/powers.md.
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from portal.accounts.models import User
from portal.files.services import delete_later
from portal.periods import add_months
from proxies.powers.models import LIVE, Power, PowerStep
from proxies.powers.services import life

YEARS_KEPT = 5
CHUNK = 200


def forget_person(user: User) -> None:
    """End the powers that were given to the person, and drop the drafts that name them. Those that
    the person gave for a company go on: they are the company's."""
    mine = Q(grantee=user)
    if user.cpf and user.cpf_proof:
        mine |= Q(grantee_cpf=user.cpf)
    Power.objects.filter(mine | Q(signer=user)).discard_drafts()
    keys = list(Power.objects.filter(mine).values_list("pk", flat=True))
    powers = Power.objects.filter(pk__in=keys)
    powers.update(grantee=None, grantee_email="")  # first: the company is told, the person is not
    with override(settings.LANGUAGE_CODE):
        why = _("The registration of the grantee was closed.")
    for power in powers.filter(status__in=LIVE).select_related("company"):
        life.end(power, at=timezone.now(), why=why)
    Power.objects.filter(signer=user).update(signer=None)
    PowerStep.objects.filter(user=user).update(user=None)


def forget_old(*, at: datetime) -> int:
    """Remove powers, their steps and files, five years after their end; how many."""
    before = add_months(timezone.localdate(at), -12 * YEARS_KEPT)
    over = Power.objects.exclude(status__in=(*LIVE, Power.Status.DRAFT))
    keys = list(
        over.filter(ended_at__lt=life.midnight(before)).order_by("pk").values_list("pk", flat=True)
    )
    for start in range(0, len(keys), CHUNK):
        _remove(keys[start : start + CHUNK])
    return len(keys)


@transaction.atomic
def _remove(keys: list[int]) -> None:
    rows = Power.objects.filter(pk__in=keys)
    delete_later(*rows.values_list("pdf_key", flat=True))
    rows.delete()
