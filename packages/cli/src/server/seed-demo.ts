import { demoApprover, ensureDemoPeople, type RunningServer } from '@plimsoll/server'
import { demoApplication, demoDelivery, demoFiles, demoName, demoStages } from './demo.ts'
import { makeDemoModel } from './demo-model.ts'

const seededSetting = 'demo.fraud-detector.seeded'

/** Once for an installation: a demo that somebody has deleted does not come back. The cluster must have been read. */
export async function seedDemo(server: RunningServer): Promise<void> {
  if ((await server.records.getSetting(seededSetting)) !== undefined) return
  await ensureDemoPeople(server.accounts)
  const { hosted, history } = server.repositories
  // One that was killed in the middle of it has left a repository without a commit.
  const isThere = (await hosted.has(demoName)) && (await history.refs(demoName)).has('refs/heads/main')
  if (!isThere) {
    await hosted.commit({
      repo: demoName,
      branch: 'main',
      files: await firstFiles(server),
      message: 'Detect fraud in payments',
      author: { name: 'Plimsoll', email: 'plimsoll@localhost' },
    })
  }
  await server.forge.setProtections(
    demoName,
    [
      {
        pattern: 'main',
        requiredChecks: ['gate: fraud-quality'],
        requiredApprovals: 1,
        codeOwners: true,
        allowSelfApproval: false,
        linearHistory: false,
        upToDate: false,
        mayPush: [],
      },
    ],
    systemActor,
  )
  const url = hosted.urlOf(demoName)
  for (const stage of demoStages) await server.applications.create(demoApplication(url, stage), { upsert: true })
  await server.deliveries.create(demoDelivery(url), { upsert: true })
  await server.records.setSetting(seededSetting, new Date().toISOString())
}

const systemActor = {
  name: 'admin',
  groups: [],
  canRead: () => true,
  canWrite: () => true,
  canAdminister: () => true,
}

async function firstFiles(server: RunningServer): Promise<Map<string, Buffer>> {
  const { digest, dataFiles } = await makeDemoModel(server)
  const files = demoFiles()
  for (const stage of demoStages) {
    const path = `deploy/${stage}/kustomization.yaml`
    const text = files.get(path)?.toString('utf8') ?? ''
    files.set(path, Buffer.from(text.replace('MODEL_DIGEST=none', `MODEL_DIGEST=${digest}`)))
  }
  for (const [path, text] of dataFiles) files.set(path, Buffer.from(text))
  files.set('.dvc/config', Buffer.from(`[core]\n    remote = plimsoll\n['remote "plimsoll"']\n    url = ${server.url}/dvc/${demoName}\n`))
  files.set('CODEOWNERS', Buffer.from(`# Who must agree to a change of what.\n* @${demoApprover.groups[0]}\n`))
  return files
}
