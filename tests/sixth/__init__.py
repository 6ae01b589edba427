"""A throw-away desk: parking passes of a unit. Nothing outside this folder knows of it."""
