"""Any cost function: a function with two minima, where the start decides which one the descent finds."""

from sklearn_gd import gradient_descent


def two_valleys(x):
    """Return the height of a landscape with two valleys."""
    return (x[0] ** 2 - 1) ** 2 + 0.3 * x[0]


print("f(x) = (x**2 - 1)**2 + 0.3 x, x := x - alpha * f'(x), alpha = 0.02\n")
for x0 in (-2.0, 2.0):
    result = gradient_descent(two_valleys, x0, alpha=0.02)
    for t in (0, 1, 2, 5, 10, result.nit):
        print(f"{t:4d}  x = {result.path[t, 0]:6.3f}  f(x) = {result.cost_history[t]:6.3f}")
    print(f"{result.message}\n")
print("Both are minima, with zero slope; only the left one is the lowest point.")
