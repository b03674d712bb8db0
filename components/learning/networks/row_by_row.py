"""Features that do not depend on a row's neighbours: the same bits alone, in any batch, on any number of threads.

Padding, and splitting a product over threads, change how sums are rounded. So rows of equal length are encoded together, without
padding, with one thread per batch and several batches at once (which is also faster on short texts). Measured on MiniLM:
bit-identical for batches of 1 to 64 rows; batches sorted by length and padded differ in 27 % of the rows, two threads per batch
in 37 % (last digits). On an accelerator, kernels are chosen by the shape of the batch: there every batch of one length is filled
to the same size.
"""

from __future__ import annotations

import platform
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from components.learning.networks.tokens import Rows

TOKENS, MOST_ROWS, MOST_WORKERS = 4096, 64, 16  # a batch's tokens and rows; batches at once
FEWEST = 16  # tokens of a batch: with fewer, other kernels are chosen (MKL on Intel; on AMD below 4), and the last bits differ
_ONE_AT_A_TIME = threading.Lock()  # torch's number of threads belongs to the process


def arithmetic(device: torch.device, dtype: torch.dtype) -> str:
    """A name for what computes features: equal names give equal bits."""
    if device.type == "cpu":
        chip = f"{_maker()} {torch.backends.cpu.get_cpu_capability()}"
    else:
        chip = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    return f"torch {torch.__version__} {chip} {dtype}"


@cache
def _maker() -> str:
    """The maker of the processor: libraries choose kernels by it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    given = (line.partition(":")[2].strip() for line in lines if line.startswith(("vendor_id", "CPU implementer")))
    return next(given, platform.processor() or platform.machine())


def equal_batches(lengths: Rows, rows: Rows) -> list[Rows]:
    """The rows in batches of equal length, the longest first."""
    batches = []
    for length in np.unique(lengths[rows])[::-1]:
        own = rows[lengths[rows] == length]
        size = size_of(int(length))
        batches += [own[i : i + size] for i in range(0, len(own), size)]
    return batches


def size_of(length: int) -> int:
    """Rows per batch of this length."""
    return max(1, min(MOST_ROWS, TOKENS // max(1, length)))


def pool(states: torch.Tensor, mask: torch.Tensor, pooling: str) -> torch.Tensor:
    """(n, width) of (n, length, width) states: the first token's (cls), or the mean over the tokens that the mask shows."""
    if pooling == "cls":
        return states[:, 0]
    weights = mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1).clamp(min=1)


def row_by_row(lengths: Rows, rows: Rows, encode: Callable[[Rows], torch.Tensor], device: torch.device) -> NDArray[np.float32]:
    """(n, width) results of `encode` for these rows, in order, as if it were called for each row alone."""
    return np.stack(each_row(lengths, rows, encode, device))


def each_row(
    lengths: Rows, rows: Rows, encode: Callable[[Rows], torch.Tensor], device: torch.device
) -> list[NDArray[np.float32]]:
    """Like `row_by_row`, for results of any shape; `encode` gets rows of one length at a time."""
    batches = equal_batches(lengths, rows)
    place = {int(row): i for i, row in enumerate(rows)}
    made: dict[int, NDArray[np.float32]] = {}

    def one(batch: Rows) -> None:
        full, length = batch, max(1, int(lengths[batch[0]]))
        if device.type != "cpu":
            full = np.concatenate([batch, np.repeat(batch[:1], size_of(length) - len(batch))])
        elif len(batch) * length < FEWEST:
            full = np.resize(batch, -(-FEWEST // length))
        with torch.inference_mode():
            encoded = encode(full)[: len(batch)].float().cpu().numpy()
        made.update({place[int(row)]: features for row, features in zip(batch, encoded)})

    if device.type == "cpu" and len(batches) == 1:
        with _single_threads():
            one(batches[0])
    elif device.type == "cpu":
        with _single_threads() as workers, ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            list(pool.map(one, batches))
    else:
        for batch in batches:
            one(batch)
    return [made[i] for i in range(len(rows))]


@contextmanager
def _single_threads() -> Iterator[int]:
    """One thread per operation within the block; yields how many there were, for as many workers."""
    with _ONE_AT_A_TIME:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield min(threads, MOST_WORKERS)
        finally:
            torch.set_num_threads(threads)
