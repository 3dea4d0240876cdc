import { PlimsollError } from '@plimsoll/api'

/** Where a repository is cloned from; by SSH where nothing is said, as in Argo CD. */
export function cloneAddress(protocol: string, addresses: { ssh: string | undefined; https: string | undefined }, where: string): string {
  if (protocol !== '' && protocol !== 'ssh' && protocol !== 'https') {
    throw new PlimsollError('invalid-application-set', `${where}.cloneProtocol: '${protocol.slice(0, 40)}' is neither ssh nor https.`)
  }
  const address = protocol === 'https' ? addresses.https : addresses.ssh
  if (address === undefined) throw new PlimsollError('generator-failed', `${where}: a repository has no address for ${protocol || 'ssh'}.`)
  return address
}
