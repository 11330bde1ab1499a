"""How it is descended: the options, the start, the loop and the closed form, and the run that they make."""
