"""`gradient_descent` on any cost function, by itself and as a method of SciPy."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import OptimizeResult, minimize, rosen, rosen_der
from sklearn.linear_model import HuberRegressor

from sklearn_gd import GDLinearRegressor, gradient_descent, optimizers
from sklearn_gd.optimizers import OPTIMIZERS
from sklearn_gd.schedulers import SCHEDULERS


def square(a):
    """Return ``a**2``, the function of the slides."""
    return a**2


def two_valleys(x):
    """Return ``x**4 - 2 x**2 + x / 4``, which has a minimum on either side of zero."""
    return x[0] ** 4 - 2 * x[0] ** 2 + x[0] / 4


class TestGradient:
    """Where it comes from."""

    @pytest.mark.parametrize(("a", "slope"), [(2.0, 4.0), (5.0, 10.0), (-3.0, -6.0), (0.0, 0.0), (1e6, 2e6)])
    def test_the_nudge_of_the_textbook(self, a, slope):
        """The slope of ``a**2`` is 4 at 2 and 10 at 5. A central difference is exact for it, but for rounding."""
        result = gradient_descent(square, a, alpha=1e-300, max_iter=1)
        assert_allclose(result.jac, slope, rtol=1e-9, atol=1e-9)

    def test_three_ways(self):
        """Numerically, as a function, and returned by the function itself."""
        options = {"alpha": 1e-3, "max_iter": 200, "tol": None}
        numerical = gradient_descent(rosen, [-1.0, 1.5], **options)
        given = gradient_descent(rosen, [-1.0, 1.5], jac=rosen_der, **options)
        together = gradient_descent(lambda x: (rosen(x), rosen_der(x)), [-1.0, 1.5], jac=True, **options)
        assert_array_equal(given.path, together.path)
        # The difference is exact to 1e-10 of the slopes; the valley is stable, and does not amplify it much.
        assert_allclose(numerical.path, given.path, rtol=1e-6)
        assert (given.nfev, given.njev) == (together.nfev, together.njev) == (201, 201)
        assert (numerical.nfev, numerical.njev) == (201 * 7, 0)

    def test_args(self):
        """Further arguments reach the function and its gradient."""
        result = gradient_descent(
            lambda x, a, b: a * (x[0] - b) ** 2, 0.0, (3.0, 5.0), jac=lambda x, a, b: [2 * a * (x[0] - b)], alpha=0.1
        )
        assert_allclose(result.x, 5.0, atol=1e-3)
        assert_allclose(gradient_descent(lambda x, b: (x[0] - b) ** 2, 0.0, 5.0, alpha=0.1).x, 5.0, atol=1e-3)


class TestDescent:
    """What the iterates do."""

    def test_the_start_is_the_users(self):
        """The path keeps where it began when the user's array changes afterwards."""
        x0 = np.array([3.0])
        result = gradient_descent(square, x0, alpha=0.1, max_iter=2)
        x0[0] = 7.0
        assert_array_equal(result.path[0], [3.0])

    def test_the_iterates_of_the_slides(self):
        """``a := a - alpha * 2 a`` shrinks by the same factor every time."""
        result = gradient_descent(square, 2.0, jac=lambda a: 2 * a, alpha=0.1, max_iter=50, tol=None)
        assert_allclose(result.path[:, 0], 2 * 0.8 ** np.arange(51), rtol=1e-12)
        assert_allclose(result.cost_history, result.path[:, 0] ** 2, rtol=1e-12)
        assert result.x == result.path[-1]
        assert result.fun == result.cost_history[-1]
        assert result.nit == 50

    @pytest.mark.parametrize("optimizer", OPTIMIZERS)
    @pytest.mark.parametrize("scheduler", ["constant", "cosine"])
    @pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
    def test_is_the_regressors_loop(self, diabetes, optimizer, scheduler):
        """On the least-squares cost the iterates are those of GDLinearRegressor."""
        X, y = diabetes
        Z = np.column_stack([np.ones(len(X)), X])

        def cost(theta):
            r = Z @ theta - y
            return r @ r / (2 * len(y)), Z.T @ r / len(y)

        options = {"alpha": 0.03, "optimizer": optimizer, "scheduler": scheduler, "max_iter": 100, "tol": None}
        result = gradient_descent(cost, np.zeros(11), jac=True, **options)
        model = GDLinearRegressor(precompute=False, **options).fit(X, y)
        assert_allclose(result.cost_history, model.cost_history_, rtol=1e-10)
        assert_allclose(result.x[1:], model.coef_, rtol=1e-9)

    @pytest.mark.parametrize(("start", "minimum"), [(1.5, 0.967), (0.2, 0.967), (-0.2, -1.03), (-1.7, -1.03)])
    def test_the_minimum_below_the_start(self, start, minimum):
        """Of two valleys it ends in the one where it begins."""
        result = gradient_descent(two_valleys, start, alpha=0.02, tol=1e-6)
        assert result.success
        assert_allclose(result.x, minimum, atol=1e-3)
        assert np.all(np.diff(result.cost_history) <= 0)

    @pytest.mark.parametrize("optimizer", OPTIMIZERS)
    @pytest.mark.parametrize("jac", [None, lambda a: 2 * a])
    def test_an_optimum_stays(self, optimizer, jac):
        """A start at an optimum ends there."""
        result = gradient_descent(
            square,
            [
                0.0,
            ],
            jac=jac,
            alpha=0.1,
            optimizer=optimizer,
        )
        assert result.success
        assert result.status == 0
        assert_array_equal(result.x, [0.0])
        assert result.nit == 1

    @pytest.mark.parametrize("scheduler", SCHEDULERS)
    def test_schedulers(self, scheduler):
        """Every schedule ends near the minimum of a parabola."""
        result = gradient_descent(
            lambda x: np.sum((x - 1) ** 2), np.zeros(3), alpha=0.3, scheduler=scheduler, max_iter=200, tol=None
        )
        assert_allclose(result.x, 1.0, atol=1e-3)

    def test_not_only_least_squares(self, diabetes):
        """Huber's regression by descent is scikit-learn's, at its scale."""
        X, y = diabetes
        reference = HuberRegressor(alpha=0.0, max_iter=1000, tol=1e-8).fit(X, y)
        bound = reference.epsilon * reference.scale_

        def huber(theta):
            r = X @ theta[1:] + theta[0] - y
            slope = np.clip(r, -bound, bound)
            cost = np.mean(slope * r - slope**2 / 2)
            return cost, np.append(slope.mean(), X.T @ slope / len(y))

        start = np.append(y.mean(), np.zeros(10))
        result = gradient_descent(huber, start, jac=True, alpha=0.2, optimizer="momentum", max_iter=20_000, tol=1e-7)
        assert result.success
        assert_allclose(result.x[1:], reference.coef_, atol=1e-2)


