import { phoneRegistrationRequest } from '#domain/authenticator';
import { registerPhone } from '#server/authenticator-phone';
import { anyone } from '#server/caller';
import { endpoint } from '#server/endpoint';

export const POST = endpoint('authenticator-registration', phoneRegistrationRequest, anyone, registerPhone);
