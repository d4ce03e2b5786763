"""The lecture's network in PyTorch: the peer that the benchmark measures beside this library.

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
from lecture import GoogLeNet

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Settings:
    """How a variant runs PyTorch (`BenchmarkVariant` in variants.ts)."""

    def __init__(self, variant):
        self.tuned, self.compile = variant["tuned"], variant["compile"]
        self.bfloat16 = variant["precision"] == "bfloat16"
        self.memory_format = torch.channels_last if self.tuned else torch.contiguous_format

    def network(self, request, form):
        torch.manual_seed(request["seed"])
        return GoogLeNet(3, form).to(DEVICE, memory_format=self.memory_format)

    def compiled(self, network):
        return torch.compile(network) if self.compile else network

    def inference_model(self, request, form):
        """A network for inference and the type of its input: with weights in bfloat16 nothing is cast at each call."""
        dtype = torch.bfloat16 if self.bfloat16 else torch.float32
        network = self.network(request, form).eval().to(dtype)
        if self.compile:
            import torch._inductor.config as inductor

            # Weights become constants, laid out once as the kernels want them.
            inductor.freezing = True
        return self.compiled(network), dtype


def resident_batches(request, settings):
    """A function from indices to a batch of the data set, which lies on the device as bytes: what
    ToTensor makes of the images, (B, 3, 32, 32) in [0, 1], and the labels, int64 (B,)."""
    data, count = request["data"], request["samples"]
    images = torch.from_file(data["images"], size=count * 32 * 32 * 3, dtype=torch.uint8)
    labels = torch.from_file(data["labels"], size=count, dtype=torch.uint8).long().to(DEVICE)
    # A copy: a mapped file's pages are not the process's own memory until they are read.
    images = images.view(count, 32, 32, 3).clone().to(DEVICE)

    def batch(indices):
        picked = images[indices].permute(0, 3, 1, 2).to(memory_format=settings.memory_format)
        return picked.float().div_(255), labels[indices]

    return batch


def training_step(request, settings):
    """The lecture's training step of a new network; gives the loss and the number of correct predictions."""
    network = settings.network(request, "cifar10")
    optimizer = torch.optim.Adam(
        network.parameters(), lr=request["learningRate"], fused=settings.tuned or None
    )
    model = settings.compiled(network)

    def step(images, labels):
        with torch.autocast(DEVICE.type, torch.bfloat16) if settings.bfloat16 else nullcontext():
            predictions = model(images)
            loss = F.cross_entropy(predictions, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        correct = (predictions.argmax(dim=1) == labels).sum().item()
        return loss.item(), correct

    return step


def timed(call):
    """Calls once; gives its seconds."""
    return repeat(call, 0, 1)


def repeat(call, seconds, at_least):
    """Calls until `seconds` have passed; gives the mean seconds of a call."""
    calls, start = 0, time.perf_counter()
    while calls < at_least or time.perf_counter() - start < seconds:
        call()
        calls += 1
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()
    return (time.perf_counter() - start) / calls


def measure_calls(call, request):
    """The first call apart, then, after one more, calls for as long as is asked for."""
    first = timed(call)
    call()
    seconds = repeat(call, request["seconds"], 3)
    return {"firstCallSeconds": first, "imagesPerSecond": request["batch"] / seconds}


def measure_losses(request, settings):
    step, batch = training_step(request, settings), resident_batches(request, settings)
    in_order = torch.arange(request["samples"]).split(request["batch"])
    return {"losses": [step(*batch(indices))[0] for indices in in_order]}


def measure_step(request, settings):
    step = training_step(request, settings)
    images, labels = resident_batches(request, settings)(torch.arange(request["batch"]))
    return measure_calls(lambda: step(images, labels), request)


def measure_epoch(request, settings):
    step, batch = training_step(request, settings), resident_batches(request, settings)
    size, count = request["batch"], request["samples"]
    images, labels = batch(torch.arange(size))

    def run(order):
        loss_sum = correct_sum = 0
        for indices in order.split(size):
            loss, correct = step(*batch(indices))
            loss_sum += loss
            correct_sum += correct

    # The batch and, where there is one, the smaller last batch, before the clock runs.
    step(images, labels)
    run(torch.arange(size + count % size))

    def steps():
        step(images, labels)
        return repeat(lambda: step(images, labels), request["seconds"] / 2, 2)

    before = steps()
    epoch = timed(lambda: run(torch.randperm(count)))
    after = steps()
    return {"imagesPerSecond": count / epoch, "stepImagesPerSecond": size / ((before + after) / 2)}


def measure_evaluation(request, settings):
    batch, count = resident_batches(request, settings), request["samples"]
    model, dtype = settings.inference_model(request, "cifar10")

    def evaluate():
        loss_sum = correct = 0
        for indices in torch.arange(count).split(request["batch"]):
            with torch.inference_mode():
                images, labels = batch(indices)
                predictions = model(images.to(dtype)).float()
                loss_sum += F.cross_entropy(predictions, labels).item() * len(indices)
                correct += (predictions.argmax(dim=1) == labels).sum().item()

    evaluate()
    return {"imagesPerSecond": count / repeat(evaluate, request["seconds"], 1)}


def measure_inference(request, settings):
    model, dtype = settings.inference_model(request, "imagenet")
    images = torch.randn(request["batch"], 3, 224, 224).to(DEVICE, dtype)
    images = images.to(memory_format=settings.memory_format)

    def infer():
        with torch.inference_mode():
            return model(images).float().cpu()

    return measure_calls(infer, request)


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
    settings = Settings(request["variant"])
    if settings.tuned:
        torch.set_num_threads(request["threads"])
    answer = MEASUREMENTS[request["work"]](request, settings)
    answer["peakMemoryMiB"] = peak_memory_mib()
    answer["device"] = torch.cuda.get_device_name() if DEVICE.type == "cuda" else "CPU"
    answer["versions"] = {"PyTorch": torch.__version__, "Python": sys.version.split()[0]}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
