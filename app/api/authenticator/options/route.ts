import { phoneOptionsRequest } from '#domain/authenticator';
import { beginPhoneProof } from '#server/authenticator-phone';
import { anyone } from '#server/caller';
import { endpoint } from '#server/endpoint';

export const POST = endpoint('authenticator', phoneOptionsRequest, anyone, beginPhoneProof);
