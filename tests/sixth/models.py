from django.db import models

from portal.accounts.models import Unit, User


class PassQuerySet(models.QuerySet["Pass"]):
    def visible_to(self, user: User) -> "PassQuerySet":
        units = Unit.objects.visible_to(user, permission="sixth.view_pass", service="sixth")
        return self.filter(unit__in=units)


class Pass(models.Model):
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE)
    plate = models.CharField("placa", max_length=8)
    until = models.DateField("válido até")

    objects = PassQuerySet.as_manager()

    class Meta:
        verbose_name = "credencial"
