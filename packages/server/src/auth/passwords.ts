import { randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto'

/** Parameters of the OWASP Password Storage Cheat Sheet (2025): N=2^15, r=8, p=3 take 32 MiB and some 150 ms a try. */
const cost = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 }
const keyLength = 32
export const longestPassword = 1024
export const shortestPassword = 8

/** `scrypt$N$r$p$salt$key`, salt and key in base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt, cost)
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join('$')
}

/** Takes as long for a hash that is not there. */
export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [scheme, N, r, p, salt, key] = (hash ?? '').split('$')
  if (scheme !== 'scrypt' || salt === undefined || key === undefined || password.length > longestPassword) {
    await derive('', Buffer.alloc(16), cost)
    return false
  }
  const expected = Buffer.from(key, 'base64')
  const given = await derive(password, Buffer.from(salt, 'base64'), { ...cost, N: Number(N), r: Number(r), p: Number(p) })
  return expected.length === given.length && timingSafeEqual(expected, given)
}

/** Five groups of five letters and digits that nobody mistakes for another: 128 bits. */
export function generatePassword(): string {
  const letters = '23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ'
  return Array.from({ length: 5 }, () => Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('')).join('-')
}

let last: Promise<unknown> = Promise.resolve()

/** One after the other: each takes a thread of the pool and 32 MiB, and the pool serves files and DNS, too. */
function derive(password: string, salt: Buffer, options: typeof cost): Promise<Buffer> {
  const run = last.then(
    () =>
      new Promise<Buffer>((resolve, reject) => {
        scrypt(password, salt, keyLength, options, (error, key) => (error ? reject(error) : resolve(key)))
      }),
  )
  last = run.catch(() => undefined)
  return run
}
