import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { doors } from '#domain/live-ceremony/messages';
import { type StoryName, stories } from '#domain/live-ceremony/runs';
import { storiesMarkdown, storySvg } from '#domain/live-ceremony/story';

test.each(Object.keys(stories) as StoryName[])('the picture of %s is the one of the tables', async (name) => {
  await expect(storySvg(name)).toMatchFileSnapshot(`../docs/ceremonies/${name}.svg`);
});

test('the page of the ceremonies is the one of the tables, and no picture is left over', async () => {
  await expect(storiesMarkdown()).toMatchFileSnapshot('../docs/ceremonies.md');
  expect(readdirSync('docs/ceremonies').sort()).toEqual(
    Object.keys(stories)
      .map((name) => `${name}.svg`)
      .sort(),
  );
});

/** Posts of pages that are no part of any ceremony. */
const OTHERS = ['/api/attestation/inspect', '/api/attestation/metadata'];

test('every door of a ceremony is in the tables, and every one of the tables is there', () => {
  const posted = readdirSync('app', { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .flatMap((file) => [
      ...readFileSync(`app/${file}`, 'utf8').matchAll(/\bpost(?:<[^>]*>+)?\(\s*'(\/api\/[^']+)'/g),
    ])
    .map(([, path]) => path ?? '');
  expect(posted.length).toBeGreaterThan(20);
  expect([...new Set(posted)].filter((path) => !OTHERS.includes(path)).sort()).toEqual(
    Object.keys(doors).sort(),
  );
  for (const path of Object.keys(doors)) expect(existsSync(`app${path}/route.ts`), path).toBe(true);
});
