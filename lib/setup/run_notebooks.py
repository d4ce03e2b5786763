"""Executes notebooks in order, each in a fresh kernel, and writes them and their HTML.

usage: run_notebooks.py --output FOLDER [--parameters JSON] NOTEBOOK...

JSON is an object of values for the variables that the cell tagged `parameters` sets: a cell tagged
`injected-parameters` after it assigns them. The exit code is 1 if a cell failed.
"""

import argparse
import json
import os
import pathlib
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbconvert import HTMLExporter


def inject(notebook, parameters: dict) -> None:
    """Assigns the parameters that the notebook has, in a cell of their own."""
    for index, cell in enumerate(notebook.cells):
        if "parameters" in cell.metadata.get("tags", []):
            lines = [
                f"{name} = {json.dumps(value)};"
                for name, value in parameters.items()
                if f"let {name}" in cell.source
            ]
            if lines:
                injected = nbformat.v4.new_code_cell("\n".join(lines))
                injected.metadata["tags"] = ["injected-parameters"]
                notebook.cells.insert(index + 1, injected)
            return


class Progress:
    """One line a notebook: which cell runs, and for how long."""

    def __init__(self, name: str, cells: int):
        self.name, self.cells, self.done = name, cells, 0
        self.start = time.monotonic()

    def seconds(self) -> float:
        return time.monotonic() - self.start

    def cell_starts(self, cell, cell_index):
        if cell.cell_type == "code":
            self.done += 1
            self.show(f"{self.name}: cell {self.done} of {self.cells}, {self.seconds():.0f} s")

    def show(self, line: str, end: str = ""):
        if sys.stdout.isatty():
            print(f"\r\x1b[K{line}", end=end, flush=True)
        elif end:
            print(line, flush=True)


def execute(path: pathlib.Path, output: pathlib.Path, parameters: dict):
    """Returns a row of the table: name, cells, seconds, result."""
    notebook = nbformat.read(path, as_version=4)
    inject(notebook, parameters)
    cells = sum(cell.cell_type == "code" and bool(cell.source.strip()) for cell in notebook.cells)
    progress = Progress(path.stem, cells)
    client = NotebookClient(
        notebook,
        timeout=None,
        kernel_name="tslab",
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_execute=progress.cell_starts,
    )
    result = "ok"
    try:
        client.execute()
    except CellExecutionError as error:
        result = f"cell {progress.done} failed: {error.evalue or error.ename}".strip()
        detail = str(error)
    except DeadKernelError:
        result = detail = f"cell {progress.done}: the kernel died (out of memory?)"
    write(notebook, path.stem, output)
    progress.show(f"{path.stem}: {result}, {progress.seconds():.0f} s", end="\n")
    if result != "ok":
        print(detail, file=sys.stderr)
    return path.stem, cells, progress.seconds(), result


def write(notebook, name: str, output: pathlib.Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    html, _ = HTMLExporter(embed_images=True).from_notebook_node(notebook)
    for suffix, text in ((".ipynb", nbformat.writes(notebook) + "\n"), (".html", html)):
        unfinished = output / f".{name}{suffix}"
        unfinished.write_text(text, encoding="utf-8")
        os.replace(unfinished, output / f"{name}{suffix}")


def table(rows) -> None:
    width = max(len(name) for name, *_ in rows)
    print(f"\n{'notebook':<{width}}  cells  seconds  result")
    for name, cells, seconds, result in rows:
        print(f"{name:<{width}}  {cells:>5}  {seconds:>7.0f}  {result.splitlines()[0]}")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--parameters", type=json.loads, default={})
    parser.add_argument("notebooks", type=pathlib.Path, nargs="+")
    arguments = parser.parse_args()

    rows = [execute(path, arguments.output, arguments.parameters) for path in arguments.notebooks]
    table(rows)
    print(f"\nExecuted notebooks and their HTML: {arguments.output}")
    print("To open the notebooks: npm run lab")
    return 0 if all(result == "ok" for *_, result in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
