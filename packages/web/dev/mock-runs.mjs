/** Runs of workflows as the API answers them, from one that goes well to one whose file cannot be read. */
const minute = 60_000
const at = (msAgo) => new Date(Date.now() - msAgo).toISOString()
const commit = (digit) => digit.repeat(8).padEnd(40, '3af0')

const steps = (names, current, from) =>
  names.map((name, index) => ({
    number: index + 1,
    name,
    state: index < current ? 'completed' : index === current ? 'inProgress' : 'queued',
    ...(index < current && { conclusion: 'success' }),
    ...(index <= current && { startedAt: at(from - index * 20_000) }),
    ...(index < current && { finishedAt: at(from - (index + 1) * 20_000 + 1_400) }),
  }))

const over = (names, from, failsAt = -1) =>
  names.map((name, index) => ({
    number: index + 1,
    name,
    state: 'completed',
    conclusion: failsAt < 0 || index < failsAt ? 'success' : index === failsAt ? 'failure' : 'skipped',
    ...((failsAt < 0 || index <= failsAt) && { startedAt: at(from - index * 4_000), finishedAt: at(from - (index + 1) * 4_000 + 300) }),
  }))

const job = (run, index, key, more) => ({
  id: `${run}-1-${index}`,
  key,
  name: key,
  needs: [],
  steps: [],
  isolation: 'user namespaces',
  ...more,
})
const done = (from, tookMs, conclusion = 'success') => ({
  state: 'completed',
  conclusion,
  startedAt: at(from),
  finishedAt: at(from - tookMs),
})

const training = [
  'Set up',
  'Check out',
  'Set up Python 3.11',
  'Restore cache',
  'Pull data',
  'Train',
  'Log to MLflow',
  'Upload model',
  'Save cache',
]
const base = { repository: 'fraud-detector', workflow: { path: '.github/workflows/ci.yml', name: 'CI' }, event: 'pull_request', trust: 'trusted', attempt: 1 } // prettier-ignore

