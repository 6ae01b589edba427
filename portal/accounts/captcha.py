"""The security code: picture, sound, refresh; and the device on which it is asked no more."""

import base64
import secrets
import shutil
import subprocess
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

from captcha.fields import CaptchaField, CaptchaTextInput
from captcha.models import CaptchaStore
from captcha.views import captcha_image
from django import forms
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from PIL import Image

from portal.accounts.allauth_internals import current_request
from portal.accounts.models import User
from portal.requests import client_ip

DEVICE_COOKIE = "__Host-aparelho" if settings.HTTPS else "aparelho"
_SALT = "portal.accounts.device"
_DEVICE_SECONDS = settings.DEVICE_REMEMBER_DAYS * 86400
# Codes that wait to be answered: an office of a hundred behind one address opens the login twice.
CODES_PER_ADDRESS = 200
CODES_IN_ALL = 20_000
SWEPT_EVERY = 50

# Characters that neither look nor sound like one another, with their Portuguese names spelt so
# that an English voice says them: there is no free Portuguese one as small.
SPOKEN = {
    "2": "doh iss", "3": "trayss", "4": "kwah troo", "7": "set chee", "9": "noh vee",
    "a": "ah", "f": "eff ee", "h": "ah gah", "j": "zhaw tah", "k": "kah",
    "m": "emm ee", "r": "eh he", "w": "dah blee oo", "x": "sheess", "y": "eep see lon",
}  # fmt: skip


def challenge() -> tuple[str, str]:
    """What the picture shows and what must be typed."""
    text = "".join(secrets.choice(list(SPOKEN)) for _ in range(settings.CAPTCHA_LENGTH))
    return text.upper(), text


def bound_codes(key: str, address: str) -> None:
    """Keep the table small after a code with this ``key`` was made for somebody at ``address``.

    Each address has its last ``CODES_PER_ADDRESS``, so that nobody pushes out another's; beyond
    ``CODES_IN_ALL`` the oldest go, whosever they are.
    """
    kept = [*cache.get(f"codes:{address}", ()), key]
    over, kept = kept[:-CODES_PER_ADDRESS], kept[-CODES_PER_ADDRESS:]
    cache.set(f"codes:{address}", kept, settings.CAPTCHA_TIMEOUT * 60)
    if over:
        CaptchaStore.objects.filter(hashkey__in=over).delete()
    newest = CaptchaStore.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    if newest % SWEPT_EVERY == 0:
        CaptchaStore.objects.filter(expiration__lte=timezone.now()).delete()
        oldest = CaptchaStore.objects.order_by("-pk").values_list("pk", flat=True)
        if beyond := list(oldest[CODES_IN_ALL : CODES_IN_ALL + 1]):
            CaptchaStore.objects.filter(pk__lte=beyond[0]).delete()


class SecurityCodeInput(CaptchaTextInput):  # type: ignore[misc]
    template_name = "accounts/widgets/captcha.html"
    use_fieldset = False  # one thing to type: the key is hidden

    def fetch_captcha_store(self, *args: Any, **kwargs: Any) -> None:
        super().fetch_captcha_store(*args, **kwargs)
        request = current_request()
        bound_codes(self._key, client_ip(request) if request else "")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["audio"] = self.audio_url() if can_speak() else None
        context["picture"] = base64.b64encode(picture(self._key, scale=2)).decode()
        return context


class SecurityCodeField(CaptchaField):  # type: ignore[misc]
    """Asked once per picture: a wrong answer brings a new one. Upper or lower case."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Security code"))
        kwargs["error_messages"] = {
            "invalid": _("The code does not match the picture. Type the new one."),
            "required": _("Type the code of the picture."),
        }
        super().__init__(widget=SecurityCodeInput(), **kwargs)

    def clean(self, value: Any) -> Any:
        """Take the code: whoever deletes its row may use it, and of several at once one does."""
        forms.MultiValueField.clean(self, value)
        key, answer = value[0], (value[1] or "").strip().lower()
        value[1] = ""
        store = CaptchaStore.objects.filter(hashkey=key, expiration__gt=timezone.now()).first()
        # Wrong or right, a picture is answered once.
        taken = CaptchaStore.objects.filter(hashkey=key).delete()[0]
        if store is None or not taken or store.response != answer:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return value


def picture(key: str, scale: int = 1) -> bytes:
    """The code as a PNG of a few greys (2 KB instead of 10); empty when there is no such code.

    It stands in the page itself, which saves a request.
    """
    drawn = captcha_image(None, key, scale)
    if drawn.status_code != 200:
        return b""
    out = BytesIO()
    Image.open(BytesIO(drawn.content)).convert("L").quantize(8).save(out, "PNG", optimize=True)
    return out.getvalue()


def can_speak() -> bool:
    """Whether this machine has what the spoken code needs."""
    return bool(shutil.which(settings.CAPTCHA_FLITE_PATH))


def speak(store: CaptchaStore) -> bytes:
    """The code as a WAV, letter by letter, over a little noise where sox is installed."""
    text = str(store.challenge).lower()
    names = SPOKEN if (get_language() or "").startswith("pt") else {}
    spoken = ". ".join(names.get(c, c) for c in text) + "."
    with tempfile.TemporaryDirectory(prefix="codigo-") as folder:
        plain, noise, mixed = (Path(folder) / f"{name}.wav" for name in ("plain", "noise", "mixed"))
        _run(
            settings.CAPTCHA_FLITE_PATH, "--setf", "duration_stretch=1.3", "-t", spoken, "-o", plain
        )
        sox = settings.CAPTCHA_SOX_PATH
        if not shutil.which(sox):
            return plain.read_bytes()
        rate, length = (_run(sox, "--i", option, plain).strip() for option in ("-r", "-D"))
        _run(sox, "-r", rate, "-n", noise, "synth", length, "brownnoise", "gain", "-22")
        _run(sox, "-m", noise, plain, "-b", "16", mixed)
        return mixed.read_bytes()


def _run(*command: str | Path) -> str:
    done = subprocess.run(  # noqa: S603
        [str(part) for part in command], capture_output=True, check=True, timeout=20, text=True
    )
    return done.stdout


def _mark(user: User) -> str:
    """Stands for the password that the person has now, without telling it."""
    return salted_hmac(_SALT, user.password).hexdigest()[:20]


def remember_device(response: HttpResponseBase, user: User) -> None:
    """After a login here with the box ticked: no code is asked on this device for some days."""
    kept = {"user": user.pk, "device": secrets.token_urlsafe(12), "mark": _mark(user)}
    value = signing.dumps(kept, salt=_SALT)
    response.set_cookie(
        DEVICE_COOKIE, value, max_age=_DEVICE_SECONDS, httponly=True, samesite="Lax",
        secure=settings.HTTPS,
    )  # fmt: skip


def device_of(request: HttpRequest) -> tuple[int, str] | None:
    """The user (pk) and the id of a remembered device, or None; a cookie that was made up, is
    older than the days allowed or than the person's password counts for nothing."""
    try:
        found = signing.loads(
            request.COOKIES.get(DEVICE_COOKIE, ""), salt=_SALT, max_age=_DEVICE_SECONDS
        )
        user = User.objects.filter(pk=int(found["user"]), is_active=True).first()
        known = user is not None and constant_time_compare(found["mark"], _mark(user))
        return (int(found["user"]), str(found["device"])) if known else None
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None
