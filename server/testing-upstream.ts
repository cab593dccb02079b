import 'server-only';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Whom a provider signs in and how, and what it lies about. */
export interface UpstreamTelling {
  readonly subject: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** How people sign in there. */
  readonly methods: Methods;
  /** How they do where MFA is asked for; as always where this is left out. */
  readonly mfa?: Methods;
  /** How long ago they did. */
  readonly signedInSecondsAgo?: number;
  /** Shows a page with a button, for a browser. */
  readonly page?: boolean;
  /** What it changes in an ID token that it issued. */
  readonly token?: {
    readonly claims?: Readonly<Record<string, unknown>>;
    readonly without?: readonly string[];
    readonly signed?: 'not' | 'by_another' | 'by_client_secret';
  };
  /** What it changes in what UserInfo says, or how that answers. */
  readonly userInfo?: {
    readonly claims?: Readonly<Record<string, unknown>>;
    readonly status?: number;
    readonly location?: string;
    readonly silent?: boolean;
  };
  /** What it changes in what it says of itself. */
  readonly description?: Readonly<Record<string, unknown>>;
  /** Answers everything with this status, and sends elsewhere. */
  readonly status?: number;
  readonly location?: string;
  /** Answers nothing at all. */
  readonly silent?: boolean;
}
interface Methods {
  readonly amr?: readonly string[];
  readonly acr?: string;
}

export interface TestUpstream {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  tell(telling: UpstreamTelling): Promise<void>;
  /** The paths that were asked for since the last time. */
  asked(): Promise<readonly string[]>;
  /** Ends it: nothing listens there any more. */
  close(): Promise<void>;
}

export const CLIENT_SECRET = 'a client secret: with / signs + in it';

/** Starts a provider of its own that sends people back to these addresses. */
export async function anUpstream(...returnTo: readonly string[]): Promise<TestUpstream> {
  const clientId = 'latchkey';
  const script = join('server', 'testing-upstream-process.ts');
  const words = [
    '--conditions=react-server',
    '--import',
    'tsx',
    script,
    clientId,
    CLIENT_SECRET,
    ...returnTo,
  ];
  // What it says of its own settings is of no interest here; what breaks is.
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let said = '';
  child.stderr?.on('data', (piece) => {
    said += String(piece);
  });
  const heard = async () => {
    const listening = new AbortController();
    const gone = once(child, 'exit', listening).then(() => {
      throw new Error(`the provider ended:\n${said}`);
    });
    const [message] = await Promise.race([once(child, 'message', listening), gone]);
    listening.abort();
    return message;
  };
  const { issuer } = await heard();
  return {
    issuer,
    clientId,
    clientSecret: CLIENT_SECRET,
    tell: async (telling) => {
      const told = heard();
      child.send(telling);
      await told;
    },
    asked: async () => {
      const answer = heard();
      child.send('asked');
      return (await answer).asked;
    },
    close: async () => {
      if (child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}

/**
 * Goes to an address as a browser does that has never been there, cookies and all, until it is sent back; returns what it is
 * sent back with.
 */
export async function comeBackFrom(address: string, returnTo: string): Promise<URLSearchParams> {
  const jar = new Map<string, string>();
  let at = new URL(address);
  for (let steps = 0; steps < 10; steps += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(at, { redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      jar.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null)
      throw new Error(`${at.pathname} answered ${response.status}: ${await response.text()}`);
    at = new URL(location, at);
    if (at.href.startsWith(returnTo)) return at.searchParams;
  }
  throw new Error('it was sent around in circles');
}
