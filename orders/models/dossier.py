"""The dossier of an order: the documents that were handed in, and what is still missing."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order


class Pendency(models.Model):
    """Something that an agent misses. The client answers it, with a file or in words."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="pendencies")
    text = models.CharField(_("what is missing"), max_length=300)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked at"))
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    # An agent looked at the answer and has what was missing, or took the question back.
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("pendency")
        verbose_name_plural = _("pendencies")
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.text


class OrderDocument(models.Model):
    """One document of the dossier. Its hash stays when the file has gone."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="documents")
    pendency = models.ForeignKey(
        Pendency, on_delete=models.SET_NULL, null=True, blank=True, related_name="documents"
    )
    kind = models.CharField(_("document"), max_length=120)
    name = models.CharField(_("file name"), max_length=120)
    file_key = models.CharField(max_length=120, blank=True)
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField("SHA-256", max_length=64)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    added_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("document of an order")
        verbose_name_plural = _("documents of orders")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["order", "sha256"], name="orders_document_once")
        ]

    def __str__(self) -> str:
        return self.name
