import { z } from 'zod';
import { CHALLENGE_LIFETIME_MS, TICKET_BYTES } from './ceremony.ts';
import { protections } from './credential.ts';
import { joinTypes } from './device.ts';
import { answerTimes, type BrowserError, browserErrors, ceremonies } from './doctor.ts';

/**
 * What crosses the wire in ceremonies: the JSON forms of WebAuthn L3 5.1 and what Latchkey adds. Our own objects refuse
 * unknown fields; a browser's response may carry more than we read.
 */

/** No WebAuthn value that we read is longer; attestation objects with long certificate chains stay below 16 KiB. */
export const bytes = (maximum = 4096) =>
  z
    .string()
    .max(maximum)
    .regex(/^[A-Za-z0-9_-]*$/, 'not base64url');
const id = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[0-9a-f-]+$/);
const extensionResults = z.looseObject({}).default({});
const attachment = z.enum(['platform', 'cross-platform']).nullish().catch(null);
const transport = z.string().max(32);
/** What people call their things: one line, without the marks that turn the direction of a text around. */
export const label = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]*$/u, 'control characters');

export const registrationResponse = z.object({
  id: bytes(1400).min(1),
  rawId: bytes(1400),
  type: z.literal('public-key'),
  authenticatorAttachment: attachment,
  clientExtensionResults: extensionResults,
  response: z.object({
    clientDataJSON: bytes(),
    attestationObject: bytes(24_576),
    transports: z.array(transport).max(12).default([]),
  }),
});
export type RegistrationResponse = z.infer<typeof registrationResponse>;

export const authenticationResponse = z.object({
  id: bytes(1400).min(1),
  rawId: bytes(1400),
  type: z.literal('public-key'),
  authenticatorAttachment: attachment,
  clientExtensionResults: extensionResults,
  response: z.object({
    clientDataJSON: bytes(),
    authenticatorData: bytes(),
    signature: bytes(),
    userHandle: bytes(128).nullish(),
  }),
});
export type AuthenticationResponse = z.infer<typeof authenticationResponse>;

/** This browser profile's proof over the ceremony's challenge: `deviceProofMessage`, ES256, as r || s. */
export const deviceProof = z.strictObject({ id, signature: bytes(128) });
export type DeviceProof = z.infer<typeof deviceProof>;

/** The same proof outside a WebAuthn ceremony, where the challenge must travel with it. */
export const deviceRecognition = z.strictObject({ id, challenge: bytes(128), signature: bytes(128) });
export type DeviceRecognition = z.infer<typeof deviceRecognition>;

/** So many bytes, exactly. */
const exactly = (count: number) => bytes().length(Math.ceil((count * 8) / 6));
/** Of a try at a container's PIN: it goes into the challenge, whose answer shows that the try was right. */
const ticket = exactly(TICKET_BYTES);

export const registrationOptionsRequest = z.strictObject({
  purpose: z.enum(['hello', 'passkey', 'pin-reset']),
  attestation: z.enum(['direct', 'none']).default('direct'),
  ticket: ticket.optional(),
});
export const registrationRequest = z.strictObject({
  response: registrationResponse,
  device: deviceProof.optional(),
  name: label.optional(),
});
export const registrationAnswer = z.object({
  kid: id,
  upn: z.string(),
  kind: z.enum(['hello', 'passkey']),
  attestation: z.string(),
  protection: z.enum(protections).describe('What the statement proves about where the key lives'),
  backupEligible: z.boolean(),
  warnings: z
    .array(z.string())
    .optional()
    .describe('What the organisation asks of keys and this one does not meet; it was accepted all the same'),
});
export type RegistrationAnswer = z.infer<typeof registrationAnswer>;

export const authenticationOptionsRequest = z.strictObject({
  purpose: z.enum(['sign-in', 'unlock', 'step-up', 'add-browser']).default('sign-in'),
  ticket: ticket.optional(),
});
export const authenticationRequest = z.strictObject({
  response: authenticationResponse,
  device: deviceProof.optional(),
});
export const authenticationAnswer = z.object({
  purpose: z.enum(['sign-in', 'unlock', 'step-up']),
  kid: id,
  kind: z.enum(['hello', 'passkey']),
  upn: z.string(),
  displayName: z.string(),
  pinReset: z
    .enum(['prepare', 'drop'])
    .optional()
    .describe('What the browser should do about the PIN reset protector of the container that answered'),
});
export type AuthenticationAnswer = z.infer<typeof authenticationAnswer>;

export const signalsRequest = z.strictObject({});
/** What a browser may tell its authenticators about the person who is signed in (WebAuthn L3 5.1.10); null for nobody. */
export const signalsAnswer = z.object({
  account: z
    .object({
      rpId: z.string(),
      userId: z.string(),
      name: z.string(),
      displayName: z.string(),
      allAcceptedCredentialIds: z.array(bytes(1400)),
    })
    .nullable(),
});
export type SignalsAnswer = z.infer<typeof signalsAnswer>;

export const deviceOptionsRequest = z.strictObject({
  purpose: z.enum(['register-device', 'recognise-device']),
});
export const deviceOptionsAnswer = z.object({
  challenge: bytes(128),
  timeout: z.number().max(CHALLENGE_LIFETIME_MS),
});

