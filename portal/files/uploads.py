"""Where what is sent to the portal lies until a view has taken it: ``VAR_DIR/uploads``."""

import tempfile
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler

# Long after the last byte was written; what lies there still, a killed process left.
ABANDONED_AFTER = timedelta(hours=6)


class SpooledUpload(TemporaryUploadedFile):
    """Django's, in a folder of ours: FILE_UPLOAD_TEMP_DIR must be there before the portal starts."""

    def __init__(self, name: Any, kind: Any, size: int, charset: Any, extra: Any) -> None:
        file = tempfile.NamedTemporaryFile(suffix=".upload", dir=upload_folder())  # noqa: SIM115
        UploadedFile.__init__(self, file, name, kind, size, charset, extra)


class UploadHandler(TemporaryFileUploadHandler):
    def new_file(self, *arguments: Any, **options: Any) -> None:
        FileUploadHandler.new_file(self, *arguments, **options)
        self.file = SpooledUpload(
            self.file_name, self.content_type, 0, self.charset, self.content_type_extra
        )

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002
        try:
            self.file.write(raw_data)
        except OSError:  # a full disk: closed, the file is gone
            with suppress(OSError):
                self.file.close()
            raise


def upload_folder() -> Path:
    """The folder, which nobody else may look into."""
    folder = Path(settings.UPLOADS_ROOT)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def sweep_uploads(*, now: float | None = None) -> int:
    """Remove what killed processes left; how many files. ``now``: seconds, as of ``time.time``."""
    removed = 0
    oldest = (now or time.time()) - ABANDONED_AFTER.total_seconds()
    for path in upload_folder().iterdir():
        with suppress(OSError):  # its own process, or another sweep, was faster
            if path.stat().st_mtime < oldest:
                path.unlink()
                removed += 1
    return removed
