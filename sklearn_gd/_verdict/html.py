"""A diagnosis in a notebook: its paragraph, and a small plot of the cost."""

from html import escape

import numpy as np

_WIDTH, _HEIGHT, _MARGIN, _CAPTION = 400, 90, 6, 20
_POINTS = 200


def paragraph(text: str) -> str:
    """Return the text as HTML."""
    return f'<p style="max-width: 60em">{escape(text)}</p>'


def cost_curve(costs: np.ndarray) -> str:
    """Return an inline SVG of the cost against the iteration, on a log scale if the cost falls by a factor over 100."""
    t = np.unique(np.linspace(0, len(costs) - 1, _POINTS).round().astype(int))
    J = np.minimum(costs[t], np.finfo(np.float64).max)
    lowest, highest = J.min(), J.max()
    scale = "linear"
    if lowest > 0.0 and highest > 100.0 * lowest:
        J, scale = np.log10(J), "logarithmic"
    J = J / (np.abs(J).max() or 1.0)  # so that no difference overflows
    share = (J - J.min()) / (np.ptp(J) or 1.0)
    x = _MARGIN + (_WIDTH - 2 * _MARGIN) * t / max(t[-1], 1)
    y = _HEIGHT - _MARGIN - (_HEIGHT - 2 * _MARGIN) * share
    points = " ".join(f"{left:.1f},{top:.1f}" for left, top in zip(x, y, strict=True))
    title = f"J from {costs[0]:.3g} to {costs[-1]:.3g} in {len(costs) - 1} iterations, {scale} scale"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT + _CAPTION}" role="img">'
        f'<title>{escape(title)}</title><rect width="{_WIDTH}" height="{_HEIGHT}" fill="none" stroke="gray"/>'
        f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1.5"/>'
        f'<text x="0" y="{_HEIGHT + _CAPTION - 4}" font-size="12" fill="currentColor">{escape(title)}</text></svg>'
    )
