"""Whether numbers that PyTorch computes hang on rounding.

Near a tie of a max pool, or at a ReLU's zero, two correct programs give different gradients, and
training makes different losses of them. A fixture must not stand at such a point. So its numbers
are computed in several arithmetics and have to agree far more closely than the test's bound.
"""

import os
import pathlib
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

import torch

# The numbers of float32 and float64 differ by less than the bound divided by this.
MARGIN = 100
# Those of weights that are disturbed by a millionth, by less than the bound divided by this.
DISTURBED_MARGIN = 10
DISTURBANCE = 1e-6
DISTURBED_RUNS = 8

# What PyTorch's own kernels, oneDNN's and MKL's are told to use.
INSTRUCTION_SETS = {
    "the processor's own": {},
    "AVX2": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    },
    "SSE4.1": {
        "ATEN_CPU_CAPABILITY": "default",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
    },
}


@dataclass(frozen=True)
class Arithmetic:
    """In what a fixture is computed; `disturbance` numbers a draw that moves the weights a little."""

    dtype: torch.dtype
    disturbance: int = 0

    def prepare(self, module: torch.nn.Module) -> torch.nn.Module:
        """The module, whose weights were drawn in float32, in this arithmetic."""
        module = module.to(self.dtype)
        if self.disturbance:
            generator = torch.Generator().manual_seed(self.disturbance)
            with torch.no_grad():
                for value in module.parameters():
                    noise = torch.randn(value.shape, generator=generator, dtype=self.dtype)
                    value.mul_(1 + DISTURBANCE * noise)
        return module


def difference(value, reference) -> float:
    """The largest relative difference of two fixtures, as the tests measure it."""
    if isinstance(reference, dict) and "norm" in reference:
        squares = [(a - b) ** 2 for a, b in zip(value["values"], reference["values"])]
        of_samples = (sum(squares) / len(squares)) ** 0.5
        root_mean_square = reference["norm"] / reference["size"] ** 0.5
        return max(of_samples / root_mean_square, abs(value["norm"] / reference["norm"] - 1))
    if isinstance(reference, dict):
        return max(difference(value[key], reference[key]) for key in reference)
    value, reference = (torch.as_tensor(x, dtype=torch.float64) for x in (value, reference))
    distance = (value - reference).abs().max()
    return 0 if distance == 0 else (distance / reference.abs().max()).item()


def exactly(compute: Callable[[Arithmetic], dict], bound_of: Callable[[str], float]) -> dict:
    """What `compute` gives in float64, once it is known not to hang on rounding.

    `compute` maps the names of fixtures to numbers (a tensor, a list, samples, or a dict of them);
    `bound_of` tells what the tests allow for each. Ends the program where a fixture does not hold.
    """
    if len(sys.argv) > 1:  # a child: see below
        pathlib.Path(sys.argv[1]).write_bytes(pickle.dumps(compute(Arithmetic(torch.float32))))
        sys.exit()
    reference = compute(Arithmetic(torch.float64))
    others = {
        f"float32, {name}": (in_child(environment), MARGIN)
        for name, environment in INSTRUCTION_SETS.items()
    }
    for draw in range(1, DISTURBED_RUNS + 1):
        numbers = compute(Arithmetic(torch.float64, draw))
        others[f"weights disturbed, draw {draw}"] = numbers, DISTURBED_MARGIN
    unfit = False
    for name in reference:
        bound = bound_of(name)
        print(f"{name}, bound {bound:g}: float64 differs from")
        for arithmetic, (numbers, margin) in others.items():
            found = difference(numbers[name], reference[name])
            fits = found <= bound / margin
            unfit |= not fits
            print(f"  {arithmetic:32} {found:.1e}{'' if fits else f'  MORE THAN {bound / margin:g}'}")
    if unfit:
        sys.exit("Rounding decides some of these numbers: choose another seed. Nothing was written.")
    return reference


def in_child(environment: dict[str, str]) -> dict:
    """What this script computes in float32 on other instructions, for which a process must start anew."""
    with tempfile.NamedTemporaryFile() as file:
        subprocess.run(
            [sys.executable, sys.argv[0], file.name], env={**os.environ, **environment}, check=True
        )
        return pickle.loads(pathlib.Path(file.name).read_bytes())
