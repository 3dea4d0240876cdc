/** Repositories, pull requests and gate reports for the mock server, as the server answers them. */
const minute = 60_000
const now = Date.now()
const at = (minutesAgo) => new Date(now - minutesAgo * minute).toISOString()
const hash = (seed) =>
  Array.from({ length: 40 }, (_, index) => '0123456789abcdef'[(seed * 31 + index * index * 7 + index * seed) % 16]).join('')
const digest = (seed) => `sha256:${hash(seed)}${hash(seed + 1).slice(0, 24)}`

export const repositories = ['fraud-detector', 'team/churn-model', 'platform-manifests'].map((name) => ({
  name,
  url: `http://127.0.0.1:7420/git/${name}.git`,
  defaultBranch: 'main',
}))

const protection = {
  pattern: 'main',
  requiredChecks: ['Tests', 'Gate: fraud-quality'],
  requiredApprovals: 2,
  codeOwners: true,
  allowSelfApproval: false,
  linearHistory: false,
  upToDate: false,
  mayPush: ['@release'],
}
export const protections = new Map([['fraud-detector', [protection]]])

const met = (kind, text) => ({ kind, isMet: true, text })
const open = (kind, text) => ({ kind, isMet: false, text })

function pull(number, title, more) {
  return {
    repository: 'fraud-detector',
    provider: 'builtin',
    number,
    title,
    body: '',
    state: 'open',
    isDraft: false,
    isOutside: false,
    author: 'mira',
    head: { branch: `mira/change-${number}`, commit: hash(number) },
    base: { branch: 'main', commit: hash(1) },
    createdAt: at(number % 7 === 0 ? 3_000 : 420),
    updatedAt: at((431 - number) * 17 + 13),
    mergeability: { state: 'clean', isBehind: false },
    requirements: [met('conflicts', "No conflicts with 'main'.")],
    ...more,
  }
}

const body = `Adds two features from the device graph: how many accounts share a device (\`device_degree\`) and how long we have known it (\`device_age_days\`). Most of the gain is in account takeover, where the velocity features see nothing.

- [x] features
- [ ] documentation

Training data moves to 20 October to 9 November. Closes [#397](https://example.com/397).

| feature | importance |
| --- | ---: |
| device_degree | 0.18 |
| device_age_days | 0.11 |
`

const hostile = `<script>document.title='owned'</script> <img src=x onerror=alert(1)> ![tracker](https://evil.example/pixel.png)

[harmless](javascript:alert(1)) [data](data:text/html,<script>1</script>) <a href="javascript:alert(2)">raw</a> [outside](https://example.com)

# A heading
[^1]: note
${'very-long-word-without-a-break-'.repeat(12)}`

