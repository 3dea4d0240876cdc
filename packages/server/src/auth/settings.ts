import type { Records } from '@plimsoll/records'

/** The part of the records that sign-in stands on. */
export type Settings = Pick<Records, 'getSetting' | 'setSetting'>

/** Names of the settings, so that no two parts take the same one. */
export const settingNames = {
  tokenKey: 'auth.token-key',
  revokedTokens: 'auth.revoked-tokens',
  sessionsNotBefore: 'auth.sessions-not-before',
  adminPassword: 'auth.admin-password',
  loginFailures: 'auth.login-failures',
  port: 'http.port',
  renderSecret: 'render.secret',
  webhookSecret: (provider: string) => `webhook.${provider}.secret`,
} as const

/** A setting as JSON; the fallback when there is none, or when what is there cannot be read. */
export async function readJson<T>(settings: Settings, name: string, fallback: T): Promise<T> {
  const text = await settings.getSetting(name)
  if (text === undefined) return fallback
  try {
    return JSON.parse(text) as T
  } catch {
    return fallback
  }
}
