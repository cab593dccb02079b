import { resetProtectorRequest } from '#domain/pin-reset-ticket';
import { signedIn } from '#server/caller';
import { endpoint } from '#server/endpoint';
import { storeResetProtector } from '#server/pin-recovery';

export const POST = endpoint('pin-recovery', resetProtectorRequest, signedIn, storeResetProtector);
