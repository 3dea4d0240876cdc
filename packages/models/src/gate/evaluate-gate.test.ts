import type { GateResult as ReportedGateResult } from '@plimsoll/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binaryEvaluation, reported, rulesOf, withRows } from './testing/evaluations.ts'
import { evaluateGate } from './evaluate-gate.ts'
import type { Evaluation } from './evaluation.ts'

const moreOfTheError = rulesOf({ metrics: [{ name: 'average_precision', improve: { by: '10%', of: 'error' } }], replicates: 400 })
const noWorse = rulesOf({ metrics: [{ name: 'average_precision', noWorseThan: '5%' }], replicates: 400 })
const incumbent = binaryEvaluation({ skill: 0.4 })
const better = binaryEvaluation({ skill: 0.75 })
const worse = binaryEvaluation({ skill: 0.05 })

const onlyRule = (result: ReturnType<typeof evaluateGate>) => {
  const [rule] = result.metrics[0]?.rules ?? []
  if (rule === undefined) throw new Error('the gate judged no rule')
  return rule
}

describe('a candidate', () => {
  it('passes when its interval shows the improvement asked for', () => {
    const result = evaluateGate(moreOfTheError, better, incumbent)

    const rule = onlyRule(result)
    expect(result).toMatchObject({
      verdict: 'pass',
      reason: 'shown',
      words: 'Passes: the rule holds.',
      seed: 'sha256:data|sha256:0.75|sha256:0.4',
    })
    expect(rule).toMatchObject({ verdict: 'pass', method: 'bootstrap', replicates: 400, undefinedReplicates: 0 })
    expect(rule.interval!.low).toBeGreaterThan(0.1)
    expect(rule.words).toMatch(
      /^average_precision went from 0\.\d+ to 0\.\d+: a gain of \d+(\.\d+)? % of the remaining error \(95 % interval/,
    )
  })

  it('fails when its interval rules the improvement out, and the words say so', () => {
    const result = evaluateGate(moreOfTheError, worse, incumbent)

    expect(result).toMatchObject({ verdict: 'fail', reason: 'oppositeShown' })
    expect(result.words).toMatch(
      /^Fails: average_precision .* A gain of 10 % of the remaining error was asked for, and that is ruled out\.$/,
    )
  })

  it('is inconclusive when the interval holds the line, with the number of rows that would settle it', () => {
    const result = evaluateGate(moreOfTheError, binaryEvaluation({ skill: 0.47 }), incumbent)

    const rule = onlyRule(result)
    expect(result).toMatchObject({ verdict: 'inconclusive', reason: 'tooClose', next: 'addRows' })
    expect(rule.rowsNeeded).toBeGreaterThan(0)
    expect(rule.words).toMatch(/cannot be told from 600 rows\. About [\d,]+ rows would settle it\.$/)
  })

  it('gets the same result each time, one that survives JSON and is what a report holds', () => {
    const result: ReportedGateResult = evaluateGate(moreOfTheError, better, incumbent)

    const again = evaluateGate(moreOfTheError, better, incumbent)

    expect(again).toEqual(result)
    expect(JSON.parse(JSON.stringify(result))).toEqual(JSON.parse(JSON.stringify(again)))
    expect(JSON.stringify(result)).not.toMatch(/NaN|null/)
  })

  it('that is the incumbent itself cannot be shown to be better, and that is said', () => {
    const result = evaluateGate(rulesOf({ metrics: [{ name: 'accuracy', improve: { by: 0 } }] }), incumbent, incumbent)

    expect(result).toMatchObject({ verdict: 'inconclusive' })
    expect(result.warnings).toContain('The candidate is the very model that serves now (same digest).')
  })

  it('is judged by every row in the order of its own evaluation, whatever the order of the other', () => {
    const turned = withRows(incumbent, ({ rowIds, labels, scores }) => ({
      rowIds: rowIds.toReversed(),
      labels: labels.toReversed(),
      scores: scores?.toReversed(),
      columns: new Map(),
    }))

    expect(onlyRule(evaluateGate(moreOfTheError, better, turned))).toEqual(onlyRule(evaluateGate(moreOfTheError, better, incumbent)))
  })
})

describe('other data', () => {
  it('make every comparison inconclusive until the incumbent was scored again', () => {
    const result = evaluateGate(moreOfTheError, better, { ...incumbent, dataDigest: 'sha256:other' })

    expect(result).toMatchObject({ verdict: 'inconclusive', reason: 'otherData', next: 'scoreIncumbentAgain' })
    expect(result.metrics[0]?.difference).toBeUndefined()
  })

  it.each([undefined, ''])('are assumed when the digest is %j', (dataDigest) => {
    expect(evaluateGate(moreOfTheError, { ...better, dataDigest }, incumbent)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'otherData',
    })
    expect(evaluateGate(moreOfTheError, better, { ...incumbent, dataDigest })).toMatchObject({
      verdict: 'inconclusive',
      reason: 'otherData',
    })
    expect(evaluateGate(moreOfTheError, { ...better, dataDigest }, { ...incumbent, dataDigest })).toMatchObject({ verdict: 'inconclusive' })
  })

  it('are compared as points under `preferred`, which can fail but never pass', () => {
    const preferred = { ...moreOfTheError, sameData: 'preferred' } as const
    const optional = { ...preferred, metrics: preferred.metrics.map((metric) => ({ ...metric, uncertainty: 'optional' as const })) }
    const other = { ...incumbent, dataDigest: 'sha256:other' }

    expect(evaluateGate(optional, better, other)).toMatchObject({ verdict: 'inconclusive', reason: 'otherData' })
    expect(evaluateGate(optional, worse, other)).toMatchObject({ verdict: 'fail' })
  })

  it.each([
    [
      'a row is missing',
      (evaluation: Evaluation) =>
        withRows(evaluation, (rows) => ({
          rowIds: rows.rowIds.slice(1),
          labels: rows.labels.slice(1),
          scores: rows.scores?.slice(1),
          columns: undefined,
        })),
    ],
    [
      'a row has another id',
      (evaluation: Evaluation) => withRows(evaluation, (rows) => ({ rowIds: ['elsewhere', ...rows.rowIds.slice(1)] })),
    ],
    [
      'a row is there twice',
      (evaluation: Evaluation) => withRows(evaluation, (rows) => ({ rowIds: [rows.rowIds[1] ?? '', ...rows.rowIds.slice(1)] })),
    ],
    [
      'a row has another label',
      (evaluation: Evaluation) =>
        withRows(evaluation, (rows) => ({ labels: rows.labels.map((label, row) => (row === 3 ? 1 - Number(label) : label)) })),
    ],
  ])('are what it is when %s', (_, change) => {
    expect(evaluateGate(moreOfTheError, better, change(incumbent))).toMatchObject({ verdict: 'inconclusive', reason: 'otherData' })
    expect(evaluateGate(moreOfTheError, change(better), incumbent)).toMatchObject({ verdict: 'inconclusive', reason: 'otherData' })
  })
})

