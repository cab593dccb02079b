import 'server-only';
import { once } from 'node:events';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { onTestFinished } from 'vitest';

export interface MailServer {
  readonly url: string;
  readonly received: { readonly from: string; readonly to: string[]; readonly text: string }[];
  stop(): Promise<void>;
}

/** A real SMTP server of this test's own; `onRcptTo` may refuse somebody. */
export async function aMailServer(given: Partial<SMTPServerOptions> = {}, port = 0): Promise<MailServer> {
  const received: MailServer['received'] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData(stream, { envelope }, done) {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        received.push({ from, to, text: Buffer.concat(pieces).toString('utf8') });
        done();
      });
    },
    ...given,
  });
  server.listen(port, '0.0.0.0');
  await once(server.server, 'listening');
  // From here on what a client does to its connection is no error of this server's.
  server.on('error', () => {});
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()));
  onTestFinished(stop);
  const address = server.server.address();
  const at = typeof address === 'object' && address ? address.port : 0;
  return { url: `smtp://127.0.0.1:${at}`, received, stop };
}
