import { serviceRecoveryRequest } from '#domain/pin-reset-ticket';
import { signedIn } from '#server/caller';
import { endpoint } from '#server/endpoint';
import { askForRecovery } from '#server/pin-recovery';

export const POST = endpoint('pin-recovery', serviceRecoveryRequest, signedIn, askForRecovery);
