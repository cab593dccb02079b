import { type FieldName, fieldNames, mergeFields } from './fields.ts';
import { type Block, fieldsUsed, type Inline, type Read, readLine, readMarkup } from './markup.ts';

/** Whom a message is for, of the people of its ring: enabled accounts that are not for emergencies. */
export const audiences = {
  everybody: { title: 'Everybody', about: 'Everybody in the ring.' },
  no_key: { title: 'Without a key', about: 'Those of the ring who have no key that gets them in now.' },
  hello: { title: 'With Windows Hello', about: 'Those of the ring who have a Windows Hello key that works.' },
  losing_password: {
    title: 'Losing the password',
    about: 'Those of the ring who have a password and are in scope of passwordless mode.',
  },
} as const;
export type Audience = keyof typeof audiences;

interface Words {
  /** The subject of a message, the headline of a sheet. */
  readonly subject: string;
  readonly body: string;
}

interface Shipped extends Words {
  readonly title: string;
  /** When it is for, in a sentence. */
  readonly about: string;
}

/** A message to people. */
export interface Message extends Shipped {
  readonly audience: Audience;
  /** Only reminders can be switched off: what somebody has to know reaches everybody. */
  readonly reminder: boolean;
  /** When it is proposed to leave. */
  readonly proposed: { readonly days: number; readonly hour: number };
}

export const messages = {
  announcement: {
    title: 'Announcement',
    about: 'Tells everybody what comes, when, and what they have to do: nothing yet.',
    audience: 'everybody',
    reminder: false,
    proposed: { days: -7, hour: 8 },
    subject: 'From {{start_date}}, your face, finger or a PIN signs you in',
    body: `Hello {{person}},

On **{{start_date}}** your part of {{organisation}} starts to sign in with Windows Hello: your face, your finger, or a PIN that works on your own device and nowhere else. It takes the place of the password you type today.

## What changes for you

- You set it up once on each device that you use. That takes about five minutes.
- From then on you look at the camera, touch the reader or enter your PIN, and you are in.
- Until you have set it up, everything stays as it is.

## What stays private

Your face and your fingerprint never leave your device. Neither does your PIN. We do not see them, and could not if we wanted to.

## What to do now

Nothing. We write again on the day. If you have no phone or app that confirms that it is you, tell {{contact}} before then, so that the set-up does not stop halfway.`,
  },
  set_up: {
    title: 'Set up Windows Hello',
    about: 'On the day: how to do it, step by step.',
    audience: 'no_key',
    reminder: false,
    proposed: { days: 0, hour: 8 },
    subject: 'It is your turn: set up Windows Hello',
    body: `Hello {{person}},

From today you can use your face, your finger or a PIN instead of your password. Five minutes at your own device are enough.

## How it goes

1. Sit down at the device that you work with, and open Latchkey as you always do. Its address is {{latchkey_link}}.
2. Sign in as you do today, as {{account}}. You are asked to confirm that it is you.
3. Give the device a name that you recognise, and follow the page.
4. Choose a PIN when the device asks for one. Add your face or finger if it can read them.

You are done when the page says that your key works.

## Good to know

- Use another device too? Set it up there as well: each has a key of its own.
- A passkey that your phone or browser keeps for you works on several devices because its provider copies it. It is a good way in, and not the same as a key that stays in this device. The page says which one you have.

If something does not fit, stop and call {{contact}}. Nothing breaks when you stop halfway.`,
  },
  reminder: {
    title: 'Reminder',
    about: 'For those who have not got round to it. They can switch reminders off.',
    audience: 'no_key',
    reminder: true,
    proposed: { days: 7, hour: 8 },
    subject: 'Five minutes are still missing: your Windows Hello',
    body: `Hello {{person}},

You can sign in without a password since {{start_date}}, and have no key yet that gets you in.

It takes five minutes: open {{latchkey_link}} on the device that you work with, sign in as {{account}}, and follow the page.

If something kept you from it, tell {{contact}}. A camera that does not see you, a phone that was replaced, a device that says no: each of these has a way around it.`,
  },
  password_ending: {
    title: 'Your password is going away',
    about: 'Before the server refuses passwords: from when, and what to check first.',
    audience: 'losing_password',
    reminder: false,
    proposed: { days: 21, hour: 8 },
    subject: 'Your password stops working on {{password_date}}',
    body: `Hello {{person}},

From **{{password_date}}** your password opens nothing any more at {{organisation}}. You sign in with your key alone: your face, your finger, or the PIN of your device.

## Check these three things before that day

1. Sign in once with your key on every device that you use. Where that does not work, set up a key there: {{latchkey_link}}.
2. Look at Security info. A second key, on another device or as a passkey, gets you in when one is lost.
3. Think of what still asks you for the password: an old program, a printer, a shared drive. Tell {{contact}} which.

## Why

A password can be guessed, reused, read over a shoulder or typed into a page that only looks like ours. Your key can be used by you, on your device, for us. Nothing else.

You need not remember the password after that day, and nobody will ask you for it.`,
  },
  pin_help: {
    title: 'Help with a forgotten PIN',
    about: 'What to do on the morning when the PIN does not come to mind.',
    audience: 'hello',
    reminder: false,
    proposed: { days: 14, hour: 8 },
    subject: 'When you forget your PIN',
    body: `Hello {{person}},

It happens, usually on a Monday. You do not need to call anybody.

## Try this, in this order

1. Use your face or finger, where your device reads them. They open the same key.
2. Choose “I forgot my PIN” where you are asked for it, and confirm that it is you with your phone or app. Then choose a new PIN. Whether your key is kept or made new depends on your device; the page tells you.
3. Sign in with another key that you have: a second device, or a passkey.
4. Call {{contact}}. They can issue a Temporary Access Pass, once they are sure that it is you.

## What nobody does

Nobody can look up your PIN, because nobody has it. And nobody who calls you needs it. Whoever asks for it is not from us.`,
  },
} as const satisfies Readonly<Record<string, Message>>;
export type MessageName = keyof typeof messages;
export const messageNames = Object.keys(messages) as MessageName[];

