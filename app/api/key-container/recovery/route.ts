import { recoveryRequest } from '#domain/pin-reset-ticket';
import { signedIn } from '#server/caller';
import { endpoint } from '#server/endpoint';
import { issueRecoveryTicket } from '#server/pin-recovery';

export const POST = endpoint('pin-recovery', recoveryRequest, signedIn, issueRecoveryTicket);
