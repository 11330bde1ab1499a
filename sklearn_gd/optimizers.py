r"""Update rules: how the parameters move, given the gradient.

An optimizer is any callable ``optimizer(theta, gradient, alpha, *state) -> theta | (theta, *state)``.

``theta`` and ``gradient`` are read-only arrays of the same shape; ``alpha`` is the rate of this iteration.
Whatever an optimizer returns after the new ``theta`` is passed to it as ``*state`` in the next iteration.
The state starts empty, so its initial values are default arguments.
Writing your own momentum takes two lines and no base class::

    def heavy_ball(theta, gradient, alpha, v=0.0):
        v = 0.8 * v + gradient
        return theta - alpha * v, v

The classes below can also be printed, pickled, cloned and used in a grid search (``optimizer__beta``).
Instances of the same class compare equal, and have the same hash, if their parameters are equal; `set_params` changes
both.
Their formulas are PyTorch's. ``g`` is the gradient; powers, roots and quotients are element-wise.
"""

from typing import Literal, Protocol, TypeAlias

import numpy as np

from sklearn_gd._plugins import number, plugin
from sklearn_gd._scikit_learn import Estimator

__all__ = [
    "OPTIMIZERS",
    "AMSGrad",
    "AdaGrad",
    "Adam",
    "GradientDescent",
    "Momentum",
    "Nadam",
    "Nesterov",
    "RMSprop",
    "Rprop",
]

Array: TypeAlias = np.ndarray
#: Names of the built-in optimizers, the keys of `OPTIMIZERS`.
OptimizerName: TypeAlias = Literal[
    "gd",
    "momentum",
    "nesterov",
    "adagrad",
    "rmsprop",
    "adam",
    "amsgrad",
    "nadam",
    "rprop",
]


class Optimizer(Protocol):
    """The type of an optimizer: a callable as described at the top of this module.

    The state is passed in further positional arguments, whose number depends on the optimizer.
    """

    def __call__(self, theta: Array, gradient: Array, alpha: float, /) -> Array | tuple[Array, *tuple[object, ...]]:
        """Return the new `theta`, or a tuple of it and the state."""
        ...


@plugin
class GradientDescent(Estimator):
    """Plain gradient descent: ``theta = theta - alpha * g``.

    With a constant rate it converges for every ``alpha`` below ``2 / L``,
    where ``L`` is the largest eigenvalue of the Hessian of the cost.

    Notes
    -----
    Cauchy, "Methode generale pour la resolution des systemes d'equations simultanees", 1847;
    ``SGD`` of PyTorch and Keras, ``sgd`` of optax.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_gd.optimizers import GradientDescent
    >>> GradientDescent()(np.array([1.0, 2.0]), np.array([0.5, -1.0]), 0.1)
    array([0.95, 2.1 ])
    """

    def __call__(self, theta: Array, gradient: Array, alpha: float) -> Array:
        return theta - alpha * gradient


@plugin
class Momentum(Estimator):
    """Heavy-ball momentum: the step is a decaying sum of all gradients.

    ``v = beta * v + g``; ``theta = theta - alpha * v``; initially ``v = 0``.

    The rate stays outside the velocity, as in PyTorch and optax and unlike Keras,
    so a scheduler that lowers the rate shortens the steps at once.
    In a constant gradient the step approaches ``alpha / (1 - beta)`` times the gradient.

    Parameters
    ----------
    beta : float in [0, 1), default=0.9
        The fraction of the velocity that remains after one iteration; PyTorch's ``momentum``.

    Notes
    -----
    Polyak, "Some methods of speeding up the convergence of iteration methods", 1964;
    ``SGD(momentum=0.9)`` of PyTorch.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_gd.optimizers import Momentum
    >>> theta, g, v = np.array([1.0]), np.array([2.0]), np.array([4.0])
    >>> Momentum(beta=0.5)(theta, g, 0.1, v)
    (array([0.6]), array([4.]))
    """

    beta: float = number(0.9, 0, 1)

    def __call__(self, theta: Array, gradient: Array, alpha: float, v: Array | float = 0.0) -> tuple[Array, Array]:
        v = self.beta * v + gradient
        return theta - alpha * v, v


@plugin
class Nesterov(Estimator):
    """Nesterov's momentum: the step looks ahead along the velocity.

    ``v = beta * v + g``; ``theta = theta - alpha * (g + beta * v)``; initially ``v = 0``.

    Parameters
    ----------
    beta : float in [0, 1), default=0.9
        The fraction of the velocity that remains after one iteration; PyTorch's ``momentum``.

    Notes
    -----
    Nesterov, "A method of solving a convex programming problem with convergence rate O(1/k**2)", 1983,
    in the form of Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013;
    ``SGD(momentum=0.9, nesterov=True)`` of PyTorch.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_gd.optimizers import Nesterov
    >>> theta, g, v = np.array([1.0]), np.array([2.0]), np.array([4.0])
    >>> Nesterov(beta=0.5)(theta, g, 0.1, v)
    (array([0.6]), array([4.]))
    """

    beta: float = number(0.9, 0, 1)

    def __call__(self, theta: Array, gradient: Array, alpha: float, v: Array | float = 0.0) -> tuple[Array, Array]:
        v = self.beta * v + gradient
        return theta - alpha * (gradient + self.beta * v), v