export const runs = [
  {
    ...base,
    id: '1291',
    number: 1291,
    title: 'Weight chargebacks by amount',
    ref: 'refs/pull/423/merge',
    commit: commit('2'),
    branch: 'dev/weights',
    actor: 'dev',
    pullRequest: 421,
    state: 'inProgress',
    createdAt: at(5.8 * minute),
    startedAt: at(5.6 * minute),
    jobs: [
      job(1291, 1, 'lint', { ...done(5.6 * minute, 17_000), steps: over(['Set up', 'Check out', 'Lint'], 5.6 * minute) }),
      job(1291, 2, 'tests', {
        ...done(5.6 * minute, 69_000),
        steps: over(['Set up', 'Check out', 'Test'], 5.6 * minute).map((one, index) =>
          index === 2 ? { ...one, summary: '### Tests\n\n**184 passed** in 58 s, 2 skipped, 91% of lines\n' } : one,
        ),
      }),
      job(1291, 3, 'data-checks', {
        ...done(5.6 * minute, 48_000),
        steps: over(['Set up', 'Check out', 'Check data'], 5.6 * minute).map((one, index) =>
          index === 2
            ? {
                ...one,
                summary:
                  '### Data checks\n\n| Check | Rows | Broken | Result |\n|---|---:|---:|---|\n| Schema, 27 columns | 921,508 | 0 | passes |\n| Ranges and nulls | 921,508 | 3 | passes, 0.01% allowed |\n| Known values of `mcc` | 921,508 | 212 | **warning** |\n',
              }
            : one,
        ),
        annotations: [
          {
            path: 'data/payments.csv',
            line: 212,
            level: 'warning',
            title: 'Unseen values',
            message: 'column mcc has 212 values that training has not seen',
          },
        ],
      }),
      job(1291, 4, 'plan', { needs: ['lint'], ...done(5.2 * minute, 600), steps: over(['Plan'], 5.2 * minute) }),
      job(1291, 5, 'image', {
        needs: ['plan'],
        state: 'completed',
        conclusion: 'skipped',
        why: 'Its condition is false: no file of the image has changed.',
      }),
      job(1291, 6, 'train', {
        needs: ['tests', 'data-checks'],
        state: 'inProgress',
        startedAt: at(4.2 * minute),
        steps: steps(training, 5, 4.2 * minute),
      }),
      ...[7, 11, 42].map((seed, index) =>
        job(1291, 7 + index, 'evaluate', {
          name: `evaluate (seed: ${seed})`,
          needs: ['train', 'tests'],
          matrix: { seed },
          state: 'queued',
        }),
      ),
      job(1291, 10, 'gate', { needs: ['evaluate'], state: 'queued', why: 'Waits for evaluate.' }),
      job(1291, 11, 'report', { needs: ['gate'], state: 'queued' }),
    ],
  },
  {
    ...base,
    id: '1290',
    number: 1290,
    title: 'Drop the country feature',
    ref: 'refs/pull/424/merge',
    commit: commit('7'),
    branch: 'drop-country',
    actor: 'tomas',
    pullRequest: 424,
    state: 'completed',
    conclusion: 'failure',
    createdAt: at(48 * minute),
    startedAt: at(48 * minute),
    finishedAt: at(44 * minute),
    jobs: [
      job(1290, 1, 'tests', { ...done(48 * minute, 52_000), steps: over(['Set up', 'Check out', 'Test'], 48 * minute) }),
      job(1290, 2, 'train', {
        needs: ['tests'],
        ...done(47 * minute, 180_000, 'failure'),
        steps: over(training, 47 * minute, 5),
        annotations: [
          { path: 'train.py', line: 80, column: 4, level: 'failure', message: 'expected 27 features, got 26' },
          { path: '', line: 1, level: 'notice', message: 'The cache of pip was restored from main.' },
        ],
      }),
      job(1290, 3, 'gate', { needs: ['train'], state: 'completed', conclusion: 'skipped', why: 'train has failed.' }),
    ],
  },
  {
    ...base,
    id: '1289',
    number: 1289,
    workflow: { path: '.github/workflows/deploy.yml', name: 'Deploy' },
    event: 'push',
    title: 'Merge pull request 419',
    ref: 'refs/heads/main',
    commit: commit('9'),
    branch: 'main',
    actor: 'sooah',
    state: 'waiting',
    why: 'deploy waits for 1 approval of risk-leads for production.',
    createdAt: at(12 * minute),
    startedAt: at(12 * minute),
    jobs: [
      job(1289, 1, 'build', { ...done(12 * minute, 41_000), steps: over(['Set up', 'Check out', 'Build'], 12 * minute) }),
      job(1289, 2, 'deploy', {
        needs: ['build'],
        state: 'waiting',
        why: '1 approval of risk-leads for production.',
        environment: { name: 'production', url: 'https://fraud.example.org' },
      }),
    ],
  },
  {
    ...base,
    id: '1288',
    number: 1288,
    title: '<b>Update README</b> from a fork',
    ref: 'refs/for/main',
    commit: commit('c'),
    actor: 'stranger',
    pullRequest: 431,
    trust: 'outside',
    state: 'waiting',
    why: 'It comes from outside: a maintainer has to let it run.',
    createdAt: at(70 * minute),
    jobs: [job(1288, 1, 'tests', { state: 'queued' })],
  },
  {
    ...base,
    id: '1287',
    number: 88,
    workflow: { path: '.github/workflows/nightly.yml', name: 'Nightly retraining' },
    event: 'schedule',
    title: 'Nightly retraining',
    ref: 'refs/heads/main',
    commit: commit('a'),
    branch: 'main',
    actor: 'system',
    state: 'completed',
    conclusion: 'interrupted',
    why: 'The server ended in the middle of this run.',
    createdAt: at(9 * 60 * minute),
    startedAt: at(9 * 60 * minute),
    finishedAt: at(8.9 * 60 * minute),
    jobs: [job(1287, 1, 'retrain', { ...done(540 * minute, 360_000, 'interrupted'), steps: over(training, 540 * minute, 4) })],
  },
  {
    ...base,
    id: '1286',
    number: 1286,
    title: 'Fix the schedule',
    event: 'push',
    ref: 'refs/heads/main',
    commit: commit('b'),
    branch: 'main',
    actor: 'mira',
    state: 'completed',
    conclusion: 'failure',
    createdAt: at(10 * 60 * minute),
    finishedAt: at(10 * 60 * minute),
    jobs: [],
    problems: [
      {
        path: '.github/workflows/nightly.yml',
        line: 7,
        column: 15,
        level: 'failure',
        message: "'59 25 * * *' is no schedule: the hour 25 is not between 0 and 23.",
      },
    ],
  },
  {
    ...base,
    id: '1285',
    number: 1285,
    attempt: 2,
    title: 'One round trip for feature lookups',
    ref: 'refs/pull/419/merge',
    commit: commit('d'),
    branch: 'one-trip',
    actor: 'sooah',
    pullRequest: 415,
    state: 'completed',
    conclusion: 'success',
    createdAt: at(26 * 60 * minute),
    startedAt: at(26 * 60 * minute),
    finishedAt: at(25.9 * 60 * minute),
    jobs: [
      job(1285, 1, 'long', {
        name: 'a long log',
        ...done(1560 * minute, 300_000),
        steps: over(['Set up', 'Write a million lines', 'Post'], 1560 * minute),
      }),
    ],
  },
  ...Array.from({ length: 60 }, (_, index) => ({
    ...base,
    id: String(1284 - index),
    number: 1284 - index,
    title: ['Retrain, 12 November', 'Raise the threshold', 'Merchant velocity features', 'Quantised leaves'][index % 4],
    event: index % 3 === 0 ? 'push' : 'pull_request',
    ref: 'refs/heads/main',
    commit: commit('e'),
    branch: index % 3 === 0 ? 'main' : 'some/branch',
    actor: ['mira', 'dev', 'sooah', 'tomas'][index % 4],
    ...(index % 3 !== 0 && { pullRequest: 421 }),
    state: 'completed',
    conclusion: index % 9 === 4 ? 'cancelled' : index % 11 === 5 ? 'timedOut' : 'success',
    createdAt: at((30 + index * 3) * 60 * minute),
    startedAt: at((30 + index * 3) * 60 * minute),
    finishedAt: at((30 + index * 3) * 60 * minute - 190_000),
    jobs: [job(1284 - index, 1, 'tests', { ...done((30 + index * 3) * 60 * minute, 52_000), steps: over(['Set up', 'Test'], 1000) })],
  })),
]

