"""Writes what PyTorch computes in training into tests/parity/fixtures/training.

usage: python tests/parity/make_training_fixtures.py      (needs torch 2.13, numpy and safetensors)

What batch normalisation does in training is not what it does afterwards: each block's fixture has the
output and the gradients of a batch in training, and what three steps leave, the running statistics
among it. variants.json has the same of the lecture's networks with the options of GoogLeNet.
"""

import copy
import json
import pathlib
import sys

import torch
from agreement import Arithmetic, exactly
from make_fixtures import GRADIENT_TOLERANCE, TOLERANCE, images, samples, write_json
from safetensors.torch import save_file
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "lib" / "nn"))
from lecture import ConvBlock, GoogLeNet, Inception  # noqa: E402

FIXTURES = pathlib.Path(__file__).parent / "fixtures" / "training"

# Case: module, its arguments by their names here, and the shape of the input, (B, C, H, W).
BLOCKS = {
    "batch_norm": ("BatchNorm2d", {"numFeatures": 5, "eps": 0.001, "momentum": 0.3}, [2, 5, 3, 4]),
    "batch_norm_default": ("BatchNorm2d", {"numFeatures": 3}, [3, 3, 2, 2]),
    "batch_norm_two_numbers": ("BatchNorm2d", {"numFeatures": 3, "eps": 0.1}, [2, 3, 1, 1]),
    "conv": (
        "ConvBlock",
        {"inChannels": 3, "outChannels": 4, "kernelSize": 3, "padding": 1, "batchNorm": True},
        [4, 3, 5, 6],
    ),
    "inception": (
        "Inception",
        {
            "inChannels": 6,
            "ch1x1": 4,
            "ch3x3red": 3,
            "ch3x3": 5,
            "ch5x5red": 2,
            "ch5x5": 3,
            "poolProj": 4,
            "batchNorm": True,
        },
        [3, 6, 6, 5],
    ),
}
# By their arguments in the order of BLOCKS.
MODULES = {
    "BatchNorm2d": lambda *given: nn.Sequential(nn.BatchNorm2d(*given)),
    "ConvBlock": lambda *given: ConvBlock(*given[:4], batch_norm=given[4]),
    "Inception": Inception,
}
SEED = 80
STEPS, LEARNING_RATE = 3, 0.05

# Case: form, number of images, options by their names here. Dropout, whose masks are the library's
# own, is in evaluation mode.
NETWORKS = {
    "batch normalisation": ("cifar10", 8, {"batchNorm": True}),
    "He initialisation": ("cifar10", 2, {"initialization": "he"}),
    "auxiliary classifiers": ("cifar10", 2, {"initialization": "he", "auxiliary": True}),
    "auxiliary classifiers, 224x224": (
        "imagenet",
        1,
        {"initialization": "he", "auxiliary": True},
    ),
    "a fine stem": ("cifar10", 1, {"initialization": "he", "auxiliary": True, "stem": "fine"}),
}
# Of batch normalisation in training, before it is evaluated.
PASSES = 3
SAMPLES = 5
# Of the paper's auxiliary classifiers.
AUXILIARY_WEIGHT = 0.3
NORMALISED_TOLERANCE, DRAWN_TOLERANCE = 3e-3, 1e-3