describe('nothing odd passes', () => {
  it.each([
    ['NaN', Number.NaN],
    ['infinite', Infinity],
  ])('such as one %s score among the rows', (_, score) => {
    const broken = withRows(better, ({ scores }) => ({ scores: scores?.with(7, score) }))

    expect(evaluateGate(moreOfTheError, broken, incumbent)).toMatchObject({ verdict: 'inconclusive', reason: 'notFinite' })
    expect(
      evaluateGate(
        noWorse,
        better,
        withRows(incumbent, ({ scores }) => ({ scores: scores?.with(7, score) })),
      ),
    ).toMatchObject({ verdict: 'inconclusive' })
  })

  it('such as lists of different lengths, or no rows', () => {
    const short = withRows(better, ({ scores }) => ({ scores: scores?.slice(1) }))
    const none = withRows(better, () => ({ rowIds: [], labels: [], scores: [], columns: undefined }))

    expect(evaluateGate(moreOfTheError, short, incumbent)).toMatchObject({ verdict: 'inconclusive', reason: 'otherShape' })
    expect(evaluateGate(moreOfTheError, none, incumbent)).toMatchObject({ verdict: 'inconclusive', reason: 'missing' })
  })

  it('such as whatever a metrics file may hold instead of a number', () => {
    const optional = rulesOf({
      metrics: [
        { name: 'score', noWorseThan: 100 },
        { name: 'other', atLeast: -1e9 },
      ],
      uncertainty: 'optional',
    })
    const notNumbers = fc.anything().filter((value) => typeof value !== 'number' || !Number.isFinite(value))
    fc.assert(
      fc.property(notNumbers, (value) => {
        const odd = reported({ score: { value }, other: { value } }, 'sha256:a')
        const fine = reported({ score: { value: 1 }, other: { value: 1 } }, 'sha256:b')

        expect(evaluateGate(optional, odd, fine).verdict).toBe('inconclusive')
        expect(evaluateGate(optional, fine, odd).verdict).toBe('inconclusive')
      }),
    )
  })

  it.each([
    ['roc_auc', 95, 0.8],
    ['macro_f1', 1.01, 0.8],
    ['mcc', -1.5, 0.1],
    ['r2', 2, 0.4],
    ['log_loss', -0.2, 0.4],
    ['brier', 1.2, 0.2],
  ])('such as a figure of a file that no model can have: %s of %d', (name, odd, fine) => {
    const rules = rulesOf({ metrics: [{ name, noWorseThan: 1000 }], uncertainty: 'optional' })
    const [strange, usual] = [odd, fine].map((value, at) => reported({ [name]: { value, n: 1000 } }, `sha256:${at}`)) as [
      Evaluation,
      Evaluation,
    ]

    expect(evaluateGate(rules, usual, usual)).toMatchObject({ verdict: 'pass' })
    expect(evaluateGate(rules, strange, usual)).toMatchObject({ verdict: 'inconclusive', reason: 'outOfRange' })
    expect(evaluateGate(rules, usual, strange)).toMatchObject({ verdict: 'inconclusive', reason: 'outOfRange' })
  })

  it('such as labels or scores of which one is no number', () => {
    const rules = rulesOf({ metrics: [{ name: 'average_precision', noWorseThan: 0.01 }], replicates: 100 })
    const notNumbers = fc.anything().filter((value) => typeof value !== 'number' || !Number.isFinite(value))
    fc.assert(
      fc.property(fc.constantFrom('labels', 'scores'), notNumbers, fc.nat(599), (list, odd, row) => {
        const change = (evaluation: Evaluation) =>
          withRows(evaluation, (rows) => ({ [list]: [...(rows[list] ?? [])].with(row, odd as never) }))

        expect(evaluateGate(rules, better, incumbent).verdict).toBe('pass')
        expect(evaluateGate(rules, change(better), incumbent).verdict).toBe('inconclusive')
        expect(evaluateGate(rules, better, change(incumbent)).verdict).toBe('inconclusive')
        expect(evaluateGate(rules, change(better), change(incumbent)).verdict).toBe('inconclusive')
      }),
      { numRuns: 25 },
    )
  })

  it('such as predictions in which anything may stand, and none of it throws', () => {
    const lists = ['rowIds', 'labels', 'scores', 'classes', 'probabilities', 'values'] as const
    const rules = rulesOf({
      metrics: ['accuracy', 'log_loss', 'mae', 'macro_f1', 'latency_p50_ms'].map((name) => ({ name, noWorseThan: 0.01 })),
      slices: { by: 'country', noWorseThan: 0.01 },
      replicates: 100,
    })
    fc.assert(
      fc.property(fc.constantFrom(...lists), fc.anything(), fc.nat(599), (list, odd, row) => {
        const change = (evaluation: Evaluation) =>
          withRows(evaluation, (rows) => ({ [list]: [...(rows[list] ?? rows.rowIds)].with(row, odd as never) }))

        const result = evaluateGate(rules, { ...change(better), modelDigest: 'sha256:odd' }, incumbent)

        expect(result.verdict).not.toBe('pass')
        expect(JSON.stringify(result)).not.toMatch(/[:[,]null/)
      }),
      { numRuns: 60 },
    )
  })

  it('such as the latency of rows whose classes cannot be drawn from', () => {
    const timed = (evaluation: Evaluation, ms: number) =>
      withRows(evaluation, ({ rowIds }) => ({
        labels: rowIds,
        scores: undefined,
        columns: new Map([['latency_ms', rowIds.map((_, row) => ms + (row % 9))]]),
      }))
    const rules = rulesOf({ metrics: [{ name: 'latency_p90_ms', noWorseThan: '50%' }] })

    expect(evaluateGate(rules, timed(better, 10), timed(incumbent, 20))).toMatchObject({ verdict: 'inconclusive', reason: 'tooFew' })
  })

  it('such as fewer than 100 rows, or fewer than 10 of a class', () => {
    const small = { rows: 99 }
    const rare = { rows: 600, share: 0.01 }

    for (const shape of [small, rare]) {
      const result = evaluateGate(moreOfTheError, binaryEvaluation({ ...shape, skill: 5 }), binaryEvaluation({ ...shape, skill: 0.1 }))

      expect(result).toMatchObject({ verdict: 'inconclusive', reason: 'tooFew' })
    }
  })

  it('such as F1 of models that differ in fewer than ten rows', () => {
    const rules = rulesOf({ metrics: [{ name: 'f1', noWorseThan: '50%' }] })
    const almost = withRows(incumbent, ({ scores }) => ({ scores: scores?.with(0, 0.99).with(1, 0.99) }))

    expect(evaluateGate(rules, { ...almost, modelDigest: 'sha256:almost' }, incumbent)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'tooFew',
    })
  })

  it('such as a candidate that was trained on one evaluation row', () => {
    const result = evaluateGate(moreOfTheError, { ...better, trainedOn: ['row 17'] }, incumbent)

    expect(result).toMatchObject({ verdict: 'inconclusive', reason: 'leak', leak: { candidateRows: 1 } })
  })

  it('such as more rows times replicates than anybody waits for', () => {
    const endless = { ...moreOfTheError, replicates: 1e8 }

    expect(evaluateGate(endless, better, incumbent)).toMatchObject({ verdict: 'inconclusive', reason: 'tooMany' })
  })

  it('such as a gate of dry runs only, whose verdicts never count', () => {
    const dry = { name: 'average_precision', noWorseThan: '5%', dryRun: true }
    const guard = { name: 'roc_auc', noWorseThan: 0.05 }

    expect(evaluateGate(rulesOf({ metrics: [dry], replicates: 100 }), better, incumbent)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'noRule',
    })
    expect(evaluateGate(rulesOf({ metrics: [dry, guard], replicates: 100 }), worse, incumbent).verdict).toBe('fail')
    const result = evaluateGate(rulesOf({ metrics: [{ ...dry, improve: { by: 0.9 } }, guard], replicates: 100 }), better, incumbent)
    expect(result).toMatchObject({ verdict: 'pass', metrics: [{ isDryRun: true }, { isDryRun: false, verdict: 'pass' }] })
    expect(result.metrics[0]?.verdict).not.toBe('pass')
  })

  it('such as a gate without metrics', () => {
    expect(evaluateGate({ ...moreOfTheError, metrics: [] }, better, incumbent)).toMatchObject({ verdict: 'inconclusive', reason: 'noRule' })
  })
})

