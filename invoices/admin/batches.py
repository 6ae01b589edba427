"""Administration of batches."""
