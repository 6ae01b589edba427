"""Writing notices: a preview as readers will see it, and every change in the audit."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.admin.audited import AuditedAdmin
from portal.news.models import Notice
from portal.ui.admin import LargeTableAdmin


class NoticeForm(forms.ModelForm[Notice]):
    class Meta:
        model = Notice
        fields = (
            "title", "summary", "body", "audience", "is_pinned", "publish_from", "publish_until",
            "is_published",
        )  # fmt: skip
        widgets = {
            "title": forms.TextInput(attrs={"size": 70}),
            "summary": forms.Textarea(attrs={"rows": 3, "cols": 80}),
            "body": forms.Textarea(attrs={"rows": 20, "cols": 80}),
        }


@admin.register(Notice)
class NoticeAdmin(AuditedAdmin, LargeTableAdmin):
    form = NoticeForm
    list_display = ("title", "audience", "state", "begins", "ends", "is_pinned")
    list_filter = ("audience", "is_published", "is_pinned")
    search_fields = ("title", "summary")
    keyset_order = ("-publish_from", "-pk")
    change_form_template = "admin/news/notice/change_form.html"
    fieldsets = (
        (None, {"fields": ("title", "summary", "body", "audience", "page")}),
        (gettext_lazy("Publication"), {
            "fields": ("is_published", "publish_from", "publish_until", "is_pinned"),
        }),
    )  # fmt: skip
    readonly_fields = ("page",)
    view_on_site = False  # a draft is on no site; ``page`` leads there

    @admin.display(description=gettext_lazy("state"))
    def state(self, notice: Notice) -> str:
        return str(notice.state(timezone.now()).label)

    @admin.display(description=gettext_lazy("shown from"))
    def begins(self, notice: Notice) -> str:
        return date_format(timezone.localtime(notice.publish_from), "SHORT_DATETIME_FORMAT")

    @admin.display(description=gettext_lazy("shown until"))
    def ends(self, notice: Notice) -> str:
        end = notice.publish_until
        return date_format(timezone.localtime(end), "SHORT_DATETIME_FORMAT") if end else "–"

    @admin.display(description=gettext_lazy("page"))
    def page(self, notice: Notice) -> SafeString | str:
        if not notice.pk:
            return _("It gets its address from the title when it is saved.")
        if notice.state(timezone.now()) != Notice.State.SHOWN:
            return notice.get_absolute_url()
        url = notice.get_absolute_url()
        return format_html('<a href="{}">{}</a>', url, url)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("previa/", wrap(self.preview), name="news_notice_preview_new"),
            path("<int:pk>/previa/", wrap(self.preview), name="news_notice_preview"),
            *super().get_urls(),
        ]

    def preview(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """The page as it would be: of what is being written (POST), or of what was saved."""
        notice = get_object_or_404(self.get_queryset(request), pk=pk) if pk else None
        if not self._may_preview(request, notice):
            raise PermissionDenied
        if request.method == "POST":
            form_class = self.get_form(request, notice, change=notice is not None)
            form = form_class(request.POST, instance=notice)
            if not form.is_valid():
                return self._what_is_wrong(request, form)
            notice = form.save(commit=False)
        notice = notice or Notice()
        state = notice.state(timezone.now())
        return render(request, "news/notice.html", {"notice": notice, "preview": state})

    def _may_preview(self, request: HttpRequest, notice: Notice | None) -> bool:
        if request.method == "POST" and notice is not None:
            return self.has_change_permission(request, notice)
        if notice is not None:
            return self.has_view_permission(request, notice)
        return request.method == "POST" and self.has_add_permission(request)

    def _what_is_wrong(self, request: HttpRequest, form: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request), "opts": self.model._meta, "form": form,
            "title": _("There is something to correct before it can be seen"),
        }  # fmt: skip
        return TemplateResponse(request, "admin/news/notice/preview_errors.html", context)
