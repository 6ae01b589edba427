"""Certificate orders (“Serviços Online”): ordered, paid, validated, issued."""
