import { isIPv4, isIPv6 } from 'node:net'

/** `net.ParseIP`, as a certificate holds it: 4 bytes also for an IPv4 address in the form of an IPv6 one. Undefined for what is no address. */
export function parseAddress(text: string): Buffer | undefined {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number))
  if (!isIPv6(text) || text.includes('%')) return undefined
  const [head = '', tail] = text.split('::')
  const before = groups(head)
  const after = tail === undefined ? [] : groups(tail)
  const zeros = Array.from({ length: 16 - before.length - after.length }, () => 0)
  const bytes = Buffer.from([...before, ...zeros, ...after])
  return bytes.subarray(0, 10).every((byte) => byte === 0) && bytes.readUInt16BE(10) === 0xffff ? bytes.subarray(12) : bytes
}

function groups(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}
