/** The pods' network is 10.244.0.0/16 (as flannel's and kind's default). Its addresses are names only: nothing listens there. */
const first = 2
const last = 256 * 256 - 2

export interface AddressPool {
  take(): string
  /** For an address that is known from before. */
  claim(address: string): boolean
  release(address: string): void
}

/** An address is used again as late as possible, so that nobody mistakes a new pod for an old one. */
export function createAddressPool(): AddressPool {
  const taken = new Set<string>()
  let next = first
  return {
    take() {
      for (let turn = first; turn <= last; turn++) {
        const address = addressOf(next)
        next = next === last ? first : next + 1
        if (taken.has(address)) continue
        taken.add(address)
        return address
      }
      throw new Error('every address of 10.244.0.0/16 is in use')
    },
    claim(address) {
      if (taken.has(address)) return false
      taken.add(address)
      const [, , high, low] = address.split('.').map(Number)
      const number = (high ?? 0) * 256 + (low ?? 0)
      if (number >= next && number < last) next = number + 1
      return true
    },
    release: (address) => void taken.delete(address),
  }
}

function addressOf(number: number): string {
  return `10.244.${number >> 8}.${number & 255}`
}
