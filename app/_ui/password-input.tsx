'use client';

import { Eye, EyeOff } from 'lucide-react';
import { type ComponentProps, useState } from 'react';
import { controlLook } from '#ui/control';

/** A secret that its owner may look at. Use it through Field. */
export function PasswordInput(props: Omit<ComponentProps<'input'>, 'type' | 'className'>) {
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <span className="relative block">
      <input
        autoCapitalize="off"
        spellCheck={false}
        {...props}
        type={shown ? 'text' : 'password'}
        className={`${controlLook} pr-12`}
      />
      <button
        type="button"
        aria-label={shown ? 'Hide what you typed' : 'Show what you typed'}
        onClick={() => setShown(!shown)}
        className="absolute inset-y-0 right-0 grid w-11 place-items-center rounded-card text-ink-soft hover:text-accent-ink focus-visible:-outline-offset-4"
      >
        <Icon size={20} />
      </button>
    </span>
  );
}
