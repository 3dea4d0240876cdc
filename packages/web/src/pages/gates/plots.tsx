import type { GatePlots, GateReport, PlotPair } from '@plimsoll/api'
import { useState, type ReactNode } from 'react'
import { metricText } from '../../facts/metric-text.ts'
import { dotPath, linePath, stepPath, ticks, toFrame, whiskerPath, type Frame, type Point } from '../../facts/plot-path.ts'
import { Segmented } from '../../parts/segmented.tsx'
import { useLanguage } from '../../words/index.tsx'
import { Confusion } from './confusion.tsx'

const unit: Frame = { x: [0, 1], y: [0, 1] }

type PlotName = keyof GatePlots
/** Two of them stand side by side. */
const groups: readonly { name: 'curves' | 'precision' | 'confusion' | 'scores' | 'scatter'; plots: readonly PlotName[] }[] = [
  { name: 'curves', plots: ['rocCurve', 'calibration'] },
  { name: 'precision', plots: ['precisionRecall'] },
  { name: 'confusion', plots: ['confusion'] },
  { name: 'scores', plots: ['scores'] },
  { name: 'scatter', plots: ['scatter'] },
]

/** Both models over each other: the candidate is the accent and solid, what serves is grey and dashed. */
export function Plots({ report }: { report: GateReport }) {
  const { words } = useLanguage()
  const w = words.gates
  const plots = report.plots ?? {}
  const shown = groups.filter((group) => group.plots.some((name) => plots[name] !== undefined))
  const [wanted, setWanted] = useState<(typeof groups)[number]['name']>('curves')
  const chosen = shown.find(({ name }) => name === wanted) ?? shown[0]
  if (!chosen) return null
  return (
    <section className="section plots-section" aria-label={w.plots}>
      <div className="section-head plots-head">
        {shown.length > 1 ? (
          <Segmented
            small
            label={w.plots}
            value={chosen.name}
            choices={shown.map(({ name }) => ({ value: name, label: w.plotGroups[name] }))}
            onChange={setWanted}
          />
        ) : (
          <h2>{w.plotGroups[chosen.name]}</h2>
        )}
      </div>
      <div className="plots">
        {chosen.plots.map((name) => (
          <OnePlot key={name} name={name} plots={plots} report={report} />
        ))}
      </div>
    </section>
  )
}

function OnePlot({ name, plots, report }: { name: PlotName; plots: GatePlots; report: GateReport }) {
  const { words } = useLanguage()
  const w = words.gates
  const t = w.plotTitles
  if (name === 'confusion' && plots.confusion) return <Confusion matrix={plots.confusion} report={report} />
  if (name === 'scores' && plots.scores) return <Scores scores={plots.scores} report={report} />
  if (name === 'rocCurve' && plots.rocCurve)
    return (
      <Curves
        title={t.rocCurve}
        sentence={w.sentences.rocCurve(meanOf(plots.rocCurve.candidate), meanOf(plots.rocCurve.baseline))}
        pair={plots.rocCurve}
        frame={unit}
        axes={[w.axes.falsePositives, w.axes.truePositives]}
        diagonal="up"
        report={report}
      />
    )
  if (name === 'precisionRecall' && plots.precisionRecall)
    return (
      <Curves
        title={t.precisionRecall}
        sentence={w.sentences.precisionRecall}
        pair={plots.precisionRecall}
        frame={unit}
        axes={[w.axes.recall, w.axes.precision]}
        report={report}
      />
    )
  if (name === 'calibration' && plots.calibration)
    return (
      <Curves
        title={t.calibration}
        sentence={w.sentences.calibration}
        pair={plots.calibration}
        frame={unit}
        axes={[w.axes.predicted, w.axes.observed]}
        diagonal="up"
        note={w.perfect}
        whiskers={whiskerPath(plots.calibration.candidate, unit)}
        withDots
        report={report}
      />
    )
  if (name === 'scatter' && plots.scatter) {
    const all = [...plots.scatter.candidate, ...(plots.scatter.baseline ?? [])]
    const range = rangeOf(all.flatMap(({ x, y }) => [x, y]))
    return (
      <Curves
        title={t.scatter}
        sentence={w.sentences.scatter}
        pair={plots.scatter}
        frame={{ x: range, y: range }}
        axes={[w.axes.true, w.axes.predictedValue]}
        diagonal="up"
        onlyDots
        report={report}
      />
    )
  }
  return null
}

