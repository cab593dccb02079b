import type { Message } from './message.ts';
import { type Participant, participantNames, participants } from './participants.ts';

/** What a diagram draws: messages in order, each perhaps under a heading, with a quiet second line. */
export interface Drawn {
  readonly message: Message;
  readonly note?: string | undefined;
  /** Opens a part of this title. */
  readonly part?: string | undefined;
}

/** Those who take part, from left to right. */
export function takingPart(drawn: readonly Drawn[]): readonly Participant[] {
  const named = new Set<Participant>(drawn.flatMap(({ message: { from, to } }) => [from, to]));
  return participantNames.filter((name) => named.has(name));
}

/** How many of them stand before the wall. */
export function beforeWall(names: readonly Participant[]): number {
  return names.filter((name) => participants[name].onDevice).length;
}

const COLUMN = 210;
const HEAD = 150;
const FONT = 16;
const SMALL = 13;
const PER_LINE = 24;
/** Keeps words apart from the lines that they stand on. */
const HALO = 'paint-order="stroke" stroke="#fff" stroke-width="5" stroke-linejoin="round"';

/** Whether a message answers another one: its arrow is dashed. */
export const isAnswer = ({ carrier }: Message): boolean => carrier === 'answers' || carrier === 'gets';

const escaped = (text: string): string => text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);

function linesOf(text: string, most: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/**
 * The diagram as a picture of its own: SVG of fixed colours, large enough to be read on a projector, with its story as text for
 * those who cannot see it. It holds nothing from outside.
 */
export function diagramSvg(title: string, drawn: readonly Drawn[]): string {
  const names = takingPart(drawn);
  const width = Math.max(2, names.length) * COLUMN;
  const middle = (name: Participant) => (names.indexOf(name) + 0.5) * COLUMN;
  const wall = beforeWall(names) * COLUMN;
  const marks: string[] = [];
  let y = HEAD;
  const text = (x: number, at: number, words: string, more = '') =>
    marks.push(`<text x="${x}" y="${at}" text-anchor="middle" ${more}>${escaped(words)}</text>`);

  drawn.forEach(({ message, note, part }, index) => {
    const { from, to, name, stays } = message;
    if (part !== undefined) {
      y += 34;
      marks.push(
        `<text x="12" y="${y}" font-size="${FONT}" font-weight="600" fill="#1d5a69" ${HALO}>${escaped(part)}</text>`,
      );
      y += 8;
    }
    const [start, end] = [middle(from), middle(to)];
    const span = Math.max(1, Math.abs(names.indexOf(from) - names.indexOf(to)));
    const centre = (start + end) / 2;
    const label = linesOf(`${index + 1}  ${name}`, PER_LINE * span);
    const quiet = [stays, note].flatMap((words) => (words === undefined ? [] : linesOf(words, 30 * span)));
    y += 26;
    for (const line of label) {
      text(centre, y, line, `font-size="${FONT}" ${HALO}`);
      y += FONT + 3;
    }
    y -= 6;
    const tip = end > start ? -9 : 9;
    marks.push(
      `<path d="M${start} ${y}H${end}M${end + tip} ${y - 5}L${end} ${y}L${end + tip} ${y + 5}" fill="none" stroke="#1d5a69" stroke-width="2"${isAnswer(message) ? ' stroke-dasharray="7 4"' : ''}/>`,
    );
    y += 6;
    for (const line of quiet) {
      y += SMALL + 4;
      text(centre, y, line, `font-size="${SMALL}" fill="#4c5a63" ${HALO}`);
    }
    y += 6;
  });
  const height = y + 36;

  const heads = names.map((name) => {
    const { name: words, keeps } = participants[name];
    const x = middle(name);
    const box = `<rect x="${x - 88}" y="58" width="176" height="40" rx="8" fill="#fff" stroke="#75858f"/><text x="${x}" y="84" text-anchor="middle" font-size="${FONT}" font-weight="600">${escaped(words)}</text>`;
    const kept =
      keeps === null
        ? ''
        : linesOf(`Stays: ${keeps}`, 26)
            .map(
              (line, at) =>
                `<text x="${x}" y="${116 + at * 16}" text-anchor="middle" font-size="${SMALL}" fill="#4c5a63">${escaped(line)}</text>`,
            )
            .join('');
    return `<line x1="${x}" x2="${x}" y1="${HEAD - 8}" y2="${height - 16}" stroke="#9aa7af" stroke-dasharray="3 6"/>${box}${kept}`;
  });
  const hasWall = wall > 0 && wall < width;
  const said = drawn
    .map(
      ({ message: { from, to, name } }, index) =>
        `${index + 1}. ${participants[from].name} to ${participants[to].name}: ${name}.`,
    )
    .join(' ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title story" font-family="Segoe UI, system-ui, sans-serif" fill="#17262f">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="story">${escaped(said)}</desc>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...(hasWall
      ? [
          `<rect width="${wall}" height="${height}" fill="#f0f7f9"/>`,
          `<line x1="${wall}" x2="${wall}" y1="40" y2="${height}" stroke="#17262f" stroke-width="4"/>`,
          `<text x="${wall - 10}" y="48" text-anchor="end" font-size="${SMALL}">${wall > COLUMN ? 'This device: what stays here crosses no wall' : 'This device'}</text>`,
        ]
      : []),
    `<text x="12" y="26" font-size="20" font-weight="600" ${HALO}>${escaped(title)}</text>`,
    ...heads,
    ...marks,
    '</svg>',
    '',
  ].join('\n');
}
