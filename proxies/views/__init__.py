"""Pages of offices and their accesses."""
