'use client';

import { Cpu } from 'lucide-react';
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
 * Where the key will be at home, chosen once: on the device, as Windows Hello or the like, or in this browser. Where there
 * is one way only, it is shown at once.
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
  const [wanted, setWanted] = useState<Home>('device');
  const [home, setHome] = useState<Home | null>(null);
  if (offer === null) return device(null);
  if (offer.only) return browser(offer.rules, null);
  const change = (
    <Button tone="quiet" onClick={() => setHome(null)}>
      Keep it elsewhere
    </Button>
  );
  if (home === 'device') return device(change);
  if (home === 'browser') return browser(offer.rules, change);
  return (
    <>
      <RadioCards
        legend="Where will your key be kept?"
        name="home"
        defaultValue={wanted}
        onChoose={(value) => setWanted(value as Home)}
        cards={[
          {
            value: 'device',
            title: 'This device, with Windows Hello or the like',
            badge: <Badge tone="success">Recommended</Badge>,
            icon: <Cpu size={24} aria-hidden />,
            detail:
              'Your face, finger or the PIN of the system opens it. A security chip guards it where there is one. It works offline and in every browser of this device.',
          },
          {
            value: 'browser',
            title: 'This browser, with a PIN of its own',
            badge: <Badge>Software key</Badge>,
            icon: <Emblem protection="software" size={24} />,
            detail:
              'A PIN that you choose now opens it. No chip guards it: we count every try at the PIN, so it needs the network. It is lost when the data of this site is cleared.',
          },
        ]}
      />
      <Actions>
        <Button tone="primary" size="large" onClick={() => setHome(wanted)}>
          Continue
        </Button>
      </Actions>
    </>
  );
}
