"""What is done with powers of attorney. Each service is atomic, audited, and leaves a sealed record."""
