"""The manuals, and what readers say of them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.limits import limited, too_many
from portal.help import services
from portal.help.forms import AnswerForm
from portal.help.models import Answer
from portal.permissions import staff_required
from portal.ui.once import Done, once

COMMENTS = 50
VIEW = "help.view_answer"


@login_not_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "help/index.html")


@login_not_required
@require_safe
def manual(request: HttpRequest, slug: str) -> HttpResponse:
    try:
        page = services.read(slug)
    except LookupError:
        raise Http404 from None
    return render(request, "help/manual.html", {"page": page, "manual": page.manual})


@login_not_required
@require_POST
@once
def answer(request: HttpRequest, slug: str) -> HttpResponse:
    """Anybody may answer; nobody is asked who they are."""
    found = services.manuals().get(slug)
    if found is None:
        raise Http404
    if limited(request, "help-answer"):
        return too_many(request, "help-answer")
    form = AnswerForm(request.POST)
    if form.is_valid():
        services.note_answer(
            slug, is_useful=form.cleaned_data["useful"] == "yes",
            comment=form.cleaned_data["comment"], on=timezone.localdate(),
        )  # fmt: skip
        return Done(request, found.url, _("Thank you for your answer."))
    messages.error(request, _("Your answer was not kept: a comment has at most 500 letters."))
    return redirect(found.url)


@require_safe
@staff_required(VIEW)
def answers(request: HttpRequest) -> HttpResponse:
    """How useful each manual was, and the last comments."""
    said = Answer.objects.exclude(comment="").order_by("-pk")[:COMMENTS]
    titles = services.manuals()
    comments = [(row, titles.get(row.manual)) for row in said]
    context = {"opinions": services.opinions(), "comments": comments}
    return render(request, "help/answers.html", context)
