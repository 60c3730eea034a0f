/** An element of a parsed document. */
export type XmlElement = {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
};

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

function decode(text: string): string {
  return text.replace(/&([^;]*)(;?)/g, (whole, name: string, end: string) => {
    const character = entities[name];
    if (end === "" || character === undefined) throw new SyntaxError(`bad reference: ${whole}`);
    return character;
  });
}

function attributesOf(source: string): Readonly<Record<string, string>> {
  const attributes: Record<string, string> = {};
  const rest = source.replace(/\s+([\w:-]+)="([^"<]*)"/g, (_, name: string, value: string) => {
    if (name in attributes) throw new SyntaxError(`attribute ${name} twice`);
    attributes[name] = decode(value);
    return "";
  });
  if (rest.trim() !== "") throw new SyntaxError(`bad attributes: ${source}`);
  return attributes;
}

/** Opens or closes an element on the stack of open ones. */
function takeTag(stack: XmlElement[], piece: string): void {
  const tag = /^<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"]*")*)\s*(\/?)>$/.exec(piece);
  const top = stack.at(-1);
  if (tag === null || top === undefined) throw new SyntaxError(`bad tag: ${piece}`);
  const [, close, name = "", attributes = "", empty] = tag;
  if (close === "/") {
    if (top.name !== name) throw new SyntaxError(`</${name}> closes <${top.name}>`);
    stack.pop();
    return;
  }
  const element = { name, attributes: attributesOf(attributes), children: [], text: "" };
  top.children.push(element);
  if (empty !== "/") stack.push(element);
}

/**
 * Strict about the part of XML 1.0 that our writers use: elements, attributes in double quotes, character data and the
 * five named references. Anything else, also a character that XML forbids, is refused.
 * @throws SyntaxError
 */
export function parseXml(source: string): XmlElement {
  if (/[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(source)) {
    throw new SyntaxError("forbidden character");
  }
  const root: XmlElement = { name: "", attributes: {}, children: [], text: "" };
  const stack = [root];
  for (const [piece] of source.replace(/^<\?xml[^>]*\?>\s*/, "").matchAll(/<[^>]*>|[^<]+|</g)) {
    if (piece.startsWith("<")) takeTag(stack, piece);
    else (stack.at(-1) ?? root).text += decode(piece);
  }
  const [only, ...others] = root.children;
  if (stack.length !== 1 || only === undefined || others.length > 0 || root.text.trim() !== "") {
    throw new SyntaxError("not one closed element");
  }
  return only;
}
