/**
 * What a page says to somebody who cannot see it, as lines that stay the same from one walk to the next: what every walk
 * makes anew (times, numbers, codes, addresses) is named instead of shown, and what is repeated is said once.
 */

const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*';
const UNIT = '(?:second|minute|hour|day|week|month|year)s?';

/** In this order: what is named first is no number any more. */
const changing: readonly (readonly [RegExp, string])[] = [
  [/\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/gi, '<id>'],
  [/\b(?=\w*\d)[\w-]{20,}\b/g, '<id>'],
  [/\b(?:[\dA-F]{2}:){5,}[\dA-F]{2}\b/gi, '<id>'],
  // A Temporary Access Pass, and a support code.
  [/\b[A-Z2-9]{8}\b|\b[A-Z\d]{4}-[A-Z\d]{4}\b/g, '<code>'],
  [new RegExp(`\\b\\d{1,2} ${MONTH} \\d{4}(?:, \\d\\d:\\d\\d(?::\\d\\d)?)?(?: UTC)?`, 'g'), '<time>'],
  [new RegExp(`\\b(?:\\d{1,2} ${MONTH}|${MONTH} \\d{1,2})\\b`, 'g'), '<time>'],
  [new RegExp(`\\bin \\d+ ${UNIT}\\b|\\b\\d+ ${UNIT} ago\\b`, 'g'), '<time>'],
  [new RegExp(`\\b(?:just now|in a moment|yesterday|tomorrow|(?:this|last|next) ${UNIT})\\b`, 'g'), '<time>'],
  [/(?<!\[level=)\d+(?:[.,:/]\d+)*/g, '#'],
  // One person, two people's worth of the letter s.
  [/# ([a-z]{3,}?)s\b/g, '# $1'],
];

/** How the framework tells screen readers which page it went to; empty where the page came with its request. */
const ANNOUNCER = /\n- alert(?:: .*)?\n*$/;

export function outlineOf(snapshot: string): string {
  const lines = snapshot
    .replace(ANNOUNCER, '')
    .split('\n')
    .map((line) => {
      const kept = changing.reduce((text, [what, name]) => text.replaceAll(what, name), line.trimEnd());
      // What has the keyboard depends on how one came here.
      return kept.replace(' [active]', '');
    });
  return `${[...new Set(lines)].join('\n')}\n`;
}