class TestEnds:
    """Every end has its status, and says what to do."""

    @pytest.mark.parametrize("alpha", [1.5, 1e10, 1e300])
    @pytest.mark.parametrize("fun", [square, lambda x: float(x[0]) ** 2, lambda x: math.exp(abs(x[0]))])
    def test_divergence(self, alpha, fun):
        """The numbers run away, in NumPy or in Python's floats: the best iterate is returned, and all is finite."""
        result = gradient_descent(fun, 2.0, alpha=alpha)
        assert not result.success
        assert result.status == 2
        assert np.isfinite(result.x).all()
        assert np.isfinite(result.fun)
        assert result.fun == result.cost_history.min()
        assert f"alpha={alpha:.3g} is too large" in result.message
        assert "x is the best iterate, number 0." in result.message

    def test_ends_above_its_start(self):
        """A rise that does not overflow is a divergence too."""
        result = gradient_descent(square, 2.0, alpha=1.01, max_iter=5)
        assert (result.status, result.success) == (2, False)
        assert result.x == 2.0

    def test_rounding_is_no_rise(self):
        """At a minimum the numerical gradient may move by rounding, upwards; that is no divergence."""
        for tol in (1e-4, None):
            result = gradient_descent(rosen, [1.0, 1.0], alpha=1e-3, tol=tol, max_iter=50)
            assert result.status != 2
            assert_allclose(result.x, 1.0, atol=1e-9)

    def test_max_iter(self):
        """Running out of iterations is no success."""
        result = gradient_descent(square, 2.0, alpha=0.01, max_iter=10)
        assert (result.status, result.success, result.nit) == (1, False, 10)
        assert result.message == (
            "The descent ran out of max_iter=10 iterations while a variable still moved by more than tol=0.0001."
        )
        result = gradient_descent(square, 2.0, alpha=0.01, max_iter=10, tol=None)
        assert result.message == "The descent ran out of max_iter=10 iterations."

    def test_converged(self):
        """The stop rule near a minimum is success."""
        result = gradient_descent(square, 2.0, alpha=0.1)
        assert (result.status, result.success) == (0, True)
        assert result.message == (
            f"The descent converged: at iteration {result.nit} no variable moved by more than tol=0.0001."
        )

    def test_a_small_rate_is_not_convergence(self):
        """One short step fires the rule; the curvature tells a rate that arrives."""
        result = gradient_descent(square, 2.0, alpha=1e-6)
        assert (result.status, result.success, result.nit) == (3, False, 1)
        assert "the best step along the gradient would move one of them by 2: alpha=1e-06" in result.message
        assert "is too small; try alpha=0.5." in result.message
        assert gradient_descent(square, 2.0, alpha=0.5).nit == 2

    @pytest.mark.parametrize(("start", "minimum"), [(0.0, 1.0), (1e-9, 1.0), (1e12, 2e12), (-1e12, 1e12)])
    def test_a_small_rate_anywhere(self, start, minimum):
        """The step of the differences that tell it suits numbers of any size, 0 included."""
        result = gradient_descent(
            lambda x: (x[0] - minimum) ** 2, start, jac=lambda x: 2.0 * (x - minimum), alpha=1e-9, tol=1e-4 * minimum
        )
        assert (result.status, result.nit) == (3, 1)
        assert "is too small; try alpha=0.5." in result.message

    def test_the_rate_it_suggests_is_safe(self):
        """In several dimensions it is the inverse of the largest curvature, not of that along the gradient."""

        def bowl(x):
            return (x[0] ** 2 + 100 * x[1] ** 2 + 1e-2 * x[2] ** 2) / 2

        start = [1.0, 1e-3, 50.0]
        result = gradient_descent(bowl, start, alpha=1e-5)
        assert result.status == 3
        assert "try alpha=0.01." in result.message
        assert gradient_descent(bowl, start, alpha=0.01, max_iter=10).cost_history[-1] < bowl(start)

    def test_a_flat_valley_is_not_convergence(self):
        """Where the rate is as large as it may be, the tolerance is too large."""
        result = gradient_descent(rosen, [-1.0, 1.5], jac=rosen_der, alpha=1e-3, max_iter=50_000)
        assert result.status == 3
        assert "lower tol, or set it to None, or use an optimizer with momentum." in result.message
        result = gradient_descent(square, 2.0, alpha=0.1, optimizer="rprop")  # rests at its first turn
        assert result.status == 3
        assert result.message.endswith("lower tol, or set it to None.")

    def test_a_maximum_is_not_convergence(self):
        """Close to a maximum the gradient is small; the curvature tells."""
        result = gradient_descent(lambda x: math.cos(x[0]), 1e-5, alpha=0.1)
        assert (result.status, result.success) == (3, False)
        assert "does not curve upwards along its gradient, so this is not a minimum." in result.message

    @pytest.mark.parametrize("jac", [None, lambda x: -np.exp(x)])
    def test_minus_infinity_is_no_minimum(self, jac):
        """A function that falls beyond the numbers has diverged, and the last finite place is returned."""
        with np.errstate(over="ignore"):
            result = gradient_descent(lambda x: -float(np.exp(x[0])), 2.0, jac=jac, alpha=0.1)
        assert (result.status, result.success) == (2, False)
        assert np.isfinite(result.x).all()
        assert np.isfinite(result.fun)
        assert result.fun == result.cost_history.min()
        assert "The function overflowed by iteration" in result.message

    def test_a_place_beyond_the_numbers(self):
        """Where the step itself overflows, a finite function value there does not count."""
        result = gradient_descent(lambda x: 1 / (1 + x[0] ** 2), 2.0, jac=lambda x: [-1e300], alpha=1e300)
        assert result.status == 2
        assert_array_equal(result.x, [2.0])

    @pytest.mark.parametrize("with_value", [False, True])
    def test_the_gradient_is_lost(self, with_value):
        """A gradient that stops being finite where the function goes on is said as such; alpha is not to blame."""

        def slope(x):
            return np.array([2 * x[0] if x[0] > 1.3 else np.nan])

        fun, jac = (lambda x: (x[0] ** 2, slope(x)), True) if with_value else (square, slope)
        result = gradient_descent(fun, 2.0, jac=jac, alpha=0.1)
        assert (result.status, result.success, result.nit) == (4, False, 2)
        assert_allclose(result.x, 1.28)
        assert_allclose(result.path[:, 0], [2.0, 1.6, 1.28])
        assert result.message == (
            "The gradient was not finite at iteration 2, although the function was; x is the best iterate, number 2."
        )

    @pytest.mark.parametrize("max_iter", [1, 50])
    @pytest.mark.parametrize("tol", [None, 1.0])
    def test_the_gradient_is_lost_at_the_end(self, max_iter, tol):
        """It is said also where the descent would have ended there anyway."""

        def jac(x):
            return [4.0 if x[0] == 2.0 else np.nan]

        result = gradient_descent(square, 2.0, jac=jac, alpha=0.1, max_iter=max_iter, tol=tol)
        assert (result.status, result.nit) == (4, 1)

    def test_beyond_the_domain(self):
        """A function that is NaN somewhere ends the descent at the last place where it was not."""
        result = gradient_descent(lambda x: x[0] - np.log(x[0]), 0.01, alpha=5.0)
        assert result.status == 2
        assert result.x == 0.01 or result.x > 0


