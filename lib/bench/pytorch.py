"""The lecture's network in PyTorch: the peer that the benchmark measures beside this library.

Called by the benchmark with a request as JSON in its only argument (`Request` in protocol.ts);
the last line of its output is the answer as JSON (`Answer`).
"""

import json
import re
import resource
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import torch
import torch.nn.functional as F
from lecture import GoogLeNet

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Measurements:
    """What each kind of work gives, for one variant (`BenchmarkVariant` in variants.ts)."""

    def __init__(self, request):
        variant = request["variant"]
        self.request, self.batch_size = request, request["batch"]
        self.tuned, self.compile = variant["tuned"], variant["compile"]
        self.bfloat16 = variant["precision"] == "bfloat16"
        self.memory_format = torch.channels_last if self.tuned else torch.contiguous_format

    def losses(self):
        step, batch = self.training_step(), self.resident_batches()
        in_order = torch.arange(self.request["samples"]).split(self.batch_size)
        return {"losses": [step(*batch(indices))[0] for indices in in_order]}

    def step(self):
        step, batch = self.training_step(), self.resident_batches()
        images, labels = batch(torch.arange(self.batch_size))
        return self.measure_calls(lambda: step(images, labels))

    def epoch(self):
        step, batch = self.training_step(), self.resident_batches()
        size, count = self.batch_size, self.request["samples"]
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
            return repeat(lambda: step(images, labels), self.request["seconds"] / 2, 2)

        before = steps()
        epoch = repeat(lambda: run(torch.randperm(count)))
        after = steps()
        return {"imagesPerSecond": count / epoch, "stepImagesPerSecond": size / ((before + after) / 2)}

    def evaluation(self):
        batch, count = self.resident_batches(), self.request["samples"]
        model, dtype = self.inference_model("cifar10")

        def evaluate():
            loss_sum = correct = 0
            for indices in torch.arange(count).split(self.batch_size):
                with torch.inference_mode():
                    images, labels = batch(indices)
                    predictions = model(images.to(dtype)).float()
                    loss_sum += F.cross_entropy(predictions, labels).item() * len(indices)
                    correct += (predictions.argmax(dim=1) == labels).sum().item()

        evaluate()
        return {"imagesPerSecond": count / repeat(evaluate, self.request["seconds"])}

    def inference(self):
        model, dtype = self.inference_model("imagenet")
        images = torch.randn(self.batch_size, 3, 224, 224).to(DEVICE, dtype)
        images = images.to(memory_format=self.memory_format)

        def infer():
            with torch.inference_mode():
                return model(images).float().cpu()

        return self.measure_calls(infer)

    def network(self, form):
        torch.manual_seed(self.request["seed"])
        return GoogLeNet(3, form).to(DEVICE, memory_format=self.memory_format)

    def compiled(self, network):
        return torch.compile(network) if self.compile else network

    def inference_model(self, form):
        """A network for inference and the type of its input: with weights in bfloat16 nothing is cast at each call."""
        dtype = torch.bfloat16 if self.bfloat16 else torch.float32
        network = self.network(form).eval().to(dtype)
        if self.compile:
            import torch._inductor.config as inductor

            # Weights become constants, laid out once as the kernels want them.
            inductor.freezing = True
        return self.compiled(network), dtype

    def training_step(self):
        """The lecture's training step of a new network; gives the loss and the number of correct predictions."""
        network = self.network("cifar10")
        optimizer = torch.optim.Adam(
            network.parameters(), lr=self.request["learningRate"], fused=self.tuned or None
        )
        model = self.compiled(network)

        def step(images, labels):
            with torch.autocast(DEVICE.type, torch.bfloat16) if self.bfloat16 else nullcontext():
                predictions = model(images)
                loss = F.cross_entropy(predictions, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            correct = (predictions.argmax(dim=1) == labels).sum().item()
            return loss.item(), correct

        return step

    def resident_batches(self):
        """A function from indices to a batch of the data set, which lies on the device as bytes: what
        ToTensor makes of the images, (B, 3, 32, 32) in [0, 1], and the labels, int64 (B,)."""
        data, count = self.request["data"], self.request["samples"]
        images = torch.from_file(data["images"], size=count * 32 * 32 * 3, dtype=torch.uint8)
        labels = torch.from_file(data["labels"], size=count, dtype=torch.uint8).long().to(DEVICE)
        # A copy: a mapped file's pages are not the process's own memory until they are read.
        images = images.view(count, 32, 32, 3).clone().to(DEVICE)

        def batch(indices):
            picked = images[indices].permute(0, 3, 1, 2).to(memory_format=self.memory_format)
            return picked.float().div_(255), labels[indices]

        return batch

    def measure_calls(self, call):
        """The first call apart, then, after one more, calls for as long as is asked for."""
        first = repeat(call)
        call()
        seconds = repeat(call, self.request["seconds"], 3)
        return {"firstCallSeconds": first, "imagesPerSecond": self.batch_size / seconds}


def repeat(call, seconds=0, at_least=1):
    """Calls until `seconds` have passed, or once; gives the mean seconds of a call."""
    calls, start = 0, time.perf_counter()
    while calls < at_least or time.perf_counter() - start < seconds:
        call()
        calls += 1
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()
    return (time.perf_counter() - start) / calls


def peak_memory_mib():
    """The most physical memory the process has held."""
    # On Linux getrusage begins with what the parent process held.
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)[1]) / 1024


def main():
    request = json.loads(sys.argv[1])
    if request["variant"]["tuned"]:
        torch.set_num_threads(request["threads"])
    answer = getattr(Measurements(request), request["work"])()
    answer["peakMemoryMiB"] = peak_memory_mib()
    answer["device"] = torch.cuda.get_device_name() if DEVICE.type == "cuda" else "CPU"
    answer["versions"] = {"PyTorch": torch.__version__, "Python": sys.version.split()[0]}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
