import { helloAaguid, saysSoftware } from './aaguids.ts';
import type { AuthenticatorData } from './authenticator-data.ts';
import type { Certificate } from './certificate.ts';
import { type CheckId, checkIds, type Outcome, outsideChecks } from './checks.ts';
import type { Compromise } from './compromise.ts';
import { androidDescription, judgeAndroid } from './judgement/android-key.ts';
import { judgeApple } from './judgement/apple.ts';
import { judgeAik, judgePackedCertificate, manufacturerOf } from './judgement/attestation-certificate.ts';
import { judgeAuthenticatorData, judgeCeremony } from './judgement/ceremony.ts';
import type { Expected, Facts } from './judgement/facts.ts';
import { type Finding, type Findings, found, notApplicable, notChecked } from './judgement/finding.ts';
import { judgeAaguid } from './judgement/model.ts';
import { judgePath } from './judgement/path.ts';
import { judgeSignature } from './judgement/signature.ts';
import { judgeStanding, type Known, NOTHING_KNOWN } from './judgement/standing.ts';
import { judgeTpm } from './judgement/tpm.ts';
import { type Registration, type Statement, statementFormats } from './statement.ts';

/** What a statement proves about where its key lives. Everything that is not proven is `unverified`. */
export const protectionClasses = [
  'tpm_hardware',
  'vbs_hardware',
  'other_hardware',
  'software',
  'unverified',
] as const;
export type ProtectionClass = (typeof protectionClasses)[number];

export interface CheckResult {
  readonly id: CheckId;
  readonly outcome: Outcome;
  /** What was found, in a sentence or less. */
  readonly detail: string;
}

export interface Verdict {
  readonly class: ProtectionClass;
  readonly format: string;
  readonly aaguid: string;
  /** The TPM's maker, where the whole statement is proven. */
  readonly manufacturer: string | null;
  /** Where the path ends. */
  readonly anchor: { readonly name: string; readonly fingerprint: string } | null;
  /** One line for each check there is, in their order. */
  readonly checks: readonly CheckResult[];
  /** Why the key is not to be trusted any more; null: nothing is known. Left out of verdicts of before. */
  readonly compromised?: Compromise | null;
}

/**
 * Judges a registration by what it says, what the server found about it, at a time, and by what is known elsewhere of its
 * model and its certificates, now.
 */
export function judge(
  registration: Registration,
  facts: Facts,
  expected: Expected,
  at: Date,
  known: Known = NOTHING_KNOWN,
): Verdict {
  const { format, statement, authData } = registration;
  const own: Findings = {
    ...judgeCeremony(registration, expected),
    ...judgeAuthenticatorData(registration),
    format: found(isJudged(format), format, `"${format.slice(0, 32)}" is not a format that is judged here`),
    ...(isJudged(format)
      ? {
          statement: found(
            statement !== null,
            'All members are there, and no others',
            'Members are missing, of another type, or too many',
          ),
        }
      : {}),
    ...(statement === null ? {} : judgeStatement(registration, statement, facts, at)),
  };
  const standing = judgeStanding(registration, facts, known, own, at);
  const findings: Findings = { ...own, ...standing.findings };
  const checks = checkIds.map((id): CheckResult => {
    const [outcome, detail] = findings[id] ?? unasked(statement);
    return { id, outcome, detail };
  });
  const anchor = facts.anchor && {
    name: facts.anchor.name,
    fingerprint: facts.anchor.certificate.fingerprint,
  };
  const reached = classOf(statement, facts, checks, authData);
  const proven = reached === 'tpm_hardware' || reached === 'vbs_hardware';
  return {
    class: reached,
    format,
    aaguid: authData.aaguid,
    manufacturer: proven ? manufacturerOf(facts.certificates?.[0]) : null,
    anchor,
    checks,
    compromised: standing.compromised,
  };
}

/** Whether nothing failed, whatever it is worth. */
export function isAccepted({ checks }: Pick<Verdict, 'checks'>): boolean {
  return checks.every(({ outcome }) => outcome !== 'failed');
}

/** Whether the statement itself is in order, whatever became known of its model and its certificates elsewhere. */
export function isSound({ checks }: Pick<Verdict, 'checks'>): boolean {
  return isAccepted({ checks: checks.filter(({ id }) => !outsideChecks.includes(id)) });
}

export function failedChecks({ checks }: Pick<Verdict, 'checks'>): CheckId[] {
  return checks.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id);
}

const isJudged = (format: string) => statementFormats.some((known) => known === format);

function unasked(statement: Statement | null): Finding {
  return statement === null
    ? notChecked('The statement could not be read')
    : notApplicable(
        `Not part of ${statement.format === 'none' ? 'a registration without attestation' : `a ${statement.format} statement`}`,
      );
}

/** Hardware needs every check, the path to an anchor among them: what was not checked is not proven. */
function classOf(
  statement: Statement | null,
  facts: Facts,
  checks: readonly CheckResult[],
  authData: AuthenticatorData,
): ProtectionClass {
  if (statement === null || !isAccepted({ checks })) return 'unverified';
  const { aaguid } = authData;
  if (statement.format === 'none' || (statement.format === 'packed' && statement.x5c === null))
    return saysSoftware(aaguid, statement.format) ? 'software' : 'unverified';
  const trusted = checks.some(({ id, outcome }) => id === 'trust_anchor' && outcome === 'passed');
  if (!trusted) return 'unverified';
  switch (statement.format) {
    case 'tpm':
      return helloAaguid(aaguid)?.protection === 'vbs_hardware' ? 'vbs_hardware' : 'tpm_hardware';
    case 'android-key':
      return androidDescription(facts)?.securityLevel === 0 ? 'software' : 'other_hardware';
    default:
      return facts.anchor?.keyProtection === undefined
        ? 'other_hardware'
        : ({ hardware: 'other_hardware', software: 'software', unknown: 'unverified' } as const)[
            facts.anchor.keyProtection
          ];
  }
}

function judgeStatement(registration: Registration, statement: Statement, facts: Facts, at: Date): Findings {
  const { authData } = registration;
  const x5c = 'x5c' in statement ? statement.x5c : null;
  const leaf = facts.certificates?.[0];
  return {
    ...(x5c === null ? {} : judgePath(facts, at)),
    ...judgeSignature(registration, statement, facts),
    ...judgeFormat(registration, statement, facts, leaf),
    aaguid: judgeAaguid(statement, authData, leaf),
  };
}

function judgeFormat(
  registration: Registration,
  statement: Statement,
  facts: Facts,
  leaf: Certificate | undefined,
): Findings {
  switch (statement.format) {
    case 'tpm':
      return { ...judgeAik(leaf, facts.anchor, registration.authData), ...judgeTpm(registration, statement) };
    case 'packed':
      return statement.x5c === null ? {} : judgePackedCertificate(leaf, registration.authData);
    case 'android-key':
      return judgeAndroid(registration, facts);
    case 'apple':
      return judgeApple(registration, facts);
    default:
      return {};
  }
}
