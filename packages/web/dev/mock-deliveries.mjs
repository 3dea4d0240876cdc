/** Deliveries, releases and promotions as the API answers them. */
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const at = (msAgo) => new Date(Date.now() - msAgo).toISOString()
const repoURL = 'http://127.0.0.1:7420/git/fraud-detector.git'
const hex = (text, length) => text.padEnd(length, '4c1f')

const release = (number, version, digest, title, author, pull, msAgo, more = {}) => ({
  name: `fraud-detector-${number}`,
  delivery: 'fraud-detector',
  number,
  revision: hex(digest.slice(0, 7), 40),
  repoURL,
  title,
  author,
  createdAt: at(msAgo),
  model: { digest: `sha256:${hex(digest, 64)}`, name: 'fraud-detector', version },
  images: [],
  verdict: 'pass',
  pullRequest: { repository: 'fraud-detector', number: pull },
  reviewers: ['jonas'],
  ...more,
})

export const releases = [
  release(21, '2.15.1', '6fd2c04b', 'One round trip for feature lookups', 'sooah', 421, 24 * minute),
  release(20, '2.15.0', '3be8d2a6', 'Merchant velocity features', 'mira', 415, 2 * hour),
  release(19, '2.14.2', 'e5a90c31', 'Retrain, 12 November', 'dev', 415, 7 * day),
  release(18, '2.14.1', '0c7fb8d2', 'Quantised leaves', 'tomas', 414, 10 * day, { verdict: 'inconclusive' }),
  release(17, '2.14.0', '9c1f4e07', 'October chargebacks', 'sooah', 412, 14 * day),
]
const of = (number) => releases.find((one) => one.number === number)

export const fraud = {
  name: 'fraud-detector',
  namespace: 'argocd',
  phase: 'WaitingForApproval',
  text: 'fraud-detector-21 waits for 1 approval of risk-leads before production.',
  source: { repoURL, branch: 'main', head: hex('a81c3d5', 40) },
  gate: 'fraud-quality',
  promotion: { by: 'path', as: 'commit' },
  releases,
  conditions: [{ type: 'Ready', status: 'True', reason: 'Looked', message: '', lastTransitionTime: at(minute) }],
  version: 7,
  stages: [
    {
      name: 'staging',
      application: 'fraud-features-staging',
      phase: 'Soaking',
      text: 'Healthy; it soaks for another 6 minutes.',
      since: at(24 * minute),
      release: of(21),
      commit: hex('a81c3d5', 40),
      approvedBy: [],
      by: 'merge',
      health: 'Healthy',
      sync: 'Synced',
      soak: { totalMs: 30 * minute, startedAt: at(23.8 * minute), endsAt: at(-6.2 * minute) },
      verification: [
        {
          name: 'health',
          kind: 'health',
          state: 'pass',
          text: 'Synced and Healthy',
          startedAt: at(24 * minute),
          finishedAt: at(23.5 * minute),
        },
        {
          name: 'smoke',
          kind: 'job',
          state: 'pass',
          text: '',
          startedAt: at(23.5 * minute),
          finishedAt: at(22.8 * minute),
          job: { namespace: 'fraud', name: 'smoke-21' },
        },
        { name: 'golden', kind: 'http', state: 'pass', text: '200 of 200', startedAt: at(22.8 * minute), finishedAt: at(22.6 * minute) },
        {
          name: 'latency',
          kind: 'analysis',
          state: 'inconclusive',
          text: 'Analyses are not supported yet.',
          overridden: { by: 'jonas', why: 'looked at by hand', at: at(20 * minute) },
        },
      ],
    },
    {
      name: 'production',
      application: 'fraud-features-production',
      phase: 'Finished',
      text: '',
      since: at(hour),
      release: of(20),
      commit: hex('1f0c7ae', 40),
      approvedBy: ['jonas'],
      by: 'system:delivery',
      health: 'Healthy',
      sync: 'Synced',
      verification: [
        { name: 'health', kind: 'health', state: 'pass', text: 'Synced and Healthy', startedAt: at(hour), finishedAt: at(hour - 40_000) },
      ],
      next: {
        release: of(21),
        isReady: false,
        isAutomatic: true,
        approvals: { required: 1, groups: ['risk-leads'], notAuthor: true, given: [] },
        requirements: [
          {
            id: 'verified',
            kind: 'verified',
            isMet: true,
            title: 'Verified in staging',
            text: '',
            figure: '4 of 4',
            mayBeOverridden: false,
          },
          {
            id: 'soak',
            kind: 'soak',
            isMet: false,
            title: 'Soak in staging',
            text: '30m of good health',
            figure: '6m12s left',
            metAt: at(-6.2 * minute),
            mayBeOverridden: true,
          },
          {
            id: 'approvals',
            kind: 'approvals',
            isMet: false,
            title: '1 approval of risk-leads',
            text: 'not the author, sooah',
            figure: '0 of 1',
            mayBeOverridden: false,
          },
          { id: 'free', kind: 'free', isMet: true, title: 'production is free', text: '', mayBeOverridden: false },
          {
            id: 'window',
            kind: 'window',
            isMet: true,
            title: 'Window 0 8 * * 1-4 Europe/Berlin',
            text: `open until ${at(-88 * minute)}`,
            figure: '1h28m',
            mayBeOverridden: true,
          },
          {
            id: 'errorBudget',
            kind: 'errorBudget',
            isMet: false,
            title: 'Error budget fraud-availability above 10%',
            text: 'What is left of it is not known: error budgets are not measured yet.',
            figure: 'unknown',
            mayBeOverridden: true,
          },
        ],
      },
    },
  ],
}

