/**
 * Puts an authenticator on a TPM behind `navigator.credentials` of pages that know nothing of it. For each test a new TPM
 * and a person with a PIN; what the person does in the system's dialog is the test's to say.
 *
 *     const test = base.extend<TpmFixtures, TpmWorkerFixtures>(tpmFixtures);
 *     test('...', async ({ page, hello }) => { hello.types('000000'); ... });
 *
 * It is script in the page: a real browser's own dialogs, time-outs and permissions policy are not modelled.
 */
import type {
  BrowserContext,
  Fixtures,
  Frame,
  PlaywrightTestArgs,
  PlaywrightWorkerArgs,
} from '@playwright/test';
import {
  type Authenticator,
  AuthenticatorError,
  type AuthenticatorOptions,
  type CreationOptions,
  createAuthenticator,
  PIN,
  type Refusal,
  type RequestOptions,
} from './authenticator.ts';
import { findSwtpm, SWTPM_ADVICE, type Swtpm, startSwtpm } from './swtpm.ts';
import { createTestCa, type TestCa } from './test-ca.ts';

/** A computer: its TPM, and the authenticator that its system makes of it. */
export type Machine = { swtpm: Swtpm; authenticator: Authenticator };

/** One dialog of the system, and what came of it. */
export type Dialog = {
  kind: 'create' | 'get' | 'autofill';
  origin: string;
  rpId: string | undefined;
  /** Whose key is to be made. */
  userName: string | undefined;
  /** What the dialog said to each PIN that did not do. */
  refusals: Refusal[];
  outcome: 'open' | 'answered' | 'aborted' | Refusal;
  /** The TPM's last word, where it refused: `TPM_RC_AUTH_FAIL`. */
  tpm: string | undefined;
};

export type Hello = {
  /** Which computer the page runs on. */
  machine: Machine;
  /** The PIN of the person on every machine, unless changed there. */
  readonly pin: string;
  /** What the person types into each dialog from now on, one PIN after another until one does; then it is closed. */
  types: (...pins: string[]) => void;
  /** The person closes each dialog from now on. */
  closesDialogs: () => void;
  /** The same, decided when the dialog is there; it stays open until then. */
  decides: (decide: (dialog: Dialog) => Promise<string[]>) => void;
  /** The person takes the key that autofill offers, now or as soon as a page offers it. */
  choosesFromAutofill: () => void;
  /** Every dialog so far. */
  dialogs: Dialog[];
};

export type TpmFixtures = {
  /** What this test's machines are like: `test.use({ tpmOptions: { lockout: LOCKOUT.fast } })`. */
  tpmOptions: AuthenticatorOptions;
  /** Another computer, with a TPM of its own. It goes with the test. */
  newMachine: (options?: AuthenticatorOptions) => Promise<Machine>;
  /** Answers every page of this test's `context`. */
  hello: Hello;
};

export type TpmWorkerFixtures = {
  /** The authority whose certificates all attestation keys of this worker have. */
  testCa: TestCa;
};

/** For `test.extend`. A test that asks for a machine is skipped where there is no swtpm. */
export const tpmFixtures: Fixtures<TpmFixtures, TpmWorkerFixtures, PlaywrightTestArgs, PlaywrightWorkerArgs> =
  {
    tpmOptions: [{}, { option: true }],

    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what a fixture needs.
    testCa: [async ({}, use) => use(await createTestCa()), { scope: 'worker' }],

    newMachine: async ({ testCa, tpmOptions }, use, testInfo) => {
      testInfo.skip(!findSwtpm(), `there is no swtpm: ${SWTPM_ADVICE}`);
      const started: Swtpm[] = [];
      await use(async (options = tpmOptions) => {
        const swtpm = await startSwtpm();
        started.push(swtpm);
        return {
          swtpm,
          authenticator: await createAuthenticator(swtpm.tpm, {
            ca: testCa,
            pin: tpmOptions.pin ?? PIN,
            ...options,
          }),
        };
      });
      await Promise.all(started.map(({ stop }) => stop()));
    },

    hello: async ({ context, newMachine, tpmOptions }, use) => {
      const { hello, broken } = await putBehind(context, await newMachine(), tpmOptions.pin);
      await use(hello);
      if (broken.length > 0) throw broken[0];
    },
  };

const BINDING = '__systemDialog';

type Request =
  | { type: 'document' }
  | { type: 'abort'; id: string }
  | { type: 'create'; id: string; options: CreationOptions }
  | { type: 'get'; id: string; options: RequestOptions; conditional: boolean };
type Answer =
  | { ok: true; value: Awaited<ReturnType<Authenticator['create' | 'get']>> }
  | { ok: false; name: string; message: string };

