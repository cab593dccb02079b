/** A real OpenID Connect provider in a process of its own: another organisation's sign-in, as a browser meets it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { House } from './house.ts';

export const CLIENT_ID = 'latchkey';
export const CLIENT_SECRET = 'the secret of a story';

/** Whom it signs in and how; `silent` answers nothing. */
export type Telling = {
  subject: string;
  claims: Record<string, unknown>;
  methods: { amr: string[] };
  mfa?: { amr: string[] };
  silent?: boolean;
};

export type Upstream = {
  issuer: string;
  tell: (telling: Telling) => Promise<void>;
  /** The paths that were asked for since the last time. */
  asked: () => Promise<string[]>;
};

/** Starts a provider that sends people back to a domain of a house; nothing is federated with it yet. */
export async function withProvider(
  server: House,
  domain: string,
  use: (upstream: Upstream) => Promise<void>,
): Promise<void> {
  const returnTo = `${server.origin}/sign-in/federated/callback/${domain}`;
  const script = join('server', 'testing-upstream-process.ts');
  const run = ['--conditions=react-server', '--import', 'tsx', script, CLIENT_ID, CLIENT_SECRET, returnTo];
  const child = spawn(process.execPath, run, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const heard = async () => (await once(child, 'message'))[0];
  try {
    const { issuer } = await heard();
    await use({
      issuer,
      tell: async (telling) => {
        const told = heard();
        child.send({ ...telling, page: true });
        await told;
      },
      asked: async () => {
        const answer = heard();
        child.send('asked');
        return (await answer).asked;
      },
    });
  } finally {
    if (child.connected) child.disconnect();
  }
}

/** Federates a domain of a house with a provider for as long as `use` takes. */
export async function withUpstream(
  server: House,
  domain: string,
  words: string[],
  use: (upstream: Upstream) => Promise<void>,
): Promise<void> {
  await withProvider(server, domain, async (upstream) => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-upstream-'));
    try {
      const file = join(folder, 'secret');
      await writeFile(file, CLIENT_SECRET);
      const client = [upstream.issuer, CLIENT_ID, '--secret-file', file];
      await server.admin(['federation', 'add', domain, ...client, ...words]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    try {
      await use(upstream);
    } finally {
      await server.admin(['federation', 'remove', domain]);
    }
  });
}
