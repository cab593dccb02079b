import { NO_AAGUID } from '../aaguids.ts';
import type { Certificate } from '../certificate.ts';
import type { Compromise } from '../compromise.ts';
import { reportWords, type StatusReport, standingOf } from '../metadata.ts';
import { isCurrent, type KnownList, listAddresses, serialOf, speaksAgainst } from '../revocation.ts';
import type { Registration } from '../statement.ts';
import type { Facts } from './facts.ts';
import { type Finding, type Findings, failed, notApplicable, notChecked, passed } from './finding.ts';

/** What is known elsewhere of a statement's model and certificates, at a time. */
export interface Known {
  readonly at: Date;
  /** null: no metadata is loaded. */
  readonly metadata: {
    readonly number: number;
    /** Its next version was due. */
    readonly overdue: boolean;
    /** null: it says nothing of this model. */
    readonly model: { readonly name: string; readonly reports: readonly StatusReport[] } | null;
  } | null;
  /** null: lists are off. */
  readonly revocation: { readonly limitHours: number; readonly lists: readonly KnownList[] } | null;
}

/** Nothing is known. */
export const NOTHING_KNOWN: Known = { at: new Date(0), metadata: null, revocation: null };

interface Standing {
  readonly findings: Findings;
  /** Why the key is not to be trusted; null: nothing is known against it. */
  readonly compromised: Compromise | null;
}

/** What others say of the model and of the certificates: not of this statement, and possibly long after it was made. */
export function judgeStanding(
  { authData: { aaguid } }: Pick<Registration, 'authData'>,
  facts: Facts,
  known: Known,
  path: Findings,
  madeAt: Date,
): Standing {
  const model = judgeModel(aaguid, facts, known);
  const lists = judgeRevocation(facts, known, isTrusted(path), madeAt);
  return {
    findings: { metadata_status: model.finding, revocation: lists.finding },
    compromised: model.compromised ?? lists.compromised,
  };
}

interface Judged {
  readonly finding: Finding;
  readonly compromised: Compromise | null;
}
const harmless = (finding: Finding): Judged => ({ finding, compromised: null });

function judgeModel(aaguid: string, { certificates, anchor }: Facts, { metadata, at }: Known): Judged {
  if (metadata === null) return harmless(notChecked('No metadata is loaded'));
  const { number, overdue, model } = metadata;
  if (model === null) {
    if (aaguid === NO_AAGUID && !certificates?.length) return harmless(notApplicable('No model is named'));
    return harmless(notChecked(`Metadata no. ${number} does not know this model`));
  }
  const chain = [...(certificates ?? []), ...(anchor === null ? [] : [anchor.certificate])];
  const { compromised, attention, report } = standingOf(
    model.reports,
    chain.map(({ fingerprint }) => fingerprint),
    at,
  );
  const said = report === null ? 'no status report is in force' : reportWords(report);
  const words = `${model.name}: ${said} (metadata no. ${number}${overdue ? ', overdue for its next version' : ''})`;
  if (compromised !== null) return { finding: failed(words), compromised };
  return harmless(passed(attention ? `${words}. Somebody should look at it` : words));
}

/** The checks of the path, all of which must hold before anything that its certificates name is asked for. */
export const PATH_CHECKS = [
  'certificates',
  'certificate_order',
  'certificate_authority',
  'path_length',
  'issuer_key_usage',
  'certificate_extensions',
  'certificate_strength',
  'validity',
  'trust_anchor',
] as const;

/** Whether a path leads to an anchor and nothing about it failed. */
export function isTrusted(path: Findings): boolean {
  return (
    path.trust_anchor?.[0] === 'passed' &&
    PATH_CHECKS.every((id) => path[id]?.[0] === 'passed' || path[id]?.[0] === 'not_applicable')
  );
}

/** Each certificate below the anchor, beside the one that issued it. */
export function issuedPairs({
  certificates,
  anchor,
}: Pick<Facts, 'certificates' | 'anchor'>): { certificate: Certificate; issuer: Certificate }[] {
  if (certificates === null || anchor === null) return [];
  const end = certificates.findIndex(({ fingerprint }) => fingerprint === anchor.certificate.fingerprint);
  const path = [...(end === -1 ? certificates : certificates.slice(0, end)), anchor.certificate];
  return path.slice(0, -1).map((certificate, at) => ({ certificate, issuer: path[at + 1] as Certificate }));
}

const nameOf = ({ subject }: Certificate) => (subject === '' ? 'The first certificate' : `"${subject}"`);

function judgeRevocation(facts: Facts, known: Known, trusted: boolean, madeAt: Date): Judged {
  if (!facts.certificates?.length)
    return harmless(notApplicable('There are no certificates that could be revoked'));
  if (known.revocation === null) return harmless(notChecked('Revocation lists are off'));
  if (!trusted)
    return harmless(notChecked('The path is not trusted, so that nobody is asked for what it names'));
  const { lists, limitHours } = known.revocation;
  const pairs = issuedPairs(facts).map(({ certificate, issuer }) => ({
    certificate,
    issuer,
    addresses: listAddresses(certificate),
    lists: lists.filter((list) => list.issuer === issuer.fingerprint),
  }));
  for (const { certificate, lists } of pairs) {
    const serial = serialOf(certificate.serialNumber);
    const hit = lists
      .flatMap(({ revoked }) => revoked)
      .find((each) => each.serialNumber === serial && speaksAgainst(each, madeAt));
    if (hit !== undefined)
      return {
        finding: failed(
          `${nameOf(certificate)} was revoked on ${hit.revokedAt.toISOString().slice(0, 10)} (${hit.reason})`,
        ),
        compromised: 'attestation_certificate_revoked',
      };
  }
  const naming = pairs.filter(({ addresses }) => addresses.length > 0);
  if (naming.length === 0) return harmless(notApplicable('No certificate of the path names a list'));
  const open = naming.find(
    ({ addresses, lists }) =>
      !lists.some((list) => addresses.includes(list.address) && isCurrent(list, limitHours, known.at)),
  );
  if (open !== undefined) {
    const why = open.lists.find(({ failure }) => failure !== null)?.failure;
    return harmless(
      notChecked(
        `No list of ${nameOf(open.issuer)} from the last ${limitHours} hours${why === undefined || why === null ? '' : `: ${why}`}`,
      ),
    );
  }
  const count = `${naming.length} of ${pairs.length} ${pairs.length === 1 ? 'certificate names' : 'certificates name'} a list`;
  return harmless(passed(`${count}, and none of them is on it`));
}
