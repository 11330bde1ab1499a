"""Time a fit of tensors on a GPU beside Ridge, the product X.T @ X, and the loop of the textbooks in torch.

    SCIPY_ARRAY_API=1 python benchmarks/run.py --device cuda

Prints a table; where the device is not there, it says so. Times are medians, after one call that warms up.
"""

import statistics
import time

from sklearn import config_context
from sklearn.linear_model import Ridge

from sklearn_gd import GDLinearRegressor

WORKS = [(10_000_000, 100), (1_000_000, 1_000)]
N_ITER = 1_000


def loop(X, y, alpha: float):
    """Return theta after the iterations of the textbooks, two passes over the data for each."""
    theta, intercept = X.new_zeros(X.shape[1]), X.new_zeros(())
    for _ in range(N_ITER):
        r = X @ theta + intercept - y
        theta, intercept = theta - alpha * (X.T @ r) / len(y), intercept - alpha * r.mean()
    return theta


def measure(torch, run, repeats: int) -> float:
    """Return the median seconds of some calls; what they have begun on the device is waited for."""
    seconds = []
    for _ in range(repeats + 1):
        torch.cuda.synchronize()
        start = time.perf_counter()
        run()
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


@config_context(array_api_dispatch=True)
def main(device: str) -> None:
    """Print the table."""
    try:
        import torch
    except ImportError:
        print("torch is not installed; there is nothing to measure.")
        return
    if not (device.startswith("cuda") and torch.cuda.is_available()):
        print(f"There is no GPU {device!r}; there is nothing to measure.")
        return
    print(torch.cuda.get_device_name(device))
    print("| rows | features | dtype | GDLinearRegressor | X.T @ X | Ridge(solver='svd') | loop of 1,000 iterations |")
    print("|---|---|---|---|---|---|---|")
    for dtype in (torch.float32, torch.float64):
        for m, n in WORKS:
            generator = torch.Generator(device).manual_seed(0)
            options = {"generator": generator, "device": device, "dtype": dtype}
            X = torch.randn(m, n, **options)
            y = X @ torch.randn(n, **options) + torch.randn(m, **options)
            contenders = {
                "ours": (lambda X=X, y=y: GDLinearRegressor(max_iter=N_ITER).fit(X, y), 5),
                "product": (lambda X=X: X.T @ X, 5),
                "ridge": (lambda X=X, y=y: Ridge(solver="svd").fit(X, y), 3),
                "loop": (lambda X=X, y=y: loop(X, y, 0.5), 1),
            }
            cells = []
            for run, repeats in contenders.values():
                try:
                    cells.append(f"{measure(torch, run, repeats):.3f} s")
                except torch.cuda.OutOfMemoryError:
                    cells.append("out of memory")
            print(f"| {m:,} | {n:,} | {dtype} | {' | '.join(cells)} |", flush=True)
            del X, y, contenders, run
            torch.cuda.empty_cache()
