"""Trains the lecture's network with the lecture's loop in PyTorch and writes what it printed, and
the root mean square of each stage's gradient before the first step.

usage: python tests/training/lecture_run.py      (needs torch 2.13)

The images are a formula of index and position, so that the test makes the same ones.
"""

import json
import pathlib
import sys

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

PROJECT = pathlib.Path(__file__).parents[2]
sys.path[:0] = [str(PROJECT / "tests" / "parity"), str(PROJECT / "lib" / "nn")]
from agreement import Arithmetic, exactly  # noqa: E402
from lecture import GoogLeNet  # noqa: E402

# What the tests allow: losses, and the size of gradients.
BOUND, GRADIENT_BOUND = 1e-4, 1e-3
# Of five classes out of ten: with all in equal numbers the gradients of untrained networks, which
# see no difference between images, nearly cancel.
GRADIENT_SAMPLES = 5
SAMPLES, BATCH, EPOCHS, LR, SEED = 80, 32, 3, 1e-4, 80


def images(samples: int) -> torch.Tensor:
    index = torch.arange(samples).view(-1, 1, 1, 1)
    channel = torch.arange(3).view(1, -1, 1, 1)
    row = torch.arange(32).view(1, 1, -1, 1)
    column = torch.arange(32).view(1, 1, 1, -1)
    label = index % 10
    return (37 * index + 53 * channel + row * (3 + label) + column * (11 - label)) % 256


def network(arithmetic: Arithmetic) -> nn.Module:
    return arithmetic.prepare(GoogLeNet(3, "cifar10"))


def batch(x: torch.Tensor, arithmetic: Arithmetic) -> torch.Tensor:
    return x.float().div(255).to(arithmetic.dtype)


def stage_gradients(arithmetic: Arithmetic) -> dict[str, float]:
    torch.manual_seed(SEED)
    model = network(arithmetic)
    x = batch(images(GRADIENT_SAMPLES), arithmetic)
    nn.CrossEntropyLoss()(model(x), torch.arange(GRADIENT_SAMPLES)).backward()
    gradients = {}
    for name, parameter in model.named_parameters():
        gradients.setdefault(name.split(".")[0], []).append(parameter.grad.flatten())
    return {name: torch.cat(g).square().mean().sqrt().item() for name, g in gradients.items()}


def run(arithmetic: Arithmetic) -> tuple[list[float], list[float]]:
    """Loss and accuracy of each epoch."""
    data = TensorDataset(images(SAMPLES), torch.arange(SAMPLES) % 10)
    torch.manual_seed(SEED)
    loader = DataLoader(data, batch_size=BATCH, shuffle=True)
    model = network(arithmetic)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    losses, accuracies = [], []
    for _ in range(EPOCHS):
        epoch_loss, n_corrects = 0.0, 0
        for x, y in loader:
            pred = model(batch(x, arithmetic))
            optimizer.zero_grad()
            loss = loss_fn(pred, y)
            loss.backward()
            optimizer.step()
            n_corrects += (torch.argmax(pred, dim=1) == y).sum().item()
            epoch_loss += loss.item()
        losses.append(epoch_loss / len(loader))
        accuracies.append(n_corrects / SAMPLES)
    return losses, accuracies


def compute(arithmetic: Arithmetic) -> dict:
    losses, accuracies = run(arithmetic)
    stages = {f"gradient of {name}": rms for name, rms in stage_gradients(arithmetic).items()}
    return {"losses": losses, "accuracies": accuracies, **stages}


if __name__ == "__main__":
    numbers = exactly(compute, lambda name: GRADIENT_BOUND if "gradient" in name else BOUND)
    rows = zip(range(EPOCHS), numbers["losses"], numbers["accuracies"])
    written = {
        "stage_gradients": {
            name.removeprefix("gradient of "): rms
            for name, rms in numbers.items()
            if name.startswith("gradient of ")
        },
        "epochs": [{"epoch": e, "loss": loss, "accuracy": accuracy} for e, loss, accuracy in rows],
    }
    file = pathlib.Path(__file__).with_name("lecture_run.json")
    file.write_text(json.dumps(written, indent=2) + "\n")
