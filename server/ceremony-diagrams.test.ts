import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { doors, forms } from '#domain/live-ceremony/messages';
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
const OTHERS = ['/api/attestation/inspect', '/api/attestation/metadata', '/api/presentation/show'];

const scripts = () =>
  readdirSync('app', { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => readFileSync(`app/${file}`, 'utf8'));

test('every form of a ceremony is sent so that it can be seen, and every one of the tables is sent', () => {
  const sent = scripts().flatMap((script) =>
    [...script.matchAll(/\bsend(?:Form)?\(\s*'([\w-]+)',\s*(\w+Action)\b/g)].map(([, name, action]) => ({
      name: name ?? '',
      action: action ?? '',
    })),
  );
  expect([...new Set(sent.map(({ name }) => name))].sort()).toEqual(Object.keys(forms).sort());
  // No page sends one of them in another way.
  for (const { action } of sent)
    expect(
      scripts().filter((script) => new RegExp(`(?<!function )\\b${action}\\(`).test(script)),
      action,
    ).toEqual([]);
});

test('every door of a ceremony is in the tables, and every one of the tables is there', () => {
  const posted = scripts()
    .flatMap((script) => [...script.matchAll(/\bpost(?:<[^>]*>+)?\(\s*'(\/api\/[^']+)'/g)])
    .map(([, path]) => path ?? '');
  expect(posted.length).toBeGreaterThan(20);
  expect([...new Set(posted)].filter((path) => !OTHERS.includes(path)).sort()).toEqual(
    Object.keys(doors).sort(),
  );
  for (const path of Object.keys(doors)) expect(existsSync(`app${path}/route.ts`), path).toBe(true);
});
