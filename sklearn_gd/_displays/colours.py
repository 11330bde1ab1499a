"""The colour of a learning rate, which depends on its share of the limit ``2 / L`` and is the same in every plot.

The hue shows the verdict: blue is too small, green good, yellow overshooting, red diverging. The shade shows the
position within its range. The hues are those of Okabe and Ito, "Color Universal Design", 2008, which colour-blind
readers can tell apart.
"""

import math

import numpy as np

from sklearn_gd._verdict.rate import GOOD, OVERSHOOTING, share_of_limit, verdict

# For each verdict, the shares of 2 / L at its ends and the colours there.
_COLOURS = {
    "too small": (1e-4, GOOD, (0, 30, 110), (86, 170, 240)),
    "good": (GOOD, OVERSHOOTING, (95, 195, 160), (0, 158, 115)),
    "overshooting": (OVERSHOOTING, 1.0, (245, 205, 70), (225, 155, 0)),
    "diverging": (1.0, 2.0, (200, 60, 0), (120, 20, 0)),
}
#: Colours for other optimizers, which have no limit 2 / L; they are used in turn.
OTHERS = ("#cc79a7", "#332288", "#000000", "#882255", "#888888", "#999933")
#: Line styles for lines of one colour; dashes are for validation.
_STYLES = ("-", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 4)), (0, (10, 2, 3, 2)))
GREY = "#666666"


def rate_colour(alpha: float, alpha_limit: float) -> tuple[float, float, float]:
    """Return the colour of a rate as red, green and blue from 0 to 1."""
    low, high, first, last = _COLOURS[verdict(alpha, alpha_limit)]
    w = float(np.clip(math.log(share_of_limit(alpha, alpha_limit) / low) / math.log(high / low), 0.0, 1.0))
    return tuple(((1.0 - w) * a + w * b) / 255.0 for a, b in zip(first, last, strict=True))


def line_look(ax, alpha: float, alpha_limit: float) -> dict:
    """Return the colour and style of the next line on the axes; without a limit (NaN), the next colour in turn."""
    from matplotlib.colors import to_hex

    used = {(to_hex(line.get_color()), line.get_gid()) for line in ax.get_lines() if line.get_gid()}
    if math.isnan(alpha_limit):
        looks = [(colour, style) for style in _STYLES for colour in OTHERS]
    else:
        looks = [(rate_colour(alpha, alpha_limit), style) for style in _STYLES]
    colour, style = next((look for look in looks if (to_hex(look[0]), f"style {look[1]}") not in used), looks[0])
    return {"color": colour, "linestyle": style, "gid": f"style {style}"}
