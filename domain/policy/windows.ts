/** What Windows has for a setting: data that exports write and imports read, and that a person sees on the page. */
export interface WindowsFacts {
  /** A node of a configuration service provider. */
  readonly csp?: {
    /** Below `./Device` or `./User`; `{TenantId}` stands for the tenant's GUID without braces. */
    readonly uri: string;
    readonly scopes: readonly PolicyScope[];
    /** `admx`: a policy that is backed by ADMX takes its value as `<enabled/><data id="..." value="..."/>`. */
    readonly format: 'bool' | 'int' | 'chr' | { readonly admxData: string };
    /** Older nodes that mean the same; they are read, never written. */
    readonly formerUris?: readonly string[];
  };
  /** The node of DeviceLock (Policy CSP) that counts the same, for devices, and the numbers that it takes. */
  readonly deviceLock?: { readonly uri: string; readonly minimum: number; readonly maximum: number };
  /** Group policy, as its editor shows it. */
  readonly policy?: {
    readonly path: string;
    readonly name: string;
    readonly scopes: readonly PolicyScope[];
    /** The definition; a security option has none, and no place in Registry.pol. */
    readonly admx?: { readonly file: string; readonly policy: string; readonly element?: string };
  };
  /** What group policy writes; below HKEY_LOCAL_MACHINE, or HKEY_CURRENT_USER where the scope is a user. */
  readonly registry?: {
    readonly key: string;
    readonly value: string;
    readonly type: 'REG_DWORD' | 'REG_SZ';
  };
  /** The numbers of a setting that is on or off, or of words, where they are not 1 and 0. */
  readonly codes?: Readonly<Record<string, number>>;
  /** The first Windows that has it, where that is known. */
  readonly minimumOs?: string;
  /** Where Microsoft's own pages disagree, or what else has to be known. */
  readonly note?: string;
}

/** What a value is for: everybody on a device, or one person. */
export type PolicyScope = 'device' | 'user';

/** Whose node is meant: DeviceLock has nodes of its own for some rules of a PIN. */
export type PolicyHome = PolicyScope | 'device_lock';

/** The number that Windows keeps for a value that is on or off, one of a few words, or a number itself. */
export function windowsNumber(facts: WindowsFacts, value: boolean | number | string): number | null {
  const code = facts.codes?.[String(value)];
  if (code !== undefined) return code;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'number' ? value : null;
}

/** The text that a setting is stored as for a number of Windows, or null where it is none of the known ones. */
export function fromWindowsNumber(facts: WindowsFacts, type: string, number: number): string | null {
  if (facts.codes !== undefined)
    return Object.entries(facts.codes).find(([, code]) => code === number)?.[0] ?? null;
  if (type === 'boolean') return number === 1 ? 'true' : number === 0 ? 'false' : null;
  return type === 'integer' ? String(number) : null;
}

/** `./Device/Vendor/MSFT/...` for one scope and tenant. */
export function omaUri(facts: WindowsFacts, scope: PolicyHome, tenantId: string): string | null {
  if (scope === 'device_lock')
    return facts.deviceLock === undefined ? null : `./Device${facts.deviceLock.uri}`;
  if (!facts.csp?.scopes.includes(scope)) return null;
  const root = scope === 'device' ? './Device' : './User';
  return `${root}${facts.csp.uri.replace('{TenantId}', tenantId)}`;
}

/** Whether DeviceLock has the setting and takes the number: its longest shortest PIN has 16 characters. */
export function isTakenByDeviceLock(facts: WindowsFacts | undefined, number: number): boolean {
  const lock = facts?.deviceLock;
  return lock !== undefined && number >= lock.minimum && number <= lock.maximum;
}
