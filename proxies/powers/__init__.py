"""Powers of attorney that companies give electronically ("procuração eletrônica")."""
