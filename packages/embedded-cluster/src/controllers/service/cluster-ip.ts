/** The addresses of Services: 10.96.0.0/16, as kubeadm's clusters have a part of. */
const prefix = '10.96'
const size = 65_536
// .0.1 is the API's own Service (`default/kubernetes`), .0.10 the one of a DNS server; the lowest 256 stay free for addresses chosen by hand.
const firstFree = 256

/**
 * A free address for a Service. It follows from its UID where that is free, so that allocating is quick, and the same again when it is
 * repeated after a crash. Undefined when none is left.
 */
export function allocateClusterIP(uid: string, isTaken: (address: string) => boolean): string | undefined {
  const start = Number.parseInt(uid.replaceAll('-', '').slice(0, 8), 16) || 0
  const range = size - firstFree - 1
  for (let step = 0; step < range; step++) {
    const number = firstFree + ((start + step) % range)
    const address = `${prefix}.${number >> 8}.${number & 255}`
    if (!isTaken(address)) return address
  }
  return undefined
}
