import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Application, AppProject, SyncWindow } from '@plimsoll/api'
import { permissionAt, shownWindows, windowsOf } from './sync-windows.ts'

const at = (text: string): number => Date.parse(`2026-11-18T${text}:00Z`)
const application: Application = {
  metadata: { name: 'shop-prod' },
  spec: { destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' } },
}
const all = { applications: ['*'] }
const deny: SyncWindow = { kind: 'deny', schedule: '0 22 * * *', duration: '1h', ...all }
const allow: SyncWindow = { kind: 'allow', schedule: '0 9 * * *', duration: '8h', ...all }
const manual = { isManual: true }
const automated = { isManual: false }
const may = (windows: SyncWindow[], attempt: Parameters<typeof permissionAt>[1], now: number): boolean =>
  permissionAt(windows, attempt, now).isAllowed

describe('a window concerns an application', () => {
  it.each<[string, SyncWindow, boolean]>([
    ['by its name', { applications: ['shop-*'] }, true],
    ['not by the name of another', { applications: ['web'] }, false],
    ['by its cluster', { clusters: ['https://*'] }, true],
    ['by its namespace', { namespaces: ['{shop,web}'] }, true],
    ['by one of them', { applications: ['web'], namespaces: ['shop'] }, true],
    ['only by all of them with andOperator', { applications: ['web'], namespaces: ['shop'], andOperator: true }, false],
    ['by all that are given', { applications: ['shop-*'], namespaces: ['shop'], andOperator: true }, true],
    ['not when it names nothing', {}, false],
    ['not by what is no pattern', { applications: ['[shop'] }, false],
  ])('%s', (_how, window, expected) => {
    const project: AppProject = { metadata: { name: 'default' }, spec: { syncWindows: [window] } }

    expect(windowsOf(project, application).length > 0).toBe(expected)
  })
})

describe('a sync', () => {
  it('is allowed where there are no windows, and outside a deny window', () => {
    expect(may([], automated, at('22:30'))).toBe(true)
    expect(may([deny], automated, at('21:59'))).toBe(true)
    expect(may([deny], automated, at('22:00'))).toBe(false)
    expect(may([deny], automated, at('23:00'))).toBe(true)
  })

  it('is allowed only inside one of the allow windows, and a deny window goes first', () => {
    expect(may([allow], automated, at('08:59'))).toBe(false)
    expect(may([allow], automated, at('09:00'))).toBe(true)
    expect(may([allow, { ...allow, schedule: '0 20 * * *' }], automated, at('22:30'))).toBe(true)
    expect(may([allow, { ...allow, schedule: '0 20 * * *' }, deny], automated, at('22:30'))).toBe(false)
  })

  it('that somebody asks for needs manualSync of every window that is against it', () => {
    expect(may([{ ...deny, manualSync: true }], manual, at('22:30'))).toBe(true)
    expect(may([{ ...deny, manualSync: true }], automated, at('22:30'))).toBe(false)
    expect(
      may(
        [
          { ...deny, manualSync: true },
          { ...deny, schedule: '15 22 * * *' },
        ],
        manual,
        at('22:30'),
      ),
    ).toBe(false)
    expect(may([{ ...allow, manualSync: true }], manual, at('08:00'))).toBe(true)
    expect(
      may(
        [
          { ...allow, manualSync: true },
          { ...allow, schedule: '0 20 * * *' },
        ],
        manual,
        at('08:00'),
      ),
    ).toBe(false)
  })

  it.each<[string, SyncWindow[], string, string, boolean]>([
    ['no window, then deny with overrun', [{ ...deny, syncOverrun: true }], '21:50', '22:30', true],
    ['no window, then deny without', [deny], '21:50', '22:30', false],
    ['begun inside the deny window', [{ ...deny, syncOverrun: true }], '22:10', '22:30', false],
    ['allow with overrun ends', [{ ...allow, syncOverrun: true }], '16:50', '17:30', true],
    ['allow without overrun ends', [allow], '16:50', '17:30', false],
    [
      'two allows, one without overrun, both end',
      [
        { ...allow, syncOverrun: true },
        { ...allow, duration: '7h' },
      ],
      '15:50',
      '17:30',
      false,
    ],
    [
      'allow without overrun, then deny with',
      [
        { ...allow, duration: '14h' },
        { ...deny, syncOverrun: true },
      ],
      '21:50',
      '22:30',
      true,
    ],
    ['allow with overrun, then deny without', [{ ...allow, duration: '14h', syncOverrun: true }, deny], '21:50', '22:30', false],
  ])('that is under way goes on by syncOverrun: %s', (_what, windows, begun, now, expected) => {
    expect(may(windows, { isManual: false, startedAt: at(begun) }, at(now))).toBe(expected)
  })

  it('that is refused is told until when', () => {
    expect(permissionAt([deny], automated, at('22:30'))).toEqual({
      isAllowed: false,
      message: "a deny window is open: '0 22 * * *' for 1h",
      until: at('23:00'),
    })
    expect(permissionAt([allow, { ...deny, schedule: '0 8 * * *', duration: '2h' }], automated, at('08:30'))).toMatchObject({
      until: at('10:00'),
    })
    expect(permissionAt([allow], automated, at('17:00'))).toMatchObject({
      message: "no allow window is open: '0 9 * * *' for 8h",
      until: at('09:00') + 24 * 3_600_000,
    })
  })

  it('keeps to the time zone of the window, over a change of the clocks', () => {
    const office: SyncWindow = { ...allow, timeZone: 'Europe/Berlin' }

    expect(may([office], automated, Date.parse('2026-10-24T07:00:00Z'))).toBe(true)
    expect(may([office], automated, Date.parse('2026-10-25T07:30:00Z'))).toBe(false)
    expect(may([office], automated, Date.parse('2026-10-25T08:00:00Z'))).toBe(true)
  })

  it.each<[Partial<SyncWindow>, string]>([
    [{ schedule: 'never' }, "cannot parse schedule 'never'"],
    [{ schedule: undefined }, "cannot parse schedule ''"],
    [{ duration: '1 day' }, "cannot parse duration '1 day'"],
    [{ duration: '99999999h' }, 'too long'],
  ])('is refused where a window cannot be read: %j', (change, message) => {
    const permission = permissionAt([deny, { ...deny, ...change }], manual, at('12:00'))

    expect(permission).toMatchObject({ isAllowed: false, message: expect.stringContaining(message) })
    expect(permission).toMatchObject({ message: expect.not.stringMatching(/\.$/) })
    expect(shownWindows([{ ...deny, ...change }], at('12:00'))).toMatchObject({ canSync: false, activeWindows: [] })
  })
})

describe('what the windows say', () => {
  it("is shown in Argo CD's shape, with until when and why", () => {
    expect(shownWindows([{ ...deny, manualSync: true }, allow], at('22:30'))).toEqual({
      activeWindows: [{ kind: 'deny', schedule: '0 22 * * *', duration: '1h', manualSync: true }],
      assignedWindows: [
        { kind: 'deny', schedule: '0 22 * * *', duration: '1h', manualSync: true },
        { kind: 'allow', schedule: '0 9 * * *', duration: '8h', manualSync: false },
      ],
      canSync: true,
      canSyncAutomatically: false,
      until: new Date(at('09:00') + 24 * 3_600_000).toISOString(),
      message: "a deny window is open: '0 22 * * *' for 1h",
    })
    expect(shownWindows([], at('22:30'))).toEqual({ activeWindows: [], assignedWindows: [], canSync: true, canSyncAutomatically: true })
  })

  it('is another at the time that it tells, and the same until then', () => {
    const window = fc.record({
      kind: fc.constantFrom('allow', 'deny'),
      schedule: fc.constantFrom('0 22 * * *', '30 */6 * * *', '0 9 * * 1-5', '15 3 1 * *'),
      duration: fc.constantFrom('1h', '90m', '26h', '5m'),
      manualSync: fc.boolean(),
      applications: fc.constant<string[]>(['*']),
    })
    fc.assert(
      fc.property(
        fc.array(window, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 14 * 24 * 60 }),
        (windows, isManual, minutes) => {
          const now = at('00:00') + minutes * 60_000
          const { isAllowed, until } = permissionAt(windows, { isManual }, now)
          if (isAllowed || until === undefined) return

          expect(until).toBeGreaterThan(now)
          expect(permissionAt(windows, { isManual }, until).isAllowed).toBe(true)
          expect(permissionAt(windows, { isManual }, until - 60_000).isAllowed).toBe(false)
        },
      ),
      { numRuns: 200 },
    )
  })
})