const broken = {
  ...fraud,
  name: 'churn',
  phase: 'Failed',
  text: 'churn-4 failed in staging: step smoke exited with 1.',
  source: { repoURL: 'https://git.example.org/team/churn.git', branch: 'main' },
  hold: { by: 'mira', why: 'The data team looks at the labels.', since: at(3 * hour) },
  releases: [{ ...of(18), name: 'churn-4', number: 4, delivery: 'churn' }],
  conditions: [
    {
      type: 'SourceReadable',
      status: 'False',
      reason: 'Unreachable',
      message: 'https://git.example.org does not answer: 30 s.',
      lastTransitionTime: at(hour),
    },
  ],
  stages: [
    {
      ...fraud.stages[0],
      phase: 'Failed',
      text: 'Step smoke failed: exited with 1 after 12 s.',
      release: { ...of(18), name: 'churn-4', number: 4 },
      soak: { totalMs: 10 * minute },
      verification: [
        { name: 'health', kind: 'health', state: 'pass', text: 'Synced and Healthy', startedAt: at(hour), finishedAt: at(hour - 9_000) },
        {
          name: 'smoke',
          kind: 'job',
          state: 'fail',
          text: 'exited with 1: expected 27 features, got 26',
          startedAt: at(hour),
          finishedAt: at(hour - 12_000),
        },
        { name: 'golden', kind: 'http', state: 'waiting', text: '' },
      ],
    },
    {
      ...fraud.stages[1],
      name: 'canary',
      application: 'churn-canary',
      phase: 'Empty',
      text: '',
      release: undefined,
      verification: [],
      next: undefined,
    },
    {
      ...fraud.stages[1],
      application: 'churn-production',
      phase: 'RolledBack',
      text: 'mira brought churn-2 back: wrong answers for new customers.',
      next: undefined,
    },
  ],
}

export const deliveries = [fraud, broken]

const promotion = (id, stage, number, kind, by, approvedBy, fromMs, untilMs, phase, text, why) => ({
  id: String(id),
  delivery: 'fraud-detector',
  stage,
  application: `fraud-features-${stage}`,
  release: of(number),
  kind,
  by,
  approvedBy,
  startedAt: at(fromMs),
  finishedAt: at(fromMs - 30_000),
  repoURL,
  commit: hex(`9e07c4${id}`, 40),
  phase,
  text,
  ...(why && { why }),
  ...(untilMs !== undefined && { until: at(untilMs) }),
})

export const promotions = [
  promotion(9, 'staging', 21, 'pin', 'merge', [], 24 * minute, undefined, 'Soaking', '6 min left'),
  promotion(8, 'production', 20, 'promotion', 'system:delivery', ['jonas'], hour, undefined, 'Finished', 'serves now'),
  promotion(7, 'staging', 20, 'pin', 'merge', [], 2 * hour, 24 * minute, 'Verified', 'soaked 1 h'),
  promotion(6, 'production', 17, 'revert', 'ana', [], 5 * day, hour, 'Finished', '', 'prediction-drift 0.31, limit 0.10'),
  promotion(5, 'production', 19, 'promotion', 'system:delivery', ['ana'], 6 * day, 5 * day, 'RolledBack', 'after 42 min'),
  promotion(4, 'staging', 19, 'pin', 'merge', [], 7 * day, 2 * hour, 'Verified', 'soaked 17 h'),
  promotion(3, 'staging', 18, 'pin', 'merge', [], 10 * day, 7 * day, 'Inconclusive', 'golden set: 3 of 200 answers differ'),
  promotion(2, 'production', 17, 'promotion', 'system:delivery', ['ana'], 13 * day, 6 * day, 'Verified', ''),
  promotion(1, 'staging', 17, 'pin', 'merge', [], 14 * day, 10 * day, 'Verified', 'soaked 20 h'),
]

export const accounts = [
  { name: 'admin', kind: 'person', role: 'admin', groups: [], enabled: true, createdAt: at(90 * day), tokens: [] },
  {
    name: 'mina',
    displayName: 'Mina Park',
    email: 'mina@plimsoll.localhost',
    kind: 'person',
    role: 'maintainer',
    groups: ['ml-engineers'],
    enabled: true,
    createdAt: at(9 * day),
    tokens: [{ id: '7f0a11', label: 'laptop', issuedAt: at(8 * day), expiresAt: at(-82 * day), lastUsedAt: at(2 * hour) }],
  },
  {
    name: 'jonas',
    displayName: 'Jonas Weber',
    email: 'jonas@plimsoll.localhost',
    kind: 'person',
    role: 'maintainer',
    groups: ['approvers', 'risk-leads'],
    enabled: true,
    createdAt: at(9 * day),
    tokens: [],
  },
  { name: 'ci', kind: 'service', role: 'contributor', groups: [], enabled: false, createdAt: at(30 * day), tokens: [] },
]
