"""What a rate and a penalty reach: scores along paths, some of which end before others."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_gd._search.candidate import Candidate
from sklearn_gd._search.split import Path


def test_a_path_keeps_its_last_score():
    """A descent that has ended stays where it is while those of other splits go on."""
    short, long = np.array([0.0, 0.5, 0.4]), np.array([0.0, 0.1, 0.2, 0.9, 0.3])
    candidate = Candidate.of(0.1, 0.0, 0.0, [Path(short, 0.1, False), Path(long, 0.3, True)])
    assert_allclose(candidate.path, [0.0, 0.3, 0.3, 0.65, 0.35])
    assert candidate.n_iter == 3
    assert candidate.mean == candidate.path[3]
    assert_array_equal(candidate.scores, [0.4, 0.9])
    assert candidate.halfway == 0.2
    assert candidate.diverged
    assert not Candidate.of(0.1, 0.0, 0.0, [Path(short, 0.1, False)] * 2).diverged


def test_why_it_ends():
    """Before the longest path does it is stopped early; at its end, by `max_iter` or because it has converged."""
    rising, falling = np.arange(6.0), np.array([0.0, 3.0, 2.0, 1.0, 1.0, 1.0])
    assert Candidate.of(0.1, 0.0, 0.0, [Path(rising, 0.0, False)]).status(5) == "max_iter"
    assert Candidate.of(0.1, 0.0, 0.0, [Path(rising, 0.0, False)]).status(100) == "converged"
    assert Candidate.of(0.1, 0.0, 0.0, [Path(falling, 0.0, False)]).status(5) == "early_stopped"
    assert Candidate.of(0.1, 0.0, 0.0, [Path(np.array([9.0, 0.0, 1.0]), 0.0, False)]).n_iter == 2, (
        "the initial guess is no fit"
    )
    assert Candidate.of(0.1, 0.0, 0.0, [Path(rising, 0.0, False)]).rises(1.0)
    assert not Candidate.of(0.1, 0.0, 0.0, [Path(falling, 0.0, False)]).rises(1.0)
    for halfway, rises in ((0.6, True), (0.7, False), (0.8, False)):
        assert Candidate.of(0.1, 0.0, 0.0, [Path(np.array([0.7]), halfway, False)]).rises(1.0) == rises
    assert Candidate.of(0.1, 0.0, 0.0, [Path(np.array([0.7]), 0.0, False)]).n_iter == 0, "only the end is scored"
