import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeliveryView } from '@plimsoll/api'
import { browserMissing, launchBrowser, sees, seesNoMore, takePicture, type Visitor, visit } from '../harness/browser.ts'
import { pageFaults } from '../harness/page-faults.ts'
import { applicationManifest, type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`
const kustomization = (model: string): string =>
  `configMapGenerator:\n  - name: model\n    literals:\n      - MODEL=${model}\ngeneratorOptions: { disableNameSuffixHash: true }\n`
const delivery = (url: string): object => ({
  apiVersion: 'plimsoll.dev/v1alpha1',
  kind: 'Delivery',
  metadata: { name: 'shop' },
  spec: {
    source: { repoURL: url, branch: 'main' },
    fields: [{ file: 'kustomization.yaml', configMap: { name: 'model', key: 'MODEL' }, value: 'model.digest' }],
    stages: [
      { name: 'staging', application: 'shop-staging', soak: '1s' },
      {
        name: 'production',
        application: 'shop-production',
        approvals: { required: 1, groups: ['leads'] },
        while: [{ errorBudget: 'shop-availability', above: '10%' }],
      },
    ],
  },
})

describe.skipIf(browserMissing)(`Deliveries in the console (needs a browser: ${browserMissing ?? 'found'})`, { timeout: 90_000 }, () => {
  let plimsoll: Plimsoll
  let browser: Browser
  const people = new Map<string, Visitor>()

  beforeAll(async () => {
    ;[plimsoll, browser] = await Promise.all([startPlimsoll(), launchBrowser()])
    for (const [name, groups] of [
      ['mira', []],
      ['jonas', ['leads']],
    ] as const) {
      await plimsoll.cli(['account', 'create', name, '--role', 'maintainer', ...groups.flatMap((group) => ['--group', group])])
      const { stdout } = await plimsoll.cli(['account', 'generate-token', '--account', name, '--expires-in', '1h'])
      people.set(name, await visit(browser, { ...plimsoll, url: plimsoll.url, token: stdout.trim() }))
    }
    people.set('admin', await visit(browser, plimsoll))
    await push('a', 'Serve the first model')
    for (const stage of ['staging', 'production'])
      await plimsoll.api(
        'POST',
        '/api/v1/applications',
        applicationManifest(plimsoll, `shop-${stage}`, { repository: 'shop', path: stage, namespace: `shop-${stage}` }),
      )
  }, 90_000)
  afterAll(async () => {
    await browser?.close()
    await plimsoll?.stop()
  })

  const pageOf = (name: string): Page => {
    const visitor = people.get(name)
    if (!visitor) throw new Error(`${name} has no browser`)
    return visitor.page
  }
  const push = (letter: string, message: string): Promise<string> =>
    plimsoll.push(
      'shop',
      {
        'staging/kustomization.yaml': kustomization(digest(letter)),
        ...(letter === 'a' && { 'production/kustomization.yaml': kustomization(digest('0')) }),
      },
      message,
    )
  const stage = (page: Page, name: string): Locator => page.getByRole('region', { name, exact: true })
  const untilIn = (name: string, release: string, ...phases: string[]): Promise<DeliveryView> =>
    eventually(
      `${release} is ${phases.join(' or ')} in ${name}`,
      async () => {
        const view = await plimsoll.api<DeliveryView>('GET', '/api/v1/deliveries/shop')
        const at = view.stages.find((one) => one.name === name)
        return at?.release?.name === release && phases.includes(at.phase) ? view : undefined
      },
      60_000,
    )

  it('says that there is none, and shows one as it comes', async () => {
    const page = pageOf('mira')
    await page.goto(`${plimsoll.url}/deliveries`)
    await sees(page.getByText('No deliveries yet'))

    await plimsoll.api('POST', '/api/v1/deliveries', delivery(plimsoll.repositoryUrl('shop')))

    await sees(page.getByRole('link', { name: 'shop', exact: true }))
    await page.getByRole('link', { name: 'shop', exact: true }).first().click()
    await sees(page.getByRole('heading', { level: 1, name: 'shop' }))
  })

  it('shows what is in each stage, and in words what the next one waits for', async () => {
    const page = pageOf('mira')
    await untilIn('staging', 'shop-1', 'Verified')

    await sees(stage(page, 'staging').getByText('Verified', { exact: true }))
    await sees(stage(page, 'staging').getByText('Serve the first model'))
    const gate = stage(page, 'Before production')
    await sees(gate.getByText('1 approval of leads'))
    await sees(gate.getByText('0 of 1'))
    await sees(gate.getByText(/^Error budget shop-availability above 10%/))
    await takePicture(page, 'delivery')
    expect(await pageFaults(page)).toEqual([])
  })

  it('says why somebody may not approve, next to the button', async () => {
    const gate = stage(pageOf('mira'), 'Before production')

    expect(await gate.getByRole('button', { name: 'Approve' }).getAttribute('aria-disabled')).toBe('true')
    await sees(gate.getByText('Only members of leads approve this.').last())
  })

  it('lets a member of the group approve, and somebody override with a reason', async () => {
    const page = pageOf('jonas')
    await page.goto(`${plimsoll.url}/deliveries/shop`)
    await sees(page.getByRole('main').getByText('Waits for you'))
    const gate = stage(page, 'Before production')
    await gate.getByRole('button', { name: 'Approve' }).click()
    await page.getByRole('dialog').getByLabel('Comment').fill('looks good')
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
    await sees(gate.getByText('1 of 1'))
    // The other browser is told.
    await sees(stage(pageOf('mira'), 'Before production').getByText('1 of 1'))

    await gate.getByRole('button', { name: /^Override: Error budget/ }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByRole('button', { name: 'Override' }).click()
    await sees(dialog.getByText('Say why: it stays on record.'))
    expect(await pageFaults(page)).toEqual([])
    await dialog.getByLabel(/^Why/).fill('measured by hand')
    await dialog.getByRole('button', { name: 'Override' }).click()

    await untilIn('production', 'shop-1', 'Finished', 'Verified')
    await sees(stage(page, 'production').getByText('approved by jonas'))
    await sees(page.getByRole('table', { name: 'Promotions' }).getByRole('row', { name: /production.*jonas/ }))
  })

  it('holds promotions with a reason, and goes on', async () => {
    const page = pageOf('jonas')
    await page.getByRole('button', { name: 'Hold promotions' }).click()
    await page.getByRole('dialog').getByLabel(/^Why/).fill('the sale is on')
    await page.getByRole('dialog').getByRole('button', { name: 'Hold' }).click()
    await sees(page.getByRole('main').getByText('the sale is on').first())

    await page.getByRole('button', { name: 'Promote again' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Promote again' }).click()

    await sees(page.getByRole('button', { name: 'Hold promotions' }))
  })

  it('brings one stage back to an earlier release, and shows both ways in lanes and table', async () => {
    const page = pageOf('jonas')
    await push('b', 'Serve the second model')
    await untilIn('staging', 'shop-2', 'Verified')

    await stage(page, 'staging').getByRole('button', { name: 'Roll back' }).click()
    const dialog = page.getByRole('alertdialog')
    await sees(dialog.getByRole('combobox', { name: 'To' }))
    expect(await pageFaults(page)).toEqual([])
    await dialog.getByLabel(/^Why/).fill('predictions drift')
    await dialog.getByRole('button', { name: 'Roll back' }).click()

    await untilIn('staging', 'shop-1', 'Verified', 'Finished')
    await sees(page.getByRole('table', { name: 'Promotions' }).getByRole('row', { name: /predictions drift/ }))
    await sees(page.getByRole('group', { name: /^What ran where since/ }))
    await takePicture(page, 'delivery-reverted')
  })

  it('finds promotions by stage and model, and exports them', async () => {
    const page = pageOf('mira')
    await page.goto(`${plimsoll.url}/deliveries`)
    const table = page.getByRole('table', { name: 'Promotions' })
    await sees(table.getByRole('row', { name: /production/ }))
    await page.getByRole('combobox', { name: 'Stage' }).selectOption('staging')
    await seesNoMore(table.getByRole('row', { name: /production/ }))
    expect(new URL(page.url()).searchParams.get('stage')).toBe('staging')

    const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export' }).click()])
    expect(saved.suggestedFilename()).toBe('promotions.csv')

    await page.getByRole('searchbox', { name: 'Model' }).fill('ffff')
    await sees(page.getByText('No promotion matches'))
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await sees(table.getByRole('row', { name: /production/ }))
  })

  it('keeps accounts: made, changed, given a token that is shown once, deleted', async () => {
    const page = pageOf('admin')
    await page.goto(`${plimsoll.url}/settings/accounts`)
    await page.getByRole('button', { name: 'New account' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name', { exact: true }).fill('lena')
    await dialog.getByLabel('Display name').fill('Lena Ortiz')
    await dialog.getByLabel('Role').selectOption('contributor')
    expect(await pageFaults(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Create account' }).click()
    const row = page.getByRole('row', { name: /Lena Ortiz/ })
    await sees(row.getByText('Contributor'))

    await row.getByRole('button', { name: 'Tokens' }).click()
    await dialog.getByLabel('What it is for').fill('laptop')
    await dialog.getByRole('button', { name: 'Create token' }).click()
    await sees(dialog.getByText('This is shown once. Copy it now.'))
    const token = (await dialog.locator('.new-token').textContent()) ?? ''
    const answer = await fetch(`${plimsoll.url}/api/v1/session/userinfo`, { headers: { authorization: `Bearer ${token.trim()}` } })
    expect(await answer.json()).toMatchObject({ loggedIn: true, username: 'lena' })
    await dialog.getByRole('button', { name: 'Revoke laptop' }).click()
    await sees(dialog.getByText('No tokens.'))
    await page.keyboard.press('Escape')

    await row.getByRole('button', { name: 'Edit' }).click()
    await dialog.getByLabel(/^Groups/).fill('data, leads')
    await dialog.getByRole('checkbox', { name: /^Enabled/ }).uncheck()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await sees(row.getByText('data, leads'))
    await sees(row.getByText('Disabled'))

    await row.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
    await seesNoMore(row)
  })

  it('leaves to administrators what is theirs', async () => {
    const page = pageOf('mira')
    await page.goto(`${plimsoll.url}/settings/accounts`)

    expect(await page.getByRole('button', { name: 'New account' }).getAttribute('aria-disabled')).toBe('true')
    await page.goto(`${plimsoll.url}/start`)
    await sees(page.getByText('The guide belongs to the demo'))
  })

  it('can be used at any width, in both themes', async () => {
    const page = pageOf('jonas')
    for (const width of [360, 720, 1200]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.setViewportSize({ width, height: 900 })
        await page.emulateMedia({ colorScheme })
        for (const path of ['/deliveries', '/deliveries/shop']) {
          await page.goto(plimsoll.url + path)
          await sees(page.getByRole('table', { name: 'Promotions' }))
          expect(await pageFaults(page), `${path} at ${width}, ${colorScheme}`).toEqual([])
        }
      }
    }
  })

  it('breaks no rule of the page', () => {
    expect([...people.values()].flatMap((one) => one.problems())).toEqual([])
  })
})
