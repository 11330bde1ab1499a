"""What many runs reach on the splits of a cross-validation, and which of them is best."""
