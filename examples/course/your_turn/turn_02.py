"""Your turn: one step."""

# %%
# Complete the line with the dots: one step of gradient descent.


def step(theta, slope, alpha):
    """Return theta after one step against the slope."""
    return ...


# %%
# The check: run it, and it says what is wrong.


def check(step):
    """Return what is wrong with a step, or that it is right."""
    right, left, still = step(5.0, 6.0, 0.2), step(-1.0, -6.0, 0.2), step(2.0, 0.0, 0.2)
    if right is ...:
        return "The dots are still there."
    if abs(right - 6.2) < 1e-9:
        return "It goes uphill: the slope is positive at 5, so theta should become smaller."
    if abs(right + 1.0) < 1e-9:
        return "The step is the whole slope; multiply it by alpha."
    if abs(right - 3.8) < 1e-9 and abs(left - 0.2) < 1e-9 and still == 2.0:
        return "Right: to the left, to the right, and not at all."
    if abs(right - 3.8) < 1e-9 and abs(left + 2.2) < 1e-9:
        return "With a negative slope it goes the wrong way: subtracting a negative number increases theta."
    return f"From 5, with slope 6 and alpha 0.2, the step should lead to 3.8. Got {right}."


print(check(step))