def block(name: str, arithmetic: Arithmetic) -> dict[str, dict[str, torch.Tensor]]:
    module_name, arguments, shape = BLOCKS[name]
    torch.manual_seed(SEED)
    module = MODULES[module_name](*arguments.values())
    # Neither around 0 nor of variance 1, which is where the running statistics begin.
    x = 3 * torch.randn(shape) + 2
    upstream = torch.randn(copy.deepcopy(module)(x).shape)
    module = arithmetic.prepare(module)
    trained = copy.deepcopy(module)
    x, upstream = x.to(arithmetic.dtype), upstream.to(arithmetic.dtype)
    features = x.clone().requires_grad_()
    output = module(features)
    output.backward(upstream)
    optimizer = torch.optim.SGD(trained.parameters(), lr=LEARNING_RATE)
    for _ in range(STEPS):
        optimizer.zero_grad()
        trained(x).backward(upstream)
        optimizer.step()
    state = {
        f"state/{key}": value
        for key, value in trained.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    gradients = {f"gradient/{key}": value.grad for key, value in module.named_parameters()}
    with torch.no_grad():
        evaluated = trained.eval()(x)
    return {
        name: {"input": x, "upstream": upstream, "output": output.detach()},
        f"{name}, gradients": {"gradient/input": features.grad, **gradients},
        f"{name}, trained": {**state, "evaluated": evaluated},
    }


def network(name: str, arithmetic: Arithmetic) -> dict[str, dict]:
    form, batch, options = NETWORKS[name]
    torch.manual_seed(SEED)
    model = GoogLeNet(
        3,
        form,
        batch_norm=options.get("batchNorm", False),
        initialization=options.get("initialization", "pytorch"),
        auxiliary=options.get("auxiliary", False),
        stem=options.get("stem", "lecture"),
    )
    x = images(form, batch, arithmetic)
    model = arithmetic.prepare(model)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.eval()
    labels = torch.arange(batch)

    def forward() -> tuple[list[torch.Tensor], torch.Tensor]:
        output = model(x)
        logits = list(output) if isinstance(output, tuple) else [output]
        losses = [nn.CrossEntropyLoss()(one, labels) for one in logits]
        return logits, losses[0] + AUXILIARY_WEIGHT * sum(losses[1:])

    logits, loss = forward()
    numbers = {
        name: {"logits": torch.stack(logits).flatten().tolist(), "loss": loss.item()},
    }
    if "initialization" in options:
        # Biases are 0.
        numbers[f"{name}, weights"] = {
            key: samples(value, SAMPLES) for key, value in model.named_parameters() if value.any()
        }
    if "batchNorm" in options:
        # Its gradients, and so its steps, hang on rounding: of so many units some are near 0.
        with torch.no_grad():
            for _ in range(PASSES - 1):
                forward()
            evaluated = model.eval()(x).flatten().tolist()
        statistics = {key: samples(value, SAMPLES) for key, value in model.named_buffers() if value.ndim == 1}
        return numbers | {f"{name}, passed": {"statistics": statistics, "evaluated": evaluated}}
    # On large maps a rounding error changes which pixel wins one of the many maxima.
    if form == "imagenet" or "stem" in options:
        return numbers
    loss.backward()
    gradients = {key: samples(value.grad, SAMPLES) for key, value in model.named_parameters()}
    return numbers | {f"{name}, gradients": gradients}


def compute(arithmetic: Arithmetic) -> dict:
    numbers = {}
    for name in BLOCKS:
        numbers |= block(name, arithmetic)
    for name in NETWORKS:
        numbers |= network(name, arithmetic)
    return numbers


def bound_of(name: str) -> float:
    # Normalisations one on the other make a hundred times as much of a rounding error.
    if name.startswith("batch normalisation"):
        return NORMALISED_TOLERANCE
    # PyTorch's own normal numbers differ by 1e-6 from processor to processor.
    if name.startswith(tuple(NETWORKS)):
        return DRAWN_TOLERANCE
    return GRADIENT_TOLERANCE if name.endswith(("gradients", "trained")) else TOLERANCE


if __name__ == "__main__":
    numbers = exactly(compute, bound_of)
    FIXTURES.mkdir(exist_ok=True)
    for name, (module, arguments, _) in BLOCKS.items():
        case = {
            "module": module,
            "arguments": arguments,
            "seed": SEED,
            "steps": STEPS,
            "learningRate": LEARNING_RATE,
        }
        tensors = numbers[name] | numbers[f"{name}, gradients"] | numbers[f"{name}, trained"]
        save_file(
            {key: value.float().contiguous() for key, value in tensors.items()},
            FIXTURES / f"{name}.safetensors",
            {"case": json.dumps(case)},
        )
    variants = []
    for name, (form, batch, options) in NETWORKS.items():
        case = {"name": name, "form": form, "batch": batch, "options": options, "seed": SEED}
        found = {
            key: numbers[f"{name}, {key}"]
            for key in ["weights", "gradients", "passed"]
            if f"{name}, {key}" in numbers
        }
        variants.append(case | numbers[name] | found)
    settings = {"passes": PASSES, "auxiliaryWeight": AUXILIARY_WEIGHT}
    write_json("variants.json", settings | {"networks": variants})
