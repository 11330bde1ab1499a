"""Arrays of other namespaces: the fit is that of the same numbers in NumPy, and its coefficients are where `X` is."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.utils.estimator_checks import check_array_api_input

import sklearn_gd._data.arrays as arrays
import sklearn_gd._data.foreign as foreign
import sklearn_gd._data.reading as reading
from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV, Moments, alpha_limits, descent_path, suggest_alphas

pytestmark = pytest.mark.skipif(not arrays.SUPPORTED, reason="scikit-learn before 1.9 has no such support for others")

# torch on the processor is read as NumPy; where it is not, it goes the way of a GPU.
PLACES = ["torch", "torch as elsewhere", "array_api_strict CPU_DEVICE", "array_api_strict device1"]
# The products are those of NumPy, added up in another order, and the problems are of a condition below 1e3.
RTOL = 1e-9

rng = np.random.default_rng(0)
X = 3.0 + rng.normal(size=(300, 4)) * [1.0, 2.0, 0.5, 1.0]
Y = X @ rng.normal(size=(4, 2)) + rng.normal(size=(300, 2)) + 5.0
y = Y[:, 0]
w = rng.integers(0, 4, 300).astype(float)


class There:
    """A namespace with a device."""

    def __init__(self, name):
        namespace, _, device = name.partition(" ")
        self.xp = pytest.importorskip(namespace)
        self.device = self.xp.Device(device) if namespace == "array_api_strict" else "cpu"

    def __call__(self, *data):
        """Return arrays of NumPy there."""
        moved = [None if array is None else self.xp.asarray(array, device=self.device) for array in data]
        return moved[0] if len(moved) == 1 else moved

    def owns(self, array, dtype="float64"):
        """Return whether an array is one of this namespace, on this device, of a dtype."""
        kind = type(self(np.zeros(1)))
        same_device = array.device == self(np.zeros(1)).device
        return isinstance(array, kind) and same_device and array.dtype == getattr(self.xp, dtype)


@pytest.fixture(params=PLACES)
def there(request, monkeypatch):
    """Return what moves arrays to a place, while scikit-learn dispatches, in small blocks."""
    place = There(request.param)
    if request.param != "torch":
        monkeypatch.setattr(arrays, "in_memory", lambda array: False)
        monkeypatch.setattr(foreign, "_BLOCK_SIZE", 2**9)
        monkeypatch.setattr(foreign, "_RUN", 2**4)
    with config_context(array_api_dispatch=True):
        yield place


def home(array):
    """Return an array in NumPy."""
    return np.asarray(arrays.at_home(array))


def assert_same_fit(model, other, there):
    """Assert that a fit there is the one at home: the coefficients there, everything else in NumPy."""
    assert there.owns(model.coef_)
    if model.fit_intercept:
        assert there.owns(model.intercept_)
    assert_allclose(home(model.coef_), other.coef_, rtol=RTOL)
    assert_allclose(home(model.intercept_), other.intercept_, rtol=RTOL)
    assert model.coef_.shape == other.coef_.shape
    for costs, others in (
        (model.cost_history_, other.cost_history_),
        (model.moments_.scatter, other.moments_.scatter),
        (model.moments_.mean, other.moments_.mean),
    ):
        assert type(costs) is np.ndarray
        assert_allclose(costs, others, rtol=RTOL)
    assert model.n_iter_ == other.n_iter_
    assert str(model.diagnosis_) == str(other.diagnosis_)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("targets", [y, Y], ids=["one target", "two targets"])
@pytest.mark.parametrize("weights", [None, w], ids=["unweighted", "weighted"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"standardize": True},
        {"l2": 0.1},
        {"fit_intercept": False},
        {"early_stopping": True, "standardize": True, "random_state": 0},
        {"optimizer": "adam", "scheduler": "cosine", "standardize": True, "max_iter": 50},
    ],
    ids=str,
)
def test_fit_equals_that_at_home(there, options, targets, weights):
    """Whatever the options, a fit there is the fit of the same numbers in NumPy; early stopping holds out the same."""
    model = GDLinearRegressor(**options).fit(*there(X, targets, weights))
    other = GDLinearRegressor(**options).fit(X, targets, weights)
    assert_same_fit(model, other, there)
    if other.validation_cost_history_ is not None:
        assert type(model.validation_cost_history_) is np.ndarray
        assert_allclose(model.validation_cost_history_, other.validation_cost_history_, rtol=RTOL)
    h = model.predict(there(X))
    assert there.owns(h)
    assert_allclose(home(h), other.predict(X), rtol=RTOL)
    r2 = model.score(*there(X, targets, weights))
    assert type(r2) is float
    assert_allclose(r2, other.score(X, targets, weights), rtol=RTOL)


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.bool_, np.float32])
def test_numbers_of_any_kind(there, kind):
    """Integers and truth values are multiplied in float64, as at home; so are targets and weights of any kind."""
    A, b, v = (X > 3.0 if kind is np.bool_ else X).astype(kind), y.astype(kind), (w > 0).astype(kind)
    model = GDLinearRegressor(standardize=True).fit(*there(A, b, v))
    other = GDLinearRegressor(standardize=True).fit(A, b, v)
    dtype = "float32" if kind is np.float32 else "float64"
    assert there.owns(model.coef_, dtype)
    assert there.owns(model.predict(there(A)), dtype)
    # float32 rounds the products to 6e-8, and coefficients by their condition more.
    rtol = 1e-4 if kind is np.float32 else RTOL
    assert_allclose(home(model.coef_), other.coef_, rtol=rtol)
    assert_allclose(home(model.predict(there(A))), other.predict(A), rtol=rtol, atol=rtol * np.std(b))
    assert model.moments_.eps == other.moments_.eps
    assert there.owns(model.predict(there(X)))  # the wider dtype


def test_float32_keeps_its_digits_far_from_zero(there):
    """Products are taken about an origin: in float32, at a mean of 1e3 times the spread, digits are left."""
    A = (X + 1e3).astype(np.float32)
    scatter = Moments.of(*there(A, y)).scatter
    centred = np.column_stack([A, y]).astype(np.float64)
    centred -= centred.mean(axis=0)
    assert_allclose(scatter, centred.T @ centred, rtol=1e-5, atol=1e-5 * np.max(scatter))


@pytest.mark.parametrize("m", [3, 4096, 70_000])
def test_float32_on_a_device_is_as_exact_as_at_home(m, monkeypatch):
    """In blocks of the size that a device has, products in float32 are as near to those in float64 as at home."""
    monkeypatch.setattr(arrays, "in_memory", lambda array: False)
    random = np.random.default_rng(1)
    A, v = random.normal(size=(m, 2)).astype(np.float32), random.random(m)
    exact = Moments.of(A.astype(np.float64), A[:, 0], v).scatter
    with config_context(array_api_dispatch=True):
        moments = Moments.of(*There("torch")(A, A[:, 0], v))
    # Some 4096 roundings of 6e-8 at random in each product, as at home.
    assert_allclose(moments.scatter, exact, rtol=1e-5, atol=1e-6 * np.max(exact))
    assert_allclose(moments.weight, v.sum(), rtol=4e-6)


def test_digits_far_from_zero(there):
    """So does float64 at 1e8 times the spread."""
    A = X + 1e8
    scatter, other = Moments.of(*there(A, y, w)).scatter, Moments.of(A, y, w).scatter
    assert_allclose(scatter, other, rtol=1e-9, atol=1e-9 * np.max(other))


def test_moments_add_up_with_those_at_home(there):
    """Moments made there are NumPy's, symmetric to the last bit, and add to others."""
    a, b = Moments.of(*there(X[:100], y[:100])), Moments.of(X[100:], y[100:])
    both, whole = a + b, Moments.of(X, y)
    assert_array_equal(a.scatter, a.scatter.T)
    assert type(a.scatter) is type(a.origin) is type(a.offset) is np.ndarray
    assert_allclose(both.scatter, whole.scatter, rtol=RTOL)
    assert_allclose(both.mean, whole.mean, rtol=RTOL)
    batches = Moments.of_batches((there(X[i : i + 50]), there(y[i : i + 50])) for i in range(0, 300, 50))
    assert_allclose(batches.scatter, whole.scatter, rtol=RTOL)
    model = GDLinearRegressor(standardize=True).fit_moments(both)
    assert type(model.coef_) is np.ndarray


