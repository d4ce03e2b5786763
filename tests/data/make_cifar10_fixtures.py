"""Writes CIFAR-10's Python and Parquet forms with made-up images, for tests of lib/data.

Usage: python tests/data/make_cifar10_fixtures.py    (NumPy, pyarrow, Pillow; writes to cifar10/)

Byte k of image i in batch b (1 to 5, the test batch is 6) is b, in the first four images
(7 k + 31 i + b) % 256; its label is (i + b) % 10.
"""

import gzip
import io
import pathlib
import pickle
import struct

import numpy as np
import pyarrow
import pyarrow.parquet
from PIL import Image

FOLDER = pathlib.Path(__file__).with_name("cifar10")
COUNT = 10_000


def batch(number):
    """Images as planes (10,000, 3,072), and labels."""
    data = np.full((COUNT, 3072), number, np.uint8)
    for image in range(4):
        data[image] = (7 * np.arange(3072) + 31 * image + number) % 256
    return data, [(image + number) % 10 for image in range(COUNT)]


class Python2Pickler(pickle._Pickler):
    """Strings and names as Python 2's cPickle wrote them in CIFAR-10's own files."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_string(self, value):
        data = value.encode("latin1") if isinstance(value, str) else value
        short = len(data) < 256
        self.write(b"U" + bytes([len(data)]) if short else b"T" + struct.pack("<I", len(data)))
        self.write(data)
        self.memoize(value)

    dispatch[str] = dispatch[bytes] = save_string

    def save_global(self, value, name=None):
        module = value.__module__.replace("numpy._core", "numpy.core")
        self.write(f"c{module}\n{name or value.__qualname__}\n".encode())
        self.memoize(value)

    dispatch[type] = dispatch[type(batch)] = save_global


def pickled(value):
    file = io.BytesIO()
    Python2Pickler(file, 2).dump(value)
    # Python itself reads it as it reads the official files.
    pickle.loads(file.getvalue(), encoding="bytes")
    return file.getvalue()


def png(planes):
    file = io.BytesIO()
    Image.fromarray(planes.reshape(3, 32, 32).transpose(1, 2, 0)).save(file, "PNG")
    return file.getvalue()


def table(numbers):
    images, labels = [], []
    for number in numbers:
        data, batch_labels = batch(number)
        common = png(data[-1])
        first = [png(image) for image in data[:4]]
        images += [{"bytes": image, "path": None} for image in first + [common] * (COUNT - 4)]
        labels += batch_labels
    image_type = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    return pyarrow.table({"img": pyarrow.array(images, image_type), "label": labels})


def write_table(name, value, **options):
    pyarrow.parquet.write_table(value, FOLDER / name, compression="snappy", **options)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    data, labels = batch(1)
    filenames = [f"image_{image}.png" for image in range(4)]
    content = {"batch_label": "training batch 1 of 5", "labels": labels, "filenames": filenames}
    for name, order in [("data_batch_1.gz", "C"), ("column_major.gz", "F")]:
        value = pickled(content | {"data": np.array(data, order=order)})
        (FOLDER / name).write_bytes(gzip.compress(value, 9, mtime=0))
    small = np.zeros((2, 3072), np.uint8)
    (FOLDER / "cifar100").write_bytes(
        pickled({"fine_labels": [99, 1], "coarse_labels": [0, 1], "data": small})
    )
    (FOLDER / "short").write_bytes(pickled({"labels": [0, 1], "data": small}))
    (FOLDER / "floats").write_bytes(
        pickled({"labels": labels, "data": np.zeros((0, 3072), np.float32)})
    )
    # In the order of the archive that Hugging Face's script went through.
    write_table("train-00000-of-00001.parquet", table([4, 3, 2, 5, 1]))
    test = table([6])
    write_table("test-00000-of-00001.parquet", test, row_group_size=1000, use_dictionary=False)
    few = test.slice(0, 5)
    write_table("few.parquet", few)
    write_table("cifar100.parquet", few.rename_columns(["img", "fine_label"]))
    write_table("unlabelled.parquet", few.select(["img"]))
