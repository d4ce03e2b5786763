"""Writes what PyTorch computes for the lecture's modules into tests/parity/fixtures.

usage: python tests/parity/make_fixtures.py      (needs torch 2.13, numpy and safetensors)

Weights and inputs come from seeds, which give the same numbers in this library; so the networks'
weights, 28 MB, are not stored, only their checksums.
"""

import hashlib
import json
import pathlib
import sys

import torch
from agreement import Arithmetic, exactly
from safetensors.torch import save_file
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "lib" / "nn"))
from lecture import Branching, ConvBlock, GoogLeNet, Inception  # noqa: E402


class InceptionNaive(Branching):
    def __init__(self, in_channels, ch1x1, ch3x3, ch5x5):
        super().__init__()
        self.branch1 = ConvBlock(in_channels, ch1x1, 1)
        self.branch2 = ConvBlock(in_channels, ch3x3, 3, padding=1)
        self.branch3 = ConvBlock(in_channels, ch5x5, 5, padding=2)
        self.branch4 = nn.MaxPool2d(3, stride=1, padding=1)


FIXTURES = pathlib.Path(__file__).parent / "fixtures"
# What the tests allow: see reference.ts.
TOLERANCE, GRADIENT_TOLERANCE = 1e-4, 3e-4

# Case: module, its arguments, and the shape of the input, (C, H, W) or (B, C, H, W).
BLOCKS = {
    "conv_1x1": ("ConvBlock", [5, 7, 1], [2, 5, 4, 6]),
    "conv_3x3_odd": ("ConvBlock", [3, 4, 3, 1], [2, 3, 7, 5]),
    "conv_5x5_unpadded": ("ConvBlock", [3, 4, 5], [1, 3, 8, 9]),
    "conv_5x5_larger_than_image": ("ConvBlock", [3, 4, 5, 2], [2, 3, 2, 2]),
    "conv_7x7_stride_2_even": ("ConvBlock", [3, 4, 7, 3, 2], [1, 3, 16, 16]),
    "conv_7x7_stride_2_odd": ("ConvBlock", [3, 4, 7, 3, 2], [2, 3, 15, 11]),
    "conv_3x3_more_padding": ("ConvBlock", [2, 3, 3, 2], [1, 2, 5, 6]),
    "conv_2x2_stride_3": ("ConvBlock", [2, 3, 2, 1, 3], [1, 2, 7, 6]),
    "naive_batch": ("InceptionNaive", [6, 4, 5, 3], [3, 6, 8, 8]),
    "naive_batch_of_one_odd": ("InceptionNaive", [6, 4, 5, 3], [1, 6, 9, 7]),
    "naive_one_image": ("InceptionNaive", [6, 4, 5, 3], [6, 5, 6]),
    "inception_batch": ("Inception", [6, 4, 3, 5, 2, 3, 4], [3, 6, 8, 8]),
    "inception_batch_of_one_odd": ("Inception", [6, 4, 3, 5, 2, 3, 4], [1, 6, 7, 11]),
    "inception_one_pixel": ("Inception", [6, 4, 3, 5, 2, 3, 4], [2, 6, 1, 1]),
    "inception_one_image": ("Inception", [6, 4, 3, 5, 2, 3, 4], [6, 9, 8]),
    "maxpool_3x3_stride_1": ("MaxPool2d", [3, 1, 1], [2, 3, 5, 6]),
    "maxpool_3x3_stride_2_even": ("MaxPool2d", [3, 2, 1], [2, 3, 8, 6]),
    "maxpool_3x3_stride_2_odd": ("MaxPool2d", [3, 2, 1], [1, 3, 7, 9]),
    "maxpool_3x3_stride_2_one_pixel": ("MaxPool2d", [3, 2, 1], [2, 3, 1, 1]),
    "maxpool_5x5_stride_3": ("MaxPool2d", [5, 3, 2], [1, 2, 10, 13]),
    "maxpool_default_stride": ("MaxPool2d", [3], [2, 3, 10, 7]),
    "maxpool_one_image": ("MaxPool2d", [3, 2, 1], [3, 6, 5]),
}
MODULES = {
    "ConvBlock": ConvBlock,
    "InceptionNaive": InceptionNaive,
    "Inception": Inception,
    "MaxPool2d": nn.MaxPool2d,
}
BLOCK_SEED = 80