@plugin
class AdaGrad(Estimator):
    """Each parameter's rate falls with the sum of its squared gradients.

    ``s = s + g**2``; ``theta = theta - alpha * g / (sqrt(s) + eps)``; initially ``s = 0``.

    Parameters
    ----------
    eps : float > 0, default=1e-10
        Added to the divisor to keep the quotient finite, in the unit of the gradient.

    Notes
    -----
    Duchi, Hazan and Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization", 2011;
    ``Adagrad`` of PyTorch.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_gd.optimizers import AdaGrad
    >>> AdaGrad()(np.array([1.0]), np.array([3.0]), 0.5, np.array([16.0]))
    (array([0.7]), array([25.]))
    """

    eps: float = number(1e-10, 0, None, "neither")

    def __call__(self, theta: Array, gradient: Array, alpha: float, s: Array | float = 0.0) -> tuple[Array, Array]:
        s = s + gradient**2
        return theta - alpha * gradient / (np.sqrt(s) + self.eps), s


@plugin
class RMSprop(Estimator):
    """Each parameter's gradient is divided by the root of its recent mean square.

    ``s = rho * s + (1 - rho) * g**2``; ``theta = theta - alpha * g / (sqrt(s) + eps)``; initially ``s = 0``.

    At a constant rate the steps do not become shorter near the minimum: the parameters keep oscillating by about
    `alpha`. A decaying scheduler brings them to rest.

    Parameters
    ----------
    rho : float in [0, 1), default=0.99
        The decay rate of the mean square; Keras's ``rho``, PyTorch's ``alpha`` (here, alpha is the learning rate).
    eps : float > 0, default=1e-8
        Added to the divisor to keep the quotient finite, in the unit of the gradient.

    Notes
    -----
    Tieleman and Hinton, "Neural Networks for Machine Learning", lecture 6.5, 2012; ``RMSprop`` of PyTorch.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_gd.optimizers import RMSprop
    >>> theta, g, s = np.array([1.0]), np.array([4.0]), np.array([16.0])
    >>> RMSprop(rho=0.75)(theta, g, 0.5, s)
    (array([0.5]), array([16.]))
    """

    rho: float = number(0.99, 0, 1)
    eps: float = number(1e-8, 0, None, "neither")

    def __call__(self, theta: Array, gradient: Array, alpha: float, s: Array | float = 0.0) -> tuple[Array, Array]:
        s = self.rho * s + (1.0 - self.rho) * gradient**2
        return theta - alpha * gradient / (np.sqrt(s) + self.eps), s


@plugin
class Adam(Estimator):
    """Momentum divided by the root mean square of the gradient, both corrected for their start at zero.

    ``v = beta1 * v + (1 - beta1) * g``; ``s = beta2 * s + (1 - beta2) * g**2``;
    ``theta = theta - alpha * (v / (1 - beta1**t)) / (sqrt(s / (1 - beta2**t)) + eps)``, ``t = 1, 2, ...``;
    initially ``v = s = 0``.

    Parameters
    ----------
    beta1 : float in [0, 1), default=0.9
        The decay rate of the mean gradient.
    beta2 : float in [0, 1), default=0.999
        The decay rate of the mean squared gradient.
    eps : float > 0, default=1e-8
        Added to the divisor to keep the quotient finite, in the unit of the gradient.

    Notes
    -----
    Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, algorithm 1; ``Adam`` of PyTorch.

    Examples
    --------
    The first step is `alpha` long, whatever the gradient.

    >>> import numpy as np
    >>> from sklearn_gd.optimizers import Adam
    >>> Adam()(np.array([1.0, 1.0]), np.array([5.0, -0.2]), 0.1)[0].round(6)
    array([0.9, 1.1])
    """

    beta1: float = number(0.9, 0, 1)
    beta2: float = number(0.999, 0, 1)
    eps: float = number(1e-8, 0, None, "neither")

    def __call__(
        self, theta: Array, gradient: Array, alpha: float, v: Array | float = 0.0, s: Array | float = 0.0, t: int = 0
    ) -> tuple[Array, Array, Array, int]:
        v, s, t = *_adam_means(self, gradient, v, s), t + 1
        denominator = np.sqrt(s / (1.0 - self.beta2**t)) + self.eps
        return theta - alpha * (v / (1.0 - self.beta1**t)) / denominator, v, s, t


