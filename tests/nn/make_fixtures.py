"""Writes PyTorch's weights and outputs of small networks into tests/nn/fixtures.

usage: python tests/nn/make_fixtures.py      (needs torch 2.13, numpy and safetensors)

A file for each network holds its state_dict as PyTorch saves it; examples.safetensors holds an
input and the output of each, channels last as TensorFlow has them.
"""

import pathlib
from collections import OrderedDict

import torch
from safetensors.torch import save_file
from torch import nn

FIXTURES = pathlib.Path(__file__).parent / "fixtures"
SEED = 80


class TwoHeads(nn.Module):
    """A trunk with a head of its own in the middle, as GoogLeNet's auxiliary classifiers are."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Conv2d(2, 3, 2)
        self.auxiliary = nn.Sequential(OrderedDict(fc=nn.Linear(3 * 3 * 2, 2)))
        self.fc = nn.Linear(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.trunk(x))
        return torch.cat([self.auxiliary(x.flatten(1)), self.fc(x.mean((2, 3)))], 1)


class SumOfFlattened(nn.Module):
    """Two flattened maps, added before a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.left = nn.Conv2d(2, 3, 2)
        self.right = nn.Conv2d(2, 3, 2)
        self.fc = nn.Linear(3 * 3 * 2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(self.left(x).flatten(1) + self.right(x).flatten(1))


def network(**layers: nn.Module) -> nn.Module:
    return nn.Sequential(OrderedDict(layers))


# Case: network, and the shape of its input, (B, C, …).
NETWORKS = {
    "conv1d": (network(conv=nn.Conv1d(2, 3, 3), flat=nn.Flatten(), fc=nn.Linear(9, 2)), [2, 2, 5]),
    "conv2d": (network(conv=nn.Conv2d(2, 3, (2, 3), bias=False)), [2, 2, 4, 5]),
    "conv3d": (
        network(conv=nn.Conv3d(2, 3, (1, 2, 3)), flat=nn.Flatten(), fc=nn.Linear(3 * 2 * 3 * 2, 2)),
        [2, 2, 2, 4, 4],
    ),
    "conv_transpose2d": (network(conv=nn.ConvTranspose2d(2, 3, (2, 3), 2)), [2, 2, 2, 3]),
    "conv_transpose3d": (network(conv=nn.ConvTranspose3d(2, 3, (3, 2, 4), 2)), [1, 2, 1, 2, 2]),
    "depthwise": (network(conv=nn.Conv2d(3, 6, (2, 3), groups=3)), [2, 3, 4, 5]),
    "batch_norm": (
        network(
            conv=nn.Conv2d(2, 3, 2),
            bn=nn.BatchNorm2d(3),
            relu=nn.ReLU(),
            flat=nn.Flatten(),
            flat_bn=nn.BatchNorm1d(3 * 2 * 3),
            dropout=nn.Dropout(),
            fc=nn.Linear(3 * 2 * 3, 4),
            fc_bn=nn.BatchNorm1d(4, affine=False),
            fc_2=nn.Linear(4, 2),
        ),
        [2, 2, 3, 4],
    ),
    "embedding": (
        network(words=nn.Embedding(5, 5), fc=nn.Linear(5, 3), flat=nn.Flatten(), out=nn.Linear(12, 2)),
        [3, 4],
    ),
    "flat_images": (network(flat=nn.Flatten(), fc=nn.Linear(18, 2)), [2, 3, 2, 3]),
    "flat_rows": (network(flat=nn.Flatten(), fc=nn.Linear(6, 2)), [2, 2, 3]),
    "two_heads": (TwoHeads(), [2, 2, 4, 3]),
    "sum_of_flattened": (SumOfFlattened(), [2, 2, 4, 3]),
}


def randomize(module: nn.Module) -> None:
    """Batch normalisations as after some training."""
    for layer in module.modules():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 2)
            layer.num_batches_tracked.fill_(7)
            if layer.affine:
                nn.init.normal_(layer.weight)
                nn.init.normal_(layer.bias)


def main() -> None:
    FIXTURES.mkdir(exist_ok=True)
    examples = {}
    torch.manual_seed(SEED)
    for name, (module, shape) in NETWORKS.items():
        randomize(module)
        module.eval()
        embeds = name == "embedding"
        x = torch.randint(5, shape, dtype=torch.int32) if embeds else torch.randn(shape)
        with torch.no_grad():
            y = module(x)
        # The rows of flat_rows are rows in TensorFlow too.
        is_map = not embeds and name != "flat_rows"
        examples[f"{name}/input"] = (x.movedim(1, -1) if is_map else x).contiguous()
        examples[f"{name}/output"] = y.movedim(1, -1).contiguous()
        save_file(module.state_dict(), FIXTURES / f"{name}.safetensors")
    save_file(examples, FIXTURES / "examples.safetensors")


if __name__ == "__main__":
    main()
