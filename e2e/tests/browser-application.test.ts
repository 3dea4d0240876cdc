import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, launchBrowser, pageOf, sees, seesNoMore, takePicture, type Visitor, visit } from '../harness/browser.ts'
import { findKubectl, kubectlMissing } from '../harness/kubectl.ts'
import { placesSeen, watchPlaces } from '../harness/places.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually, mustRun } from '../harness/run.ts'

const kubectl = findKubectl('1.33')

const deployment = (replicas: number): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop, labels: { app: shop } }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: main
          image: busybox
          command: [sh, -c, 'n=0; while true; do n=$((n+1)); echo "tick $n"; sleep 0.3; done']
`
const configMap = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  value: "${value}"\n`
const secret = `apiVersion: v1\nkind: Secret\nmetadata:\n  name: shop-key\nstringData:\n  password: canary-of-the-secret\n`

describe.skipIf(browserMissing)(`The page of an application (needs a browser: ${browserMissing ?? 'found'})`, () => {
  let plimsoll: Plimsoll
  let browser: Browser
  let visitor: Visitor
  let page: Page
  beforeAll(async () => {
    ;[plimsoll, browser] = await Promise.all([startPlimsoll(), launchBrowser()])
    await plimsoll.push(
      'shop',
      {
        'deployment.yaml': deployment(1),
        'settings.yaml': configMap('settings', 'one'),
        'extra.yaml': configMap('extra', 'x'),
        'secret.yaml': secret,
      },
      'Open the shop',
    )
    const manifest = applicationManifest(plimsoll, 'shop', { prune: false, selfHeal: false })
    const ignoreDifferences = [
      { kind: 'ConfigMap', name: 'settings', jsonPointers: ['/metadata/annotations/argocd.argoproj.io~1tracking-id'] },
    ]
    await plimsoll.api('POST', '/api/v1/applications', { ...manifest, spec: { ...(manifest.spec as object), ignoreDifferences } })
    await untilSynced(plimsoll, 'shop', { health: 'Healthy' })
    visitor = await visit(browser, plimsoll)
    page = visitor.page
    await page.goto(pageOf(plimsoll, 'shop'))
  })
  afterAll(async () => {
    await browser?.close()
    await plimsoll?.stop()
  })

  const node = (name: string | RegExp): Locator => page.getByRole('treeitem', { name })
  const tab = (name: string): Locator => page.getByRole('tab', { name: new RegExp(`^${name}`) })
  const inspector = (): Locator => page.getByRole('complementary', { name: 'Selected resource' })
  const state = (): Locator =>
    page
      .getByRole('status')
      .filter({ hasText: /Healthy|Progressing|Degraded|Missing/ })
      .first()
  const edit = (value: string): Promise<string> =>
    mustRun(kubectl ?? '', [
      '--kubeconfig',
      plimsoll.kubeconfig,
      '-n',
      'shop',
      'patch',
      'configmap',
      'settings',
      '--type=merge',
      '-p',
      JSON.stringify({ data: { value } }),
    ])
  const liveConfigMaps = async (): Promise<string[]> =>
    (
      await mustRun(kubectl ?? '', [
        '--kubeconfig',
        plimsoll.kubeconfig,
        '-n',
        'shop',
        'get',
        'configmaps',
        '-o',
        'jsonpath={range .items[*]}{.metadata.name}={.data.value} {end}',
      ])
    )
      .split(' ')
      .filter((one) => /^(settings|extra|late)=/.test(one))

  it('draws what Git holds and what the cluster made of it', async () => {
    await sees(page.getByRole('heading', { level: 1, name: 'shop' }))
    await sees(state().getByText('Synced'))
    for (const name of [
      /^Application, shop, health Healthy, sync Synced/,
      /^Deployment, shop, health Healthy/,
      /^ReplicaSet, shop-/,
      /^Pod, shop-.*Running/,
      /^ConfigMap, settings/,
      /^Secret, shop-key/,
    ])
      await sees(node(name))
    await sees(page.getByText('Open the shop').first())
  })

  it('shows a pod that a push brings, while the rest stays where it is', async () => {
    await sees(node(/^Pod, shop-/))
    const pods = await node(/^Pod, shop-/).count()
    await watchPlaces(page, 'h1, .app-facts, [aria-label="Resources"], [role="tree"], [role="tablist"], .inspector', { onlyCorner: true })

    await plimsoll.push('shop', { 'deployment.yaml': deployment(2) }, 'Two of them')

    await eventually('a second pod is drawn', async () => (await node(/^Pod, shop-.*health Healthy/).count()) === pods + 1)
    await sees(state().getByText('Healthy'))
    expect(await placesSeen(page)).toEqual([])
  })

  it('tells all about one object: summary, manifest and events, with the keys of a Secret and never its values', async () => {
    await node(/^Deployment, shop/).click()
    await sees(inspector().getByText('2 wanted, 2 ready'))
    await tab('Events').click()
    await sees(inspector().getByText('ScalingReplicaSet').first())

    await node(/^Secret, shop-key/).click()
    await tab('Manifest').click()
    await sees(
      inspector()
        .getByRole('region', { name: /Secret shop-key/ })
        .getByText('password:'),
    )
    await sees(inspector().getByText('++++++++').first())
    await inspector().getByRole('radio', { name: 'Git' }).click()
    await sees(inspector().getByText('++++++++').first())
    expect(await page.content()).not.toMatch(/canary-of-the-secret|Y2FuYXJ5LW9mLXRoZS1zZWNyZXQ/)
  })

  it('follows the log of a pod, stops when asked, and finds words in it', async () => {
    await node(/^Pod, shop-/)
      .first()
      .click()
    await tab('Logs').click()
    const log = inspector().getByRole('log')
    await sees(log.getByText(/^tick \d+$/).first())
    const highest = async (): Promise<number> =>
      Math.max(...(await log.getByText(/^tick \d+$/).allTextContents()).map((line) => Number(line.slice(5))))
    const first = await highest()
    await eventually('more lines come', async () => (await highest()) > first + 1)

    await inspector()
      .getByRole('searchbox', { name: /Search/ })
      .fill('tick 1')
    await sees(log.locator('mark').first())
    await inspector()
      .getByRole('button', { name: /^Following/ })
      .click()
    await sees(inspector().getByRole('button', { name: /^Follow/, pressed: false }))
    await takePicture(page, 'application-logs')
  })

  it.skipIf(!kubectl)(
    `shows what somebody changed in the cluster, field by field, against Git (needs kubectl: ${kubectlMissing})`,
    async () => {
      await page.goto(pageOf(plimsoll, 'shop'))
      await sees(state().getByText('Synced'))
      await edit('edited by hand')

      await sees(state().getByText('OutOfSync'))
      await sees(page.getByText(/ConfigMap settings differs from Git; self-heal is off/))
      // What differs is chosen by itself, with its difference.
      await sees(inspector().getByRole('heading', { name: 'settings' }))
      const field = inspector().getByRole('list', { name: 'Fields that differ' }).getByRole('listitem')
      await sees(field.filter({ hasText: 'data.value' }))
      expect(await field.textContent()).toMatch(/edited by hand.*one.*set by kubectl-patch/)
      const table = inspector().getByRole('table', { name: /What a sync would change in ConfigMap settings/ })
      await sees(table.getByText(/value: edited by hand/))
      await inspector().getByText('1 field not compared').click()
      await sees(inspector().getByText('/metadata/annotations/argocd.argoproj.io~1tracking-id'))
      await takePicture(page, 'application-diff-unified')
      await inspector().getByRole('radio', { name: 'Split' }).click()
      await sees(table.getByText(/value: edited by hand/))
      await takePicture(page, 'application-diff')
    },
  )

  it.skipIf(!kubectl)('tries a sync without changing anything, then syncs only what is chosen, then prunes', async () => {
    await plimsoll.push('shop', { 'extra.yaml': null, 'late.yaml': configMap('late', 'new') }, 'Drop the extra')
    await sees(node(/^ConfigMap, extra, .*not in Git|^ConfigMap, extra, .*sync OutOfSync/))
    // Automation has brought what is new, and left what somebody changed and what would have to be deleted.
    await eventually('the new object is there', async () => (await liveConfigMaps()).includes('late=new'))
    await edit('edited-again')
    await sees(node(/^ConfigMap, settings, .*sync OutOfSync/))
    const dialog = page.getByRole('dialog')

    await page.getByRole('button', { name: /^Sync/ }).and(page.locator('.app-head button')).click()
    await dialog.getByRole('checkbox', { name: /^Dry run/ }).check()
    await dialog.getByRole('button', { name: /^Try \d+ objects/ }).click()
    await sees(
      page
        .getByRole('status')
        .filter({ hasText: 'Dry run of shop' })
        .filter({ hasText: /objects? in/ }),
    )
    expect(await liveConfigMaps()).toEqual(['extra=x', 'late=new', 'settings=edited-again'])

    await page.getByRole('button', { name: /^Sync/ }).and(page.locator('.app-head button')).click()
    await dialog.getByRole('button', { name: 'none', exact: true }).click()
    await sees(dialog.getByText('Choose at least one object.'))
    await dialog.getByRole('checkbox', { name: /ConfigMap settings/ }).check()
    await dialog.getByRole('button', { name: 'Sync 1 object' }).click()
    await seesNoMore(dialog)
    await sees(node(/^ConfigMap, settings, .*sync Synced/))
    expect(await liveConfigMaps()).toEqual(['extra=x', 'late=new', 'settings=one'])

    await page.getByRole('button', { name: /^Sync/ }).and(page.locator('.app-head button')).click()
    await dialog.getByRole('checkbox', { name: /^Prune/ }).check()
    await sees(dialog.getByText(/1 object will be deleted: Git no longer has it/))
    await takePicture(page, 'application-sync')
    await dialog.getByRole('button', { name: /^Sync all/ }).click()
    await seesNoMore(node(/^ConfigMap, extra/))
    expect(await liveConfigMaps()).toEqual(['late=new', 'settings=one'])
  })

  it('refreshes on a key', async () => {
    await page.locator('body').click({ position: { x: 700, y: 10 } })
    await page.keyboard.press('r')

    await sees(page.getByRole('status').filter({ hasText: 'Looked at shop again' }))
  })

  it('goes back to an earlier revision, holds automated sync there and says so, and resumes', async () => {
    await page.goto(pageOf(plimsoll, 'shop'))
    const history = page.getByRole('region', { name: 'History' })
    await sees(history.getByText('Two of them'))
    await history
      .getByRole('listitem')
      .filter({ hasText: 'Two of them' })
      .getByRole('button', { name: /^Roll back to/ })
      .first()
      .click()
    const dialog = page.getByRole('alertdialog')
    await sees(dialog.getByText(/Automated sync is then on hold/))
    await takePicture(page, 'application-rollback')
    await dialog.getByRole('button', { name: 'Roll back', exact: true }).click()

    await sees(page.getByRole('status').filter({ hasText: /^Rolled shop back to/ }))
    await sees(page.getByRole('status').filter({ hasText: /Automated sync is on hold since .* by admin/ }))
    await sees(state().getByText('OutOfSync'))
    await sees(node(/^ConfigMap, extra/))
    await takePicture(page, 'application-held')

    await page.getByRole('button', { name: 'Resume', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Resume', exact: true }).click()
    await seesNoMore(page.getByText(/Automated sync is on hold/))
    await sees(node(/^ConfigMap, late, sync Synced/))
  })

  it('names the file and the line of a broken manifest, and what runs goes on', async () => {
    await plimsoll.push('shop', { 'settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: "settings\n' }, 'Break it')

    const problem = page.getByRole('alert').filter({ hasText: 'settings.yaml' })
    await sees(problem)
    expect(await problem.textContent()).toMatch(/settings\.yaml:\d+/)
    await sees(problem.getByText('The last good state keeps running.'))
    await sees(node(/^Pod, shop-.*Running/))
    await takePicture(page, 'application-broken')

    await plimsoll.push('shop', { 'settings.yaml': configMap('settings', 'one') }, 'Mend it')
    await seesNoMore(problem)
  })

  it('filters the tree, shows it as a list, and follows the arrow keys in it', async () => {
    await page.getByRole('searchbox', { name: /^Filter resources/ }).fill('late')
    await sees(node(/^ConfigMap, late/))
    await seesNoMore(node(/^Secret/))
    await page.getByRole('searchbox', { name: /^Filter resources/ }).fill('')

    await page.getByRole('radio', { name: 'List' }).click()
    await sees(node(/^Deployment, shop/))
    await node(/^Application, shop/).focus()
    await page.keyboard.press('ArrowDown')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-level'))).toBe('2')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-selected'))).toBe('true')
    await page.getByRole('radio', { name: 'Graph' }).click()
  })

  it('goes on with a log where it was, after the server was killed and started again', async () => {
    visitor.forgive(/ERR_CONNECTION|503|ERR_INCOMPLETE|ERR_NETWORK|ERR_EMPTY_RESPONSE/)
    await page.goto(pageOf(plimsoll, 'shop'))
    await node(/^Pod, shop-/)
      .first()
      .click()
    await tab('Logs').click()
    const log = inspector().getByRole('log')
    await sees(log.getByText(/^tick \d+$/).first())
    const ticks = async (): Promise<number[]> => (await log.getByText(/^tick \d+$/).allTextContents()).map((line) => Number(line.slice(5)))

    await plimsoll.kill()
    await sees(page.getByText(/^Not live since/).first())
    const last = Math.max(...(await ticks()))
    await plimsoll.restart()
    await eventually('lines from after the restart are there', async () => Math.max(...(await ticks())) > last + 10, 20_000)

    const seen = await ticks()
    expect(seen).toEqual(Array.from(seen, (_, index) => (seen[0] ?? 0) + index))
    await sees(page.getByRole('status').getByText('Live', { exact: true }))
  })

  it('does what can be done with an object, once somebody says so', async () => {
    await page.goto(pageOf(plimsoll, 'shop'))
    await node(/^Deployment, shop/).click()
    await inspector().getByRole('button', { name: 'Actions' }).click()
    const menu = page.getByRole('menu', { name: 'Actions of Deployment shop' })
    await sees(menu.getByRole('menuitem', { name: 'resume', disabled: true }))
    await takePicture(page, 'application-actions')
    await menu.getByRole('menuitem', { name: 'scale' }).click()

    const dialog = page.getByRole('alertdialog')
    await sees(dialog.getByText('Git stays as it is.'))
    await sees(dialog.getByRole('button', { name: 'scale', disabled: true }))
    await dialog.getByRole('textbox', { name: 'replicas' }).fill('many')
    await dialog.getByRole('button', { name: 'scale' }).click()
    await sees(dialog.getByText(/invalid number: many/))
    await dialog.getByRole('textbox', { name: 'replicas' }).fill('1')
    await dialog.getByRole('button', { name: 'scale' }).click()

    await sees(page.getByText('Deployment shop: scale'))
    await sees(state().getByText('OutOfSync'))
  })

  it('is deleted only after its name was typed', async () => {
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: /^Delete/ }).click()
    const dialog = page.getByRole('alertdialog')
    const confirm = dialog.getByRole('button', { name: /^Delete with \d+ objects/ })
    expect(await confirm.getAttribute('aria-disabled')).toBe('true')
    await dialog.getByRole('textbox', { name: 'Name of the application' }).fill('sho')
    await confirm.click({ force: true })
    await sees(dialog)
    await dialog.getByRole('textbox', { name: 'Name of the application' }).fill('shop')
    await takePicture(page, 'application-delete')
    await confirm.click()

    await sees(page.getByRole('heading', { level: 1, name: /^Applications/ }))
    await sees(page.getByRole('heading', { name: 'No applications yet' }))
  })

  it('caused no violation, error or request to elsewhere in all of this', () => {
    expect(visitor.problems()).toEqual([])
  })
})
