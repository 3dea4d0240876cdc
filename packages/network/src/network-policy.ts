import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { PlimsollError } from '@plimsoll/api'

/**
 * Where a repository may be dialled. Hosts that users name must not lead to this machine, to its network or to a cloud's metadata, unless
 * the operator says so (SECURITY.md, point 8): `true` for all, or a list of host names, addresses and CIDR ranges.
 */
export interface NetworkPolicy {
  allowPrivateHosts: boolean | readonly string[]
}

/** IANA's special-purpose registries (RFC 6890 and its successors), as far as they are not the public Internet. */
const privateRanges: readonly [string, number, 'ipv4' | 'ipv6'][] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['::1', 128, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
]

const privateAddresses = new BlockList()
for (const [address, prefix, family] of privateRanges) privateAddresses.addSubnet(address, prefix, family)

/** Every address a host has, each of them allowed. Throws `repository-unreachable` with which one is not, and why. */
export async function allowedAddresses(host: string, policy: NetworkPolicy, resolve: typeof lookupAll = lookupAll): Promise<string[]> {
  const addresses = isIP(host) === 0 ? await resolve(host) : [host]
  if (policy.allowPrivateHosts === true) return addresses
  const allowed = policy.allowPrivateHosts === false ? [] : policy.allowPrivateHosts
  if (allowed.some((name) => name.toLowerCase() === host.toLowerCase())) return addresses
  const list = allowList(allowed)
  const refused = addresses.find((address) => isPrivate(address) && !contains(list, address))
  if (refused !== undefined) {
    throw new PlimsollError(
      'repository-unreachable',
      `Host '${host}' leads to ${refused}, an address inside this machine or its network.`,
      {
        remedy:
          'Use a repository on a public host, push it to a repository hosted here, or have the operator allow the host (`--allow-git-host`).',
      },
    )
  }
  return addresses
}

/** The same behind a proxy that resolves names itself: a name that has no address here has none that could be refused. */
export async function allowedBehindProxy(host: string, policy: NetworkPolicy): Promise<string[]> {
  return allowedAddresses(host, policy, async (name) => (await lookup(name, { all: true }).catch(() => [])).map(({ address }) => address))
}

export function isPrivate(address: string): boolean {
  return contains(privateAddresses, address)
}

function contains(list: BlockList, address: string): boolean {
  // An IPv4 address in IPv6's clothes is that IPv4 address: BlockList sees through `::ffff:10.0.0.1`.
  const plain = address.replace(/%.*$/, '')
  const family = isIP(plain)
  return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6')
}

function allowList(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/')
    const family = isIP(address)
    if (family === 0) continue
    const name = family === 4 ? 'ipv4' : 'ipv6'
    if (prefix === undefined) list.addAddress(address, name)
    else if (/^\d{1,3}$/.test(prefix)) list.addSubnet(address, Number(prefix), name)
  }
  return list
}

async function lookupAll(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address)
  } catch (error) {
    // A proxy that git is told of resolves names itself.
    if (['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'].some((name) => process.env[name])) return []
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new PlimsollError('repository-unreachable', `Host '${host}' has no address (${code}).`, {
      remedy: 'Check the host name in the repository URL, and that this machine can resolve names.',
    })
  }
}

const linkLocalAddresses = new BlockList()
linkLocalAddresses.addSubnet('169.254.0.0', 16, 'ipv4')
linkLocalAddresses.addSubnet('fe80::', 10, 'ipv6')
// Where AWS has its metadata in IPv6.
linkLocalAddresses.addAddress('fd00:ec2::254', 'ipv6')

/** Where clouds hand out the credentials of the machine that asks: nothing that anybody may name has such an address. */
export function isLinkLocal(address: string): boolean {
  return contains(linkLocalAddresses, address)
}
