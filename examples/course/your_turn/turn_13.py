"""Your turn: rows that played no part in the fit."""

import numpy as np

# %%
# Complete the line with the dots: use the means and standard deviations
# of the training rows only.


def scaled(X_train, X_test):
    """Return both parts, scaled by the training rows."""
    return ..., ...


# %%
# The check: run it, and it says what is wrong.


def check(scaled):
    """Return what is wrong with the scaling, or that it is right."""
    X_train, X_test = np.array([[1.0], [2.0], [3.0]]), np.array([[10.0], [20.0]])
    train, test = scaled(X_train, X_test)
    if train is ... or test is ...:
        return "The dots are still there."
    if abs(np.mean(train)) > 1e-9 or abs(np.std(train) - 1) > 1e-9:
        if np.allclose(train, X_train - 2):
            return "The mean is subtracted; now divide by the standard deviation."
        return "The training rows should have mean 0 and standard deviation 1: have you used the test rows?"
    if abs(np.mean(test)) < 1e-9:
        return (
            "The test rows are scaled by their own mean, which a single new row does not have: use the training rows."
        )
    if np.allclose(test, (X_test - 2) / np.std(X_train)):
        return "Right: the test rows are far from the training rows, and it shows."
    right = (10 - 2) / np.std(X_train)
    return f"The first test row should be {right:.3f} standard deviations above the mean. Got {test[0, 0]:.3f}."


print(check(scaled))
