import { Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/**
 * As much of a browser as a ceremony needs: a jar of cookies, an `Origin`, a kept connection. It is plain `node:http`,
 * because a client that works hard would slow the server it measures.
 */
export class Browser {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #cookies = new Map<string, string>();
  /** Whether its live view is open: what it posts asks what was logged of it. */
  watched = false;

  /** `instance` is where this browser's requests go; `address` is whom the proxy in front would say it is. */
  constructor(
    readonly origin: string,
    private readonly instance = origin,
    private address = '192.0.2.1',
  ) {}

  /** Goes on from another address: nobody signs in hundreds of times in five minutes from one. */
  moveTo(address: string): void {
    this.address = address;
  }

  async get(path: string): Promise<Answer> {
    return await this.#send('GET', path, {});
  }

  /** Posts JSON and reads the JSON answer; anything but 200 is a failure. */
  async post<T>(path: string, body: unknown): Promise<T> {
    const answer = await this.#send(
      'POST',
      path,
      { 'content-type': 'application/json', ...(this.watched && { 'latchkey-watch': '1' }) },
      JSON.stringify(body),
    );
    if (answer.status !== 200)
      throw new Error(`POST ${path} answered ${answer.status}: ${answer.text.slice(0, 400)}`);
    return JSON.parse(answer.text) as T;
  }

  /** Posts what a page's own script would post for a server action. */
  async act(path: string, action: string, argument: unknown): Promise<Answer> {
    const headers = {
      'content-type': 'text/plain;charset=UTF-8',
      accept: 'text/x-component',
      'next-action': action,
    };
    return await this.#send('POST', path, headers, JSON.stringify([argument]));
  }

  cookie(name: string): string | undefined {
    return this.#cookies.get(name);
  }

  /** Forgets a cookie, as a private window would. */
  forget(name: string): void {
    this.#cookies.delete(name);
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(method: string, path: string, headers: Readonly<Record<string, string>>, body = ''): Promise<Answer> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return new Promise((resolve, reject) => {
      const sent = request(
        new URL(path, this.instance),
        {
          method,
          agent: this.#agent,
          headers: {
            ...headers,
            // As a proxy passes it on, whichever instance it chose.
            host: new URL(this.origin).host,
            'x-forwarded-for': this.address,
            ...(method === 'POST'
              ? { origin: this.origin, 'content-length': Buffer.byteLength(body) }
              : { 'sec-fetch-site': 'same-origin' }),
            ...(cookie === '' ? {} : { cookie }),
          },
        },
        (response) => {
          for (const line of response.headers['set-cookie'] ?? []) this.#keep(line);
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: Buffer.concat(chunks).toString('utf8'),
            }),
          );
        },
      );
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // A kept connection that the server has just closed for its idleness: nothing of the request was read.
        if (error.code === 'ECONNRESET' && sent.reusedSocket)
          this.#send(method, path, headers, body).then(resolve, reject);
        else reject(error);
      });
      sent.end(body);
    });
  }

  #keep(setCookie: string): void {
    const pair = setCookie.split(';', 1)[0] ?? '';
    const equals = pair.indexOf('=');
    const value = pair.slice(equals + 1);
    if (value === '') this.#cookies.delete(pair.slice(0, equals));
    else this.#cookies.set(pair.slice(0, equals), value);
  }
}