/** What Chromium says; a page learns no more than this. */
const MESSAGES: Readonly<Record<AuthenticatorError['name'], string>> = {
  NotAllowedError: 'The operation either timed out or was not allowed.',
  InvalidStateError:
    'The user attempted to register an authenticator that contains one of the credentials already registered with the relying party.',
  SecurityError:
    'The relying party ID is not a registrable domain suffix of, nor equal to the current domain.',
  NotSupportedError: 'None of the algorithms specified in `pubKeyCredParams` are supported by this device.',
};

/**
 * Answers every page of a browser context from a machine. `broken` collects what went wrong on this side and was nobody's
 * decision.
 */
export async function putBehind(
  context: BrowserContext,
  machine: Machine,
  pin: string = PIN,
): Promise<{ hello: Hello; broken: unknown[] }> {
  const broken: unknown[] = [];
  const pending = new Map<string, { frame: Frame; abort: AbortController }>();
  const waiting = new Set<() => void>();
  let chosen = false;
  let decide: (dialog: Dialog) => Promise<string[]> = async () => [pin];

  const hello: Hello = {
    machine,
    pin,
    types: (...pins) => {
      decide = async () => pins;
    },
    closesDialogs: () => {
      decide = async () => [];
    },
    decides: (own) => {
      decide = own;
    },
    choosesFromAutofill: () => {
      chosen = true;
      for (const wake of waiting) wake();
    },
    dialogs: [],
  };

  /** Until the person takes a key from the list, or the page takes it back. */
  async function untilChosen(signal: AbortSignal): Promise<void> {
    while (!chosen && !signal.aborted) {
      await new Promise<void>((resolve) => {
        waiting.add(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      waiting.clear();
    }
    if (!signal.aborted) chosen = false;
  }

  async function inDialog(frame: Frame, request: Extract<Request, { id: string; options: object }>) {
    const abort = new AbortController();
    pending.set(request.id, { frame, abort });
    const creation = request.type === 'create' ? request.options : undefined;
    const context = {
      // Said by the browser's own frame, and not by the page.
      origin: new URL(frame.url()).origin,
      topOrigin: new URL(frame.page().url()).origin,
    };
    const dialog: Dialog = {
      kind: request.type === 'get' && request.conditional ? 'autofill' : request.type,
      origin: context.origin,
      rpId: request.type === 'get' ? request.options.rpId : creation?.rp.id,
      userName: creation?.user.name,
      refusals: [],
      outcome: 'open',
      tpm: undefined,
    };
    hello.dialogs.push(dialog);
    const taken = new AuthenticatorError('cancelled');
    const aborted = new Promise<never>((_, reject) => {
      abort.signal.addEventListener('abort', () => reject(taken), { once: true });
    });
    aborted.catch(() => undefined);
    try {
      if (dialog.kind === 'autofill') await untilChosen(abort.signal);
      const pins = await Promise.race([decide(dialog), aborted]);
      let last = taken;
      for (const typed of pins) {
        if (abort.signal.aborted) throw taken;
        const ceremony = { ...context, pin: typed };
        const { authenticator } = hello.machine;
        try {
          const value =
            request.type === 'create'
              ? await authenticator.create(request.options, ceremony)
              : await authenticator.get(request.options, ceremony);
          dialog.outcome = 'answered';
          return value;
        } catch (error) {
          if (!(error instanceof AuthenticatorError)) throw error;
          last = error;
          dialog.refusals.push(error.refusal);
          dialog.tpm = error.tpm;
          if (error.refusal !== 'wrong_pin') break;
        }
      }
      throw last;
    } catch (error) {
      if (error instanceof AuthenticatorError)
        dialog.outcome = abort.signal.aborted ? 'aborted' : error.refusal;
      throw error;
    } finally {
      pending.delete(request.id);
    }
  }

  await context.exposeBinding(BINDING, async ({ frame }, request: Request): Promise<Answer | undefined> => {
    if (request.type === 'abort') {
      pending.get(request.id)?.abort.abort();
      return undefined;
    }
    if (request.type === 'document') {
      for (const each of pending.values()) if (each.frame === frame) each.abort.abort();
      return undefined;
    }
    try {
      return { ok: true, value: await inDialog(frame, request) };
    } catch (error) {
      if (!(error instanceof AuthenticatorError)) {
        broken.push(error);
        return { ok: false, name: 'UnknownError', message: String(error) };
      }
      return { ok: false, name: error.name, message: MESSAGES[error.name] };
    }
  });
  await context.addInitScript(replaceCredentials, BINDING);
  return { hello, broken };
}

/** Runs in every document before its own scripts, outside its Content-Security-Policy. */
function replaceCredentials(binding: string): void {
  if (!('PublicKeyCredential' in globalThis) || !('credentials' in navigator)) return;
  const ask = (globalThis as unknown as Record<string, (request: Request) => Promise<Answer | undefined>>)[
    binding
  ];
  if (ask === undefined) return;
  // Whatever the document before this one had asked is void.
  void ask({ type: 'document' });

  const toText = (source: BufferSource): string => {
    const bytes = ArrayBuffer.isView(source)
      ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
      : new Uint8Array(source);
    return btoa(String.fromCharCode(...bytes))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '');
  };
  const toBuffer = (text: string): ArrayBuffer =>
    Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))
      .buffer;
  const ids = (list: PublicKeyCredentialDescriptor[] | undefined) =>
    list?.map(({ id }) => ({ id: toText(id) }));
  /** An object that is an instance of the browser's own class, with properties of its own in place of the accessors. */
  const made = (prototype: object, properties: object): object =>
    Object.create(
      prototype,
      Object.fromEntries(
        Object.entries(properties).map(([name, value]) => [
          name,
          { value, enumerable: true, configurable: true },
        ]),
      ),
    );

  let open: string | undefined;
  async function answered(
    request: Extract<Request, { id: string; options: object }>,
    signal: AbortSignal | undefined,
  ): Promise<object> {
    if (signal?.aborted) throw signal.reason;
    if (open !== undefined) throw new DOMException('A request is already pending.', 'OperationError');
    open = request.id;
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener(
        'abort',
        () => {
          if (open === request.id) open = undefined;
          void ask?.({ type: 'abort', id: request.id });
          reject(signal.reason);
        },
        { once: true },
      );
    });
    try {
      const answer = await Promise.race([ask?.(request), aborted]);
      if (answer === undefined) throw new DOMException('Nobody answered.', 'UnknownError');
      if (!answer.ok) throw new DOMException(answer.message, answer.name);
      return credential(answer.value);
    } finally {
      if (open === request.id) open = undefined;
    }
  }

  function credential(value: Extract<Answer, { ok: true }>['value']): object {
    const common = { clientDataJSON: toBuffer(value.response.clientDataJSON) };
    const { response } = value;
    return made(PublicKeyCredential.prototype, {
      id: value.id,
      rawId: toBuffer(value.rawId),
      type: value.type,
      authenticatorAttachment: value.authenticatorAttachment,
      getClientExtensionResults: () => value.clientExtensionResults,
      toJSON: () => value,
      response:
        'attestationObject' in response
          ? made(AuthenticatorAttestationResponse.prototype, {
              ...common,
              attestationObject: toBuffer(response.attestationObject),
              getTransports: () => [...response.transports],
              getAuthenticatorData: () => toBuffer(response.authenticatorData),
              getPublicKey: () => toBuffer(response.publicKey),
              getPublicKeyAlgorithm: () => response.publicKeyAlgorithm,
            })
          : made(AuthenticatorAssertionResponse.prototype, {
              ...common,
              authenticatorData: toBuffer(response.authenticatorData),
              signature: toBuffer(response.signature),
              userHandle: toBuffer(response.userHandle),
            }),
    });
  }

  const { create, get } = CredentialsContainer.prototype;
  CredentialsContainer.prototype.create = async function (options) {
    const asked = options?.publicKey;
    if (asked === undefined) return await create.call(this, options);
    const params = asked.pubKeyCredParams.length > 0 ? asked.pubKeyCredParams : [-7, -257].map(defaultParam);
    return (await answered(
      {
        type: 'create',
        id: crypto.randomUUID(),
        options: {
          challenge: toText(asked.challenge),
          rp: { id: asked.rp.id, name: asked.rp.name },
          user: { ...asked.user, id: toText(asked.user.id) },
          pubKeyCredParams: params.map(({ type, alg }) => ({ type, alg })),
          excludeCredentials: ids(asked.excludeCredentials),
          authenticatorSelection: {
            authenticatorAttachment: asked.authenticatorSelection?.authenticatorAttachment,
          },
          attestation: asked.attestation,
          extensions: { credProps: asked.extensions?.credProps },
        },
      },
      options?.signal,
    )) as Credential;
  };
  CredentialsContainer.prototype.get = async function (options) {
    const asked = options?.publicKey;
    if (asked === undefined) return await get.call(this, options);
    return (await answered(
      {
        type: 'get',
        id: crypto.randomUUID(),
        options: {
          challenge: toText(asked.challenge),
          rpId: asked.rpId,
          allowCredentials: ids(asked.allowCredentials),
        },
        conditional: options?.mediation === 'conditional',
      },
      options?.signal,
    )) as Credential;
  };
  const defaultParam = (alg: number) => ({ type: 'public-key' as const, alg });

  PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable = async () => true;
  PublicKeyCredential.isConditionalMediationAvailable = async () => true;
  PublicKeyCredential.getClientCapabilities = async () => ({
    conditionalGet: true,
    conditionalCreate: false,
    hybridTransport: false,
    passkeyPlatformAuthenticator: true,
    userVerifyingPlatformAuthenticator: true,
    relatedOrigins: false,
    signalAllAcceptedCredentials: false,
    signalCurrentUserDetails: false,
    signalUnknownCredential: false,
  });
}