def test_only_moments_leave_the_device(there, monkeypatch):
    """No more numbers than those of the moments come to NumPy at once, nor in all more than of a few."""
    if arrays.in_memory(there(X)):
        pytest.skip("what is in this machine's memory has no device to leave")
    sizes, move_to = [], arrays.move_to

    def watched(array, *, xp, device):
        if xp is np:
            sizes.append(int(np.prod(array.shape)))
        return move_to(array, xp=xp, device=device)

    monkeypatch.setattr(arrays, "move_to", watched)
    GDLinearRegressor(standardize=True, early_stopping=True, random_state=0).fit(*there(X, Y, w))
    assert max(sizes) <= 7**2
    assert len(sizes) == 2 * 2  # products and origin, of training and validation rows
    GDLinearRegressorCV(standardize=True, cv=KFold(3, shuffle=True, random_state=0)).fit(*there(X, Y, w))
    assert max(sizes) <= 7**2


def test_several_chunks_and_blocks(there, monkeypatch):
    """Data of many chunks, each of many blocks, have the same moments."""
    monkeypatch.setattr(reading, "block_size", lambda n_columns: 7)
    moments, other = Moments.of(*there(X, Y, w)), Moments.of(X, Y, w)
    assert_allclose(moments.scatter, other.scatter, rtol=RTOL)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_going_on(there):
    """A warm start and chunks go on there as at home, with the history; a copy, a pickle and a clone work."""
    options = {"max_iter": 3, "tol": None, "optimizer": "momentum", "standardize": True, "warm_start": True}
    model, other = (GDLinearRegressor(**options).fit(*data) for data in (there(X, y), (X, y)))
    model = pickle.loads(pickle.dumps(model)).fit(*there(X, y))
    other.fit(X, y)
    assert model.n_iter_ == 6
    assert_same_fit(model, other, there)
    assert_same_fit(copy.deepcopy(model), other, there)
    fresh = clone(model).set_params(max_iter=500, warm_start=False).fit(X, y)
    assert type(fresh.coef_) is np.ndarray


