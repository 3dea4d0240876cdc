import { runLooks, runWord, isBad, jobToShow, type RunWord } from '../../facts/run-look.ts'
import type { JobGraph, JobNode } from '../../graph/job-graph.ts'
import { jobWidth } from '../../graph/job-graph.ts'
import { Glyph } from '../../parts/icon.tsx'
import { useWords } from '../../words/index.tsx'
import { Took } from './run-status.tsx'

/** The jobs and what they wait for. On a narrow page the same list without the lines. */
export function JobCanvas({ graph, current, onChoose }: { graph: JobGraph; current: string; onChoose: (id: string) => void }) {
  const words = useWords()
  return (
    <div className="job-canvas" tabIndex={0} role="region" aria-label={words.runs.jobs}>
      <div className="jobs" style={{ '--tree-w': `${graph.width}px`, '--tree-h': `${graph.height}px` } as React.CSSProperties}>
        <svg className="edges" width={graph.width} height={graph.height} aria-hidden="true">
          {graph.edges.map((edge) => (
            <path key={`${edge.from} ${edge.to}`} d={edge.path} />
          ))}
        </svg>
        <ul aria-label={words.runs.jobs}>
          {graph.nodes.map((node) => (
            <Node key={node.key} node={node} isCurrent={node.key === current} onChoose={onChoose} />
          ))}
        </ul>
      </div>
    </div>
  )
}

function Node({ node, isCurrent, onChoose }: { node: JobNode; isCurrent: boolean; onChoose: (id: string) => void }) {
  const words = useWords()
  const w = words.runs
  const word = wordOf(node)
  const isAhead = word === 'queued' || word === 'skipped'
  const first = jobToShow(node.jobs)
  const one = node.jobs.length === 1 ? first : undefined
  return (
    <li>
      <button
        type="button"
        className={`node job${isAhead ? ' ahead' : ''}${node.jobs.length > 1 ? ' stack' : ''}`}
        aria-current={isCurrent || undefined}
        style={{ '--x': `${node.x}px`, '--y': `${node.y}px`, '--w': `${jobWidth}px` } as React.CSSProperties}
        onClick={() => {
          if (first) onChoose(first.id)
        }}
      >
        <Glyph look={runLooks[word]} />
        <span className="node-text">
          <span className="node-name" title={node.name}>
            {node.name}
          </span>
          <span className="node-line">
            {word === 'success' ? '' : w.words[word]}
            {one?.startedAt !== undefined && (word === 'success' || word === 'inProgress') && (
              <>
                {word === 'inProgress' && ', '}
                <Took of={one} />
              </>
            )}
            {node.jobs.length > 1 && `${word === 'success' ? '' : ', '}${w.jobsOf(node.jobs.length)}`}
          </span>
        </span>
      </button>
    </li>
  )
}

/** Of a matrix: trouble first, then what moves. */
function wordOf({ jobs }: JobNode): RunWord {
  const all = jobs.map(runWord)
  return (
    all.find(isBad) ??
    (['waiting', 'inProgress', 'queued', 'cancelled'] as const).find((one) => all.includes(one)) ??
    (all.every((one) => one === 'skipped') ? 'skipped' : 'success')
  )
}