class TestCallback:
    """SciPy's two kinds of callback."""

    def test_of_x(self):
        """It sees every iterate but the initial guess, as a copy."""
        seen = []
        result = gradient_descent(square, 2.0, alpha=0.1, max_iter=5, tol=None, callback=seen.append)
        assert_array_equal(seen, result.path[1:])
        seen[0][:] = 99.0
        assert 99.0 not in result.path

    def test_of_the_intermediate_result(self):
        """A callback whose parameter is called so gets value and place, which is a copy too."""
        seen = []

        def callback(intermediate_result):
            seen.append(intermediate_result)

        result = gradient_descent(square, 2.0, alpha=0.1, max_iter=5, tol=None, callback=callback)
        assert_array_equal([step.fun for step in seen], result.cost_history[1:])
        assert_array_equal([step.x for step in seen], result.path[1:])
        seen[0].x[:] = 99.0
        assert 99.0 not in result.path

    def test_stop_iteration(self):
        """StopIteration ends the descent, with the iterates up to there."""

        def callback(x):
            if x < 1.0:
                raise StopIteration

        result = gradient_descent(square, 2.0, alpha=0.1, callback=callback)
        assert (result.status, result.success) == (99, False)
        assert result.path[-2] >= 1.0 > result.x
        assert result.message == f"The callback stopped the descent at iteration {result.nit}."


