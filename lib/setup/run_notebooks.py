"""Executes notebooks in order, each in a fresh kernel, and writes them and their HTML.

usage: run_notebooks.py --output FOLDER --logs FOLDER [--parameters JSON] NOTEBOOK...

JSON is an object of objects: for a notebook's name the values of variables that its cell tagged
`parameters` sets. A cell tagged `injected-parameters` after it assigns them. The exit code is 1 if a
cell failed.
"""

import argparse
import errno
import json
import os
import pathlib
import re
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbconvert import HTMLExporter

SECONDS_BETWEEN_LINES = 15
LINES_SHOWN = 15
NO_ROOM = "The disk is full: free some space."
NOT_ALLOWED = "The project must lie in a folder that you may write to."
ADVICE = {
    errno.ENOSPC: NO_ROOM,
    errno.EDQUOT: NO_ROOM,
    errno.EACCES: NOT_ALLOWED,
    errno.EPERM: NOT_ALLOWED,
    errno.EROFS: NOT_ALLOWED,
}
EXECUTOR = ThreadPoolExecutor(max_workers=1)


def inject(notebook, parameters: dict) -> None:
    """Assigns parameters in a cell of their own; refuses those that the notebook does not have."""
    if not parameters:
        return
    for index, cell in enumerate(notebook.cells):
        if "parameters" in cell.metadata.get("tags", []):
            break
    else:
        raise SystemExit("there is no cell tagged parameters")
    for name in parameters:
        if not re.search(rf"\blet {re.escape(name)}\b", cell.source):
            raise SystemExit(f"the cell tagged parameters has no line: let {name} = …")
    lines = [f"{name} = {json.dumps(value)};" for name, value in parameters.items()]
    injected = nbformat.v4.new_code_cell("\n".join(lines))
    injected.metadata["tags"] = ["injected-parameters"]
    notebook.cells.insert(index + 1, injected)


