import { checkPrimeSync } from 'node:crypto'
import type { KeyStream } from './key-stream.ts'

/** Odd primes in groups whose product is an exact number: a large value is divided once for each group. */
interface PrimeGroup {
  product: bigint
  primes: readonly number[]
}

const smallPrimes = primesBelow(2000)
const smallGroups = groupsOf(smallPrimes)
/** What a test of primality costs is worth some thousand divisions. */
let sieveGroups: readonly PrimeGroup[] | undefined

/** The sieve of Eratosthenes. */
function primesBelow(limit: number): number[] {
  const isComposite = new Uint8Array(limit)
  const primes: number[] = []
  for (let candidate = 3; candidate < limit; candidate += 2) {
    if (isComposite[candidate] === 1) continue
    primes.push(candidate)
    for (let multiple = candidate * candidate; multiple < limit; multiple += 2 * candidate) isComposite[multiple] = 1
  }
  return primes
}

function groupsOf(primes: readonly number[]): PrimeGroup[] {
  const groups: PrimeGroup[] = []
  let group: number[] = []
  let product = 1
  for (const prime of primes) {
    if (product * prime > Number.MAX_SAFE_INTEGER) {
      groups.push({ product: BigInt(product), primes: group })
      group = []
      product = 1
    }
    group.push(prime)
    product *= prime
  }
  if (group.length > 0) groups.push({ product: BigInt(product), primes: group })
  return groups
}

/** Small divisors are looked for first: that is cheaper than a test of primality by far. */
export function isPrime(value: bigint): boolean {
  for (const { product, primes } of smallGroups) {
    const rest = Number(value % product)
    if (primes.some((prime) => rest % prime === 0)) return false
  }
  return checkPrimeSync(value)
}

/** How many odd neighbours are looked at together: a few against the number of primes of that size, so that those stay as good as random. */
const runLength = 2048

/** A prime of exactly `bits` bits, the two highest of which are set, so that a product of two such has all its bits. */
export function randomPrime(stream: KeyStream, bits: number, isWanted: (prime: bigint) => boolean = () => true): bigint {
  for (;;) {
    const start = stream.integer(bits) | (3n << BigInt(bits - 2)) | 1n
    const isComposite = sieve(start)
    for (let index = 0; index < runLength; index += 1) {
      if (isComposite[index] === 1) continue
      const candidate = start + BigInt(index * 2)
      if (candidate >> BigInt(bits) !== 0n) break
      if (isWanted(candidate) && checkPrimeSync(candidate)) return candidate
    }
  }
}

/** Marks which of `start`, `start` + 2, … have a small divisor. */
function sieve(start: bigint): Uint8Array {
  const marks = new Uint8Array(runLength)
  sieveGroups ??= groupsOf(primesBelow(60_000))
  for (const { product, primes } of sieveGroups) {
    const groupRest = Number(start % product)
    for (const prime of primes) {
      const rest = groupRest % prime
      // start + 2 × first is a multiple of the prime.
      let first = rest === 0 ? 0 : prime - rest
      if (first % 2 === 1) first += prime
      for (let at = first / 2; at < runLength; at += prime) marks[at] = 1
    }
  }
  return marks
}

export function inverse(value: bigint, modulus: bigint): bigint {
  let [previous, current] = [modulus, ((value % modulus) + modulus) % modulus]
  let [before, now] = [0n, 1n]
  while (current !== 0n) {
    const quotient = previous / current
    ;[previous, current] = [current, previous - quotient * current]
    ;[before, now] = [now, before - quotient * now]
  }
  return ((before % modulus) + modulus) % modulus
}

export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  let square = base % modulus
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

export function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let [first, second] = [left, right]
  while (second !== 0n) [first, second] = [second, first % second]
  return first
}
