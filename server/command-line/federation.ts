import 'server-only';
import { readFileSync } from 'node:fs';
import {
  administratorWords,
  behaviorWords,
  type FederatedIdpMfaBehavior,
  federatedIdpMfaBehaviors,
  inspectionWords,
  type NamingClaim,
  namingClaims,
} from '#domain/federation';
import { normaliseUpn } from '#domain/identity';
import type { Result } from '#domain/result';
import {
  addFederatedDomain,
  changeFederatedDomain,
  type FederatedDomain,
  listFederatedDomains,
  removeFederatedDomain,
  testFederatedDomain,
  unlinkIdentity,
} from '../federation.ts';
import { findUser } from '../identity.ts';
import type { Command, Options } from './command.ts';
import { UsageError } from './usage.ts';

export const federationCommands: Readonly<Record<string, Command>> = {
  'federation show': {
    usage: 'federation show [--json]',
    about: 'Domains whose people sign in at an OpenID Connect provider of their own',
    run: async (runtime, _words, options) => {
      const domains = await listFederatedDomains(runtime);
      if (options.json === true) return JSON.stringify(domains);
      return domains.length === 0 ? 'No domain is federated.' : domains.map(inWords).join('\n\n');
    },
  },
  'federation add': {
    usage:
      'federation add <domain> <issuer> <client ID> --secret-file <file> [--claim <claim>] [--mfa <behavior>] [--administrators <true|false>]',
    about: `Federate a domain. Claims that name a person: ${namingClaims.join(', ')}; FederatedIdpMfaBehavior: ${federatedIdpMfaBehaviors.join(', ')}`,
    run: async (runtime, [domain, issuer, clientId], options) => {
      const file = options['secret-file'];
      if (domain === undefined || issuer === undefined || clientId === undefined || typeof file !== 'string')
        throw new UsageError(
          'A domain, an issuer, a client ID and a file with the client secret are needed.',
        );
      const added = await addFederatedDomain(runtime, null, {
        domain,
        issuer,
        clientId,
        clientSecret: secretIn(file),
        claim: claimOf(options),
        behavior: behaviorOf(options),
        administrators: yesOrNo(options, 'administrators'),
      });
      return inWords(value(added));
    },
  },
  'federation change': {
    usage:
      'federation change <domain> [--issuer <issuer>] [--client-id <ID>] [--secret-file <file>] [--claim <claim>] [--mfa <behavior>] [--administrators <true|false>] [--enabled <true|false>]',
    about:
      'Change what was said of a provider, or switch a domain off and on; another issuer or client ID takes its secret and forgets who is who there',
    run: async (runtime, [domain], options) => {
      if (domain === undefined) throw new UsageError('A domain is needed.');
      const { issuer, claim } = options;
      const [clientId, file] = [options['client-id'], options['secret-file']];
      const changed = await changeFederatedDomain(runtime, null, {
        domain,
        ...(typeof issuer === 'string' ? { issuer } : {}),
        ...(typeof clientId === 'string' ? { clientId } : {}),
        ...(typeof file === 'string' ? { clientSecret: secretIn(file) } : {}),
        ...(claim === undefined ? {} : { claim: claimOf(options) }),
        behavior: behaviorOf(options),
        administrators: yesOrNo(options, 'administrators'),
        enabled: yesOrNo(options, 'enabled'),
      });
      const { sessionsEnded, unlinked } = value(changed);
      return `Sessions that ended: ${sessionsEnded}. People whose link was forgotten: ${unlinked}.`;
    },
  },
  'federation test': {
    usage: 'federation test <domain>',
    about: 'Ask the provider of a domain to describe itself, as a sign-in would',
    run: async (runtime, [domain]) => {
      if (domain === undefined) throw new UsageError('A domain is needed.');
      const { answer, returnTo } = value(await testFederatedDomain(runtime, null, { domain }));
      if ('failure' in answer)
        throw new UsageError(
          `The provider cannot be used: ${inspectionWords(answer.cause)} (${answer.cause})`,
        );
      return [
        ...answer.endpoints.map((endpoint) => `It is asked at\t${endpoint}`),
        `Keys that it signs with\t${answer.keys}`,
        `It sends people back to\t${returnTo}`,
        `It names itself (RFC 9207)\t${answer.namesItself ? 'yes' : 'no'}`,
      ].join('\n');
    },
  },
  'federation remove': {
    usage: 'federation remove <domain>',
    about: 'Take a domain back: who is who at its provider is forgotten',
    run: async (runtime, [domain]) => {
      if (domain === undefined) throw new UsageError('A domain is needed.');
      const { people } = value(await removeFederatedDomain(runtime, null, { domain }));
      return `${domain} is no longer federated. People whose link was forgotten: ${people}.`;
    },
  },
  'federation unlink': {
    usage: 'federation unlink <upn>',
    about: 'Forget who a person is at their provider: the next sign-in there links them anew',
    run: async (runtime, [upn]) => {
      const user = upn === undefined ? null : await findUser(runtime, normaliseUpn(upn));
      if (user === null) throw new UsageError('The UPN of a person is needed.');
      value(await unlinkIdentity(runtime, null, { userId: user.id }));
      return `${user.upn} is not linked any more.`;
    },
  },
};

function inWords(row: FederatedDomain): string {
  return [
    `${row.domain}\t${row.disabledAt === null ? 'federated' : 'switched off'}`,
    `Issuer\t${row.issuer}`,
    `Client ID\t${row.clientId}`,
    `Sends people back to\t${row.returnTo}`,
    `Claim that names a person\t${row.claim}`,
    `FederatedIdpMfaBehavior\t${row.behavior}: ${behaviorWords[row.behavior]}`,
    `Administrators\t${administratorWords(row.administrators)}`,
    `People who are linked\t${row.people}`,
    `Last sign-in\t${row.usedAt?.toISOString() ?? 'never'}`,
    `Last test\t${row.testedAt === null ? 'never' : `${row.testedAt.toISOString()}: ${row.testFailure ?? 'it answered'}`}`,
  ].join('\n');
}

function behaviorOf({ mfa }: Options): FederatedIdpMfaBehavior | undefined {
  if (mfa === undefined) return undefined;
  const known = federatedIdpMfaBehaviors.find((behavior) => behavior === mfa);
  if (known === undefined) throw new UsageError(`--mfa is one of ${federatedIdpMfaBehaviors.join(', ')}.`);
  return known;
}

function yesOrNo(options: Options, name: 'administrators' | 'enabled'): boolean | undefined {
  const said = options[name];
  if (said === undefined) return undefined;
  if (said !== 'true' && said !== 'false') throw new UsageError(`--${name} is true or false.`);
  return said === 'true';
}

function claimOf({ claim = namingClaims[0] }: Options): NamingClaim {
  const known = namingClaims.find((name) => name === claim);
  if (known === undefined) throw new UsageError(`--claim is one of ${namingClaims.join(', ')}.`);
  return known;
}

/** From a file: what stands on a command line, every program on the machine can read. */
function secretIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new UsageError(`${file} cannot be read.`, { cause });
  }
}

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new UsageError(`${result.problem.title} ${result.problem.detail}`);
  return result.value;
}
