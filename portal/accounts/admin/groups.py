"""Staff groups: Django's page, audited."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group

from portal.accounts.admin.audited import AuditedAdmin


class AuditedGroupAdmin(AuditedAdmin, GroupAdmin):
    pass


admin.site.unregister(Group)
admin.site.register(Group, AuditedGroupAdmin)
