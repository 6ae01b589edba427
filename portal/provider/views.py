"""Public pages: what one can do here, whom to ask, and what the provider promises."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import cache_control

from portal import desks
from portal.permissions import staff_required
from portal.provider import colours
from portal.provider.first_steps import steps_for
from portal.provider.models import ContactDesk
from portal.provider.services import current_provider
from portal.ui.prose import render_markdown

CHANGE = "provider.change_provider"
ONE_YEAR = 31_536_000  # seconds


@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """The front page; who is logged in goes on to the dashboard."""
    if request.user.is_authenticated:
        return redirect("ui:dashboard")
    return render(request, "site/home.html", {"doors": desks.doors(request)})


@login_not_required
def contact(request: HttpRequest) -> HttpResponse:
    """Whom to ask: phone, hours, e-mail, and what the desks offer to write from here."""
    found = [ways(request) for ways in desks.gather("contact_ways")]
    contacts = [
        (contact, [ways[contact.pk] for ways in found if contact.pk in ways])
        for contact in ContactDesk.objects.all()
    ]
    return render(request, "site/contact.html", {"contacts": contacts})


@login_not_required
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "site/accessibility.html")


@login_not_required
def privacy(request: HttpRequest) -> HttpResponse:
    """The operator's own text, where there is one, over what the portal itself does."""
    text = render_markdown(current_provider().privacy)
    return render(request, "site/privacy.html", {"text": text})


@login_not_required
def site_map(request: HttpRequest) -> HttpResponse:
    return render(request, "site/map.html")


@staff_required(CHANGE)
def first_steps(request: HttpRequest) -> HttpResponse:
    """What a new operator does first: what is done, and what is next."""
    steps = steps_for(request)
    left = sum(not row.is_done for row in steps)
    return render(request, "site/first_steps.html", {"steps": steps, "left": left})


@login_not_required
def accent(request: HttpRequest) -> HttpResponse:
    """The accent's stylesheet; kept for good where its address names this very version.

    It is the same for everybody: a browser need not ask again because somebody signed in.
    """
    if hasattr(request, "session"):  # there is none at the certificate entrance
        request.session.accessed = False  # else the answer would vary by cookie
    colour = current_provider().accent_colour
    response = HttpResponse(colours.stylesheet(colour), content_type="text/css")
    if request.GET.get("v") == colours.version(colour):
        patch_cache_control(response, public=True, max_age=ONE_YEAR, immutable=True)
    else:
        patch_cache_control(response, public=True, max_age=300)
    return response


@login_not_required
@cache_control(public=True, max_age=300)
def logo(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    provider = current_provider()
    if not provider.logo:
        raise Http404
    return HttpResponse(bytes(provider.logo), content_type=provider.logo_type)


@login_not_required
@cache_control(public=True, max_age=86400)
def favicon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Where browsers look for the icon of what is no page, like an open PDF."""
    return redirect(static("favicon.svg"))


@login_not_required
def robots(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")


@login_not_required
def security_txt(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Where to report a weakness (RFC 9116), good for a year from today."""
    expires = timezone.now().replace(year=timezone.now().year + 1, day=1).isoformat()
    lines = [f"Contact: mailto:{current_provider().email}", f"Expires: {expires}"]
    return HttpResponse(
        "\n".join(
            [
                *lines,
                "Preferred-Languages: pt, en",
                f"Canonical: {settings.BASE_URL}/.well-known/security.txt",
            ]
        )
        + "\n",
        content_type="text/plain",
    )
