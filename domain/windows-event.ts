import { type EventCode, eventText, windowsEventId } from './event.ts';
import { prerequisites, type Verdict, verdictWords } from './prerequisites.ts';

/** Where Event Viewer shows it. */
export interface WindowsEvent {
  readonly id: number;
  readonly level: 'Information' | 'Warning' | 'Error';
  readonly log: string;
  readonly provider: string;
  /** The message, one line after another, as Windows words it where its words are known. */
  readonly message: string;
}

interface WindowsLog {
  readonly from: number;
  readonly to: number;
  readonly log: string;
  readonly provider: string;
}

/** Two logs tell of Windows Hello for Business, and their numbers do not meet. */
const logs: readonly WindowsLog[] = [
  {
    from: 100,
    to: 999,
    log: 'Microsoft-Windows-User Device Registration/Admin',
    provider: 'Microsoft-Windows-User Device Registration',
  },
  {
    from: 3000,
    to: 8999,
    log: 'Microsoft-Windows-HelloForBusiness/Operational',
    provider: 'Microsoft-Windows-HelloForBusiness',
  },
];

/** What is known of an event when its message is written. */
export interface WindowsEventFacts {
  readonly id: string;
  readonly code: EventCode;
  readonly outcome: 'success' | 'failure';
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

const PREREQUISITES_HELP = 'See https://go.microsoft.com/fwlink/?linkid=832647 for more details.';

/** The events that print the prerequisite checks; their first line tells the verdict. */
const firstLines: Readonly<Record<number, string>> = {
  358: 'Windows Hello for Business provisioning will be launched.',
  360: 'Windows Hello for Business provisioning will not be launched.',
  362: 'Windows Hello for Business provisioning will not be launched.',
};

/** What Windows prints after the checks where certificates are involved; shown where an event holds the field. */
const certificateLines: readonly (readonly [field: string, line: string])[] = [
  ['LogonCertTemplateReady', 'Enterprise user logon certificate template is'],
  ['AdfsRaIsReady', 'Enterprise user logon certificate enrollment endpoint is ready'],
  ['AdfsRefreshToken', 'User has successfully authenticated to the enterprise STS'],
  ['OnPremTGT', 'User account has Cloud TGT'],
];

/** Events print Yes and No where `dsregcmd` prints YES and NO. */
const eventWords: Readonly<Record<Verdict, string>> = { yes: 'Yes', no: 'No', not_tested: 'Not Tested' };

function spoken(value: string | number | boolean | null | undefined): string {
  const verdict = (Object.keys(verdictWords) as Verdict[]).find((each) => verdictWords[each] === value);
  return verdict === undefined ? String(value ?? eventWords.not_tested) : eventWords[verdict];
}

function prerequisiteMessage(id: number, { detail }: WindowsEventFacts): string {
  const governed = typeof detail.CertEnrollment === 'string' ? detail.CertEnrollment : 'none';
  return [
    firstLines[id] ?? '',
    ...prerequisites.map(({ field, line }) => `${line}: ${spoken(detail[field])}`),
    ...certificateLines
      .filter(([field]) => detail[field] !== undefined)
      .map(([field, line]) => `${line}: ${spoken(detail[field])}`),
    `Machine is governed by ${governed} policy.`,
    PREREQUISITES_HELP,
  ].join('\n');
}

/**
 * Event 300 in the order in which Windows prints it. Without a TPM's verified statement Windows says ATT_SOFT; its word for
 * one with it is not documented, and this is the obvious one.
 */
function keyMessage({ id, detail }: WindowsEventFacts): string {
  const kid = String(detail.kid ?? '').toLowerCase();
  const upn = String(detail.upn ?? '');
  const attestation = detail.protection === 'tpm' ? 'ATT_TPM' : 'ATT_SOFT';
  return [
    'The NGC key was successfully registered.',
    `Key ID: {${kid}}.`,
    `UPN: ${upn}.`,
    `Attestation: ${attestation}.`,
    'Client request ID: .',
    `Server request ID: ${id}.`,
    `Server response: ${JSON.stringify({ kid, upn })}`,
  ].join(' ');
}

/** Where Windows' own wording is not ours to know: what it means, and the facts. */
function plainMessage({ code, detail }: WindowsEventFacts): string {
  const facts = Object.entries(detail).map(([name, value]) => `${name}: ${value ?? ''}`);
  return [`${eventText(code)}.`, ...facts].join('\n');
}

function level(id: number, outcome: 'success' | 'failure'): WindowsEvent['level'] {
  if (id === 360 || id === 362) return 'Warning';
  return outcome === 'failure' ? 'Error' : 'Information';
}

/** The event as Windows would log it, or null where Windows has no such event. */
export function windowsEvent(event: WindowsEventFacts): WindowsEvent | null {
  const id = windowsEventId(event.code);
  const place = id === null ? undefined : logs.find(({ from, to }) => id >= from && id <= to);
  if (id === null || place === undefined) return null;
  return {
    id,
    level: level(id, event.outcome),
    log: place.log,
    provider: place.provider,
    message:
      id in firstLines
        ? prerequisiteMessage(id, event)
        : id === 300
          ? keyMessage(event)
          : plainMessage(event),
  };
}

/** The whole as text, for copying. */
export function windowsEventText(event: WindowsEvent, at: Date): string {
  return [
    `Log Name:      ${event.log}`,
    `Source:        ${event.provider}`,
    `Date:          ${at.toISOString()}`,
    `Event ID:      ${event.id}`,
    `Level:         ${event.level}`,
    'Description:',
    event.message,
  ].join('\n');
}
