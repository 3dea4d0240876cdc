import { openHouse } from './house.ts'

/**
 * What runs cost of our own time: 50 jobs of steps that do nothing, and from a push's event to its first step. Prints one line of JSON for each.
 * `npm run bench:ci -- [JOBS] [STEPS]`.
 */
const jobs = Number(process.argv[2] ?? 50)
const steps = Number(process.argv[3] ?? 1)
const house = await openHouse({ concurrency: 2 })
try {
  const one = 'on: push\njobs: {a: {runs-on: x, steps: [{run: "true"}]}}'
  // What is done once for a process is not what a push waits for.
  await house.run(one)
  const samples: number[] = []
  for (let round = 0; round < 10; round++) {
    const commit = await house.commit({ '.github/workflows/ci.yml': one })
    const before = performance.now()
    const [run] = await house.runs.trigger(house.event(commit))
    await house.until(run?.id ?? '', (now) => now.jobs[0]?.steps[1]?.state === 'inProgress' || now.state === 'completed')
    samples.push(performance.now() - before)
    await house.ended(run)
  }
  const sorted = samples.toSorted((a, b) => a - b)
  console.log(JSON.stringify({ what: 'event to first step, ms', median: round(sorted[5]), worst: round(sorted.at(-1)) }))

  const matrix = Array.from({ length: jobs }, (_, at) => at).join(', ')
  const list = Array.from({ length: steps }, () => '{run: "true"}').join(', ')
  const commit = await house.commit({
    '.github/workflows/ci.yml': `on: push\njobs: {a: {runs-on: x, strategy: {matrix: {n: [${matrix}]}}, steps: [${list}]}}`,
  })
  const cpu = process.cpuUsage()
  const before = performance.now()
  const [run] = await house.runs.trigger(house.event(commit))
  const ended = await house.ended(run)
  const wall = performance.now() - before
  const { user, system } = process.cpuUsage(cpu)
  const count = jobs * steps
  console.log(
    JSON.stringify({
      what: `${jobs} jobs of ${steps} steps`,
      conclusion: ended.conclusion,
      'own CPU per step, ms': round((user + system) / 1000 / count),
      'wall per step, ms': round(wall / count),
    }),
  )
} finally {
  await house.close()
}

function round(value: number | undefined): number {
  return Math.round((value ?? 0) * 10) / 10
}
