"""Your turn: the nudge."""

# %%
# Complete the line with the dots: how far does f(a) move, relative to the
# nudge of a?


def slope(f, a, nudge):
    """Return the move of f(a), divided by the nudge of a."""
    return ...


# %%
# The check: run it, and it says what is wrong.


def check(slope):
    """Return what is wrong with a slope, or that it is right."""
    result = slope(lambda a: a**2, 2.0, 0.001)
    if result is ...:
        return "The dots are still there."
    if abs(result - 4.001) < 1e-9:
        return "Right: 4.001, and a smaller nudge comes closer to 4."
    if abs(result + 4.001) < 1e-9:
        return "The sign is wrong: subtract f at a from f at a + nudge."
    if abs(result - 0.004001) < 1e-9:
        return "That is how far f moves; divide it by the nudge."
    if abs(result - 4.001001) < 1e-3:
        return f"Close, but {result} is not the slope between a and a + nudge: where is f evaluated?"
    return f"For a**2 at 2, nudged by 0.001, the slope should be 4.001. Got {result}."


print(check(slope))
