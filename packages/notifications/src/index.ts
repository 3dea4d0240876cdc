/**
 * Who is told what about Applications: settings, annotations and messages as Argo CD's notifications have them.
 *
 * Terminology
 * - trigger: conditions, each with the templates that it sends. - service: a way of sending (`slack`), as the settings set it up.
 * - destination: a service and a recipient. - subscription: of a destination to a trigger, by annotation or for all.
 * - item: one message to be sent once, by trigger, condition, destination and, where it has one, the value it is sent once per.
 * - journal: what was sent. - notice: a condition of an Application that another part of the house has made.
 */
export * from './contract.ts'
export { createNotifications } from './create-notifications.ts'
export { destinationOf } from './settings/read-settings.ts'
export { NotificationTemplate, TriggerCondition } from './settings/fields.ts'
