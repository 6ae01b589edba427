"""The security code: drawn, spoken, refreshed with and without JavaScript, used once."""

import base64
import shutil
import wave
from io import BytesIO

import pytest
from captcha.models import CaptchaStore
from django.conf import LazySettings
from django.conf import settings as project
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from portal.accounts import captcha
from portal.accounts.captcha import SecurityCodeField
from tests.factories import Cast
from tests.portal.entrance import code, text

ENTRANCES = ["account_login", "account_reset_password", "accounts:request_access"]


def test_any_answer_but_the_right_one_is_refused_in_the_product() -> None:
    assert not getattr(project, "CAPTCHA_TEST_MODE", False)


@pytest.mark.django_db
def test_upper_and_lower_case_are_the_same_and_an_answer_counts_once() -> None:
    field, sent = SecurityCodeField(), code()
    field.clean([sent["captcha_0"], f" {sent['captcha_1'].lower()} "])
    with pytest.raises(ValidationError):
        field.clean([sent["captcha_0"], sent["captcha_1"]])


@pytest.mark.django_db
def test_a_wrong_answer_uses_the_picture_up() -> None:
    field, sent = SecurityCodeField(), code()
    with pytest.raises(ValidationError):
        field.clean([sent["captcha_0"], "wrong"])
    with pytest.raises(ValidationError):
        field.clean([sent["captcha_0"], sent["captcha_1"]])


@pytest.mark.django_db
def test_a_code_older_than_five_minutes_is_refused() -> None:
    sent = code()
    CaptchaStore.objects.update(expiration=timezone.now())
    with pytest.raises(ValidationError):
        SecurityCodeField().clean([sent["captcha_0"], sent["captcha_1"]])


def test_the_characters_cannot_be_mistaken_for_one_another() -> None:
    assert not set(captcha.SPOKEN) & set("0o1il5s2z8b6g") - {"2"}
    shown, answer = captcha.challenge()
    assert shown == answer.upper()
    assert len(answer) == 5


@pytest.mark.django_db
@pytest.mark.parametrize("name", ENTRANCES)
def test_every_entrance_shows_picture_sound_and_refresh(name: str) -> None:
    page = text(Client().get(reverse(name)))
    key = CaptchaStore.objects.get().hashkey
    assert base64.b64encode(captcha.picture(key, scale=2)).decode() in page
    assert 'name="new_code"' in page
    if shutil.which(project.CAPTCHA_FLITE_PATH):
        assert reverse("captcha-audio", args=[key]) in page


@pytest.mark.django_db
def test_without_the_speech_program_no_sound_is_offered(settings: LazySettings) -> None:
    settings.CAPTCHA_FLITE_PATH = "/nowhere/flite"
    assert ".wav" not in text(Client().get(reverse("account_login")))
    assert Client().get(reverse("captcha-audio", args=[code()["captcha_0"]])).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("name", ENTRANCES)
def test_another_picture_without_javascript_keeps_what_was_typed(name: str) -> None:
    field = "login" if name == "account_login" else "email"
    typed = {field: "ana@exemplo.com.br", "password": "Segredo99x", "new_code": "1"}
    response = Client().post(reverse(name), {**typed, **code()})
    page = text(response)
    assert response.status_code == 200
    assert 'value="ana@exemplo.com.br"' in page
    assert "Segredo99x" not in page
    assert "field-error" not in page


@pytest.mark.django_db
def test_the_picture_is_a_picture_at_both_sizes_for_strangers() -> None:
    key = code()["captcha_0"]
    sizes = []
    for name in ("captcha-image", "captcha-image-2x"):
        response = Client().get(reverse(name, args=[key]))
        assert response["Content-Type"] == "image/png"
        assert "no-store" in response["Cache-Control"]
        sizes.append(Image.open(BytesIO(response.content)).width)
        assert len(response.content) < 5000
    assert sizes[0] > 80
    assert sizes[1] > 1.5 * sizes[0]


@pytest.mark.django_db
def test_the_refresh_gives_another_key_and_only_to_a_script() -> None:
    url = reverse("captcha-refresh")
    found = Client().get(url, headers={"X-Requested-With": "XMLHttpRequest"}).json()
    assert found["image_url"] == reverse("captcha-image", args=[found["key"]])
    assert Client().get(url).status_code == 404


@pytest.mark.django_db
@pytest.mark.skipif(not shutil.which(project.CAPTCHA_FLITE_PATH), reason="flite is not installed")
def test_the_sound_is_speech_that_one_can_listen_to() -> None:
    response = Client().get(reverse("captcha-audio", args=[code()["captcha_0"]]))
    assert response["Content-Type"] == "audio/wav"
    with wave.open(BytesIO(response.content)) as wav:
        assert 2 < wav.getnframes() / wav.getframerate() < 15


@pytest.mark.django_db
def test_sounds_are_limited_per_address_because_they_cost_a_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(captcha, "speak", lambda store: b"RIFF")
    monkeypatch.setattr(captcha, "can_speak", lambda: True)
    url, client = reverse("captcha-audio", args=[code()["captcha_0"]]), Client()
    found = [client.get(url).status_code for _ in range(21)]
    assert found == [200] * 20 + [429]
    assert client.get(url, REMOTE_ADDR="203.0.113.9").status_code == 200


def test_a_key_that_does_not_exist_is_no_error(db: None) -> None:
    assert Client().get(reverse("captcha-image", args=["0" * 40])).status_code == 410
    assert Client().get(reverse("captcha-audio", args=["0" * 40])).status_code == 404


def test_the_code_is_always_asked_for_recovery_and_request_even_on_a_known_device(
    cast: Cast,
) -> None:
    from tests.portal.entrance import sign_in

    client = Client()
    sign_in(client, str(cast.ana.cpf), remember_device="on")
    client.post(reverse("account_logout"))
    for name in ENTRANCES[1:]:
        assert "captcha_1" in text(client.get(reverse(name)))