function Curves({
  title,
  sentence,
  pair,
  frame,
  axes,
  diagonal,
  note,
  whiskers,
  withDots = false,
  onlyDots = false,
  report,
}: {
  title: string
  sentence: string
  pair: PlotPair<Point>
  frame: Frame
  axes: readonly [string, string]
  diagonal?: 'up'
  note?: string
  whiskers?: string
  withDots?: boolean
  onlyDots?: boolean
  report: GateReport
}) {
  return (
    <Panel title={title} report={report} hasBaseline={pair.baseline !== undefined}>
      <p className="axis-title">{axes[1]}</p>
      <div className="plot" role="img" aria-label={sentence}>
        <svg viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true">
          <Grid frame={frame} />
          {diagonal && <path className="marker" d="M0 1000L1000 0" />}
          {pair.baseline && (
            <path className={onlyDots ? 'dot tiny baseline' : 'baseline'} d={(onlyDots ? dotPath : linePath)(pair.baseline, frame)} />
          )}
          {whiskers && <path className="whisker" d={whiskers} />}
          <path className={onlyDots ? 'dot tiny candidate' : 'candidate'} d={(onlyDots ? dotPath : linePath)(pair.candidate, frame)} />
          {withDots && <path className="dot small candidate" d={dotPath(pair.candidate, frame)} />}
        </svg>
        <Ticks frame={frame} />
        {note && <span className="plot-label to-left soft perfect">{note}</span>}
      </div>
      <p className="axis-title x">{axes[0]}</p>
    </Panel>
  )
}

function Scores({ scores, report }: { scores: NonNullable<GatePlots['scores']>; report: GateReport }) {
  const { words } = useLanguage()
  const w = words.gates
  const most = Math.max(...scores.candidate, ...(scores.baseline ?? []), 0) * 1.05 || 1
  const frame: Frame = { x: [scores.from, scores.to], y: [0, most] }
  return (
    <Panel title={w.plotTitles.scores} report={report} hasBaseline={scores.baseline !== undefined}>
      <p className="axis-title">{w.axes.share}</p>
      <div className="plot" role="img" aria-label={w.sentences.scores}>
        <svg viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true">
          <Grid frame={frame} />
          {scores.baseline && (
            <>
              <path className="area baseline" d={stepPath(scores.baseline, most, true)} />
              <path className="baseline" d={stepPath(scores.baseline, most, false)} />
            </>
          )}
          <path className="area" d={stepPath(scores.candidate, most, true)} />
          <path className="candidate" d={stepPath(scores.candidate, most, false)} />
        </svg>
        <Ticks frame={frame} />
      </div>
      <p className="axis-title x">{w.axes.score}</p>
    </Panel>
  )
}

export function Panel({
  title,
  report,
  hasBaseline,
  children,
}: {
  title: string
  report: GateReport
  hasBaseline: boolean
  children: ReactNode
}) {
  const { words } = useLanguage()
  return (
    <figure className="panel chart-panel">
      <figcaption className="panel-head">
        <h2>{title}</h2>
        <span className="legend">
          <span className="key candidate">{report.candidate.name ?? words.gates.candidate}</span>
          {hasBaseline && <span className="key baseline">{report.baseline?.name ?? words.gates.baselineShort}</span>}
        </span>
      </figcaption>
      <div className="chart-body">{children}</div>
    </figure>
  )
}

function Grid({ frame }: { frame: Frame }) {
  const lines = [
    ...ticks(frame.y).map((y) => `M0 ${toFrame({ x: frame.x[0], y }, frame).y}H1000`),
    ...ticks(frame.x).map((x) => `M${toFrame({ x, y: frame.y[0] }, frame).x} 0V1000`),
  ]
  return <path className="grid" d={lines.join('')} />
}

function Ticks({ frame }: { frame: Frame }) {
  return (
    <>
      {ticks(frame.y).map((y) => (
        <span key={`y${y}`} className="y-tick" style={{ top: `${toFrame({ x: frame.x[0], y }, frame).y / 10}%` }}>
          {metricText(y)}
        </span>
      ))}
      {ticks(frame.x).map((x) => (
        <span key={`x${x}`} className="x-tick" style={{ left: `${toFrame({ x, y: frame.y[0] }, frame).x / 10}%` }}>
          {metricText(x)}
        </span>
      ))}
    </>
  )
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  const known = values.filter(Number.isFinite)
  if (known.length === 0) return [0, 1]
  const least = known.reduce((a, b) => Math.min(a, b))
  const most = known.reduce((a, b) => Math.max(a, b))
  return least === most ? [least - 1, most + 1] : [least, most]
}

/** For a sentence about which curve is above: the mean height. */
function meanOf(points: readonly Point[] | undefined): number | undefined {
  if (!points || points.length === 0) return undefined
  return points.reduce((sum, { y }) => sum + y, 0) / points.length
}
