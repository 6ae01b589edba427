"""Files for clients: the page of all, one file, and how staff publish them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.accounts.scope import scope_of
from portal.files.services import drop_unclaimed, safe_name, serve, store
from portal.permissions import may_work, staff_required
from portal.ui.views import confirmed
from proxies.forms.downloads import PublishForm
from proxies.models import Download, DownloadVersion
from proxies.services import downloads as services

PUBLISH = "proxies.add_downloadversion"


@login_not_required
@require_safe
def downloads(request: HttpRequest) -> HttpResponse:
    """Everything that this person may download; a stranger is told of what needs a sign-in."""
    user = request.user
    offered = services.offers_for(user)
    hidden = not user.is_authenticated and Download.objects.filter(
        is_active=True, audience=Download.Audience.CLIENTS
    )
    publishes = may_work(request, PUBLISH)
    context = {
        "offers": offered, "has_more": bool(hidden), "publishes": publishes,
        "waiting": services.waiting() if publishes else [],
    }  # fmt: skip
    return render(request, "proxies/downloads.html", context)


@login_not_required
@require_safe
def download_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    file = get_object_or_404(DownloadVersion.objects.visible_to(request.user), pk=pk)
    return serve(
        request, file.file_key, name=file.file_name, content_type=file.content_type, inline=False,
        sha256=file.sha256, size=file.size,
    )  # fmt: skip


@staff_required(PUBLISH)
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """A download's versions, and the form for a new one."""
    found = get_object_or_404(Download, pk=pk)
    form = PublishForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and _published(request, found, form):
        messages.success(request, _("The file is published."))
        return redirect(found.get_absolute_url())
    versions = found.versions.select_related("published_by")
    context = {"download": found, "form": form, "versions": versions}
    status = 422 if form.errors else 200
    return render(request, "proxies/publish.html", context, status=status)


def _published(request: HttpRequest, download: Download, form: PublishForm) -> bool:
    file, data = form.cleaned_data["file"], form.cleaned_data
    stored = store(file, prefix=services.PREFIX, name=file.name)
    new = services.NewVersion(
        version=data["version"], notes=data["notes"], name=safe_name(file.name), stored=stored
    )
    by, now = scope_of(request).user, timezone.now()
    try:
        services.publish(download, new, by=by, at=now, request=request)
    except ValidationError as error:
        drop_unclaimed(stored.key)
        form.add_error(None, error)
        return False
    return True


@staff_required(PUBLISH)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first: a file that was withdrawn does not come back."""
    found = DownloadVersion.objects.there().select_related("download")
    version = get_object_or_404(found, pk=pk)
    page, by = version.download.get_absolute_url(), scope_of(request).user
    return confirmed(
        request, "proxies/withdraw.html", {"version": version, "back": page},
        lambda: services.withdraw(version, by=by, at=timezone.now(), request=request),
        to=page, done=_("The file was withdrawn."),
    )  # fmt: skip
