from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FilesConfig(AppConfig):
    name = "portal.files"
    verbose_name = _("Files")

    def ready(self) -> None:
        """Bound what qpdf unpacks while it reads a stranger's PDF: 400 KB can hold 400 MB."""
        from pikepdf.settings import set_qpdf_limits

        largest = 128 * 1024**2
        set_qpdf_limits(
            flate_max_memory=largest, run_length_max_memory=largest, png_max_memory=largest,
            tiff_max_memory=largest, max_stream_filters=4,
        )  # fmt: skip
