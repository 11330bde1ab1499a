"""Plot a descent: four learning rates on the contour of the cost, and the fitted line as an animation.

It needs the extra plot, which is matplotlib: ``python -m pip install ".[plot]"``.
"""

import tempfile
from pathlib import Path

import numpy as np

from sklearn_gd.displays import DescentPathDisplay, FitDisplay

rng = np.random.default_rng(0)
x = rng.uniform(0, 4, 40)
y = 1 + 2 * x + rng.normal(0, 0.5, 40)
X = x[:, np.newaxis]

folder = Path(tempfile.mkdtemp())
bowl = DescentPathDisplay.from_data(X, y)
bowl.figure_.savefig(folder / "bowl.png")
FitDisplay.from_data(X, y, alpha=0.02, max_iter=20).animate().save(folder / "descent.gif", writer="pillow")

print("The learning rates, and where their paths end (intercept, slope):")
for name, path in zip(bowl.names, bowl.paths, strict=True):
    intercept, slope = path[-1]
    print(f"  {name.split(': ')[1]:12s}  {intercept:10.4g}  {slope:10.4g}")
intercept, slope = bowl.plane.centre
print(f"  {'minimum':12s}  {intercept:10.4g}  {slope:10.4g}")
print(f"The plots are in {folder}")
