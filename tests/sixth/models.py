from datetime import datetime
from typing import Any

from django.db import models
from django.urls import reverse

from portal.accounts.models import Unit
from portal.accounts.visits import Visit


class PassQuerySet(models.QuerySet["Pass"]):
    def visible_to(
        self, user: Any, *, at: datetime | None = None, visit: Visit | None = None
    ) -> "PassQuerySet":
        if visit is not None:
            return self.filter(pk__in=visit.keys(self.model), driver=visit.email)
        units = Unit.objects.visible_to(user, at=at, permission="sixth.view_pass", service="sixth")
        return self.filter(unit__in=units)


class Pass(models.Model):
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE)
    plate = models.CharField("placa", max_length=8)
    driver = models.EmailField("motorista", blank=True)
    until = models.DateField("válido até")

    objects = PassQuerySet.as_manager()

    class Meta:
        verbose_name = "credencial"

    def get_absolute_url(self) -> str:
        return reverse("sixth:pass", args=[self.pk])
