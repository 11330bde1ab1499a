"""Pictures: each display is a file, beside what they share."""
