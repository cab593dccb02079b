'use client';

import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog as BaseDialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { Button, type ButtonSize, type ButtonTone } from '#ui/button';
import { SubmitButton } from '#ui/submit-button';

/** How every dialog looks, for the one that asks like an operating system. */
export const dialogBackdrop =
  'fixed inset-0 z-40 bg-[oklch(0.2_0.03_240/0.4)] backdrop-blur-[2px] transition-opacity duration-200 data-ending-style:opacity-0 data-starting-style:opacity-0 dark:bg-[oklch(0.1_0.01_240/0.6)]';
export const dialogPopup =
  'fixed z-50 flex max-h-[calc(100dvh-2rem)] flex-col gap-4 overflow-y-auto border border-line bg-raised p-6 text-ink shadow-over transition-[opacity,transform] duration-200 data-ending-style:opacity-0 data-starting-style:opacity-0 max-sm:inset-x-2 max-sm:bottom-2 max-sm:rounded-card max-sm:data-starting-style:translate-y-6 sm:top-1/2 sm:left-1/2 sm:w-[min(32rem,calc(100vw-4rem))] sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-card sm:data-starting-style:scale-[0.98]';

type TriggerLook = {
  label: ReactNode;
  tone?: ButtonTone | undefined;
  size?: ButtonSize | undefined;
  icon?: ReactNode;
  wide?: boolean | undefined;
  disabled?: boolean | undefined;
};

/** Asks before something dangerous: says what it will do, to whom, with numbers. Focus starts on the way back. */
export function ConfirmDialog({
  trigger,
  title,
  children,
  confirmLabel,
  cancelLabel = 'Keep things as they are',
  pendingLabel = 'Working',
  tone = 'danger',
  fields,
  typed,
  action,
}: {
  trigger: TriggerLook;
  /** A question with the name or number in it: "Revoke 3 keys of Ada Lovelace?" */
  title: ReactNode;
  /** What will happen, to whom, and what stays. */
  children: ReactNode;
  /** The verb and its object: "Revoke 3 keys". */
  confirmLabel: string;
  cancelLabel?: string | undefined;
  pendingLabel?: string | undefined;
  tone?: 'danger' | 'primary' | undefined;
  /** Hidden fields sent with the form. */
  fields?: Record<string, string> | undefined;
  /** A word that must be typed first, for what cannot be undone. */
  typed?: string | undefined;
  /** A server action, or any function of the form. The dialog closes when it returns. */
  action: (form: FormData) => unknown;
}) {
  const [open, setOpen] = useState(false);
  const [word, setWord] = useState('');
  const id = useId();
  const blocked = typed !== undefined && word.trim() !== typed;

  return (
    <AlertDialog.Root
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        setWord('');
      }}
    >
      <AlertDialog.Trigger
        render={<Button tone={trigger.tone} size={trigger.size} icon={trigger.icon} wide={trigger.wide} />}
        disabled={trigger.disabled}
      >
        {trigger.label}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={dialogBackdrop} />
        <AlertDialog.Popup className={dialogPopup}>
          <AlertDialog.Title className="text-20 font-semibold text-balance">{title}</AlertDialog.Title>
          <AlertDialog.Description render={<div />} className="flex flex-col gap-2 text-14 text-ink-soft">
            {children}
          </AlertDialog.Description>
          <form
            action={async (form) => {
              await action(form);
              setOpen(false);
            }}
            className="flex flex-col gap-4"
          >
            {Object.entries(fields ?? {}).map(([name, value]) => (
              <input key={name} type="hidden" name={name} value={value} />
            ))}
            {typed === undefined ? null : (
              <div className="flex flex-col gap-1.5">
                <label htmlFor={id} className="text-14">
                  Type <strong className="font-mono">{typed}</strong> to go on
                </label>
                <input
                  id={id}
                  value={word}
                  onChange={(event) => setWord(event.target.value)}
                  autoComplete="off"
                  spellCheck={false}
                  className="min-h-11 rounded-card border border-line-strong bg-surface px-3.5 font-mono"
                />
              </div>
            )}
            <div className="flex flex-wrap justify-end gap-2 pt-2 max-sm:flex-col-reverse">
              <AlertDialog.Close render={<Button tone="secondary" />}>{cancelLabel}</AlertDialog.Close>
              <SubmitButton tone={tone} pendingLabel={pendingLabel} disabled={blocked}>
                {confirmLabel}
              </SubmitButton>
            </div>
          </form>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

/**
 * A dialog for a short form or a closer look; whatever it holds decides what happens. Opened by its trigger, or without one
 * by whoever holds `open`.
 */
export function Dialog({
  trigger,
  open,
  onOpenChange,
  title,
  intro,
  children,
}: {
  trigger?: TriggerLook | undefined;
  open?: boolean | undefined;
  onOpenChange?: ((open: boolean) => void) | undefined;
  title: ReactNode;
  intro?: ReactNode;
  children: ReactNode;
}) {
  return (
    <BaseDialog.Root
      {...(open === undefined ? {} : { open })}
      {...(onOpenChange === undefined ? {} : { onOpenChange: (next: boolean) => onOpenChange(next) })}
    >
      {trigger === undefined ? null : (
        <BaseDialog.Trigger
          render={<Button tone={trigger.tone} size={trigger.size} icon={trigger.icon} wide={trigger.wide} />}
          disabled={trigger.disabled}
        >
          {trigger.label}
        </BaseDialog.Trigger>
      )}
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className={dialogBackdrop} />
        <BaseDialog.Popup className={dialogPopup}>
          <div className="flex items-start justify-between gap-4">
            <div className="flex flex-col gap-1">
              <BaseDialog.Title className="text-20 font-semibold text-balance">{title}</BaseDialog.Title>
              {intro ? (
                <BaseDialog.Description className="text-14 text-ink-soft">{intro}</BaseDialog.Description>
              ) : null}
            </div>
            <BaseDialog.Close
              aria-label="Close"
              className="-mt-2 -mr-2 grid size-10 shrink-0 place-items-center rounded-inner text-ink-soft hover:bg-accent-soft hover:text-accent-ink"
            >
              <X size={20} />
            </BaseDialog.Close>
          </div>
          {children}
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}
