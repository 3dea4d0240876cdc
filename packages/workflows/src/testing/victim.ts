import { existsSync, readFileSync } from 'node:fs'
import { openHouse } from './house.ts'

/**
 * A process that runs a workflow until it is killed: its data directory, a name by which its steps are found or a file with another workflow, and a container
 * engine. It tells of the run when a step says that it is ready.
 */
const [dataDir = '', mark = '', containerEngine = 'none'] = process.argv.slice(2)
const house = await openHouse({ containerEngine }, { dataDir })
const own = `
on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: |
          echo begun
          (exec -a ${mark}-a sleep 600) &
          setsid -f bash -c 'exec -a ${mark}-b sleep 600'
          sleep 0.3
          echo ready
          wait
`
const [run] = await house.push({ '.github/workflows/ci.yml': existsSync(mark) ? readFileSync(mark, 'utf8') : own })
const { id = '' } = run ?? {}
const now = await house.until(id, (one) => one.jobs[0]?.state === 'inProgress')
house.runs.subscribeLog(now.jobs[0]?.id ?? '', () => {
  void house.text(now).then((text) => {
    if (/^ready$/m.test(text)) console.log(`running ${id}`)
  })
})