export const pulls = [
  pull(421, 'Add device-graph features', {
    body,
    requirements: [
      met('conflicts', "No conflicts with 'main'."),
      open('approvals', '1 of 2 approvals: lea approved 7d3c0b9.'),
      met('codeOwners', 'Its code owners have approved.'),
      met('check', "Check 'Tests': 214 passed"),
      met('check', "Check 'Gate: fraud-quality': Pass: above the line on all 6 rules"),
    ],
  }),
  pull(430, 'Rename the feature store, everywhere', {
    author: 'jonas',
    repository: 'platform-manifests',
    head: { branch: 'jonas/rename', commit: hash(430) },
  }),
  pull(431, 'A title with <b>markup</b> & a_very_long_name_that_has_no_break_in_it_whatsoever_and_goes_on_and_on_for_ever', {
    body: hostile,
    isOutside: true,
    author: 'stranger.from-the-internet',
    head: { commit: hash(431) },
    requirements: [
      met('conflicts', "No conflicts with 'main'."),
      open('approvals', '0 of 2 approvals: nobody who counts has approved it.'),
      open('check', "Check 'Tests' has not reported on this head."),
    ],
  }),
  pull(424, 'Retrain on November, smaller forest', {
    author: 'admin',
    requirements: [
      met('conflicts', "No conflicts with 'main'."),
      open('check', "Check 'Gate: fraud-quality': Fail: average_precision is worse by more than 2 %"),
      open('approvals', '0 of 2 approvals: nobody who counts has approved it.'),
    ],
  }),
  pull(423, 'Tune the threshold for small merchants', {
    isDraft: true,
    author: 'lea',
    mergeability: { state: 'conflicts', conflicts: ['gate.yaml', 'features/merchant.py'], isBehind: true },
    requirements: [
      open('draft', 'It is a draft: mark it as ready for review.'),
      open('conflicts', "Conflicts with 'main' in gate.yaml, features/merchant.py: merge or rebase it, resolve them, and push."),
    ],
  }),
  pull(12, 'Weekly retraining', {
    repository: 'team/churn-model',
    author: 'ana',
    head: { branch: 'ana/weekly', commit: hash(12) },
    updatedAt: at(200),
  }),
  pull(415, 'Keep the golden set beside the model', {
    state: 'merged',
    author: 'mira',
    merged: { at: at(2_000), by: 'jonas', commit: hash(99), method: 'squash' },
    updatedAt: at(2_000),
    requirements: [open('state', 'It is merged already.')],
  }),
  pull(412, 'Try gradient boosting', {
    state: 'closed',
    author: 'lea',
    closed: { at: at(3_000), by: 'lea' },
    updatedAt: at(3_000),
    requirements: [open('state', 'It is closed: reopen it first.')],
  }),
]

const line = (id, author, minutesAgo, text, more) => ({
  id,
  author,
  body: text,
  createdAt: at(minutesAgo),
  updatedAt: at(minutesAgo),
  kind: 'line',
  path: 'features/device_graph.py',
  line: 12,
  side: 'new',
  commit: hash(421),
  currentPath: 'features/device_graph.py',
  currentLine: 12,
  isOutdated: false,
  ...more,
})
const said = (id, author, minutesAgo, kind, text, more) => ({
  id,
  author,
  body: text,
  createdAt: at(minutesAgo),
  updatedAt: at(minutesAgo),
  kind,
  ...more,
})
export const comments = new Map([
  [
    'fraud-detector 421',
    [
      said('c0', 'mira', 400, 'event', 'pushed 3 commits, the head is c15e8f2 now'),
      line('c1', 'lea', 330, 'This counts closed accounts too. Shared family tablets will look like rings after a few years.'),
      line('c2', 'mira', 250, 'Right. Closed accounts are left out now, and there is a test with a family of five.', { inReplyTo: 'c1' }),
      line('c3', 'lea', 320, 'Is this bound checked anywhere?', {
        isOutdated: true,
        currentPath: undefined,
        currentLine: undefined,
        line: 31,
      }),
      line('c4', 'lea', 310, 'Typo: degrees.', { isResolved: true, currentLine: 5, line: 5 }),
      said('c5', 'mira', 248, 'event', 'pushed 7d3c0b9; the approval of lea was for c15e8f2'),
      said(
        'c6',
        'plimsoll',
        160,
        'report',
        '## Pass\n\nModel 2.16.0 is above the line on all rules.\n\n| metric | baseline | candidate |\n|---|---:|---:|\n| average_precision | 0.6046 | 0.6555 |',
        { marker: 'gate/fraud-quality' },
      ),
      said(
        'c7',
        'admin',
        40,
        'comment',
        'I would like to see the **drift** report before this goes out.\n\n```python\nprint(drift(train, live))\n```',
      ),
    ],
  ],
])
export const reviews = new Map([
  [
    'fraud-detector 421',
    [
      {
        id: 'r1',
        author: 'lea',
        state: 'approved',
        body: '',
        commit: hash(4),
        baseBranch: 'main',
        submittedAt: at(300),
        void: 'the head moved to 7d3c0b9',
      },
      {
        id: 'r2',
        author: 'lea',
        state: 'approved',
        body: 'Reads well, and the family test convinces me.',
        commit: hash(421),
        baseBranch: 'main',
        submittedAt: at(150),
      },
      {
        id: 'r3',
        author: 'jonas',
        state: 'changesRequested',
        body: 'Please say in the README where the graph comes from.',
        commit: hash(4),
        baseBranch: 'main',
        submittedAt: at(310),
      },
    ],
  ],
])

