"""What is drawn on: matplotlib when it is needed, axes, and numbers as a textbook sets them."""

import math

import numpy as np

# 600 pixels wide at matplotlib's 100 dots per inch.
_SIZE = (6.0, 4.5)
_PAIR = (6.0, 3.4)
# A cost that falls by more than this is drawn on a logarithmic axis.
_WORTH_LOG = 100.0


def pyplot():
    """Return matplotlib's pyplot, or raise ImportError that names the extra."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError('A picture needs matplotlib: pip install "sklearn-gd[plot]"') from error
    return plt


def axes_or_new(ax, *, solid: bool = False):
    """Return the axes to draw on, new ones for None; those of a solid must have three dimensions."""
    if ax is None:
        projection = "3d" if solid else None
        figure = pyplot().figure(figsize=_SIZE, layout="constrained")
        return figure.add_subplot(projection=projection)
    pyplot()
    if not hasattr(ax, "plot"):
        raise TypeError(f"ax must be matplotlib's axes, such as plt.subplots()[1] or display.ax_. Got {ax!r} instead.")
    if (ax.name == "3d") != solid:
        wanted = "plt.figure().add_subplot(projection='3d')" if solid else "plt.subplots()[1]"
        raise ValueError(f"The axes have {3 - solid} dimensions, the picture has {2 + solid}; give it ax={wanted}.")
    return ax


def two_axes_or_new(ax):
    """Return a pair of axes, side by side if they are new."""
    plt = pyplot()
    if ax is None:
        return plt.subplots(1, 2, figsize=_PAIR, layout="constrained")[1]
    if np.shape(ax) != (2,):
        raise ValueError("ax must be two axes, such as plt.subplots(1, 2)[1]: one for the data, one for the contour.")
    return np.array([axes_or_new(one) for one in ax])


def number(value: float) -> str:
    """Return a number of three digits as mathtext, without the dollar signs."""
    if not math.isfinite(value):
        return r"\infty" if value > 0.0 else "?"
    mantissa, _, exponent = f"{value:.3g}".partition("e")
    if not exponent:
        return mantissa
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa} \times {power}"


def plain(text: str) -> str:
    """Return a name of the user's as text that is no mathtext."""
    return str(text).replace("$", r"\$")


def spans_decades(values: np.ndarray) -> bool:
    """Return whether a logarithmic axis helps: all are positive, and the largest a hundred times the smallest."""
    values = values[np.isfinite(values)]
    return bool(values.size) and values.min() > 0.0 and values.max() > _WORTH_LOG * values.min()


def remove(ax, gid: str) -> bool:
    """Remove what an earlier picture has drawn under this name; return whether there was any."""
    old = [artist for artist in ax.get_children() if artist.get_gid() == gid]
    for artist in old:
        artist.remove()
    return bool(old)


def legend(ax, *, beyond: int = 6, **options) -> None:
    """Draw the legend of what has a name, beside the axes if it is long and the figure makes room by itself."""
    names = ax.get_legend_handles_labels()[1]
    if not names:
        return
    if len(names) > beyond and ax.figure.get_layout_engine() is not None:
        options = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.3, **options}
    ax.legend(**{"fontsize": "small", "framealpha": 0.9, **options})
