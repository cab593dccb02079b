import 'server-only';
import { z } from 'zod';
import { attestationInspection, attestationInspectionRequest } from '#domain/attestation/inspection';
import { metadataAnswer, metadataRequest } from '#domain/attestation/metadata';
import {
  approvalAnswer,
  approvalAnswerRequest,
  phoneOptionsAnswer,
  phoneOptionsRequest,
  phonePushAnswer,
  phonePushRequest,
  phoneRegistrationAnswer,
  phoneRegistrationRequest,
  phoneState,
  phoneStreamQuery,
  phoneVerificationAnswer,
  phoneVerificationRequest,
} from '#domain/authenticator';
import { kitExportQuery, reminderQuery } from '#domain/communication/wire';
import { eventEntry } from '#domain/event-entry';
import { eventExportQuery, eventStreamQuery } from '#domain/event-filter';
import { keyRulesDraft } from '#domain/key-rules';
import {
  registrationDetailsQuery,
  registrationEventList,
  registrationEventsQuery,
  registrationQuery,
  registrationReport,
  userRegistrationDetailsList,
} from '#domain/methods-report';
import { passwordlessExportQuery } from '#domain/passwordless';
import {
  recoveryAnswer,
  recoveryRequest,
  resetProtectorAnswer,
  resetProtectorRequest,
  serviceKeyAnswer,
  serviceKeyRequest,
  serviceRecoveryAnswer,
  serviceRecoveryRequest,
} from '#domain/pin-reset-ticket';
import { policyImportAnswer, policyImportRequest } from '#domain/policy/artefact-import';
import { policyExportQuery } from '#domain/policy/artefacts';
import { effectAnswer, effectQuery } from '#domain/policy/effect';
import { refreshAnswer, resultantAnswer, resultantQuery } from '#domain/policy/resultant';
import { clockAnswer } from '#domain/presentation/clock';
import { followed, seenSchema } from '#domain/presentation/shared';
import { problemCodes } from '#domain/problem';
import {
  authenticationAnswer,
  authenticationOptionsRequest,
  authenticationRequest,
  ceremonyReport,
  ceremonyReportAnswer,
  containerCreationAnswer,
  containerCreationRequest,
  deviceAnswer,
  deviceOptionsAnswer,
  deviceOptionsRequest,
  deviceProfileRequest,
  deviceRegistrationRequest,
  evaluationAnswer,
  evaluationRequest,
  pinChangeAnswer,
  pinChangeRequest,
  pinHistoryAnswer,
  pinHistoryRequest,
  pinTryOptionsAnswer,
  pinTryOptionsRequest,
  prfProtectorAnswer,
  prfProtectorRequest,
  problemAnswer,
  registrationAnswer,
  registrationOptionsRequest,
  registrationRequest,
  signalsAnswer,
  signalsRequest,
} from '#domain/wire';
import manifest from '../package.json' with { type: 'json' };

interface Door {
  readonly path: string;
  readonly summary: string;
  readonly request: z.ZodType;
  readonly answer: z.ZodType;
}

/** The browser's own dictionaries; WebAuthn L3 5.4 and 5.5 define their members. */
const browserDictionary = z.looseObject({ challenge: z.string() });

