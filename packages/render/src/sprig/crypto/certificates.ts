import { formatValue } from '../../go/format.ts'
import { GoStruct, type GoInt, type GoList } from '../../go/value.ts'
import type { FunctionContext } from '../contract.ts'
import { decodeBase64 } from '../encodings.ts'
import { fixed, type FunctionTable } from '../go-function.ts'
import { Recent } from '../recent.ts'
import { createCertificate, readIssuer, type CertificateTemplate, type Issuer, type KeyIdHash } from './certificate.ts'
import { parseAddress } from './ip-address.ts'
import { KeyStream } from './key-stream.ts'
import { writePem } from './pem.ts'
import {
  generateDsaKey,
  generateEcKey,
  generateEd25519Key,
  generateRsaKey,
  parsePrivateKey,
  privateKeyPem,
  type PrivateKey,
} from './private-key.ts'

type Lists = readonly [addresses: GoList | null | undefined, dnsNames: GoList | null | undefined]

export function certificateFunctions(context: FunctionContext, hash: KeyIdHash): FunctionTable {
  const maker = new CertificateMaker(context, hash)
  return {
    genPrivateKey: fixed(['string'], (kind) => generatePrivateKey(kind, context.randomBytes('genPrivateKey', seedLength))),
    buildCustomCert: fixed(['string', 'string'], buildCustomCertificate),
    genCA: fixed(['string', 'int'], (name, days) => maker.authority('genCA', name, days, undefined)),
    genCAWithKey: fixed(['string', 'int', 'string'], (name, days, key) => maker.authority('genCAWithKey', name, days, key)),
    genSelfSignedCert: fixed(['string', 'list', 'list', 'int'], (name, addresses, dnsNames, days) =>
      maker.selfSigned('genSelfSignedCert', name, [addresses, dnsNames], days, undefined),
    ),
    genSelfSignedCertWithKey: fixed(['string', 'list', 'list', 'int', 'string'], (name, addresses, dnsNames, days, key) =>
      maker.selfSigned('genSelfSignedCertWithKey', name, [addresses, dnsNames], days, key),
    ),
    genSignedCert: fixed(['string', 'list', 'list', 'int', 'sprig.certificate'], (name, addresses, dnsNames, days, authority) =>
      maker.signed('genSignedCert', name, [addresses, dnsNames], days, authority, undefined),
    ),
    genSignedCertWithKey: fixed(
      ['string', 'list', 'list', 'int', 'sprig.certificate', 'string'],
      (name, addresses, dnsNames, days, authority, key) =>
        maker.signed('genSignedCertWithKey', name, [addresses, dnsNames], days, authority, key),
    ),
  }
}

const seedLength = 32

/**
 * A key takes up to seconds of looking for primes, and a deterministic source asks for the same ones with each render. Kept by what they are made
 * from, which is as secret as they are.
 */
const keys = new Recent<PrivateKey>(200)

function keyFrom(seed: Uint8Array, kind: string, generate: (stream: KeyStream) => PrivateKey): PrivateKey {
  return keys.get(`${kind} ${Buffer.from(seed).toString('hex')}`, () => generate(new KeyStream(seed, 'key')))
}

function generatePrivateKey(kind: string, seed: Uint8Array): string {
  switch (kind) {
    case '':
    case 'rsa':
      return privateKeyPem(keyFrom(seed, 'rsa 4096', (stream) => generateRsaKey(stream, 4096)))
    case 'dsa':
      return privateKeyPem(keyFrom(seed, kind, generateDsaKey))
    case 'ecdsa':
      return privateKeyPem(keyFrom(seed, kind, generateEcKey))
    case 'ed25519':
      return privateKeyPem(keyFrom(seed, kind, generateEd25519Key))
    default:
      return `Unknown type ${kind}`
  }
}

/** sprig's `certificate`: what a template reads as `.Cert` and `.Key`. */
function certificateValue(cert: string, key: string): GoStruct {
  return new GoStruct('sprig.certificate', {
    fields: [
      ['Cert', cert],
      ['Key', key],
    ],
  })
}