@plugin
class AMSGrad(Estimator):
    """Adam with a divisor that never decreases.

    ``v`` and ``s`` as in Adam; ``s_max = max(s_max, s)``;
    ``theta = theta - alpha * (v / (1 - beta1**t)) / (sqrt(s_max / (1 - beta2**t)) + eps)``, ``t = 1, 2, ...``;
    initially ``v = s = s_max = 0``.

    Parameters
    ----------
    beta1 : float in [0, 1), default=0.9
        The decay rate of the mean gradient.
    beta2 : float in [0, 1), default=0.999
        The decay rate of the mean squared gradient.
    eps : float > 0, default=1e-8
        Added to the divisor to keep the quotient finite, in the unit of the gradient.

    Notes
    -----
    Reddi, Kale and Kumar, "On the Convergence of Adam and Beyond", 2018; ``Adam(amsgrad=True)`` of PyTorch.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_gd.optimizers import AMSGrad
    >>> AMSGrad()(np.array([1.0, 1.0]), np.array([5.0, -0.2]), 0.1)[0].round(6)
    array([0.9, 1.1])
    """

    beta1: float = number(0.9, 0, 1)
    beta2: float = number(0.999, 0, 1)
    eps: float = number(1e-8, 0, None, "neither")

    def __call__(
        self,
        theta: Array,
        gradient: Array,
        alpha: float,
        v: Array | float = 0.0,
        s: Array | float = 0.0,
        s_max: Array | float = 0.0,
        t: int = 0,
    ) -> tuple[Array, Array, Array, Array, int]:
        v, s, t = *_adam_means(self, gradient, v, s), t + 1
        s_max = np.maximum(s_max, s)
        denominator = np.sqrt(s_max / (1.0 - self.beta2**t)) + self.eps
        return theta - alpha * (v / (1.0 - self.beta1**t)) / denominator, v, s, s_max, t


@plugin
class Nadam(Estimator):
    """Adam with Nesterov momentum.

    ``mu_t = beta1 * (1 - 0.96**(t * momentum_decay) / 2)``, ``t = 1, 2, ...``; ``p_t = mu_1 * ... * mu_t``;
    ``v`` and ``s`` as in Adam;
    ``v_hat = (1 - mu_t) * g / (1 - p_t) + mu_{t+1} * v / (1 - p_{t+1})``;
    ``theta = theta - alpha * v_hat / (sqrt(s / (1 - beta2**t)) + eps)``.

    Parameters
    ----------
    beta1 : float in [0, 1), default=0.9
        The decay rate of the mean gradient.
    beta2 : float in [0, 1), default=0.999
        The decay rate of the mean squared gradient.
    eps : float > 0, default=1e-8
        Added to the divisor to keep the quotient finite, in the unit of the gradient.
    momentum_decay : float >= 0, default=0.004
        How fast ``mu`` rises from half of `beta1` to `beta1`.

    Notes
    -----
    Dozat, "Incorporating Nesterov Momentum into Adam", 2016; ``NAdam`` of PyTorch.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_gd.optimizers import Nadam
    >>> theta, g = np.array([1.0, 1.0]), np.array([5.0, -0.2])
    >>> Nadam(beta1=0.0)(theta, g, 0.1)[0].round(6)
    array([0.9, 1.1])
    """

    beta1: float = number(0.9, 0, 1)
    beta2: float = number(0.999, 0, 1)
    eps: float = number(1e-8, 0, None, "neither")
    momentum_decay: float = number(0.004, 0, None)

    def _mu(self, t: int) -> float:
        return self.beta1 * (1.0 - 0.5 * 0.96 ** (t * self.momentum_decay))

    def __call__(
        self,
        theta: Array,
        gradient: Array,
        alpha: float,
        v: Array | float = 0.0,
        s: Array | float = 0.0,
        p: float = 1.0,
        t: int = 0,
    ) -> tuple[Array, Array, Array, float, int]:
        v, s, t = *_adam_means(self, gradient, v, s), t + 1
        mu, mu_next = self._mu(t), self._mu(t + 1)
        p = p * mu
        v_hat = (1.0 - mu) / (1.0 - p) * gradient + mu_next / (1.0 - p * mu_next) * v
        denominator = np.sqrt(s / (1.0 - self.beta2**t)) + self.eps
        return theta - alpha * v_hat / denominator, v, s, p, t


