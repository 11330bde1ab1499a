"""Rows in Dask collections, which are read in blocks where they are stored."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from numbers import Integral

import numpy as np
from sklearn.model_selection import check_cv
from sklearn.utils import assert_all_finite

from sklearn_gd._data.arrays import Place, at_home
from sklearn_gd._data.blocks import Blocks, check_collection, dtype_of, is_array, numbered
from sklearn_gd._data.folds import fold_sizes, pairs_of_folds, too_rough
from sklearn_gd._data.hypothesis import Hypothesis
from sklearn_gd._data.kind import Reading
from sklearn_gd._data.moments import Moments, cells_of_block
from sklearn_gd._data.scores import r2
from sklearn_gd._data.splits import splits_of
from sklearn_gd._data.validation import NO_WEIGHT, Reader, check_features, feature_names, is_dask, reader_for


@dataclass(frozen=True, eq=False)
class InDask:
    """Blocks of rows; `kind.Data` describes the methods.

    Attributes
    ----------
    blocks : Blocks
        The blocks.
    shown : tuple
        The collections, as they were given.
    """

    blocks: Blocks
    shown: tuple

    @classmethod
    def takes(cls, *data) -> bool:
        """Return whether any of the data is a Dask collection."""
        return is_dask(*data)

    @classmethod
    def of(cls, estimator, X, y, sample_weight, **options) -> "InDask":
        """Return the blocks, without computing anything."""
        return cls(Blocks.of(estimator, X, y, sample_weight, **options), (X, y, sample_weight))

    @property
    def place(self) -> Place:
        """NumPy, in the dtype of the features."""
        return Place(self.blocks.dtype)

    def parts(self, reading: Reading, *, hold_out_by=None, earlier: Moments | None = None) -> tuple[Moments, None]:
        """Return the moments of all rows."""
        if hold_out_by is not None:
            raise ValueError(
                "early_stopping=True needs the rows again, but they stay in Dask; "
                "use GDLinearRegressorCV(early_stopping=True), which chooses the number of iterations without them."
            )
        _check_precompute(reading)
        options = {"earlier": earlier, "standardize": reading.standardize, "track": reading.track}
        return Moments.of_blocks(self.blocks, **options), None

    def splits(self, cv, reading: Reading, *, at_least: int, **params) -> tuple[list[tuple[Moments, Moments]], Moments]:
        """Return the moments of each split of consecutive rows, and of all."""
        if not (cv is None or isinstance(cv, Integral)):
            raise ValueError(
                f"With Dask, cv must be None or a number of folds, each of consecutive rows. Got {cv!r} instead; "
                "set cv=5, and shuffle the rows first if their order matters."
            )
        _check_precompute(reading)
        blocks, cv = self.blocks.with_lengths(), check_cv(cv)
        rows = np.broadcast_to(np.uint8(0), (sum(blocks.lengths), 1))
        n_splits = splits_of(cv, rows, None, at_least=at_least)
        if not isinstance(n_splits, int):
            list(n_splits)  # raises, as there are too few rows
        return pairs_of_folds(fold_moments(blocks, cv.n_splits, reading))

    @classmethod
    def predicted(cls, estimator, X, hypothesis: Hypothesis):
        """Return the predictions as a lazy Dask array with the blocks of `X`."""
        check_collection(estimator, X, reset=False)
        like = at_home(hypothesis.coef)
        dtype = np.result_type(dtype_of(X), like.dtype)
        X = X.rechunk({1: -1}) if is_array(X) else X.to_dask_array()
        reader, n_targets = reader_for(type(estimator).__name__), int(np.prod(like.shape[:-1]))
        check_collection(reader, X, reset=True)
        H = X.map_blocks(
            _predicted_of_block,
            reader=reader,
            hypothesis=hypothesis,
            n_targets=n_targets,
            chunks=(X.chunks[0], (n_targets,)),
            dtype=dtype,
            meta=np.empty((0, 0), dtype=dtype),
        )
        return H if like.ndim > 1 else H[:, 0]

    @classmethod
    def r2(cls, estimator, X, y, sample_weight, hypothesis: Hypothesis) -> float:
        """Return the R², from one reading of the data."""
        blocks = Blocks.of(estimator, X, y, sample_weight, reset=False, targets=hypothesis.coef.shape[:-1])
        moments = blocks.sum(partial(_errors_of_block, hypothesis=hypothesis))[0]
        if moments.weight == 0.0:
            raise ValueError(NO_WEIGHT)
        variances = moments.covariances()[2]
        n_targets = len(variances) // 2
        errors = variances[:n_targets] + moments.mean[:n_targets] ** 2
        return float(r2(errors, variances[n_targets:]))


def _check_precompute(reading: Reading) -> None:
    if not reading.precompute:
        raise ValueError(
            "precompute=False needs the rows in each iteration, but they stay in Dask; set precompute='auto' or True."
        )


def fold_moments(blocks: Blocks, n_splits: int, reading: Reading) -> list[Moments]:
    """Return the moments of each fold of consecutive rows, as in `KFold`; the lengths of the blocks must be known.

    If float32 is too rough for all rows or for those of a split, they are read once more, in float64.
    """
    ends = np.cumsum(fold_sizes(sum(blocks.lengths), n_splits))
    starts = np.cumsum([0, *blocks.lengths[:-1]])
    known = {"ends": ends, "feature_names": feature_names(blocks.reader), "standardize": reading.standardize}

    def read(track: Callable | None = None, **exact) -> list[Moments]:
        make = (
            partial(_folds_of_block, start=int(start), length=length, **known, **exact)
            for start, length in zip(starts, blocks.lengths, strict=True)
        )
        of_folds = blocks.sum(*make, track=track)
        return [of_folds[fold] for fold in range(n_splits)]

    folds = read(reading.track)
    return read(exact=True) if blocks.dtype is np.float32 and too_rough(*pairs_of_folds(folds)) else folds


def _folds_of_block(X, y, w, *, start: int, length: int, ends: np.ndarray, **options) -> dict[int, Moments]:
    if len(y) != length:
        raise ValueError(f"Found {len(y)} rows, but the chunks of the collection say {length}.")
    folds = np.searchsorted(ends, np.arange(start, start + length), side="right")
    first, last = int(folds[0]), int(folds[-1])
    return cells_of_block(X, y, w, folds - first if last > first else None, first, last - first + 1, **options)


def _errors_of_block(X, y, w, *, hypothesis: Hypothesis) -> dict[int, Moments]:
    assert_all_finite(X, input_name="X")
    y = y.reshape(len(y), -1).astype(np.float64)
    # As targets, because no products of different targets are computed.
    both = np.hstack([y - hypothesis(X).reshape(y.shape), y])
    return {0: Moments.of_arrays(np.empty((len(y), 0)), both, w, n_jobs=1)}


def _predicted_of_block(X, *, reader: Reader, hypothesis: Hypothesis, n_targets: int, block_id: tuple) -> np.ndarray:
    """Return the predictions for a block, with one column per target even if there is only one."""
    if X.shape[0] == 0:
        return np.empty((0, n_targets))
    with numbered(block_id[0]):
        return hypothesis(check_features(reader, X)).reshape(-1, n_targets)
