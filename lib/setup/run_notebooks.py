"""Executes notebooks in order, each in a fresh kernel, and writes them and their HTML.

usage: run_notebooks.py --output FOLDER --logs FOLDER [--parameters JSON] [--keep-runs] [--json]
                        [--junit FILE] NOTEBOOK...

JSON is an object of objects: for a notebook's name the values of variables that its cell tagged
`parameters` sets. A cell tagged `injected-parameters` after it assigns them; where the notebook has
one, it is changed. Names that are not there are refused before anything is executed. The exit code
is 1 if a cell failed. A cell tagged `raises-exception` may fail; those after it are executed.

--json prints the results as JSON to standard output, and all else to standard error; --junit writes
them as JUnit's XML.

What the notebooks train goes to FOLDER/runs, which is empty at the start unless --keep-runs is
given: every execution trains, and the runs of whoever works with the notebooks are left alone.
"""

import argparse
import dataclasses
import errno
import fcntl
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, unquote, urlsplit
from xml.etree import ElementTree


def end(number: int, _frame) -> None:
    """Ends at once; the kernel ends when it finds this program gone."""
    print("\nstopped", file=sys.stderr, flush=True)
    os._exit(128 + number)


if __name__ == "__main__":
    # Before what follows is loaded, which takes its time.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from jinja2 import DictLoader, pass_context
from nbconvert import HTMLExporter

