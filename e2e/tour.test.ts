import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { outlineOf } from './tour/outline.ts';
import { FOLDER, looks, outlineFile, pictureFile, pictures } from './tour/pictures.ts';

describe('what a picture says', () => {
  const one = `- heading "Mia Berg" [level=1]
- text: 7KQ2MXPA opens until 22 Nov 2026, 11:40
- link "Activity" [active]:
  - /url: /admin/people?person=0190f3a2-7c1e-7d3b-9a55-0123456789ab
- row "sign_in 3 minutes ago 1 key"
- row "sign_in 12 minutes ago 1 key"
- text: Support code KR7B-PQ2Z
- text: 14 of 23 people are ready
- alert`;
  const other = `- heading "Mia Berg" [level=1]
- text: ABCDEFGH opens until 1 Dec 2027, 09:05 UTC
- link "Activity":
  - /url: /admin/people?person=0290f3a2-7c1e-7d3b-9a55-0123456789ac
- row "sign_in yesterday 2 keys"
- text: Support code ABCD-EFGH
- text: 5 of 1,230 people are ready
- alert: People - Latchkey`;

  test('is the same for every walk', () => {
    expect(outlineOf(one)).toBe(outlineOf(other));
  });

  test.each([
    ['Mia Berg', 'Ada Okafor'],
    ['people are ready', 'people are done'],
    ['heading', 'text'],
    ['/admin/people?', '/admin/devices?'],
    ['key"', 'key, lost"'],
  ])('is another thing with "%s" as "%s"', (from, to) => {
    expect(outlineOf(one.replaceAll(from, to))).not.toBe(outlineOf(one));
  });

  test.each(['Signed in with a password', 'EnablePasswordlessExperience', 'Phishing-resistant MFA'])(
    'keeps the words "%s"',
    (words) => {
      expect(outlineOf(words)).toBe(`${words}\n`);
    },
  );
});

describe('the pictures of the documentation', () => {
  const pages = ['README.md', ...readdirSync('docs').map((name) => join('docs', name))].filter((name) =>
    name.endsWith('.md'),
  );
  const shown = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/screenshots\/([\w.-]+)/g)].map(([, name]) => name ?? ''),
  );
  const taken = pictures.flatMap((name) => looks.map((look) => pictureFile(name, look)));

  test('are those of the tour, light and dark, and no other', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(
      [...taken, ...pictures.map(outlineFile)].map((file) => basename(file)).sort(),
    );
  });

  test('are all shown by the tour, and no page shows another', () => {
    const tour = readFileSync(join('docs', 'tour.md'), 'utf8');
    for (const file of taken) expect(tour).toContain(`screenshots/${basename(file)}`);
    expect([...new Set(shown)].sort()).toEqual(taken.map((file) => basename(file)).sort());
  });

  test('stay small', () => {
    const bytes = taken.reduce((sum, file) => sum + statSync(file).size, 0);
    expect(bytes).toBeLessThan(4 * 1024 * 1024);
  });
});
