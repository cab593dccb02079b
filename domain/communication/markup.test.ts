import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dayWords,
  fieldNames,
  greetingName,
  isDay,
  type MergeValues,
  plainValue,
  readLink,
  VALUE_MAX,
} from './fields.ts';
import { writeCommunication } from './mail.ts';
import { readLine, readMarkup } from './markup.ts';
import { fieldsFor, readTemplate, shipped, templateNames } from './templates.ts';

const values: MergeValues = {
  person: 'Mia Berg',
  account: 'mia@tidewater.example',
  organisation: 'Tidewater',
  latchkey_link: 'https://keys.tidewater.example/',
  contact: 'the help desk, room 4',
  help_link: 'https://help.tidewater.example/hello',
  start_date: '1 December 2026',
  password_date: '1 February 2027',
};

const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '{{organisation}}',
  '{{unknown}}',
  '**bold** [x](javascript:alert(1))',
  'Mia\r\nBcc: everybody@tidewater.example',
  'Mia\r\n\r\n<html>',
  '\u202Eelpmaxe.live',
  'a\u0000b\u0008c\u001B[31m',
  '&lt;b&gt; &amp;',
  'x'.repeat(100_000),
  '\uD800 lone',
  '</style><style>*{display:none}',
  ']]>--><!--',
];

const body =
  'Hello {{person}},\n\n**{{contact}}** and [{{organisation}}]({{help_link}})\n\n- {{account}}\n- {{start_date}}';
const write = (given: Partial<MergeValues>, words = { subject: 'For {{person}}', body }) => {
  const template = readTemplate('reminder', words);
  if (!template.ok) throw new Error(JSON.stringify(template.wrong));
  const frame = { values: { ...values, ...given }, logo: null, unsubscribe: 'https://k.example/u?t=1' };
  return writeCommunication(template.value.subject, template.value.blocks, frame);
};
/** The elements of a message, as they stand in it. */
const tags = (html: string) => html.match(/<[^>]*>/g) ?? [];
const plain = tags(write({}).html);

describe('what a merged value can do to a message', () => {
  test.each(hostile)('nothing but be text: %j', (value) => {
    const { subject, html, text } = write({
      person: value,
      contact: value,
      organisation: value,
      account: value,
    });
    expect(tags(html)).toEqual(plain);
    expect(subject).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    expect(subject.length).toBeLessThanOrEqual(200);
    expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
    expect(html.length).toBeLessThan(8000);
  });

  test('nothing but be text, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(...fieldNames), (value, name) => {
        // What a link leads to is judged where it is kept.
        fc.pre(!name.endsWith('_link'));
        const { subject, html, text } = write({ [name]: value });
        expect(tags(html)).toEqual(plain);
        expect(`${subject}${text}`).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
      }),
    );
  });

  test('a value with a field in it is not merged again', () => {
    const { html, text } = write({ contact: '{{account}} {{person}}' });
    expect(html).toContain('<strong>{{account}} {{person}}</strong>');
    expect(text).toContain('{{account}} {{person}}');
  });

  test('a name that a mail program could make a link of is not greeted', () => {
    for (const name of ['Visit evil.example', 'a@b', 'https://x', 'www.x', 'Call 0800123456', '', '\u202E'])
      expect([name, greetingName(name)]).toEqual([name, 'there']);
    for (const name of ['Mia Berg', "Siobhán O'Neill", 'J. R. Smith', 'J.R. Smith', '<script>', '李 雷'])
      expect(greetingName(name)).toBe(name);
  });

  test('a value is one line of bounded length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const said = plainValue(value);
        expect([...said].length).toBeLessThanOrEqual(VALUE_MAX);
        expect(said).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u200B\uFEFF]/u);
      }),
    );
  });
});

