"""``check --deploy`` finds what nginx could not read and what a bucket would keep for ever."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from django.conf import LazySettings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.test import RequestFactory

from portal import deployment
from portal.files import middleware
from portal.files.bucket import PrivateBucket

RULES = {
    "whole": {"Status": "Enabled", "Filter": {"Prefix": ""},
              "NoncurrentVersionExpiration": {"NoncurrentDays": 30}},
    "off": {"Status": "Disabled", "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30}},
    "for some keys": {"Status": "Enabled", "Filter": {"Prefix": "tmp/"},
                      "NoncurrentVersionExpiration": {"NoncurrentDays": 30}},
    "of current versions": {"Status": "Enabled", "Filter": {"Prefix": ""},
                            "Expiration": {"Days": 30}},
}  # fmt: skip


@pytest.fixture
def media(tmp_path: Path, settings: LazySettings) -> Path:
    """The private store as docs/deploy.md makes it, and what a file makes in it."""
    settings.PRIVATE_ACCEL_PREFIX = "/privado/"
    settings.PRIVATE_MEDIA_ROOT = tmp_path / "media"
    settings.STATIC_ROOT = tmp_path / "collected"
    (tmp_path / "media").mkdir()
    (tmp_path / "media").chmod(0o2750)
    (tmp_path / "collected").mkdir()
    (tmp_path / "collected" / "staticfiles.json").write_text("{}")
    for above in [tmp_path, *tmp_path.parents][:4]:
        above.chmod(above.stat().st_mode | 0o001)
    return tmp_path / "media"


def problems() -> str:
    return " ".join(str(found.msg) for found in deployment.nginx_can_read())


def test_folders_that_the_store_makes_hand_the_group_down(
    media: Path, settings: LazySettings
) -> None:
    store = FileSystemStorage(location=media, directory_permissions_mode=0o2750)
    store.save("invoices/documents/ab/um.pdf", ContentFile(b"%PDF"))
    assert problems() == ""
    (media / "invoices").chmod(0o750)  # as Django leaves it when it is asked for 0750
    assert "set-group-ID" in problems()


def test_what_others_cannot_reach_is_named(media: Path, settings: LazySettings) -> None:
    media.parent.chmod(0o700)
    assert f"{media.parent} is closed to others" in problems()
    media.parent.chmod(0o711)
    (settings.STATIC_ROOT / "staticfiles.json").chmod(0o600)
    assert "nginx cannot read the static files" in problems()
    (settings.STATIC_ROOT / "staticfiles.json").unlink()
    assert "run collectstatic" in problems()


def test_a_sender_that_no_server_takes_is_named(settings: LazySettings) -> None:
    settings.EMAIL_URL = "smtp://mail:25"
    settings.DEFAULT_FROM_EMAIL = "portal@localhost"
    assert deployment.mail_has_a_sender()[0].id == "portal.W001"
    settings.DEFAULT_FROM_EMAIL = "portal@provedor.com.br"
    assert deployment.mail_has_a_sender() == []


@pytest.fixture
def bucket() -> Iterator[tuple[PrivateBucket, Stubber]]:
    store = PrivateBucket(
        bucket_name="balcao", access_key="a", secret_key="b", region_name="us-east-1"
    )
    with Stubber(store.connection.meta.client) as client:
        yield store, client


@pytest.mark.parametrize("name", [None, *RULES])
def test_a_versioned_bucket_must_end_its_old_versions(
    name: str | None, bucket: tuple[PrivateBucket, Stubber]
) -> None:
    store, client = bucket
    client.add_response("get_bucket_versioning", {"Status": "Enabled"})
    if name:
        client.add_response("get_bucket_lifecycle_configuration", {"Rules": [RULES[name]]})
    else:
        client.add_client_error(
            "get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"
        )
    assert [found.id for found in store.problems()] == ([] if name == "whole" else ["portal.W003"])


def test_a_bucket_without_versions_needs_no_rule(bucket: tuple[PrivateBucket, Stubber]) -> None:
    store, client = bucket
    client.add_response("get_bucket_versioning", {})
    assert store.problems() == []


def test_a_store_that_cannot_be_asked_is_said_and_no_error(
    bucket: tuple[PrivateBucket, Stubber],
) -> None:
    store, client = bucket
    client.add_client_error("get_bucket_versioning", "AccessDenied")
    assert [found.id for found in store.problems()] == ["portal.I001"]


@pytest.mark.django_db
def test_a_store_that_is_down_gets_a_page_that_says_so(
    bucket: tuple[PrivateBucket, Stubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(request: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(middleware, "default_storage", bucket[0])
    handler = middleware.StoreDownMiddleware(refuse)
    request = RequestFactory().get("/faturas/")
    down = EndpointConnectionError(endpoint_url="https://s3.exemplo")
    response = handler.process_exception(request, down)
    assert response is not None
    assert response.status_code == 503
    assert response["Retry-After"] == "60"
    assert handler.process_exception(request, ValueError()) is None


def test_a_bucket_lists_its_keys_page_by_page(bucket: tuple[PrivateBucket, Stubber]) -> None:
    store, answers = bucket
    for keys, is_last in ((["a/1", "a/2"], False), (["b/3"], True)):
        page = {"Contents": [{"Key": key} for key in keys], "IsTruncated": not is_last}
        answers.add_response("list_objects", page)
    assert [*store.listed()] == ["a/1", "a/2", "b/3"]