export const sheets = {
  poster: {
    title: 'Poster',
    about: 'For the wall beside the coffee machine, A4 or A3.',
    subject: 'Your device knows you. Let it sign you in.',
    body: `Look, touch, or enter a PIN. No password to type, and none to steal.

1. Open Latchkey on your own device
2. Confirm once that it is you
3. Choose a PIN, and add your face or finger

Five minutes at **{{latchkey_link}}**. Questions? Ask {{contact}}.`,
  },
  why_pin: {
    title: 'Why a PIN on this device beats a password',
    about: 'One page for everybody who asks: is six digits not worse?',
    subject: 'Why a PIN on this device beats a password',
    body: `A password is the same everywhere. Whoever has it, has you, from any desk in the world. The PIN of a device opens one key in one device. Whoever has only the PIN has nothing.

## It stays here

The PIN never travels. It is checked where you type it. What goes over the network is an answer that your key signed, good once and of no use to anybody who copies it.

## It cannot be tried out

A stolen list of passwords can be tried a billion times a second, far away from you. A PIN can be tried only at the device itself, a few times, and then the device makes you wait. Where a security chip (TPM) keeps the key, it is the chip that counts.

## It cannot be given away by mistake

Your key answers only to our address. A page that only looks like ours gets nothing, however well it is made. You cannot be talked into typing it into the wrong place: there is no place for it but your device.

## What it is not

- It is not magic: whoever has your device **and** your PIN can sign in as you. Report a lost device at once.
- A key that a browser keeps, a software key, has no chip around it. It is better than a password, and it is labelled as what it is.
- A synced passkey is copied by its provider to your other devices. It resists false pages as well; it does not stay in one device.

Choose a PIN that is not your birthday. Longer is better, and letters are allowed where your organisation allows them.`,
  },
  help_desk: {
    title: 'Help-desk sheet',
    about: 'For those who pick up the phone: who is that, what happened, what helps.',
    subject: 'At the help desk: who is calling, and what helps',
    body: `Whoever talks you into a pass gets a key of their own. Be sure of the person first. Being in a hurry is no proof, and neither is knowing the name of the boss.

## Before you do anything

1. Call back on the number in the directory, or see the person. Never use a number that the caller gives you.
2. Ask for the support code on their screen, and look it up in the event log. It tells you what really happened.
3. Never ask for a PIN, a password or a code from an app. Nobody needs them, you neither.

## What they say, and what helps

- **“I forgot my PIN.”** They reset it themselves: “I forgot my PIN”, confirm, choose a new one. You are needed only when they cannot confirm.
- **“My phone is gone, I cannot confirm.”** Remove the phone from their account, then issue a Temporary Access Pass: once, short, with the reason written down.
- **“My device is gone.”** Report it lost in Latchkey first. Its keys stop at once. Then a pass for the new device.
- **“It wants another key than mine.”** The key belongs to another device. They choose another way to sign in, or set up this device.
- **“The camera does not know me.”** The PIN always works beside it. Face and finger are set up again in the settings of Windows.
- **“Somebody asks me to approve, and it was not me.”** They choose “It wasn’t me”. Then change the password, end the sessions, and look at the log together.

## When you are not sure

Issue nothing, and ask a colleague: two notice more than one. Further help comes from {{contact}}.`,
  },
  faq: {
    title: 'Questions and answers',
    about: 'What people ask, with answers that do not promise too much.',
    subject: 'Questions that people ask, answered plainly',
    body: `## Do you have my fingerprint now?

No. Your face and finger are compared on your device and stay there. We get the answer of your key, which says only: the right person was there.

## What if I cut my finger, or wear a mask?

Use the PIN. It always works beside face and finger.

## What if my device is lost?

Report it in Latchkey from any other device, or call {{contact}}. Its keys stop at once. Then you set up a new device.

## May I use the same PIN on two devices?

You may. Each opens only its own key, so nobody gains a device by knowing the PIN of another. Different ones are still better.

## Is a passkey on my phone the same?

Not quite. Most phones keep passkeys in an account and copy them to your other devices. That is convenient and safe against false pages. A Windows Hello key stays in its device. Your list of keys says which is which.

## What is a software key?

A key that your browser keeps itself, because the device offers no better place. It works and is better than a password. It is the weakest of the keys, and we call it what it is.

## Do I still need my password?

For some time, here and there. Before it stops working you hear from us, with the day.

## Can you read my PIN, or set one for me?

No. Nobody can. Forgotten, it is replaced by a new one that only you choose.

## Can I say no?

To face and finger, always: a PIN is enough. How you sign in at work is decided by {{organisation}}. Ask {{contact}} if something stands in your way.`,
  },
} as const satisfies Readonly<Record<string, Shipped>>;
export type SheetName = keyof typeof sheets;
export const sheetNames = Object.keys(sheets) as SheetName[];