const e = '\u001B['
const training1291 = [
  [6, 'Run python train.py --weight amount --max-depth 8', 'group'],
  [6, 'python train.py --weight amount --max-depth 8', 'command'],
  [6, `${e}90menv:${e}0m`],
  [6, `${e}90m  MLFLOW_TRACKING_URI: http://127.0.0.1:7420/mlflow${e}0m`],
  [6, `${e}90m  MLFLOW_TRACKING_TOKEN:${e}0m ***`],
  [6, '', 'endgroup'],
  [6, 'Load data', 'group'],
  ...Array.from({ length: 14 }, (_, index) => [6, `part ${index + 1} of 14: 65,822 rows`]),
  [6, '', 'endgroup'],
  [6, `921,508 payments, ${e}1m9,733${e}0m fraud ${e}90m(1.06%)${e}0m, 27 columns`],
  [6, `column ${e}1mmcc${e}0m has 212 values that training has not seen`, 'warning'],
  [6, `weights: amount, clipped at ${e}35mp99 = 1,840.00 EUR${e}0m`],
  [6, 'Cross-validation, 5 folds', 'group'],
  ...[0.6391, 0.6338, 0.6402, 0.6127, 0.636].map((value, index) => [
    6,
    `fold ${index + 1}  ${e}90mbest at ${400 + index}${e}0m  average_precision ${e}${index === 3 ? 33 : 32}m${value}${e}0m  31.${index} s`,
  ]),
  [6, `mean ${e}1m0.6324${e}0m ${e}90m± 0.0101${e}0m`],
  [6, '', 'endgroup'],
  [6, 'Fit on all data, 405 trees', 'group'],
  [6, `${e}34m[ 25%]${e}0m 101 trees  train 0.7012`],
  [6, `${e}34m[ 50%]${e}0m 203 trees  train 0.7188`],
  [6, `${e}34m[ 64%]${e}0m 259 trees  train 0.7244`],
]

const million = 1_000_000

/** Lines after one, as the API gives them. */
export function logOf(jobId, after, limit) {
  if (jobId.startsWith('1285-')) {
    const lines = []
    for (let n = after + 1; n <= Math.min(million, after + limit); n += 1)
      lines.push({
        n,
        at: at(1560 * minute - n),
        step: n < 10 ? 1 : n < million - 4 ? 2 : 3,
        text: `row ${n} of a million, ${(n * 2654435761) % 9973}`,
      })
    return { lines, isComplete: after + lines.length >= million }
  }
  const setUp = [1, 2, 3, 4, 5].flatMap((step) => [
    [step, `Run step ${step}`, 'group'],
    [step, `${e}36mtook what it needed${e}0m`],
    [step, '', 'endgroup'],
  ])
  const failing = jobId.startsWith('1290-1-2') ? [[6, 'Traceback (most recent call last):'], [6, '  File "train.py", line 80, in fit'], [6, 'expected 27 features, got 26', 'error']] : [] // prettier-ignore
  const all = [...setUp, ...(failing.length > 0 ? failing : training1291)].map(([step, text, kind], index) => ({
    n: index + 1,
    at: at(5 * minute - index * 1_500),
    step,
    text,
    ...(kind && { kind }),
  }))
  const lines = all.slice(after, after + limit)
  return { lines, isComplete: !jobId.startsWith('1291-1-6') && after + lines.length >= all.length }
}

export const artifacts = [
  {
    name: 'coverage.xml',
    size: 84_000,
    digest: `sha256:${'77d0c3a1'.padEnd(64, '0')}`,
    files: 1,
    createdAt: at(minute),
    expiresAt: at(-90 * 24 * 60 * minute),
  },
  {
    name: 'data-report',
    size: 412_000,
    digest: `sha256:${'e3195bd8'.padEnd(64, '0')}`,
    files: 12,
    createdAt: at(minute),
    expiresAt: at(-90 * 24 * 60 * minute),
  },
  { name: 'plan-fraud-staging.diff', size: 3_100, digest: `sha256:${'09af44c6'.padEnd(64, '0')}`, files: 1, createdAt: at(minute) },
]

export const workflows = [
  { path: '.github/workflows/ci.yml', name: 'CI', problems: [], events: ['push', 'pull_request'] },
  {
    path: '.github/workflows/nightly.yml',
    name: 'Nightly retraining',
    problems: [],
    events: ['schedule', 'workflow_dispatch'],
    dispatch: {
      inputs: {
        days: { description: 'How many days of data', required: true, type: 'number', default: 30 },
        stage: { description: 'Where it goes', type: 'choice', options: ['staging', 'production'] },
        note: { description: 'For the record', required: true },
        dry: { description: 'Train, and keep nothing', type: 'boolean', default: false },
      },
    },
  },
]
