"""Writes what torchvision's GoogLeNet computes into tests/parity/fixtures/torchvision.json.

usage: python tests/parity/make_torchvision_fixtures.py      (needs torch 2.13 and torchvision 0.28)

Its weights are drawn in the order of its state_dict, uniformly, which this library does to the bit;
so the file has their names and shapes alone, and the logits that they give.
"""

import math

import torch
import torchvision
from agreement import Arithmetic, exactly
from make_fixtures import TOLERANCE, samples, write_json

SEED = 80


def draw(name: str, shape: torch.Size) -> torch.Tensor:
    """Weights that keep the signal alive; statistics and scales that no layer could do without."""
    if len(shape) > 1:
        bound = math.sqrt(6 / math.prod(shape[1:]))
        return torch.empty(shape).uniform_(-bound, bound)
    if name.endswith(("bias", "running_mean")):
        return torch.empty(shape).uniform_(-0.5, 0.5)
    return torch.empty(shape).uniform_(0.5, 1.5)


def network() -> torch.nn.Module:
    model = torchvision.models.googlenet(
        weights=None, init_weights=False, aux_logits=False, transform_input=True
    )
    torch.manual_seed(SEED)
    for name, value in model.state_dict().items():
        if value.ndim > 0:
            value.copy_(draw(name, value.shape))
    return model.eval()


def compute(arithmetic: Arithmetic) -> dict:
    model = network()
    image = torch.rand(1, 3, 224, 224).to(arithmetic.dtype) * 4 - 2
    with torch.no_grad():
        return {"logits": samples(arithmetic.prepare(model)(image))}


if __name__ == "__main__":
    numbers = exactly(compute, lambda _: TOLERANCE)
    shapes = {name: list(value.shape) for name, value in network().state_dict().items()}
    write_json("torchvision.json", {"seed": SEED, "shapes": shapes} | numbers)
