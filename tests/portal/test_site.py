"""Public pages, the provider's look, and pages that say what went wrong."""

import io
import re

import pytest
from django.core import serializers
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from PIL import Image

from portal.provider import colours
from portal.provider.forms import ProviderForm
from portal.provider.models import ContactDesk, Provider
from portal.provider.services import current_provider, forget_provider
from tests import hostile
from tests.portal.second_factor import confirm_identity

pytestmark = pytest.mark.both(of="portal.provider.views")


def form_data(provider, **changes):
    fields = ["name", "short_name", "cnpj", "email", "accent_colour", "retention_months"]
    return {**{name: getattr(provider, name) for name in fields}, **changes}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/fale-conosco/",
        "/acessibilidade/",
        "/privacidade/",
        "/mapa-do-site/",
        "/saude/vivo",
        "/saude/pronto",
        "/robots.txt",
    ],
)
def test_public_pages_answer_a_stranger(client, cast, path):
    assert client.get(path).status_code == 200


def test_the_front_page_sends_who_is_logged_in_to_the_overview(cast, client_of):
    assert client_of(cast.ana).get("/").url == "/painel/"


def test_pages_carry_the_name_of_the_provider_and_follow_its_change(client, cast):
    assert "Serviços do Estado" in client.get("/").content.decode()
    Provider.objects.update(short_name="Outra Casa")
    forget_provider()
    assert "Outra Casa" in client.get("/").content.decode()


def test_a_change_is_not_undone_by_a_page_that_was_asked_for_meanwhile(
    cast, client_of, monkeypatch, django_capture_on_commit_callbacks
):
    """Another process reads the old row until the change is committed."""
    admin = client_of(cast.admin)
    confirm_identity(admin)
    address = reverse("admin:provider_provider_change", args=[cast.provider.pk])
    old = serializers.serialize("json", [cast.provider])
    monkeypatch.setattr(
        "portal.provider.admin.record", lambda *_args, **_more: cache.set("provider", old)
    )
    with django_capture_on_commit_callbacks(execute=True):
        answer = admin.post(address, form_data(cast.provider, short_name="Outra Casa"))
    assert answer.status_code == 302, answer.context["errors"]
    assert current_provider().short_name == "Outra Casa"


def test_contact_shows_each_desk_in_its_place(client, cast):
    ContactDesk.objects.create(
        topic="access", name="Tecnologia", email="ti@exemplo.com.br", phone="(31) 3247-5816"
    )
    ContactDesk.objects.create(topic="amount", name="Controladoria", email="fin@exemplo.com.br")
    page = client.get("/fale-conosco/").content.decode()
    assert "(31) 3247-5816" in page
    assert "Controladoria" in page


def test_an_accent_too_light_to_read_is_refused_with_its_contrast(cast):
    form = ProviderForm(form_data(cast.provider, accent_colour="#ffdd00"), instance=cast.provider)
    assert not form.is_valid()
    assert "4.5" in form.errors["accent_colour"][0]


@pytest.mark.parametrize("accent", ["#1f5f8b", "#000000", "#7a1020", "#0b6623", "#4b0082"])
def test_every_accent_that_is_accepted_reads_on_the_dark_page_too(accent):
    assert colours.is_readable(accent)
    assert colours.contrast(colours.for_dark_page(accent), colours.DARK_PAGE) >= 7


def test_contrast_is_that_of_the_norm():
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colours.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_a_logo_is_known_by_its_bytes_and_served(client, cast):
    picture = io.BytesIO()
    Image.new("RGB", (40, 20), "navy").save(picture, "PNG")
    upload = SimpleUploadedFile("logo.svg", picture.getvalue())
    form = ProviderForm(
        form_data(cast.provider), MultiValueDict({"new_logo": [upload]}), instance=cast.provider
    )
    assert form.is_valid(), form.errors
    form.save()
    forget_provider()
    response = client.get("/aparencia/logotipo")
    assert response["Content-Type"] == "image/png"
    assert response.content == picture.getvalue()


def test_a_logo_that_is_no_picture_is_refused(cast):
    upload = SimpleUploadedFile("logo.png", b"<svg onload=alert(1)>")
    form = ProviderForm(
        form_data(cast.provider), MultiValueDict({"new_logo": [upload]}), instance=cast.provider
    )
    assert "new_logo" in form.errors


def test_a_logo_that_unpacks_to_hundreds_of_megabytes_is_refused(cast):
    upload = SimpleUploadedFile("logo.png", hostile.png_bomb(8000))
    form = ProviderForm(
        form_data(cast.provider), MultiValueDict({"new_logo": [upload]}), instance=cast.provider
    )
    assert "4000 por 4000 pixels" in str(form.errors["new_logo"])


def test_an_unknown_address_helps_on(client, cast):
    response = client.get("/nada-aqui/")
    assert response.status_code == 404
    assert "Fale conosco" in response.content.decode()


def test_a_form_without_its_token_says_that_it_expired(cast):
    browser = Client(enforce_csrf_checks=True)
    response = browser.post("/entrar/", {})
    assert response.status_code == 403
    assert "formulário" in response.content.decode()


def test_every_page_forbids_foreign_scripts(client, cast):
    policy = client.get("/")["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_an_error_of_ours_is_admitted_without_touching_the_database(
    rf, django_assert_num_queries, cast
):
    from portal.ui.views import server_error

    with django_assert_num_queries(0):
        response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert "nosso lado" in response.content.decode()


def test_the_accent_is_kept_for_good_under_the_address_that_pages_give_and_changes_with_it(
    client, cast, client_of
):
    link = re.compile(r'href="(/aparencia/cores\.css\?v=\w+)"')
    address = link.findall(client.get("/").content.decode())[0]
    assert link.findall(client_of(cast.ana).get("/painel/").content.decode()) == [address]
    answer = client_of(cast.ana).get(address)
    assert {"immutable", "public"} <= set(answer.headers["Cache-Control"].split(", "))
    assert "Cookie" not in answer.headers["Vary"]
    assert cast.provider.accent_colour in answer.content.decode()
    Provider.objects.update(accent_colour="#7a1020")
    forget_provider()
    assert link.findall(client.get("/").content.decode()) != [address]
    assert "immutable" not in client.get(address).headers["Cache-Control"]


@pytest.mark.django_db
def test_a_host_that_is_not_ours_gets_the_page_that_says_so(client, settings):
    settings.ALLOWED_HOSTS = ["portal.exemplo.com.br"]
    answer = client.get("/", headers={"host": "outro.exemplo.com.br"})
    assert answer.status_code == 400
    assert "<footer" in answer.content.decode()
