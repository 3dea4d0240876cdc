import { describe, expect, it } from 'vitest'
import { readSettings } from './settings/read-settings.ts'
import { subscriptionsOf } from './subscriptions.ts'

const settings = readSettings(
  {
    defaultTriggers: '[on-sync-failed]',
    'defaultTriggers.mattermost': '[on-deployed]',
    subscriptions: `
- recipients: ["slack:ops", "email:a@example.com"]
  triggers: [on-sync-status-unknown]
  selector: team=red
- recipients: ["slack:all"]`,
  },
  {},
)
const of = (annotations: Record<string, string>[], labels: Record<string, string> = { team: 'blue' }): Record<string, string[]> =>
  Object.fromEntries(
    [...subscriptionsOf(settings, { labels, annotations }).byTrigger].map(([trigger, destinations]) => [
      trigger,
      destinations.map(({ service, recipient }) => `${service}:${recipient}`),
    ]),
  )

describe('who is subscribed', () => {
  it('is told by annotations of an application and of its project, each destination once', () => {
    const own = { 'notifications.argoproj.io/subscribe.on-deployed.slack': 'a; b;;a ' }
    const project = { 'notifications.argoproj.io/subscribe.on-deployed.slack': 'b;c', 'example.com/other': 'x' }

    expect(of([own, project])).toEqual({ 'on-sync-failed': ['slack:all'], 'on-deployed': ['slack:a', 'slack:b', 'slack:c'] })
  })

  it('without a trigger by the default ones, those of the service before all', () => {
    const annotations = { 'notifications.argoproj.io/subscribe.slack': 'x', 'notifications.argoproj.io/subscribe.mattermost': 'y' }

    expect(of([annotations])).toEqual({ 'on-sync-failed': ['slack:all', 'slack:x'], 'on-deployed': ['mattermost:y'] })
  })

  it('by labels, for all that the operator selects', () => {
    expect(of([], { team: 'red' })).toEqual({
      'on-sync-status-unknown': ['slack:ops', 'email:a@example.com'],
      'on-sync-failed': ['slack:all'],
    })
  })

  it('by a list in one annotation, and by the annotations of old', () => {
    const list = `
- trigger: [on-deployed, on-created]
  destinations: [{ service: slack, recipients: [a, b] }, { service: hook }]
- destinations: [{ service: email, recipients: [x@example.com] }]`

    expect(of([{ 'notifications.argoproj.io/subscriptions': list }])).toEqual({
      'on-deployed': ['slack:a', 'slack:b', 'hook:'],
      'on-created': ['slack:a', 'slack:b', 'hook:'],
      'on-sync-failed': ['slack:all', 'email:x@example.com'],
    })
    expect(of([{ 'on-deployed.recipients.argocd-notifications.argoproj.io': 'slack:a, email:b@example.com' }])).toMatchObject({
      'on-deployed': ['slack:a', 'email:b@example.com'],
    })
  })

  it('where an annotation is no list the others still are, and it is said', () => {
    const annotations = { 'notifications.argoproj.io/subscriptions': '{', 'notifications.argoproj.io/subscribe.on-deployed.slack': 'a' }
    const { byTrigger, problems } = subscriptionsOf(settings, { labels: {}, annotations: [annotations] })

    expect(byTrigger.has('on-deployed')).toBe(true)
    expect(problems).toEqual([expect.stringContaining('notifications.argoproj.io/subscriptions is no list')])
  })

  it('never more than a limit', () => {
    const many = Array.from({ length: 300 }, (_item, index) => `r${index}`).join(';')
    const { byTrigger, problems } = subscriptionsOf(settings, {
      labels: {},
      annotations: [{ 'notifications.argoproj.io/subscribe.on-deployed.slack': many }],
    })

    expect(byTrigger.get('on-deployed')?.length).toBeLessThanOrEqual(200)
    expect(problems).toEqual([expect.stringContaining('more than 200')])
  })
})
