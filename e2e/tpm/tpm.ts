/**
 * The commands of a TPM 2.0 (Part 3 of its specification) that WebAuthn needs, as raw bytes over whatever carries them.
 * A TPM does one thing at a time: commands wait for each other here.
 */
import {
  ALG,
  type Bytes,
  concat,
  decodeSignature,
  encodePublic,
  encodeSignature,
  HIERARCHY,
  hash,
  NOTHING,
  noTicket,
  type Public,
  Reader,
  type Scheme,
  type Signature,
  sized,
  u8,
  u16,
  u32,
} from './structures.ts';

/** TPM_CC (Part 2, 6.5.2). */
export const COMMAND = {
  EvictControl: 0x0000_0120,
  DictionaryAttackLockReset: 0x0000_0139,
  CreatePrimary: 0x0000_0131,
  DictionaryAttackParameters: 0x0000_013a,
  Startup: 0x0000_0144,
  Shutdown: 0x0000_0145,
  Certify: 0x0000_0148,
  ObjectChangeAuth: 0x0000_0150,
  Create: 0x0000_0153,
  Load: 0x0000_0157,
  Sign: 0x0000_015d,
  PolicySigned: 0x0000_0160,
  FlushContext: 0x0000_0165,
  LoadExternal: 0x0000_0167,
  PolicyCommandCode: 0x0000_016c,
  StartAuthSession: 0x0000_0176,
  GetCapability: 0x0000_017a,
} as const;

/** TPM_RC (Part 2, 6.6.3). Format one: the low six bits; what they are about stands in the bits above. */
const FORMAT_ONE: Readonly<Record<number, string>> = {
  1: 'ASYMMETRIC',
  2: 'ATTRIBUTES',
  3: 'HASH',
  4: 'VALUE',
  5: 'HIERARCHY',
  7: 'KEY_SIZE',
  10: 'TYPE',
  11: 'HANDLE',
  14: 'AUTH_FAIL',
  15: 'NONCE',
  18: 'SCHEME',
  21: 'SIZE',
  22: 'SYMMETRIC',
  24: 'SELECTOR',
  26: 'INSUFFICIENT',
  27: 'SIGNATURE',
  28: 'KEY',
  29: 'POLICY_FAIL',
  31: 'INTEGRITY',
  32: 'TICKET',
  33: 'RESERVED_BITS',
  34: 'BAD_AUTH',
  35: 'EXPIRED',
  36: 'POLICY_CC',
  37: 'BINDING',
  38: 'CURVE',
};
/** Format zero, whole: 0x1.. are errors, 0x9.. warnings. */
const FORMAT_ZERO: Readonly<Record<number, string>> = {
  256: 'INITIALIZE',
  257: 'FAILURE',
  288: 'DISABLED',
  323: 'COMMAND_CODE',
  292: 'AUTH_TYPE',
  293: 'AUTH_MISSING',
  322: 'COMMAND_SIZE',
  2306: 'OBJECT_MEMORY',
  2307: 'SESSION_MEMORY',
  2309: 'SESSION_HANDLES',
  2311: 'CANCELED',
  2312: 'YIELDED',
  2314: 'TESTING',
  2336: 'NV_RATE',
  2337: 'LOCKOUT',
  2338: 'RETRY',
  2339: 'NV_UNAVAILABLE',
};

/** `TPM_RC_AUTH_FAIL` and its kin, without the number of the handle, session or parameter that it is about. */
export function responseName(code: number): string {
  const name = (code & 0x080) === 0 ? FORMAT_ZERO[code] : FORMAT_ONE[code & 0x03f];
  return name === undefined ? `TPM_RC 0x${code.toString(16)}` : `TPM_RC_${name}`;
}

/** A command that the TPM refused. */
export class TpmError extends Error {
  override readonly name = 'TpmError';
  /** The whole response code, such as 0x98e. */
  readonly code: number;
  /** Its name, such as `TPM_RC_AUTH_FAIL`. */
  readonly response: string;

  constructor(command: string, code: number) {
    super(`TPM2_${command}: ${responseName(code)} (0x${code.toString(16)})`);
    this.code = code;
    this.response = responseName(code);
  }
}

