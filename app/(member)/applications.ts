import { type ApplicationKey, applicationNames } from '#domain/application';

/** The built-in demo resources. They are there so that signing in leads somewhere. */
export const applications = {
  handbook: {
    name: applicationNames.handbook,
    about: 'How we work, from the slipway to the studio',
    confirm: false,
    lines: [
      'Boats leave at high water; the tide table is on the door.',
      'Sawdust goes into the grey bins.',
      'Lost something? The front desk has it.',
    ],
  },
  timesheet: {
    name: applicationNames.timesheet,
    about: 'Your hours this week',
    confirm: false,
    lines: ['Monday 7.5 h', 'Tuesday 8.0 h', 'Wednesday 6.5 h'],
  },
  payroll: {
    name: applicationNames.payroll,
    about: 'Asks you to confirm that it is still you',
    confirm: true,
    lines: ['Next payment on the 25th.', 'Your statement of last month is ready.'],
  },
} as const satisfies Record<ApplicationKey, object>;
