'use client';

import { ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { type Demands, demandLabels, demands, placeTitle, strengthPlaces } from '#domain/strength';
import { Dialog } from '#ui/dialog';
import { Select } from '#ui/select';
import { useMethodsChange } from './change.tsx';

/** The strength that each flow and application asks for: changed together, after a look at who could not show it. */
export function StrengthsForm({ now }: { now: Demands }) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog
      trigger={{ label: 'Change what is asked for', icon: <ShieldCheck size={16} />, size: 'small' }}
      title="How strong a proof has to be"
      intro="A Temporary Access Pass goes on setting up, resetting and adding whatever is asked: it is how somebody gets their first method. You see who could not show it before anything is saved."
      open={open}
      onOpenChange={setOpen}
    >
      <Fields now={now} saved={() => setOpen(false)} />
    </Dialog>
  );
}

function Fields({ now, saved }: { now: Demands; saved: () => void }) {
  const { forget, foot } = useMethodsChange(saved);
  const [asked, setAsked] = useState<Readonly<Record<string, string>>>(now);
  const values = Object.fromEntries(
    strengthPlaces.map((place) => [`AuthenticationStrength.${place}`, asked[place] ?? 'none']),
  );
  return (
    <div className="flex flex-col gap-4">
      {strengthPlaces.map((place) => (
        <Select
          key={place}
          label={placeTitle(place)}
          name={place}
          value={asked[place] ?? 'none'}
          options={demands.map((value) => ({ value, label: demandLabels[value] }))}
          onChange={(event) => {
            forget();
            setAsked({ ...asked, [place]: event.target.value });
          }}
        />
      ))}
      {foot(values, 'the strengths')}
    </div>
  );
}
