import { randomUUID } from 'node:crypto';
import * as path from 'node:path';

/** One output in several forms; the notebook's viewer shows the richest that it knows. */
export interface MimeBundle {
  /** By MIME type; text as it is, binary as base64, JSON types as objects. */
  data: Record<string, unknown>;
  /** By MIME type: what a viewer has to know of it, such as a picture's width in CSS pixels. */
  metadata?: Record<string, unknown>;
}

/** One output of a notebook cell, which can be replaced where it stands. */
export interface NotebookOutput {
  /** Shows the bundle, or at later calls puts it in the place of the earlier one. */
  show(bundle: MimeBundle): void;
}

/** The part of tslab that sends a display message of any content. */
interface TslabJupyter {
  lastWriteDisplayData:
    | ((
        content: { data: object; metadata: object; transient: { display_id: string } },
        update?: boolean,
      ) => void)
    | null;
}

const JUPYTER_MODULE = path.join('tslab', 'dist', 'jupyter.js');

/** Whether this process is a tslab kernel that runs, or has run, a cell. */
export function inNotebook(): boolean {
  return writer() !== undefined;
}

/**
 * A new output of the cell that runs now; it stays that cell's, whichever cell runs later.
 * @param caller the function that needs it, for the error's sake
 * @throws Error outside a tslab kernel
 */
export function newOutput(caller: string): NotebookOutput {
  const write = writer();
  if (write === undefined) {
    throw new Error(
      `${caller} needs a notebook: it works in a cell of the TypeScript kernel (tslab). ` +
        'Elsewhere, saveFigure(figure, file) writes a figure as a picture.',
    );
  }
  const transient = { display_id: randomUUID() };
  let update = false;
  return {
    show({ data, metadata = {} }) {
      write({ data, metadata, transient }, update);
      update = true;
    },
  };
}

/**
 * tslab.display sends one MIME type a call, so bundles go through the function below it. The
 * running kernel has loaded that module; looking it up among the loaded ones finds this kernel's
 * copy wherever it is installed, and outside a kernel loads nothing.
 */
function writer(): NonNullable<TslabJupyter['lastWriteDisplayData']> | undefined {
  for (const [file, module] of Object.entries(require.cache)) {
    if (!file.endsWith(path.sep + JUPYTER_MODULE)) continue;
    const write = (module?.exports as Partial<TslabJupyter> | undefined)?.lastWriteDisplayData;
    if (write) return write;
  }
  return undefined;
}