/** Every POST door of the HTTP contract with the schemas that really validate it. */
const doors: readonly Door[] = [
  {
    path: '/api/registration/options',
    summary: 'Options for a registration ceremony (PublicKeyCredentialCreationOptionsJSON)',
    request: registrationOptionsRequest,
    answer: browserDictionary,
  },
  {
    path: '/api/registration/verification',
    summary: 'Register the key that a ceremony made; for a PIN reset, in place of the one on this device',
    request: registrationRequest,
    answer: registrationAnswer,
  },
  {
    path: '/api/attestation/inspect',
    summary: 'What a registration response proves, check by check; nothing is stored',
    request: attestationInspectionRequest,
    answer: attestationInspection,
  },
  {
    path: '/api/attestation/metadata',
    summary: 'Load a FIDO metadata BLOB, or fetch one; for administrators of policy',
    request: metadataRequest,
    answer: metadataAnswer,
  },
  {
    path: '/api/authentication/options',
    summary: 'Options for an authentication ceremony (PublicKeyCredentialRequestOptionsJSON)',
    request: authenticationOptionsRequest,
    answer: browserDictionary,
  },
  {
    path: '/api/authentication/verification',
    summary: 'Sign in, unlock or step up with a key',
    request: authenticationRequest,
    answer: authenticationAnswer,
  },
  {
    path: '/api/authenticator/options',
    summary: 'A challenge for a phone to sign; good once, and for the browser that asked',
    request: phoneOptionsRequest,
    answer: phoneOptionsAnswer,
  },
  {
    path: '/api/authenticator/registration',
    summary: 'Add a phone by the code of a session, which then says whether it is the right one',
    request: phoneRegistrationRequest,
    answer: phoneRegistrationAnswer,
  },
  {
    path: '/api/authenticator/verification',
    summary: 'Keep the credential by which a phone verifies who holds it; it signs nobody in',
    request: phoneVerificationRequest,
    answer: phoneVerificationAnswer,
  },
  {
    path: '/api/authenticator/subscription',
    summary: 'Keep where a phone is woken by Web Push, signed by its key',
    request: phonePushRequest,
    answer: phonePushAnswer,
  },
  {
    path: '/api/authenticator/answer',
    summary: "A phone's signed answer to what waits for it: approve with the number, deny, or “It wasn’t me”",
    request: approvalAnswerRequest,
    answer: approvalAnswer,
  },
  {
    path: '/api/key-container/creation',
    summary: 'Begin a Hello container in this browser; a session that may provision on its device',
    request: containerCreationRequest,
    answer: containerCreationAnswer,
  },
  {
    path: '/api/key-container/options',
    summary: "A challenge for a try at a container's PIN, with the protector that counts",
    request: pinTryOptionsRequest,
    answer: pinTryOptionsAnswer,
  },
  {
    path: '/api/key-container/evaluation',
    summary:
      'Evaluate a blinded PIN (RFC 9497, VOPRF, ristretto255-SHA512); costs a try before it is answered',
    request: evaluationRequest,
    answer: evaluationAnswer,
  },
  {
    path: '/api/key-container/change',
    summary: "Begin another PIN for this device's container; the old one counts until the new one was shown",
    request: pinChangeRequest,
    answer: pinChangeAnswer,
  },
  {
    path: '/api/key-container/prf-protector',
    summary: "Note that this device's browser lets a passkey open its container (PRF), or no longer does",
    request: prfProtectorRequest,
    answer: prfProtectorAnswer,
  },
  {
    path: '/api/key-container/history',
    summary: 'Evaluate PINs for the history of a container, in the session that makes or changes its PIN',
    request: pinHistoryRequest,
    answer: pinHistoryAnswer,
  },
  {
    path: '/api/credential/signals',
    summary: "What the signed-in person's browser may tell its authenticators (WebAuthn Signal API)",
    request: signalsRequest,
    answer: signalsAnswer,
  },
  {
    path: '/api/device-registration/options',
    summary: 'A challenge for registering or recognising this browser as a device',
    request: deviceOptionsRequest,
    answer: deviceOptionsAnswer,
  },
  {
    path: '/api/device-registration/verification',
    summary: 'Register this browser profile as a device',
    request: deviceRegistrationRequest,
    answer: deviceAnswer,
  },
  {
    path: '/api/device-registration/profile',
    summary: "Add this browser to a Hello key's device",
    request: deviceProfileRequest,
    answer: deviceAnswer,
  },
  {
    path: '/api/key-container/reset-protector',
    summary: "Note that this device's browser stored a PIN reset protector, or has none any more",
    request: resetProtectorRequest,
    answer: resetProtectorAnswer,
  },
  {
    path: '/api/key-container/recovery',
    summary: 'A ticket with which the PIN reset service opens one protector, once; after a fresh proof',
    request: recoveryRequest,
    answer: recoveryAnswer,
  },
  {
    path: '/api/pin-reset-service/key',
    summary: 'The public key of the PIN reset service that a new protector is encrypted to (HPKE, RFC 9180)',
    request: serviceKeyRequest,
    answer: serviceKeyAnswer,
  },
  {
    path: '/api/pin-reset-service/recovery',
    summary: 'Let the PIN reset service open a protector for a ticket; its answer is encrypted to the tab',
    request: serviceRecoveryRequest,
    answer: serviceRecoveryAnswer,
  },
  {
    path: '/api/policy/import',
    summary:
      'Set what a registry file, a Registry.pol or an Intune custom profile says, all of it or nothing, for the organisation or in the draft of a policy source; for administrators',
    request: policyImportRequest,
    answer: policyImportAnswer,
  },
  {
    path: '/api/policy/refresh',
    summary: "Tell the signed-in person's device what its policy sources say now; from that device",
    request: z.strictObject({}),
    answer: refreshAnswer,
  },
  {
    path: '/api/presentation/show',
    summary:
      'Tell the devices that follow this browser what the audience of its presentation sees; for the presenter, in a demo tenant',
    request: seenSchema,
    answer: z.null(),
  },
  {
    path: '/api/ceremony-reports',
    summary: 'Report a ceremony that ended in the browser, for its support code',
    request: ceremonyReport,
    answer: ceremonyReportAnswer,
  },
];