/** Codes that ask for the same command again (Part 1, 37.7): the TPM was busy with its own memory. */
const AGAIN = new Set([0x908, 0x90a, 0x922]);
const ATTEMPTS = 20;

const NO_SESSIONS = 0x8001;
const SESSIONS = 0x8002;
const PASSWORD_SESSION = 0x4000_0009;
const CONTINUE_SESSION = 0x01;
const POLICY_SESSION = 0x01;
const TPM_PROPERTIES = 6;

/** Who authorises: the value itself, or a policy session that stands for it. */
export type Authorization = { value: Uint8Array } | { policySession: number };
export const EMPTY_AUTH: Authorization = { value: NOTHING };

export type Loaded = { handle: number; name: Bytes };
export type Blob = { publicArea: Bytes; privateArea: Bytes };

export type DictionaryAttack = {
  /** How many wrong values are remembered. */
  counter: number;
  /** How many there may be: at this number everything under its protection is locked. */
  maxTries: number;
  /** After this long without a failure one is forgotten. */
  recoverySeconds: number;
  /** How long a wrong lockout value locks the lockout authorisation itself. */
  lockoutRecoverySeconds: number;
  inLockout: boolean;
};

/** TPM_PT (Part 2, 6.13), the variable group: TPMA_PERMANENT and the four numbers of dictionary attack protection. */
const PROPERTY = {
  permanent: 0x200,
  lockoutCounter: 0x20e,
  maxTries: 0x20f,
  interval: 0x210,
  recovery: 0x211,
};
const IN_LOCKOUT = 0x200;

type Asked = {
  handles?: number[];
  auths?: Authorization[];
  parameters?: Uint8Array;
  /** Whether the response begins with a handle. */
  answersHandle?: boolean;
};

export type Tpm = ReturnType<typeof connectTpm>;

