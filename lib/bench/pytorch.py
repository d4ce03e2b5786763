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
from types import SimpleNamespace

import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).parents[1] / "nn"))
from lecture import GoogLeNet  # noqa: E402

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Measurements(SimpleNamespace):
    """What each kind of work gives; its attributes are those of the request."""

    def losses(self):
        step = self.training_step()
        return {"losses": [step(indices) for indices in self.in_order()]}

    def step(self):
        step, [indices] = self.training_step(), self.in_order()
        return self.measure_calls(lambda: step(indices))

    def epoch(self):
        step, batches = self.training_step(), self.in_order()
        # Every size of batch before the clock runs: the last may be smaller.
        step(batches[0])
        step(batches[-1])

        def steps():
            return repeat(lambda: step(batches[0]), self.seconds / 2, 2)

        def epoch():
            for indices in torch.randperm(self.samples).split(self.batch):
                step(indices)

        before = steps()
        speed = self.samples / repeat(epoch)
        step_speed = self.batch / ((before + steps()) / 2)
        return {"imagesPerSecond": speed, "shareOfStep": speed / step_speed}

    def evaluation(self):
        batch, model = self.resident_batches(), self.inference_model("cifar10")

        @torch.inference_mode()
        def evaluate():
            loss_sum = correct = 0
            for indices in self.in_order():
                images, labels = batch(indices)
                predictions = model(images.to(self.dtype())).float()
                loss_sum += F.cross_entropy(predictions, labels).item() * len(indices)
                correct += (predictions.argmax(dim=1) == labels).sum().item()

        evaluate()
        return {"imagesPerSecond": self.samples / repeat(evaluate, self.seconds)}

    def inference(self):
        model = self.inference_model("imagenet")
        images = torch.randn(self.batch, 3, 224, 224).to(DEVICE, self.dtype())
        images = images.to(memory_format=self.memory_format())

        @torch.inference_mode()
        def infer():
            return model(images).float().cpu()

        return self.measure_calls(infer)

    def export(self):
        """Writes the network for inference to a file, as ONNX Runtime reads it."""
        torch.manual_seed(self.seed)
        network = GoogLeNet(3, "imagenet").eval()
        images = torch.randn(self.batch, 3, 224, 224)
        names = {"input_names": ["images"], "output_names": ["logits"]}
        torch.onnx.export(network, (images,), self.data, **names, external_data=False)
        return {}

    def dtype(self):
        return getattr(torch, self.variant.precision)

    def memory_format(self):
        return torch.channels_last if self.variant.tuned else torch.contiguous_format

    def in_order(self):
        """The indices of the images that the work uses, batch by batch."""
        return torch.arange(self.samples).split(self.batch)

    def network(self, form):
        torch.manual_seed(self.seed)
        network = GoogLeNet(3, form).to(DEVICE, memory_format=self.memory_format())
        return torch.compile(network) if self.variant.compile else network

    def inference_model(self, form):
        """With weights in the variant's precision nothing is cast at each call."""
        return self.network(form).eval().to(self.dtype())

    def training_step(self):
        """The lecture's step of a new network on the images with given indices; gives the loss."""
        batch, model = self.resident_batches(), self.network("cifar10")
        fused = self.variant.tuned or None
        optimizer = torch.optim.Adam(model.parameters(), lr=self.learningRate, fused=fused)
        float32 = self.dtype() == torch.float32

        def step(indices):
            images, labels = batch(indices)
            with nullcontext() if float32 else torch.autocast(DEVICE.type, self.dtype()):
                predictions = model(images)
                loss = F.cross_entropy(predictions, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            # Read at each step, as the lecture reads it.
            (predictions.argmax(dim=1) == labels).sum().item()
            return loss.item()

        return step

    def resident_batches(self):
        """A function from indices to a batch of the data set, which lies on the device as bytes: what
        ToTensor makes of the images, (B, 3, 32, 32) in [0, 1], and the labels, int64 (B,)."""
        count = self.samples
        images = torch.from_file(f"{self.data}-images", size=count * 32 * 32 * 3, dtype=torch.uint8)
        labels = torch.from_file(f"{self.data}-labels", size=count, dtype=torch.uint8)
        # A copy: a mapped file's pages are not the process's own memory until they are read.
        images = images.clone().view(count, 32, 32, 3).to(DEVICE)
        labels = labels.long().to(DEVICE)

        def batch(indices):
            picked = images[indices].permute(0, 3, 1, 2).to(memory_format=self.memory_format())
            return picked.float().div_(255), labels[indices]

        return batch

    def measure_calls(self, call):
        """The first call apart, then, after one more, calls for as long as is asked for."""
        first = repeat(call)
        call()
        seconds = repeat(call, self.seconds, 3)
        return {"firstCallSeconds": first, "imagesPerSecond": self.batch / seconds}


def repeat(call, seconds=0, at_least=1):
    """Calls until `seconds` have passed, or once; gives the mean seconds of a call. Every call ends
    with reading a value, so no work of a GPU is left out."""
    calls, start = 0, time.perf_counter()
    while calls < at_least or time.perf_counter() - start < seconds:
        call()
        calls += 1
    return (time.perf_counter() - start) / calls


def peak_memory_mib():
    """The most physical memory the process has held."""
    # On Linux getrusage begins with what the parent process held.
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)[1]) / 1024


def main():
    request = json.loads(sys.argv[1], object_hook=lambda fields: SimpleNamespace(**fields))
    answer = getattr(Measurements(**vars(request)), request.work)()
    answer["peakMemoryMiB"] = peak_memory_mib()
    answer["device"] = torch.cuda.get_device_name() if DEVICE.type == "cuda" else "CPU"
    answer["versions"] = {"PyTorch": torch.__version__, "Python": sys.version.split()[0]}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
