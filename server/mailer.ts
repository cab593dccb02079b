import 'server-only';
import { createTransport } from 'nodemailer';

/** Where e-mail leaves, as the environment says it. */
export interface MailSettings {
  /** `smtp:` or `smtps:`. */
  readonly url: string;
  readonly from: string;
}

/** What a message is; `html` is the same as the text, for those who read that. */
export interface MailContent {
  readonly address: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string | null;
  /** Where its reader switches off what it is one of. */
  readonly unsubscribe?: string | null;
}

export interface Picture {
  readonly type: string;
  readonly content: Uint8Array;
}

export interface OutgoingMail extends MailContent {
  readonly id: string;
  /** What `LOGO_CID` stands for in its HTML. */
  readonly logo?: Picture | null;
}

/** How a message refers to the picture that comes with it (RFC 2392). */
export const LOGO_CID = 'logo@latchkey';

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
    async deliver(mail) {
      try {
        await transport.sendMail({
          ...messageOf(mail),
          from,
          messageId: `<${mail.id}@${domain}>`,
        });
        return { kind: 'sent' };
      } catch (error) {
        return { kind: kindOf(error), failure: failureOf(error) };
      }
    },
  };
}

function messageOf({ address, subject, text, html, unsubscribe, logo }: Omit<OutgoingMail, 'id'>) {
  const stops = unsubscribe ?? null;
  return {
    // Nothing in what was written leads to a file or an address that is fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
    to: { name: '', address },
    subject,
    text,
    ...(html ? { html } : {}),
    ...(html && logo
      ? {
          attachments: [
            {
              cid: LOGO_CID,
              filename: logo.type === 'image/png' ? 'logo.png' : 'logo.jpg',
              contentType: logo.type,
              content: Buffer.from(logo.content),
              contentDisposition: 'inline' as const,
            },
          ],
        }
      : {}),
    ...(stops === null ? {} : { list: { unsubscribe: { url: stops, comment: '' } } }),
    headers: {
      // RFC 3834: no out-of-office note answers this.
      'Auto-Submitted': 'auto-generated',
      // RFC 8058: one click is enough, and only over HTTPS.
      ...(stops?.startsWith('https:') ? { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {}),
    },
  };
}

/** A message as a file (RFC 5322) that mail programs open as a draft: it has no sender yet. */
export async function composeDraft(mail: Omit<OutgoingMail, 'id' | 'address'>): Promise<Buffer> {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  const { to: _nobody, headers: _sent, ...content } = messageOf({ ...mail, address: '' });
  const { message } = await transport.sendMail({ ...content, headers: { 'X-Unsent': '1' } });
  return message as Buffer;
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
