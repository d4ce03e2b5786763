"""The lecture's networks in PyTorch: the peer that the benchmark measures beside this library.

Called by the benchmark with a request as JSON in its only argument (`Request` in protocol.ts);
the last line of its output is the answer as JSON (`Answer`).
"""

import json
import resource
import sys
import time
from contextlib import nullcontext

import torch
import torch.nn.functional as F
from torch import nn

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class ConvBlock(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, padding=0, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
        self.conv1_act = nn.ReLU()

    def forward(self, x):
        return self.conv1_act(self.conv1(x))


class Inception(nn.Module):
    def __init__(self, in_channels, ch1x1, ch3x3red, ch3x3, ch5x5red, ch5x5, pool_proj):
        super().__init__()
        self.branch1 = ConvBlock(in_channels, ch1x1, 1)
        self.branch2 = nn.Sequential(
            ConvBlock(in_channels, ch3x3red, 1), ConvBlock(ch3x3red, ch3x3, 3, padding=1)
        )
        self.branch3 = nn.Sequential(
            ConvBlock(in_channels, ch5x5red, 1), ConvBlock(ch5x5red, ch5x5, 5, padding=2)
        )
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1), ConvBlock(in_channels, pool_proj, 1)
        )

    def forward(self, x):
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1)


class GoogLeNet(nn.Module):
    """The lecture's network for CIFAR-10, or, `imagenet` being true, the one for 224x224 images."""

    def __init__(self, imagenet=False):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3)
        self.maxpool1 = nn.MaxPool2d(3, stride=2, padding=1)
        self.conv2_red = nn.Conv2d(64, 64, 1)
        self.conv2 = nn.Conv2d(64, 192, 3, padding=1)
        self.maxpool2 = nn.MaxPool2d(3, stride=2, padding=1)
        self.icp_3a = Inception(192, 64, 96, 128, 16, 32, 32)
        self.icp_3b = Inception(256, 128, 128, 192, 32, 96, 64)
        self.maxpool3 = nn.MaxPool2d(3, stride=2, padding=1)
        self.icp_4a = Inception(480, 192, 96, 208, 16, 48, 64)
        self.icp_4b = Inception(512, 160, 112, 224, 24, 64, 64)
        self.icp_4c = Inception(512, 128, 128, 256, 24, 64, 64)
        self.icp_4d = Inception(512, 112, 144, 288, 32, 64, 64)
        self.icp_4e = Inception(528, 256, 160, 320, 32, 128, 128)
        self.maxpool4 = nn.MaxPool2d(3, stride=2, padding=1)
        if imagenet:
            self.top = nn.Sequential(
                Inception(832, 256, 160, 320, 32, 128, 128),
                Inception(832, 384, 192, 384, 48, 128, 128),
                nn.AvgPool2d(7, stride=1),
            )
            self.fc6 = nn.Linear(1024, 1000)
        else:
            self.top = nn.Identity()
            self.fc6 = nn.Linear(832, 10)

    def forward(self, x):
        x = self.maxpool1(self.conv1(x))
        x = self.maxpool2(self.conv2(self.conv2_red(x)))
        x = self.maxpool3(self.icp_3b(self.icp_3a(x)))
        x = self.icp_4e(self.icp_4d(self.icp_4c(self.icp_4b(self.icp_4a(x)))))
        x = self.top(self.maxpool4(x))
        return self.fc6(x.view(x.size(0), -1))


class Settings:
    """How a variant runs PyTorch (`PyTorchSettings` in protocol.ts)."""

    def __init__(self, request):
        settings = request["pytorch"]
        self.bfloat16 = settings["bfloat16"]
        self.compile = settings["compile"]
        self.fused_adam = settings["fusedAdam"]
        self.memory_format = (
            torch.channels_last if settings["channelsLast"] else torch.contiguous_format
        )

    def autocast(self):
        return torch.autocast(DEVICE.type, torch.bfloat16) if self.bfloat16 else nullcontext()

    def network(self, imagenet=False):
        return GoogLeNet(imagenet).to(DEVICE, memory_format=self.memory_format)

    def compiled(self, model):
        return torch.compile(model) if self.compile else model

    def images(self, resident, indices):
        """ToTensor of the images of `indices`: (B, 3, 32, 32) in [0, 1]."""
        batch = resident[indices].permute(0, 3, 1, 2).to(memory_format=self.memory_format)
        return batch.float().div_(255)


class Training:
    def __init__(self, request, settings):
        torch.manual_seed(request["seed"])
        self.settings = settings
        network = settings.network()
        self.optimizer = torch.optim.Adam(
            network.parameters(), lr=request["learningRate"], fused=settings.fused_adam or None
        )
        self.model = settings.compiled(network)

    def step(self, images, labels):
        """The lecture's training step; gives the loss and the number of correct predictions."""
        with self.settings.autocast():
            predictions = self.model(images)
            loss = F.cross_entropy(predictions, labels)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        correct = (predictions.argmax(dim=1) == labels).sum().item()
        return loss.item(), correct


