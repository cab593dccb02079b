import 'server-only';
import {
  dayWords,
  type FieldName,
  isDay,
  type MergeValues,
  readLink,
  VALUE_MAX,
} from '#domain/communication/fields';
import {
  readTemplate,
  shipped,
  type Template,
  type TemplateName,
  templateNames,
  type Words,
} from '#domain/communication/templates';
import { ok, type Result, refuse } from '#domain/result';
import { isTimeZone } from '#domain/time-zone';
import type { Tx } from './db.ts';
import { record } from './event.ts';
import { keepLogo, readLogo } from './logo.ts';
import type { Picture } from './mailer.ts';
import type { Runtime } from './runtime.ts';

/** Helps where nobody has said who does. */
const SOMEBODY = 'your administrator';

/** What the kit says of the organisation, as administrators fill it in. */
export interface Kit {
  readonly contact: string;
  /** '' where there is none. */
  readonly helpLink: string;
  readonly passwordEndsOn: string | null;
  /** The logo, by its hash. */
  readonly logo: string | null;
  /** Where the hours of plans are those of; null while nobody has said. */
  readonly timeZone: string | null;
}

const EMPTY: Kit = { contact: '', helpLink: '', passwordEndsOn: null, logo: null, timeZone: null };

export async function readKit(tx: Tx): Promise<Kit> {
  return (await tx.communicationKit.findFirst({ omit: { tenantId: true } })) ?? EMPTY;
}

/** Where the hours of plans are those of while nobody has chosen a time zone. */
const NO_ZONE = 'UTC';

/** The time zone of the organisation, as days and hours are counted. */
export async function readTimeZone(tx: Tx): Promise<string> {
  return (await readKit(tx)).timeZone ?? NO_ZONE;
}

/** The same as it was chosen; null where nobody chose one and nothing is planned by another. */
export async function readChosenTimeZone(tx: Tx): Promise<string | null> {
  const { timeZone } = await readKit(tx);
  return timeZone ?? ((await tx.plannedMessage.count()) > 0 ? NO_ZONE : null);
}

/** The first plan is made by the clock of whoever makes it, unless a time zone was chosen. */
export async function keepTimeZone(tx: Tx, timeZone: string): Promise<void> {
  if ((await readChosenTimeZone(tx)) === null) await writeKit(tx, { ...(await readKit(tx)), timeZone });
}

/** The logo as pages and files show it, or null. */
export async function readKitLogo(tx: Tx): Promise<Picture | null> {
  const { logo } = await readKit(tx);
  return logo === null ? null : await readLogo(tx, logo);
}

/** A picture that needs no address. */
export function dataUrl({ type, content }: Picture): string {
  return `data:${type};base64,${Buffer.from(content).toString('base64')}`;
}

export interface TypedKit {
  readonly contact: string;
  readonly helpLink: string;
  /** '' where nobody has said, as in the next. */
  readonly passwordEndsOn: string;
  readonly timeZone: string;
}

/** What administrators fill in, as it was kept. */
export function typedKit({ contact, helpLink, passwordEndsOn, timeZone }: Kit): TypedKit {
  return { contact, helpLink, passwordEndsOn: passwordEndsOn ?? '', timeZone: timeZone ?? '' };
}

async function writeKit(tx: Tx, kit: Kit): Promise<void> {
  const { id: tenantId } = await tx.tenant.findFirstOrThrow({ select: { id: true } });
  await tx.communicationKit.upsert({ where: { tenantId }, create: { tenantId, ...kit }, update: { ...kit } });
}

/**
 * Fills in what messages and sheets say of the organisation. With `seen`, what stood there when somebody began, only what they
 * changed is changed; where somebody else changed the same in between, that is told, and lost by nobody. Returns what is kept.
 */
export async function fillKit(
  runtime: Runtime,
  actorId: string | null,
  typed: TypedKit,
  seen?: TypedKit,
): Promise<Result<TypedKit>> {
  const read = readTypedKit(typed);
  if (typeof read === 'string') return refuse('invalid_value', { facts: { setting: read } });
  return await runtime.db.$transaction(async (tx) => {
    const before = await readKit(tx);
    const [now, mine] = [typedKit(before), typedKit({ ...before, ...read })];
    const names = Object.keys(now) as (keyof TypedKit)[];
    const theirs = seen === undefined ? [] : names.filter((name) => now[name] !== seen[name]);
    if (theirs.some((name) => mine[name] !== seen?.[name] && mine[name] !== now[name]))
      return refuse('communication_changed_meanwhile');
    const kit = { ...before, ...read, ...Object.fromEntries(theirs.map((name) => [name, before[name]])) };
    const kept = typedKit(kit);
    if (names.every((name) => kept[name] === now[name])) return ok(kept);
    await writeKit(tx, kit);
    const { contact, helpLink, passwordEndsOn, timeZone } = kit;
    await record(tx, runtime, {
      code: 'communication_changed',
      actorId,
      detail: { what: 'organisation', contact, helpLink, passwordEndsOn, timeZone },
    });
    return ok(kept);
  });
}

