import type { CameBack } from './recorder.ts';
import { recorder, tellStep } from './watch.ts';

/** Leaves for the identity provider at an address. */
export async function leaveFor(address: string): Promise<void> {
  await tellStep('upstreamAsks', { address });
  window.location.assign(address);
}

/** Draws the way back from there, where somebody looks and this tab has left for one. */
export async function drawWayBack(found: CameBack): Promise<void> {
  (await recorder())?.cameBack(found);
}
