"""Writes down the order in which PyTorch's DataLoader visits a data set, for tests of lib/data.

Usage: python tests/data/make_fixtures.py    (PyTorch 2.13; writes torch_loader.json beside itself)
"""

import hashlib
import json
import pathlib

import numpy as np
import torch
from torch.utils.data import DataLoader

EPOCHS = 3


def next_int64(generator=None):
    return str(torch.empty((), dtype=torch.int64).random_(generator=generator).item())


def run(length, batch_size, shuffle, seed, own_generator):
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed + 1) if own_generator else None
    loader = DataLoader(
        torch.arange(length), batch_size=batch_size, shuffle=shuffle, generator=generator
    )
    epochs = [[batch.tolist() for batch in loader] for _ in range(EPOCHS)]
    case = {
        "length": length,
        "batchSize": batch_size,
        "shuffle": shuffle,
        "seed": seed,
        "ownGenerator": own_generator,
        "batches": len(loader),
        "after": {"default": next_int64(), "own": next_int64(generator) if generator else None},
    }
    if length <= 100:
        return case | {"epochs": epochs}
    order = np.concatenate([np.concatenate(epoch) for epoch in epochs]).astype("<i4")
    return case | {"sha256": hashlib.sha256(order.tobytes()).hexdigest()}


if __name__ == "__main__":
    cases = [
        run(*case)
        for case in [
            (10, 4, True, 80, False),
            (12, 4, True, 0, False),
            (1, 3, True, 1, False),
            (10, 4, True, 80, True),
            (12, 4, True, 7, True),
            (10, 4, False, 80, False),
            (10, 4, False, 80, True),
            (50_000, 2048, True, 80, False),
            (50_000, 2048, True, 80, True),
        ]
    ]
    path = pathlib.Path(__file__).with_name("torch_loader.json")
    path.write_text(json.dumps({"torch": torch.__version__.split("+")[0], "cases": cases}) + "\n")
