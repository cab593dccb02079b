import { leadToReminders, stopByOneClick } from '#server/one-click';

export const dynamic = 'force-dynamic';
export const GET = leadToReminders;
export const POST = stopByOneClick;
