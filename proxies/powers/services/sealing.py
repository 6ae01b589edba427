"""The provider's seals on steps, and the PDF of a power: made by jobs, after the commit."""

import hashlib
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from certificates.services.signers import current_signer
from certificates.signatures.signing import Stamp, sign_detached, sign_pdf
from portal.files.services import claim, delete_later, drop_unclaimed, store
from portal.outbox.services import enqueue_job
from proxies.powers.models import Power, PowerStep
from proxies.powers.services import paper

PREFIX = "powers/pdf"


class Overtaken(Exception):
    """Another run stored a PDF meanwhile: this one is made again."""


def seal(step_pk: int) -> None:
    """Sign the record of a step, and have the PDF made that shows it. Twice does no harm."""
    step = PowerStep.objects.filter(pk=step_pk).first()
    if step is None:
        return
    if step.seal is None:
        at = timezone.now()
        made = sign_detached(bytes(step.record), current_signer(at), at=at)
        PowerStep.objects.filter(pk=step_pk, seal=None).update(seal=made)
    enqueue_job("powers.make_pdf", key=f"powers-pdf:{step_pk}", power=step.power_id)


def make_pdf(power_pk: int) -> None:
    """Make the PDF of a power with all its steps so far, sign it, and store it in the old one's place.

    Raises Overtaken where another run stored one meanwhile: the job runs again.
    """
    power = Power.objects.select_related("company").filter(pk=power_pk).first()
    if power is None or power.status == Power.Status.DRAFT:
        return
    at = timezone.now()
    pdf = signed_pdf(power, at=at)
    stored = store(pdf, prefix=PREFIX, name=f"{power.code}.pdf")
    old = power.pdf_key
    with transaction.atomic():
        values = {"pdf_key": stored.key, "pdf_sha256": hashlib.sha256(pdf).hexdigest()}
        kept = Power.objects.filter(pk=power_pk, pdf_key=old).update(**values)
        if kept:
            claim(stored.key)
            delete_later(old)
    if not kept:
        drop_unclaimed(stored.key)
        raise Overtaken


def signed_pdf(power: Power, *, at: datetime) -> bytes:
    """The PDF/A-3 of the power, with a PAdES signature of the provider."""
    with override(settings.LANGUAGE_CODE):
        url = settings.BASE_URL + reverse("powers:verify_code", args=[power.code])
        return sign_pdf(
            paper.render(power, at=at), current_signer(at), at=at, is_ours=True,
            reason=_("Sealed by the provider of the portal"), stamp=Stamp(power.code, url),
        )  # fmt: skip
