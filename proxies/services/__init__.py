"""What is done with accesses. Each service is atomic, audited, and never logs a secret."""
