"""Every setting, read once from the environment.

With no variable set the portal runs *embedded*: SQLite, a private Valkey, files and mail under
``var/``. As soon as ``DATABASE_URL`` is set it is a production deployment, and each missing
secret is an error at start-up.
"""

import secrets
import shutil
from pathlib import Path

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from portal import web
from portal.contradictions import address_of, contradictions
from portal.stores import caches, storages

django_stubs_ext.monkeypatch()  # lets admin classes and forms name their model: ModelAdmin[User]

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
# Fonts of everything that is printed: sans-regular.ttf, sans-bold.ttf.
PRINT_FONTS = BASE_DIR / "certificates" / "signatures" / "fonts"
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
EMBEDDED = "DATABASE_URL" not in env.ENVIRON
DEMO = env.bool("DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)


def _secret(name: str, file_name: str) -> str:
    """The variable ``name``; embedded, the content of ``var/<file_name>``, made at first use."""
    value: str = env.str(name, default="")
    if value:
        return value
    if not EMBEDDED:
        raise ImproperlyConfigured(f"{name} must be set in the environment.")
    path = VAR_DIR / file_name
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64))
    return path.read_text().strip()


SECRET_KEY = _secret("SECRET_KEY", "secret_key")
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
HTTPS = BASE_URL.startswith("https://")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"] if EMBEDDED else []
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[BASE_URL] if HTTPS else [])
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

INSTALLED_APPS = [
    "portal.ui",
    "portal.provider",
    "portal.audit",
    "portal.files",
    "portal.vault",
    "portal.outbox",
    "portal.accounts",
    "portal.batches",
    "portal.search",
    "portal.demo",
    "portal.help",
    "portal.news",
    "portal.reminders",
    "portal.municipalities",
    "portal.payments",
    "certificates",
    "certificates.trust",
    "certificates.entrance",
    "invoices",
    "orders",
    "tickets",
    "proxies",
    "proxies.powers",
    "portal.apps.PortalAdminConfig",
    "django.forms",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "captcha",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]
if DEMO:
    INSTALLED_APPS.append("certificates.demo")

MIDDLEWARE = web.MIDDLEWARE
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
FORM_RENDERER = "portal.ui.forms.BootstrapRenderer"

TEMPLATES = web.templates(BASE_DIR / "templates")

# Database

DATABASES = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'balcao.sqlite3'}")
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON;",
    }
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Cache, queue

REDIS_URL = env.str("REDIS_URL", default=f"unix://{VAR_DIR / 'valkey.sock'}" if EMBEDDED else "")
if not REDIS_URL:
    raise ImproperlyConfigured("REDIS_URL must be set in the environment.")
CACHES = caches(REDIS_URL)
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A killed worker's message comes back after this; its outbox row is swept up long before.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "America/Sao_Paulo"
CELERY_BEAT_SCHEDULER = "portal.beat:Scheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

# Files

PRIVATE_MEDIA_ROOT = VAR_DIR / "media"
PRIVATE_ACCEL_PREFIX = env.str("PRIVATE_ACCEL_PREFIX", default="")
S3_BUCKET = env.str("S3_BUCKET", default="")
STORAGES = storages(env, PRIVATE_MEDIA_ROOT, bucket=S3_BUCKET, accel_prefix=PRIVATE_ACCEL_PREFIX)
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static" / "dist"] if (BASE_DIR / "static" / "dist").exists() else []
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
UPLOADS_ROOT = VAR_DIR / "uploads"
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "portal.files.uploads.UploadHandler",
]
WEB_THREADS = env.int("WEB_THREADS", default=4)  # also read in deploy/gunicorn.conf.py
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=25 * 1024**2)
BATCH_MAX_BYTES = env.int("BATCH_MAX_BYTES", default=4 * 1024**3)
# How many files from elsewhere are examined at once on a machine; each may take 200 to 300 MB.
SANDBOX_AT_ONCE = env.int("SANDBOX_AT_ONCE", default=4)

# Mail

