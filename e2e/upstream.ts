/** A real OpenID Connect provider in a process of its own: another organisation's sign-in, as a browser meets it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { House } from './house.ts';

const CLIENT_ID = 'latchkey';
const CLIENT_SECRET = 'the secret of a story';

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

/** Federates a domain of a house with a provider for as long as `use` takes. */
export async function withUpstream(
  server: House,
  domain: string,
  words: string[],
  use: (upstream: Upstream) => Promise<void>,
): Promise<void> {
  const returnTo = `${server.origin}/sign-in/federated/callback/${domain}`;
  const script = join('server', 'testing-upstream-process.ts');
  const run = ['--conditions=react-server', '--import', 'tsx', script, CLIENT_ID, CLIENT_SECRET, returnTo];
  const child = spawn(process.execPath, run, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const heard = async () => (await once(child, 'message'))[0];
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-upstream-'));
  try {
    const { issuer } = await heard();
    const file = join(folder, 'secret');
    await writeFile(file, CLIENT_SECRET);
    await server.admin(['federation', 'add', domain, issuer, CLIENT_ID, '--secret-file', file, ...words]);
    try {
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
      await server.admin(['federation', 'remove', domain]);
    }
  } finally {
    if (child.connected) child.disconnect();
    await rm(folder, { recursive: true, force: true });
  }
}
