/** Windows says Yes, No or Not Tested everywhere; Not Tested is not a failure. */
export type Verdict = 'yes' | 'no' | 'not_tested';

/** What is known when a person has signed in. */
export interface PrerequisiteFacts {
  readonly deviceRegistered: boolean;
  readonly policyEnabled: boolean;
  readonly postLogonEnabled: boolean;
  readonly platformAuthenticator: Verdict;
  /** Whether this browser may keep a key itself. */
  readonly softwareKeys: boolean;
}

interface Prerequisite {
  /** The field of `dsregcmd /status`, "Ngc Prerequisite Check". */
  readonly field: string;
  /** The line of events 358 and 360. */
  readonly line: string;
  /** What a person reads, when it holds and when it does not, and what to do then. */
  readonly holds: string;
  readonly fails: string;
  readonly remedy: string;
  /** What a person reads beside Not Tested. */
  readonly untested: string;
  readonly evaluate: (facts: PrerequisiteFacts) => Verdict;
}

const yesOrNo = (holds: boolean): Verdict => (holds ? 'yes' : 'no');

const SEEN_LATER = 'We look when the device is registered. That stops nothing now.';
const NEVER_SEEN = "A browser can't see this, so it isn't tested. That stops nothing.";

/** The prerequisite checks of Windows Hello for Business, as a table. Every row that says No stops the launch. */
export const prerequisites = [
  {
    field: 'IsDeviceJoined',
    line: 'Device is AAD joined ( AADJ or DJ++ )',
    holds: 'This device is registered',
    fails: "This device isn't registered yet",
    remedy: 'Register it: that is the first step of the set-up.',
    untested: SEEN_LATER,
    evaluate: (facts) => yesOrNo(facts.deviceRegistered),
  },
  {
    field: 'IsUserAzureAD',
    line: 'User has logged on with AAD credentials',
    holds: "You are signed in with your organisation's account",
    fails: "You aren't signed in with your organisation's account",
    remedy: 'Sign in.',
    untested: SEEN_LATER,
    evaluate: () => 'yes',
  },
  {
    field: 'PolicyEnabled',
    line: 'Windows Hello for Business policy is enabled',
    holds: 'Your organisation uses Windows Hello for Business',
    fails: 'Your organisation has Windows Hello for Business switched off',
    remedy: 'Ask your administrator.',
    untested: SEEN_LATER,
    evaluate: (facts) => yesOrNo(facts.policyEnabled),
  },
  {
    field: 'PostLogonEnabled',
    line: 'Windows Hello for Business post-logon provisioning is enabled',
    holds: 'Set-up starts after you sign in',
    fails: "Set-up doesn't start by itself",
    remedy: 'Start it yourself from Security info.',
    untested: SEEN_LATER,
    evaluate: (facts) => yesOrNo(facts.postLogonEnabled),
  },
  {
    field: 'DeviceEligible',
    line: 'Local computer meets Windows hello for business hardware requirements',
    holds: 'This device can keep a key',
    fails: 'This browser finds nothing on this device that could keep a key',
    remedy: 'Set up Windows Hello in the system settings, or use another browser on this device.',
    untested: SEEN_LATER,
    evaluate: (facts) => (facts.softwareKeys ? 'yes' : facts.platformAuthenticator),
  },
  {
    field: 'SessionIsNotRemote',
    line: 'User is not connected to the machine via Remote Desktop',
    holds: 'You are not connected by Remote Desktop',
    fails: 'You are connected by Remote Desktop',
    remedy: 'Go on at the device itself.',
    untested: NEVER_SEEN,
    // A browser cannot see a remote session.
    evaluate: () => 'not_tested',
  },
] as const satisfies readonly Prerequisite[];

export type PrerequisiteField = (typeof prerequisites)[number]['field'];

export interface PrerequisiteResult {
  readonly checks: readonly { readonly field: PrerequisiteField; readonly verdict: Verdict }[];
  readonly outcome: 'WillProvision' | 'WillNotProvision';
}

/** Judges every row. Event 358 reports `WillProvision`, event 360 the other. */
export function evaluatePrerequisites(facts: PrerequisiteFacts): PrerequisiteResult {
  const checks = prerequisites.map(({ field, evaluate }) => ({ field, verdict: evaluate(facts) }));
  return {
    checks,
    outcome: checks.some((check) => check.verdict === 'no') ? 'WillNotProvision' : 'WillProvision',
  };
}

/** Yes, No or Not Tested, as Windows prints it. */
export const verdictWords: Readonly<Record<Verdict, string>> = {
  yes: 'YES',
  no: 'NO',
  not_tested: 'Not Tested',
};
