import { createHash, createHmac, scryptSync } from 'node:crypto'
import bcrypt from 'bcryptjs'
import { fromBytes } from '../../go/value.ts'
import type { FunctionContext } from '../contract.ts'
import { bytesOf } from '../encodings.ts'
import { fixed, type FunctionTable } from '../go-function.ts'
import { Recent } from '../recent.ts'

export function passwordFunctions(context: FunctionContext): FunctionTable {
  return {
    bcrypt: fixed(['string'], (password) => hash(context, 'bcrypt', password)),
    htpasswd: fixed(['string', 'string'], (user, password) =>
      user.includes(':') ? `invalid username: ${user}` : `${user}:${hash(context, 'htpasswd', password)}`,
    ),
    derivePassword: fixed(['uint32', 'string', 'string', 'string', 'string'], (counter, kind, password, user, site) =>
      slowly([counter.value.toString(), kind, password, user, site], () =>
        derivePassword(Number(counter.value), kind, password, user, site),
      ),
    ),
  }
}

/** golang.org/x/crypto's `DefaultCost` and its longest password. */
const cost = 10
const longestPassword = 72

function hash(context: FunctionContext, functionName: string, password: string): string {
  if (password.length > longestPassword) {
    return `failed to encrypt string with bcrypt: bcrypt: password length exceeds ${longestPassword} bytes`
  }
  const salt = bcrypt.encodeBase64(Array.from(context.randomBytes(functionName, 16)), 16)
  return slowly([salt, password], () => bcrypt.hashSync(fromBytes(password), `$2a$${cost}$${salt}`))
}

/** These functions are made to be slow, and a deterministic source asks for the same again with each render. Passwords are no keys of the map. */
const derived = new Recent<string>(500)

function slowly(parts: readonly string[], derive: () => string): string {
  return derived.get(createHash('sha256').update(JSON.stringify(parts)).digest('hex'), derive)
}

/** Master Password: templates of each kind, and the characters that each letter of a template stands for. */
const passwordTemplates: ReadonlyMap<string, readonly string[]> = new Map([
  ['maximum', ['anoxxxxxxxxxxxxxxxxx', 'axxxxxxxxxxxxxxxxxno']],
  [
    'long',
    [
      'CvcvnoCvcvCvcv',
      'CvcvCvcvnoCvcv',
      'CvcvCvcvCvcvno',
      'CvccnoCvcvCvcv',
      'CvccCvcvnoCvcv',
      'CvccCvcvCvcvno',
      'CvcvnoCvccCvcv',
      'CvcvCvccnoCvcv',
      'CvcvCvccCvcvno',
      'CvcvnoCvcvCvcc',
      'CvcvCvcvnoCvcc',
      'CvcvCvcvCvccno',
      'CvccnoCvccCvcv',
      'CvccCvccnoCvcv',
      'CvccCvccCvcvno',
      'CvcvnoCvccCvcc',
      'CvcvCvccnoCvcc',
      'CvcvCvccCvccno',
      'CvccnoCvcvCvcc',
      'CvccCvcvnoCvcc',
      'CvccCvcvCvccno',
    ],
  ],
  ['medium', ['CvcnoCvc', 'CvcCvcno']],
  ['short', ['Cvcn']],
  ['basic', ['aaanaaan', 'aannaaan', 'aaannaaa']],
  ['pin', ['nnnn']],
])

const characters: ReadonlyMap<string, string> = new Map([
  ['V', 'AEIOU'],
  ['C', 'BCDFGHJKLMNPQRSTVWXYZ'],
  ['v', 'aeiou'],
  ['c', 'bcdfghjklmnpqrstvwxyz'],
  ['A', 'AEIOUBCDFGHJKLMNPQRSTVWXYZ'],
  ['a', 'AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz'],
  ['n', '0123456789'],
  ['o', "@&%?,=[]_:-+*$#!'^~;()/."],
  ['x', 'AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()'],
])

const scope = 'com.lyndir.masterpassword'

function derivePassword(counter: number, kind: string, password: string, user: string, site: string): string {
  const templates = passwordTemplates.get(kind)
  if (templates === undefined) return `cannot find password template ${kind}`
  const salt = Buffer.concat([Buffer.from(scope), counted(user)])
  const key = scryptSync(bytesOf(password), salt, 64, { N: 32_768, r: 8, p: 2, maxmem: 128 * 1024 * 1024 })
  const seed = createHmac('sha256', key).update(scope).update(counted(site)).update(uint32(counter)).digest()
  const template = templates[(seed[0] ?? 0) % templates.length] ?? ''
  return Array.from(template, (letter, index) => {
    const choice = characters.get(letter) ?? ''
    return choice.charAt((seed[index + 1] ?? 0) % choice.length)
  }).join('')
}

function counted(text: string): Buffer {
  return Buffer.concat([uint32(text.length), bytesOf(text)])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