/** What was typed as it is kept, or the name of what is wrong. */
function readTypedKit(typed: TypedKit): Omit<Kit, 'logo'> | keyof TypedKit {
  const contact = typed.contact.normalize('NFC').trim();
  if (contact.length > VALUE_MAX || /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(contact)) return 'contact';
  const helpLink = typed.helpLink.trim() === '' ? '' : readLink(typed.helpLink);
  if (helpLink === null) return 'helpLink';
  const passwordEndsOn = typed.passwordEndsOn === '' ? null : typed.passwordEndsOn;
  if (passwordEndsOn !== null && !isDay(passwordEndsOn)) return 'passwordEndsOn';
  const timeZone = typed.timeZone === '' ? null : typed.timeZone;
  if (timeZone !== null && !isTimeZone(timeZone)) return 'timeZone';
  return { contact, helpLink, passwordEndsOn, timeZone };
}

/** Chooses a logo, or none. What it is, its bytes say. */
export async function chooseLogo(
  runtime: Runtime,
  actorId: string | null,
  content: Uint8Array<ArrayBuffer> | null,
): Promise<Result<null>> {
  return await runtime.db.$transaction(async (tx) => {
    const logo = content === null ? null : await keepLogo(tx, content);
    if (content !== null && logo === null) return refuse('picture_refused');
    const before = await readKit(tx);
    if (logo === before.logo) return ok(null);
    await writeKit(tx, { ...before, logo });
    await record(tx, runtime, { code: 'communication_changed', actorId, detail: { what: 'logo', logo } });
    return ok(null);
  });
}

/** A template as it stands: the words that are sent, and when somebody changed them. */
export interface CurrentTemplate extends Words {
  readonly name: TemplateName;
  /** Null: as it is shipped. */
  readonly changedAt: Date | null;
}

export async function readWords(tx: Tx, name: TemplateName): Promise<CurrentTemplate> {
  const row = await tx.communicationWords.findUnique({ where: { template: name } });
  const { subject, body } = row ?? shipped(name);
  return { name, subject, body, changedAt: row?.changedAt ?? null };
}

/** Every template, in the order of the table. */
export async function listWords(tx: Tx): Promise<readonly CurrentTemplate[]> {
  const rows = new Map((await tx.communicationWords.findMany()).map((row) => [row.template, row]));
  return templateNames.map((name) => {
    const { subject, body } = rows.get(name) ?? shipped(name);
    return { name, subject, body, changedAt: rows.get(name)?.changedAt ?? null };
  });
}

/** The words read; kept ones were judged when they were saved, so that a template that cannot be read is a bug. */
export function templateOf({ name, subject, body }: CurrentTemplate): Template {
  const read = readTemplate(name, { subject, body });
  if (!read.ok) throw new Error(`The words of ${name} cannot be read: ${JSON.stringify(read.wrong)}`);
  return read.value;
}

/**
 * Changes the words of a template; words like the shipped ones are the shipped ones. With `seen`, the words that somebody
 * began with, a change that came between is told and lost by nobody. Returns the words as they are kept.
 */
export async function changeWords(
  runtime: Runtime,
  actorId: string | null,
  { name, seen, ...typed }: Words & { readonly name: TemplateName; readonly seen?: Words | undefined },
): Promise<Result<Words>> {
  const words = {
    subject: typed.subject.replace(/[\p{Cc}\s]+/gu, ' ').trim(),
    body: typed.body
      .replaceAll('\r\n', '\n')
      .replace(/[^\P{Cc}\n]/gu, ' ')
      .trim(),
  };
  const read = readTemplate(name, words);
  if (!read.ok) return refuse('invalid_value', { facts: { ...read.wrong } });
  return await runtime.db.$transaction(async (tx) => {
    const before = await readWords(tx, name);
    const { subject, body } = words;
    if (before.subject === subject && before.body === body) return ok(words);
    if (seen !== undefined && (before.subject !== seen.subject || before.body !== seen.body))
      return refuse('communication_changed_meanwhile');
    const isShipped = shipped(name).subject === subject && shipped(name).body === body;
    const changedAt = runtime.clock.now();
    await tx.communicationWords.deleteMany({ where: { template: name } });
    if (!isShipped)
      await tx.communicationWords.create({ data: { template: name, subject, body, changedAt } });
    await record(tx, runtime, {
      code: 'communication_changed',
      actorId,
      detail: { what: name, subject, shipped: isShipped },
    });
    return ok(words);
  });
}

/** What a message is merged with, of the person that it is for. */
export interface Reader {
  readonly displayName: string;
  readonly upn: string;
}

/** The values of an organisation, for a person and a ring where there are any. */
export async function readValues(
  runtime: Pick<Runtime, 'relyingParty'>,
  tx: Tx,
  { person, startsOn }: { readonly person?: Reader | undefined; readonly startsOn?: string | null } = {},
): Promise<MergeValues> {
  const [kit, tenant] = await Promise.all([
    readKit(tx),
    tx.tenant.findFirstOrThrow({ select: { name: true } }),
  ]);
  return {
    person: person?.displayName ?? '',
    account: person?.upn ?? '',
    organisation: tenant.name,
    latchkey_link: `${runtime.relyingParty.origin}/`,
    contact: kit.contact || SOMEBODY,
    help_link: kit.helpLink,
    start_date: startsOn ? dayWords(startsOn) : '',
    password_date: kit.passwordEndsOn === null ? '' : dayWords(kit.passwordEndsOn),
  };
}

/** The fields that a template uses and that nobody has filled in; what a ring and a person say, they say. */
export function unfilledFields(template: Template, values: MergeValues): readonly FieldName[] {
  const known: readonly FieldName[] = ['person', 'account', 'start_date'];
  return template.fields.filter((field) => values[field] === '' && !known.includes(field));
}
