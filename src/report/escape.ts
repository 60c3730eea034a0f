/**
 * Characters that a terminal or an XML reader obeys instead of showing: C0 and C1 controls, line and paragraph
 * separators, zero-width and bidirectional marks, lone surrogates, non-characters.
 */
const obeyed =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the expression is about
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]/gu;

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** Text of others (names, observed bytes, reasons) as one line that can do nothing to a terminal. */
export function plain(text: string): string {
  return text.replace(/\r?\n/g, " ").replace(obeyed, visible);
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Text for XML 1.0 content and attributes; characters that XML cannot hold are written out. */
export function xml(text: string): string {
  return plain(text).replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
