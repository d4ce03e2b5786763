"""Trains the lecture's network with the lecture's loop in PyTorch and writes what it printed, and
the root mean square of each stage's gradient before the first step, all images in one batch.

usage: python tests/training/lecture_run.py      (needs torch 2.13)

The images are a formula of index and position, so that the test makes the same ones.
"""

import copy
import json
import pathlib
import sys

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "parity"))
from lecture import GoogLeNet  # noqa: E402

SAMPLES, BATCH, EPOCHS, LR, SEED = 80, 32, 3, 1e-4, 80


def images(samples: int) -> torch.Tensor:
    index = torch.arange(samples).view(-1, 1, 1, 1)
    channel = torch.arange(3).view(1, -1, 1, 1)
    row = torch.arange(32).view(1, 1, -1, 1)
    column = torch.arange(32).view(1, 1, 1, -1)
    label = index % 10
    return (37 * index + 53 * channel + row * (3 + label) + column * (11 - label)) % 256


data = TensorDataset(images(SAMPLES).float().div(255), torch.arange(SAMPLES) % 10)
torch.manual_seed(SEED)
loader = DataLoader(data, batch_size=BATCH, shuffle=True)
model = GoogLeNet(3, "cifar10")
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=LR)

# In float64: the gradients are sums that nearly cancel.
exact = copy.deepcopy(model).double()
x, y = data.tensors
loss_fn(exact(x.double()), y).backward()
gradients = {}
for name, parameter in exact.named_parameters():
    gradients.setdefault(name.split(".")[0], []).append(parameter.grad.flatten())
stage_gradients = {
    name: torch.cat(parts).square().mean().sqrt().item() for name, parts in gradients.items()
}

epochs = []
for epoch in range(EPOCHS):
    epoch_loss, n_corrects = 0.0, 0
    for x, y in loader:
        pred = model(x)
        optimizer.zero_grad()
        loss = loss_fn(pred, y)
        loss.backward()
        optimizer.step()
        n_corrects += (torch.argmax(pred, dim=1) == y).sum().item()
        epoch_loss += loss.item()
    epochs.append({"epoch": epoch, "loss": epoch_loss / len(loader), "accuracy": n_corrects / SAMPLES})
written = {"stage_gradients": stage_gradients, "epochs": epochs}
pathlib.Path(__file__).with_name("lecture_run.json").write_text(json.dumps(written, indent=2) + "\n")
print(written)