def forget_outputs(notebook) -> None:
    """What an earlier run showed must not stand below a cell that this one does not reach."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = None


class Progress:
    """Which cell runs, and for how long: one changing line in a terminal, a line now and then elsewhere."""

    def __init__(self, name: str, cells: int):
        self.name, self.cells, self.cell = name, cells, 0
        self.start = self.shown = time.monotonic()
        self.ended = threading.Event()
        self.terminal = sys.stdout.isatty()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        if not self.terminal:
            print(f"{self.name}: {self.cells} cells", flush=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def seconds(self) -> float:
        return time.monotonic() - self.start

    def cell_starts(self, cell, cell_index):
        if cell.cell_type == "code":
            self.cell += 1

    def run(self):
        while not self.ended.wait(1):
            if self.terminal:
                print(f"\r\x1b[K{self.line()}", end="", flush=True)
            elif time.monotonic() - self.shown >= SECONDS_BETWEEN_LINES:
                self.shown = time.monotonic()
                print(self.line(), flush=True)

    def line(self) -> str:
        return f"{self.name}: cell {self.cell} of {self.cells}, {self.seconds():.0f} s"

    def finish(self, result: str):
        clear = "\r\x1b[K" if self.terminal else ""
        print(f"{clear}{self.name}: {result}, {self.seconds():.0f} s", flush=True)


def what_failed(notebook) -> str:
    """What the cell that failed says: tslab writes errors to standard error."""
    for cell in reversed([cell for cell in notebook.cells if cell.cell_type == "code"]):
        text = "".join(
            output.text
            for output in cell.get("outputs", [])
            if output.output_type == "stream" and output.name == "stderr"
        )
        if text.strip():
            return text.strip()
    return "it printed no error"


def error_line(text: str) -> str:
    """The line that says what is wrong; above it Node shows the place."""
    named = re.search(r"^(?:Uncaught )?\w*(?:Error|Exception)\b.*$", text, re.MULTILINE)
    return named.group() if named else text.splitlines()[0]


def end_of(file: pathlib.Path) -> str:
    return "\n".join(file.read_text(errors="replace").splitlines()[-LINES_SHOWN:])


def execute(path: pathlib.Path, output: pathlib.Path, logs: pathlib.Path, parameters: dict):
    """Returns a row of the table: name, cells, seconds, result."""
    notebook = nbformat.read(path, as_version=4)
    inject(notebook, parameters)
    forget_outputs(notebook)
    cells = sum(cell.cell_type == "code" and bool(cell.source.strip()) for cell in notebook.cells)
    log = logs / f"kernel-{path.stem}.log"
    failure = detail = ""
    with Progress(path.stem, cells) as progress, log.open("wb") as kernel_log:
        client = NotebookClient(
            notebook,
            timeout=None,
            kernel_name="tslab",
            resources={"metadata": {"path": str(path.parent)}},
            on_cell_execute=progress.cell_starts,
        )
        try:
            # Not in the main thread, where nbclient would take the signals that end this program.
            # What native code prints goes to the log: it is no part of the notebook.
            EXECUTOR.submit(client.execute, stdout=kernel_log, stderr=kernel_log).result()
        except CellExecutionError:
            detail = what_failed(notebook)
            failure = f"cell {progress.cell} failed: {error_line(detail)}"
        except DeadKernelError:
            failure = f"cell {progress.cell} failed: the kernel died"
            detail = end_of(log) or "The kernel died without a word: is there enough memory?"
        except RuntimeError as error:
            failure = f"the kernel did not start: {error}"
            detail = end_of(log) or "npm run doctor shows what is missing."
    write(notebook, path.stem, output)
    progress.finish(failure or "ok")
    if detail:
        print(f"\n{detail}\n", file=sys.stderr, flush=True)
    return path.stem, cells, progress.seconds(), failure


def write(notebook, name: str, output: pathlib.Path) -> None:
    html, _ = HTMLExporter(embed_images=True).from_notebook_node(notebook)
    for suffix, text in ((".ipynb", nbformat.writes(notebook) + "\n"), (".html", html)):
        file = output / f"{name}{suffix}"
        unfinished = output / f".{name}{suffix}"
        try:
            unfinished.write_text(text, encoding="utf-8")
            os.replace(unfinished, file)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            # Where a disk is full, the system names no file.
            error.filename = str(file)
            raise


def table(rows) -> None:
    width = max(len(name) for name, *_ in rows)
    print(f"\n{'notebook':<{width}}  cells  seconds  result")
    for name, cells, seconds, failure in rows:
        print(f"{name:<{width}}  {cells:>5}  {seconds:>7.0f}  {failure or 'ok'}")


def explain(error: OSError) -> str:
    """What went wrong with which file, and what to do."""
    advice = ADVICE.get(error.errno, "npm run doctor shows what is missing.")
    return f"{error.filename or 'The notebooks'}: {error.strerror or error}. {advice}"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--logs", type=pathlib.Path, required=True)
    parser.add_argument("--parameters", type=json.loads, default={})
    parser.add_argument("notebooks", type=pathlib.Path, nargs="+")
    arguments = parser.parse_args()
    try:
        return execute_all(arguments)
    except OSError as error:
        print(f"\n{explain(error)}", file=sys.stderr, flush=True)
        return 1


def execute_all(arguments: argparse.Namespace) -> int:
    for folder in (arguments.output, arguments.logs):
        folder.mkdir(parents=True, exist_ok=True)

    rows = [
        execute(path, arguments.output, arguments.logs, arguments.parameters.get(path.stem, {}))
        for path in arguments.notebooks
    ]
    table(rows)
    print(f"\nThe executed notebooks and their HTML: {arguments.output}")
    print("To open the notebooks: npm run lab")
    return 1 if any(failure for *_, failure in rows) else 0


def end(number: int, _frame) -> None:
    """Ends at once; the kernel ends when it finds this program gone."""
    print("\nstopped", file=sys.stderr, flush=True)
    os._exit(128 + number)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    sys.exit(main())
