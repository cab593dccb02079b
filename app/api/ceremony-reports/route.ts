import { ceremonyReport } from '#domain/wire';
import { anyone } from '#server/caller';
import { reportCeremony } from '#server/ceremony-report';
import { endpoint } from '#server/endpoint';

export const POST = endpoint('ceremony-report', ceremonyReport, anyone, reportCeremony);
