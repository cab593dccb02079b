import { type FieldName, isFieldName, readLink } from './fields.ts';

/**
 * What an administrator types: paragraphs, headings (`## `), lists (`- `, `1. `), `**bold**`, `[words](https://…)` and
 * `{{fields}}`. It is read into a tree before anything is merged, so that a merged value is only ever text: it makes no
 * markup, no link and no further field. HTML has no meaning here.
 */
export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly name: FieldName }
  | { readonly kind: 'bold'; readonly content: readonly Inline[] }
  | { readonly kind: 'link'; readonly content: readonly Inline[]; readonly to: string | { name: FieldName } };

export type Block =
  | { readonly kind: 'heading'; readonly content: readonly Inline[] }
  | { readonly kind: 'paragraph'; readonly content: readonly Inline[] }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly (readonly Inline[])[] };

/** What is wrong with a text, in a sentence for whoever typed it. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly wrong: string };

class Wrong extends Error {}

/** The blocks of a text. */
export function readMarkup(text: string, allowed: readonly FieldName[]): Read<readonly Block[]> {
  return reading(() => blocksOf(text, allowed));
}

/** A single line that knows fields and nothing else: the subject of a message, the headline of a sheet. */
export function readLine(text: string, allowed: readonly FieldName[]): Read<readonly Inline[]> {
  return reading(() => fieldsIn(text.replace(/\s+/gu, ' ').trim(), allowed));
}

function reading<T>(read: () => T): Read<T> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (error instanceof Wrong) return { ok: false, wrong: error.message };
    throw error;
  }
}

const HEADING = /^#{1,3}\s+(.+)$/;
const BULLET = /^[-*]\s+(.+)$/;
const NUMBER = /^\d{1,2}[.)]\s+(.+)$/;

function blocksOf(text: string, allowed: readonly FieldName[]): Block[] {
  const blocks: Block[] = [];
  for (const part of text.replaceAll('\r\n', '\n').split(/\n\s*\n/)) {
    let lines: string[] = [];
    let items: string[] = [];
    let ordered = false;
    const flush = () => {
      if (lines.length > 0) blocks.push({ kind: 'paragraph', content: inlinesOf(lines.join(' '), allowed) });
      if (items.length > 0)
        blocks.push({ kind: 'list', ordered, items: items.map((item) => inlinesOf(item, allowed)) });
      lines = [];
      items = [];
    };
    for (const line of part.split('\n').map((each) => each.trim())) {
      const [heading, bullet, number] = [HEADING, BULLET, NUMBER].map((form) => form.exec(line)?.[1]);
      const item = bullet ?? number;
      if (heading !== undefined) {
        flush();
        blocks.push({ kind: 'heading', content: inlinesOf(heading, allowed) });
      } else if (item !== undefined) {
        if (lines.length > 0 || ordered !== (number !== undefined)) flush();
        ordered = number !== undefined;
        items.push(item);
      } else if (line !== '' && items.length > 0) {
        items.push(`${items.pop()} ${line}`);
      } else if (line !== '') lines.push(line);
    }
    flush();
  }
  return blocks;
}

const INLINE = /\*\*(.+?)\*\*|\[([^[\]]+)\]\(((?:[^()\s]|\([^()\s]*\))*)\)/u;

function inlinesOf(text: string, allowed: readonly FieldName[]): Inline[] {
  const found = INLINE.exec(text);
  if (found === null) return fieldsIn(text, allowed);
  const [whole, bold, words = '', target = ''] = found;
  const made: Inline =
    bold === undefined
      ? { kind: 'link', content: fieldsIn(words, allowed), to: targetOf(target, allowed) }
      : { kind: 'bold', content: fieldsIn(bold, allowed) };
  return [
    ...fieldsIn(text.slice(0, found.index), allowed),
    made,
    ...inlinesOf(text.slice(found.index + whole.length), allowed),
  ];
}

const FIELD = /\{\{\s*([^{}]*?)\s*\}\}/u;

function fieldsIn(text: string, allowed: readonly FieldName[]): Inline[] {
  const found = FIELD.exec(text);
  if (found === null) return text === '' ? [] : [{ kind: 'text', text }];
  const before = text.slice(0, found.index);
  return [
    ...(before === '' ? [] : [{ kind: 'text' as const, text: before }]),
    { kind: 'field', name: fieldCalled(found[1] ?? '', allowed) },
    ...fieldsIn(text.slice(found.index + found[0].length), allowed),
  ];
}

function fieldCalled(name: string, allowed: readonly FieldName[]): FieldName {
  if (!isFieldName(name)) throw new Wrong(`There is no field {{${name.slice(0, 40)}}}.`);
  if (!allowed.includes(name))
    throw new Wrong(`{{${name}}} is not known here: this is not written to one person.`);
  return name;
}

function targetOf(target: string, allowed: readonly FieldName[]): string | { name: FieldName } {
  const field = /^\{\{\s*([^{}]*?)\s*\}\}$/u.exec(target);
  if (field !== null) {
    const name = fieldCalled(field[1] ?? '', allowed);
    if (!name.endsWith('_link')) throw new Wrong(`{{${name}}} is no address: a link cannot lead there.`);
    return { name };
  }
  const link = readLink(target);
  if (link === null)
    throw new Wrong(`A link leads to an address with http:// or https://, not to “${target.slice(0, 60)}”.`);
  return link;
}

/** Every field that is used in some inlines. */
function fieldsOfInlines(inlines: readonly Inline[]): FieldName[] {
  return inlines.flatMap((inline) => {
    if (inline.kind === 'field') return [inline.name];
    if (inline.kind === 'text') return [];
    const own = inline.kind === 'link' && typeof inline.to !== 'string' ? [inline.to.name] : [];
    return [...own, ...fieldsOfInlines(inline.content)];
  });
}

/** Every field that a line and blocks use, each once. */
export function fieldsUsed(line: readonly Inline[], blocks: readonly Block[]): FieldName[] {
  const used = blocks.flatMap((block) =>
    block.kind === 'list' ? block.items.flatMap(fieldsOfInlines) : fieldsOfInlines(block.content),
  );
  return [...new Set([...fieldsOfInlines(line), ...used])];
}
