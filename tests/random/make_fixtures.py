"""Draws random numbers with PyTorch, for the tests of lib/random to compare with.

Usage: python tests/random/make_fixtures.py    (PyTorch 2.13; writes torch_random.json beside itself)
"""

import hashlib
import json
import pathlib

import torch


def bits(tensor):
    """The float32 numbers of a tensor as their bit patterns, so that no digit is lost in JSON."""
    return tensor.contiguous().view(torch.int32).flatten().tolist()


def next_int64(generator=None):
    return str(torch.empty((), dtype=torch.int64).random_(generator=generator).item())


def seeds():
    rows = []
    for seed in [0, 1, 80, 2**32 - 1, 2**32 + 7, 67280421310721, 2**64 - 1, -1, -5, -(2**63)]:
        generator = torch.Generator().manual_seed(seed)
        rows.append({"seed": str(seed), "int64": [next_int64(generator) for _ in range(3)]})
    return rows


def uniforms():
    rows = []
    for seed, size, low, high in [
        (0, 20, 0.0, 1.0),
        (80, 700, -0.08247860988423225, 0.08247860988423225),
        (3, 64, -1e-3, 7.3),
        (5, 5, 2.0, 2.0),
    ]:
        torch.manual_seed(seed)
        values = torch.empty(size).uniform_(low, high)
        rows.append({"seed": seed, "low": low, "high": high, "bits": bits(values)})
    # Long enough to pass through the clamp and every rounding, kept as a digest.
    torch.manual_seed(11)
    values = torch.empty(1_000_000).uniform_(-0.3, 0.45)
    digest = hashlib.sha256(values.numpy().tobytes()).hexdigest()
    return {"short": rows, "long": {"seed": 11, "size": 1_000_000, "low": -0.3, "high": 0.45, "sha256": digest}}


def normals():
    rows = []
    for size in range(1, 41):
        torch.manual_seed(100 + size)
        # The number after it shows how much was drawn; a randn of 3 before it leaves a partner over.
        first = torch.randn(3)
        values = torch.randn(size)
        after = torch.randn(2)
        rows.append(
            {
                "seed": 100 + size,
                "first": first.tolist(),
                "values": values.tolist(),
                "after": after.tolist(),
                "int64": next_int64(),
            }
        )
    torch.manual_seed(42)
    large = torch.randn(3, 5, 7, 1001)
    step = 997
    return {
        "sizes": rows,
        "large": {
            "seed": 42,
            "shape": list(large.shape),
            "step": step,
            "values": large.flatten()[::step].tolist(),
            "sum": large.double().sum().item(),
            "sumOfSquares": (large.double() ** 2).sum().item(),
        },
    }


def permutations():
    rows = []
    for n in [0, 1, 2, 3, 10, 100]:
        torch.manual_seed(n)
        rows.append({"seed": n, "n": n, "values": torch.randperm(n).tolist(), "int64": next_int64()})
    long = []
    for n in [10_000, 50_000, 1_000_000]:
        torch.manual_seed(n)
        values = torch.randperm(n).to(torch.int32)
        long.append({"seed": n, "n": n, "sha256": hashlib.sha256(values.numpy().tobytes()).hexdigest()})
    return {"short": rows, "long": long}


def integers():
    rows = []
    for seed, low, high, size in [(0, 0, 9, 40), (80, -5, 2**27, 12), (3, 7, 8, 3), (5, 0, 2**28 - 1, 12)]:
        torch.manual_seed(seed)
        values = torch.randint(low, high, (size,)).tolist()
        rows.append({"seed": seed, "low": low, "high": high, "values": values, "int64": next_int64()})
    return rows


if __name__ == "__main__":
    fixtures = {
        "torch": torch.__version__.split("+")[0],
        "unseeded": next_int64(torch.Generator()),
        "seeds": seeds(),
        "uniform": uniforms(),
        "randn": normals(),
        "randperm": permutations(),
        "randint": integers(),
    }
    path = pathlib.Path(__file__).with_name("torch_random.json")
    path.write_text(json.dumps(fixtures, separators=(",", ":")) + "\n")
