import 'server-only';
import { createTransport } from 'nodemailer';

/** Where e-mail leaves, as the environment says it. */
export interface MailSettings {
  /** `smtp:` or `smtps:`. */
  readonly url: string;
  readonly from: string;
}

export interface OutgoingMail {
  readonly id: string;
  readonly address: string;
  readonly subject: string;
  readonly text: string;
}

/** What became of one message: `unreachable` is about the server, `later` and `never` about the message. */
export type Delivery =
  | { readonly kind: 'sent' }
  | { readonly kind: 'unreachable' | 'later' | 'never'; readonly failure: string };

export interface Mailer {
  deliver(mail: OutgoingMail): Promise<Delivery>;
}

/** Shorter together than the lease of whoever sends. */
const TIMEOUTS = {
  dnsTimeout: 10_000,
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 20_000,
};

/**
 * Sends by SMTP. Each message keeps its Message-ID, so that one which had to be sent twice is known as one. A password
 * goes over the wire only under TLS, but for a server on this machine.
 */
export function createMailer({ url, from }: MailSettings): Mailer {
  const { username, hostname, protocol } = new URL(url);
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  const transport = createTransport({
    url,
    ...TIMEOUTS,
    disableFileAccess: true,
    disableUrlAccess: true,
    requireTLS: protocol === 'smtp:' && username !== '' && !local,
  });
  const domain = /@([^\s>]+)>?$/.exec(from)?.[1] ?? hostname;
  return {
    async deliver({ id, address, subject, text }) {
      try {
        await transport.sendMail({
          from,
          to: { name: '', address },
          subject,
          text,
          messageId: `<${id}@${domain}>`,
          // RFC 3834: no out-of-office note answers this.
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
        return { kind: 'sent' };
      } catch (error) {
        return { kind: kindOf(error), failure: failureOf(error) };
      }
    },
  };
}

interface SmtpError {
  readonly code?: string;
  readonly responseCode?: number;
  readonly message?: string;
}

/** RFC 5321 4.2.1: 4yz may work later, 5yz never will. What comes before a recipient is named is the server's matter. */
function kindOf(error: unknown): Exclude<Delivery['kind'], 'sent'> {
  const { code, responseCode } = error as SmtpError;
  if (code !== 'EENVELOPE' && code !== 'EMESSAGE') return 'unreachable';
  return responseCode !== undefined && responseCode >= 500 ? 'never' : 'later';
}

function failureOf(error: unknown): string {
  const { code, message } = error as SmtpError;
  const text = `${code ?? 'ERROR'}: ${message ?? String(error)}`;
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 200);
}