function textField(value: GoStruct, name: string): string {
  const field = value.fields.get(name)
  return typeof field === 'string' ? field : ''
}

class CertificateMaker {
  readonly #context: FunctionContext
  readonly #hash: KeyIdHash

  constructor(context: FunctionContext, hash: KeyIdHash) {
    this.#context = context
    this.#hash = hash
  }

  authority(functionName: string, name: string, days: GoInt, pem: string | undefined): GoStruct {
    const seed = this.#context.randomBytes(functionName, seedLength)
    const key = this.#key(seed, pem)
    const template = this.#template(seed, name, [null, null], days)
    return this.#make({ ...template, isAuthority: true }, key, key, undefined)
  }

  selfSigned(functionName: string, name: string, lists: Lists, days: GoInt, pem: string | undefined): GoStruct {
    const seed = this.#context.randomBytes(functionName, seedLength)
    const key = this.#key(seed, pem)
    return this.#make(this.#template(seed, name, lists, days), key, key, undefined)
  }

  signed(functionName: string, name: string, lists: Lists, days: GoInt, authority: GoStruct, pem: string | undefined): GoStruct {
    const seed = this.#context.randomBytes(functionName, seedLength)
    const key = this.#key(seed, pem)
    const issuer = readIssuer(textField(authority, 'Cert'), 'decodedSignerCert')
    let signingKey: PrivateKey
    try {
      signingKey = parsePrivateKey(textField(authority, 'Key'))
    } catch (error) {
      throw prefixed('error parsing private key', error)
    }
    return this.#make(this.#template(seed, name, lists, days), key, signingKey, issuer)
  }

  #key(seed: Uint8Array, pem: string | undefined): PrivateKey {
    if (pem === undefined) return keyFrom(seed, 'rsa 2048', (stream) => generateRsaKey(stream, 2048))
    try {
      return parsePrivateKey(pem)
    } catch (error) {
      throw prefixed('parsing private key', error)
    }
  }

  #template(seed: Uint8Array, commonName: string, [addresses, dnsNames]: Lists, days: GoInt): CertificateTemplate {
    const notBefore = BigInt(this.#context.now().getTime()) * 1_000_000n
    return {
      commonName,
      addresses: (addresses ?? []).map((address) => {
        if (typeof address !== 'string') throw new Error(`error parsing ip: ${formatValue(address)} is not a string`)
        const parsed = parseAddress(address)
        if (parsed === undefined) throw new Error(`error parsing ip: ${address}`)
        return parsed
      }),
      dnsNames: (dnsNames ?? []).map((name) => {
        if (typeof name !== 'string') throw new Error(`error processing alternate dns name: ${formatValue(name)} is not a string`)
        return name
      }),
      serialNumber: new KeyStream(seed, 'serial number').integer(128),
      notBefore,
      // A time.Duration of more than 292 years runs over in Go, too.
      notAfter: notBefore + BigInt.asIntN(64, days.value * 86_400_000_000_000n),
      isAuthority: false,
    }
  }

  #make(template: CertificateTemplate, key: PrivateKey, signingKey: PrivateKey, issuer: Issuer | undefined): GoStruct {
    let bytes: Buffer
    try {
      bytes = createCertificate(template, key, signingKey, issuer, this.#hash)
    } catch (error) {
      throw prefixed('error creating certificate', error)
    }
    return certificateValue(writePem({ type: 'CERTIFICATE', bytes }), privateKeyPem(key))
  }
}

function prefixed(prefix: string, error: unknown): Error {
  return new Error(`${prefix}: ${error instanceof Error ? error.message : String(error)}`)
}

function buildCustomCertificate(cert: string, key: string): GoStruct {
  const certText = decodeBase64(cert)
  if (typeof certText !== 'string') throw new Error('unable to decode base64 certificate')
  const keyText = decodeBase64(key)
  if (typeof keyText !== 'string') throw new Error('unable to decode base64 private key')
  readIssuer(certText, 'decodedCert')
  try {
    parsePrivateKey(keyText)
  } catch (error) {
    throw prefixed('error parsing private key', error)
  }
  return certificateValue(certText, keyText)
}
