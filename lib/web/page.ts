import { tf } from '../runtime';
import { BACKENDS, withBackend, type Backend } from './backend';
import { CLASS_NAMES, DRAWINGS, type ClassName } from './drawings';
import { drawMaps, silentMaps } from './maps';
import { BLOCKS, TrainedNetwork, type Block } from './network';
import { networkInput, SIDE } from './networkInput';
import { decodePicture, PictureError } from './pictureFile';
import { classText, percent, text, whole } from './text';

function element<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new TypeError(`There is no ${kind.name} ${id}.`);
  return found;
}

function create<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]> = {},
  ...children: Node[]
): HTMLElementTagNameMap[Name] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const status = element('status', HTMLElement);
const problem = element('problem', HTMLElement);
const block = element('block', HTMLSelectElement);

/** What the network is shown; undefined before the first picture. */
let input: Float32Array | undefined;
/** What the status says of it. */
let answer = text('ready');
/** Counts the choices: of two that overlap the later one is shown. */
let choices = 0;

/** The network on the best backend, or that of the address: `?backend=wasm`. */
const network = loadNetwork();

async function loadNetwork(): Promise<TrainedNetwork> {
  const weights = await loadWeights();
  const wanted = new URLSearchParams(location.search).get('backend');
  const { backend, made } = await withBackend(
    wanted !== null && wanted in BACKENDS ? (wanted as Backend) : undefined,
    async () => {
      const network = new TrainedNetwork(weights);
      // A backend may be there and fail at its first operation.
      await network.classify(new Float32Array(SIDE * SIDE * 3));
      return network;
    },
  ).catch((cause: unknown) => {
    throw new Error(text('no_backend'), { cause });
  });
  showOrigin(made.metadata, BACKENDS[backend]);
  return made;
}

/** A script, and not a download: a page that was opened as a file may not read other files. */
async function loadWeights(): Promise<Uint8Array> {
  await new Promise((resolve) => {
    const script = create('script', { src: 'weights.js' });
    script.onload = script.onerror = resolve;
    document.head.append(script);
  });
  if (!window.googLeNetWeights) throw new Error(text('no_weights'));
  return window.googLeNetWeights;
}

function showOrigin(metadata: Readonly<Record<string, string>>, backend: string): void {
  element('made-with', HTMLElement).textContent = text('made_with', {
    version: tf.version_core,
    backend,
    epoch: metadata['epoch'] ?? '?',
  });
  const accuracy = percent(Number(metadata['testAccuracy']));
  element('accuracy-note', HTMLElement).textContent = text('accuracy_note', { accuracy });
}

/**
 * Classifies a picture and shows all there is to see of it; a file that is none leaves what was
 * there before.
 */
async function choose(
  name: string,
  file: Blob | Promise<Blob>,
  pressed?: HTMLElement,
): Promise<void> {
  choices++;
  const choice = choices;
  const trained = await network.catch(() => undefined);
  if (!trained || choice !== choices) return;
  problem.textContent = '';
  status.textContent = text('working', { name });
  try {
    const picture = await decodePicture(await file);
    try {
      const image = networkInput(picture);
      const probabilities = await trained.classify(image);
      if (choice !== choices) return;
      input = image;
      picture.drawSquare(element('picture', HTMLCanvasElement));
      showInput(image);
      showProbabilities(name, probabilities);
      press(pressed);
    } finally {
      picture.close();
    }
    await showBranches(trained);
  } catch (error) {
    if (choice !== choices) return;
    status.textContent = answer;
    problem.textContent = explain(name, error);
  }
}

function explain(name: string, error: unknown): string {
  if (!(error instanceof PictureError)) {
    return text('failed', { name, reason: error instanceof Error ? error.message : String(error) });
  }
  const { size } = error;
  if (!size) return text('not_a_picture', { name });
  return text('too_large', { name, width: whole(size.width), height: whole(size.height) });
}

