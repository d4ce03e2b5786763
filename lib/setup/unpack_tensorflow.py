"""Unpacks what is used of TensorFlow's wheels: the C library, its headers, and CUDA's libraries.

usage: unpack_tensorflow.py FOLDER_OF_WHEELS DESTINATION

DESTINATION appears when it is whole. It gets tensorflow/ (library and headers) and, where there are
wheels of NVIDIA's, nvidia/*/lib and ptxas, but for the libraries that neither TensorFlow opens nor
another library asks for: stand-ins for BLAS and FFTW, and the solver for several GPUs.
TensorFlow finds all of them by its own search path, the solver by a link.
"""

import os
import re
import shutil
import sys
import zipfile

USED = re.compile(
    r"tensorflow/libtensorflow_(cc|framework)\.(so\.2|2\.dylib)$"
    r"|tensorflow/include/tensorflow/c/"
    r"|tensorflow/include/tensorflow/(core|tsl)/platform/ctstring"
    r"|tensorflow/include/tsl/platform/ctstring"
    r"|tensorflow/include/xla/tsl/c/"
    r"|nvidia/[^/]+/lib/(?!lib(nvblas|cufftw|cusolverMg)\.)(?!.*\.(alt|static)\.).*\.so"
    r"|nvidia/cuda_nvcc/(bin/ptxas|nvvm/libdevice/)"
)

# TensorFlow 2.21 opens CUDA's libraries from its framework library, whose search path has the folder
# of each but the solver: without it TensorFlow leaves the GPU alone.
SOLVER = "libcusolver.so.11"
SEARCHED = "nvidia/cusparse/lib"


def link_solver(directory: str) -> None:
    if os.path.exists(os.path.join(directory, "nvidia/cusolver/lib", SOLVER)):
        os.makedirs(os.path.join(directory, SEARCHED), exist_ok=True)
        os.symlink(f"../../cusolver/lib/{SOLVER}", os.path.join(directory, SEARCHED, SOLVER))


def main(wheels: str, destination: str) -> None:
    unfinished = destination + ".unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    for name in sorted(os.listdir(wheels)):
        if not name.endswith(".whl"):
            continue
        with zipfile.ZipFile(os.path.join(wheels, name)) as wheel:
            for member in wheel.infolist():
                if not USED.match(member.filename) or member.is_dir():
                    continue
                print(member.filename, flush=True)
                path = wheel.extract(member, unfinished)
                permissions = member.external_attr >> 16 & 0o777
                os.chmod(path, permissions or 0o644)
    link_solver(unfinished)
    shutil.rmtree(destination, ignore_errors=True)
    os.rename(unfinished, destination)


if __name__ == "__main__":
    main(*sys.argv[1:])
