import { randomBytes } from 'node:crypto'
import { type Settings, settingNames } from './auth/settings.ts'

/**
 * What random values of charts are made from, together with the application's UID. Made once for each installation: with another one, every
 * generated password and certificate would change.
 */
export async function renderSecret(settings: Settings): Promise<Uint8Array> {
  const kept = await settings.getSetting(settingNames.renderSecret)
  if (kept !== undefined) return Buffer.from(kept, 'base64')
  const made = randomBytes(32)
  await settings.setSetting(settingNames.renderSecret, made.toString('base64'))
  return made
}
