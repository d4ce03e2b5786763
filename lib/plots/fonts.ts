import { readFile } from 'node:fs/promises';

/** The family that the font files belong to. */
export const FONT_NAME = 'IBM Plex Sans';

/**
 * Font files that pictures are drawn with; system fonts are not relied on, there may be none. The
 * two Korean ones stand in for the characters that the others lack.
 */
export const FONT_FILES = {
  regular:
    require.resolve('@expo-google-fonts/ibm-plex-sans/400Regular/IBMPlexSans_400Regular.ttf'),
  bold: require.resolve('@expo-google-fonts/ibm-plex-sans/700Bold/IBMPlexSans_700Bold.ttf'),
  italic:
    require.resolve('@expo-google-fonts/ibm-plex-sans/400Regular_Italic/IBMPlexSans_400Regular_Italic.ttf'),
  korean: require.resolve('@expo-google-fonts/ibm-plex-sans-kr/IBMPlexSansKR_400Regular.ttf'),
  koreanBold: require.resolve('@expo-google-fonts/ibm-plex-sans-kr/IBMPlexSansKR_700Bold.ttf'),
} as const;

/** Sizes of text in the font that it will be drawn with. */
export interface FontMetrics {
  /** Width of one line of text, in pixels. */
  width(text: string, size: number, bold: boolean): number;
  /** Height of a line above and below the baseline, in pixels. */
  ascent(size: number): number;
  descent(size: number): number;
  /** Whether the fonts have a glyph for every character of the text. */
  covers(text: string): boolean;
}

/** Reads the fonts' metrics. */
export async function loadFontMetrics(): Promise<FontMetrics> {
  // fontkitten is an ES module only, hence the import at run time.
  const { create } = await import('fontkitten');
  const load = async (file: string) => {
    const font = create(await readFile(file));
    if (font.isCollection) throw new Error(`${file} holds several fonts, expected one`);
    return font;
  };
  const [regular, bold, korean, koreanBold] = await Promise.all([
    load(FONT_FILES.regular),
    load(FONT_FILES.bold),
    load(FONT_FILES.korean),
    load(FONT_FILES.koreanBold),
  ]);
  const codePoints = (text: string) =>
    Array.from(text, (character) => character.codePointAt(0) ?? 0);
  return {
    width(text, size, isBold) {
      const fonts = isBold ? [bold, koreanBold] : [regular, korean];
      let ems = 0;
      for (const codePoint of codePoints(text)) {
        if (codePoint === ZERO_WIDTH_SPACE) continue;
        const font = fonts.find((candidate) => candidate.hasGlyphForCodePoint(codePoint));
        // A character that only a system font has is most likely as wide as it is high.
        ems += font ? font.glyphForCodePoint(codePoint).advanceWidth / font.unitsPerEm : 1;
      }
      return ems * size;
    },
    ascent: (size) => (regular.ascent * size) / regular.unitsPerEm,
    descent: (size) => (-regular.descent * size) / regular.unitsPerEm,
    covers: (text) =>
      codePoints(text).every(
        (codePoint) =>
          codePoint < 0x20 ||
          codePoint === ZERO_WIDTH_SPACE ||
          regular.hasGlyphForCodePoint(codePoint) ||
          korean.hasGlyphForCodePoint(codePoint),
      ),
  };
}

/** Plotly puts one beside sub- and superscripts. */
const ZERO_WIDTH_SPACE = 0x200b;
