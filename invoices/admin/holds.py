"""Putting documents on legal hold and lifting it: a page that asks, and the POST that does."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from invoices.forms.hold import HoldForm
from invoices.models import Document
from invoices.services import legal_hold
from portal.accounts.scope import scope_of
from portal.requests import keys_of
from portal.ui.admin import LargeTableAdmin

PERMISSION = "invoices.hold_document"
MOST = 100


class HoldAdmin(LargeTableAdmin):
    """Adds the two actions, and their pages, to the administration of documents."""

    actions = ("put_on_hold", "lift_hold")
    change_form_template = "admin/invoices/document/change_form.html"

    def has_hold_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and request.user.has_perm(PERMISSION)

    @admin.action(description=gettext_lazy("Put on legal hold"), permissions=["hold"])
    def put_on_hold(self, request: HttpRequest, queryset: QuerySet[Document]) -> HttpResponse:  # noqa: ARG002
        return _ask("admin:invoices_document_hold", queryset)

    @admin.action(description=gettext_lazy("Lift the legal hold"), permissions=["hold"])
    def lift_hold(self, request: HttpRequest, queryset: QuerySet[Document]) -> HttpResponse:  # noqa: ARG002
        return _ask("admin:invoices_document_free", queryset)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("reter/", wrap(self.hold_view), name="invoices_document_hold"),
            path("liberar/", wrap(self.free_view), name="invoices_document_free"),
            *super().get_urls(),
        ]

    def hold_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for the reason; keep the chosen documents."""
        documents = self._chosen(request)
        form = HoldForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            reason = form.cleaned_data["reason"]
            return self._apply(request, documents, lambda d: legal_hold.hold(
                d, reason=reason, by=scope_of(request).user, at=timezone.now(), request=request,
            ))  # fmt: skip
        return self._page(request, documents, _("Put on legal hold"), form=form)

    def free_view(self, request: HttpRequest) -> HttpResponse:
        """Ask whether; say which documents disappear at once."""
        documents = self._chosen(request)
        if request.method == "POST":
            return self._apply(request, documents, lambda d: legal_hold.free(
                d, by=scope_of(request).user, at=timezone.now(), request=request,
            ))  # fmt: skip
        over = [d for d in documents if d.expires_at <= timezone.now()]
        return self._page(request, documents, _("Lift the legal hold"), over=over)

    def _chosen(self, request: HttpRequest) -> list[Document]:
        if not self.has_hold_permission(request):
            raise PermissionDenied
        keys = keys_of(request.GET.get("ids", ""), most=MOST)
        chosen = self.get_queryset(request).filter(pk__in=keys)
        documents = list(chosen.select_related("type", "unit").order_by("pk"))
        if not documents:
            raise Http404
        return documents

    def _page(
        self, request: HttpRequest, documents: list[Document], title: str, **more: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request), "opts": self.model._meta, "title": title,
            "documents": documents, **more,
        }  # fmt: skip
        return TemplateResponse(request, "admin/invoices/document/hold.html", context)

    def _apply(
        self, request: HttpRequest, documents: list[Document], change: Callable[[Document], None]
    ) -> HttpResponse:
        done = 0
        for document in documents:
            try:
                change(document)
                done += 1
            except ValidationError as error:
                messages.warning(request, f"{document}: {' '.join(error.messages)}")
        if done:
            text = ngettext("%(n)d document changed.", "%(n)d documents changed.", done)
            messages.success(request, text % {"n": done})
        return HttpResponseRedirect(reverse("admin:invoices_document_changelist"))


def _ask(url_name: str, queryset: QuerySet[Document]) -> HttpResponse:
    keys = ",".join(str(pk) for pk in queryset.values_list("pk", flat=True)[:MOST])
    return HttpResponseRedirect(f"{reverse(url_name)}?ids={keys}")