describe('an incumbent that was trained on evaluation rows', () => {
  const trainedOn = (count: number) => new Set(Array.from({ length: count }, (_, row) => `row ${row}`))

  it('leaves a pass a pass, and says so', () => {
    const result = evaluateGate(moreOfTheError, better, { ...incumbent, trainedOn: trainedOn(300) })

    expect(result.verdict).toBe('pass')
    expect(result.warnings.join(' ')).toContain('trained on 300 of the evaluation rows (50 %), which favours it')
  })

  it('makes a fail inconclusive above 1 % of the rows, not up to it', () => {
    expect(evaluateGate(moreOfTheError, worse, { ...incumbent, trainedOn: trainedOn(6) })).toMatchObject({ verdict: 'fail' })
    expect(evaluateGate(moreOfTheError, worse, { ...incumbent, trainedOn: trainedOn(7) })).toMatchObject({
      verdict: 'inconclusive',
      reason: 'incumbentLeak',
    })
  })
})

describe('figures without rows', () => {
  const before = reported({ latency_p99_ms: { value: 100, n: 1000 }, accuracy: { value: 0.95 } }, 'sha256:b')
  const after = (latency: number) => reported({ latency_p99_ms: { value: latency, n: 1000 }, accuracy: { value: 0.97 } }, 'sha256:a')

  it('pass only where somebody said that points will do, and the words say that', () => {
    const spec = { metrics: [{ name: 'latency_p99_ms', noWorseThan: '5%' }] }

    expect(evaluateGate(rulesOf(spec), after(104), before)).toMatchObject({ verdict: 'inconclusive', reason: 'pointOnly' })
    const optional = evaluateGate(rulesOf({ ...spec, uncertainty: 'optional' }), after(104), before)
    expect(optional).toMatchObject({ verdict: 'pass', reason: 'pointOnly', words: 'Passes: the rule holds, some by point estimates only.' })
    expect(onlyRule(optional).words).toContain('by point estimates only')
  })

  it('fail on the wrong side either way', () => {
    for (const uncertainty of ['required', 'optional']) {
      const rules = rulesOf({ metrics: [{ name: 'latency_p99_ms', noWorseThan: '5%' }], uncertainty })

      expect(evaluateGate(rules, after(106), before)).toMatchObject({ verdict: 'fail' })
    }
  })

  it('name the model whose value cannot be used', () => {
    const rules = rulesOf({ metrics: [{ name: 'latency_p99_ms', noWorseThan: '5%' }] })

    const { words } = evaluateGate(rules, reported({}, 'sha256:a'), before)

    expect(words).toBe(
      'Inconclusive: latency_p99_ms cannot be judged for the candidate: its value, or a column it needs, is missing. ' +
        'Check that the evaluation writes it under this name.',
    )
  })

  it('are too few when they say that they are', () => {
    const rules = rulesOf({ metrics: [{ name: 'latency_p99_ms', noWorseThan: '5%' }], uncertainty: 'optional' })

    expect(evaluateGate(rules, reported({ latency_p99_ms: { value: 90, n: 99 } }, 'sha256:a'), before)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'tooFew',
    })
  })

  it('cannot reach 10 % more from 0.95', () => {
    const rules = rulesOf({ metrics: [{ name: 'accuracy', improve: { by: '10%' } }], uncertainty: 'optional' })

    const result = evaluateGate(rules, after(100), before)

    expect(result).toMatchObject({ verdict: 'inconclusive', reason: 'unreachable' })
    expect(result.words).toContain('not even a perfect candidate would reach 10 %')
  })

  it('that disagree with the rows give way to them, with a warning', () => {
    const boasting = { ...better, metrics: new Map([['average_precision', { value: 0.9999 }]]) }

    const result = evaluateGate(noWorse, boasting, incumbent)

    expect(result.metrics[0]).toMatchObject({ source: 'rows' })
    expect(result.metrics[0]?.candidate).not.toBe(0.9999)
    expect(result.warnings.join(' ')).toMatch(/metrics say average_precision is 0\.9999, its rows give 0\.\d+; the rows count/)
  })
})

