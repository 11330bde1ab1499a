"""What the plots share: matplotlib, imported when needed, axes, and numbers set as in a textbook."""

import math

import numpy as np

# 600 pixels wide at matplotlib's 100 dots per inch.
_SIZE = (6.0, 4.5)
_PAIR = (6.0, 3.4)
_SOLID = (6.0, 5.0)
# A cost that falls by more than this is drawn on a logarithmic axis.
_WORTH_LOG = 100.0
_LONG_LEGEND = 6
_LONG_NAME = 20


def pyplot():
    """Return matplotlib's pyplot, or raise an ImportError that says how to install it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("Displays need matplotlib: python -m pip install matplotlib") from error
    return plt


def axes_or_new(ax, *, solid: bool = False):
    """Return the axes to draw on, or new ones if None; a surface needs three dimensions."""
    if ax is None:
        projection = "3d" if solid else None
        figure = pyplot().figure(figsize=_SOLID if solid else _SIZE, layout="constrained")
        return figure.add_subplot(projection=projection)
    if not isinstance(ax, pyplot().Axes):
        raise TypeError(f"ax must be matplotlib's axes, such as plt.subplots()[1] or display.ax_. Got {ax!r} instead.")
    if (ax.name == "3d") != solid:
        wanted = "plt.figure().add_subplot(projection='3d')" if solid else "plt.subplots()[1]"
        raise ValueError(f"The axes have {3 - solid} dimensions, but the plot has {2 + solid}; pass ax={wanted}.")
    return ax


def two_axes_or_new(ax):
    """Return a pair of axes; new ones are side by side."""
    plt = pyplot()
    if ax is None:
        return plt.subplots(1, 2, figsize=_PAIR, layout="constrained")[1]
    if np.shape(ax) != (2,):
        raise ValueError("ax must be two axes, one for the data and one for the contour: plt.subplots(1, 2)[1].")
    return np.array([axes_or_new(one) for one in ax])


def number(value: float) -> str:
    """Return a number with three digits as mathtext, without the dollar signs."""
    if not math.isfinite(value):
        return r"\infty" if value > 0.0 else "?"
    mantissa, _, exponent = f"{value:.3g}".partition("e")
    if not exponent:
        return mantissa
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa} \times {power}"


def plain(text: str) -> str:
    """Return a user's name, shortened and with its dollar signs escaped."""
    text = str(text)
    return (text if len(text) <= _LONG_NAME else f"{text[: _LONG_NAME - 1]}…").replace("$", r"\$")


def spans_decades(values: np.ndarray) -> bool:
    """Return whether to use a logarithmic axis: all values are positive and span more than two decades."""
    values = values[np.isfinite(values)]
    return bool(values.size) and values.min() > 0.0 and values.max() > _WORTH_LOG * values.min()


def short_numbers(ax, axis: str = "both") -> None:
    """Label linear axes with short numbers, and put the power of ten at the end of the axis."""
    if axis != "x" and ax.get_yscale() == "linear":
        ax.ticklabel_format(axis="y", style="sci", scilimits=(-3, 5), useMathText=True)
    if axis != "y" and ax.get_xscale() == "linear":
        ax.ticklabel_format(axis="x", style="sci", scilimits=(-3, 5), useMathText=True)


def whole_numbers(ax) -> None:
    """Label the horizontal axis with whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def remove(ax, gid: str) -> bool:
    """Remove the artists that an earlier plot has drawn with this gid; return whether there were any."""
    old = [artist for artist in ax.get_children() if artist.get_gid() == gid]
    for artist in old:
        artist.remove()
    return bool(old)


def legend(ax, *, above: bool = False) -> None:
    """Draw the legend, `above` the axes or, if it is long, beside them, provided that the layout makes room for it."""
    n_names = len(ax.get_legend_handles_labels()[1])
    makes_room = ax.figure.get_layout_engine() is not None
    place = {}
    if above and makes_room:
        place = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "ncols": 2}
    elif n_names > _LONG_LEGEND and makes_room:
        place = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.3}
    if n_names:
        ax.legend(fontsize="small", framealpha=0.9, **place)
