"""What banks prescribe: free fields, lines, bars and files, as pure functions. Knows no model."""