describe('the way to an interval', () => {
  it('is DeLong for absolute ROC AUC, and the bootstrap for its other measures or for groups', () => {
    const method = (spec: object) => onlyRule(evaluateGate(rulesOf({ replicates: 100, ...spec }), better, incumbent)).method

    expect(method({ metrics: [{ name: 'roc_auc', noWorseThan: 0.01 }] })).toBe('delong')
    expect(method({ metrics: [{ name: 'roc_auc', noWorseThan: '1%' }] })).toBe('bootstrap')
    expect(method({ metrics: [{ name: 'roc_auc', noWorseThan: 0.01 }], groups: 'user' })).toBe('bootstrap')
  })

  it('is exact for the accuracy of models that differ in fewer than ten rows', () => {
    const flipped = (rows: number[]) =>
      withRows(incumbent, ({ scores }) => ({ scores: scores?.map((score, row) => (rows.includes(row) ? 1 - score : score)) }))
    const rules = rulesOf({ metrics: [{ name: 'accuracy', noWorseThan: 0.05 }] })

    const result = evaluateGate(rules, { ...flipped([1, 2, 3]), modelDigest: 'sha256:flipped' }, incumbent)

    const { betterOnly = 0, worseOnly = 0 } = result.metrics[0]?.discordant ?? {}
    expect(betterOnly + worseOnly).toBe(3)
    expect(onlyRule(result)).toMatchObject({ method: 'exact', verdict: 'pass' })
    expect(onlyRule(result).interval!.low).toBeLessThan(-worseOnly / 600)
  })

  it("needs McNemar's test as well where accuracy must not get worse at all", () => {
    const rules = rulesOf({ metrics: [{ name: 'accuracy', noWorseThan: 0 }] })

    const result = evaluateGate(rules, better, incumbent)

    const test = result.metrics[0]?.mcNemar
    expect(test?.pBetter).toBeLessThanOrEqual(0.025)
    expect(result.verdict).toBe('pass')
    expect(evaluateGate(rules, { ...incumbent, modelDigest: 'sha256:copy' }, incumbent).verdict).toBe('inconclusive')
  })

  it('draws whole groups where rows belong together, and needs their column', () => {
    const rules = { ...noWorse, groups: 'user' }

    const grouped = onlyRule(evaluateGate(rules, better, incumbent))

    expect(grouped.interval).not.toEqual(onlyRule(evaluateGate(noWorse, better, incumbent)).interval)
    expect(evaluateGate({ ...rules, groups: 'household' }, better, incumbent)).toMatchObject({ verdict: 'inconclusive', reason: 'missing' })
  })

  it('passes in the direction only when that is the evidence asked for', () => {
    const spec = (evidence: string) =>
      rulesOf({ metrics: [{ name: 'average_precision', improve: { by: '30%', of: 'error', evidence } }], replicates: 400 })
    const some = binaryEvaluation({ skill: 0.5 })

    const [strict, loose] = ['interval', 'direction'].map((evidence) => onlyRule(evaluateGate(spec(evidence), some, incumbent)))

    expect(strict).toMatchObject({ verdict: 'inconclusive', reason: 'tooClose' })
    expect(loose).toMatchObject({ verdict: 'pass', reason: 'directionOnly' })
    expect(loose?.words).toMatch(/It is better; that it is by 30 % of the remaining error was not shown\.$/)
  })
})

