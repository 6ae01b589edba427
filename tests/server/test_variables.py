""".env.example and the settings say the same."""

import re

from django.conf import settings

READ = re.compile(r"(?:\benv\.\w+\(|_secret\(|environ\.get\()\s*\"([A-Z][A-Z0-9_]+)\"")
NAMED = re.compile(r"^#?([A-Z][A-Z0-9_]+)=", re.MULTILINE)
# Of the supervisor's own surroundings, not the operator's to set.
ASIDE = {"PATH", "DJANGO_SETTINGS_MODULE"}


def test_every_variable_that_is_read_is_explained_and_no_other() -> None:
    sources = [
        "portal/settings.py",
        "portal/accounts/management/commands/setup.py",
        "deploy/gunicorn.conf.py",
        "deploy/gunicorn_entrance.conf.py",
    ]
    read = {
        name for file in sources for name in READ.findall((settings.BASE_DIR / file).read_text())
    }
    named = set(NAMED.findall((settings.BASE_DIR / ".env.example").read_text()))
    assert read - ASIDE == named - {"PORT", "CERTIFICATE_PORT"}


def _passed_by_compose() -> set[str]:
    text = (settings.BASE_DIR / "docker-compose.yml").read_text()
    portal = text.split("environment: &environment")[1].split("  volumes:")[0]
    return set(re.findall(r"^    ([A-Z][A-Z0-9_]+):", portal, re.MULTILINE))


def test_every_variable_of_the_compose_file_is_one_that_is_read() -> None:
    used = _passed_by_compose()
    assert len(used) > 10
    assert used <= set(NAMED.findall((settings.BASE_DIR / ".env.example").read_text()))


def test_every_variable_that_the_compose_file_or_its_guide_speaks_of_is_passed() -> None:
    compose = (settings.BASE_DIR / "docker-compose.yml").read_text()
    guide = (settings.BASE_DIR / "docs" / "deploy.md").read_text()
    spoken = "\n".join(re.findall(r"#.*", compose))
    spoken += guide.split("## Trying it with containers")[1].split("\n## ")[0]
    known = set(NAMED.findall((settings.BASE_DIR / ".env.example").read_text()))
    named = set(re.findall(r"[A-Z][A-Z0-9_]+", spoken)) & known
    assert named >= {"TRUST_ROOTS_FILE", "ENTRANCE_TLS_CERT", "TRUSTED_PROXIES"}
    assert named <= _passed_by_compose()
