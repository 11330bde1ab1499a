"""What both estimators do with their coefficients: predict, score the predictions, and export the model."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from sklearn_gd import _links
from sklearn_gd._callbacks import CallbackSupportMixin
from sklearn_gd._data.arrays import SUPPORTED, at_home
from sklearn_gd._data.door import predicted, r2_of
from sklearn_gd._data.hypothesis import Hypothesis
from sklearn_gd._data.validation import hand_on_features
from sklearn_gd._scikit_learn import Estimator, FittedLinearRegression, Regressor, Tags, check_given
from sklearn_gd._typing import Matrix


class Predictor(CallbackSupportMixin, Regressor, Estimator):
    """A linear regression with `fit_intercept` and `precompute`, whose fit sets `coef_` and `intercept_`.

    Type checkers want the attributes declared in the classes that set them.
    """

    _doc_link_module, _doc_link_template = _links.MODULE, _links.TEMPLATE
    _validate_params = check_given

    def predict(self, X: Matrix) -> np.ndarray:
        """Return the hypothesis ``h(x) = theta_0 + theta_1 x_1 + ...`` for each row.

        Parameters
        ----------
        X : {array-like, sparse array, sparse matrix, Dask collection} of shape (n_samples, n_features)
            The features.

        Returns
        -------
        h : ndarray of shape (n_samples,) or (n_samples, n_targets)
            The predictions, in the unit of `y`; for a Dask collection, a Dask array that is computed lazily.
        """
        check_is_fitted(self)
        return predicted(self, X, self._hypothesis)

    def score(self, X: Matrix, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the R² of the predictions; for several targets, the mean R².

        Parameters
        ----------
        X : {array-like, sparse array, sparse matrix, Dask collection} of shape (n_samples, n_features)
            The features. Dask collections are read once.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows.

        Returns
        -------
        score : float
        """
        check_is_fitted(self)
        return r2_of(self, X, y, sample_weight, self._hypothesis)

    def to_linear_regression(self) -> FittedLinearRegression:
        """Return a fitted `sklearn.linear_model.LinearRegression` with equal predictions, independent of sklearn_gd.

        It has `coef_`, `intercept_`, `n_features_in_` and `feature_names_in_`. Calling its `fit` refits it by ordinary
        least squares.

        Returns
        -------
        model : LinearRegression

        Examples
        --------
        >>> from sklearn_gd import GDLinearRegressor
        >>> model = GDLinearRegressor().fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0])
        >>> model.to_linear_regression().predict([[3.0]]) == model.predict([[3.0]])
        array([ True])
        """
        check_is_fitted(self)
        # With standardize=True the means can make an intercept even if none was fitted.
        model = FittedLinearRegression(fit_intercept=bool(self.fit_intercept or np.any(self.intercept_)))
        # An intercept that is not fitted is a Python float, which has no shape for exporters.
        model.coef_ = np.array(at_home(self.coef_))
        model.intercept_ = np.array(at_home(self.intercept_), dtype=model.coef_.dtype)[()]
        hand_on_features(self, model)
        return model

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.multi_output = True
        tags.array_api_support = SUPPORTED and bool(self.precompute)  # row by row is done in NumPy
        return tags

    @property
    def _hypothesis(self) -> Hypothesis:
        return Hypothesis(self.coef_, self.intercept_)