@plugin
class Rprop(Estimator):
    """Resilient propagation: only the signs of the gradient count, and each parameter has its own step size.

    A step size is multiplied by `eta_plus` if the gradient keeps its sign and by `eta_minus` if the sign changes,
    and kept between `step_min` and `step_max`;
    ``theta = theta - sign(g) * step``, except that a parameter rests for one iteration after a change of sign.
    The first step sizes are `alpha`, within these bounds; later rates, and therefore a scheduler, have no effect.
    If all signs change at once, all parameters rest, and the stopping criterion ends the descent unless ``tol=None``.

    Parameters
    ----------
    eta_minus : float in (0, 1), default=0.5
        The factor on a step size if the gradient changes its sign.
    eta_plus : float > 1, default=1.2
        The factor on a step size if the gradient keeps its sign.
    step_min : float >= 0, default=1e-6
        The smallest step size, in the unit of the parameters.
    step_max : float > 0, default=inf
        The largest step size, in the unit of the parameters.
        PyTorch's default is 50, which is small for prices and large for proportions.

    Notes
    -----
    Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning: the RPROP algorithm", 1993,
    in the form of ``Rprop`` of PyTorch.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_gd.optimizers import Rprop
    >>> Rprop()(np.array([1.0, 1.0]), np.array([5.0, -0.2]), 0.1)[0]
    array([0.9, 1.1])
    """

    eta_minus: float = number(0.5, 0, 1, "neither")
    eta_plus: float = number(1.2, 1, None, "neither")
    step_min: float = number(1e-6, 0, None)
    step_max: float = number(np.inf, 0, None, "right")

    def __call__(
        self,
        theta: Array,
        gradient: Array,
        alpha: float,
        last_gradient: Array | float = 0.0,
        step: Array | None = None,
    ) -> tuple[Array, Array, Array]:
        if step is None:
            step = np.full_like(theta, alpha)
        agreement = np.sign(gradient) * np.sign(last_gradient)
        factor = np.where(agreement > 0, self.eta_plus, np.where(agreement < 0, self.eta_minus, 1.0))
        step = np.clip(step * factor, self.step_min, self.step_max)
        gradient = np.where(agreement < 0, 0.0, gradient)
        return theta - np.sign(gradient) * step, gradient, step


def _adam_means(
    rule: Adam | AMSGrad | Nadam, gradient: Array, v: Array | float, s: Array | float
) -> tuple[Array, Array]:
    """Return the decaying means of the gradient and of its square, which Adam and its variants share."""
    return rule.beta1 * v + (1.0 - rule.beta1) * gradient, rule.beta2 * s + (1.0 - rule.beta2) * gradient**2


#: Names of the built-in optimizers; a name stands for an instance with the default parameters.
OPTIMIZERS: dict[OptimizerName, type[Optimizer]] = {
    "gd": GradientDescent,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "adagrad": AdaGrad,
    "rmsprop": RMSprop,
    "adam": Adam,
    "amsgrad": AMSGrad,
    "nadam": Nadam,
    "rprop": Rprop,
}

# The rules whose step does not shrink with the gradient, and their share of the first step of plain descent:
# large enough to reach the minimum of scaled data in 1000 iterations, small enough to come to rest there.
# RMSprop never comes to rest at a constant rate: above 0.006 it oscillates so irregularly within 1000 iterations
# that rounding decides where it ends.
_SHARE_OF_FIRST_STEP = {AdaGrad: 1.0, RMSprop: 0.005, Adam: 0.1, AMSGrad: 0.1, Nadam: 0.02, Rprop: 0.1}


def rate_is_a_length(optimizer: Optimizer) -> bool:
    """Return whether the rate is a length in the unit of the parameters, not a factor on the gradient."""
    return type(optimizer) in _SHARE_OF_FIRST_STEP


def ignores_axes(optimizer: Optimizer) -> bool:
    """Return whether the rule is the same in all orthonormal coordinates, that is, not element-wise."""
    return type(optimizer) in (GradientDescent, Momentum, Nesterov)


def auto_alpha(optimizer: Optimizer, gradient: np.ndarray, L: float) -> float:
    """Return the learning rate that ``alpha="auto"`` stands for.

    It is ``1 / L`` for gradient descent, momentum, Nesterov and user-defined optimizers.
    AdaGrad, RMSprop, Adam, AMSGrad, Nadam and Rprop are independent of the size of the gradient, so their rate is a
    length in the unit of the parameters: a share of ``max_j abs(g_j) / L``, the longest move in the first step of plain
    descent.

    Parameters
    ----------
    optimizer : callable
        The update rule.
    gradient : ndarray of the shape of theta
        The gradient at the initial guess.
    L : float >= 0
        The largest eigenvalue of the Hessian.

    Returns
    -------
    alpha : float > 0
        1.0 if the cost is constant (``L = 0``), because any rate will do.
    """
    if L == 0.0:
        return 1.0
    share = _SHARE_OF_FIRST_STEP.get(type(optimizer))
    return (share and share * float(np.max(np.abs(gradient))) / L) or 1.0 / L
