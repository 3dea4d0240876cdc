import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { openRecords } from '@plimsoll/records'
import { describe, expect, it } from 'vitest'
import { recordedWebhooks, sign } from '../testing/recorded-webhooks.ts'
import { readWebhook } from './read-webhook.ts'
import { openSeenDeliveries } from './seen-deliveries.ts'
import { deliveryName, isSigned, webhookProvider, webhookProviders } from './webhook-signature.ts'

const about = { address: 'https://git.example.com/acme/shop', number: 7, commit: 'c'.repeat(40) }
const secret = 'a-secret-of-some-length'

describe.each(webhookProviders)('webhooks of %s', (provider) => {
  const recorded = recordedWebhooks(provider, about)

  it.each(recorded.map((one) => [one.event, one] as const))('%s says where to look', (_event, one) => {
    const { headers, body } = sign(provider, one, secret)

    const hint = readWebhook(provider, headers, Buffer.from(body))

    expect(webhookProvider(headers)).toBe(provider)
    expect(isSigned(provider, headers, Buffer.from(body), secret)).toBe(true)
    expect(hint?.addresses).toContain('https://git.example.com/acme/shop.git')
    if (hint?.kind !== 'push') expect(hint?.number ?? hint?.commit).toBe(hint?.number === undefined ? about.commit : 7)
  })

  it('are of another sender when a bit of them is another, or the secret is', () => {
    const { headers, body } = sign(provider, recorded[1] ?? recorded[0]!, secret) // Each provider has several.
    const bytes = Buffer.from(body)

    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), fc.string(), (place, change, other) => {
        const forged = Buffer.from(bytes)
        forged[place] = (forged[place] ?? 0) ^ change
        // GitLab's token proves who sends, not what.
        if (provider !== 'gitlab') expect(isSigned(provider, headers, forged, secret)).toBe(false)
        expect(isSigned(provider, headers, bytes, other)).toBe(other === secret)
      }),
    )
    expect(
      isSigned(provider, { ...headers, 'x-gitlab-token': '', 'x-gitea-signature': '', 'x-hub-signature-256': '' }, bytes, secret),
    ).toBe(false)
    expect(isSigned(provider, {}, bytes, '')).toBe(false)
  })

  it('that mean nothing here, or are of any other shape, are no hint', () => {
    const header = provider === 'gitlab' ? 'x-gitlab-event' : provider === 'gitea' ? 'x-gitea-event' : 'x-github-event'
    const read = (event: string, body: unknown) => readWebhook(provider, { [header]: event }, Buffer.from(JSON.stringify(body)))

    for (const event of ['ping', 'star', 'constructor', '__proto__', 'toString', ''])
      expect(read(event, { repository: {} })).toBeUndefined()
    fc.assert(
      fc.property(fc.constantFrom(...recorded.map((one) => one.headers[header] ?? '')), fc.jsonValue(), (event, body) => {
        const hint = read(event, body)
        expect(hint === undefined || hint.addresses.every((one) => typeof one === 'string')).toBe(true)
      }),
    )
    expect(() => readWebhook(provider, { [header]: recorded[0]?.headers[header] }, Buffer.from('{'))).toThrow('no JSON')
  })
})

describe('a delivery', () => {
  it('is the same whatever id somebody gives to the bytes that are signed', () => {
    const one = recordedWebhooks('github', about)[1]! // It has several.
    const first = sign('github', one, secret)
    const again = sign('github', one, secret)
    const other = sign('github', { ...one, body: { ...one.body, number: 8 } }, secret)
    const name = ({ headers, body }: typeof first) => deliveryName('github', headers, Buffer.from(body))

    expect(first.headers['x-github-delivery']).not.toBe(again.headers['x-github-delivery'])
    expect(name(again)).toBe(name(first))
    expect(name(other)).not.toBe(name(first))
  })

  it('of GitLab is known by its own key, since two pushes may look alike', () => {
    const body = Buffer.from('{}')

    expect(deliveryName('gitlab', { 'idempotency-key': 'a' }, body)).not.toBe(deliveryName('gitlab', { 'idempotency-key': 'b' }, body))
    expect(deliveryName('gitlab', { 'x-gitlab-event-uuid': 'a' }, body)).not.toBe(
      deliveryName('gitlab', { 'x-gitlab-event-uuid': 'a' }, Buffer.from('[]')),
    )
    expect(deliveryName('gitlab', {}, body)).toBeUndefined()
  })

  it('is first once, also when many bring it at once and after a restart, and for a day', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-seen-'))
    const records = await openRecords({ dataDir })
    let now = 1_000_000_000
    const clock = { now: () => now }

    const seen = await openSeenDeliveries(records, clock)
    const answers = await Promise.all(Array.from({ length: 20 }, () => seen.isFirst('github:a')))
    const restarted = await openSeenDeliveries(records, clock)
    const later = await restarted.isFirst('github:a')
    now += 25 * 60 * 60_000
    const nextDay = await (await openSeenDeliveries(records, clock)).isFirst('github:a')
    await records.close()
    await rm(dataDir, { recursive: true })

    expect(answers.filter(Boolean)).toHaveLength(1)
    expect(later).toBe(false)
    expect(nextDay).toBe(true)
  })
})
