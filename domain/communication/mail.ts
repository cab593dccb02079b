import { greetingName, type MergeValues, mergeFields, plainValue } from './fields.ts';
import type { Block, Inline } from './markup.ts';

/** A message that is written: what is in it besides the words. */
export interface MailFrame {
  readonly values: MergeValues;
  /** Where the logo is: `cid:…` in a message, `data:…` in a file; null without one. */
  readonly logo: string | null;
  /** Where reminders are switched off; null where the message is none. */
  readonly unsubscribe: string | null;
}

export interface WrittenMail {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** What stands where nobody has filled in a field: it is seen in a preview, and never sent. */
export const unfilled = (name: keyof MergeValues) => `[${mergeFields[name].title}: not filled in]`;

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A field's value as it stands in a message. */
export function merged(name: keyof MergeValues, values: MergeValues): string {
  const value = name === 'person' ? greetingName(values.person) : plainValue(values[name]);
  return value === '' ? unfilled(name) : value;
}

const lineText = (inlines: readonly Inline[], values: MergeValues): string =>
  inlines.map((inline) => inlineText(inline, values)).join('');

function inlineText(inline: Inline, values: MergeValues): string {
  if (inline.kind === 'text') return inline.text;
  if (inline.kind === 'field')
    return mergeFields[inline.name].kind === 'link'
      ? values[inline.name] || unfilled(inline.name)
      : merged(inline.name, values);
  const words = lineText(inline.content, values);
  const to = inline.kind === 'bold' ? null : targetOf(inline.to, values);
  return to === null || words === to ? words : `${words}: ${to}`;
}

/** Where a link leads; null where its field is not filled in. */
export function targetOf(to: Extract<Inline, { kind: 'link' }>['to'], values: MergeValues): string | null {
  return (typeof to === 'string' ? to : values[to.name]) || null;
}

const anchor = (to: string | null, words: string) =>
  to === null ? words : `<a href="${escapeHtml(to)}">${words}</a>`;

const lineHtml = (inlines: readonly Inline[], values: MergeValues): string =>
  inlines.map((inline) => inlineHtml(inline, values)).join('');

function inlineHtml(inline: Inline, values: MergeValues): string {
  if (inline.kind === 'text') return escapeHtml(inline.text);
  if (inline.kind === 'bold') return `<strong>${lineHtml(inline.content, values)}</strong>`;
  if (inline.kind === 'link') return anchor(targetOf(inline.to, values), lineHtml(inline.content, values));
  const words = escapeHtml(inlineText(inline, values));
  return mergeFields[inline.name].kind === 'link' ? anchor(values[inline.name] || null, words) : words;
}

function blockText(block: Block, values: MergeValues): string {
  if (block.kind !== 'list') return lineText(block.content, values);
  return block.items
    .map((item, at) => `${block.ordered ? `${at + 1}.` : '-'} ${lineText(item, values)}`)
    .join('\n');
}

function blockHtml(block: Block, values: MergeValues): string {
  if (block.kind === 'heading') return `<h2>${lineHtml(block.content, values)}</h2>`;
  if (block.kind === 'paragraph') return `<p>${lineHtml(block.content, values)}</p>`;
  const tag = block.ordered ? 'ol' : 'ul';
  return `<${tag}>${block.items.map((item) => `<li>${lineHtml(item, values)}</li>`).join('')}</${tag}>`;
}

/** The headline of a message or a sheet, merged: one line of text. */
export function mergedLine(line: readonly Inline[], values: MergeValues): string {
  return plainSubject(lineText(line, values));
}

/** A header is one line; what was typed may be long. */
function plainSubject(text: string): string {
  return [...text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()].slice(0, 200).join('');
}

const FOOT_STOP = 'You get this as a reminder.';
const FOOT_STOP_WORDS = 'No more reminders';
const FOOT_ALWAYS = 'Nobody will ever ask you for a PIN, a code or a password by e-mail or on the phone.';

/**
 * A message, ready to leave: HTML of a few known elements with every text in it escaped, and the same in plain text. What
 * it looks like is one style sheet in its head; there is no script, no form and no picture but the logo.
 */
export function writeCommunication(
  subject: readonly Inline[],
  blocks: readonly Block[],
  { values, logo, unsubscribe }: MailFrame,
): WrittenMail {
  const organisation = plainValue(values.organisation);
  const headline = mergedLine(subject, values);
  const foot = [FOOT_ALWAYS, `${organisation}, sent with Latchkey.`];
  const stopText = unsubscribe === null ? [] : [`${FOOT_STOP} ${FOOT_STOP_WORDS}: ${unsubscribe}`];
  const stopHtml = unsubscribe === null ? '' : `<p>${FOOT_STOP} ${anchor(unsubscribe, FOOT_STOP_WORDS)}.</p>`;
  const head =
    logo === null
      ? `<p class="org">${escapeHtml(organisation)}</p>`
      : `<p class="org"><img src="${escapeHtml(logo)}" alt="${escapeHtml(organisation)}" height="40"></p>`;
  const text = [...blocks.map((block) => blockText(block, values)), '-- ', ...foot, ...stopText];
  return {
    subject: headline,
    text: `${text.join('\n\n').replace('-- \n\n', '-- \n')}\n`,
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(headline)}</title>
<style>${MAIL_STYLE}</style>
</head>
<body bgcolor="#f3f6f8">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td align="center">
<table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" class="sheet"><tr><td bgcolor="#fdfefe" class="card">
${head}
<h1>${escapeHtml(headline)}</h1>
${blocks.map((block) => blockHtml(block, values)).join('\n')}
<div class="foot">
${foot.map((each) => `<p>${escapeHtml(each)}</p>`).join('\n')}
${stopHtml}
</div>
</td></tr></table>
</td></tr></table>
</body>
</html>
`,
  };
}

/** Colours are those of the product, in the form that mail programs know. */
const MAIL_STYLE = `
body{margin:0;padding:0;background:#f3f6f8;color:#16212a;font:16px/24px "Segoe UI Variable","Segoe UI",system-ui,sans-serif}
.sheet{width:100%;max-width:600px}
.card{padding:32px;background:#fdfefe;border:1px solid #d9e0e5;border-top:4px solid #0b5566;overflow-wrap:anywhere}
.org{margin:0 0 24px;font-size:14px;line-height:20px;font-weight:600;color:#0b5566}
.org img{height:40px;width:auto;max-width:240px;border:0}
h1{margin:0 0 16px;font-size:28px;line-height:36px;font-weight:600}
h2{margin:24px 0 8px;font-size:20px;line-height:28px;font-weight:600}
p,ul,ol{margin:0 0 16px}
li{margin:0 0 8px}
a{color:#0b5566}
.foot{margin-top:32px;padding-top:16px;border-top:1px solid #d9e0e5}
.foot p{margin:0 0 4px;font-size:12px;line-height:16px;color:#47545e}
@media print{@page{margin:20mm}body,.card{background:none}.card{padding:0;border:0}.sheet{max-width:none}}
@media (max-width:480px){.card{padding:24px 16px}h1{font-size:24px;line-height:32px}}
@media (prefers-color-scheme:dark){body{background:#0f151a;color:#edf1f3}.card{background:#182026;border-color:#2f3a42;border-top-color:#63c3d6}.org,a{color:#7fd3e3}.foot{border-color:#2f3a42}.foot p{color:#b9c3ca}}
`;
