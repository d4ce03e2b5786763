"""Writes what PyTorch computes for the lecture's modules into tests/parity/fixtures.

usage: python tests/parity/make_fixtures.py      (needs torch 2.13, numpy and safetensors)

Weights and inputs come from seeds, which give the same numbers in this library; so the networks'
weights, 28 MB, are not stored, only their checksums.
"""

import hashlib
import json
import pathlib

import torch
from lecture import ConvBlock, GoogLeNet, Inception, InceptionNaive
from safetensors.torch import save_file
from torch import nn

FIXTURES = pathlib.Path(__file__).parent / "fixtures"

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

NETWORKS = {"imagenet": (224, 1), "cifar10": (32, 4)}
NETWORK_SEED = 80
# PyTorch's initial weights let the signal fade until the logits are little more than fc6's bias.
# With weights 2.5 times as large they depend on the image, so comparing them says something.
WEIGHT_FACTOR = 2.5
SAMPLES = 16

ADAM_STEPS, ADAM_BATCH = 5, 8
# Factor of the initial weights, and learning rate. With larger ones a rounding error grows beyond
# the tolerance within the five steps, in PyTorch's float32 against its float64 too.
ADAM_CASES = [(1.0, 1e-3), (2.0, 1e-4)]


def write_block(name: str) -> None:
    module_name, arguments, shape = BLOCKS[name]
    torch.manual_seed(BLOCK_SEED)
    module = MODULES[module_name](*arguments)
    # Below zero throughout: a padding of zeros instead of -infinity would win every maximum.
    shift = -5 if module_name == "MaxPool2d" else 0
    x = (torch.randn(shape) + shift).requires_grad_()
    y = module(x)
    upstream = torch.randn(y.shape)
    y.backward(upstream)
    tensors = {
        "input": x.detach(),
        "output": y.detach(),
        "upstream": upstream,
        "gradient/input": x.grad,
    }
    for parameter, value in module.named_parameters():
        tensors[f"parameter/{parameter}"] = value.detach()
        tensors[f"gradient/{parameter}"] = value.grad
    save_file(
        {key: value.contiguous() for key, value in tensors.items()},
        FIXTURES / f"{name}.safetensors",
        {"case": json.dumps({"module": module_name, "arguments": arguments, "seed": BLOCK_SEED})},
    )


def samples(tensor: torch.Tensor) -> dict:
    """A tensor's length as a vector, and numbers spread over it (PyTorch's layout)."""
    flat = tensor.detach().double().flatten()
    at = [i * flat.numel() // SAMPLES for i in range(min(SAMPLES, flat.numel()))]
    if flat.numel() < SAMPLES:
        at = list(range(flat.numel()))
    return {"norm": flat.norm().item(), "at": at, "values": flat[at].tolist()}


def network(form: str) -> nn.Module:
    torch.manual_seed(NETWORK_SEED)
    return GoogLeNet(3, form)


def images(form: str, batch: int) -> torch.Tensor:
    """Continues the generator where the weights left it."""
    side = NETWORKS[form][0]
    return torch.rand(batch, 3, side, side)


def describe_network(form: str) -> dict:
    batch = NETWORKS[form][1]
    model = network(form)
    checksums = {
        name: hashlib.sha256(value.numpy().tobytes()).hexdigest()
        for name, value in model.state_dict().items()
    }
    x = images(form, batch)
    initial_logits = model(x).detach()
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name.endswith(".weight"):
                value.mul_(WEIGHT_FACTOR)
    stages = {}
    hooks = [
        stage.register_forward_hook(
            lambda _module, _input, output, name=name: stages.update({name: samples(output)})
        )
        for name, stage in model.named_children()
    ]
    x.requires_grad_()
    logits = model(x)
    for hook in hooks:
        hook.remove()
    labels = torch.arange(batch)
    loss = nn.CrossEntropyLoss()(logits, labels)
    gradients = None
    # At 224x224 a rounding error changes which pixel wins one of the many maxima: PyTorch's own
    # float32 and float64 gradients of the image differ by 0.7 %, so there is nothing to compare.
    if form == "cifar10":
        loss.backward()
        gradients = {
            "input": samples(x.grad),
            **{name: samples(value.grad) for name, value in model.named_parameters()},
        }
    with torch.no_grad():
        black = model(torch.zeros_like(x))
        difference = (black - logits).abs().max() / logits.abs().max()
        print(f"{form}: logits differ from a black image's by {difference:.2f} of the largest")
    return {
        "seed": NETWORK_SEED,
        "batch": batch,
        "parameters": sum(value.numel() for value in model.parameters()),
        "checksums": checksums,
        "initialLogits": initial_logits.flatten().tolist(),
        "weightFactor": WEIGHT_FACTOR,
        "stages": stages,
        "logits": logits.flatten().tolist(),
        "loss": loss.item(),
        "gradients": gradients,
    }


def describe_adam(weight_factor: float, learning_rate: float) -> dict:
    model = network("cifar10")
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name.endswith(".weight"):
                value.mul_(weight_factor)
    x = images("cifar10", ADAM_BATCH)
    labels = torch.arange(ADAM_BATCH) % 10
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    losses = []
    for _ in range(ADAM_STEPS):
        loss = loss_fn(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    # The loss after the last step too, so that each of the steps shows.
    losses.append(loss_fn(model(x), labels).item())
    print(f"Adam, weights times {weight_factor}: {losses}")
    return {
        "seed": NETWORK_SEED,
        "weightFactor": weight_factor,
        "batch": ADAM_BATCH,
        "learningRate": learning_rate,
        "losses": losses,
    }


def describe_loss() -> list[dict]:
    """Cross-entropy of ordinary, equal, large and hopeless logits."""
    cases = [
        ([[0.3, -1.2, 2.0], [0.0, 0.5, -0.5]], [2, 0]),
        ([[0.0, 0.0, 0.0, 0.0]], [3]),
        ([[1000.0, -1000.0], [88.0, 89.0]], [0, 1]),
        ([[500.0, 0.0, -500.0]], [2]),
    ]
    described = []
    for values, labels in cases:
        logits = torch.tensor(values, requires_grad=True)
        loss = nn.CrossEntropyLoss()(logits, torch.tensor(labels))
        loss.backward()
        described.append(
            {"logits": values, "labels": labels, "loss": loss.item(), "gradient": logits.grad.tolist()}
        )
    return described


def write_json(name: str, value: object) -> None:
    (FIXTURES / name).write_text(json.dumps(value, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    FIXTURES.mkdir(exist_ok=True)
    for block in BLOCKS:
        write_block(block)
    for form in NETWORKS:
        write_json(f"{form}.json", describe_network(form))
    write_json("adam.json", [describe_adam(*case) for case in ADAM_CASES])
    write_json("cross_entropy.json", describe_loss())
    torch.manual_seed(BLOCK_SEED)
    save_file(
        Inception(6, 4, 3, 5, 2, 3, 4).state_dict(), FIXTURES / "inception_state_dict.safetensors"
    )