# Side of the images, their number, and the seed.
NETWORKS = {"imagenet": (224, 1, 80), "cifar10": (32, 2, 80)}
# PyTorch's initial weights let the signal fade until the logits are little more than fc6's bias.
# With larger weights they depend on the image, so comparing them says something.
WEIGHT_FACTOR = 2.0
SAMPLES = 16

ADAM_STEPS = 4
ADAM_CASES = [
    {"seed": 84, "weightFactor": 1.0, "batch": 8, "learningRate": 1e-4},
    {"seed": 80, "weightFactor": 1.5, "batch": 4, "learningRate": 1e-4},
]

# Ordinary, equal, large and hopeless logits.
LOSS_CASES = [
    {"logits": [[0.3, -1.2, 2.0], [0.0, 0.5, -0.5]], "labels": [2, 0]},
    {"logits": [[0.0, 0.0, 0.0, 0.0]], "labels": [3]},
    {"logits": [[1000.0, -1000.0], [88.0, 89.0]], "labels": [0, 1]},
    {"logits": [[500.0, 0.0, -500.0]], "labels": [2]},
]


def block(name: str, arithmetic: Arithmetic) -> dict[str, dict[str, torch.Tensor]]:
    module_name, arguments, shape = BLOCKS[name]
    torch.manual_seed(BLOCK_SEED)
    module = MODULES[module_name](*arguments)
    drawn = {f"parameter/{key}": value.clone() for key, value in module.state_dict().items()}
    # Below zero throughout: a padding of zeros instead of -infinity would win every maximum.
    shift = -5 if module_name == "MaxPool2d" else 0
    drawn["input"] = torch.randn(shape) + shift
    with torch.no_grad():
        drawn["upstream"] = torch.randn(module(drawn["input"]).shape)
    module = arithmetic.prepare(module)
    x = drawn["input"].to(arithmetic.dtype).requires_grad_()
    y = module(x)
    y.backward(drawn["upstream"].to(arithmetic.dtype))
    gradients = {f"gradient/{key}": value.grad for key, value in module.named_parameters()}
    return {
        name: {**drawn, "output": y.detach()},
        f"{name}, gradients": {"gradient/input": x.grad, **gradients},
    }


