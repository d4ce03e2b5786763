"""The lecture's networks in PyTorch: what this library is compared with, in speed by the benchmark and
in numbers by the tests, whose fixtures are made with it."""

import torch
from torch import nn


class ConvBlock(nn.Module):
    def __init__(
        self, in_channels, out_channels, kernel_size, padding=0, stride=1, batch_norm=False
    ):
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels, out_channels, kernel_size, stride, padding, bias=not batch_norm
        )
        self.conv1_bn = nn.BatchNorm2d(out_channels) if batch_norm else None
        self.conv1_act = nn.ReLU()

    def forward(self, x):
        x = self.conv1(x)
        if self.conv1_bn is not None:
            x = self.conv1_bn(x)
        return self.conv1_act(x)


class Branching(nn.Module):
    """Four branches over one input, joined along the channels."""

    def forward(self, x):
        branches = (self.branch1, self.branch2, self.branch3, self.branch4)
        return torch.cat([branch(x) for branch in branches], dim=-3)


class InceptionNaive(Branching):
    def __init__(self, in_channels, ch1x1, ch3x3, ch5x5):
        super().__init__()
        self.branch1 = ConvBlock(in_channels, ch1x1, 1)
        self.branch2 = ConvBlock(in_channels, ch3x3, 3, padding=1)
        self.branch3 = ConvBlock(in_channels, ch5x5, 5, padding=2)
        self.branch4 = nn.MaxPool2d(3, stride=1, padding=1)


class Inception(Branching):
    def __init__(
        self,
        in_channels,
        ch1x1,
        ch3x3red,
        ch3x3,
        ch5x5red,
        ch5x5,
        pool_proj,
        batch_norm=False,
    ):
        super().__init__()

        def convolution(in_channels, out_channels, kernel_size):
            padding = (kernel_size - 1) // 2
            return ConvBlock(in_channels, out_channels, kernel_size, padding, batch_norm=batch_norm)

        self.branch1 = convolution(in_channels, ch1x1, 1)
        self.branch2 = nn.Sequential(
            convolution(in_channels, ch3x3red, 1), convolution(ch3x3red, ch3x3, 3)
        )
        self.branch3 = nn.Sequential(
            convolution(in_channels, ch5x5red, 1), convolution(ch5x5red, ch5x5, 5)
        )
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1), convolution(in_channels, pool_proj, 1)
        )


class AuxiliaryClassifier(nn.Module):
    """Section 5 of the paper."""

    def __init__(self, in_channels, size, kernel_size, stride, out_features, batch_norm):
        super().__init__()
        pooled = (size - kernel_size) // stride + 1
        self.avgpool = nn.AvgPool2d(kernel_size, stride)
        self.conv = ConvBlock(in_channels, 128, 1, batch_norm=batch_norm)
        self.fc1 = nn.Linear(pooled * pooled * 128, 1024)
        self.dropout = nn.Dropout(0.7)
        self.fc2 = nn.Linear(1024, out_features)

    def forward(self, x):
        x = self.conv(self.avgpool(x)).flatten(1)
        return self.fc2(self.dropout(torch.relu(self.fc1(x))))


class GoogLeNet(nn.Module):
    """`imagenet`: 224x224 to 1,000 classes. `cifar10`: 32x32 to 10, up to block 4e. With auxiliary
    classifiers it gives three tensors of logits."""

    def __init__(
        self,
        in_channels,
        form,
        batch_norm=False,
        dropout=0,
        initialization="pytorch",
        auxiliary=False,
    ):
        super().__init__()
        def convolution(name, in_channels, out_channels, kernel_size, **settings):
            conv = nn.Conv2d(
                in_channels, out_channels, kernel_size, bias=not batch_norm, **settings
            )
            self.add_module(name, conv)
            if batch_norm:
                self.add_module(f"{name}_bn", nn.BatchNorm2d(out_channels))

        def inception(*channels):
            return Inception(*channels, batch_norm=batch_norm)

        convolution("conv1", in_channels, 64, 7, stride=2, padding=3)
        self.maxpool1 = nn.MaxPool2d(3, stride=2, padding=1)
        convolution("conv2_red", 64, 64, 1)
        convolution("conv2", 64, 192, 3, padding=1)
        self.maxpool2 = nn.MaxPool2d(3, stride=2, padding=1)
        self.icp_3a = inception(192, 64, 96, 128, 16, 32, 32)
        self.icp_3b = inception(256, 128, 128, 192, 32, 96, 64)
        self.maxpool3 = nn.MaxPool2d(3, stride=2, padding=1)
        self.icp_4a = inception(480, 192, 96, 208, 16, 48, 64)
        self.icp_4b = inception(512, 160, 112, 224, 24, 64, 64)
        self.icp_4c = inception(512, 128, 128, 256, 24, 64, 64)
        self.icp_4d = inception(512, 112, 144, 288, 32, 64, 64)
        self.icp_4e = inception(528, 256, 160, 320, 32, 128, 128)
        self.maxpool4 = nn.MaxPool2d(3, stride=2, padding=1)
        if form == "imagenet":
            self.icp_5a = inception(832, 256, 160, 320, 32, 128, 128)
            self.icp_5b = inception(832, 384, 192, 384, 48, 128, 128)
            self.avgpool5 = nn.AvgPool2d(7, stride=1)
        features, classes = (1024, 1000) if form == "imagenet" else (832, 10)
        if dropout:
            self.dropout = nn.Dropout(dropout)
        self.fc6 = nn.Linear(features, classes)
        if auxiliary:
            pooling = (14, 5, 3) if form == "imagenet" else (2, 2, 2)
            self.aux1 = AuxiliaryClassifier(512, *pooling, classes, batch_norm)
            self.aux2 = AuxiliaryClassifier(528, *pooling, classes, batch_norm)
        if initialization == "he":
            for module in self.modules():
                if isinstance(module, (nn.Conv2d, nn.Linear)):
                    nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                    if module.bias is not None:
                        nn.init.zeros_(module.bias)

    def forward(self, x):
        auxiliary = []
        for name, stage in self.named_children():
            if name.startswith("aux"):
                continue
            if name == "fc6":
                x = x.flatten(1)
            x = stage(x)
            head = {"icp_4a": "aux1", "icp_4d": "aux2"}.get(name)
            if head in self._modules:
                auxiliary.append(self._modules[head](x))
        return (x, *auxiliary) if auxiliary else x
