import { existsSync, readFileSync } from 'node:fs';
import type { Profiler, Runtime } from 'node:inspector';
import { SourceMap } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Share {
  readonly part: string;
  readonly microseconds: number;
}

/**
 * Whose code a server spends its time in: self time of a CPU profile by part. A native function belongs to whoever called
 * it; a bundled one to the source that its source map names.
 */
export function breakdown(profile: Profiler.Profile, root: string): { parts: Share[]; functions: Share[] } {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)),
  );
  const selfTimes = new Map<number, number>();
  for (const [index, id] of (profile.samples ?? []).entries()) {
    selfTimes.set(id, (selfTimes.get(id) ?? 0) + Math.max(0, profile.timeDeltas?.[index] ?? 0));
  }
  const parts = new Map<string, number>();
  const functions = new Map<string, number>();
  const origin = sourceReader(root);
  for (const [id, microseconds] of selfTimes) {
    const { functionName } = nodes.get(id)?.callFrame ?? { functionName: '' };
    if (functionName === '(idle)') continue;
    let owner = nodes.get(id);
    while (
      owner !== undefined &&
      owner.callFrame.url === '' &&
      !owner.callFrame.functionName.startsWith('(')
    ) {
      owner = nodes.get(parents.get(owner.id) ?? -1);
    }
    const { source, name } = owner === undefined ? { source: '', name: null } : origin(owner.callFrame);
    const part = partOf(owner?.callFrame.functionName ?? '', source);
    parts.set(part, (parts.get(part) ?? 0) + microseconds);
    const label = `${functionName === owner?.callFrame.functionName ? (name ?? functionName) : functionName} (${source})`;
    functions.set(label, (functions.get(label) ?? 0) + microseconds);
  }
  return { parts: ranked(parts), functions: ranked(functions) };
}

function ranked(times: ReadonlyMap<string, number>): Share[] {
  return [...times]
    .map(([part, microseconds]) => ({ part, microseconds }))
    .sort((a, b) => b.microseconds - a.microseconds);
}

/** Where a frame's text came from, as a path in the project, a `node:` module, or nothing. */
function sourceReader(root: string): (frame: Runtime.CallFrame) => { source: string; name: string | null } {
  const maps = new Map<string, SourceMap | null>();
  const mapOf = (path: string) => {
    const known = maps.get(path);
    if (known !== undefined) return known;
    const map = existsSync(`${path}.map`)
      ? new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')))
      : null;
    maps.set(path, map);
    return map;
  };
  return ({ url, lineNumber, columnNumber }) => {
    if (!url.startsWith('file:') && !url.startsWith('/')) return { source: url, name: null };
    const path = url.startsWith('file:') ? fileURLToPath(url) : url;
    const entry = mapOf(path)?.findEntry(lineNumber, columnNumber);
    if (!entry || !('originalSource' in entry) || !entry.originalSource)
      return { source: relative(root, path), name: null };
    const { originalSource, name } = entry as { originalSource: string; name?: string };
    const source = originalSource.startsWith('file:')
      ? fileURLToPath(originalSource)
      : /^[a-z]+:/.test(originalSource)
        ? originalSource.replace(/^turbopack:\/+\[project\]\//, `${root}${sep}`)
        : join(dirname(path), originalSource);
    return { source: relative(root, source).split(sep).join('/'), name: name ?? null };
  };
}

/** The first match names the part. */
const partNames: readonly (readonly [RegExp, string])[] = [
  [/node_modules\/(@prisma\/adapter-|better-sqlite3|bindings)/, 'SQLite and its adapter'],
  [/node_modules\/@prisma\/|prisma\/generated|wasm/, 'Prisma'],
  [/node_modules\/next\/dist\/compiled\/(react|scheduler)/, 'React'],
  [/node_modules\/(next|react|react-dom)\/|turbopack|^\.next/, 'Next'],
  [/node_modules\/@?simplewebauthn/, 'SimpleWebAuthn'],
  [/node_modules\/zod/, 'zod'],
  [/node_modules\/@noble/, 'noble'],
  [/node_modules\/((?:@[^/]+\/)?[^/]+)/, '$1'],
  [/^node:internal\/crypto|^node:crypto/, 'cryptography (node:crypto)'],
  [/^node:/, 'Node: HTTP, streams, fetch'],
  [/^(server|domain|app|proxy|instrumentation|serve)/, 'our own code'],
];

function partOf(functionName: string, source: string): string {
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (functionName === '(program)') return 'native code outside JavaScript';
  for (const [pattern, name] of partNames) {
    const match = pattern.exec(source);
    if (match !== null) return name.replace('$1', match[1] ?? '');
  }
  return source === '' ? 'native code outside JavaScript' : source;
}
