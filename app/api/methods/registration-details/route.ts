import { registrationDetailsQuery } from '#domain/methods-report';
import { administrator } from '#server/caller';
import { streaming } from '#server/endpoint';
import { downloadRegistrationDetails } from '#server/methods-report';

export const dynamic = 'force-dynamic';
export const GET = streaming(registrationDetailsQuery, administrator('read'), downloadRegistrationDetails);
