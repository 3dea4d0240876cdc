import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, launchBrowser, sees, seesNoMore, takePicture, type Visitor, visit } from '../harness/browser.ts'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { pageFaults } from '../harness/page-faults.ts'
import { type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'

const config = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { from: ${name} }\n`
const markup = '<img src=x onerror=alert(1)>'

describe.skipIf(browserMissing)(
  `Application sets in the console (needs a browser: ${browserMissing ?? 'found'})`,
  { timeout: 90_000 },
  () => {
    let plimsoll: Plimsoll
    let cluster: Cluster
    let browser: Browser
    const people = new Map<string, Visitor>()

    beforeAll(async () => {
      ;[plimsoll, browser] = await Promise.all([startPlimsoll(), launchBrowser()])
      cluster = await openCluster(plimsoll)
      await plimsoll.push('fleet', Object.fromEntries(['api', 'jobs', 'web'].map((name) => [`apps/${name}/a.yaml`, config(name)])))
      people.set('admin', await visit(browser, plimsoll))
      await plimsoll.cli(['account', 'create', 'rita', '--role', 'readonly'])
      const { stdout } = await plimsoll.cli(['account', 'generate-token', '--account', 'rita', '--expires-in', '1h'])
      people.set('rita', await visit(browser, { ...plimsoll, url: plimsoll.url, token: stdout.trim() }))
    }, 90_000)
    afterAll(async () => {
      await browser?.close()
      await cluster?.close()
      await plimsoll?.stop()
    })

    const pageOf = (name: string): Page => {
      const visitor = people.get(name)
      if (!visitor) throw new Error(`${name} has no browser`)
      return visitor.page
    }
    const address = (name = ''): string => `${plimsoll.url}/applicationsets${name === '' ? '' : `/${name}`}`
    const row = (page: Page, name: string): Locator => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })

    function setOf(name: string, generators: unknown[], more: Record<string, unknown> = {}): Record<string, unknown> {
      const repoURL = plimsoll.repositoryUrl('fleet')
      return {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'ApplicationSet',
        metadata: { name },
        spec: {
          goTemplate: true,
          generators,
          template: {
            metadata: { name: `${name}-{{ .path.basename }}`, labels: { step: '{{ .path.basename }}' } },
            spec: {
              project: 'default',
              source: { repoURL, path: '{{ .path.path }}', targetRevision: 'main' },
              destination: { server: 'https://kubernetes.default.svc', namespace: `${name}-{{ .path.basename }}` },
              syncPolicy: { automated: { prune: true }, syncOptions: ['CreateNamespace=true'] },
            },
          },
          ...more,
        },
      }
    }
    const folders = (revision = 'main'): unknown => ({
      git: { repoURL: plimsoll.repositoryUrl('fleet'), revision, directories: [{ path: 'apps/*' }] },
    })
    const create = (set: Record<string, unknown>): Promise<unknown> => plimsoll.api('POST', '/api/v1/applicationsets', set)

    it('says that there are none, and what one would be good for', async () => {
      const page = pageOf('admin')

      await page.goto(plimsoll.url)
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Application sets' }).click()

      await sees(page.getByRole('heading', { name: 'No application set yet' }))
      expect(await pageFaults(page)).toEqual([])
      await takePicture(page, 'sets-empty')
    })

    it('lists them as they come, trouble first, whatever somebody has applied', async () => {
      const page = pageOf('admin')

      await create(setOf('fleet', [folders()]))
      for (const name of ['api', 'jobs', 'web']) await untilSynced(plimsoll, `fleet-${name}`, { health: 'Healthy' })
      await create(setOf('broken', [folders('no-such-branch')]))
      const steps = [
        { matchExpressions: [{ key: 'step', operator: 'In', values: ['gone'] }] },
        { matchExpressions: [{ key: 'step', operator: 'NotIn', values: ['gone'] }], maxUpdate: '50%' },
      ]
      const elements = ['gone', 'api', 'web'].map((name) => ({ path: { basename: name, path: `apps/${name}` } }))
      const inner = [{ list: { elements } }, { clusters: {} }]
      await create(setOf('steps', [{ matrix: { generators: inner } }], { strategy: { type: 'RollingSync', rollingSync: { steps } } }))
      await cluster.create(
        `{apiVersion: argoproj.io/v1alpha1, kind: ApplicationSet, metadata: {name: poisoned, namespace: argocd}, spec: {generators: [{list: {elements: 5}}, {git: {repoURL: "${markup}"}}, 7], template: {}}}`,
      )

      await sees(row(page, 'fleet').getByText('Healthy'))
      await sees(row(page, 'fleet').getByText('fleet apps/*'))
      await sees(row(page, 'broken').getByText('Degraded'))
      await sees(
        row(page, 'broken')
          .getByText(/no-such-branch/)
          .first(),
      )
      await sees(row(page, 'poisoned').getByText(markup))
      await sees(row(page, 'poisoned').getByText('Degraded'))
      await sees(row(page, 'steps').getByText(/Matrix of List 3 and Clusters/))
      await sees(row(page, 'steps').getByText('2 steps, one after the other'))
      expect(await page.getByRole('row').nth(1).getByRole('link').textContent()).toBe('broken')
      expect(await pageFaults(page)).toEqual([])
      await takePicture(page, 'sets-list')
    })

    it('shows what one has made, and leads there and back', async () => {
      const page = pageOf('admin')

      await row(page, 'fleet').getByRole('link').first().click()

      await sees(page.getByRole('heading', { level: 1, name: 'fleet' }))
      await sees(row(page, 'fleet-web').getByText('Synced'))
      await sees(page.getByRole('region', { name: 'The set fleet' }).getByText('goTemplate'))
      await sees(page.getByRole('row').filter({ hasText: 'ResourcesUpToDate' }).getByText('True'))
      expect(await pageFaults(page)).toEqual([])
      await takePicture(page, 'set')
      await row(page, 'fleet-web').getByRole('link', { name: 'fleet-web' }).click()
      await page.getByRole('link', { name: 'from the set fleet' }).click()
      await sees(page.getByRole('heading', { level: 1, name: 'fleet' }))
      await plimsoll.push('fleet', { 'apps/new/a.yaml': config('new') })
      await sees(row(page, 'fleet-new').getByText('Synced'))
    })

    it('says what is wrong with one, and what to do', async () => {
      const page = pageOf('admin')

      await page.goto(address('broken'))

      const alert = page.getByRole('alert').filter({ hasText: 'ApplicationGenerationFromParamsError' })
      await sees(alert.getByText(/no-such-branch/))
      await sees(alert.getByText(/Do this: Set revision/))
      await sees(page.getByRole('heading', { name: 'It makes no applications' }))
      expect(await pageFaults(page)).toEqual([])
      await takePicture(page, 'set-failing')
      await page.goto(address('poisoned'))
      await sees(page.getByRole('alert').getByText(/spec\.generators\[0\]\.list\.elements/))
      await sees(page.getByText(markup).first())
      expect(await pageFaults(page)).toEqual([])
      await page.goto(address('nobody'))
      await sees(page.getByRole('alert').getByText(/ApplicationSet nobody does not exist/))
    })

    it('shows where a rolling sync stands', async () => {
      const page = pageOf('admin')

      await page.goto(address('steps'))

      const list = page.getByRole('region', { name: 'Rolling sync' })
      await sees(list.getByRole('listitem').filter({ hasText: 'Step 1' }).getByRole('link', { name: 'steps-gone' }))
      await sees(list.getByRole('listitem').filter({ hasText: 'Step 2' }).getByText('0 of 2 healthy'))
      await sees(list.getByText('step NotIn (gone)'))
      expect(await pageFaults(page)).toEqual([])
      await takePicture(page, 'set-steps')
    })

    it('asks the generators again when that is wanted', async () => {
      const page = pageOf('admin')
      await page.goto(address('fleet'))

      await page.getByRole('button', { name: 'Ask again' }).click()

      await sees(page.getByRole('status').getByText('The generators are asked'))
    })

    it('shows what waits to be deleted to everybody, and lets nobody but those who may confirm it', async () => {
      const [page, reader] = [pageOf('admin'), pageOf('rita')]
      await plimsoll.push('fleet', { apps: null })

      const waits = (of: Page): Locator => of.getByRole('status').filter({ hasText: '4 of 4 applications would be deleted' })
      await sees(waits(page).getByText(/Its generators give nothing\. Nothing is deleted until somebody confirms it/))
      await sees(waits(page).getByText('fleet-jobs'))
      await takePicture(page, 'set-held')
      await reader.goto(address())
      await sees(row(reader, 'fleet').getByText('Suspended'))
      await sees(row(reader, 'fleet').getByText('4 of 4 applications would be deleted. Somebody has to say that this is meant.'))
      await row(reader, 'fleet').getByRole('link').first().click()
      const confirm = waits(reader).getByRole('button', { name: 'Delete 4 applications …' })
      expect(await confirm.getAttribute('title')).toBe('Your role may look, and change nothing.')
      await confirm.click({ force: true })
      await seesNoMore(reader.getByRole('alertdialog'))
      expect(await pageFaults(reader)).toEqual([])
    })

    it('deletes exactly what was shown, once the name is typed', async () => {
      const page = pageOf('admin')
      const dialog = page.getByRole('alertdialog', { name: 'Delete 4 applications' })
      const submit = dialog.getByRole('button', { name: 'Delete 4 applications' })

      await page.getByRole('button', { name: 'Delete 4 applications …' }).click()
      await sees(dialog.getByText('fleet-new'))
      expect(await pageFaults(page)).toEqual([])
      await takePicture(page, 'set-confirm')
      await dialog.getByLabel('Name of the set').fill('flee')
      expect(await submit.getAttribute('aria-disabled')).toBe('true')
      await dialog.getByLabel('Name of the set').fill('fleet')
      await submit.click()

      await sees(page.getByRole('status').getByText('Deleting 4 applications').first())
      await sees(page.getByRole('heading', { name: 'It makes no applications' }))
      await sees(page.getByRole('heading', { level: 1, name: 'fleet' }))
      await seesNoMore(page.getByText('would be deleted'))
    })

    it('says that the server could not be asked, and asks again', async () => {
      const page = pageOf('rita')
      people.get('rita')?.forgive(/\b503\b/)
      await page.route('**/api/v1/applicationsets', (route) =>
        route.fulfill({ status: 503, json: { error: 'away', message: 'The cluster is away.', remedy: 'Wait.', reason: 'internal' } }),
      )

      await page.goto(address())

      await sees(page.getByRole('alert').getByText('The cluster is away.'))
      expect(await pageFaults(page)).toEqual([])
      await page.unroute('**/api/v1/applicationsets')
      await page.getByRole('button', { name: 'Try again' }).click()
      await sees(row(page, 'broken'))
    })

    it('can be used at any width, in both themes, and in Korean', async () => {
      const page = pageOf('admin')
      for (const [width, colorScheme] of [
        [360, 'light'],
        [720, 'dark'],
        [1440, 'dark'],
      ] as const) {
        await page.setViewportSize({ width, height: 900 })
        await page.emulateMedia({ colorScheme })
        await page.goto(address())
        await sees(row(page, 'broken').getByText('Degraded'))
        expect(await pageFaults(page), `${width}, ${colorScheme}`).toEqual([])
        await takePicture(page, `sets-${width}-${colorScheme}`)
        await page.goto(address('steps'))
        await sees(page.getByRole('region', { name: 'Rolling sync' }))
        expect(await pageFaults(page), `${width}, ${colorScheme}`).toEqual([])
        await takePicture(page, `set-${width}-${colorScheme}`)
      }
      await page.setViewportSize({ width: 1440, height: 900 })
      const korean = await visit(browser, plimsoll, { locale: 'ko-KR', viewport: { width: 390, height: 900 } })
      await korean.page.goto(address())
      await sees(korean.page.getByRole('heading', { level: 1, name: '애플리케이션 세트' }))
      await sees(row(korean.page, 'steps').getByText('2단계를 차례로'))
      await korean.page.goto(address('steps'))
      await sees(korean.page.getByRole('region', { name: '단계별 동기화' }))
      expect(await pageFaults(korean.page)).toEqual([])
      await takePicture(korean.page, 'set-korean')
      expect(korean.problems()).toEqual([])
      await korean.close()
    })

    it('deletes a set after saying what goes with it', async () => {
      const page = pageOf('admin')
      await page.goto(address('steps'))

      await page.getByRole('button', { name: 'Delete the set' }).click()
      const dialog = page.getByRole('alertdialog', { name: 'Delete the set steps' })
      await sees(dialog.getByText('Its 3 applications go with it, and what they have deployed.'))
      await dialog.getByLabel('Name of the set').fill('steps')
      await dialog.getByRole('button', { name: 'Delete the set and 3 applications' }).click()

      await sees(page.getByRole('heading', { level: 1, name: 'Application sets' }))
      await seesNoMore(row(page, 'steps'))
    })

    it('broke no rule of the content security policy, and sent nothing elsewhere', () => {
      expect([...people].map(([name, visitor]) => [name, visitor.problems()])).toEqual([
        ['admin', []],
        ['rita', []],
      ])
    })
  },
)
