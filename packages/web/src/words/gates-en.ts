import type { RuleResult, Verdict } from '@plimsoll/api'

const plural = (count: number, one: string, many = `${one}s`) => `${count.toLocaleString('en')} ${count === 1 ? one : many}`

/** What gates say of models. */
export const gatesEn = {
  report: 'Model report',
  theReport: 'The report',
  titleOf: (gate: string) => `Report of ${gate}`,
  gate: 'gate',
  verdict: 'Verdict',
  verdicts: { pass: 'Pass', fail: 'Fail', inconclusive: 'Inconclusive' } satisfies Record<Verdict, string> as Record<Verdict, string>,
  alone: 'Page of its own',
  which: 'Report',
  noReport: 'No gate has judged this pull request',
  noReportText: 'A workflow of the repository runs a gate, or you do from anywhere:',
  ofEarlierHead: (of: string, head: string) => `This report is about ${of}; the head is ${head} now`,
  ofEarlierHeadText: 'The gate runs again when its workflow does.',

  inconclusiveText: 'It is neither shown to be good enough nor to be worse: it lets nothing through.',
  next: {
    scoreIncumbentAgain:
      'Both were scored on other data: score the model that serves on the data of the candidate, and run the gate again.',
    addRows: 'More evaluation rows would settle it.',
  } as Record<string, string>,
  overridden: (who: string, from: string, when: string, why: string) =>
    `Set by ${who}${when ? `, ${when}` : ''}, against the gate’s ${from}: “${why}”`,
  override: 'Override',
  mayNotOverride: 'Only those who may merge override a verdict.',
  overrideTitle: (gate: string) => `Override ${gate}`,
  overrideText: (verdict: string) =>
    `The gate said ${verdict}. What you say instead counts for this artefact alone, and stays on record with your name and reason.`,
  letThrough: 'Let it through',
  letThroughHint: 'Counts as a pass',
  stopIt: 'Stop it',
  stopItHint: 'Counts as a fail',
  why: 'Why',
  whyHint: 'Who reads it later wants to know what you knew.',
  needReason: 'Say why: three letters at least.',
  theOverride: 'The override',

  loadLine: 'How far each rule stands above its limit, in standard errors',
  loadCaption: (confidence: number) => `Distance from each limit in standard errors, with ${confidence}% intervals.`,
  withoutInterval: (n: number) => `${plural(n, 'rule')} without an interval ${n === 1 ? 'is' : 'are'} in the table alone.`,
  standardErrors: (z: number) => `${Math.abs(z).toFixed(2)} standard errors ${z < 0 ? 'below' : 'above'} the line: `,
  ruleShort: { improve: 'better', noWorseThan: 'guard', atLeast: 'at least', atMost: 'at most' },

  candidate: 'Candidate',
  baseline: 'Baseline',
  baselineShort: 'Serves now',
  baselineServes: (application: string) => `Baseline, serves ${application}`,
  noBaseline: 'none: nothing is compared',
  scoredOn: 'Scored on',
  bothScoredOn: 'Both scored on',
  reportedFigures: 'figures that were reported',
  rows: (n: number) => plural(n, 'row'),
  interval: 'Interval',
  intervalOf: (confidence: number, isPaired: boolean) => (isPaired ? `${confidence}%, paired` : `${confidence}%`),
  draws: (n: string) => `${n} draws`,
  leak: 'Leak',
  leakRows: (candidate: string, incumbent: string) => `${candidate} evaluation rows were trained on (${incumbent} by what serves)`,

  metrics: 'Metrics',
  keyInterval: (confidence: number, isDifference: boolean) => `${confidence}% interval${isDifference ? ' of the difference' : ''}`,
  keyLimit: 'limit',
  keyBeyond: 'not allowed',
  columns: {
    metric: 'Metric and rule',
    difference: 'Difference',
    interval: 'Interval',
    limit: 'Limit',
    verdict: 'Verdict',
    slice: 'Slice',
    rows: 'Rows',
    gain: 'Gain',
  },
  ruleWords: (rule: RuleResult, share: string, number: string): string => {
    const amount = rule.of === 'absolute' ? number : share
    if (rule.rule === 'atLeast') return `at least ${number}`
    if (rule.rule === 'atMost') return `at most ${number}`
    if (rule.rule === 'noWorseThan') return rule.threshold === 0 ? 'not worse' : `at most ${amount} worse`
    return rule.of === 'error' ? `at least ${amount} of the error gone` : `at least ${amount} better`
  },
  lowIsGood: '(low is good)',
  guardless: 'shown, without a rule',
  ofError: (share: string) => `${share} of error`,
  notDrawn: 'cannot be drawn',
  notJudged: 'Not judged',
  rowsNeeded: (n: number) => `About ${n.toLocaleString('en')} rows would settle it.`,
  range: (low: string, high: string) => `${low} to ${high}`,
  intervalLabel: (range: string, limit: string) => `Interval ${range}, limit ${limit}`,
  pointLabel: (at: string, limit: string) => `${at}, without an interval; limit ${limit}`,
  pointOnly: 'no interval',
  undefinedValue: 'undefined',

  plots: 'Plots',
  plotGroups: {
    curves: 'ROC and calibration',
    precision: 'Precision and recall',
    confusion: 'Confusion',
    scores: 'Scores',
    scatter: 'Predicted against true',
  },
  plotTitles: {
    rocCurve: 'ROC',
    precisionRecall: 'Precision and recall',
    calibration: 'Calibration',
    scores: 'Distribution of scores',
    scatter: 'Predicted against true',
  },
  axes: {
    falsePositives: 'False positive rate',
    truePositives: 'True positive rate',
    recall: 'Recall',
    precision: 'Precision',
    predicted: 'Mean predicted probability',
    observed: 'Share of positives',
    score: 'Score',
    share: 'Share of rows',
    true: 'True value',
    predictedValue: 'Predicted value',
  },
  sentences: {
    rocCurve: (candidate: number | undefined, baseline: number | undefined) =>
      candidate === undefined || baseline === undefined
        ? 'ROC curve: true positive rate against false positive rate'
        : `ROC curves of both models: on the whole the candidate lies ${candidate >= baseline ? 'above' : 'below'} what serves now`,
    precisionRecall: 'Precision against recall of both models; the figures are in the table of metrics',
    calibration: 'Calibration of both models: predicted probability against the share of positives, with 95% intervals of the candidate',
    scores: 'Distribution of the scores of both models: share of rows in each of equal bins',
    scatter: 'Predicted values against true values of both models, a sample',
  },
  perfect: 'perfect',
  confusionOf: (model: string) => `Confusion of ${model}`,
  actualPredicted: 'Was, said',
  moreClasses: (n: number) => `${plural(n, 'more class', 'more classes')} not shown`,

  slices: 'Slices',
  slicesText: (metric: string, margin: string) => `${metric}, no worse than ${margin}; lowest first`,
  sliceLimit: (limit: string) => `Gain, limit ${limit}`,
  adjusted: (p: string) => `p ${p}, adjusted`,
  worse: 'Worse',
  worthALook: 'Worth a look',
  notWorse: 'Not worse',
  notJudgedBecause: (reason: string): string =>
    ({
      tooFew: 'too few rows: shown, not judged',
      tooMany: 'too many slices: shown, not judged',
      unstable: 'its draws are unstable: shown, not judged',
      missing: 'values are missing: shown, not judged',
    })[reason] ?? `${reason}: shown, not judged`,

  whatWentIn: 'What went in',
  facts: {
    artefact: 'Artefact',
    code: 'Code',
    data: 'Data',
    trainedOn: 'Trained on',
    setting: 'Setting',
    trained: 'Trained',
    commit: 'Commit',
    origin: 'From',
    run: 'Run',
    pull: 'Pull request',
    by: 'Judged by',
    gateDigest: 'Gate',
    seed: 'Seed',
  },
  files: (n: number) => plural(n, 'file'),
  none: 'none',
  sameAsBaseline: 'as what serves',
  fromTo: (before: string, after: string) => `${before} to ${after}`,
  reproduce: 'Reproduce',
  copyCommand: 'Copy the command',
}
