/** What a stage of `dvc.yaml` says of its outputs, which its lock does not repeat. */
export interface PipelineOutputs {
  wdir: unknown
  /** By the path as the stage has it. */
  flagsOf(path: string): OutputFlags | undefined
}

interface OutputFlags {
  cache?: unknown
  push?: unknown
  remote?: unknown
}

/**
 * Finds what a stage says of its outputs by its name in the lock. One stage of `foreach` or `matrix` is many there (`NAME@KEY`), and what is
 * `${…}` in its paths may be anything.
 */
export function readPipeline(pipeline: object): (stage: string) => PipelineOutputs | undefined {
  const { stages } = pipeline as { stages?: unknown }
  const declared = new Map(typeof stages === 'object' && stages !== null ? Object.entries(stages) : [])
  const known = new Map<string, PipelineOutputs>()
  return (stage) => {
    const name = declared.has(stage) ? stage : stage.slice(0, Math.max(0, stage.indexOf('@')))
    let outputs = known.get(name)
    const entry = declared.get(name) as { do?: unknown } | null | undefined
    if (outputs === undefined && typeof entry === 'object' && entry !== null) {
      outputs = outputsOf((typeof entry.do === 'object' && entry.do !== null ? entry.do : entry) as Record<string, unknown>)
      known.set(name, outputs)
    }
    return outputs
  }
}

function outputsOf(stage: Record<string, unknown>): PipelineOutputs {
  const literal = new Map<string, OutputFlags>()
  const templates: { parts: string[]; flags: OutputFlags }[] = []
  for (const list of [stage['outs'], stage['metrics'], stage['plots']]) {
    for (const item of Array.isArray(list) ? (list as unknown[]) : []) {
      if (typeof item !== 'object' || item === null) continue
      for (const [path, flags] of Object.entries(item) as [string, OutputFlags | null][]) {
        if (typeof flags !== 'object' || flags === null) continue
        if (path.includes('${')) templates.push({ parts: path.split(/\$\{[^}]*\}/), flags })
        else literal.set(path.replace(/^\.\//, ''), flags)
      }
    }
  }
  return {
    wdir: stage['wdir'],
    flagsOf: (path) => literal.get(path) ?? templates.find(({ parts }) => hasParts(path, parts))?.flags,
  }
}

/** Whether a text is made of these parts, in order, with anything between them. */
function hasParts(text: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts
  const last = rest.pop() ?? ''
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= text.length - last.length
}