/** Public files, as other programs verify device certificates with them. */
const files = [
  {
    path: '/api/device-certificates/{authority}.crl',
    summary: 'The revocation list of a device CA (RFC 5280)',
    type: 'application/pkix-crl',
  },
  {
    path: '/api/device-certificates/{authority}.cer',
    summary: 'The certificate of a device CA',
    type: 'application/pkix-cert',
  },
] as const;

interface Reading {
  readonly path: string;
  readonly summary: string;
  readonly query: z.ZodObject;
  /** Media types with what each piece of them holds. */
  readonly answers: Readonly<Record<string, z.ZodType>>;
}

const REPORT_CSV = z.string().describe('A line for each object of the JSON form, with its names on top');
const DRY_RUN_CSV = z
  .string()
  .describe(
    'RFC 4180, with a header: everybody, whether they are in scope, how ready they are and what helps',
  );
const KEY_RULES_CSV = z
  .string()
  .describe('RFC 4180, with a header: every key that breaks a rule, whose it is, and what it stops');
const CSV = z.string().describe('RFC 4180, with a header; the columns are the members of the JSON form');

/** Every GET door that streams, for administrators, with the schema over its query. */
const readings: readonly Reading[] = [
  {
    path: '/api/events/export',
    summary: 'The filtered event log as a file, as it was when the request began',
    query: eventExportQuery,
    answers: { 'application/x-ndjson': eventEntry, 'text/csv': CSV },
  },
  {
    path: '/api/events/stream',
    summary: 'The filtered event log as it goes on (server-sent events; Last-Event-ID or `after` resumes)',
    query: eventStreamQuery,
    answers: { 'text/event-stream': eventEntry },
  },
  {
    path: '/api/authenticator/stream',
    summary:
      'How a phone stands and what waits for its answer, whole, each time that it changes (server-sent events)',
    query: phoneStreamQuery,
    answers: { 'text/event-stream': phoneState },
  },
  {
    path: '/api/presentation/clock',
    summary: 'How far the clock of a demo tenant is moved ahead, for everybody; not found elsewhere',
    query: z.strictObject({}),
    answers: { 'application/json': clockAnswer },
  },
  {
    path: '/api/presentation/stream',
    summary:
      'What the audience of a presentation sees, whole, each time that it changes (server-sent events); for a browser that joined by a code',
    query: z.strictObject({}),
    answers: { 'text/event-stream': followed },
  },
  {
    path: '/api/passwordless/export',
    summary: 'The dry run of passwordless mode as a file, for everybody or these groups; nothing is changed',
    query: passwordlessExportQuery,
    answers: { 'text/csv': DRY_RUN_CSV },
  },
  {
    path: '/api/policy/export',
    summary:
      'What the organisation has set, or what a policy source says, as an artefact that Windows and its management take',
    query: policyExportQuery,
    answers: {
      'application/json': z.looseObject({ '@odata.type': z.string() }),
      'application/xml': z.string().describe('SyncML 1.2'),
      'application/octet-stream': z.string().describe('A registry file (UTF-16), or Registry.pol'),
    },
  },
  {
    path: '/api/policy/resultant',
    summary: 'What applies to a person on one of their devices, or on a new one, and why; for administrators',
    query: resultantQuery,
    answers: { 'application/json': resultantAnswer },
  },
  {
    path: '/api/policy/effect',
    summary: 'What a change of policy sources would do to everybody; nothing is changed',
    query: effectQuery,
    answers: { 'application/json': effectAnswer },
  },
  {
    path: '/api/methods/registration',
    summary: 'How many people have which methods and may use them, and what was registered lately',
    query: registrationQuery,
    answers: { 'application/json': registrationReport },
  },
  {
    path: '/api/methods/registration-details',
    summary: 'Everybody with the methods that they registered, as a file',
    query: registrationDetailsQuery,
    answers: { 'text/csv': REPORT_CSV, 'application/json': userRegistrationDetailsList },
  },
  {
    path: '/api/methods/registration-events',
    summary: 'The registrations of a time, those that failed among them, as a file',
    query: registrationEventsQuery,
    answers: { 'text/csv': REPORT_CSV, 'application/json': registrationEventList },
  },
  {
    path: '/api/communication/export',
    summary:
      'A message to people or a sheet as a draft for a mail program, or as a page; for nobody, or merged for one person',
    query: kitExportQuery,
    answers: {
      'message/rfc822': z.string().describe('RFC 5322, unsent and without a sender'),
      'text/html': z.string().describe('A page that runs nothing and loads nothing'),
    },
  },
  {
    path: '/api/key-rules/export',
    summary:
      'The dry run of rules for keys as a file, for those that apply with these changes; nothing is changed',
    query: keyRulesDraft,
    answers: { 'text/csv': KEY_RULES_CSV },
  },
];

