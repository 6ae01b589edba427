from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "portal.accounts"
    verbose_name = _("People and access")

    def ready(self) -> None:
        from portal.accounts import checks, groups, mfa  # noqa: F401

        post_migrate.connect(groups.after_migrate, sender=self, dispatch_uid="accounts.groups")
        mfa.connect()
