/** Signals of multi-factor unlock and dynamic lock: attributes, and which elements may stand inside. */
const signals = {
  bluetooth: { attributes: ['scenario', 'classOfDevice', 'rssiMin', 'rssiMaxDelta'], elements: [] },
  ipConfig: {
    attributes: [],
    elements: [
      'ipv4Prefix',
      'ipv4Gateway',
      'ipv4DhcpServer',
      'ipv4DnsServer',
      'ipv6Prefix',
      'ipv6Gateway',
      'ipv6DhcpServer',
      'ipv6DnsServer',
      'dnsSuffix',
    ],
  },
  wifi: { attributes: [], elements: ['ssid', 'bssid', 'security', 'trustedRootCA', 'sig_quality'] },
} as const;
export type SignalType = keyof typeof signals;

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (Element | string)[];
}

const DEPTH_MAX = 4;
const TAG = /<(\/?)([A-Za-z][A-Za-z0-9_]*)((?:\s+[A-Za-z]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const ATTRIBUTE = /([A-Za-z]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const TEXT = /[^<>]+/y;
/** What a bare ampersand would be; entities of its own a rule cannot declare, because it has no DTD. */
const WRONG_ENTITY = /&(?!(?:amp|lt|gt|quot|apos|#\d{1,6}|#x[0-9a-fA-F]{1,5});)/;

/**
 * Reads elements of XML without declarations, comments, DTD or processing instructions: what else there is, is refused.
 * It walks once, and never deeper than rules go.
 */
function parseElements(text: string): readonly (Element | string)[] | null {
  if (WRONG_ENTITY.test(text)) return null;
  const root: { name: string; attributes: Record<string, string>; children: (Element | string)[] } = {
    name: '',
    attributes: {},
    children: [],
  };
  const open = [root];
  for (let at = 0; at < text.length; ) {
    const inside = open[open.length - 1] ?? root;
    TAG.lastIndex = at;
    const tag = TAG.exec(text);
    TEXT.lastIndex = at;
    const words = tag === null ? TEXT.exec(text) : null;
    if (tag !== null) {
      const [whole, closes, name = '', inTag = '', empty] = tag;
      at += whole.length;
      if (closes === '/') {
        if (open.length === 1 || inside.name !== name || inTag !== '' || empty === '/') return null;
        open.pop();
        continue;
      }
      const pairs = [...inTag.matchAll(ATTRIBUTE)].map(
        ([, key = '', double, single]) => [key, double ?? single ?? ''] as const,
      );
      if (new Set(pairs.map(([key]) => key)).size < pairs.length) return null;
      const element = { name, attributes: Object.fromEntries(pairs), children: [] };
      inside.children.push(element);
      if (empty !== '/') open.push(element);
      if (open.length > DEPTH_MAX + 1) return null;
    } else if (words !== null) {
      inside.children.push(words[0]);
      at += words[0].length;
    } else return null;
  }
  return open.length === 1 ? root.children : null;
}

const isBlank = (child: Element | string) => typeof child === 'string' && child.trim() === '';
const elementsOf = (children: readonly (Element | string)[]): readonly Element[] | null => {
  const solid = children.filter((child) => !isBlank(child));
  return solid.every((child) => typeof child !== 'string') ? (solid as Element[]) : null;
};

/** One signal; of a network its conditions, which hold together. */
export interface Signal {
  readonly type: SignalType;
  readonly conditions: readonly (readonly [element: string, value: string])[];
}

function readSignal(element: Element, scenario: string): Signal | null {
  const { type = '', ...attributes } = element.attributes;
  if (element.name !== 'signal' || !Object.hasOwn(signals, type)) return null;
  const known = signals[type as SignalType];
  const inside = elementsOf(element.children);
  if (inside === null) return null;
  const conditions: (readonly [string, string])[] = [];
  for (const { name, children } of inside) {
    const [value] = children;
    if (!(known.elements as readonly string[]).includes(name) || children.length !== 1) return null;
    if (typeof value !== 'string') return null;
    conditions.push([name, value.trim()]);
  }
  if (!Object.keys(attributes).every((key) => (known.attributes as readonly string[]).includes(key)))
    return null;
  if (type !== 'bluetooth') return conditions.length > 0 ? { type: type as SignalType, conditions } : null;
  const numbers = ['classOfDevice', 'rssiMin', 'rssiMaxDelta'].map((key) => attributes[key] ?? '0');
  const allNumbers = numbers.every((number) => /^-?\d{1,5}$/.test(number));
  return attributes.scenario === scenario && allNumbers ? { type, conditions } : null;
}

/**
 * A list of rules (`<rule schemaVersion="1.0">`, with commas between them), or null where it is none. Any of them suffices;
 * a rule is one signal, or several inside `and` that hold together.
 */
export function signalRules(text: string, scenario: string): readonly (readonly Signal[])[] | null {
  const parsed = parseElements(text);
  if (parsed === null) return null;
  const rules = parsed.filter((child): child is Element => typeof child !== 'string');
  const between = parsed.filter((child) => typeof child === 'string').map((words) => String(words).trim());
  // Between two rules stands exactly one comma; before the first and after the last, nothing.
  const commas = between.filter((words) => words !== '');
  if (rules.length === 0 || commas.some((words) => words !== ',') || commas.length !== rules.length - 1)
    return null;
  const order = parsed.filter((child) => !isBlank(child)).map((child) => typeof child !== 'string');
  if (order.some((isRule, at) => isRule !== (at % 2 === 0))) return null;
  const read: Signal[][] = [];
  for (const { name, attributes, children } of rules) {
    const versions = Object.entries(attributes);
    if (name !== 'rule' || versions.length !== 1 || attributes.schemaVersion !== '1.0') return null;
    const content = elementsOf(children);
    if (content?.length !== 1) return null;
    const [only] = content;
    const all =
      only?.name === 'and' && Object.keys(only.attributes).length === 0 ? elementsOf(only.children) : content;
    if (all === null || all.length === 0) return null;
    const together = all.flatMap((element) => readSignal(element, scenario) ?? []);
    if (together.length < all.length) return null;
    read.push(together);
  }
  return read;
}
