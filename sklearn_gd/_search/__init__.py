"""The scores of many runs on the splits of a cross-validation, and the choice of the best run."""
