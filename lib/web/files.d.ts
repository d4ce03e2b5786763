/** What build.mjs makes of files that are no TypeScript. */

/** A file's bytes. */
declare module '*.safetensors' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

/** The address of a file that stands in the script itself. */
declare module '*.wasm' {
  const url: string;
  export default url;
}

/** The address of the drawing as a PNG of 128 × 128 pixels, which stands in the script itself. */
declare module '*.svg' {
  const url: string;
  export default url;
}

interface Window {
  /** The weights that the script weights.js leaves for page.js. */
  googLeNetWeights?: Uint8Array;
}
