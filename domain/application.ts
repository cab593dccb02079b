/** What people open after they signed in, by the name that policy and the address know it by. */
export const applicationNames = { handbook: 'Handbook', timesheet: 'Timesheet', payroll: 'Payroll' } as const;
export type ApplicationKey = keyof typeof applicationNames;
export const applicationKeys = Object.keys(applicationNames) as ApplicationKey[];