class TestSciPy:
    """A method of `scipy.optimize.minimize`."""

    @pytest.mark.parametrize("jac", [None, rosen_der, True])
    def test_minimize(self, jac):
        """It takes the same steps as by itself, whatever SciPy makes of the gradient."""
        fun = (lambda x: (rosen(x), rosen_der(x))) if jac is True else rosen
        options = {"alpha": 1e-3, "optimizer": "momentum", "max_iter": 300}
        result = minimize(fun, [-1.0, 1.5], jac=jac, method=gradient_descent, tol=1e-8, options=options)
        expected = gradient_descent(fun, [-1.0, 1.5], jac=jac, tol=1e-8, **options)
        assert isinstance(result, OptimizeResult)
        assert_array_equal(result.path, expected.path)

    def test_args_and_callback(self):
        """They arrive."""
        seen = []
        result = minimize(
            lambda x, b: (x[0] - b) ** 2,
            0.0,
            args=(2.0,),
            method=gradient_descent,
            callback=seen.append,
            options={"alpha": 0.2, "optimizer": optimizers.Nesterov(beta=0.5)},
        )
        assert_allclose(result.x, 2.0, atol=1e-3)
        assert len(seen) == result.nit

    def test_scipys_words(self, capsys):
        """`maxiter` and `disp` are understood, here as in `minimize`."""
        options = {"alpha": 0.1, "maxiter": 5, "disp": True}
        result = minimize(square, 2.0, method=gradient_descent, options=options)
        assert (result.status, result.nit) == (1, 5)
        assert capsys.readouterr().out == f"{result.message}\n    fun={result.fun:g}, nit=5, nfev=30, njev=0\n"
        assert_array_equal(result.path, gradient_descent(square, 2.0, alpha=0.1, max_iter=5).path)
        assert capsys.readouterr().out == ""

    def test_no_bounds(self):
        """What would change the problem is refused, not ignored."""
        for name, value in (("bounds", [(0, 1)]), ("constraints", {"type": "eq", "fun": lambda x: x[0]})):
            with pytest.raises(ValueError, match=f"gradient_descent does not support {name}"):
                minimize(square, 2.0, method=gradient_descent, options={"alpha": 0.1}, **{name: value})

    def test_hessians_are_not_needed(self):
        """Second derivatives change nothing."""
        result = minimize(rosen, [1.0, 1.0], hess=lambda x: np.eye(2), method=gradient_descent, options={"alpha": 1e-3})
        assert result.success


