import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { readDemoClock } from '#server/demo-clock';
import { administratorPage } from '#server/page';
import { demoTenant } from '#server/presentation';
import { readSharedShow } from '#server/shared-show';
import { SessionWatch } from '../_device/tabs.tsx';
import { Presenter } from './presenter.tsx';

export const metadata: Metadata = { title: 'Presenter' };

/** The presenter's own window, on the demo tenant alone. */
export default async function PresenterPage() {
  const { runtime, caller } = await administratorPage('manage_sample_data');
  const tenant = await demoTenant(runtime);
  const clock = await readDemoClock(runtime);
  if (tenant === null || clock === null) notFound();
  return (
    <>
      <Presenter
        tenant={tenant.name}
        origin={runtime.relyingParty.origin}
        begun={clock.begun}
        sharing={await readSharedShow(runtime, caller)}
        aheadMinutes={clock.aheadMinutes}
      />
      <SessionWatch />
    </>
  );
}
