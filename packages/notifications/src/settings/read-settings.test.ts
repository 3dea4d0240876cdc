import { describe, expect, it } from 'vitest'
import { readSettings } from './read-settings.ts'

describe('settings of notifications', () => {
  it('have secrets where they name them, and keep what no secret is', () => {
    const { services } = readSettings(
      {
        'service.slack': 'token: $slack-token\nusername: "a$b"',
        'service.webhook.hook': 'url: https://example.com/$path\nheaders: [{name: A, value: $slack-token}]',
      },
      { 'slack-token': 'xoxb-1', path: 'p' },
    )

    expect(services.get('slack')).toMatchObject({ value: { type: 'slack', options: { token: 'xoxb-1', username: 'a$b' } } })
    expect(services.get('hook')).toMatchObject({ value: { options: { url: 'https://example.com/p', headers: [{ value: 'xoxb-1' }] } } })
  })

  it('lose one key that cannot be read, and no other', () => {
    const { services, triggers, templates, problems } = readSettings(
      {
        'service.teams': 'recipientUrls: {}',
        'service.email': 'host: mail.example.com',
        'service.slack': 'token: t',
        'trigger.bad': '- when: "a b"\n  send: [x]',
        'trigger.worse': '{',
        'template.bad': 'message: [1]',
        'template.good': 'message: hello',
        'trigger.bare': '- when: true\n  send: [good]',
      },
      {},
    )

    expect(services.get('slack')).toHaveProperty('value')
    expect(templates.get('good')).toEqual({ value: { message: 'hello' } })
    expect(triggers.get('bare')).toMatchObject({ value: [{ when: 'true', whenTree: { value: { kind: 'value', value: true } } }] })
    expect(problems).toEqual([
      'service.email: from: Invalid input: expected string, received undefined',
      expect.stringContaining("service.teams: there is no service 'teams' here; there are slack, webhook, email, github"),
      expect.stringContaining('template.bad: message'),
      expect.stringContaining('trigger.worse:'),
      expect.stringContaining("trigger.bad: when: a b: 'b' is not expected"),
    ])
  })

  it('bring a catalog, of which each is replaced by its name', () => {
    const { triggers, templates, problems } = readSettings(
      { 'trigger.on-deployed': '- when: "false"', 'template.app-deployed': 'message: mine' },
      {},
    )

    expect(triggers.get('on-deployed')).toMatchObject({ value: [{ when: 'false' }] })
    expect(templates.get('app-deployed')).toEqual({ value: { message: 'mine' } })
    expect([...triggers.keys()].toSorted()).toEqual([
      'on-created',
      'on-deleted',
      'on-deployed',
      'on-health-degraded',
      'on-sync-failed',
      'on-sync-running',
      'on-sync-status-unknown',
      'on-sync-succeeded',
    ])
    expect(problems).toEqual([])
  })

  it('mask every secret, also where it is encoded', () => {
    const { mask } = readSettings({}, { one: 'p@ss"word/1', two: 'p@ss"word/1-and-more' })
    const shown = [
      'p@ss"word/1',
      encodeURIComponent('p@ss"word/1'),
      Buffer.from('p@ss"word/1').toString('base64'),
      JSON.stringify('p@ss"word/1'),
    ]

    const masked = mask.masked(`x ${shown.join(' ')} y p@ss"word/1-and-more`)

    // What is left of base64 is its padding.
    expect(masked).toBe('x ++++++++ ++++++++ ++++++++= "++++++++" y ++++++++')
  })
})
