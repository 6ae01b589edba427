"""The manuals: one a desk, written in Markdown beside its code (``<app>/help/<language>.md``)."""
