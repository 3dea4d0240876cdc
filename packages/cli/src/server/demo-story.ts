import { PlimsollError, type PullRequest } from '@plimsoll/api'
import { demoAuthor, type RunningServer } from '@plimsoll/server'
import { demoName } from './demo.ts'

/** A change that somebody proposes in the demo. */
export type DemoProposal = 'improve' | 'regress'

const proposals = {
  improve: {
    branch: 'see-bursts-from-new-devices',
    features: ['amount', 'night', 'foreign', 'new_device', 'velocity', 'burst_from_new_device'],
    title: 'See bursts from new devices',
    body: [
      'Adds two features: how many payments came within the hour, and the same for devices that nobody knows yet.',
      '',
      'Most fraud that we miss is many small payments from a new phone. The model sees neither today.',
    ].join('\n'),
  },
  regress: {
    branch: 'fewer-features',
    features: ['amount', 'foreign'],
    title: 'Make the model simpler',
    body: 'Half of the features can go: amount and country say nearly everything, and the model becomes easier to explain.',
  },
} as const

/** Opens the pull request, by the demo's author. */
export async function proposeInDemo(server: RunningServer, proposal: DemoProposal): Promise<PullRequest> {
  const { hosted, history } = server.repositories
  const { branch: wanted, features, title, body } = proposals[proposal]
  const main = (await history.refs(demoName)).get('refs/heads/main')
  const text = main && (await history.file(demoName, main, 'params.json', 100_000))
  if (!main || !text) {
    throw new PlimsollError('not-found', `Repository '${demoName}' of the demo has no params.json on main.`, {
      remedy: 'Start with another --data-dir for a fresh demo.',
    })
  }
  const before = JSON.parse(text.toString('utf8')) as { features: string[] }
  if (before.features.join() === features.join()) {
    throw new PlimsollError('conflict', `The model on main has these features already: ${features.join(', ')}.`, {
      remedy: proposal === 'improve' ? 'Revert it first, or try `plimsoll demo regress`.' : 'Try `plimsoll demo improve`.',
    })
  }
  const branch = await freeBranch(server, wanted)
  await history.change(demoName, demoAuthor.name, (writer) => writer.update([{ ref: `refs/heads/${branch}`, from: undefined, to: main }]))
  await hosted.commit({
    repo: demoName,
    branch,
    files: new Map([['params.json', `${JSON.stringify({ ...before, features }, null, 2)}\n`]]),
    message: `${title}\n\n${body}`,
    author: { name: demoAuthor.displayName, email: demoAuthor.email },
    expectedHead: main,
  })
  return server.forge.open(demoName, { title, body, head: branch, base: 'main' }, { ...authorActor })
}

const authorActor = {
  name: demoAuthor.name,
  displayName: demoAuthor.displayName,
  email: demoAuthor.email,
  groups: demoAuthor.groups,
  canRead: () => true,
  canWrite: (repository: string) => repository === demoName,
  canAdminister: () => false,
}

async function freeBranch({ repositories }: RunningServer, wanted: string): Promise<string> {
  const refs = await repositories.history.refs(demoName)
  for (let number = 1; ; number++) {
    const branch = number === 1 ? wanted : `${wanted}-${number}`
    if (!refs.has(`refs/heads/${branch}`)) return branch
  }
}
