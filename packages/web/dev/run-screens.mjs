/** Screens of runs, deliveries, models, people and the guide, for `pictures.mjs`. */
const click = (name) => async (page) => page.getByRole('button', { name }).first().click()

export const runScreens = {
  runs: { path: '/runs', height: 1100 },
  'runs-filter': { path: '/runs?state=waiting&repository=fraud-detector' },
  'runs-none': { path: '/runs?q=nothing-like-it' },
  'runs-empty': { path: '/runs', scenario: 'empty' },
  'runs-failing': { path: '/runs', scenario: 'failing', wait: 4_500 },
  'runs-loading': { path: '/runs', scenario: 'slow', wait: 900 },
  'runs-dispatch': {
    path: '/runs',
    act: async (page) => {
      await click(/^(Run a workflow|워크플로 실행)$/)(page)
      await page.waitForTimeout(400)
      await page.locator('dialog .button.primary').click()
    },
  },
  run: { path: '/runs/1291', height: 1300 },
  'run-failed': { path: '/runs/1290', height: 1300 },
  'run-waits': { path: '/runs/1289' },
  'run-outside': { path: '/runs/1288' },
  'run-interrupted': { path: '/runs/1287' },
  'run-broken': { path: '/runs/1286' },
  'run-long': { path: '/runs/1285?line=500000', wait: 2_000 },
  'run-search': {
    path: '/runs/1291',
    act: async (page) => page.locator('.log-bar input').fill('fold'),
  },
  'run-wrap': { path: '/runs/1291', act: async (page) => page.locator('.log-bar .end .button').nth(1).click() },
  'run-gone': { path: '/runs/999999' },
  'run-loading': { path: '/runs/1291', scenario: 'slow', wait: 900 },
  'run-failing': { path: '/runs/1291', scenario: 'failing', wait: 4_500 },
  deliveries: { path: '/deliveries', height: 1100 },
  'deliveries-empty': { path: '/deliveries', scenario: 'empty' },
  'deliveries-failing': { path: '/deliveries', scenario: 'failing', wait: 4_500 },
  'deliveries-loading': { path: '/deliveries', scenario: 'slow', wait: 900 },
  delivery: { path: '/deliveries/fraud-detector', height: 1400 },
  'delivery-failed': { path: '/deliveries/churn', height: 1400 },
  'delivery-none': { path: '/deliveries/fraud-detector?model=ffff' },
  'delivery-gone': { path: '/deliveries/nothing' },
  'delivery-revert': { path: '/deliveries/fraud-detector', act: click(/^(Roll back|되돌리기)$/) },
  'delivery-hold': {
    path: '/deliveries/fraud-detector',
    act: async (page) => {
      await click(/^(Hold promotions|승격 보류)$/)(page)
      await page.locator('dialog .button.primary').click()
    },
  },
  'delivery-override': { path: '/deliveries/fraud-detector', act: click(/^(Override|무시하고 진행)/) },
  models: { path: '/models' },
  'models-empty': { path: '/models', scenario: 'empty' },
  accounts: { path: '/settings/accounts' },
  'accounts-failing': { path: '/settings/accounts', scenario: 'failing', wait: 4_500 },
  'account-new': {
    path: '/settings/accounts',
    height: 1000,
    act: async (page) => {
      await click(/^(New account|새 계정)$/)(page)
      await page.locator('dialog .button.primary').click()
    },
  },
  'account-tokens': {
    path: '/settings/accounts',
    height: 1000,
    act: async (page) => {
      await page
        .getByRole('button', { name: /^(Tokens|토큰)$/ })
        .nth(1)
        .click()
      await page.getByRole('button', { name: /^(Create token|토큰 만들기)$/ }).click()
    },
  },
  'account-password': { path: '/settings/accounts', act: click(/^(Change password|비밀번호 바꾸기)$/) },
  'account-menu': { path: '/runs', scenario: 'demo', act: async (page) => page.locator('button.me').click(), minWidth: 720 },
  'acting-as': {
    path: '/runs',
    scenario: 'demo',
    minWidth: 720,
    act: async (page) => {
      await page.locator('button.me').click()
      await page
        .getByRole('menuitem', { name: /Mina Park|Jonas Weber/ })
        .first()
        .click()
      await page.waitForTimeout(1_500)
    },
  },
  start: { path: '/start', scenario: 'demo', height: 1300 },
  'start-asked': { path: '/start', scenario: 'demo', height: 1400, act: click(/^(Ask both stages|두 단계에 물어보기)$/) },
  'start-none': { path: '/start' },
  'start-banner': { path: '/applications', scenario: 'demo' },
}
