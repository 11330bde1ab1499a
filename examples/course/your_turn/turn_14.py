"""Your turn: when to stop early."""

# %%
# Complete the line with the dots: has the validation cost not fallen
# below its best for some iterations?


def should_stop(costs, patience):
    """Return whether the lowest cost is over `patience` iterations old."""
    return ...


# %%
# The check: run it, and it says what is wrong.


def check(should_stop):
    """Return what is wrong with the rule, or that it is right."""
    falling, rising, bumpy = [5.0, 4.0, 3.0, 2.0], [5.0, 2.0, 3.0, 4.0, 5.0], [5.0, 2.0, 3.0, 1.0]
    if should_stop(rising, 2) is ...:
        return "The dots are still there."
    if should_stop(falling, 2):
        return "It stops while the cost still falls."
    if should_stop(bumpy, 2):
        return "It stops although the last cost is the lowest so far: it should survive a bump."
    if not should_stop(rising, 2):
        return "The lowest cost is three iterations old: with a patience of 2 it should have stopped."
    if should_stop(rising[:4], 2):
        return "The lowest cost is two iterations old, which a patience of 2 still allows: more than, not at least."
    return "Right: it waits, but not forever."


print(check(should_stop))
