import 'server-only';
import type { z } from 'zod';
import { writeCommunication } from '#domain/communication/mail';
import type { kitExportQuery } from '#domain/communication/wire';
import { ok, type Result, refuse } from '#domain/result';
import { dayIn } from '#domain/time-zone';
import type { SignedIn } from './caller.ts';
import { dataUrl, readKitLogo, readTimeZone, readValues, readWords, templateOf } from './communication.ts';
import type { Streamed } from './endpoint.ts';
import { record } from './event.ts';
import { composeDraft, LOGO_CID } from './mailer.ts';
import type { Runtime } from './runtime.ts';

type Asked = z.output<typeof kitExportQuery>;

/**
 * A message or a sheet as a file: a draft for a mail program (EML), or a page (HTML) for an intranet, which prints without its
 * frame. It has no way to switch reminders off, because whoever sends it has a list of their own. A page runs nothing and loads
 * nothing.
 */
export async function exportTemplate(
  runtime: Runtime,
  actorId: string | null,
  { template: name, form, person: userId }: Asked,
): Promise<Result<Buffer>> {
  const { db } = runtime;
  const person =
    userId === undefined
      ? undefined
      : await db.user.findUnique({ where: { id: userId }, select: { upn: true, displayName: true } });
  if (person === null) return refuse('not_found');
  const template = templateOf(await readWords(db, name));
  const startsOn = dayIn(await readTimeZone(db), runtime.clock.now());
  const [values, logo] = [await readValues(runtime, db, { person, startsOn }), await readKitLogo(db)];
  const write = (where: string | null) =>
    writeCommunication(template.subject, template.blocks, { values, logo: where, unsubscribe: null });
  const bytes =
    form === 'eml'
      ? await composeDraft({ ...write(logo && `cid:${LOGO_CID}`), logo })
      : Buffer.from(asPage(write(logo && dataUrl(logo)).html));
  await record(db, runtime, { code: 'communication_exported', actorId, detail: { message: name, form } });
  return ok(bytes);
}

/** The same as a download. */
export async function downloadTemplate(
  runtime: Runtime,
  caller: SignedIn,
  asked: Asked,
): Promise<Result<Streamed<Uint8Array>>> {
  const { template, form } = asked;
  const file = await exportTemplate(runtime, caller.session.person.id, asked);
  if (!file.ok) return file;
  const { value: bytes } = file;
  async function* chunks() {
    yield bytes;
  }
  return ok({
    headers: {
      'content-type': form === 'eml' ? 'message/rfc822' : 'text/html; charset=utf-8',
      'content-disposition': `attachment; filename="${template}.${form}"`,
      // Should a browser open it here all the same.
      'content-security-policy': `sandbox; ${PAGE_POLICY}`,
    },
    chunks: chunks(),
    closed: () => {},
  });
}

const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

const asPage = (html: string) =>
  html.replace(
    '<meta charset="utf-8">',
    `<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="${PAGE_POLICY}">`,
  );
