import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { API_BODY_LIMIT_BYTES, FILE_LIMITS_BYTES } from '../serve.mjs';
import { BODY_LIMIT_BYTES } from './endpoint.ts';

/** The sources of the routes that are made by `endpoint()`, by their paths. */
function endpoints(): readonly { readonly path: string; readonly source: string }[] {
  return readdirSync('app/api', { recursive: true, encoding: 'utf8' })
    .filter((file) => /(^|[\\/])route\.ts$/.test(file))
    .map((file) => ({
      path: `/api/${file.replaceAll('\\', '/').replace(/\/?route\.ts$/, '')}`,
      source: readFileSync(join('app/api', file), 'utf8'),
    }))
    .filter(({ source }) => source.includes('#server/endpoint') && /\bendpoint\(/.test(source));
}

/** The arguments of a call, from behind its opening bracket. */
function argumentsOf(text: string): readonly string[] {
  const given = [''];
  let depth = 0;
  for (const letter of text) {
    if ('([{'.includes(letter)) depth += 1;
    if (')]}'.includes(letter)) depth -= 1;
    if (depth < 0) break;
    if (depth === 0 && letter === ',') given.push('');
    else given.push(`${given.pop()}${letter}`);
  }
  return given.map((argument) => argument.trim()).filter((argument) => argument !== '');
}

/** The value of a constant that a source imports from a room. */
async function imported(source: string, name: string): Promise<unknown> {
  const found = new RegExp(`import \\{[^}]*\\b${name}\\b[^}]*\\} from '#(domain|server)/([^']+)'`).exec(
    source,
  );
  if (found === null) throw new Error(`${name} is no constant of domain or server`);
  const file = resolve(`${found[1]}/${found[2]}.ts`);
  return (await import(file))[name];
}

test('the front door lets through what each route takes: its own limit, or the one of a ceremony', async () => {
  const limits: Record<string, unknown> = {};
  const routes = endpoints();
  expect(routes.length).toBeGreaterThan(10);
  for (const { path, source } of routes) {
    const calls = source
      .split(/\bendpoint\(/)
      .slice(1)
      .map(argumentsOf);
    expect([path, calls.map((given) => given.length >= 4)]).toEqual([path, [true]]);
    const limit = calls[0]?.[4];
    if (limit !== undefined) limits[path] = await imported(source, limit);
  }
  expect(Object.fromEntries(FILE_LIMITS_BYTES)).toEqual(limits);
  expect(API_BODY_LIMIT_BYTES).toBe(BODY_LIMIT_BYTES);
});