def test_chunks(there):
    """Chunks by `partial_fit` end as at home; one of weight zero, or from another place, is one more."""
    model, other = (GDLinearRegressor(standardize=True, tol=1e-10, max_iter=5000) for _ in range(2))
    for rows in (slice(0, 100), slice(100, 250), slice(250, 300)):
        model.partial_fit(*there(X[rows], y[rows], w[rows]))
        other.partial_fit(X[rows], y[rows], w[rows])
    assert_same_fit(model, other, there)
    model.partial_fit(*there(X[:5], y[:5], np.zeros(5)))
    assert model.moments_.weight == other.moments_.weight
    model.partial_fit(X[:5], y[:5])
    assert type(model.coef_) is np.ndarray
    with pytest.raises(ValueError, match="earlier rows had one target"):
        model.partial_fit(*there(X, Y))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_initial_guess_from_anywhere(there):
    """`init` may be an array at home, or there."""
    init = np.arange(5.0)
    fits = [
        GDLinearRegressor(init=start, max_iter=2, tol=None, standardize=True).set_params(alpha=1e-9)
        for start in (init, there(init))
    ]
    for model in fits:
        model.fit(*there(X, y))
    assert_array_equal(home(fits[0].coef_), home(fits[1].coef_))
    assert_allclose(home(fits[0].coef_) * X.std(axis=0), init[1:], rtol=1e-6)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize(
    "cv", [4, KFold(3, shuffle=True, random_state=0), [(np.arange(100), np.arange(50, 300)), ([1, 2, 3], [4, 5, 6])]]
)
def test_search_equals_that_at_home(there, cv, early_stopping):
    """Grid, scores, choice and fit of a search are those at home, whatever the splits."""
    options = {"cv": cv, "alphas": 4, "standardize": True, "early_stopping": early_stopping, "l2": [0.0, 0.1]}
    options["init"] = there(np.ones(5))
    model = GDLinearRegressorCV(**options).fit(*there(X, y, w))
    other = GDLinearRegressorCV(**options).fit(X, y, w)
    for name in ("alphas_", "scores_", "score_path_", "cost_history_"):
        if getattr(other, name) is not None:
            assert type(getattr(model, name)) is np.ndarray
            assert_allclose(getattr(model, name), getattr(other, name), rtol=RTOL)
    assert_allclose(model.alpha_, other.alpha_, rtol=RTOL)
    assert_same_fit(model, other, there)
    assert there.owns(model.predict(there(X)))
    assert_allclose(model.score(*there(X, y)), other.score(X, y), rtol=RTOL)
    with pytest.raises(ValueError, match=r"GDLinearRegressorCV.predict\(\) must use the same namespace"):
        model.predict(X)