describe('latency', () => {
  it('is judged by its quantile when each row says how long it took', () => {
    const timed = (evaluation: Evaluation, ms: number) =>
      withRows(evaluation, ({ rowIds }) => ({ columns: new Map([['latency_ms', rowIds.map((_, row) => ms + ((row * 7) % 9))]]) }))
    const rules = rulesOf({ metrics: [{ name: 'latency_p90_ms', noWorseThan: '5%' }], replicates: 200 })

    expect(evaluateGate(rules, timed(better, 20), timed(incumbent, 20))).toMatchObject({
      verdict: 'pass',
      metrics: [{ source: 'rows', better: 'lower' }],
    })
    expect(evaluateGate(rules, timed(better, 30), timed(incumbent, 20))).toMatchObject({ verdict: 'fail' })
  })
})

describe('thresholds', () => {
  it('judge a first model that has nothing to be compared with', () => {
    const rules = rulesOf({
      metrics: [
        { name: 'accuracy', atLeast: '60%' },
        { name: 'log_loss', atMost: 5 },
      ],
      replicates: 200,
    })

    const result = evaluateGate(rules, better, undefined)

    expect(result).toMatchObject({ verdict: 'pass', reason: 'shown' })
    expect(onlyRule(result).words).toMatch(/^accuracy is 0\.\d+ \(95 % interval 0\.\d+ to 0\.\d+\)\. That shows at least 0\.6, as asked\.$/)
  })

  it('pass nothing that an improvement on a missing incumbent asks for', () => {
    expect(evaluateGate(moreOfTheError, better, undefined)).toMatchObject({ verdict: 'inconclusive', reason: 'noBaseline' })
  })

  it('do not take 100 right rows of 100 for certainty', () => {
    const perfect = withRows(binaryEvaluation({ rows: 100, skill: 1 }), ({ labels }) => ({ scores: labels.map(Number) }))

    expect(evaluateGate(rulesOf({ metrics: [{ name: 'accuracy', atLeast: 0.99 }] }), perfect, undefined)).toMatchObject({
      verdict: 'inconclusive',
    })
    expect(evaluateGate(rulesOf({ metrics: [{ name: 'accuracy', atLeast: 0.95 }] }), perfect, undefined)).toMatchObject({ verdict: 'pass' })
  })
})

