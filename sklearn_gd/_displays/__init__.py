"""Plots: one file per display, and the code that they share."""
