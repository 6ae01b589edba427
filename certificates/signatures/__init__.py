"""Signatures: made inside a PDF (PAdES) or beside a file (CMS), dated, stamped and checked."""
