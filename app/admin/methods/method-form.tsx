'use client';

import { ChevronDown, SlidersHorizontal } from 'lucide-react';
import { useState } from 'react';
import { type GovernedMethod, methods, methodUseLabels, methodUses } from '#domain/methods';
import { ALL_USERS, settingText } from '#domain/policy/settings';
import { Checkbox } from '#ui/checkbox';
import { Dialog } from '#ui/dialog';
import { RadioCards } from '#ui/radio-cards';
import { Select } from '#ui/select';
import { GroupPicker, type PickedGroup } from '../group-picker.tsx';
import { useMethodsChange } from './change.tsx';

/** Whether there is a method, for whom, and what it may be used for: changed together, after a look at who loses what. */
export function MethodForm(given: {
  name: GovernedMethod;
  prefix: string;
  enabled: boolean;
  include: readonly string[];
  exclude: readonly string[];
  uses: string;
  groups: readonly PickedGroup[];
}) {
  const [open, setOpen] = useState(false);
  const { title } = methods[given.name];
  return (
    <Dialog
      trigger={{
        label: (
          <>
            Change<span className="sr-only"> {title}</span>
          </>
        ),
        icon: <SlidersHorizontal size={16} />,
        size: 'small',
      }}
      title={title}
      intro="What you choose acts at once, for everybody who is signed in too. You see what it does before it is saved."
      open={open}
      onOpenChange={setOpen}
    >
      <Fields {...given} saved={() => setOpen(false)} />
    </Dialog>
  );
}

function Fields({
  name,
  prefix,
  groups,
  saved,
  ...now
}: Parameters<typeof MethodForm>[0] & { saved: () => void }) {
  const { forget, foot } = useMethodsChange(saved);
  const [enabled, setEnabled] = useState(now.enabled);
  const [all, setAll] = useState(now.include.includes(ALL_USERS));
  const [include, setInclude] = useState<readonly string[]>(now.include.filter((id) => id !== ALL_USERS));
  const [exclude, setExclude] = useState(now.exclude);
  const [uses, setUses] = useState(now.uses);
  const changing =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      forget();
      set(value);
    };
  const values = {
    [`${prefix}.state`]: settingText(enabled),
    [`${prefix}.includeTargets`]: settingText(all ? [ALL_USERS] : include),
    [`${prefix}.excludeTargets`]: settingText(exclude),
    [`${prefix}.uses`]: uses,
  };
  return (
    <div className="flex flex-col gap-5">
      <Checkbox
        name={`${name} on`}
        label={`${methods[name].plural} are on`}
        hint="Off, those that are registered are kept for when they are on again."
        checked={enabled}
        onChange={(event) => changing(setEnabled)(event.target.checked)}
      />
      <RadioCards
        legend="For whom"
        name={`${name} who`}
        defaultValue={all ? 'all' : 'groups'}
        onChoose={(value) => changing(setAll)(value === 'all')}
        cards={[
          { value: 'all', title: 'Everybody', detail: 'People in no group included.' },
          { value: 'groups', title: 'Members of chosen groups', detail: 'One of the groups is enough.' },
        ]}
      />
      {all ? null : (
        <GroupPicker
          legend="Groups that it is for"
          groups={groups}
          ids={include}
          choose={changing(setInclude)}
          none="None chosen: nobody."
        />
      )}
      <details className="group/kept" open={now.exclude.length > 0}>
        <summary className="flex min-h-11 items-center gap-2 text-14 font-semibold">
          <ChevronDown size={16} className="transition-transform group-open/kept:rotate-180" />
          Except for some groups
        </summary>
        <GroupPicker
          legend="Groups that it is not for"
          groups={groups}
          ids={exclude}
          choose={changing(setExclude)}
          none="None chosen: nobody is left out."
        />
      </details>
      <Select
        label="Used for"
        name={`${name} uses`}
        value={uses}
        options={methodUses.map((value) => ({ value, label: methodUseLabels[value] }))}
        onChange={(event) => changing(setUses)(event.target.value)}
      />
      {foot(values, 'the method')}
    </div>
  );
}