EMAIL_URL = env.str("EMAIL_URL", default="")
if not EMAIL_URL and not EMBEDDED:
    raise ImproperlyConfigured("EMAIL_URL must be set in the environment.")
if EMAIL_URL:
    vars().update(env.email_url("EMAIL_URL"))
    EMAIL_TIMEOUT = 10  # seconds; then all mail pauses: portal.outbox.breaker
    if vars()["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend":
        EMAIL_BACKEND = "portal.outbox.smtp.EmailBackend"
else:
    # Nothing leaves the machine: the operator reads the mail under /equipe/saida/.
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
# Signing in by a token instead of the password in EMAIL_URL: see portal.outbox.smtp_tokens.
EMAIL_TOKEN_BY = env.str("EMAIL_TOKEN_BY", default="")
EMAIL_TOKEN_URL = env.str("EMAIL_TOKEN_URL", default="")
EMAIL_TOKEN_SCOPE = env.str("EMAIL_TOKEN_SCOPE", default="")
EMAIL_TOKEN_CLIENT_ID = env.str("EMAIL_TOKEN_CLIENT_ID", default="")
EMAIL_TOKEN_SECRET = env.str("EMAIL_TOKEN_SECRET", default="")
EMAIL_TOKEN_REFRESH = env.str("EMAIL_TOKEN_REFRESH", default="")
EMAIL_TOKEN_KEY_FILE = env.str("EMAIL_TOKEN_KEY_FILE", default="")
DEFAULT_FROM_EMAIL = address_of(env.str("DEFAULT_FROM_EMAIL", default="balcao@localhost"))
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Vault: {"kid": "base64 of 32 bytes", …}; the first is used to seal. See portal.vault.

VAULT_KEYRING = env.str("VAULT_KEYRING", default="")
VAULT_KEYRING_FILE = env.str("VAULT_KEYRING_FILE", default="")
if not (VAULT_KEYRING or VAULT_KEYRING_FILE):
    if not EMBEDDED:
        raise ImproperlyConfigured("VAULT_KEYRING or VAULT_KEYRING_FILE must be set.")
    VAULT_KEYRING_FILE = str(VAR_DIR / "keyring.json")

# Audit: where the chains' heads are noted each night. Copied to another machine, they show what
# somebody who owns this one has changed.
AUDIT_HEADS_DIR = env.str("AUDIT_HEADS_DIR", default=str(VAR_DIR / "audit-heads"))

# Signing

# PEM bundle of the roots that are trusted, at login and in signatures (ICP-Brasil's, pinned).
# See docs/trust.md.
TRUST_ROOTS_FILE = env.str("TRUST_ROOTS_FILE", default="")
# SHA-256 fingerprints: if any are given, a root of the bundle that is not among them is ignored.
TRUST_ROOTS_SHA256 = env.list("TRUST_ROOTS_SHA256", default=[])
TRUST_INTERMEDIATES_FILE = env.str("TRUST_INTERMEDIATES_FILE", default="")
# Policies (OIDs or their beginnings) that are accepted: A1 to A4, and seals to sign. Empty: any.
TRUST_LOGIN_POLICIES = env.list(
    "TRUST_LOGIN_POLICIES", default=[f"2.16.76.1.2.{kind}" for kind in (1, 2, 3, 4)]
)
TRUST_SIGN_POLICIES = env.list(
    "TRUST_SIGN_POLICIES", default=[f"2.16.76.1.2.{kind}" for kind in (1, 2, 3, 4, 201, 202)]
)
TRUST_CRL_MAX_BYTES = env.int("TRUST_CRL_MAX_BYTES", default=20 * 1024**2)
TRUST_FETCH_SECONDS = env.int("TRUST_FETCH_SECONDS", default=20)
# Hosts of an internal mirror ("crl.interno" or "10.0.0.5:8080") that jobs may fetch from although
# they are no public addresses or other ports.
TRUST_PRIVATE_HOSTS = env.list("TRUST_PRIVATE_HOSTS", default=[])
TSA_URL = env.str("TSA_URL", default="")
TSA_USERNAME = env.str("TSA_USERNAME", default="")
TSA_PASSWORD = env.str("TSA_PASSWORD", default="")

# The authority that issues what orders ask for, by EST (RFC 7030). Without it staff issue by hand.
ISSUING_EST_URL = env.str("ISSUING_EST_URL", default="").rstrip("/")
ISSUING_EST_USER = env.str("ISSUING_EST_USER", default="")
ISSUING_EST_PASSWORD = env.str("ISSUING_EST_PASSWORD", default="")
ISSUING_EST_CERT_FILE = env.str("ISSUING_EST_CERT_FILE", default="")
ISSUING_EST_KEY_FILE = env.str("ISSUING_EST_KEY_FILE", default="")
ISSUING_EST_CA_FILE = env.str("ISSUING_EST_CA_FILE", default="")
ISSUING_EST_SECONDS = env.int("ISSUING_EST_SECONDS", default=30)

# Address of a service that speaks ViaCEP's protocol: forms offer to fill in a CEP's address.
CEP_LOOKUP_URL = env.str("CEP_LOOKUP_URL", default="").rstrip("/")

# Checks of the accesses that offices hold: every how many hours each is tried (0: by hand alone),
# how long one check may take, hosts that may be private (as TRUST_PRIVATE_HOSTS), and a PEM file
# of authorities whose TLS certificates are trusted beside the system's.
PROXY_CHECK_HOURS = env.int("PROXY_CHECK_HOURS", default=24)
PROXY_CHECK_SECONDS = env.int("PROXY_CHECK_SECONDS", default=30)
PROXY_CHECK_PRIVATE_HOSTS = env.list("PROXY_CHECK_PRIVATE_HOSTS", default=[])
PROXY_CHECK_CA_FILE = env.str("PROXY_CHECK_CA_FILE", default="")

# How a company confirms a power of attorney: "session" (on the page, in the session that its
# e-CNPJ opened) or "signature" (signed with the e-CNPJ outside of the portal, and handed in).
POWERS_CONFIRMED_BY = env.str("POWERS_CONFIRMED_BY", default="session")

# Login with a certificate: see docs/certificate-login.md

# Address of the entrance that asks for the certificate; without it that way in is not offered.
CERTIFICATE_ENTRANCE_URL = env.str("CERTIFICATE_ENTRANCE_URL", default="").rstrip("/")
# nginx ends the TLS connection and tells the entrance, over a Unix socket, what it was shown.
ENTRANCE_PROXY = env.bool("ENTRANCE_PROXY", default=False)
# Without nginx: how the entrance presents itself. Default: the demonstration's certificate.
ENTRANCE_TLS_CERT = env.str("ENTRANCE_TLS_CERT", default="")
ENTRANCE_TLS_KEY = env.str("ENTRANCE_TLS_KEY", default="")

# People

AUTH_USER_MODEL = "accounts.User"
# An e-mail is one person's once it is proven; AccountBackend knows what to do with typed ones.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["portal.accounts.backends.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 8},
    },
    {"NAME": "portal.accounts.passwords.MaximumLengthValidator"},
    {"NAME": "portal.accounts.passwords.CharacterClassesValidator"},
    {"NAME": "portal.accounts.passwords.NameValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3600
INVITATION_HOURS = 48
# The mails of a batch wait so long: undone meanwhile, it tells nobody.
BATCH_MAIL_MINUTES = env.int("BATCH_MAIL_MINUTES", default=5)
# Certificate orders. Days until an unpaid one is cancelled, until staff are told of one that is
# being issued, or that is paid and unused; years that a dossier's files stay. 0: never.
ORDER_UNPAID_DAYS = env.int("ORDER_UNPAID_DAYS", default=30)
ORDER_ISSUING_DAYS = env.int("ORDER_ISSUING_DAYS", default=3)
ORDER_UNUSED_DAYS = env.int("ORDER_UNUSED_DAYS", default=90)
ORDER_DOSSIER_YEARS = env.int("ORDER_DOSSIER_YEARS", default=7)
# A renewal is confirmed in a "session" that the certificate opened, or by a "signature" with it.
ORDERS_RENEWAL_CONFIRMED_BY = env.str("ORDERS_RENEWAL_CONFIRMED_BY", default="session")
ORDERS_RENEWAL_VERIFIED = env.bool("ORDERS_RENEWAL_VERIFIED", default=True)
# Days after which the values of an office that left are destroyed. 0: never.
PROXY_LEFT_DAYS = env.int("PROXY_LEFT_DAYS", default=90)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "ui:dashboard"
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", default=not DEMO)
DEVICE_REMEMBER_DAYS = 30
ACCOUNT_ADAPTER = "portal.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "portal.accounts.forms.auth.LoginForm",
    "change_password": "portal.accounts.forms.auth.ChangePasswordForm",
    "set_password": "portal.accounts.forms.auth.NewPasswordForm",
    "reauthenticate": "portal.accounts.forms.auth.ReauthenticateForm",
}
# Ours are in portal.accounts.limits; allauth goes on counting wrong second factors.
ACCOUNT_RATE_LIMITS = {"login": None, "change_password": None}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "site:home"
# A session that was left alone for so many minutes is over; 0: it lasts its eight hours.
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=240)
STAFF_IDLE_MINUTES = env.int("STAFF_IDLE_MINUTES", default=60)
# So long one need not prove again who one is, before what could hand an account to somebody else.
STEP_UP_MINUTES = env.int("STEP_UP_MINUTES", default=10)
ACCOUNT_REAUTHENTICATION_TIMEOUT = STEP_UP_MINUTES * 60
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "portal.accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Whoever has an account came through a link that we mailed to its address, or in person.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "portal.accounts.forms.mfa.SecondStepForm",
    "reauthenticate": "portal.accounts.forms.mfa.ConfirmByCodeForm",
    "activate_totp": "portal.accounts.forms.mfa.ActivateAppForm",
    "authenticate_webauthn": "portal.accounts.forms.mfa.SecondStepPasskeyForm",
    "reauthenticate_webauthn": "portal.accounts.forms.mfa.ConfirmByPasskeyForm",
    "add_webauthn": "portal.accounts.forms.mfa.AddPasskeyForm",
    "edit_webauthn": "portal.accounts.forms.mfa.RenamePasskeyForm",
}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
USERSESSIONS_TRACK_ACTIVITY = True
CAPTCHA_TIMEOUT = 5
CAPTCHA_LENGTH = 5
CAPTCHA_2X_IMAGE = True
CAPTCHA_FONT_SIZE = 48
CAPTCHA_NOISE_FUNCTIONS = ("captcha.helpers.noise_arcs",)
CAPTCHA_LETTER_ROTATION = (-20, 20)
CAPTCHA_FOREGROUND_COLOR = "#1d2733"
CAPTCHA_CHALLENGE_FUNCT = "portal.accounts.captcha.challenge"
CAPTCHA_FLITE_PATH = env.str("CAPTCHA_FLITE_PATH", default=shutil.which("flite") or "")
CAPTCHA_SOX_PATH = env.str("CAPTCHA_SOX_PATH", default=shutil.which("sox") or "")

# Sessions, cookies, headers

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_CACHE_ALIAS = "sessions"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-sessao" if HTTPS else "sessao"
# Written only while the database cannot be: see portal.accounts.activity.
ACTIVITY_COOKIE_NAME = "__Host-uso" if HTTPS else "uso"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_FAILURE_VIEW = "portal.ui.views.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^saude/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Language and time

LANGUAGE_CODE = "pt-br"
LANGUAGES = [("pt-br", _("Portuguese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "idioma"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "America/Sao_Paulo"
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = "portal.formats"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        name: {"level": "WARNING"}
        for name in ("pikepdf", "fontTools", "weasyprint", "pyhanko", "pyhanko_certvalidator")
    },
}

if _problems := contradictions(vars()):
    raise ImproperlyConfigured("\n".join(_problems))
