"""Administration of documents."""