/** What stands in an address is text; which one is allowed, the schema says. */
function parametersOf(query: z.ZodObject): object[] {
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name) && !query.shape[name]?.safeParse(undefined).success,
    schema: { type: 'string', ...(schema as object) },
  }));
}

const json = (schema: z.ZodType, io: 'input' | 'output') => ({
  'application/json': { schema: z.toJSONSchema(schema, { io, unrepresentable: 'any' }) },
});

/** The HTTP contract as OpenAPI 3.1. */
export function openApi(origin: string): object {
  const problem = {
    description: 'A problem (RFC 9457); `code` tells which.',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  const tooMany = {
    description: 'Too many requests: `too_many_attempts`. Nothing was changed.',
    headers: {
      'Retry-After': {
        description: 'Whole seconds until another request makes sense (RFC 9110 10.2.3)',
        required: true,
        schema: { type: 'integer', minimum: 1 },
      },
    },
    content: problem.content,
  };
  const posts = doors.map(({ path, summary, request, answer }) => [
    path,
    {
      post: {
        summary,
        requestBody: { required: true, content: json(request, 'input') },
        responses: {
          200: { description: 'Done', content: json(answer, 'output') },
          429: tooMany,
          default: problem,
        },
      },
    },
  ]);
  const file = (type: string) => ({ [type]: { schema: { type: 'string', contentEncoding: 'binary' } } });
  const gets = files.map(({ path, summary, type }) => [
    path,
    {
      get: {
        summary,
        parameters: [
          { name: 'authority', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
        ],
        responses: {
          200: { description: 'DER; to be kept for a while, with an entity tag', content: file(type) },
          304: { description: 'Unchanged since the entity tag in If-None-Match' },
          default: problem,
        },
      },
    },
  ]);
  const streams = readings.map(({ path, summary, query, answers }) => {
    const content = Object.entries(answers).map(([type, schema]) => [
      type,
      { schema: z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) },
    ]);
    return [
      path,
      {
        get: {
          summary,
          parameters: parametersOf(query),
          responses: {
            200: { description: 'Streamed', content: Object.fromEntries(content) },
            default: problem,
          },
        },
      },
    ];
  });
  const health = z.object({
    status: z.enum(['ok', 'unavailable']),
    version: z.string(),
    database: z.enum(['ok', 'unavailable']),
  });
  return {
    openapi: '3.1.0',
    info: { title: 'Latchkey', version: manifest.version, description: manifest.description },
    servers: [{ url: origin }],
    paths: {
      ...Object.fromEntries([...posts, ...gets, ...streams]),
      '/api/communication/unsubscribe': {
        post: {
          summary: 'Switch the reminders of one person off, as a mail program does for its reader (RFC 8058)',
          parameters: parametersOf(reminderQuery),
          requestBody: {
            required: false,
            content: { 'application/x-www-form-urlencoded': { schema: { type: 'object' } } },
          },
          responses: { 200: { description: 'Done' }, 429: tooMany, default: problem },
        },
      },
      '/api/health': {
        get: {
          summary: 'Whether the product can serve',
          responses: {
            200: { description: 'It can', content: json(health, 'output') },
            503: { description: 'The store cannot answer', content: json(health, 'output') },
          },
        },
      },
    },
    components: {
      schemas: {
        Problem: {
          ...z.toJSONSchema(problemAnswer, { unrepresentable: 'any' }),
          'x-codes': problemCodes,
        },
      },
    },
  };
}
