"""Batches: what they add to the portal."""

from django.utils.translation import gettext_lazy as _

from portal import desks

desks.register(
    desks.Desk(
        name="batches",
        label=_("Batches"),
        order=83,
        audit_words={
            "batch.received": _("Sent a batch"),
            "batch.applying": _("Began to carry out a batch"),
            "batch.applied": _("Carried out a batch"),
            "batch.undoing": _("Began to undo a batch"),
            "batch.undone": _("Undid a batch"),
            "batch.discarded": _("Discarded a batch"),
            "batch.resumed": _("Had a batch go on"),
            "batch.stopped": _("Stopped the work on a batch"),
        },
    )
)
