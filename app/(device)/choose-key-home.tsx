'use client';

import { SlidersHorizontal } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { PinRules } from '#domain/pin/rules';
import { Actions } from '#ui/actions';
import { Badge } from '#ui/badge';
import { Button } from '#ui/button';
import { Emblem } from '#ui/emblem';
import { RadioCards } from '#ui/radio-cards';

/** Whether a browser may keep a key itself here, and what its PIN must look like. */
export interface SoftwareKeyOffer {
  readonly rules: PinRules;
  /** Nothing else on this device could keep one. */
  readonly only: boolean;
}

type Home = 'device' | 'browser';

/**
 * Where the key will be at home: on the device, as Windows Hello or the like, or in this browser. The device comes first;
 * where nothing on it could keep a key, only the browser is shown.
 */
export function ChooseKeyHome({
  offer,
  device,
  browser,
}: {
  offer: SoftwareKeyOffer | null;
  device: (change: ReactNode) => ReactNode;
  browser: (rules: PinRules, change: ReactNode) => ReactNode;
}) {
  const [home, setHome] = useState<Home>('device');
  const [choosing, setChoosing] = useState(false);
  if (offer === null) return device(null);
  if (offer.only) return browser(offer.rules, null);
  const change = (
    <Button tone="quiet" icon={<SlidersHorizontal size={16} aria-hidden />} onClick={() => setChoosing(true)}>
      Choose where your key is kept
    </Button>
  );
  if (!choosing) return home === 'device' ? device(change) : browser(offer.rules, change);
  return (
    <>
      <RadioCards
        legend="Where will your key be kept?"
        name="home"
        defaultValue={home}
        onChoose={(value) => setHome(value as Home)}
        cards={[
          {
            value: 'device',
            title: 'On this device',
            badge: <Badge tone="success">Recommended</Badge>,
            detail:
              'By Windows Hello or the like. Your face, finger or the PIN of the system opens it, in every browser here and offline. A security chip guards it where there is one.',
          },
          {
            value: 'browser',
            title: 'In this browser',
            badge: <Badge icon={<Emblem protection="software" size={16} />}>Software key</Badge>,
            detail:
              'A PIN that you choose now opens it. No chip guards it: we count every try at the PIN, so it needs the network. It is lost when the data of this site is cleared.',
          },
        ]}
      />
      <Actions>
        <Button tone="primary" size="large" onClick={() => setChoosing(false)}>
          Continue
        </Button>
      </Actions>
    </>
  );
}