const check = (name, conclusion, title, seconds, more) => ({
  name,
  commit: hash(421),
  status: 'completed',
  conclusion,
  title,
  detailsUrl: '/runs/1287',
  startedAt: at(180),
  completedAt: new Date(now - 180 * minute + seconds * 1_000).toISOString(),
  ...more,
})
const allChecks = [
  check('Lint', 'success', '', 18, {
    annotations: [
      { path: 'features/pipeline.py', line: 42, level: 'warning', title: 'E501', message: 'Line is longer than 80 characters.' },
      { path: 'features/device_graph.py', line: 14, level: 'failure', message: 'The return type is not what the caller expects.' },
    ],
  }),
  check('Tests', 'success', '214 passed', 72),
  check('Data: schema and ranges', 'success', '', 31),
  check('Data: drift', 'neutral', '2 columns drift a little', 44, { summary: '`amount` and `mcc` have a PSI of 0.11.' }),
  check('Train', 'success', '', 391),
  check('Gate: fraud-quality', 'success', 'Pass: above the line on all 6 rules', 125, { detailsUrl: '/gates/report-pass' }),
  check('Plan: fraud-staging', 'success', '2 change, 1 new, 1 pruned', 1),
  check('Container image', 'skipped', 'unchanged', 0, { startedAt: undefined, completedAt: undefined }),
]
export const checksOf = (commit) =>
  commit === hash(421)
    ? allChecks
    : commit === hash(424)
      ? [
          check('Tests', 'success', '214 passed', 70),
          check('Gate: fraud-quality', 'failure', 'Fail: average_precision is worse', 118, { detailsUrl: '/gates/report-fail' }),
          { ...check('Plan: fraud-staging', undefined, '', 0), status: 'inProgress', startedAt: at(1), completedAt: undefined },
        ]
      : []

export const commitsOf = (number) =>
  [
    'Count accounts by device',
    'Read the age of a device',
    'Train on 20 October to 9 November',
    'Leave closed accounts out of device degree\n\nShared family tablets looked like rings.',
  ].map((message, index) => ({
    commit: index === 3 ? hash(number) : hash(number * 10 + index),
    author: 'Mira Okafor',
    email: 'mira@example.org',
    date: at(500 - index * 60),
    message,
    parents: [hash(index)],
  }))

