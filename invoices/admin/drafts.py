"""Administration of drafts."""
