"""What to say of a run: the limits of alpha, forecasts, the best remedy, and a diagnosis in words."""