export type TemplateName = MessageName | SheetName;
export const templateNames: readonly TemplateName[] = [...messageNames, ...sheetNames];

export function isMessage(name: TemplateName): name is MessageName {
  return Object.hasOwn(messages, name);
}

/** What a template is called and says as it is shipped. */
export function shipped(name: TemplateName): Shipped {
  return isMessage(name) ? messages[name] : sheets[name];
}

/** The fields that a template may use: a sheet on the wall knows no person and no ring. */
export function fieldsFor(name: TemplateName): readonly FieldName[] {
  return isMessage(name)
    ? fieldNames
    : fieldNames.filter((field) => mergeFields[field].of === 'organisation');
}

export const SUBJECT_MAX = 150;
export const BODY_MAX = 8000;

/** The words of a template, read. */
export interface Template {
  readonly subject: readonly Inline[];
  readonly blocks: readonly Block[];
  /** Every field that they use. */
  readonly fields: readonly FieldName[];
}

/** What is wrong with words, beside the part that it is wrong with. */
export type Wrong = Partial<Record<keyof Words, string>>;

/** Reads the words of a template: its tree, or what is wrong in a sentence for each part. */
export function readTemplate(
  name: TemplateName,
  { subject, body }: Words,
): { readonly ok: true; readonly value: Template } | { readonly ok: false; readonly wrong: Wrong } {
  const allowed = fieldsFor(name);
  const line = within(subject, SUBJECT_MAX) ?? readLine(subject, allowed);
  const blocks = within(body, BODY_MAX) ?? readMarkup(body, allowed);
  if (line.ok && blocks.ok)
    return {
      ok: true,
      value: { subject: line.value, blocks: blocks.value, fields: fieldsUsed(line.value, blocks.value) },
    };
  const wrong = {
    ...(line.ok ? {} : { subject: line.wrong }),
    ...(blocks.ok ? {} : { body: blocks.wrong }),
  };
  return { ok: false, wrong };
}

function within(text: string, most: number): Extract<Read<never>, { ok: false }> | null {
  if (text.trim() === '') return { ok: false, wrong: 'Something has to stand here.' };
  return text.length > most ? { ok: false, wrong: `That is too long: ${most} characters at most.` } : null;
}

export type { Words };