def test_functions_on_data(there):
    """Limits, grids and paths are NumPy's, and those at home."""
    limits, other = alpha_limits(there(X), there(y)), alpha_limits(X, y)
    assert_allclose(limits.alpha_limit, other.alpha_limit, rtol=RTOL)
    assert_allclose(limits.n_iter_needed, other.n_iter_needed, rtol=1e-3)
    assert_allclose(suggest_alphas(there(X)), suggest_alphas(X), rtol=RTOL)
    path = descent_path(*there(X, y), [0.01], max_iter=5)
    assert_allclose(path.coefs, descent_path(X, y, [0.01], max_iter=5).coefs, rtol=RTOL)


def test_everything_follows_the_features(there):
    """Targets and weights may be elsewhere, or lists; they are moved to `X`, also to one in NumPy."""
    other = GDLinearRegressor(standardize=True).fit(X, y, w)
    A, b, v = there(X, y, w)
    for targets, weights in ((y, w), (y.tolist(), w.tolist()), (b, w), (y, v)):
        model = GDLinearRegressor(standardize=True).fit(A, targets, weights)
        assert_same_fit(model, other, there)
        assert_allclose(model.score(A, y, w), other.score(X, y, w), rtol=RTOL)
    assert_same_fit(
        GDLinearRegressor(standardize=True).fit(A, b, 2.0), GDLinearRegressor(standardize=True).fit(X, y, 2.0), there
    )
    at_home = GDLinearRegressor(standardize=True).fit(X, b, v)
    assert type(at_home.coef_) is np.ndarray
    assert_allclose(at_home.coef_, other.coef_, rtol=RTOL)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_none(there, bad):
    """NaN and infinity are refused in scikit-learn's words, and the estimator stays as it was."""
    model = GDLinearRegressor(standardize=True).fit(*there(X, y))
    before = vars(model).copy()
    words = "NaN" if np.isnan(bad) else "infinity"
    for place in range(3):
        data = [X.copy(), y.copy(), w.copy()]
        data[place][(7,) * data[place].ndim if place else (7, 1)] = bad
        with pytest.raises(ValueError, match=f"Input .* contains {words}"):
            model.fit(*there(*data))
    with pytest.raises(ValueError, match=f"Input X contains {words}"):
        model.predict(there(np.where(X > 3.0, bad, X)))
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is before[name] for name in before)


