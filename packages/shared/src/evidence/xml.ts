/** An element of a small XML document. Names are without their namespace prefix. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The text directly inside, entities resolved, blanks at the ends removed. */
  readonly text: string;
}

/** Bounds of a document: Windows events are a few kilobytes. */
export const xmlLimits = { charsMax: 4 * 1024 * 1024, depthMax: 64, elementsMax: 200_000 } as const;

export interface XmlFault {
  readonly fault: string;
}

interface Open {
  readonly name: string;
  readonly attributes: Map<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/**
 * Reads XML without ever resolving anything foreign: no DTD, no entities but the five and numbers,
 * no includes. A document with a DTD is refused, so nothing can grow while it is read.
 */
export function parseXml(source: string): { readonly root: XmlElement } | XmlFault {
  const text = source.replace(/^\uFEFF/, '');
  if (text.length > xmlLimits.charsMax) return { fault: 'The document is too long.' };
  const reader = { text, at: 0, stack: [] as Open[], root: null as XmlElement | null, count: 0 };
  while (reader.at < text.length) {
    const fault = readNext(reader);
    if (fault !== null) return { fault };
  }
  if (reader.stack.length > 0) return { fault: `<${reader.stack.at(-1)?.name}> is never closed.` };
  return reader.root === null ? { fault: 'There is no element.' } : { root: reader.root };
}

interface Reader {
  readonly text: string;
  at: number;
  readonly stack: Open[];
  root: XmlElement | null;
  count: number;
}

function readNext(reader: Reader): string | null {
  const { text } = reader;
  const open = text.indexOf('<', reader.at);
  const until = open === -1 ? text.length : open;
  addText(reader, decodeEntities(text.slice(reader.at, until)));
  if (open === -1) {
    reader.at = text.length;
    return null;
  }
  if (text.startsWith('<!--', open)) return skipTo(reader, open, '-->');
  if (text.startsWith('<?', open)) return skipTo(reader, open, '?>');
  if (text.startsWith('<![CDATA[', open)) return readCdata(reader, open);
  if (text.startsWith('<!', open)) return 'Document types are not read.';
  return text[open + 1] === '/' ? readEnd(reader, open) : readStart(reader, open);
}

function skipTo(reader: Reader, from: number, end: string): string | null {
  const at = reader.text.indexOf(end, from);
  if (at === -1) return `${end} is missing.`;
  reader.at = at + end.length;
  return null;
}

function readCdata(reader: Reader, open: number): string | null {
  const end = reader.text.indexOf(']]>', open);
  if (end === -1) return ']]> is missing.';
  addText(reader, reader.text.slice(open + 9, end));
  reader.at = end + 3;
  return null;
}

function addText({ stack }: Reader, text: string): void {
  const top = stack.at(-1);
  if (top !== undefined) top.text += text;
}

function readEnd(reader: Reader, open: number): string | null {
  const close = reader.text.indexOf('>', open);
  if (close === -1) return 'A tag is cut off.';
  const name = localName(reader.text.slice(open + 2, close).trim());
  const top = reader.stack.pop();
  if (top === undefined || top.name !== name) return `</${name.slice(0, 80)}> closes nothing.`;
  reader.at = close + 1;
  return finishElement(reader, top);
}

/** A tag with its attributes: quotes may hold a `>`. */
const startTag = /<([A-Za-z_][\w.:-]{0,255})((?:[^<>"']|"[^"]*"|'[^']*'){0,8192}?)(\/?)>/y;

function readStart(reader: Reader, open: number): string | null {
  startTag.lastIndex = open;
  const match = startTag.exec(reader.text);
  if (match === null) return 'A tag is malformed.';
  reader.count += 1;
  if (reader.count > xmlLimits.elementsMax) return 'There are too many elements.';
  if (reader.stack.length >= xmlLimits.depthMax) return 'Elements are nested too deeply.';
  const [whole, name = '', attributes = '', selfClosing] = match;
  const element = {
    name: localName(name),
    attributes: readAttributes(attributes),
    children: [],
    text: '',
  };
  reader.at = open + whole.length;
  if (selfClosing === '/') return finishElement(reader, element);
  reader.stack.push(element);
  return null;
}

function readAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const match of text.matchAll(/([\w.:-]{1,256})\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    attributes.set(localName(match[1] ?? ''), decodeEntities(match[2] ?? match[3] ?? ''));
  }
  return attributes;
}

function finishElement(reader: Reader, { text, ...rest }: Open): string | null {
  const element = { ...rest, text: text.trim() };
  const parent = reader.stack.at(-1);
  if (parent !== undefined) {
    parent.children.push(element);
    return null;
  }
  if (reader.root !== null) return 'There is more than one root.';
  reader.root = element;
  return null;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{1,5});/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return entities[name] ?? whole;
    const hex = name[1] === 'x' || name[1] === 'X';
    const point = Number.parseInt(name.slice(hex ? 2 : 1), hex ? 16 : 10);
    return point <= 0x10ffff ? String.fromCodePoint(point).toWellFormed() : whole;
  });
}

export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}
