import type { RunningServer } from '@plimsoll/server'
import { demoApplication, demoFiles, demoName } from './demo.ts'

const seededSetting = 'demo.seeded'

/** Once for an installation: a demo that somebody has deleted does not come back. The cluster must have been read. */
export async function seedDemo(server: RunningServer): Promise<void> {
  if ((await server.records.getSetting(seededSetting)) !== undefined) return
  const { hosted } = server.repositories
  if (!(await hosted.has(demoName))) await hosted.create(demoName)
  await hosted.commit({
    repo: demoName,
    branch: 'main',
    files: demoFiles(),
    message: 'Serve a small fraud model',
    author: { name: 'Plimsoll', email: 'plimsoll@localhost' },
  })
  await server.applications.create(demoApplication(`${server.url}/git/${demoName}.git`), { upsert: true })
  await server.records.setSetting(seededSetting, new Date().toISOString())
}