/** A client on `send`, which carries one command and resolves to its response. */
export function connectTpm(send: (command: Uint8Array) => Promise<Uint8Array>) {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (command: Uint8Array): Promise<Uint8Array> => {
    const answer = last.then(() => send(command));
    last = answer.catch(() => undefined);
    return answer;
  };

  async function run(command: keyof typeof COMMAND, asked: Asked = {}): Promise<Reader & { handle: number }> {
    const { handles = [], auths = [], parameters = NOTHING, answersHandle = false } = asked;
    const area = concat(...auths.map(encodeAuthorization));
    const body = concat(
      ...handles.map(u32),
      ...(auths.length > 0 ? [u32(area.length), area] : []),
      parameters,
    );
    const tag = auths.length > 0 ? SESSIONS : NO_SESSIONS;
    const bytes = concat(u16(tag), u32(10 + body.length), u32(COMMAND[command]), body);
    for (let attempt = 1; ; attempt += 1) {
      const response = new Reader(await inTurn(bytes));
      response.take(6);
      const code = response.u32();
      if (AGAIN.has(code) && attempt < ATTEMPTS) continue;
      if (code !== 0) throw new TpmError(command, code);
      const handle = answersHandle ? response.u32() : 0;
      if (auths.length > 0) response.u32();
      return Object.assign(response, { handle });
    }
  }

  return {
    /** TPM2_Startup(CLEAR), needed once after power on. */
    startup: async (): Promise<void> => {
      await run('Startup', { parameters: u16(0) });
    },

    /** TPM2_Shutdown(CLEAR): the warning before power off. */
    shutdown: async (): Promise<void> => {
      await run('Shutdown', { parameters: u16(0) });
    },

    /** A key that follows from a hierarchy's seed and its template: the same again each time. */
    async createPrimary(hierarchy: number, template: Public): Promise<Loaded & { publicArea: Bytes }> {
      const response = await run('CreatePrimary', {
        handles: [hierarchy],
        auths: [EMPTY_AUTH],
        parameters: concat(
          sized(concat(sized(NOTHING), sized(NOTHING))),
          sized(encodePublic(template)),
          sized(NOTHING),
          u32(0),
        ),
        answersHandle: true,
      });
      const publicArea = response.sized();
      response.sized();
      response.sized();
      response.take(6);
      response.sized();
      return { handle: response.handle, name: response.sized(), publicArea };
    },

    /** Gives a loaded object a handle that outlives power off, and takes none of the three transient places. */
    evictControl: async (handle: number, persistentHandle: number): Promise<void> => {
      await run('EvictControl', {
        handles: [HIERARCHY.owner, handle],
        auths: [EMPTY_AUTH],
        parameters: u32(persistentHandle),
      });
    },

    /** A new key below a parent, as the two areas that a computer keeps; only this TPM can open the private one. */
    async create(parent: number, template: Public, authValue: Uint8Array): Promise<Blob> {
      const response = await run('Create', {
        handles: [parent],
        auths: [EMPTY_AUTH],
        parameters: concat(
          sized(concat(sized(authValue), sized(NOTHING))),
          sized(encodePublic(template)),
          sized(NOTHING),
          u32(0),
        ),
      });
      const privateArea = response.sized();
      return { privateArea, publicArea: response.sized() };
    },

    /** Refuses what another TPM made, or somebody changed, with TPM_RC_INTEGRITY. */
    async load(parent: number, { privateArea, publicArea }: Blob): Promise<Loaded> {
      const response = await run('Load', {
        handles: [parent],
        auths: [EMPTY_AUTH],
        parameters: concat(sized(privateArea), sized(publicArea)),
        answersHandle: true,
      });
      return { handle: response.handle, name: response.sized() };
    },

    /**
     * Loads a key that no TPM made: a public one, to check signatures with, or with its secret (an EC key's `d`, and the
     * authorisation that it shall need), into the NULL hierarchy.
     */
    async loadExternal(
      publicArea: Uint8Array,
      secret?: { d: Uint8Array; authValue: Uint8Array },
    ): Promise<Loaded> {
      const sensitive = secret
        ? concat(u16(ALG.ECC), sized(secret.authValue), sized(NOTHING), sized(secret.d))
        : NOTHING;
      const response = await run('LoadExternal', {
        parameters: concat(
          sized(sensitive),
          sized(publicArea),
          u32(secret ? HIERARCHY.null : HIERARCHY.owner),
        ),
        answersHandle: true,
      });
      return { handle: response.handle, name: response.sized() };
    },

    flushContext: async (handle: number): Promise<void> => {
      await run('FlushContext', { parameters: u32(handle) });
    },

    /** The statement of one key about another: a TPMS_ATTEST over the object's Name, with `extraData` of the caller. */
    async certify(
      object: { handle: number; authorization: Authorization },
      signer: number,
      extraData: Uint8Array,
    ): Promise<{ certInfo: Bytes; signature: Signature }> {
      const response = await run('Certify', {
        handles: [object.handle, signer],
        auths: [object.authorization, EMPTY_AUTH],
        parameters: concat(sized(extraData), u16(ALG.NULL)),
      });
      return { certInfo: response.sized(), signature: decodeSignature(response) };
    },

    async sign(
      key: { handle: number; authorization: Authorization },
      digest: Uint8Array,
      scheme: Scheme,
    ): Promise<Signature> {
      const response = await run('Sign', {
        handles: [key.handle],
        auths: [key.authorization],
        parameters: concat(sized(digest), u16(scheme.algorithm), u16(scheme.hash), noTicket()),
      });
      return decodeSignature(response);
    },

    /**
     * The same key under another authorisation value, as a new private area. The old area still loads, with the old value:
     * whoever keeps it has to throw it away.
     */
    async objectChangeAuth(
      object: { handle: number; authorization: Authorization },
      parent: number,
      authValue: Uint8Array,
    ): Promise<Bytes> {
      const response = await run('ObjectChangeAuth', {
        handles: [object.handle, parent],
        auths: [object.authorization],
        parameters: sized(authValue),
      });
      return response.sized();
    },

    /** An unbound, unsalted policy session, and the TPM's nonce in it. */
    async startPolicySession(nonceCaller: Uint8Array): Promise<{ handle: number; nonceTpm: Bytes }> {
      const response = await run('StartAuthSession', {
        handles: [HIERARCHY.null, HIERARCHY.null],
        parameters: concat(
          sized(nonceCaller),
          sized(NOTHING),
          u8(POLICY_SESSION),
          u16(ALG.NULL),
          u16(ALG.SHA256),
        ),
        answersHandle: true,
      });
      return { handle: response.handle, nonceTpm: response.sized() };
    },

    /** Shows the session that the holder of `authority` approved: its signature over `policySignedDigest`. */
    async policySigned(
      authority: number,
      session: number,
      given: { nonceTpm: Uint8Array; cpHash: Uint8Array; signature: Signature },
    ): Promise<void> {
      await run('PolicySigned', {
        handles: [authority, session],
        parameters: concat(
          sized(given.nonceTpm),
          sized(given.cpHash),
          sized(NOTHING),
          u32(0),
          encodeSignature(given.signature),
        ),
      });
    },

    async policyCommandCode(session: number, command: keyof typeof COMMAND): Promise<void> {
      await run('PolicyCommandCode', { handles: [session], parameters: u32(COMMAND[command]) });
    },

    async dictionaryAttackParameters(
      given: Pick<DictionaryAttack, 'maxTries' | 'recoverySeconds' | 'lockoutRecoverySeconds'>,
      lockoutAuth: Authorization = EMPTY_AUTH,
    ): Promise<void> {
      await run('DictionaryAttackParameters', {
        handles: [HIERARCHY.lockout],
        auths: [lockoutAuth],
        parameters: concat(
          u32(given.maxTries),
          u32(given.recoverySeconds),
          u32(given.lockoutRecoverySeconds),
        ),
      });
    },

    /** Forgets the failures, on the word of the lockout authorisation. */
    async dictionaryAttackLockReset(lockoutAuth: Authorization = EMPTY_AUTH): Promise<void> {
      await run('DictionaryAttackLockReset', { handles: [HIERARCHY.lockout], auths: [lockoutAuth] });
    },

    /** TPM2_GetCapability(TPM_PROPERTIES): what the TPM says of itself, from one property on. */
    async getProperties(first: number, count: number): Promise<Map<number, number>> {
      const response = await run('GetCapability', {
        parameters: concat(u32(TPM_PROPERTIES), u32(first), u32(count)),
      });
      response.take(5);
      const length = response.u32();
      return new Map(Array.from({ length }, () => [response.u32(), response.u32()] as const));
    },

    /** Where dictionary attack protection stands. */
    async dictionaryAttack(): Promise<DictionaryAttack> {
      const properties = await this.getProperties(PROPERTY.permanent, 32);
      const read = (property: number) => properties.get(property) ?? 0;
      return {
        counter: read(PROPERTY.lockoutCounter),
        maxTries: read(PROPERTY.maxTries),
        recoverySeconds: read(PROPERTY.interval),
        lockoutRecoverySeconds: read(PROPERTY.recovery),
        inLockout: (read(PROPERTY.permanent) & IN_LOCKOUT) !== 0,
      };
    },
  };
}

