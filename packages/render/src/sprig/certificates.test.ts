import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { countedContext, render, renderText } from './testing/render.ts'

function certificates(template: string, version: '3' | '4' = '3', context = countedContext()): X509Certificate[] {
  const pems = renderText(template, version, context).matchAll(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----\n/g)
  return Array.from(pems, ([pem]) => new X509Certificate(pem))
}

describe('certificates of a template', () => {
  it('are signed by the authority that the template made', () => {
    const [authority, server] = certificates(
      '{{ $ca := genCA "ca" 3650 }}{{ $ca.Cert }}{{ (genSignedCert "svc" (list "1.2.3.4" "::1") (list "svc.ns" "*.x") 365 $ca).Cert }}',
    )

    expect(server?.checkIssued(authority!)).toBe(true) // both were found
    expect(server?.verify(authority!.publicKey)).toBe(true) // as above
    expect(authority?.ca).toBe(true)
    expect(server?.ca).toBe(false)
    expect(server?.subjectAltName).toBe('DNS:svc.ns, DNS:*.x, IP Address:1.2.3.4, IP Address:0:0:0:0:0:0:0:1')
    expect(server?.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
  })

  it('are valid from the instant that is now, for as many days as are asked for', () => {
    const [certificate] = certificates(
      '{{ (genSelfSignedCert "x" nil nil 2).Cert }}',
      '3',
      countedContext(new Date('2049-12-31T00:00:00Z')),
    )

    expect([certificate?.validFrom, certificate?.validTo]).toEqual(['Dec 31 00:00:00 2049 GMT', 'Jan  2 00:00:00 2050 GMT'])
  })

  it('hold the key that the template is given', () => {
    const [certificate] = certificates('{{ (genSelfSignedCert "x" nil nil 2).Cert }}')
    const key = renderText('{{ (genSelfSignedCert "x" nil nil 2).Key }}')

    expect(certificate?.checkPrivateKey(createPrivateKey(key))).toBe(true)
  })

  it.each(['3', '4'] as const)('are the same on each render from the same bytes and clock, with Helm %s', (version) => {
    const template =
      '{{ $k := genPrivateKey "ecdsa" }}{{ $ca := genCAWithKey "ca" 1 $k }}{{ $ca.Cert }}{{ $ca.Key }}{{ (genSignedCert "a" nil nil 1 $ca).Cert }}{{ htpasswd "a" "b" }}{{ randAlphaNum 9 }}{{ uuidv4 }}{{ encryptAES "a" "b" }}{{ shuffle "abcdef" }}'

    expect(render(template, version)).toEqual(render(template, version))
  })

  it.each(['P-224', 'P-256', 'P-384', 'P-521'])('are signed with keys on the curve %s, the same each time', (namedCurve) => {
    const pem = generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'sec1', format: 'pem' })
    const template = `{{ (genCAWithKey "ca" 1 ${JSON.stringify(pem)}).Cert }}`

    const [certificate] = certificates(template)

    expect(certificate?.verify(certificate.publicKey)).toBe(true)
    expect(render(template, '3')).toEqual(render(template, '3'))
  })

  it('take keys of RSA in either form, and keys of Ed25519', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const pems = [
      rsa.export({ type: 'pkcs1', format: 'pem' }),
      rsa.export({ type: 'pkcs8', format: 'pem' }),
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ]

    const made = pems.map((pem) => certificates(`{{ (genCAWithKey "ca" 1 ${JSON.stringify(pem)}).Cert }}`)[0])

    expect(made.map((certificate) => certificate?.verify(certificate.publicKey))).toEqual([true, true, true])
  })

  it('are refused by the authority of another key', () => {
    const template =
      '{{ $a := genCA "a" 1 }}{{ $b := genCA "b" 1 }}{{ genSignedCert "x" nil nil 1 (buildCustomCert (b64enc $a.Cert) (b64enc $b.Key)) }}'

    expect(render(template, '3')).toEqual({
      fails: "error calling genSignedCert: error creating certificate: x509: provided PrivateKey doesn't match parent's PublicKey",
    })
  })

  it('cannot be signed with DSA, whose keys are made all the same', () => {
    expect(render('{{ genCAWithKey "x" 1 (genPrivateKey "dsa") }}', '3')).toEqual({
      fails: 'error calling genCAWithKey: error creating certificate: x509: certificate private key does not implement crypto.Signer',
    })
  })

  it('identify an authority by SHA-1 of its key with Helm 3 and by SHA-256 with Helm 4', () => {
    const template = '{{ (genCAWithKey "ca" 1 (genPrivateKey "ed25519")).Cert }}'

    expect(certificates(template, '3')[0]?.raw.length).toBe(certificates(template, '4')[0]?.raw.length)
    expect(certificates(template, '3')[0]?.raw.equals(certificates(template, '4')[0]!.raw)).toBe(false) // it was found
  })
})
