import { phoneVerificationRequest } from '#domain/authenticator';
import { anyone } from '#server/caller';
import { endpoint } from '#server/endpoint';
import { addPhoneVerification } from '#server/phone-verification';

export const POST = endpoint(
  'authenticator-registration',
  phoneVerificationRequest,
  anyone,
  addPhoneVerification,
);