describe('slices', () => {
  const rules = rulesOf({
    metrics: [{ name: 'average_precision', noWorseThan: '10%' }],
    slices: { by: 'country', noWorseThan: '5%' },
    replicates: 400,
  })
  const worseInKorea = withRows(better, (rows) => ({
    scores: rows.scores?.map((score, row) => (rows.columns?.get('country')?.[row] === 'KR' ? 1 - score : score)),
  }))

  it('name the one that got worse, although the whole got no worse', () => {
    const overall = rulesOf({
      metrics: [{ name: 'average_precision', noWorseThan: '90%' }],
      slices: { by: 'country', noWorseThan: '5%' },
      replicates: 400,
    })

    const result = evaluateGate(overall, worseInKorea, incumbent)

    expect(result.metrics[0]?.verdict).toBe('pass')
    expect(result).toMatchObject({ verdict: 'fail', reason: 'oppositeShown' })
    expect(result.words).toMatch(/^Fails: average_precision is worse by more than 5 % for country=KR \(0\.\d+ to 0\.\d+\)/)
    expect(result.slices?.slices.map(({ name, isWorse }) => [name, isWorse])).toEqual([
      ['country=DE', false],
      ['country=KR', true],
      ['country=US', false],
    ])
  })

  it('that are too small are listed with the reason, and do not stop a pass', () => {
    const result = evaluateGate(rules, better, incumbent)

    expect(result.verdict).toBe('pass')
    expect(result.slices?.slices.find(({ name }) => name === 'country=DE')).toMatchObject({ notJudged: 'tooFew', isWorse: false })
    expect(result.slices?.words).toBe('None of 2 slices is worse by more than 5 % in average_precision. 1 more could not be judged.')
  })

  it('cannot be judged without their column, without rows, or when all are too small', () => {
    const slicedBy = (column: string) => ({ ...rules, slices: rules.slices && { ...rules.slices, by: [column] } })

    expect(evaluateGate(slicedBy('planet'), better, incumbent)).toMatchObject({ verdict: 'inconclusive', reason: 'missing' })
    expect(evaluateGate(slicedBy('user'), better, incumbent)).toMatchObject({ verdict: 'inconclusive', slices: { reason: 'noSlices' } })
    const figures = { average_precision: { value: 0.9, n: 500 } }
    expect(evaluateGate(rules, reported(figures, 'sha256:a'), reported(figures, 'sha256:b')).slices).toMatchObject({
      verdict: 'inconclusive',
      reason: 'noSlices',
    })
  })
})