class TestBadInput:
    """Wrong values are named."""

    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"alpha": 0.0}, ValueError, "alpha == 0.0, must be > 0"),
            ({"alpha": "auto"}, TypeError, "alpha must be an instance of"),
            ({"alpha": 0.1, "max_iter": 0}, ValueError, "max_iter == 0"),
            ({"alpha": 0.1, "tol": -1.0}, ValueError, "tol == -1.0"),
            ({"alpha": 0.1, "jac": "2-point"}, ValueError, "jac must be a callable, True or None. Got '2-point'"),
            (
                {"alpha": 0.1, "jac": lambda x: [1.0, 2.0]},
                ValueError,
                r"The gradient must have the shape of x, \(1,\)\. Got \(2,\)",
            ),
            ({"alpha": 0.1, "optimizer": "adma"}, ValueError, "'optimizer' parameter of gradient_descent.*'adam'"),
            ({"alpha": 0.1, "optimizer": optimizers.Adam}, TypeError, "Adam is a class"),
            ({"alpha": 0.1, "scheduler": 0.5}, ValueError, "'scheduler' parameter of gradient_descent"),
            ({"alpha": 0.1, "optimizer": optimizers.Momentum(beta=2)}, ValueError, "'beta' parameter of Momentum"),
            ({"alpha": 0.1, "maxiter": 0}, ValueError, "max_iter == 0"),
            ({"alpha": 0.1, "gamma": 5}, TypeError, "no option gamma; its options are alpha, args, callback"),
            ({"alpha": 0.1, "max_its": 5}, TypeError, "gradient_descent has no option max_its; did you mean max_iter?"),
            ({}, TypeError, "needs alpha, the learning rate, which has no default: start with a small one"),
        ],
        ids=lambda value: ", ".join(value) or "none" if isinstance(value, dict) else None,
    )
    def test_options(self, options, error, message):
        """The value and the rule."""
        with pytest.raises(error, match=message):
            gradient_descent(square, 2.0, **options)

    @pytest.mark.parametrize("x0", [np.nan, [[1.0, 2.0]], [np.inf, 0.0], []])
    def test_x0(self, x0):
        """The start is a vector of finite numbers."""
        with pytest.raises(ValueError, match="x0 must be a number or a one-dimensional array of finite numbers"):
            gradient_descent(lambda x: 0.0, x0, alpha=0.1)

    @pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
    def test_a_start_that_is_not_finite(self, value):
        """Function and gradient are finite where the descent begins; which one is not, is named."""
        with pytest.raises(ValueError, match=r"The function is -?(inf|nan) at x0=2\.0; start where it is finite"):
            gradient_descent(lambda x: value, 2.0, alpha=0.1)
        with pytest.raises(ValueError, match=r"The gradient is \[-?(inf|nan)\] at x0=2\.0; start where it is finite"):
            gradient_descent(square, 2.0, jac=lambda x: [value], alpha=0.1)

    @pytest.mark.parametrize("value", [np.zeros(2), None, "1.0", 1j])
    def test_fun(self, value):
        """The function returns a number."""
        with pytest.raises(ValueError, match=r"fun must return a real number\. Got"):
            gradient_descent(lambda x: value, [1.0, 2.0], alpha=0.1)
        with pytest.raises(TypeError, match="fun must be callable"):
            gradient_descent(3.0, 1.0, alpha=0.1)

    def test_the_function_may_write(self):
        """A function that changes its argument does not change the descent."""

        def rude(x):
            value = float(x[0] ** 2)
            x[:] = 99.0
            return value

        assert_allclose(gradient_descent(rude, 2.0, alpha=0.1).path[:2, 0], [2.0, 1.6], rtol=1e-9)

    @pytest.mark.parametrize("jac", [None, True, "apart"])
    def test_they_may_all_write(self, jac):
        """Whether the gradient comes along, apart or by differences: who writes to the place changes no iterate."""

        def rude(x):
            value = float(x @ x)
            x *= 3.0
            return (value, 2.0 * x / 3.0) if jac is True else value

        def slope(x):
            gradient = 2.0 * x
            x[:] = np.nan
            return gradient

        result = gradient_descent(rude, [2.0, -1.0], jac=slope if jac == "apart" else jac, alpha=0.1, max_iter=3)
        assert_allclose(result.path, [2.0, -1.0] * 0.8 ** np.arange(4.0)[:, np.newaxis], rtol=1e-8)

    def test_they_may_return_the_same_array(self):
        """A gradient that is written into one array each time, or is the place itself, is read when it is returned."""
        buffer = np.empty(2)
        for jac in (lambda x: np.multiply(2.0, x, out=buffer), lambda x: np.multiply(2.0, x, out=x)):
            result = gradient_descent(
                lambda x: x @ x, [2.0, -1.0], jac=jac, alpha=0.1, optimizer="momentum", max_iter=9
            )
            expected = gradient_descent(
                lambda x: x @ x, [2.0, -1.0], jac=lambda x: 2 * x, alpha=0.1, optimizer="momentum", max_iter=9
            )
            assert_array_equal(result.path, expected.path)
            assert_array_equal(result.jac, 2.0 * result.x)