def test_bad_data(there):
    """Shapes, weights and squares that are too large are refused as at home."""
    model = GDLinearRegressor()
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.fit(*there(X, y[:9]))
    with pytest.raises(ValueError, match=r"weights are zero|non-zero"):
        model.fit(*there(X, y, 0.0 * w))
    with pytest.raises(ValueError, match="Negative values"):
        model.fit(*there(X, y, -w))
    with pytest.raises(ValueError, match="overflow"):
        model.fit(*there(1e200 * X, y))
    with pytest.raises(ValueError, match="Complex data not supported"):
        model.fit(*there(X + 1j, y))


def test_what_goes_row_by_row_is_refused(there):
    """Without moments a descent needs the rows, which stay where they are; the error says what to do.

    So do those in this machine's memory: what runs here runs on a GPU.
    """
    with pytest.raises(ValueError, match=r"precompute=False .* convert the data to NumPy"):
        alpha_limits(there(X), precompute=False)
    for estimator in (GDLinearRegressor, GDLinearRegressorCV):
        with pytest.raises(ValueError, match=r"precompute=False .* convert the data to NumPy"):
            estimator(precompute=False).fit(*there(X, y))
        wide = np.random.default_rng(0).normal(size=(30, 600))
        with pytest.raises(ValueError, match=r"600 features and 30 rows.* convert the data to NumPy"):
            estimator().fit(*there(wide, y[:30]))
    options = {"precompute": True, "max_iter": 20, "tol": None}
    model, other = (GDLinearRegressor(**options).fit(*data) for data in (there(wide, y[:30]), (wide, y[:30])))
    assert_allclose(home(model.coef_), other.coef_, rtol=RTOL, atol=1e-12)


def test_predictions_elsewhere_are_refused(there):
    """Features from elsewhere than those of the fit are refused, in scikit-learn's words; its remedy works."""
    from sklearn.utils._array_api import move_estimator_to

    model = GDLinearRegressor(standardize=True).fit(*there(X, y))
    with pytest.raises(ValueError, match=r"GDLinearRegressor.predict\(\) must use the same namespace"):
        model.predict(X)
    moved = move_estimator_to(model, np, "cpu")
    assert_allclose(moved.predict(X), home(model.predict(there(X))), rtol=RTOL)
    moved.partial_fit(X, y)
    assert type(moved.cost_history_) is np.ndarray


def test_without_dispatch():
    """Where scikit-learn does not dispatch, torch on the processor becomes NumPy, also after a fit that was."""
    there = There("torch")
    model = GDLinearRegressor(standardize=True).fit(*there(X, y, w))
    assert type(model.coef_) is np.ndarray
    with config_context(array_api_dispatch=True):
        model = GDLinearRegressor(standardize=True).fit(*there(X, y, w))
    assert type(model.predict(there(X))) is np.ndarray
    assert_allclose(model.predict(X), home(model.predict(X)), rtol=RTOL)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_callbacks(there):
    """A callback sees a fit whose coefficients are there too, and is told of the chunks that are read."""

    class Watcher:
        models = ()

        def setup(self, estimator, context):
            """Do nothing."""

        teardown = on_fit_task_begin = setup

        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            """Keep the model."""
            self.models = (*self.models, fitted_estimator)

    for model in (GDLinearRegressor(max_iter=3), GDLinearRegressorCV(alphas=2)):
        watcher = Watcher()
        model.set_callbacks(watcher).fit(*there(X, y))
        assert len(watcher.models) >= 3
        seen = [one for one in watcher.models if one is not None]
        assert seen
        assert all(there.owns(one.predict(there(X))) for one in seen)


def test_numpy_asks_no_one(monkeypatch):
    """Arrays of NumPy are not asked for their namespace, be it dispatched or not."""
    for name in ("get_namespace_and_device", "move_to", "_max_precision_float_dtype"):
        monkeypatch.setattr(arrays, name, None)
    for dispatch in (False, True):
        with config_context(array_api_dispatch=dispatch):
            GDLinearRegressor(standardize=True, early_stopping=True).fit(X, y, w).predict(X)
            GDLinearRegressorCV(standardize=True).fit(X, y, w).predict(X)


