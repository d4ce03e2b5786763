"""Trains a small network with each remedy of PyTorch's and writes the losses of every epoch.

usage: python tests/training/remedies.py      (needs torch 2.13)

The images are those of lecture_run.py. torchvision's RandomCrop and RandomHorizontalFlip are
written out as they draw (transforms.py, `RandomCrop.get_params`), since nothing else of it is needed.
"""

import json
import pathlib
import sys

import torch
from lecture_run import images
from torch import nn
from torch.utils.data import DataLoader, Dataset

PROJECT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(PROJECT / "tests" / "parity"))
from agreement import Arithmetic, exactly  # noqa: E402

BOUND = 1e-4
SAMPLES, BATCH, EPOCHS, LR, SEED, VALIDATION, PADDING = 80, 32, 4, 1e-3, 80, 16, 4

# Under the names of the library's constants.
REMEDIES = {
    "none": {},
    "schedule": {"schedule": "cosine"},
    "epsilon": {"epsilon": 1e-2},
    "clipNorm": {"clipNorm": 0.5},
    "weightDecay": {"weightDecay": 5.0},
    "labelSmoothing": {"labelSmoothing": 0.2},
    "augmentation": {"augmentation": True},
    "cutMix": {"cutMix": 0.7},
    "validation": {"validation": VALIDATION},
    "all": {
        "schedule": "cosine",
        "epsilon": 1e-3,
        "clipNorm": 0.5,
        "weightDecay": 0.5,
        "labelSmoothing": 0.1,
        "augmentation": True,
        "cutMix": 0.5,
        "validation": VALIDATION,
    },
}


class Images(Dataset):
    def __init__(self, pixels: torch.Tensor, augmentation: bool):
        self.pixels, self.augmentation = pixels, augmentation

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int):
        image = self.pixels[index]
        return (augmented(image) if self.augmentation else image), index % 10


def augmented(image: torch.Tensor) -> torch.Tensor:
    padded = nn.functional.pad(image, [PADDING] * 4)
    top = torch.randint(0, 2 * PADDING + 1, size=(1,)).item()
    left = torch.randint(0, 2 * PADDING + 1, size=(1,)).item()
    cropped = padded[:, top : top + image.shape[1], left : left + image.shape[2]]
    return cropped.flip(-1) if torch.rand(1) < 0.5 else cropped


def mixed(x: torch.Tensor, targets: torch.Tensor, probability: float):
    """torchvision's CutMix, but each image with a box of its own, or none."""
    height, width = x.shape[-2:]
    x, others, other_targets = x.clone(), x.roll(1, 0), targets.roll(1, 0)
    targets = targets.clone()
    for i in range(len(x)):
        chance, area = torch.rand(2).tolist()
        row, column = torch.randint(height, (1,)).item(), torch.randint(width, (1,)).item()
        if chance >= probability:
            continue
        half_height, half_width = int(0.5 * area**0.5 * height), int(0.5 * area**0.5 * width)
        rows = slice(max(0, row - half_height), min(height, row + half_height))
        columns = slice(max(0, column - half_width), min(width, column + half_width))
        x[i, :, rows, columns] = others[i, :, rows, columns]
        share = (rows.stop - rows.start) * (columns.stop - columns.start) / (height * width)
        targets[i] = (1 - share) * targets[i] + share * other_targets[i]
    return x, targets


def run(remedies: dict, arithmetic: Arithmetic) -> dict[str, list[float]]:
    held_out = remedies.get("validation", 0)
    pixels = images(SAMPLES)
    training = Images(pixels[: SAMPLES - held_out], remedies.get("augmentation", False))
    torch.manual_seed(SEED)
    loader = DataLoader(training, batch_size=BATCH, shuffle=True)
    model = arithmetic.prepare(nn.Linear(3 * 32 * 32, 10))
    loss_fn = nn.CrossEntropyLoss(label_smoothing=remedies.get("labelSmoothing", 0.0))
    optimizer = torch.optim.AdamW(
        model.parameters(),
        lr=LR,
        eps=remedies.get("epsilon", 1e-8),
        weight_decay=remedies.get("weightDecay", 0.0),
    )
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=EPOCHS)
    found = {"loss": [], "validationLoss": []}
    for _ in range(EPOCHS):
        epoch_loss = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            targets = nn.functional.one_hot(y, 10).to(arithmetic.dtype)
            if "cutMix" in remedies:
                x, targets = mixed(x, targets, remedies["cutMix"])
            loss = loss_fn(model(scaled(x, arithmetic)), targets)
            loss.backward()
            if "clipNorm" in remedies:
                nn.utils.clip_grad_norm_(model.parameters(), remedies["clipNorm"])
            optimizer.step()
            epoch_loss += loss.item()
        found["loss"].append(epoch_loss / len(loader))
        if held_out:
            with torch.no_grad():
                logits = model(scaled(pixels[SAMPLES - held_out :], arithmetic))
                labels = torch.arange(SAMPLES - held_out, SAMPLES) % 10
                found["validationLoss"].append(nn.CrossEntropyLoss()(logits, labels).item())
        if "schedule" in remedies:
            cosine.step()
    return {name: losses for name, losses in found.items() if losses}


def scaled(x: torch.Tensor, arithmetic: Arithmetic) -> torch.Tensor:
    """Rows of pixels, channels last as in the library: weights are drawn in that order."""
    return x.permute(0, 2, 3, 1).flatten(1).float().div(255).to(arithmetic.dtype)


def compute(arithmetic: Arithmetic) -> dict:
    return {name: run(remedies, arithmetic) for name, remedies in REMEDIES.items()}


if __name__ == "__main__":
    numbers = exactly(compute, lambda _: BOUND)
    written = {name: {"remedies": REMEDIES[name], **numbers[name]} for name in REMEDIES}
    file = pathlib.Path(__file__).with_name("remedies.json")
    file.write_text(json.dumps(written, indent=2) + "\n")