describe('what an administrator types', () => {
  test('no HTML of theirs has a meaning, and no text makes an element that is not known', () => {
    const known = /^<\/?(p|h2|ul|ol|li|strong|a)(>| href="https?:[^"<>]*">)$/;
    const piece = fc.oneof(
      fc.constantFrom(
        ...hostile,
        '## ',
        '- ',
        '1. ',
        '\n\n',
        '\n',
        '**',
        '[a](https://b.example)',
        '](',
        '{{person}}',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('').slice(0, 5000);
        const read = readMarkup(text, fieldNames);
        if (!read.ok) {
          expect(read.wrong).toMatch(/^[A-Z{].*\.$/su);
          return;
        }
        const { html } = writeCommunication([], read.value, { values, logo: null, unsubscribe: null });
        const own = html.slice(html.indexOf('</h1>') + 5, html.indexOf('<div class="foot">'));
        for (const tag of tags(own)) expect(tag).toMatch(known);
      }),
    );
  });

  test('is headings, paragraphs, lists, bold, links and fields', () => {
    const { html, text } = write(
      {},
      {
        subject: 'x',
        body: '## One\nTwo\nthree\n\n- a\n- b **c**\n\n1. d\n2) [e](https://e.example/?a=1&b=2)',
      },
    );
    expect(html).toContain(
      '<h2>One</h2>\n<p>Two three</p>\n<ul><li>a</li><li>b <strong>c</strong></li></ul>',
    );
    expect(html).toContain('<ol><li>d</li><li><a href="https://e.example/?a=1&amp;b=2">e</a></li></ol>');
    expect(text).toContain('One\n\nTwo three\n\n- a\n- b c\n\n1. d\n2. e: https://e.example/?a=1&b=2');
  });

  test('an unknown field, a field that is not known there and a link elsewhere are refused in a sentence', () => {
    const wrong = (text: string, allowed = fieldNames) => {
      const read = readMarkup(text, allowed);
      return read.ok ? null : read.wrong;
    };
    expect(wrong('Hello {{name}}')).toBe('There is no field {{name}}.');
    expect(wrong('{{constructor}}')).toBe('There is no field {{constructor}}.');
    expect(wrong('{{person}}', [...fieldsFor('poster')])).toContain('not written to one person');
    expect(wrong('[x]({{person}})')).toContain('is no address');
    for (const to of [
      'javascript:alert(1)',
      'data:text/html,x',
      '//x',
      'mailto:a@b',
      'https://',
      'https://a:b@c/',
    ])
      expect([to, wrong(`[x](${to})`)]).toEqual([to, expect.stringContaining('A link leads to')]);
    expect(readLine('{{nothing}}', fieldNames)).toMatchObject({ ok: false });
  });

  test('says which part is wrong', () => {
    expect(readTemplate('faq', { subject: '{{person}}', body: '{{x}}' })).toMatchObject({
      ok: false,
      wrong: { subject: expect.any(String), body: expect.any(String) },
    });
    expect(readTemplate('faq', { subject: ' ', body: 'x'.repeat(8001) })).toMatchObject({
      ok: false,
      wrong: { subject: 'Something has to stand here.', body: expect.stringContaining('too long') },
    });
  });

  test('an address is http or https, without credentials', () => {
    expect(readLink(' https://Help.Tidewater.example/a b ')).toBe('https://help.tidewater.example/a%20b');
    for (const typed of ['', 'x', 'ftp://x', 'javascript:1', 'https://u@x.example', 'https://u:p@x.example'])
      expect([typed, readLink(typed)]).toEqual([typed, null]);
  });

  test('a day is one of the calendar', () => {
    expect(['2026-12-01', '2026-02-30', '2026-2-1', 'x', '1999-01-01'].map(isDay)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(dayWords('2026-12-01')).toBe('1 December 2026');
  });
});

test.each(templateNames)('the shipped words of %s can be read, and promise no secret', (name) => {
  const { subject, body: words } = shipped(name);
  const template = readTemplate(name, { subject, body: words });
  expect(template).toMatchObject({ ok: true });
  if (!template.ok) return;
  const frame = { values, logo: null, unsubscribe: null };
  const { html, text } = writeCommunication(template.value.subject, template.value.blocks, frame);
  expect(`${html}${text}`).not.toMatch(/\{\{|undefined|not filled in/);
  expect(words).not.toMatch(/!(?!\w)/);
});
