import { z } from 'zod';
import type { EventCode } from './event.ts';
import { type MethodName, methodNames } from './methods.ts';
import { DAY_MS } from './time.ts';

/** The reports of "Authentication methods activity". Capable: registered and enabled by policy. Registered: whatever policy says. */
export const reportWindows = {
  '24h': { title: 'Last 24 hours', lengthMs: DAY_MS },
  '7d': { title: 'Last 7 days', lengthMs: 7 * DAY_MS },
  '30d': { title: 'Last 30 days', lengthMs: 30 * DAY_MS },
} as const;
export type ReportWindow = keyof typeof reportWindows;
export const reportWindowNames = Object.keys(reportWindows) as ReportWindow[];

/** The events that say a method was registered, or that registering it failed. */
export const registrationEvents = {
  key_registered: 'windowsHelloForBusiness',
  key_registration_failed: 'windowsHelloForBusiness',
  passkey_registered: 'fido2',
  passkey_registration_failed: 'fido2',
  phone_registered: 'authenticator',
  phone_registration_failed: 'authenticator',
  totp_registered: 'softwareOath',
  totp_registration_failed: 'softwareOath',
  pass_issued: 'temporaryAccessPass',
} as const satisfies Partial<Record<EventCode, MethodName>>;
export type RegistrationEvent = keyof typeof registrationEvents;
export const registrationEventCodes = Object.keys(registrationEvents) as RegistrationEvent[];

const window = z.enum(['24h', '7d', '30d']).default('7d').describe('How far back events are counted');
const format = z.enum(['csv', 'json']).default('csv');
export const registrationQuery = z.strictObject({ window });
export const registrationDetailsQuery = z.strictObject({ format });
export const registrationEventsQuery = z.strictObject({ format, window });

const count = z.number().int().nonnegative();
const method = z.enum(methodNames);

/** How many have registered what, and what was registered lately. */
export const registrationReport = z.strictObject({
  lastUpdatedDateTime: z.iso.datetime().describe('When the report was made'),
  users: count.describe('Enabled accounts; everything here counts these'),
  mfaRegistered: count,
  mfaCapable: count,
  passwordlessRegistered: count,
  passwordlessCapable: count,
  window: z.enum(['24h', '7d', '30d']),
  methods: z.array(
    z.strictObject({
      method,
      registered: count.describe('Users who have it, whatever policy says'),
      capable: count.describe('Those of them whom policy lets use it'),
      succeeded: count.describe('Registrations in the window'),
      failed: count,
    }),
  ),
});
export type RegistrationReport = z.infer<typeof registrationReport>;

/** One user, as Microsoft Graph's userRegistrationDetails names it. */
export const userRegistrationDetails = z.strictObject({
  id: z.guid(),
  userPrincipalName: z.string(),
  userDisplayName: z.string(),
  isAdmin: z.boolean(),
  isMfaRegistered: z.boolean(),
  isMfaCapable: z.boolean(),
  isPasswordlessCapable: z.boolean(),
  methodsRegistered: z.array(method),
  lastUpdatedDateTime: z.iso.datetime().describe('When the report was made, not when the user registered'),
});
export type UserRegistrationDetails = z.infer<typeof userRegistrationDetails>;

/** One registration that happened, or failed. */
export const registrationEvent = z.strictObject({
  id: z.guid(),
  activityDateTime: z.iso.datetime(),
  userPrincipalName: z.string().nullable(),
  userDisplayName: z.string().nullable(),
  feature: z.literal('registration'),
  method,
  isSuccess: z.boolean(),
  reason: z.string().nullable().describe('The true cause of a failure'),
});
export type RegistrationEventLine = z.infer<typeof registrationEvent>;

export const userRegistrationDetailsList = z.strictObject({ value: z.array(userRegistrationDetails) });
export const registrationEventList = z.strictObject({ value: z.array(registrationEvent) });