function showInput(image: Float32Array): void {
  const pixels = new ImageData(SIDE, SIDE);
  for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
    const colours = image.subarray(pixel * 3, pixel * 3 + 3).map((value) => value * 255);
    pixels.data.set([...colours, 255], pixel * 4);
  }
  element('input', HTMLCanvasElement).getContext('2d')?.putImageData(pixels, 0, 0);
}

function showProbabilities(name: string, probabilities: Float32Array): void {
  const most = probabilities.indexOf(Math.max(...probabilities));
  const rows = CLASS_NAMES.map((className, label) => {
    const probability = probabilities[label] as number;
    const fill = create('div');
    fill.style.width = `${probability * 100}%`;
    const value = create('data', {
      value: String(probability),
      textContent: percent(probability),
    });
    return create(
      'tr',
      { className: label === most ? 'most' : '' },
      create('th', { scope: 'row', textContent: classText(className) }),
      create('td', {}, create('div', {}, value, create('div', { className: 'bar' }, fill))),
    );
  });
  element('probabilities', HTMLElement).replaceChildren(...rows);
  answer = text('result', {
    name,
    class: classText(CLASS_NAMES[most] as ClassName),
    probability: percent(probabilities[most] as number),
  });
  status.textContent = answer;
}

async function showBranches(trained: TrainedNetwork): Promise<void> {
  if (!input) return;
  const image = input;
  const chosen = block.value;
  const branches = await trained.branches(image, chosen as Block);
  if (image !== input || chosen !== block.value) return;
  const largest = branches.reduce(
    (most, { values }) => values.reduce((a, b) => Math.max(a, b), most),
    0,
  );
  const figures = branches.map((maps, index) => {
    const title = text(`branch_${(index + 1) as 1 | 2 | 3 | 4}`);
    const [side, , count] = maps.shape;
    const silent = silentMaps(maps);
    const summary = text(silent > 0 ? 'maps_silent' : 'maps', { count, side, silent });
    const canvas = create('canvas', { role: 'img', ariaLabel: `${title}. ${summary}` });
    drawMaps(canvas, maps, largest);
    const caption = create('figcaption', { textContent: title });
    caption.append(create('span', { textContent: summary }));
    return create('figure', {}, caption, canvas);
  });
  element('branches', HTMLElement).replaceChildren(...figures);
}

function press(pressed: HTMLElement | undefined): void {
  for (const button of element('drawings', HTMLElement).children) {
    button.ariaPressed = String(button === pressed);
  }
}

function offerDrawings(): void {
  const buttons = CLASS_NAMES.map((className) => {
    const name = text('drawing_of', { class: classText(className) });
    const src = DRAWINGS[className];
    const image = create('img', { src, alt: name, width: 128, height: 128 });
    const button = create('button', { type: 'button', ariaPressed: 'false' }, image);
    button.onclick = async () => {
      const drawing = fetch(src).then((response) => response.blob());
      await choose(name, drawing, button);
    };
    return button;
  });
  element('drawings', HTMLElement).replaceChildren(...buttons);
}

function takeFiles(): void {
  const file = element('file', HTMLInputElement);
  file.onchange = async () => {
    const [chosen] = file.files ?? [];
    // The same file may be chosen again, when it has been changed.
    if (chosen) await choose(chosen.name, chosen);
    file.value = '';
  };
  // Anywhere on the page: a picture that misses the field would replace the page.
  const { body } = document;
  body.ondragover = (event) => {
    event.preventDefault();
    body.classList.add('dropping');
  };
  body.ondragleave = () => {
    body.classList.remove('dropping');
  };
  body.ondrop = async (event) => {
    event.preventDefault();
    body.classList.remove('dropping');
    const [dropped] = event.dataTransfer?.files ?? [];
    if (dropped) await choose(dropped.name, dropped);
    else problem.textContent = text('no_file');
  };
}

block.replaceChildren(...BLOCKS.map((name) => create('option', { textContent: name })));
offerDrawings();
takeFiles();
network.then(
  (trained) => {
    if (choices === 0) status.textContent = answer;
    block.onchange = () => showBranches(trained);
  },
  (error: unknown) => {
    console.error(error, (error as Error).cause);
    status.textContent = '';
    problem.textContent = (error as Error).message;
  },
);