function encodeAuthorization(authorization: Authorization): Bytes {
  return 'value' in authorization
    ? concat(u32(PASSWORD_SESSION), sized(NOTHING), u8(CONTINUE_SESSION), sized(authorization.value))
    : concat(u32(authorization.policySession), sized(NOTHING), u8(0), sized(NOTHING));
}

const NO_POLICY = new Uint8Array(32);

/** The policy "this authority signed, for this command", as TPM2_PolicySigned and TPM2_PolicyCommandCode extend it. */
export function signedCommandPolicy(authorityName: Uint8Array, command: keyof typeof COMMAND): Bytes {
  const signed = hash(ALG.SHA256, NO_POLICY, u32(COMMAND.PolicySigned), authorityName);
  // Once more, for a reference of the policy's maker, which is empty here (Part 3, 23.2.4).
  const referred = hash(ALG.SHA256, signed);
  return hash(ALG.SHA256, referred, u32(COMMAND.PolicyCommandCode), u32(COMMAND[command]));
}

/** cpHash: one command with its objects and parameters (Part 1, 16.7). */
export const commandDigest = (
  command: keyof typeof COMMAND,
  names: Uint8Array[],
  parameters: Uint8Array,
): Bytes => hash(ALG.SHA256, u32(COMMAND[command]), ...names, parameters);