def samples(tensor: torch.Tensor, most: int = SAMPLES) -> dict:
    """A tensor's size, its length as a vector, and numbers spread over it (PyTorch's layout)."""
    flat = tensor.detach().double().flatten()
    count = min(most, flat.numel())
    at = [i * flat.numel() // count for i in range(count)]
    return {
        "size": flat.numel(),
        "norm": flat.norm().item(),
        "at": at,
        "values": flat[at].tolist(),
    }


def network(form: str, weight_factor: float, arithmetic: Arithmetic, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    model = GoogLeNet(3, form)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name.endswith(".weight"):
                value.mul_(weight_factor)
    return arithmetic.prepare(model)


def images(form: str, batch: int, arithmetic: Arithmetic) -> torch.Tensor:
    """Continues the generator where the weights left it."""
    side = NETWORKS[form][0]
    return torch.rand(batch, 3, side, side).to(arithmetic.dtype)


def checksums(form: str) -> dict[str, str]:
    torch.manual_seed(NETWORKS[form][2])
    return {
        name: hashlib.sha256(value.numpy().tobytes()).hexdigest()
        for name, value in GoogLeNet(3, form).state_dict().items()
    }


def initial_logits(form: str, arithmetic: Arithmetic) -> list[float]:
    _, batch, seed = NETWORKS[form]
    model = network(form, 1.0, arithmetic, seed)
    with torch.no_grad():
        return model(images(form, batch, arithmetic)).flatten().tolist()


def network_numbers(form: str, arithmetic: Arithmetic) -> dict:
    _, batch, seed = NETWORKS[form]
    model = network(form, WEIGHT_FACTOR, arithmetic, seed)
    x = images(form, batch, arithmetic).requires_grad_()
    stages = {}
    for name, stage in model.named_children():
        stage.register_forward_hook(
            lambda _module, _input, output, name=name: stages.update({name: samples(output)})
        )
    logits = model(x)
    loss = nn.CrossEntropyLoss()(logits, torch.arange(batch))
    numbers = {
        "initialLogits": initial_logits(form, arithmetic),
        "stages": dict(stages),
        "logits": logits.flatten().tolist(),
        "loss": loss.item(),
    }
    # At 224x224 a rounding error changes which pixel wins one of the many maxima.
    if form == "cifar10":
        loss.backward()
        gradients = {name: samples(value.grad) for name, value in model.named_parameters()}
        return {form: numbers, f"{form}, gradients": {"input": samples(x.grad), **gradients}}
    return {form: numbers}


def adam_losses(case: dict, arithmetic: Arithmetic) -> list[float]:
    """Before each step, and after the last, so that each of the steps shows."""
    model = network("cifar10", case["weightFactor"], arithmetic, case["seed"])
    x = images("cifar10", case["batch"], arithmetic)
    labels = torch.arange(case["batch"]) % 10
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=case["learningRate"])
    losses = []
    for _ in range(ADAM_STEPS):
        loss = loss_fn(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return [*losses, loss_fn(model(x), labels).item()]


def loss_numbers(case: dict, arithmetic: Arithmetic) -> dict:
    logits = torch.tensor(case["logits"], dtype=arithmetic.dtype, requires_grad=True)
    loss = nn.CrossEntropyLoss()(logits, torch.tensor(case["labels"]))
    loss.backward()
    return {"loss": loss.item(), "gradient": logits.grad.tolist()}


def compute(arithmetic: Arithmetic) -> dict:
    """The numbers of every fixture, by its name."""
    numbers = {}
    for name in BLOCKS:
        numbers |= block(name, arithmetic)
    for form in NETWORKS:
        numbers |= network_numbers(form, arithmetic)
    for i, case in enumerate(ADAM_CASES):
        numbers[f"Adam {i}"] = adam_losses(case, arithmetic)
    for i, case in enumerate(LOSS_CASES):
        numbers[f"cross-entropy {i}"] = loss_numbers(case, arithmetic)
    return numbers


def write_block(name: str, tensors: dict[str, torch.Tensor]) -> None:
    module_name, arguments, _ = BLOCKS[name]
    case = json.dumps({"module": module_name, "arguments": arguments, "seed": BLOCK_SEED})
    save_file(
        {key: value.float().contiguous() for key, value in tensors.items()},
        FIXTURES / f"{name}.safetensors",
        {"case": case},
    )


def write_network(form: str, numbers: dict) -> None:
    described = {
        "seed": NETWORKS[form][2],
        "batch": NETWORKS[form][1],
        "parameters": sum(value.numel() for value in GoogLeNet(3, form).parameters()),
        "checksums": checksums(form),
        "weightFactor": WEIGHT_FACTOR,
    }
    write_json(f"{form}.json", described | numbers)


def write_json(name: str, value: object) -> None:
    (FIXTURES / name).write_text(json.dumps(value, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    FIXTURES.mkdir(exist_ok=True)
    numbers = exactly(
        compute, lambda name: GRADIENT_TOLERANCE if "gradients" in name else TOLERANCE
    )
    for name in BLOCKS:
        write_block(name, numbers[name] | numbers[f"{name}, gradients"])
    for form in NETWORKS:
        write_network(form, numbers[form] | {"gradients": numbers.get(f"{form}, gradients")})
    losses = [{"losses": numbers[f"Adam {i}"]} for i in range(len(ADAM_CASES))]
    write_json("adam.json", [case | found for case, found in zip(ADAM_CASES, losses)])
    found = [numbers[f"cross-entropy {i}"] for i in range(len(LOSS_CASES))]
    write_json("cross_entropy.json", [case | of_case for case, of_case in zip(LOSS_CASES, found)])
    torch.manual_seed(BLOCK_SEED)
    save_file(
        Inception(6, 4, 3, 5, 2, 3, 4).state_dict(), FIXTURES / "inception_state_dict.safetensors"
    )
