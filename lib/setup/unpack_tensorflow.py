"""Unpacks what is used of TensorFlow's wheels: the C library, its headers, and CUDA's libraries.

usage: unpack_tensorflow.py FOLDER_OF_WHEELS DESTINATION

DESTINATION appears when it is whole. It gets tensorflow/ (library and headers) and, where there are
wheels of NVIDIA's, nvidia/*/lib.
"""

import os
import re
import shutil
import sys
import zipfile

USED = re.compile(
    r"tensorflow/libtensorflow_(cc|framework)\.(so\.2|2\.dylib)$"
    r"|tensorflow/include/tensorflow/c/"
    r"|tensorflow/include/tensorflow/core/platform/ctstring"
    r"|tensorflow/include/tsl/platform/ctstring"
    r"|tensorflow/include/xla/tsl/c/"
    r"|nvidia/[^/]+/lib/"
)


def main(wheels: str, destination: str) -> None:
    unfinished = destination + ".unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    for name in sorted(os.listdir(wheels)):
        if not name.endswith(".whl"):
            continue
        with zipfile.ZipFile(os.path.join(wheels, name)) as wheel:
            for member in wheel.namelist():
                if USED.match(member):
                    print(member, flush=True)
                    wheel.extract(member, unfinished)
    shutil.rmtree(destination, ignore_errors=True)
    os.rename(unfinished, destination)


if __name__ == "__main__":
    main(*sys.argv[1:])