def test_grid_search(there):
    """scikit-learn's own search over ours takes them too, where its own splitting does."""
    if there.xp.__name__ == "array_api_strict":
        pytest.skip("scikit-learn's GridSearchCV indexes arrays by NumPy's integers, which array-api-strict refuses")
    search = GridSearchCV(GDLinearRegressor(standardize=True), {"l2": [0.0, 0.1]}).fit(*there(X, y))
    other = GridSearchCV(GDLinearRegressor(standardize=True), {"l2": [0.0, 0.1]}).fit(X, y)
    assert_allclose(search.cv_results_["mean_test_score"], other.cv_results_["mean_test_score"], rtol=RTOL)


def test_representation(there):
    """A fit there prints, and has its HTML."""
    model = GDLinearRegressor(standardize=True).fit(*there(X, y))
    assert "GDLinearRegressor" in repr(model)
    assert "<" in model._repr_html_()


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
def test_half_precision_of_torch(kind):
    """Numbers of half precision are multiplied in float64."""
    there = There("torch")
    A = there(X).to(getattr(there.xp, kind))
    with config_context(array_api_dispatch=True):
        model = GDLinearRegressor(standardize=True).fit(A, there(y))
        h = model.predict(A)
    other = GDLinearRegressor(standardize=True).fit(A.double().numpy(), y)
    assert there.owns(model.coef_)
    assert_allclose(home(model.coef_), other.coef_, rtol=RTOL)
    assert_allclose(home(h), other.predict(A.double().numpy()), rtol=RTOL)


@pytest.mark.filterwarnings("ignore:torch.asarray:UserWarning")
def test_gradients_of_torch_are_refused():
    """A tensor that records its gradient is refused, in torch's words, with the remedy."""
    there = There("torch")
    A, b = there(X, y)
    A.requires_grad_(True)
    with config_context(array_api_dispatch=True), pytest.raises((BufferError, RuntimeError), match="detach"):
        GDLinearRegressor().fit(A, b)


@pytest.mark.parametrize("estimator", [GDLinearRegressor(standardize=True), GDLinearRegressorCV(standardize=True)])
@pytest.mark.parametrize(
    ("namespace", "device", "dtype"),
    [
        ("numpy", None, "float64"),
        ("array_api_strict", "CPU_DEVICE", "float64"),
        ("array_api_strict", "device1", "float32"),
        ("torch", "cpu", "float64"),
        ("torch", "cpu", "float32"),
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_values_by_scikit_learns_check(estimator, namespace, device, dtype):
    """scikit-learn's check that also compares the values passes, with and without weights."""
    pytest.importorskip(namespace)
    for weighted in (False, True):
        name = type(estimator).__name__
        check_array_api_input(
            name, estimator, namespace, device, dtype, check_values=True, check_sample_weight=weighted
        )


@pytest.mark.parametrize("dispatch", [False, True])
def test_arrows_are_no_namespace(dispatch):
    """Arrays of pyarrow, which also export themselves, are targets and weights as before."""
    pa = pytest.importorskip("pyarrow")
    with config_context(array_api_dispatch=dispatch):
        model = GDLinearRegressor(standardize=True).fit(X, pa.array(y), pa.array(w))
    assert_array_equal(model.coef_, GDLinearRegressor(standardize=True).fit(X, y, w).coef_)


def test_older_scikit_learn_is_told(monkeypatch):
    """Where scikit-learn has no such support, the error names the version that has."""
    monkeypatch.setattr(arrays, "SUPPORTED", False)
    with config_context(array_api_dispatch=True), pytest.raises(TypeError, match=r"1.9 or newer; convert the data"):
        GDLinearRegressor().fit(*There("torch")(X, y))
