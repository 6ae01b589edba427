"""The private store in an S3-compatible bucket. Imported only where one is configured."""

from collections.abc import Iterator
from typing import Any, ClassVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from django.core.checks import CheckMessage, Info, Warning  # noqa: A004  (Django's level)
from storages.backends.s3 import S3Storage

_HINT = "See docs/backup.md, “Time to live”."


class PrivateBucket(S3Storage):  # type: ignore[misc]  # it has no types
    """Gives up after seconds, not minutes, when the store does not answer."""

    client_config: Any
    failures: ClassVar[tuple[type[Exception], ...]] = (BotoCoreError, ClientError, HTTPClientError)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        patience = Config(connect_timeout=5, read_timeout=20, retries={"max_attempts": 2})
        config: Config = self.client_config
        self.client_config = config.merge(patience)

    def listed(self) -> Iterator[str]:
        """Every key, in the order of their bytes; a thousand to a request."""
        folder = f"{self.location.strip('/')}/" if self.location else ""
        for found in self.bucket.objects.filter(Prefix=folder):
            yield str(found.key).removeprefix(folder)

    def problems(self) -> list[CheckMessage]:
        """For ``check --deploy``: a versioned bucket keeps what was removed, if nothing ends it."""
        try:
            kept = self._is_versioned() and not any(map(_ends_old_versions, self._rules()))
        except self.failures as error:
            text = f"Whether the bucket keeps old versions could not be asked: {error}"
            return [Info(text, id="portal.I001", hint=_HINT)]
        text = (
            f"The bucket {self.bucket_name} is versioned and no lifecycle rule ends old versions: "
            "documents that were removed live on in it."
        )
        return [Warning(text, id="portal.W003", hint=_HINT)] if kept else []

    def _is_versioned(self) -> bool:
        found = self.connection.meta.client.get_bucket_versioning(Bucket=self.bucket_name)
        return "Status" in found  # "Suspended" keeps what is there

    def _rules(self) -> list[dict[str, Any]]:
        client = self.connection.meta.client
        try:
            found = client.get_bucket_lifecycle_configuration(Bucket=self.bucket_name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration":
                raise
            return []
        return list(found["Rules"])


def _ends_old_versions(rule: dict[str, Any]) -> bool:
    """Whether a lifecycle rule is on, for every key, and ends versions that were replaced."""
    narrowed = rule.get("Prefix") or any((rule.get("Filter") or {}).values())
    on = rule.get("Status") == "Enabled"
    return on and not narrowed and "NoncurrentVersionExpiration" in rule
