/**
 * What the product's parts say to each other and to the world.
 *
 * Terminology
 * - Application: what Git says should run where. - operation: a sync that somebody or something asked for.
 * - resource: an object that an Application manages, or a child of one. - condition: what is wrong with an Application, in words.
 */
export * from './application.ts'
export * from './resources.ts'
export * from './errors.ts'