const python = (text) => text.split('\n')
export const filesOf = (number) => {
  if (number === 430) return { files: manyFiles(), isTruncated: false, from: hash(1), to: hash(430) }
  return {
    files: [
      {
        path: '.github/workflows/train.yml',
        status: 'modified',
        additions: 2,
        deletions: 1,
        isBinary: false,
        hunks: [
          {
            oldStart: 18,
            newStart: 18,
            heading: 'jobs:',
            lines: [
              ' ',
              '       - run: pip install -r requirements.txt',
              '-      - run: python train.py --rounds 200',
              '+      - run: python features/device_graph.py',
              '+      - run: python train.py --rounds 240',
              '       - run: plimsoll gate run gate.yaml',
            ],
          },
        ],
      },
      { path: 'assets/roc.png', status: 'modified', additions: 0, deletions: 0, isBinary: true },
      {
        path: 'data/train.parquet.dvc',
        status: 'modified',
        additions: 1,
        deletions: 1,
        isBinary: false,
        hunks: [
          {
            oldStart: 1,
            newStart: 1,
            heading: '',
            lines: ['-- md5: 6fd2c04b91aef1c3e9', '+- md5: b07d51e9c4f39ab217', '   size: 18204122', '   path: train.parquet'],
          },
        ],
      },
      {
        path: 'features/device_graph.py',
        status: 'added',
        additions: 24,
        deletions: 0,
        isBinary: false,
        hunks: [
          {
            oldStart: 0,
            newStart: 1,
            heading: '',
            lines: python(`"""Features from the graph of devices and accounts."""

import pandas as pd

def degrees(accounts: pd.DataFrame) -> pd.Series:
    """How many open accounts share each device.

    A family tablet has many over the years; closed accounts do not count.
    """
    open_accounts = accounts[accounts["closed_at"].isna()]

    degree = open_accounts.groupby("device_id")["account_id"].nunique()
    return degree.rename("device_degree")


def ages(devices: pd.DataFrame, at: pd.Timestamp) -> pd.Series:
    """Days since a device was first seen; unknown ones are new."""
    age = (at - devices.groupby("device_id")["seen_at"].min()).dt.days
    return age.clip(lower=0).fillna(0).rename("device_age_days")


if __name__ == "__main__":
    main()`).map((text) => `+${text}`),
          },
        ],
      },
      {
        path: 'features/pipeline.py',
        status: 'modified',
        additions: 5,
        deletions: 4,
        isBinary: false,
        hunks: [
          {
            oldStart: 8,
            newStart: 8,
            heading: 'from features import velocity',
            lines: [
              ' import pandas as pd',
              ' ',
              '-from features import velocity',
              '+from features import device_graph, velocity',
              ' ',
              ' def build(payments, accounts):',
            ],
          },
          {
            oldStart: 40,
            newStart: 40,
            heading: 'def build(payments, accounts):',
            lines: [
              '     frame = payments.copy()',
              '-    frame = velocity.add(frame, windows=[1, 24])',
              '-    return frame[["amount", "mcc", "country", "velocity_1h"]]',
              '-',
              '+    frame = velocity.add(frame, windows=[1, 24, 168])',
              '+    frame = frame.join(device_graph.degrees(accounts), on="device_id")',
              '+    return frame[["amount", "mcc", "country", "velocity_1h", "device_degree"]]',
              '+',
              '     # nothing else\u202e \u2066if is_admin\u2069 \u2066',
            ],
          },
        ],
      },
      {
        path: 'manifests/fraud/model.yaml',
        previousPath: 'manifests/model.yaml',
        status: 'renamed',
        additions: 2,
        deletions: 2,
        isBinary: false,
        hunks: [
          {
            oldStart: 5,
            newStart: 5,
            heading: 'kind: ConfigMap',
            lines: [
              ' data:',
              '-  model.version: 2.15.1',
              '-  model.digest: sha256:6fd2c04b91ae',
              '+  model.version: 2.16.0',
              '+  model.digest: sha256:b07d51e9c4f3',
              '\\ No newline at end of file',
            ],
          },
        ],
      },
      { path: 'notebooks/exploration.ipynb', status: 'modified', additions: 41_000, deletions: 38_000, isBinary: false, isTooLarge: true },
      {
        path: 'tests/old_graph_test.py',
        status: 'removed',
        additions: 0,
        deletions: 3,
        isBinary: false,
        hunks: [
          { oldStart: 1, newStart: 0, heading: '', lines: ['-def test_graph():', '-    assert degrees(accounts())["tablet"] == 5', '-'] },
        ],
      },
      {
        path: 'tests/snapshot.json',
        status: 'added',
        additions: 1_200,
        deletions: 0,
        isBinary: false,
        hunks: [
          { oldStart: 0, newStart: 1, heading: '', lines: Array.from({ length: 1_200 }, (_, index) => `+  "row-${index}": ${index * 7},`) },
        ],
      },
    ],
    isTruncated: false,
    from: hash(1),
    to: hash(number),
  }
}

/** 300 files, about 20,000 lines. */
function manyFiles() {
  return Array.from({ length: 300 }, (_, index) => ({
    path: `services/${['auth', 'billing', 'catalog', 'delivery', 'events', 'fraud'][Math.floor(index / 50)]}/module_${index % 50}/store.py`,
    status: 'modified',
    additions: 22,
    deletions: 22,
    isBinary: false,
    hunks: [10, 200].map((start) => ({
      oldStart: start,
      newStart: start,
      heading: `class Store${index}:`,
      lines: Array.from({ length: 11 }, (_, at) => [
        `     def method_${at}(self):`,
        `-        return old_feature_store.get("feature_${index}_${at}", default=None)`,
        `+        return feature_store.get("feature_${index}_${at}", default=None)`,
      ]).flat(),
    })),
  }))
}

