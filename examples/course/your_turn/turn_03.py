"""Your turn: the factor."""

# %%
# Complete the line with the dots: by what factor does one step multiply
# the distance to the minimum of a parabola?


def factor(alpha, curvature):
    """Return the factor on the distance to the minimum in one step."""
    return ...


# %%
# The check: run it, and it says what is wrong.


def check(factor):
    """Return what is wrong with a factor, or that it is right."""
    if factor(0.3, 2.0) is ...:
        return "The dots are still there."
    for alpha in (0.1, 0.5, 0.9, 1.05):
        theta = 5.0  # on the parabola (theta - 2)**2, whose slope is 2 (theta - 2) and whose curvature is 2
        measured = (theta - alpha * 2 * (theta - 2) - 2) / (theta - 2)
        told = factor(alpha, 2.0)
        if abs(told - measured) < 1e-9:
            continue
        if told > 0 and abs(told + measured) < 1e-9:
            return "Keep the sign: it shows on which side of the minimum the step lands."
        if abs(told + measured) < 1e-9:
            return f"The sign is wrong at alpha = {alpha}: overshooting is a negative factor."
        if abs(told - alpha * 2.0) < 1e-9:
            return "That is the share of the distance that one step covers; what is left?"
        return f"With alpha = {alpha} and curvature 2, a step leaves {measured:g} of the distance. Got {told:g}."
    return "Right: between -1 and 1 as long as alpha is below 2 / curvature."


print(check(factor))
