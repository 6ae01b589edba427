"""Who is asking: the address, the permission, the company chosen in the context switcher."""

from django.http import HttpRequest

from portal.accounts.models import Company
from portal.gate import client_ip, may_work, staff_required

__all__ = ["active_context", "client_ip", "may_work", "staff_required"]
CONTEXT_KEY = "company"


def active_context(request: HttpRequest) -> Company | None:
    """The company that the person chose in the context switcher, while they may still see it."""
    pk = request.session.get(CONTEXT_KEY) if hasattr(request, "session") else None
    if pk is None:
        return None
    return Company.objects.visible_to(request.user).filter(pk=pk).first()