export const fileOf = (path) =>
  Array.from({ length: 60 }, (_, index) => `# line ${index + 1} of ${path}`)
    .join('\n')
    .concat('\n')

export const plansOf = (number) =>
  number === 412
    ? []
    : [
        {
          application: 'fraud-features-staging',
          revisions: [hash(number)],
          unchanged: 11,
          problems: [],
          changes: [
            change(
              'create',
              'batch',
              'Job',
              'golden-set-b07d51e9',
              'PreSync',
              0,
              [],
              undefined,
              'apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: golden-set-b07d51e9\n',
            ),
            change(
              'change',
              '',
              'ConfigMap',
              'fraud-model',
              'Sync',
              0,
              ['data["model.version"]', 'data["model.digest"]', 'data["features.graph"]', 'metadata.labels'],
              config('2.15.1', '6fd2c04b91ae', ''),
              config('2.16.0', 'b07d51e9c4f3', '  features.graph: device_degree,device_age_days\n'),
            ),
            change(
              'change',
              'apps',
              'Deployment',
              'fraud-detector',
              'Sync',
              1,
              ['spec.template.metadata.annotations["model-digest"]'],
              'kind: Deployment\nspec:\n  replicas: 3\n',
              'kind: Deployment\nspec:\n  replicas: 4\n',
            ),
            {
              ...change('keep', '', 'PersistentVolumeClaim', 'cache', 'Sync', 0, [], 'kind: PersistentVolumeClaim\n', undefined),
              why: 'annotated Prune=false',
            },
            change(
              'prune',
              '',
              'ConfigMap',
              'fraud-model-legacy',
              'Sync',
              0,
              [],
              'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: fraud-model-legacy\n',
              undefined,
            ),
          ],
        },
        { application: 'fraud-features-production', revisions: [hash(1)], unchanged: 14, problems: [], changes: [] },
        {
          application: 'embeddings-staging',
          revisions: [hash(number)],
          unchanged: 0,
          problems: ["manifests/kustomization.yaml:7: accumulating resources: no such file 'canary.yaml'"],
          changes: [],
        },
      ]

function change(action, group, kind, name, phase, wave, paths, live, target) {
  return {
    action,
    group,
    kind,
    namespace: 'fraud',
    name,
    phase,
    wave,
    differences: paths.map((path) => ({ path, live: '"1"', target: '"2"' })),
    ...(live && { live }),
    ...(target && { target }),
  }
}

