import { connect } from 'node:net'

/** Joins the connection that the server has opened into the pod with the agent there. */
process.chdir(process.env['PLIMSOLL_RUN'] ?? '.')
const agent = connect('agent.sock')
agent.on('error', (error) => {
  console.error(`The agent of this pod does not answer: ${error.message}`)
  process.exit(1)
})
agent.on('close', () => process.exit(0))
process.stdin.on('end', () => process.exit(0))
process.stdout.on('error', () => process.exit(0))
process.stdin.pipe(agent)
agent.pipe(process.stdout)
