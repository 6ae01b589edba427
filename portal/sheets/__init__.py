"""CSV and XLSX files in and out, by declared columns."""