function config(version, hex, more) {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: fraud-model\n  namespace: fraud\ndata:\n  model.version: ${version}\n  model.digest: sha256:${hex}\n  features: amount,mcc,country,velocity_1h\n${more}`
}

const curve = (power, points = 60) =>
  Array.from({ length: points + 1 }, (_, index) => ({ x: index / points, y: Number(((index / points) ** power).toFixed(4)) }))
const calibration = (bend) =>
  [0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97].map((x, index) => ({
    x,
    y: Number((x + bend * Math.sin(x * 6)).toFixed(3)),
    n: 900 - index * 70,
  }))
const bins = (shift) =>
  Array.from({ length: 20 }, (_, index) => Number((Math.exp(-((index - shift) ** 2) / 14) * 0.14 + (index === 0 ? 0.3 : 0.004)).toFixed(4)))

const rule = (kind, threshold, of, gain, low, high, verdict = 'pass', more = {}) => ({
  rule: kind,
  threshold,
  of,
  evidence: 'interval',
  verdict,
  reason: verdict === 'pass' ? 'shown' : verdict === 'fail' ? 'worse' : 'tooClose',
  words: `The gain is ${gain}.`,
  gain,
  ...(low !== undefined && { interval: { low, high } }),
  method: low === undefined ? 'point' : 'bootstrap',
  replicates: 10_000,
  ...more,
})
const metric = (name, better, baseline, candidate, rules) => ({
  name,
  better,
  verdict: rules.some((one) => one.verdict === 'fail')
    ? 'fail'
    : rules.some((one) => one.verdict === 'inconclusive')
      ? 'inconclusive'
      : 'pass',
  candidate,
  baseline,
  difference: typeof candidate === 'number' ? candidate - baseline : candidate,
  source: 'rows',
  n: 184_302,
  rules,
})
const slice = (value, n, baseline, candidate, gain, more = {}) => ({
  name: `country=${value}`,
  column: 'country',
  value,
  n,
  baseline,
  candidate,
  gain,
  p: 0.4,
  adjusted: 1,
  isWorse: false,
  isWorthALook: false,
  ...more,
})

function report(id, verdict, number, words, metrics, more = {}) {
  return {
    id,
    gate: 'fraud-quality',
    gateDigest: digest(5),
    createdAt: at(160),
    verdict,
    repository: 'fraud-detector',
    commit: hash(number),
    pullRequest: number,
    runId: '1287',
    by: 'ci',
    candidate: {
      digest: digest(41),
      name: '2.16.0',
      size: 48_204_122,
      trainedBy: 'mira',
      trainedAt: at(170),
      commit: hash(number),
      dataDigest: digest(51),
      trainingDataDigest: digest(52),
      origin: 'https://mlflow.example.com/#/experiments/7/runs/9c1f',
      parameters: { max_depth: '9', rounds: '240', eta: '0.1' },
    },
    baseline: {
      digest: digest(42),
      name: '2.14.0',
      application: 'fraud-production',
      dataDigest: digest(51),
      trainingDataDigest: digest(53),
      parameters: { max_depth: '8', rounds: '200', eta: '0.1' },
    },
    plots: {
      rocCurve: { candidate: curve(0.16), baseline: curve(0.22) },
      precisionRecall: {
        candidate: curve(1).map(({ x }) => ({ x, y: Number((1 - x ** 5 * 0.98).toFixed(4)) })),
        baseline: curve(1).map(({ x }) => ({ x, y: Number((1 - x ** 3 * 0.98).toFixed(4)) })),
      },
      calibration: { candidate: calibration(0.015), baseline: calibration(-0.05) },
      scores: { from: 0, to: 1, candidate: bins(14), baseline: bins(12) },
      confusion: {
        classes: ['legitimate', 'fraud'],
        candidate: [
          [181_922, 433],
          [722, 1_225],
        ],
        baseline: [
          [181_801, 554],
          [820, 1_127],
        ],
      },
    },
    changed: {
      code: { from: hash(1), to: hash(number), files: 6, additions: 312, deletions: 47 },
      data: [{ name: 'data/train.parquet.dvc', from: digest(53), to: digest(52) }],
    },
    reproduce: `plimsoll gate run gate.yaml --revision ${hash(number).slice(0, 7)} --model model.bin --predictions predictions.csv`,
    result: {
      verdict,
      reason: verdict === 'pass' ? 'shown' : 'worse',
      words,
      candidate: { modelDigest: digest(41), dataDigest: digest(51), rows: 184_302 },
      baseline: { modelDigest: digest(42), dataDigest: digest(51), rows: 184_302 },
      confidence: 0.95,
      replicates: 10_000,
      seed: `${digest(51)}|${digest(41)}|${digest(42)}`,
      metrics,
      leak: { candidateRows: 0, incumbentRows: 0, incumbentShare: 0 },
      warnings: [],
      slices: {
        verdict: verdict === 'fail' ? 'fail' : 'pass',
        reason: 'shown',
        words: 'None of 6 slices is worse by more than 2 % in average_precision. 1 more could not be judged.',
        metric: 'average_precision',
        margin: 0.02,
        of: 'relative',
        alpha: 0.05,
        slices: [
          slice('DE', 290, 0.621, 0.676, 0.089),
          slice('DK', 61, 0.618, 0.655, 0.06),
          slice(
            'BR',
            84,
            0.512,
            verdict === 'fail' ? 0.44 : 0.537,
            verdict === 'fail' ? -0.14 : 0.049,
            verdict === 'fail' ? { isWorse: true, p: 0.0002, adjusted: 0.0012 } : {},
          ),
          slice('IE', 64, 0.597, 0.64, 0.072),
          slice('PT', 38, 0.584, 0.571, -0.022, { notJudged: 'tooFew', p: undefined, adjusted: undefined }),
          slice('FR', 249, 0.613, 0.601, -0.0196, { isWorthALook: true, adjusted: 0.21 }),
          slice('GB', 241, 0.642, 0.69, 0.075),
        ],
      },
      ...more,
    },
  }
}

export const reports = [
  report(
    'report-pass',
    'pass',
    421,
    'The candidate is above the line on all rules. Closest is latency_p99_ms: at worst 4.8% worse, 5% allowed.',
    [
      metric('average_precision', 'higher', 0.6046, 0.6555, [rule('improve', 0.1, 'error', 0.1287, 0.106, 0.149)]),
      metric('recall_at_fpr_0.5%', 'higher', 0.579, 0.629, [rule('improve', 0.02, 'absolute', 0.05, 0.033, 0.067)]),
      metric('roc_auc', 'higher', 0.9612, 0.969, [
        rule('noWorseThan', 0.002, 'absolute', 0.0078, 0.005, 0.011, 'pass', { method: 'delong' }),
        rule('atLeast', 0.95, 'absolute', 0.019, 0.015, 0.023),
      ]),
      metric('calibration_error', 'lower', 0.021, 0.018, [rule('noWorseThan', 0.005, 'absolute', 0.003, -0.001, 0.006)]),
      metric('latency_p99_ms', 'lower', 38.2, 39.6, [rule('noWorseThan', 0.05, 'relative', -0.037, -0.048, -0.026)]),
      metric('model_size_mb', 'lower', 44.1, 46, [rule('atMost', 60, 'absolute', 14)]),
    ],
  ),
  report(
    'report-fail',
    'fail',
    424,
    'The candidate is below the line: average_precision went from 0.6046 to 0.5731, a loss of 0.0315, where 0.01 is allowed.',
    [
      metric('average_precision', 'higher', 0.6046, 0.5731, [
        rule('noWorseThan', 0.01, 'absolute', -0.0315, -0.0391, -0.0236, 'fail', {
          words: 'average_precision went from 0.6046 to 0.5731: a loss of 0.0315, where 0.01 is allowed.',
        }),
      ]),
      metric('roc_auc', 'higher', 0.9612, 0.9604, [
        rule('noWorseThan', 0.002, 'absolute', -0.0008, -0.0031, 0.0014, 'inconclusive', {
          words: 'roc_auc is too close to its limit to tell.',
          rowsNeeded: 310_000,
        }),
      ]),
      metric('recall_at_fpr_0.5%', 'higher', 0.579, { undefined: 'noPositives' }, [
        rule('improve', 0.02, 'absolute', { undefined: 'noPositives' }, undefined, undefined, 'inconclusive', {
          words: 'recall cannot be judged for the candidate: it has no positives.',
        }),
      ]),
    ],
    {
      warnings: [
        '12 rows of the evaluation were in the training data of the model that serves now.',
        'A relative gain of 10 % can never be reached from a baseline above 0.909.',
      ],
    },
  ),
  {
    ...report(
      'report-open',
      'inconclusive',
      12,
      'Nothing could be judged: the candidate and the model that serves were scored on other data.',
      [
        metric('log_loss', 'lower', 0.31, 0.302, [
          rule('improve', 0.005, 'absolute', 0.008, undefined, undefined, 'inconclusive', {
            reason: 'otherData',
            words: 'log_loss cannot be judged: the data differ.',
          }),
        ]),
      ],
      { next: 'scoreIncumbentAgain', replicates: 0, slices: undefined },
    ),
    repository: 'team/churn-model',
    plots: undefined,
    override: { verdict: 'pass', by: 'jonas', at: at(20), why: 'The evaluation set moved on purpose; both were compared by hand.' },
  },
]
