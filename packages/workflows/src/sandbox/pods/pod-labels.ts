/** By which pods of jobs are found again. */
export const labels = {
  managedBy: 'app.kubernetes.io/managed-by',
  run: 'plimsoll.dev/run',
  job: 'plimsoll.dev/job',
  trust: 'plimsoll.dev/trust',
  /** The installation whose job it is. */
  server: 'plimsoll.dev/server',
  /** Which start of that server: pods of one before are left behind. */
  start: 'plimsoll.dev/start',
} as const
