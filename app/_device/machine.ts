import { platformAuthenticatorIsAvailable } from '@simplewebauthn/browser';
import type { Verdict } from '#domain/prerequisites';

/** What this browser can tell about the machine it runs on. */
export interface Machine {
  readonly os: string;
  readonly browser: string;
  readonly platformAuthenticator: Verdict;
}

interface UserAgentData {
  readonly platform: string;
  readonly brands: readonly { readonly brand: string; readonly version: string }[];
}

/** Whether the browser says that it runs on Windows. */
export function onWindows(): boolean {
  const data = (navigator as Navigator & { userAgentData?: UserAgentData }).userAgentData;
  return (data?.platform || osOf(navigator.userAgent)) === 'Windows';
}

/** Asks the browser. What it cannot know is `not_tested`, never a guess. */
export async function readMachine(): Promise<Machine> {
  const data = (navigator as Navigator & { userAgentData?: UserAgentData }).userAgentData;
  const agent = navigator.userAgent;
  const named =
    data?.brands.find(({ brand }) => !/Not.?A.?Brand|^Chromium$/i.test(brand)) ??
    data?.brands.find(({ brand }) => brand === 'Chromium');
  const browser = named
    ? `${named.brand.replace('Microsoft ', '').replace('Google ', '')} ${named.version}`
    : browserOf(agent);
  return {
    os: data?.platform || osOf(agent),
    browser: browser.slice(0, 64),
    platformAuthenticator: await platformAuthenticatorIsAvailable().then(
      (available) => (available ? 'yes' : 'no'),
      () => 'not_tested',
    ),
  };
}

function osOf(agent: string): string {
  if (/Windows/.test(agent)) return 'Windows';
  if (/iPhone|iPad/.test(agent)) return 'iOS';
  if (/Android/.test(agent)) return 'Android';
  if (/Mac OS X/.test(agent)) return 'macOS';
  return /Linux/.test(agent) ? 'Linux' : 'Unknown system';
}

function browserOf(agent: string): string {
  const found = /(Firefox|Version)\/(\d+)/.exec(agent);
  return found ? `${found[1] === 'Version' ? 'Safari' : found[1]} ${found[2]}` : 'Browser';
}