describe('other kinds of models', () => {
  it('are judged by their predicted amounts', () => {
    const amounts = (error: number): Evaluation => ({
      modelDigest: `sha256:${error}`,
      dataDigest: 'sha256:data',
      metrics: new Map(),
      predictions: {
        rowIds: Array.from({ length: 200 }, (_, row) => `${row}`),
        labels: Array.from({ length: 200 }, (_, row) => row % 37),
        values: Array.from({ length: 200 }, (_, row) => (row % 37) + error * (((row * 7) % 11) - 5)),
      },
    })
    const rules = rulesOf({
      metrics: [
        { name: 'rmse', improve: { by: '20%', of: 'error' } },
        { name: 'r2', noWorseThan: 0 },
      ],
      replicates: 200,
    })

    expect(evaluateGate(rules, amounts(0.5), amounts(1))).toMatchObject({ verdict: 'pass' })
    expect(evaluateGate(rules, amounts(1), amounts(0.5))).toMatchObject({ verdict: 'fail' })
  })

  it('are judged by the classes they decide for', () => {
    const decided = (wrongEvery: number): Evaluation => {
      const labels = Array.from({ length: 300 }, (_, row) => ['cat', 'dog', 'owl'][row % 3] ?? '')
      return {
        modelDigest: `sha256:${wrongEvery}`,
        dataDigest: 'sha256:data',
        metrics: new Map(),
        predictions: {
          rowIds: labels.map((_, row) => `${row}`),
          labels,
          classes: labels.map((label, row) => (row % wrongEvery === 0 ? (labels[row + 1] ?? 'cat') : label)),
        },
      }
    }
    const rules = rulesOf({
      metrics: [
        { name: 'macro_f1', improve: { by: '10%', of: 'error' } },
        { name: 'mcc', noWorseThan: 0.01 },
      ],
      replicates: 200,
    })

    const result = evaluateGate(rules, decided(20), decided(4))

    expect(result).toMatchObject({ verdict: 'pass' })
    expect(evaluateGate(rulesOf({ metrics: [{ name: 'f1', noWorseThan: 0.1 }] }), decided(20), decided(4))).toMatchObject({
      verdict: 'inconclusive',
      reason: 'positiveUnknown',
    })
  })
})
