import { createHash, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto'
import { quote } from '../../go/quote.ts'
import { decodeRune, runeError, runeOf, widthOf } from '../../go/utf8.ts'
import { isAscii } from '../../go/value.ts'
import { clockTime } from '../time/instant.ts'
import { formatTime } from '../time/layout.ts'
import { utc } from '../time/zone.ts'
import { bitString, boolean, der, integer, octetString, oid, readElements, sequence, set } from './der.ts'
import { readPem } from './pem.ts'
import type { PrivateKey } from './private-key.ts'
import { signerOf } from './signature.ts'

/** What sprig asks of a certificate. */
export interface CertificateTemplate {
  commonName: string
  /** 4 or 16 bytes each. */
  addresses: readonly Buffer[]
  dnsNames: readonly string[]
  serialNumber: bigint
  /** From 1970. */
  notBefore: bigint
  notAfter: bigint
  isAuthority: boolean
}

/** What a certificate takes over from the one that signs it. */
export interface Issuer {
  /** The name, in DER. */
  subject: Buffer
  keyId: Buffer | undefined
  publicKey: KeyObject
}

/** How Go of each Helm makes the identifier of an authority's key: by SHA-1, since Go 1.25 by SHA-256. */
export type KeyIdHash = 'sha1' | 'sha256'

/** `x509.CreateCertificate`, in DER; without an issuer the certificate signs itself. Throws in its words. */
export function createCertificate(
  template: CertificateTemplate,
  key: PrivateKey,
  signingKey: PrivateKey,
  issuer: Issuer | undefined,
  hash: KeyIdHash,
): Buffer {
  if (key.kind === 'dsa' || signingKey.kind === 'dsa') throw new Error('x509: certificate private key does not implement crypto.Signer')
  const signer = signerOf(signingKey)
  if (issuer !== undefined && !createPublicKey(signingKey.key).equals(issuer.publicKey)) {
    throw new Error("x509: provided PrivateKey doesn't match parent's PublicKey")
  }
  const publicKey = createPublicKey(key.key).export({ type: 'spki', format: 'der' })
  const subject = distinguishedName(template.commonName)
  const issuerName = issuer?.subject ?? subject
  const body = sequence(
    der(0xa0, integer(2n)),
    integer(template.serialNumber),
    signer.algorithm,
    issuerName,
    sequence(time(template.notBefore), time(template.notAfter)),
    subject,
    publicKey,
    der(
      0xa3,
      sequence(
        ...extensions(template, {
          hasSubject: template.commonName !== '',
          keyId: template.isAuthority ? keyIdOf(publicKey, hash) : undefined,
          authorityKeyId: issuerName.equals(subject) ? undefined : issuer?.keyId,
        }),
      ),
    ),
  )
  return sequence(body, signer.algorithm, bitString(signer.sign(body)))
}

function distinguishedName(commonName: string): Buffer {
  if (commonName === '') return sequence()
  return sequence(set(sequence(oid('2.5.4.3'), directoryString(commonName))))
}

/** encoding/asn1 takes PrintableString where it can. */
function directoryString(text: string): Buffer {
  if (/^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text)) return der(0x13, Buffer.from(text, 'latin1'))
  for (let index = 0; index < text.length;) {
    const packed = decodeRune(text, index)
    if (runeOf(packed) === runeError && widthOf(packed) === 1) throw new Error('asn1: string not valid UTF-8')
    index += widthOf(packed)
  }
  return der(0x0c, Buffer.from(text, 'latin1'))
}

/** RFC 5280, 4.1.2.5: two digits of the year from 1950 to 2049. */
function time(nanoseconds: bigint): Buffer {
  const instant = { nanoseconds, zone: utc }
  const { year } = clockTime(instant)
  if (year >= 1950 && year < 2050) return der(0x17, Buffer.from(formatTime(instant, '060102150405Z')))
  if (year < 0 || year > 9999) throw new Error('asn1: structure error: cannot represent time as GeneralizedTime')
  return der(0x18, Buffer.from(formatTime(instant, '20060102150405Z')))
}

function keyIdOf(publicKey: Buffer, hash: KeyIdHash): Buffer {
  const [outer] = readElements(publicKey)
  const bits = readElements(outer?.content ?? Buffer.alloc(0))[1]?.content ?? Buffer.alloc(1)
  return createHash(hash).update(bits.subarray(1)).digest().subarray(0, 20)
}

/** In Go's order. */
function extensions(
  template: CertificateTemplate,
  ids: { hasSubject: boolean; keyId: Buffer | undefined; authorityKeyId: Buffer | undefined },
): Buffer[] {
  // Digital signature and key encipherment; an authority signs certificates too.
  const usage = template.isAuthority ? bitString(Buffer.from([0xa4]), 2) : bitString(Buffer.from([0xa0]), 5)
  const list = [
    extension('2.5.29.15', true, usage),
    extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2'))),
    extension('2.5.29.19', true, template.isAuthority ? sequence(boolean(true)) : sequence()),
  ]
  if (ids.keyId !== undefined) list.push(extension('2.5.29.14', false, octetString(ids.keyId)))
  if (ids.authorityKeyId !== undefined) list.push(extension('2.5.29.35', false, sequence(der(0x80, ids.authorityKeyId))))
  const names = [...template.dnsNames.map(dnsName), ...template.addresses.map((address) => der(0x87, address))]
  if (names.length > 0) list.push(extension('2.5.29.17', !ids.hasSubject, sequence(...names)))
  return list
}

function extension(id: string, isCritical: boolean, value: Buffer): Buffer {
  return isCritical ? sequence(oid(id), boolean(true), octetString(value)) : sequence(oid(id), octetString(value))
}

function dnsName(name: string): Buffer {
  if (!isAscii(name)) throw new Error(`x509: ${quote(name)} cannot be encoded as an IA5String`)
  return der(0x82, Buffer.from(name, 'latin1'))
}

/** Throws sprig's words; what is wrong inside the certificate it has from Go, and we do not. */
export function readIssuer(pem: string, name: string): Issuer {
  const block = readPem(pem)
  if (block === undefined) throw new Error('unable to decode certificate')
  try {
    const certificate = new X509Certificate(block.bytes)
    const [outer] = readElements(block.bytes)
    const [body] = readElements(outer?.content ?? Buffer.alloc(0))
    const fields = readElements(body?.content ?? Buffer.alloc(0))
    // The version is optional and comes first; serial number, algorithm, issuer and validity come before the subject.
    const subject = fields[fields[0]?.tag === 0xa0 ? 5 : 4]?.whole
    if (subject === undefined) throw new Error('x509: malformed certificate')
    const listed = fields.find(({ tag }) => tag === 0xa3)
    return { subject, keyId: subjectKeyId(listed?.content), publicKey: certificate.publicKey }
  } catch {
    throw new Error(`error parsing certificate: ${name}.Bytes: x509: malformed certificate`)
  }
}

function subjectKeyId(content: Buffer | undefined): Buffer | undefined {
  if (content === undefined) return undefined
  const [list] = readElements(content)
  for (const item of readElements(list?.content ?? Buffer.alloc(0))) {
    const parts = readElements(item.content)
    if (parts[0]?.whole.equals(oid('2.5.29.14')) !== true) continue
    return readElements(parts.at(-1)?.content ?? Buffer.alloc(0))[0]?.content
  }
  return undefined
}