const deviceFacts = {
  publicKey: bytes(512),
  challenge: bytes(128),
  signature: bytes(128),
  browser: label,
  os: label,
  platformAuthenticator: z.enum(['yes', 'no', 'not_tested']),
};
export const deviceRegistrationRequest = z.strictObject({
  ...deviceFacts,
  name: label,
  joinType: z.enum(joinTypes),
});
export type DeviceRegistrationRequest = z.infer<typeof deviceRegistrationRequest>;

/** Adds this browser to the device of a Hello key; the key's own assertion says which, over the same challenge. */
export const deviceProfileRequest = z.strictObject({
  publicKey: bytes(512),
  signature: bytes(128),
  browser: label,
  response: authenticationResponse,
});
export type DeviceProfileRequest = z.infer<typeof deviceProfileRequest>;

/** `profileId` is what this browser sends as `device.id` from now on; `userHandle` is whose profile it is. */
export const deviceAnswer = z.object({
  deviceId: id,
  profileId: id,
  deviceName: z.string(),
  thumbprint: z.string(),
  userHandle: z.string(),
  upn: z.string(),
});
export type DeviceAnswer = z.infer<typeof deviceAnswer>;

/** An element of ristretto255, and a proof of two scalars (RFC 9497 4.1). */
const element = exactly(32);
const oprfProof = exactly(64);
/** A new PIN is looked up beside the one that it replaces. */
export const HISTORY_ELEMENTS_MAX = 2;
const elements = z.array(element).min(1).max(HISTORY_ELEMENTS_MAX);
const container = z.strictObject({ container: id });
const oprfKey = z.object({ publicKey: element });
/** The server's half of a PIN: where it is asked, and the key whose proof has to fit. */
const protector = z.object({ id, publicKey: element });

export const containerCreationRequest = z.strictObject({});
export const containerCreationAnswer = z.object({
  container: id,
  tenant: id,
  device: id,
  userHandle: bytes(128),
  protector,
  history: oprfKey,
});
export type ContainerCreationAnswer = z.infer<typeof containerCreationAnswer>;

export const pinTryOptionsRequest = container;
export const pinTryOptionsAnswer = z.object({
  challenge: bytes(128),
  protector: id.describe('The protector whose PIN counts now'),
});
export type PinTryOptionsAnswer = z.infer<typeof pinTryOptionsAnswer>;

/** The proof signs the challenge, with the element in the place of the credential ID. */
export const evaluationRequest = z.strictObject({
  container: id,
  protector: id,
  challenge: bytes(128),
  element,
  device: deviceProof,
  phrase: z.string().max(16).optional(),
});
export const evaluationAnswer = z.object({
  element,
  proof: oprfProof,
  ticket: ticket.describe('For the options of the ceremony whose answer shows that this try was right'),
  ladder: z
    .object({
      triesLeft: z.number().int(),
      phraseNeeded: z.boolean(),
      waitSeconds: z.number().int(),
    })
    .describe('What holds for the next try unless this one was right'),
});
export type EvaluationAnswer = z.infer<typeof evaluationAnswer>;

export const pinChangeRequest = container
  .extend({
    reset: z
      .boolean()
      .optional()
      .describe('The PIN was forgotten, and the PIN reset service opened the container'),
    passkey: bytes(1400)
      .min(1)
      .optional()
      .describe("The PIN was forgotten, and the passkey of this authenticator's ID opened the container"),
  })
  .refine(({ reset, passkey }) => !reset || passkey === undefined, 'One of them opened it');
export const pinChangeAnswer = z.object({ protector });
export type PinChangeAnswer = z.infer<typeof pinChangeAnswer>;

/** `passkey` is the authenticator's ID. */
export const prfProtectorRequest = z.strictObject({
  container: id,
  passkey: bytes(1400).min(1),
  stored: z.boolean(),
});
export const prfProtectorAnswer = z.object({ stored: z.boolean() });
export type PrfProtectorAnswer = z.infer<typeof prfProtectorAnswer>;

export const pinHistoryRequest = z.strictObject({ container: id, elements });
export const pinHistoryAnswer = z.object({ elements, proof: oprfProof });
export type PinHistoryAnswer = z.infer<typeof pinHistoryAnswer>;

export const problemAnswer = z.object({
  type: z.string(),
  title: z.string(),
  detail: z.string(),
  status: z.number().int(),
  code: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  support: z.string().optional().describe('Finds the event that tells the true cause, for an administrator'),
});
export type ProblemAnswer = z.infer<typeof problemAnswer>;

/** What a browser saw of a ceremony that ended in it. Nothing in it is free text. */
export const ceremonyReport = z.strictObject({
  ceremony: z.enum(ceremonies),
  error: z.enum(browserErrors as [BrowserError, ...BrowserError[]]),
  took: z.enum(answerTimes),
  windows: z.boolean(),
  keyExpected: z.boolean(),
});
export type CeremonyReport = z.infer<typeof ceremonyReport>;
export const ceremonyReportAnswer = z.object({ support: z.string() });
export type CeremonyReportAnswer = z.infer<typeof ceremonyReportAnswer>;