def resident_data(request):
    """The data set on the device: images uint8 (N, 32, 32, 3), labels int64 (N,)."""
    data, count = request["data"], request["samples"]
    images = torch.from_file(data["images"], size=count * 32 * 32 * 3, dtype=torch.uint8)
    labels = torch.from_file(data["labels"], size=count, dtype=torch.uint8)
    # Copies: a mapped file's pages are not the process's own memory until they are read.
    return images.view(count, 32, 32, 3).clone().to(DEVICE), labels.long().to(DEVICE)


def synchronize():
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()


def timed(call):
    """Calls once; gives its seconds."""
    start = time.perf_counter()
    call()
    synchronize()
    return time.perf_counter() - start


def repeat(call, seconds, at_least):
    """Calls until `seconds` have passed; gives the mean seconds of a call."""
    calls, start = 0, time.perf_counter()
    while calls < at_least or time.perf_counter() - start < seconds:
        call()
        calls += 1
    synchronize()
    return (time.perf_counter() - start) / calls


def measure_losses(request, settings):
    training = Training(request, settings)
    images, labels = resident_data(request)
    batch = request["batch"]
    losses = []
    for start in range(0, request["samples"], batch):
        indices = torch.arange(start, start + batch)
        loss, _ = training.step(settings.images(images, indices), labels[indices])
        losses.append(loss)
    return {"losses": losses}


def measure_step(request, settings):
    training = Training(request, settings)
    resident, labels = resident_data(request)
    images = settings.images(resident, torch.arange(request["batch"]))
    first = timed(lambda: training.step(images, labels))
    training.step(images, labels)
    seconds = repeat(lambda: training.step(images, labels), request["seconds"], 3)
    return {"firstCallSeconds": first, "imagesPerSecond": request["batch"] / seconds}


def measure_epoch(request, settings):
    training = Training(request, settings)
    resident, labels = resident_data(request)
    batch, count = request["batch"], request["samples"]

    def run(order):
        loss_sum = correct_sum = 0
        for indices in order.split(batch):
            loss, correct = training.step(settings.images(resident, indices), labels[indices])
            loss_sum += loss
            correct_sum += correct

    # The batch and, where there is one, the smaller last batch, before the clock runs.
    fixed = torch.arange(batch)
    images, fixed_labels = settings.images(resident, fixed), labels[fixed]
    training.step(images, fixed_labels)
    run(torch.arange(batch + count % batch))

    def steps():
        training.step(images, fixed_labels)
        return repeat(lambda: training.step(images, fixed_labels), request["seconds"] / 2, 2)

    before = steps()
    epoch = timed(lambda: run(torch.randperm(count)))
    after = steps()
    return {
        "imagesPerSecond": count / epoch,
        "stepImagesPerSecond": batch / ((before + after) / 2),
    }


def measure_evaluation(request, settings):
    torch.manual_seed(request["seed"])
    resident, labels = resident_data(request)
    batch, count = request["batch"], request["samples"]
    model, dtype = inference_model(settings, imagenet=False)

    def evaluate():
        loss_sum = correct = 0
        for indices in torch.arange(count).split(batch):
            with torch.inference_mode():
                predictions = model(settings.images(resident, indices).to(dtype)).float()
                loss_sum += F.cross_entropy(predictions, labels[indices]).item() * len(indices)
                correct += (predictions.argmax(dim=1) == labels[indices]).sum().item()

    evaluate()
    seconds = repeat(evaluate, request["seconds"], 1)
    return {"imagesPerSecond": count / seconds}


def measure_inference(request, settings):
    torch.manual_seed(request["seed"])
    model, dtype = inference_model(settings, imagenet=True)
    images = torch.randn(request["batch"], 3, 224, 224).to(DEVICE, dtype)
    images = images.to(memory_format=settings.memory_format)

    def infer():
        with torch.inference_mode():
            return model(images).float().cpu()

    first = timed(infer)
    infer()
    seconds = repeat(infer, request["seconds"], 3)
    return {"firstCallSeconds": first, "imagesPerSecond": request["batch"] / seconds}


def inference_model(settings, imagenet):
    """A network for inference and the type of its input: with weights in bfloat16 nothing is cast at each call."""
    dtype = torch.bfloat16 if settings.bfloat16 else torch.float32
    network = settings.network(imagenet).eval().to(dtype)
    if settings.compile:
        import torch._inductor.config as inductor

        # Weights become constants, laid out once as the kernels want them.
        inductor.freezing = True
    return settings.compiled(network), dtype


MEASUREMENTS = {
    "losses": measure_losses,
    "step": measure_step,
    "epoch": measure_epoch,
    "evaluation": measure_evaluation,
    "inference": measure_inference,
}


def peak_memory_mib():
    """The most physical memory the process has held."""
    try:
        with open("/proc/self/status") as status:
            line = next(line for line in status if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    except FileNotFoundError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 2**20 if sys.platform == "darwin" else peak / 1024


def main():
    request = json.loads(sys.argv[1])
    if request["pytorch"]["tuned"]:
        torch.set_num_threads(request["threads"])
    answer = MEASUREMENTS[request["work"]](request, Settings(request))
    answer["peakMemoryMiB"] = peak_memory_mib()
    answer["device"] = torch.cuda.get_device_name() if DEVICE.type == "cuda" else "CPU"
    answer["versions"] = {"PyTorch": torch.__version__, "Python": sys.version.split()[0]}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
