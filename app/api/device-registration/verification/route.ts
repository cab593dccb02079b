import { deviceRegistrationRequest } from '#domain/wire';
import { signedIn } from '#server/caller';
import { finishDeviceRegistration } from '#server/device';
import { endpoint } from '#server/endpoint';

export const POST = endpoint(
  'device-registration',
  deviceRegistrationRequest,
  signedIn,
  finishDeviceRegistration,
);
