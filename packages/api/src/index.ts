/**
 * What the product's parts say to each other and to the world.
 *
 * Terminology
 * - Application: what Git says should run where. - operation: a sync that somebody or something asked for.
 * - set: an ApplicationSet, which makes Applications by template. - generator: what gives it parameters.
 * - fleet: all Applications, as lists show them. - summary: what a list needs of one. - urgency: whether one needs somebody.
 * - resource: an object that an Application manages, or a child of one. - condition: what is wrong with an Application, in words.
 */
export * from './application.ts'
export * from './resources.ts'
export * from './application-set.ts'
export * from './set-generators.ts'
export * from './errors.ts'
export * from './people.ts'
export * from './pull-request.ts'
export * from './remote-connection.ts'
export * from './repository.ts'
export * from './run.ts'
export * from './schema-fields.ts'
export * from './model-gate.ts'
export * from './gate-report.ts'
export * from './delivery.ts'
export * from './demo.ts'
export * from './plan.ts'
export * from './cluster.ts'
export * from './project.ts'
export { parseCron } from './cron.ts'
export { goDurationMs, isTimeZone, type TimeWindow, windowAt, type WindowState } from './time-window.ts'
export * from './sync-window.ts'
export { compareVersions, highestMatch, isVersionRange, parseVersion, type Version } from './version-range.ts'
export { toDate, toMs } from './fleet/moment.ts'
export * from './fleet/source-at.ts'
export type { Hold } from './fleet/hold.ts'
export * from './fleet/summary.ts'
export * from './fleet/urgency.ts'
export * from './fleet/fleet.ts'
