"""The lecture's networks in PyTorch: what this library is compared with, in speed by the benchmark and
in numbers by the tests, whose fixtures are made with it."""

import torch
from torch import nn


class ConvBlock(nn.Sequential):
    def __init__(
        self, in_channels, out_channels, kernel_size, padding=0, stride=1, batch_norm=False
    ):
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels, out_channels, kernel_size, stride, padding, bias=not batch_norm
        )
        if batch_norm:
            self.conv1_bn = nn.BatchNorm2d(out_channels)
        self.conv1_act = nn.ReLU()


class Branching(nn.Module):
    """Branches over one input, joined along the channels."""

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.children()], dim=-3)


class Inception(Branching):
    def __init__(
        self, in_channels, ch1x1, ch3x3red, ch3x3, ch5x5red, ch5x5, pool_proj, batch_norm=False
    ):
        super().__init__()

        def conv(in_channels, out_channels, size):
            return ConvBlock(in_channels, out_channels, size, size // 2, batch_norm=batch_norm)

        pool = nn.MaxPool2d(3, stride=1, padding=1)
        self.branch1 = conv(in_channels, ch1x1, 1)
        self.branch2 = nn.Sequential(conv(in_channels, ch3x3red, 1), conv(ch3x3red, ch3x3, 3))
        self.branch3 = nn.Sequential(conv(in_channels, ch5x5red, 1), conv(ch5x5red, ch5x5, 5))
        self.branch4 = nn.Sequential(pool, conv(in_channels, pool_proj, 1))


class AuxiliaryClassifier(nn.Sequential):
    """Section 5 of the paper."""

    def __init__(self, in_channels, size, kernel_size, stride, out_features, batch_norm):
        super().__init__()
        pooled = (size - kernel_size) // stride + 1
        self.avgpool = nn.AvgPool2d(kernel_size, stride)
        self.conv = ConvBlock(in_channels, 128, 1, batch_norm=batch_norm)
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(pooled * pooled * 128, 1024)
        self.fc1_act = nn.ReLU()
        self.dropout = nn.Dropout(0.7)
        self.fc2 = nn.Linear(1024, out_features)


class GoogLeNet(nn.Module):
    """`imagenet`: 224x224 to 1,000 classes. `cifar10`: 32x32 to 10, up to block 4e. With auxiliary
    classifiers it gives three tensors of logits. With a `fine` stem the maps of `cifar10` keep their
    size up to icp_3b."""

    def __init__(
        self,
        in_channels,
        form,
        batch_norm=False,
        dropout=0,
        initialization="pytorch",
        auxiliary=False,
        stem="lecture",
    ):
        super().__init__()
        fine = stem == "fine"

        def conv(name, in_channels, out_channels, kernel_size, stride=1, padding=0):
            module = nn.Conv2d(
                in_channels, out_channels, kernel_size, stride, padding, bias=not batch_norm
            )
            self.add_module(name, module)
            if batch_norm:
                self.add_module(f"{name}_bn", nn.BatchNorm2d(out_channels))

        def pool(name):
            self.add_module(name, nn.MaxPool2d(3, stride=2, padding=1))

        def inception(name, *channels):
            self.add_module(name, Inception(*channels, batch_norm=batch_norm))

        if fine:
            conv("conv1", in_channels, 64, 3, padding=1)
        else:
            conv("conv1", in_channels, 64, 7, stride=2, padding=3)
            pool("maxpool1")
        conv("conv2_red", 64, 64, 1)
        conv("conv2", 64, 192, 3, padding=1)
        if not fine:
            pool("maxpool2")
        inception("icp_3a", 192, 64, 96, 128, 16, 32, 32)
        inception("icp_3b", 256, 128, 128, 192, 32, 96, 64)
        pool("maxpool3")
        inception("icp_4a", 480, 192, 96, 208, 16, 48, 64)
        inception("icp_4b", 512, 160, 112, 224, 24, 64, 64)
        inception("icp_4c", 512, 128, 128, 256, 24, 64, 64)
        inception("icp_4d", 512, 112, 144, 288, 32, 64, 64)
        inception("icp_4e", 528, 256, 160, 320, 32, 128, 128)
        pool("maxpool4")
        if form == "imagenet":
            inception("icp_5a", 832, 256, 160, 320, 32, 128, 128)
            inception("icp_5b", 832, 384, 192, 384, 48, 128, 128)
            self.avgpool5 = nn.AvgPool2d(7, stride=1)
        elif fine:
            self.avgpool5 = nn.AvgPool2d(8, stride=1)
        features, classes = (1024, 1000) if form == "imagenet" else (832, 10)
        if dropout:
            self.dropout = nn.Dropout(dropout)
        self.fc6 = nn.Linear(features, classes)
        if auxiliary:
            pooling = (14, 5, 3) if form == "imagenet" else (16, 16, 16) if fine else (2, 2, 2)
            self.aux1 = AuxiliaryClassifier(512, *pooling, classes, batch_norm)
            self.aux2 = AuxiliaryClassifier(528, *pooling, classes, batch_norm)
        if initialization == "he":
            for module in self.modules():
                if isinstance(module, (nn.Conv2d, nn.Linear)):
                    nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                    if module.bias is not None:
                        nn.init.zeros_(module.bias)

    def forward(self, x):
        heads = {"icp_4a": "aux1", "icp_4d": "aux2"}
        auxiliary = []
        for name, stage in self.named_children():
            if name in heads.values():
                continue
            x = stage(x.flatten(1) if name == "fc6" else x)
            if heads.get(name) in self._modules:
                auxiliary.append(self._modules[heads[name]](x))
        return (x, *auxiliary) if auxiliary else x