SECONDS_BETWEEN_LINES = 15
LINES_SHOWN = 15
# A kernel whose program was killed ends within a second, unless it is in the middle of a step or the
# machine is busy.
SECONDS_TO_END = 10
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
FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6} +(.+?)[ #]*$", re.MULTILINE)
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Without wrapping: a line that took two rows would not be cleared whole.
REWRITE = "\r\x1b[K\x1b[?7l{}\x1b[?7h"
# The template of nbconvert leaves out the alternative text of a picture.
DESCRIBED = """
{%- extends 'lab/index.html.j2' -%}
{%- block data_png scoped -%}
{%- set text = output | get_metadata('alt', 'image/png') -%}
{{ super() | replace('<img ', '<img alt="' ~ (text | escape_html) ~ '" ', 1) if text else super() }}
{%- endblock data_png -%}
"""


def read(path: pathlib.Path, parameters: dict):
    """A notebook with parameters of its own, and without what an earlier run showed."""
    try:
        notebook = nbformat.read(path, as_version=4)
    except nbformat.reader.NotJSONError as error:
        raise SystemExit(f"{path} is not a notebook") from error
    if parameters:
        inject(notebook, path.stem, parameters)
    forget_outputs(notebook)
    return notebook


def inject(notebook, name: str, parameters: dict) -> None:
    """Assigns parameters, which the notebook declares, in a cell of their own."""
    tagged = {
        tag: index
        for index, cell in enumerate(notebook.cells)
        for tag in cell.metadata.get("tags", [])
    }
    if "parameters" not in tagged:
        raise SystemExit(f"{name} has no cell tagged parameters")
    if "injected-parameters" not in tagged:
        injected = nbformat.v4.new_code_cell(metadata={"tags": ["injected-parameters"]})
        notebook.cells.insert(tagged["parameters"] + 1, injected)
    else:
        injected = notebook.cells[tagged["injected-parameters"]]
    kept = [line for line in injected.source.splitlines() if line.split(" = ")[0] not in parameters]
    lines = [f"{parameter} = {json.dumps(value)};" for parameter, value in parameters.items()]
    injected.source = "\n".join(kept + lines)


def forget_outputs(notebook) -> None:
    """What an earlier run showed must not stand below a cell that this one does not reach."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = None


def headings(cell) -> list:
    """Those in a cell, without their marks."""
    if cell.cell_type != "markdown":
        return []
    return [text.replace("`", "") for text in HEADING.findall(FENCED.sub("", cell.source))]


def headings_above(notebook) -> list:
    """For each cell the heading above it; empty where there is none."""
    found, heading = [], ""
    for cell in notebook.cells:
        heading = [heading, *headings(cell)][-1]
        found.append(heading)
    return found


class Progress:
    """Which cell runs, and for how long: one changing line in a terminal, a line now and then elsewhere."""

    def __init__(self, name: str, cells: int, headings: list, stream):
        self.name, self.cells, self.headings = name, cells, headings
        self.cell, self.heading = 0, ""
        self.start = self.shown = time.monotonic()
        self.ended = threading.Event()
        self.stream, self.terminal = stream, stream.isatty()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        if not self.terminal:
            self.print(f"{self.name}: {self.cells} cells\n")
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
            self.heading = self.headings[cell_index]

    def place(self) -> str:
        """The cell that runs, to be found again."""
        return f"cell {self.cell}" + (f" ({self.heading})" if self.heading else "")

    def run(self):
        while not self.ended.wait(1):
            if self.terminal:
                self.print(REWRITE.format(self.line()))
            elif time.monotonic() - self.shown >= SECONDS_BETWEEN_LINES:
                self.shown = time.monotonic()
                self.print(f"{self.line()}\n")

    def line(self) -> str:
        place = (self.heading or self.place()) if self.cell else "the kernel starts"
        return f"{self.name}: {place}, {self.seconds():.0f} s"

    def finish(self, result: str):
        clear = REWRITE.format("") if self.terminal else ""
        self.print(f"{clear}{self.name}: {result}, {self.seconds():.0f} s\n")

    def print(self, text: str):
        print(text, end="", file=self.stream, flush=True)


class NotExecuted(Exception):
    """The kernel has not executed a cell: nothing is known of what it would have done."""


class Answer:
    """What the kernel answered to the cell that it was asked to execute last."""

    def __init__(self):
        self.content = {}

    def receive(self, cell, cell_index, execute_reply):
        self.content = execute_reply["content"]
        # Other answers nbclient takes for success.
        if self.content["status"] not in ("ok", "error"):
            raise NotExecuted(self.content["status"])

    def error(self) -> str:
        """What is wrong, in a line."""
        name, value = self.content.get("ename", "error"), self.content.get("evalue", "")
        return f"{name}: {value}".splitlines()[0]

    def traceback(self) -> str:
        return "\n".join(self.content.get("traceback") or [self.error()])


def end_of(file: pathlib.Path) -> str:
    return "\n".join(file.read_text(errors="replace").splitlines()[-LINES_SHOWN:])


@dataclasses.dataclass
class Result:
    """What came of a notebook."""

    notebook: str
    cells: int
    seconds: float
    # Empty where every cell succeeded.
    failure: str
    # The kernel's traceback, or the end of its log.
    detail: str


def execute(notebook, path: pathlib.Path, arguments, lock, stream) -> Result:
    cells = sum(cell.cell_type == "code" and bool(cell.source.strip()) for cell in notebook.cells)
    log = arguments.logs / f"kernel-{path.stem}.log"
    answer = Answer()
    failure = detail = ""
    with Progress(path.stem, cells, headings_above(notebook), stream) as progress, log.open(
        "wb"
    ) as kernel_log:
        client = NotebookClient(
            notebook,
            timeout=None,
            kernel_name="tslab",
            resources={"metadata": {"path": str(path.parent)}},
            on_cell_execute=progress.cell_starts,
            on_cell_executed=answer.receive,
        )
        try:
            # Not in the main thread, where nbclient would take the signals that end this program.
            # What native code prints goes to the log: it is no part of the notebook. The kernel has
            # the lock too: where this program is killed, it holds until the kernel has ended.
            EXECUTOR.submit(
                client.execute,
                stdout=kernel_log,
                stderr=kernel_log,
                pass_fds=[lock.fileno()],
            ).result()
        except CellExecutionError:
            detail = answer.traceback()
            failure = f"{progress.place()} failed: {answer.error()}"
        except NotExecuted as status:
            failure = f"{progress.place()} was not executed: the kernel answered {status}"
        except DeadKernelError:
            failure = f"{progress.place()} failed: the kernel died"
            detail = end_of(log) or "The kernel died without a word: is there enough memory?"
        except RuntimeError as error:
            failure = f"the kernel did not start: {error}"
            detail = end_of(log) or "npm run doctor shows what is missing."
    write(notebook, path, arguments)
    progress.finish(failure or "ok")
    if detail:
        print(f"\n{detail}\n", file=sys.stderr, flush=True)
    return Result(path.stem, cells, progress.seconds(), failure, detail)


class PageExporter(HTMLExporter):
    """Pages whose pictures are described, and whose links lead where the notebook's lead."""

    def __init__(self, path: pathlib.Path, arguments):
        super().__init__(
            embed_images=True,
            extra_loaders=[DictLoader({"described.html.j2": DESCRIBED})],
            template_file="described.html.j2",
        )
        self.folder, self.pages = path.parent.resolve(), arguments.output.resolve()
        self.executed = [other.resolve() for other in arguments.notebooks]

    @pass_context
    def markdown2html(self, context, source):
        html = super().markdown2html(context, source)
        return re.sub(r'(?<=href=")[^"]*', lambda link: self.relink(link[0]), html)

    def relink(self, link: str) -> str:
        """A notebook's link, from its page: a notebook's own page where there is one."""
        parts = urlsplit(link)
        if parts.scheme or parts.netloc or not parts.path:
            return link
        target = self.folder.joinpath(unquote(parts.path)).resolve()
        page = self.pages / f"{target.stem}.html"
        notebook = target.suffix == ".ipynb" and target.parent == self.folder
        if notebook and (target in self.executed or page.exists()):
            target = page
        path = pathlib.PurePath(os.path.relpath(target, self.pages))
        return parts._replace(path=quote(path.as_posix())).geturl()


def write(notebook, path: pathlib.Path, arguments) -> None:
    title = next(itertools.chain(*map(headings, notebook.cells)), path.stem)
    html, _ = PageExporter(path, arguments).from_notebook_node(
        notebook, resources={"metadata": {"name": title}}
    )
    output = arguments.output.resolve()
    write_whole(output / f"{path.stem}.ipynb", nbformat.writes(notebook) + "\n")
    write_whole(output / f"{path.stem}.html", html)


def write_whole(file: pathlib.Path, text: str) -> None:
    unfinished = file.with_name(f".{file.name}")
    try:
        # Half of a pair of surrogates has no UTF-8; JSON writes it as Python does here.
        unfinished.write_text(text, encoding="utf-8", errors="backslashreplace")
        os.replace(unfinished, file)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        # Where a disk is full, the system names no file.
        error.filename = str(file)
        raise


def table(results, stream) -> None:
    width = max(len(result.notebook) for result in results)
    print(f"\n{'notebook':<{width}}  cells  seconds  result", file=stream)
    for result in results:
        print(
            f"{result.notebook:<{width}}  {result.cells:>5}  {result.seconds:>7.0f}  {result.failure or 'ok'}",
            file=stream,
        )


def junit(results) -> str:
    """The results as JUnit's XML: a test for each notebook."""
    counts = {
        "tests": str(len(results)),
        "failures": str(sum(bool(result.failure) for result in results)),
        "time": f"{sum(result.seconds for result in results):.3f}",
    }
    suites = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(suites, "testsuite", {"name": "notebooks", **counts})
    for result in results:
        attributes = {"classname": "notebooks", "name": result.notebook}
        test = ElementTree.SubElement(suite, "testcase", attributes, time=f"{result.seconds:.3f}")
        if result.failure:
            message = NOT_IN_XML.sub("\ufffd", result.failure)
            failure = ElementTree.SubElement(test, "failure", message=message)
            failure.text = NOT_IN_XML.sub("\ufffd", result.detail)
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, "utf-8", xml_declaration=True).decode() + "\n"


