import { PlimsollError } from '@plimsoll/api'
import { generatePassword, hashPassword, isPassword, longestPassword, shortestPassword } from './passwords.ts'
import { settingNames, type Settings } from './settings.ts'

export const adminName = 'admin'

/** Makes the administrator's password on the first start. Returns it that one time, undefined later. */
export async function ensureAdminPassword(settings: Settings): Promise<string | undefined> {
  if ((await settings.getSetting(settingNames.adminPassword)) !== undefined) return undefined
  const password = generatePassword()
  await settings.setSetting(settingNames.adminPassword, await hashPassword(password))
  return password
}

/** Sets it anew and ends every session; a running server notices within two seconds. */
export async function storeAdminPassword(settings: Settings, password: string, now: () => number = Date.now): Promise<void> {
  if (password.length < shortestPassword || password.length > longestPassword) {
    throw new PlimsollError(
      'invalid-request',
      `A password has ${shortestPassword} to ${longestPassword} characters; this one has ${password.length}.`,
    )
  }
  await settings.setSetting(settingNames.adminPassword, await hashPassword(password))
  await settings.setSetting(settingNames.sessionsNotBefore, String(now()))
  await settings.setSetting(settingNames.loginFailures, '{}')
}

export async function isAdminPassword(settings: Settings, username: string, password: string): Promise<boolean> {
  const hash = await settings.getSetting(settingNames.adminPassword)
  return isPassword(password, username === adminName ? hash : undefined)
}
