/**
 * Everything that is dialled because somebody named it goes through here, so that there is one place to get it right.
 *
 * Terminology
 * - access: what the operator has given for an address: credentials, certificates, a proxy.
 * - policy: which hosts an operator lets users name although they are private. - hop: one request of a chain of redirects.
 */
export * from './access.ts'
export { proxyFor } from './proxy.ts'
export { allowedAddresses, allowedBehindProxy, isLinkLocal, isPrivate, type NetworkPolicy } from './network-policy.ts'
export { askOnce, fetchOutside, type Credentials, type OutsideAnswer, type OutsideRequest } from './fetch-outside.ts'
