"""Reading of incoming mail: pure functions on bytes and values, without the database."""