def explain(error: OSError) -> str:
    """What went wrong with which file, and what to do."""
    advice = ADVICE.get(error.errno, "npm run doctor shows what is missing.")
    return f"{error.filename or 'The notebooks'}: {error.strerror or error}. {advice}"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--logs", type=pathlib.Path, required=True)
    parser.add_argument("--parameters", type=json.loads, default={})
    parser.add_argument("--keep-runs", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--junit", type=pathlib.Path)
    parser.add_argument("notebooks", type=pathlib.Path, nargs="+")
    arguments = parser.parse_args()
    try:
        return execute_all(arguments)
    except OSError as error:
        print(f"\n{explain(error)}", file=sys.stderr, flush=True)
        return 1


def execute_all(arguments: argparse.Namespace) -> int:
    notebooks = [
        read(path, arguments.parameters.get(path.stem, {})) for path in arguments.notebooks
    ]
    output = arguments.output.resolve()
    for folder in (output, arguments.logs):
        folder.mkdir(parents=True, exist_ok=True)
    stream = sys.stderr if arguments.json else sys.stdout

    with (output / ".lock").open("w") as lock:
        keep_to_this_program(lock, output)
        if arguments.junit:
            # Where this execution is ended, nobody takes an earlier one's results for its own.
            arguments.junit.unlink(missing_ok=True)
        runs = output / "runs"
        if runs.exists() and not arguments.keep_runs:
            shutil.rmtree(runs)
        os.environ["GOOGLENET_RUNS"] = str(runs)
        results = [
            execute(notebook, path, arguments, lock, stream)
            for notebook, path in zip(notebooks, arguments.notebooks)
        ]
    table(results, stream)
    if arguments.junit:
        write_whole(arguments.junit, junit(results))
    if arguments.json:
        print(json.dumps([dataclasses.asdict(result) for result in results], indent=2))
    else:
        print(f"\nThe executed notebooks and their HTML: {arguments.output}")
        print("To open the notebooks: npm run lab")
    return 1 if any(result.failure for result in results) else 0


def keep_to_this_program(lock, output: pathlib.Path) -> None:
    """A second execution into the folder would empty the runs of the first under its hands."""
    deadline = time.monotonic() + SECONDS_TO_END
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise SystemExit(
                    f"notebooks are being executed into {output} already: wait for that, or stop it"
                ) from None
            time.sleep(0.1)
        except OSError:
            return  # a file system without locks


if __name__ == "__main__":
    # What a cell throws may hold what the terminal's encoding, or none, has.
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main())
