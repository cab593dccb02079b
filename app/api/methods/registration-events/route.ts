import { registrationEventsQuery } from '#domain/methods-report';
import { administrator } from '#server/caller';
import { streaming } from '#server/endpoint';
import { downloadRegistrationEvents } from '#server/methods-report';

export const dynamic = 'force-dynamic';
export const GET = streaming(registrationEventsQuery, administrator('read'), downloadRegistrationEvents);
